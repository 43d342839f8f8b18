#include "server/command/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "server/command/command.h"
#include "server/command/command_csv.h"
#include "server/command/command_db.h"
#include "server/command/rules_sql.h"

const char command_calendar_help[] =
    "Usage: tcrd calendar load FILE\n"
    "       tcrd calendar show YEAR\n"
    "       tcrd calendar due --from DAY --rules DAY --kind KIND [--days N]\n"
    "\n"
    "Holidays and make-up days (调休), as the State Council announces them each year, and the "
    "last\n"
    "days that are counted with them. A year that is not loaded counts weekends and the holidays\n"
    "that fall on the same days every year; last days counted through it are provisional (暂定).\n"
    "\n"
    "load   a year: CSV with the columns day,kind,name_zh, kind being holiday or workday (a\n"
    "       weekend that is worked). It replaces what was known of the year; one that lacks a\n"
    "       holiday of the law, or has a hole in one, is loaded with a warning. Provisional last\n"
    "       days of open contracts are counted anew, what moved is printed, and final ones stay\n"
    "show   the days of a year\n"
    "due    the last day of a term; what it was counted by follows the day on the line\n"
    "\n"
    "  --from DAY    the day the term begins, which does not count: of submission, acceptance,\n"
    "                return, request or decision\n"
    "  --rules DAY   the rules of this day (a contract's day of acceptance)\n"
    "  --kind KIND   acceptance, decision, expert, correction, request or objection\n"
    "  --days N      so many days instead of those of the rule\n"
    "\n"
    "Example:\n"
    "  tcrd calendar due --from 2026-09-18 --rules 2026-09-18 --kind decision\n";

enum { DAYS_MAX = 3650 };

/* Prints what a load did; the number of faults, said on standard error. */
static int
say_load(const char *file, const PGresult *res)
{
    int faults = 0;

    for (int row = 0; row < PQntuples(res); row++) {
        bool is_warning = strcmp(PQgetvalue(res, row, 0), "warning") == 0;

        if (!is_warning && strcmp(PQgetvalue(res, row, 0), "fault") != 0) {
            puts(PQgetvalue(res, row, 2));
            continue;
        }
        faults += !is_warning;
        fprintf(stderr, "tcrd calendar: %s%s", is_warning ? "warning: " : "", file);
        if (!PQgetisnull(res, row, 1))
            fprintf(stderr, ": record %s", PQgetvalue(res, row, 1));
        fprintf(stderr, ": %s\n", PQgetvalue(res, row, 2));
    }
    return faults;
}

static int
calendar_load(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {{NULL, 0, NULL, 0}};
    struct command_args args;
    struct err err = {0};
    struct buf rows = {0};
    PGconn *db = NULL;
    PGresult *res = NULL;
    int faults = 1;

    if (command_args_read(&args, "calendar", options, 1, 1, argc, argv) != 0)
        return 2;
    if (command_read_csv(args.words[0], &rows, &err) == 0 &&
        (db = command_connect(conf, &err)) != NULL && command_exec(db, &err, "begin", 0, NULL) == 0)
        res = command_query(
            db, &err, sql_calendar_load, 2, (const char *const[]){rows.data, command_user()});
    if (res != NULL && (faults = say_load(args.words[0], res)) == 0)
        command_exec(db, &err, "commit", 0, NULL);
    PQclear(res);
    PQfinish(db); /* an open transaction is rolled back */
    buf_clear(&rows);
    return err.code != 0 ? command_failed("calendar", &err) : faults > 0;
}

static int
calendar_show(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {{NULL, 0, NULL, 0}};
    struct command_args args;
    long year;

    if (command_args_read(&args, "calendar", options, 1, 1, argc, argv) != 0)
        return 2;
    year = strspn(args.words[0], "0123456789") == 4 ? strtol(args.words[0], NULL, 10) : 0;
    if (strlen(args.words[0]) != 4 || year < 1990 || year > 2199)
        return command_misused("calendar", "show needs a year from 1990 to 2199");
    return command_show(
        conf, "calendar", sql_calendar_show, 1, (const char *const[]){args.words[0]});
}

static int
print_due(const struct conf *conf, const char *const *params)
{
    struct err err = {0};
    PGconn *db = command_connect(conf, &err);
    PGresult *res = db == NULL ? NULL : command_query(db, &err, sql_calendar_due, 4, params);
    int status = 0;

    if (res == NULL)
        status = command_failed("calendar", &err);
    else
        printf("%s%s  %s %s\n", PQgetvalue(res, 0, 0),
            *PQgetvalue(res, 0, 1) == 't' ? " 暂定 provisional" : "", PQgetvalue(res, 0, 2),
            PQgetvalue(res, 0, 3));
    PQclear(res);
    PQfinish(db);
    return status;
}

static int
calendar_due(const struct conf *conf, int argc, char **argv)
{
    enum { FROM, RULES, KIND, DAYS };
    static const struct option options[] = {{"from", required_argument, NULL, FROM},
        {"rules", required_argument, NULL, RULES}, {"kind", required_argument, NULL, KIND},
        {"days", required_argument, NULL, DAYS}, {NULL, 0, NULL, 0}};
    struct command_args args;
    const char *days;
    int32_t day;

    if (command_args_read(&args, "calendar", options, 0, 0, argc, argv) != 0)
        return 2;
    if (args.values[FROM] == NULL || args.values[RULES] == NULL || args.values[KIND] == NULL)
        return command_misused("calendar", "due needs --from, --rules and --kind");
    if (!date_parse(args.values[FROM], &day) || !date_parse(args.values[RULES], &day))
        return command_misused("calendar", "--from and --rules need a day, YYYY-MM-DD");
    days = args.values[DAYS];
    if (days != NULL && (strspn(days, "0123456789") != strlen(days) || strlen(days) > 4 ||
                            atoi(days) < 1 || atoi(days) > DAYS_MAX))
        return command_misused("calendar", "--days needs a number from 1 to %d", DAYS_MAX);
    return print_due(conf,
        (const char *const[]){args.values[FROM], args.values[RULES], args.values[KIND], days});
}

int
command_calendar(const struct conf *conf, int argc, char **argv)
{
    static const struct command_verb verbs[] = {
        {"load", calendar_load}, {"show", calendar_show}, {"due", calendar_due}, {NULL, NULL}};

    return command_verb_run(verbs, conf, argc, argv);
}
