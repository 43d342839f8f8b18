#include "server/command/rules.h"

#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/digest.h"
#include "server/codes/codes_csv.h"
#include "server/command/command.h"
#include "server/command/command_csv.h"
#include "server/command/command_db.h"
#include "server/command/migrate.h"
#include "server/command/rules_sql.h"

const char command_rules_help[] =
    "Usage: tcrd rules list [--on DAY] [--kind KIND]\n"
    "       tcrd rules show ID\n"
    "       tcrd rules check [FILE]\n"
    "       tcrd rules load FILE [--dry-run]\n"
    "       tcrd rules loads\n"
    "       tcrd rules undo NUMBER\n"
    "       tcrd rules confirm ID [--region CODE] [--off]\n"
    "\n"
    "The law as rows with validity, article, source and proof: rule sets, contract types, lines "
    "of\n"
    "the checklist, reasons of refusal, terms and bounds, rules of the form. A contract is judged "
    "by\n"
    "the rows of its day of acceptance. Only articles whose proof is final are cited.\n"
    "\n"
    "list     the rows that hold on a day (default: today)\n"
    "show     every validity of one row\n"
    "check    the table, or what a file would make of it: gaps, overlaps, unknown words, rules "
    "that\n"
    "         the program names and nobody has; status 1 when something is wrong\n"
    "load     a file, all of it or nothing; a load that leaves a gap or an overlap is refused\n"
    "loads    what was loaded and switched, with numbers\n"
    "undo     take a load or a switch back by its number; refused once contracts were decided by "
    "it\n"
    "confirm  switch on what was shipped switched off until the bureau confirms it\n"
    "\n"
    "  --on DAY       YYYY-MM-DD\n"
    "  --kind KIND    set, form, type, criterion, exclusion, refusal or parameter\n"
    "  --dry-run      show what would change, and keep nothing\n"
    "  --region CODE  the row of this area (default: the closest one to the installation)\n"
    "  --off          switch off\n"
    "\n"
    "A file is CSV with these columns in any order (the last eight may be left out): id, kind,\n"
    "proof, source, zh, en, valid_from, valid_to, article, value, region, applies_to, severity,\n"
    "parent, is_required, is_enabled. A row takes the place of the one with the same id, region "
    "and\n"
    "valid_from; an empty day is no limit. To end a row, load it with its last day beside the row\n"
    "that follows it.\n"
    "\n"
    "Example:\n"
    "  tcrd rules confirm route.province\n";

static const struct option no_options[] = {{NULL, 0, NULL, 0}};

static bool
is_day(const char *text)
{
    int32_t day;

    return text == NULL || date_parse(text, &day);
}

static int
rules_list(const struct conf *conf, int argc, char **argv)
{
    enum { ON, KIND };
    static const struct option options[] = {{"on", required_argument, NULL, ON},
        {"kind", required_argument, NULL, KIND}, {NULL, 0, NULL, 0}};
    struct command_args args;

    if (command_args_read(&args, "rules", options, 0, 0, argc, argv) != 0)
        return 2;
    if (!is_day(args.values[ON]))
        return command_misused("rules", "--on needs a day, YYYY-MM-DD");
    return command_show(
        conf, "rules", sql_rule_list, 2, (const char *const[]){args.values[ON], args.values[KIND]});
}

static int
rules_show(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "rules", no_options, 1, 1, argc, argv) != 0)
        return 2;
    return command_show(conf, "rules", sql_rule_show, 1, (const char *const[]){args.words[0]});
}

static int
rules_loads(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "rules", no_options, 0, 0, argc, argv) != 0)
        return 2;
    return command_show(conf, "rules", sql_rule_batches, 0, NULL);
}

/* A file
 * ----------------------------------------------------------------------------------------------------
 */

/* Says the faults; their number. */
static int
say_faults(const char *file, const PGresult *res)
{
    int faults = 0;

    for (int row = 0; row < PQntuples(res); row++) {
        if (strcmp(PQgetvalue(res, row, 0), "fault") != 0)
            continue;
        faults++;
        fprintf(stderr, "tcrd rules: %s", file);
        if (!PQgetisnull(res, row, 1))
            fprintf(stderr, ": record %s", PQgetvalue(res, row, 1));
        fprintf(stderr, ": %s: %s\n", PQgetvalue(res, row, 2), PQgetvalue(res, row, 3));
    }
    return faults;
}

/* Says the changes; the number of the batch in *batch, "" when nothing changes. */
static int
say_changes(const PGresult *res, const char **batch)
{
    int changes = 0;

    *batch = "";
    for (int row = 0; row < PQntuples(res); row++) {
        const char *what = PQgetvalue(res, row, 0);

        if (strcmp(what, "batch") == 0) {
            *batch = PQgetvalue(res, row, 3);
            continue;
        }
        printf("%s  %s  %s\n", what, PQgetvalue(res, row, 2), PQgetvalue(res, row, 3));
        changes++;
    }
    return changes;
}

enum file_use { FILE_CHECK, FILE_PREVIEW, FILE_LOAD };

