#include "server/command/sample.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/date.h"
#include "common/money.h"
#include "server/command/command.h"
#include "server/command/command_db.h"
#include "server/command/migrate.h"
#include "server/command/sample_codes.h"
#include "server/command/sample_copy.h"
#include "server/command/sample_make.h"
#include "server/command/sample_points.h"
#include "server/command/sample_sql.h"

const char command_sample_help[] =
    "Usage: tcrd sample [--seed N] [--size N] [--totals FILE [--unit UNIT] | --national]\n"
    "\n"
    "Fills a demonstration with contracts that do not exist: filed, accepted and certified on "
    "days\n"
    "in the past, with real regions, valid credit codes and plausible names, so that their sums\n"
    "meet given totals to the fen. The record is marked as a demonstration; one that holds real\n"
    "contracts is refused. All is stored in one transaction, or nothing; calls that write wait\n"
    "meanwhile. Into an empty record rows are loaded without indexes, which are built at the end;\n"
    "calls that read wait then too. Days that were closed are opened again. Without options: the\n"
    "published figures of Linyi (sql/sample/linyi.csv).\n"
    "\n"
    "  --seed N       another number makes other contracts, the same one the same (default: 1)\n"
    "  --size N       contracts over all rows; shared among the rows without a count. Without\n"
    "                 --totals: contracts in the area of the installation over recent years\n"
    "  --totals FILE  CSV with the columns period, seller_region, buyer_region, contract_type,\n"
    "                 technical_field, count, total_amount, technology_amount; empty means any.\n"
    "                 Each row is a block of contracts of its own. Periods: 2022, 2022H1, 2022Q2,\n"
    "                 2022-06, 2022-06-30, 2022M1-10; regions: 2, 4 or 6 digits, 00 for the whole\n"
    "                 country (empty: seller in the area of the installation, buyer anywhere);\n"
    "                 types: one digit, three digits, K1 to K4; amounts in yuan; columns named\n"
    "                 source and note are passed over. A published table has region and basis\n"
    "                 instead of seller_region and buyer_region: output (or registered) is what\n"
    "                 the region sold, absorbed what it bought, local what is both and so part of\n"
    "                 the other two. All of them are met together, whatever the regions (cities,\n"
    "                 counties, provinces), but no part of a row may stand in another row. What "
    "is\n"
    "                 not local is sold to, or bought from, a province that the file does not "
    "name\n"
    "  --unit UNIT    amounts of the file are in yuan (default), wan (10,000) or yi (100,000,000)\n"
    "  --national     the published amounts of the country, 2016 to 2025 "
    "(sql/sample/national.csv):\n"
    "                 ten years, all counties, a registration point in every city\n"
    "\n"
    "Examples:\n"
    "  tcrd sample --seed 7 --totals hunan.csv\n"
    "  tcrd sample --totals cities.csv --unit yi, with cities.csv:\n"
    "    period,region,basis,count,total_amount\n"
    "    2020,4401,output,1720,2089.09\n"
    "    2020,4401,absorbed,1310,1633.09\n"
    "  tcrd sample --national --size 10000000\n";

enum { LEAD_DAYS = 60, ROWS_SHOWN_MAX = 40 };
#define SIZE_MAX_CONTRACTS INT64_C(100000000)

struct options {
    uint64_t seed;
    int64_t size;
    const char *totals; /* NULL: none */
    int unit;           /* zeros of the unit of its amounts */
    bool is_national;
};

/* yuan, wan or yi; -1 for anything else. */
static int
unit_option(const char *name)
{
    return name == NULL || strcmp(name, "yuan") == 0 ? 0
           : strcmp(name, "wan") == 0                ? 4
           : strcmp(name, "yi") == 0                 ? 8
                                                     : -1;
}

/* Digits up to max; -1 for anything else. */
static int64_t
number_option(const char *text, int64_t max)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    return *text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > max ? -1 : value;
}

