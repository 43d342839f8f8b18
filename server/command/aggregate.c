#include "server/command/aggregate.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/command/aggregate_sql.h"
#include "server/command/command.h"
#include "server/command/command_db.h"

const char command_aggregate_help[] =
    "Usage: tcrd aggregate [--date DAY] [--verify] [--cells] [--rebuild] [--dry-run]\n"
    "\n"
    "The nightly job, as db.owner: rolls new facts into the cubes, recounts releases, facts and\n"
    "cubes and compares to the fen - all months by their sums, and cell by cell those that\n"
    "changed or do not agree -, closes the days that are over, and does the chores of the day:\n"
    "notices of cases that are soon late, corrections that were not made by their day are\n"
    "withdrawn, idempotency keys expire after 72 hours, uploads that never ended go, what was\n"
    "filed is marked for the search of near duplicates. Safe to run twice; while one runs,\n"
    "another ends at once with status 0. The daemon starts it at nightly.at.\n"
    "\n"
    "  --date DAY   close up to this day (default: yesterday; a day that is not over is refused)\n"
    "  --verify     compare by the sums of all months; cell by cell only what does not agree\n"
    "  --cells      recompute every cell of every month one by one, which takes long\n"
    "  --rebuild    make the cubes anew from the facts, after telling what was wrong with them\n"
    "  --dry-run    do all of it and keep nothing\n"
    "\n"
    "Exit status: 0 all figures agree, 1 failed, 2 called wrongly, 3 figures differ: then the\n"
    "differences are on standard error and in tcr.figure_difference with the contracts\n"
    "concerned, the daemons log figures_differ and set the metric tcrd_nightly_differences, the\n"
    "feed has an event figures_differ for the bureau, and no day is closed.\n";

enum {
    STATUS_DIFFERENCE = 3,
    CLOSE_TRIES = 3 /* facts of a day can come in while the job is at it */
};

/* What else is done every night, so many at once until there are no more. The functions say how
 * many they did. Ends of terms are read before the notices about them; who is warned of a lapse is
 * warned before it. */
static const struct chore {
    const char *name; /* in the counts of tcr.job_run */
    const char *sql;
    int at_once; /* 0: all, and the function takes no number */
} chores[] = {
    {"terms", "select tcr.income_terms_update($1)", 20000},
    {"notices", "select tcr.nightly_notices()", 0},
    {"lapsed", "select tcr.nightly_lapse($1)", 100},
    {"keys", "select tcr.keys_expire($1)", 10000},
    {"uploads", "select tcr.attachment_purge($1)", 10},
    {"marked", "select tcr.findings_catch_up($1)", 5000},
};
enum { CHORE_TERMS, CHORE_NOTICES, CHORE_COUNT = sizeof(chores) / sizeof(chores[0]) };

struct aggregate {
    PGconn *db;
    char day[DATE_TEXT_BYTES];
    const char *compare; /* the statement that tells what differs */
    bool rebuild;
    bool dry_run;
    char job_id[24]; /* "" in a dry run */
    /* what was done */
    int64_t facts;
    int64_t days;
    int64_t chores[CHORE_COUNT];
    int differences;
    int repaired; /* cells that were wrong before --rebuild */
};

/* What is going on, for someone who watches. */
static void
progress(const char *what)
{
    if (isatty(STDOUT_FILENO))
        printf("%s ...\n", what);
}

/* One number from a statement; *is_null may be NULL. 0 or -1. */
static int
ask_number(PGconn *db, struct err *err, const char *sql, int param_count, const char *const *params,
    int64_t *number, bool *is_null)
{
    PGresult *res = command_query(db, err, sql, param_count, params);

    if (res == NULL)
        return -1;
    *number = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
    if (is_null != NULL)
        *is_null = PQgetisnull(res, 0, 0);
    PQclear(res);
    return 0;
}

static int
roll(struct aggregate *self, struct err *err)
{
    const char *const params[] = {self->day, self->rebuild ? "true" : "false"};
    int64_t facts;

    progress(self->rebuild ? "making the cubes anew" : "rolling up");
    if (command_exec(self->db, err, sql_fact_years, 0, NULL) < 0)
        return -1;
    if (ask_number(self->db, err, sql_cubes_roll, 2, params, &facts, NULL) < 0)
        return -1;
    self->facts += facts;
    return 0;
}