/* In a transaction that the caller opened; *keep says whether it is to be committed. */
static int
use_file(PGconn *db, const char *file, enum file_use use, bool *keep, struct err *err)
{
    struct buf text = {0};
    struct buf rows = {0};
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];
    PGresult *res = NULL;
    const char *batch = "";
    int status = 1;

    if (command_read_file(file, &text, err) < 0 || command_read_csv(file, &rows, err) < 0)
        goto done;
    sha256_of(text.data, text.len, digest);
    hex_format(digest, sizeof(digest), hex);
    res = command_query(
        db, err, sql_rule_load, 4, (const char *const[]){rows.data, file, hex, command_user()});
    if (res == NULL)
        goto done;
    status = say_faults(file, res) > 0;
    if (status == 0 && use == FILE_CHECK) {
        printf("%s has no fault\n", file);
    } else if (status == 0) {
        int changes = say_changes(res, &batch);

        *keep = use == FILE_LOAD && changes > 0;
        if (changes == 0)
            puts("nothing changes");
        else if (use == FILE_PREVIEW)
            printf("%d rows would change; nothing was kept\n", changes);
        else
            printf("%d rows changed; load %s\n", changes, batch);
    }

done:
    PQclear(res);
    buf_clear(&rows);
    buf_clear(&text);
    return status;
}

static int
run_file(const struct conf *conf, const char *file, enum file_use use)
{
    struct err err = {0};
    PGconn *db = command_connect(conf, &err);
    bool keep = false;
    int status = 1;

    if (db != NULL && command_exec(db, &err, "begin", 0, NULL) == 0)
        status = use_file(db, file, use, &keep, &err);
    if (keep && command_exec(db, &err, "commit", 0, NULL) < 0)
        status = 1;
    PQfinish(db); /* an open transaction is rolled back */
    return err.code != 0 ? command_failed("rules", &err) : status;
}

static int
rules_load(const struct conf *conf, int argc, char **argv)
{
    enum { DRY_RUN };
    static const struct option options[] = {
        {"dry-run", no_argument, NULL, DRY_RUN}, {NULL, 0, NULL, 0}};
    struct command_args args;

    if (command_args_read(&args, "rules", options, 1, 1, argc, argv) != 0)
        return 2;
    return run_file(conf, args.words[0], args.values[DRY_RUN] != NULL ? FILE_PREVIEW : FILE_LOAD);
}

/* The table
 * -------------------------------------------------------------------------------------------------
 */

/* The first columns of sql/codes/rule.csv: what the program names in C, which tests compare. */
static int
take_id(void *ctx, int number, char **fields, int count, struct err *err)
{
    struct buf *ids = ctx;

    (void)err;
    if (number > 1 && count > 0)
        buf_printf(ids, "%s%s", ids->len == 0 ? "" : ",", fields[0]);
    return 0;
}

static int
check_table(const struct conf *conf)
{
    struct err err = {0};
    struct buf ids = {0};
    char path[4096];
    PGconn *db = NULL;
    PGresult *res = NULL;
    int status = 1;

    snprintf(path, sizeof(path), "%s/codes/rule.csv", migrate_sql_dir(NULL));
    if (csv_read(path, take_id, &ids, &err) == 0 && (db = command_connect(conf, &err)) != NULL)
        res = command_query(db, &err, sql_rule_check, 1, (const char *const[]){ids.data});
    if (res == NULL) {
        status = command_failed("rules", &err);
    } else {
        for (int row = 0; row < PQntuples(res); row++)
            fprintf(stderr, "tcrd rules: %s%s%s: %s\n", PQgetvalue(res, row, 0),
                *PQgetvalue(res, row, 1) == '\0' ? "" : " ", PQgetvalue(res, row, 1),
                PQgetvalue(res, row, 2));
        status = PQntuples(res) > 0;
        if (status == 0)
            puts("the rules have no fault");
    }
    PQclear(res);
    PQfinish(db);
    buf_clear(&ids);
    return status;
}

static int
rules_check(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "rules", no_options, 0, 1, argc, argv) != 0)
        return 2;
    return args.word_count == 0 ? check_table(conf) : run_file(conf, args.words[0], FILE_CHECK);
}

static int
rules_undo(const struct conf *conf, int argc, char **argv)
{
    struct command_args args;

    if (command_args_read(&args, "rules", no_options, 1, 1, argc, argv) != 0)
        return 2;
    if (strspn(args.words[0], "0123456789") != strlen(args.words[0]) || strlen(args.words[0]) > 15)
        return command_misused("rules", "undo needs the number of a load");
    return command_call(conf, "rules", "rows taken back:", sql_rule_undo, 2,
        (const char *const[]){args.words[0], command_user()});
}

static int
rules_confirm(const struct conf *conf, int argc, char **argv)
{
    enum { REGION, OFF };
    static const struct option options[] = {{"region", required_argument, NULL, REGION},
        {"off", no_argument, NULL, OFF}, {NULL, 0, NULL, 0}};
    struct command_args args;
    bool off;

    if (command_args_read(&args, "rules", options, 1, 1, argc, argv) != 0)
        return 2;
    off = args.values[OFF] != NULL;
    return command_call(conf, "rules", off ? "switched off; load" : "switched on; load",
        sql_rule_confirm, 4,
        (const char *const[]){
            args.words[0], args.values[REGION], off ? "false" : "true", command_user()});
}

int
command_rules(const struct conf *conf, int argc, char **argv)
{
    static const struct command_verb verbs[] = {{"list", rules_list}, {"show", rules_show},
        {"check", rules_check}, {"load", rules_load}, {"loads", rules_loads}, {"undo", rules_undo},
        {"confirm", rules_confirm}, {NULL, NULL}};

    return command_verb_run(verbs, conf, argc, argv);
}