static int
read_options(struct options *options, int argc, char **argv)
{
    enum { SEED, SIZE, TOTALS, UNIT, NATIONAL };
    static const struct option table[] = {{"seed", required_argument, NULL, SEED},
        {"size", required_argument, NULL, SIZE}, {"totals", required_argument, NULL, TOTALS},
        {"unit", required_argument, NULL, UNIT}, {"national", no_argument, NULL, NATIONAL},
        {NULL, 0, NULL, 0}};
    struct command_args args;
    int64_t seed = 1;

    if (command_args_read(&args, "sample", table, 0, 0, argc, argv) != 0)
        return 2;
    if (args.values[SEED] != NULL && (seed = number_option(args.values[SEED], INT64_MAX)) < 0)
        return command_misused("sample", "--seed: a whole number is needed");
    options->size = SAMPLE_OPEN;
    if (args.values[SIZE] != NULL &&
        (options->size = number_option(args.values[SIZE], SIZE_MAX_CONTRACTS)) < 1)
        return command_misused("sample", "--size: a whole number from 1 to 100000000 is needed");
    options->seed = (uint64_t)seed;
    options->totals = args.values[TOTALS];
    options->is_national = args.values[NATIONAL] != NULL;
    options->unit = unit_option(args.values[UNIT]);
    if (options->unit < 0)
        return command_misused("sample", "--unit: yuan, wan or yi is needed");
    if (args.values[UNIT] != NULL && options->totals == NULL)
        return command_misused("sample", "--unit is of the amounts of --totals");
    if (options->totals != NULL && options->is_national)
        return command_misused("sample", "--totals and --national exclude each other");
    return 0;
}

/* The file of totals to read: the one given, the shipped one, or none ("") with --size alone. */
static void
totals_file(const struct options *options, char *path, size_t size)
{
    if (options->totals != NULL)
        snprintf(path, size, "%s", options->totals);
    else if (options->is_national)
        snprintf(path, size, "%s/sample/national.csv", migrate_sql_dir(NULL));
    else if (options->size != SAMPLE_OPEN)
        *path = '\0';
    else
        snprintf(path, size, "%s/sample/linyi.csv", migrate_sql_dir(NULL));
}

static int
read_region(PGconn *db, char *region, size_t size, struct err *err)
{
    PGresult *res = command_query(db, err, sql_sample_is_welcome, 0, NULL);
    bool is_welcome;

    if (res == NULL)
        return -1;
    is_welcome = *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    if (!is_welcome)
        return err_set(err, ERR_STATE,
            "the record holds contracts and is no demonstration: nothing was stored");
    if ((res = command_query(db, err, sql_sample_region, 0, NULL)) == NULL)
        return -1;
    snprintf(region, size, "%s", PQntuples(res) > 0 ? PQgetvalue(res, 0, 0) : "");
    PQclear(res);
    return 0;
}

static int
read_rows(struct sample *self, const struct options *options, const char *region, struct err *err)
{
    int32_t last_day = clock_today() - 1; /* acts of today are left to people */
    char path[4096];

    totals_file(options, path, sizeof(path));
    if (*path == '\0')
        return sample_rows_recent(&self->rows, options->size, region, &self->places, last_day, err);
    if (sample_totals_read(&self->rows, path, region, &self->places, last_day,
            options->size != SAMPLE_OPEN, options->unit, err) < 0)
        return -1;
    return sample_rows_count(&self->rows, path, &self->places, options->size, err);
}

/* Everything that must be known before the first contract is made. */
static int
plan(struct sample *self, PGconn *db, struct err *err)
{
    int32_t first = INT32_MAX;
    int32_t last = INT32_MIN;

    for (int i = 0; i < self->rows.count; i++) {
        first = self->rows.items[i].first < first ? self->rows.items[i].first : first;
        last = self->rows.items[i].last > last ? self->rows.items[i].last : last;
    }
    if (sample_calendar_read(&self->calendar, db, first - LEAD_DAYS, last, err) < 0 ||
        sample_plan_days(self, err) < 0)
        return -1;
    self->points = sample_points_new(db, &self->places, first - LEAD_DAYS, last, err);
    if (self->points == NULL)
        return -1;
    sample_plan_amounts(self);
    return sample_points_number(self->points, db, err);
}

struct opened {
    int64_t first_id; /* of the first contract */
    int64_t last_seq; /* of the last act */
};

/* Lock the sequence, number the acts after its last number, take the ids of the contracts. */
static int
open_record(struct sample *self, PGconn *db, struct opened *opened, struct err *err)
{
    char day[DATE_TEXT_BYTES];
    char count[24];
    const char *const params[] = {date_format(self->calendar.first + LEAD_DAYS, day), count};
    PGresult *res;

    snprintf(count, sizeof(count), "%" PRId64, self->count);
    if ((res = command_query(db, err, sql_sample_open, 2, params)) == NULL)
        return -1;
    opened->last_seq =
        sample_calendar_number(&self->calendar, strtoll(PQgetvalue(res, 0, 0), NULL, 10));
    opened->first_id = strtoll(PQgetvalue(res, 0, 2), NULL, 10);
    if (strcmp(PQgetvalue(res, 0, 1), "0") != 0)
        printf("opened %s closed days again\n", PQgetvalue(res, 0, 1));
    fflush(stdout); /* what is left in it would be written by every maker */
    PQclear(res);
    return 0;
}

