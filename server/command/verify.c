#include "server/command/verify.h"

#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/command/command.h"
#include "server/command/command_db.h"
#include "server/command/command_sql.h"

const char command_verify_help[] =
    "Usage: tcrd verify [--from SEQ]\n"
    "\n"
    "Reads every release, as db.owner: the filed texts must have the hashes that were stored with\n"
    "them, every decision must rest on the text that was filed, and the sequence must have no\n"
    "hole. Figures are compared by `tcrd aggregate`.\n"
    "\n"
    "  --from SEQ   begin after this release (default: at the first)\n"
    "\n"
    "Exit status: 0 the record is whole, 1 failed, 2 called wrongly, 3 something is wrong: then\n"
    "each fault is on standard error with its contract.\n";

enum { RELEASES_AT_ONCE = 2000, STATUS_FAULTS = 3, SEQ_BYTES = 24 };

struct verify {
    char after[SEQ_BYTES];
    long long releases;
    long long texts;
    int faults;
};

/* The faults of one stretch, each on a line; PostgreSQL writes an array of texts as {"a","b"}. */
static void
say_faults(struct verify *self, PGconn *db, const char *faults, struct err *err)
{
    const char *const params[] = {faults};
    PGresult *res = command_query(db, err, sql_array_rows, 1, params);

    for (int i = 0; res != NULL && i < PQntuples(res); i++)
        fprintf(stderr, "tcrd verify: %s\n", PQgetvalue(res, i, 0));
    self->faults += res == NULL ? 0 : PQntuples(res);
    PQclear(res);
}

/* 1: there may be more, 0: the end, -1 with err. */
static int
verify_stretch(struct verify *self, PGconn *db, struct err *err)
{
    char limit[16];
    const char *const params[] = {self->after, limit};
    PGresult *res;
    int more;

    snprintf(limit, sizeof(limit), "%d", RELEASES_AT_ONCE);
    res = command_query(db, err, sql_record_verify, 2, params);
    if (res == NULL)
        return -1;
    more = PQntuples(res) > 0;
    if (more) {
        snprintf(self->after, sizeof(self->after), "%s", PQgetvalue(res, 0, 0));
        self->releases += strtoll(PQgetvalue(res, 0, 1), NULL, 10);
        self->texts += strtoll(PQgetvalue(res, 0, 2), NULL, 10);
        if (!PQgetisnull(res, 0, 3))
            say_faults(self, db, PQgetvalue(res, 0, 3), err);
        if (isatty(STDOUT_FILENO))
            printf("\r%lld releases", self->releases);
    }
    PQclear(res);
    return more;
}

int
command_verify(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {{"from", required_argument, NULL, 0}, {0}};
    struct command_args args;
    struct verify self = {.after = "0"};
    struct err err = {0};
    PGconn *db;
    int more = -1;

    if (command_args_read(&args, "verify", options, 0, 0, argc, argv) != 0)
        return 2;
    if (args.values[0] != NULL) {
        char *end;
        long long from = strtoll(args.values[0], &end, 10);

        if (*end != '\0' || end == args.values[0] || from < 0)
            return command_misused("verify", "%s: not a number of the sequence", args.values[0]);
        snprintf(self.after, sizeof(self.after), "%lld", from);
    }
    db = command_connect(conf, &err);
    while (db != NULL && (more = verify_stretch(&self, db, &err)) > 0)
        continue;
    PQfinish(db);
    if (more < 0)
        return command_failed("verify", &err);
    printf("%s%lld releases with %lld texts read, %d faults\n", isatty(STDOUT_FILENO) ? "\r" : "",
        self.releases, self.texts, self.faults);
    return self.faults > 0 ? STATUS_FAULTS : 0;
}
