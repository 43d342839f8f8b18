#include "server/command/migrate.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/command/command.h"
#include "server/command/command_sql.h"
#include "server/command/migrate_int.h"

const char command_migrate_help[] =
    "Usage: tcrd migrate [--sql-dir DIR] [--demonstration]\n"
    "\n"
    "Brings the database to the version of this program, as db.owner: applies the migrations that\n"
    "are missing (each in one transaction), then loads functions, codes, rules, parameters, the\n"
    "calendar, the roles of methods and the rights of db.user in one more. Forward only, safe to\n"
    "run twice, one at a time; a database with a version newer than this program is refused.\n"
    "Run sql/roles.sql as a superuser and create the database (UTF8) before the first time.\n"
    "\n"
    "  --sql-dir DIR     take the SQL from DIR (default: environment TCRD_SQL_DIR, else the\n"
    "                    installed folder, else the folder that this program was built from)\n"
    "  --demonstration   mark the record as a demonstration; refused if it holds contracts\n"
    "\n"
    "Example:\n"
    "  tcrd -c /etc/tcrd/tcrd.conf migrate\n";

enum { VERSION_DIGITS = 4 };

const char *
migrate_sql_dir(const char *option)
{
    const char *environment = getenv("TCRD_SQL_DIR");

    if (option != NULL)
        return option;
    if (environment != NULL && *environment != '\0')
        return environment;
    return access(TCRD_SQL_DIR "/migrations", R_OK) == 0 ? TCRD_SQL_DIR : TCRD_SOURCE_SQL_DIR;
}

/* One migration at a time, whoever started it. */
static int
take_lock(struct migrate *self, struct err *err)
{
    PGresult *res = command_query(self->db, err, sql_lock_try, 0, NULL);
    int got;

    if (res == NULL)
        return -1;
    got = *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    if (got)
        return 0;
    puts("waiting for another tcrd migrate");
    return command_exec(self->db, err, sql_lock, 0, NULL);
}

/* 1: has versions, 0: empty, -1: not ours. */
static int
check_database(struct migrate *self, struct err *err)
{
    PGresult *res;
    int result = -1;

    if (PQserverVersion(self->db) < 150000)
        return err_set(err, ERR_CONFIG, "PostgreSQL 15 or newer is needed");
    if ((res = command_query(self->db, err, sql_schema_state, 0, NULL)) == NULL)
        return -1;
    if (strcmp(PQgetvalue(res, 0, 0), "UTF8") != 0)
        err_set(err, ERR_CONFIG, "the database has the encoding %s, UTF8 is needed",
            PQgetvalue(res, 0, 0));
    else if (*PQgetvalue(res, 0, 2) == 't')
        result = 1;
    else if (*PQgetvalue(res, 0, 1) == 't')
        err_set(err, ERR_CONFIG, "the database has a schema tcr that tcrd migrate did not make");
    else
        result = 0;
    PQclear(res);
    return result;
}

static int
load_script(struct buf *text, struct migrate *self, const char *name, struct err *err)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", self->sql_dir, name);
    return command_read_file(path, text, err);
}

static int
apply_one(
    struct migrate *self, int version, const char *name, const struct buf *text, struct err *err)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];
    char number[16];
    const char *const params[] = {number, name, hex};

    sha256_of(text->data, text->len, digest);
    hex_format(digest, sizeof(digest), hex);
    snprintf(number, sizeof(number), "%d", version);
    if (command_exec(self->db, err, "begin", 0, NULL) < 0 ||
        command_script(self->db, err, name, text->data) < 0 ||
        command_script(self->db, err, "bookkeeping", sql_schema_bookkeeping) < 0 ||
        command_exec(self->db, err, sql_schema_version_add, 3, params) < 0 ||
        command_exec(self->db, err, "commit", 0, NULL) < 0)
        return -1;
    printf("migrated to version %d (%s)\n", version, name);
    self->changes++;
    return 0;
}