static void
show_progress(const struct sample *self, int64_t done)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "%" PRId64 " of %" PRId64 " contracts\r", done, self->count);
}

static int
store_all(struct sample *self, const struct codes *codes, PGconn *db, int64_t first_id,
    bool is_empty, struct err *err)
{
    struct sample_makers makers = {0};
    struct sample_chunk chunk = {0};
    int64_t done = 0;
    int result = sample_makers_start(&makers, self, codes, first_id, err);

    if (result == 0)
        while ((result = sample_makers_next(&makers, &chunk, err)) > 0) {
            if ((result = sample_copy_chunk(db, is_empty, &chunk, err)) < 0)
                break;
            done += chunk.count;
            show_progress(self, done);
        }
    sample_makers_stop(&makers);
    sample_chunk_clear(&chunk);
    return result;
}

static int
load(struct sample *self, const struct codes *codes, PGconn *db, struct err *err)
{
    struct opened opened = {0};
    bool is_empty = false;
    char seq[24];
    char object[80];

    if (sample_copy_lock(db, &is_empty, err) < 0 || plan(self, db, err) < 0 ||
        open_record(self, db, &opened, err) < 0 || (is_empty && sample_copy_unindex(db, err) < 0) ||
        store_all(self, codes, db, opened.first_id, is_empty, err) < 0 ||
        (is_empty && sample_copy_index(db, err) < 0))
        return -1;
    snprintf(seq, sizeof(seq), "%" PRId64, opened.last_seq);
    snprintf(
        object, sizeof(object), "%" PRId64 " contracts, seed %" PRIu64, self->count, self->seed);
    return sample_points_store(self->points, db, seq, object, command_user(), err);
}

static void
print_summary(const struct sample *self, int64_t begun_us)
{
    double seconds = (double)(clock_mono_us() - begun_us) / 1e6;
    char total[MONEY_TEXT_BYTES];
    char technology[MONEY_TEXT_BYTES];
    int64_t totals = 0;
    int64_t technologies = 0;

    for (int i = 0; i < self->rows.count; i++) {
        const struct sample_row *row = &self->rows.items[i];

        totals += row->total;
        technologies += row->technology;
        if (self->rows.count <= ROWS_SHOWN_MAX)
            printf("  %-10s %-6s %9" PRId64 " contracts %20s total %20s technology\n", row->period,
                row->seller_region, row->count, money_format(row->total, total),
                money_format(row->technology, technology));
    }
    printf("loaded %d rows, %" PRId64 " contracts, total amount %s, technology amount %s, in %.1f s"
           " (%.0f a second)\n",
        self->rows.count, self->count, money_format(totals, total),
        money_format(technologies, technology), seconds, (double)self->count / seconds);
}

static int
run(struct sample *self, const struct options *options, PGconn *db, struct err *err)
{
    int64_t begun_us = clock_mono_us();
    struct codes *codes = NULL;
    char region[8];
    int result = -1;

    self->seed = options->seed;
    if (command_exec(db, err, "begin", 0, NULL) < 0 ||
        read_region(db, region, sizeof(region), err) < 0 ||
        (codes = sample_codes_read(db, err)) == NULL)
        goto done;
    sample_places_init(&self->places, codes);
    if (read_rows(self, options, region, err) < 0 || load(self, codes, db, err) < 0 ||
        command_exec(db, err, "commit", 0, NULL) < 0)
        goto done;
    command_exec(db, err, sql_sample_analyze, 0, NULL); /* only for speed: its failure is none */
    print_summary(self, begun_us);
    result = 0;

done:
    sample_rows_clear(&self->rows);
    sample_calendar_clear(&self->calendar);
    sample_points_free(self->points);
    sample_places_clear(&self->places);
    codes_free(codes);
    return result;
}

int
command_sample(const struct conf *conf, int argc, char **argv)
{
    struct sample self = {0};
    struct options options = {0};
    struct err err = {0};
    PGconn *db;
    int result = -1;

    if (read_options(&options, argc, argv) != 0)
        return 2;
    db = command_connect(conf, &err);
    if (db != NULL)
        result = run(&self, &options, db, &err);
    PQfinish(db);
    return result < 0 ? command_failed("sample", &err) : 0;
}