/* Says one difference and keeps it in the record; nothing mends what it is about. 0 or -1. */
static int
tell_difference(struct aggregate *self, PGresult *res, int row, struct err *err)
{
    const char *const params[] = {self->job_id, PQgetvalue(res, row, 0), PQgetvalue(res, row, 1),
        PQgetvalue(res, row, 2), PQgetvalue(res, row, 3), PQgetvalue(res, row, 4)};

    fprintf(stderr,
        "tcrd aggregate: difference in %s [%s]: the releases call for [%s] (count, total and "
        "technology amount, received, income, then what is new; in fen), found [%s], contracts "
        "[%s]\n",
        params[1], params[2], params[3], params[4], params[5]);
    return self->dry_run ? 0 : command_exec(self->db, err, sql_difference_add, 6, params);
}

/* Tells every difference; their number, or -1. */
static int
verify(struct aggregate *self, const char *compare, struct err *err)
{
    PGresult *res;
    int count;

    progress("recomputing from the releases");
    /* Pages known to hold nothing but what all see are counted from the indexes alone. */
    if (!self->dry_run && command_exec(self->db, err, sql_nightly_vacuum, 0, NULL) < 0)
        return -1;
    res = command_query(self->db, err, compare, 0, NULL);
    if (res == NULL)
        return -1;
    count = PQntuples(res);
    for (int i = 0; i < count; i++)
        if (tell_difference(self, res, i, err) < 0) {
            count = -1;
            break;
        }
    PQclear(res);
    return count;
}

/* 1: closed, 0: facts came in that are not rolled up, -1 with err. */
static int
close_days(struct aggregate *self, struct err *err)
{
    const char *const params[] = {self->day};
    bool is_late;

    progress("closing");
    if (ask_number(self->db, err, sql_nightly_close, 1, params, &self->days, &is_late) < 0)
        return -1;
    return !is_late;
}

static int
do_chore(struct aggregate *self, int index, struct err *err)
{
    const struct chore *chore = &chores[index];
    char limit[16];
    const char *const params[] = {limit};
    int64_t done;

    snprintf(limit, sizeof(limit), "%d", chore->at_once);
    do {
        if (ask_number(self->db, err, chore->sql, chore->at_once > 0, params, &done, NULL) < 0)
            return -1;
        self->chores[index] += done;
    } while (chore->at_once > 0 && done == chore->at_once);
    return 0;
}

static int
do_chores(struct aggregate *self, struct err *err)
{
    progress("doing the chores of the day");
    for (int i = 0; i < CHORE_COUNT; i++)
        if (do_chore(self, i, err) < 0)
            return -1;
    return 0;
}

/* Roll up, compare, close. 0: all agree (or differences are counted), -1 with err. */
static int
do_figures(struct aggregate *self, struct err *err)
{
    int closed = 0;

    if (self->rebuild) {
        self->repaired = verify(self, self->compare, err);
        if (self->repaired < 0)
            return -1;
    }
    for (int i = 0; i < CLOSE_TRIES && closed == 0; i++) {
        if (roll(self, err) < 0)
            return -1;
        self->differences = verify(self, self->compare, err);
        if (self->differences != 0)
            return self->differences < 0 ? -1 : 0;
        closed = close_days(self, err);
    }
    if (closed == 0)
        return err_set(err, ERR_BUSY, "facts of %s keep coming in", self->day);
    return closed < 0 ? -1 : 0;
}

/* A dry run is one transaction that is given up at the end. */
static int
do_work(struct aggregate *self, struct err *err)
{
    if (self->dry_run && command_exec(self->db, err, "begin", 0, NULL) < 0)
        return -1;
    if (do_chores(self, err) < 0 || do_figures(self, err) < 0)
        return -1;
    return self->dry_run ? command_exec(self->db, err, "rollback", 0, NULL) : 0;
}

static int
start_job(struct aggregate *self, struct err *err)
{
    const char *const params[] = {self->day};
    int64_t id;

    if (self->dry_run)
        return 0;
    if (ask_number(self->db, err, sql_job_start, 1, params, &id, NULL) < 0)
        return -1;
    snprintf(self->job_id, sizeof(self->job_id), "%lld", (long long)id);
    return 0;
}