/* A migration that was applied is never edited; say so when the file on disk is another one. */
static void
compare_applied(const PGresult *applied, int version, const char *name, const struct buf *text)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];

    sha256_of(text->data, text->len, digest);
    hex_format(digest, sizeof(digest), hex);
    if (strcmp(hex, PQgetvalue(applied, version - 1, 2)) != 0)
        fprintf(stderr, "tcrd migrate: warning: %s differs from the one that was applied\n", name);
}

static int
apply_files(struct migrate *self, const struct migrate_names *files, const PGresult *applied,
    struct err *err)
{
    int have = applied == NULL ? 0 : PQntuples(applied);
    struct buf text = {0};
    char path[512];
    int result = 0;

    if (have > 0 && atoi(PQgetvalue(applied, have - 1, 0)) > files->count)
        return err_set(err, ERR_CONFIG, "the database has version %s, this program knows only %d",
            PQgetvalue(applied, have - 1, 0), files->count);
    for (int version = 1; result == 0 && version <= files->count; version++) {
        const char *name = files->names[version - 1];

        if (strtol(name, NULL, 10) != version || strspn(name, "0123456789") != VERSION_DIGITS) {
            result =
                err_set(err, ERR_CONFIG, "%s: the migration %04d should stand here", name, version);
            break;
        }
        snprintf(path, sizeof(path), "migrations/%s", name);
        text.len = 0;
        if ((result = load_script(&text, self, path, err)) < 0)
            break;
        if (version <= have)
            compare_applied(applied, version, name, &text);
        else
            result = apply_one(self, version, name, &text, err);
    }
    buf_clear(&text);
    return result;
}

static int
apply_migrations(struct migrate *self, struct err *err)
{
    struct migrate_names files = {0};
    PGresult *applied = NULL;
    char folder[4096];
    int state = check_database(self, err);
    int result = -1;

    if (state < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/migrations", self->sql_dir);
    if (migrate_names_read(&files, folder, ".sql", err) == 0 &&
        (state == 0 ||
            (applied = command_query(self->db, err, sql_schema_versions, 0, NULL)) != NULL))
        result = apply_files(self, &files, applied, err);
    PQclear(applied);
    migrate_names_clear(&files);
    return result;
}

static int
apply_rest(struct migrate *self, bool is_demonstration, struct err *err)
{
    PGresult *res;
    bool marked;

    if (command_exec(self->db, err, "begin", 0, NULL) < 0 || migrate_functions(self, err) < 0 ||
        migrate_reference(self, err) < 0 || migrate_methods(self, err) < 0 ||
        migrate_grants(self, err) < 0)
        return -1;
    if (is_demonstration) {
        if ((res = command_query(self->db, err, sql_demonstration_mark, 0, NULL)) == NULL)
            return -1;
        marked = *PQgetvalue(res, 0, 0) == 't';
        PQclear(res);
        if (!marked)
            return err_set(
                err, ERR_STATE, "the record holds contracts: it cannot become a demonstration");
        puts("the record is marked as a demonstration");
    }
    return command_exec(self->db, err, "commit", 0, NULL);
}

int
command_migrate(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {{"sql-dir", required_argument, NULL, 's'},
        {"demonstration", no_argument, NULL, 'd'}, {NULL, 0, NULL, 0}};
    struct migrate self = {.conf = conf};
    struct err err = {0};
    bool is_demonstration = false;
    const char *sql_dir = NULL;
    int option;
    int status = 1;

    optind = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return command_misused("migrate", "called wrongly");
        if (option == 's')
            sql_dir = optarg;
        else
            is_demonstration = true;
    }
    if (optind < argc)
        return command_misused("migrate", "unexpected argument %s", argv[optind]);
    self.sql_dir = migrate_sql_dir(sql_dir);
    self.db = command_connect(conf, &err);
    if (self.db != NULL && take_lock(&self, &err) == 0 && apply_migrations(&self, &err) == 0 &&
        apply_rest(&self, is_demonstration, &err) == 0)
        status = 0;
    PQfinish(self.db); /* an open transaction is rolled back, the lock goes */
    if (status != 0)
        return command_failed("migrate", &err);
    puts(self.changes == 0 ? "the database is up to date" : "done");
    return 0;
}