static int
finish_job(struct aggregate *self, const char *outcome, struct err *err)
{
    struct buf counts = {0};
    const char *params[] = {self->job_id, outcome, NULL};
    int result;

    buf_printf(&counts, "{\"facts\":%lld,\"differences\":%d,\"repaired\":%d,\"days\":%lld",
        (long long)self->facts, self->differences, self->repaired, (long long)self->days);
    for (int i = 0; i < CHORE_COUNT; i++)
        buf_printf(&counts, ",\"%s\":%lld", chores[i].name, (long long)self->chores[i]);
    buf_putc(&counts, '}');
    params[2] = counts.data;
    result = self->dry_run ? 0 : command_exec(self->db, err, sql_job_finish, 3, params);
    buf_clear(&counts);
    return result;
}

/* Day, figures, notices, and whatever other chore had something to do. */
static void
say_done(const struct aggregate *self)
{
    printf("%s%s: %lld facts rolled up, %d differences, %lld days closed, %lld notices",
        self->dry_run ? "dry run, " : "", self->day, (long long)self->facts, self->differences,
        (long long)self->days, (long long)self->chores[CHORE_NOTICES]);
    for (int i = CHORE_NOTICES + 1; i < CHORE_COUNT; i++)
        if (self->chores[i] > 0)
            printf(", %lld %s", (long long)self->chores[i], chores[i].name);
    putchar('\n');
}

/* 1: the lock is ours, 0: another run has it, -1 with err. */
static int
take_lock(PGconn *db, struct err *err)
{
    PGresult *res;
    int got;

    if (command_exec(db, err, sql_aggregate_quiet, 0, NULL) < 0)
        return -1;
    res = command_query(db, err, sql_aggregate_lock_try, 0, NULL);
    if (res == NULL)
        return -1;
    got = *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    return got;
}

static int
run(struct aggregate *self)
{
    struct err err = {0};
    struct err ignored = {0};
    int locked = take_lock(self->db, &err);

    if (locked == 0) {
        puts("another tcrd aggregate is running");
        return 0;
    }
    if (locked < 0 || start_job(self, &err) < 0)
        return command_failed("aggregate", &err);
    if (do_work(self, &err) < 0) {
        finish_job(self, "failed",
            &ignored); /* without a connection the row stays open, which says as much */
        return command_failed("aggregate", &err);
    }
    if (finish_job(self, self->differences > 0 ? "difference" : "ok", &err) < 0)
        return command_failed("aggregate", &err);
    say_done(self);
    if (self->repaired > 0)
        printf("%d cells were wrong before the cubes were made anew\n", self->repaired);
    return self->differences > 0 ? STATUS_DIFFERENCE : 0;
}

/* Yesterday, or the day asked for. 0, or 2 after saying what is wrong. */
static int
read_options(struct aggregate *self, int argc, char **argv)
{
    static const struct option options[] = {
        {"date", required_argument, NULL, 'd'},
        {"verify", no_argument, NULL, 'v'},
        {"cells", no_argument, NULL, 'c'},
        {"rebuild", no_argument, NULL, 'r'},
        {"dry-run", no_argument, NULL, 'n'},
        {0},
    };
    int32_t day = clock_today() - 1;
    int option;

    optind = 0; /* the global options were read before with the same functions */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            if (!date_parse(optarg, &day) || day >= clock_today())
                return command_misused(
                    "aggregate", "%s: not a day that is over (like 2026-03-18)", optarg);
            break;
        case 'v':
            self->compare = sql_nightly_recount;
            break;
        case 'c':
            self->compare = sql_nightly_verify_all;
            break;
        case 'r':
            self->rebuild = true;
            break;
        case 'n':
            self->dry_run = true;
            break;
        default:
            return command_misused("aggregate", "it was called wrongly");
        }
    }
    if (optind < argc)
        return command_misused("aggregate", "unexpected argument %s", argv[optind]);
    date_format(day, self->day);
    return 0;
}

int
command_aggregate(const struct conf *conf, int argc, char **argv)
{
    struct aggregate self = {.compare = sql_nightly_verify};
    struct err err = {0};
    int status = read_options(&self, argc, argv);

    if (status != 0)
        return status;
    self.db = command_connect(conf, &err);
    if (self.db == NULL)
        return command_failed("aggregate", &err);
    status = run(&self);
    /* Not when PostgreSQL notices that the session is over: another run may start at once. */
    command_exec(self.db, &err, sql_aggregate_unlock, 0, NULL);
    PQfinish(self.db);
    return status;
}
