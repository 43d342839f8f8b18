#include "server/command/command_db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/digest.h"

enum { FILE_MAX_BYTES = 16 * 1024 * 1024 };

int
command_read_file(const char *file, struct buf *text, struct err *err)
{
    FILE *in = fopen(file, "rb");
    char part[16384];
    size_t start = text->len;
    size_t got;
    int result = 0;

    if (in == NULL)
        return err_set(err, ERR_IO, "%s: %s", file, strerror(errno));
    while ((got = fread(part, 1, sizeof(part), in)) > 0 && text->len - start < FILE_MAX_BYTES)
        buf_add(text, part, got);
    if (ferror(in) || got > 0)
        result = err_set(err, ERR_IO, "%s: cannot be read, or is too large", file);
    fclose(in);
    buf_add(text, "", 0); /* an empty file is an empty text */
    secret_clear(part, sizeof(part));
    return result;
}

static void
ignore_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res; /* notices may quote rows */
}

static int
read_password(const char *file, struct buf *password, struct err *err)
{
    if (*file == '\0')
        return 0;
    if (command_read_file(file, password, err) < 0 || password->data == NULL)
        return -1;
    password->data[strcspn(password->data, "\r\n")] = '\0';
    return 0;
}

PGconn *
command_connect(const struct conf *conf, struct err *err)
{
    struct buf password = {0};
    char port[16];
    PGconn *db = NULL;

    snprintf(port, sizeof(port), "%d", conf->db_port);
    if (read_password(conf->db_owner_password_file, &password, err) == 0) {
        const char *keys[] = {"host", "port", "dbname", "user", "password", "application_name",
            "client_encoding", "connect_timeout", "options", NULL};
        const char *values[] = {conf->db_host, port, conf->db_name, conf->db_owner, password.data,
            "tcrd command", "UTF8", "10", "-c search_path=pg_catalog -c datestyle=ISO", NULL};

        db = PQconnectdbParams(keys, values, 0);
    }
    if (password.data != NULL)
        secret_clear(password.data, password.len);
    buf_clear(&password);
    if (db != NULL && PQstatus(db) != CONNECTION_OK) {
        err_set(err, ERR_UNAVAILABLE, "%.*s", (int)strcspn(PQerrorMessage(db), "\n"),
            PQerrorMessage(db));
        PQfinish(db);
        return NULL;
    }
    if (db != NULL)
        PQsetNoticeReceiver(db, ignore_notice, NULL);
    return db;
}

/* Without a result the connection itself is in trouble. */
static int
set_error(struct err *err, PGconn *db, const PGresult *res)
{
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    if (text == NULL)
        return err_set(err, ERR_UNAVAILABLE, "%.*s", (int)strcspn(PQerrorMessage(db), "\n"),
            PQerrorMessage(db));
    if (state != NULL && strncmp(state, "TC", 2) == 0) /* raised by our own functions, in words */
        return err_set(err, ERR_STATE, "%s", text);
    return err_set(err, ERR_INTERNAL, "%s (%s)", text, state == NULL ? "" : state);
}

PGresult *
command_query(
    PGconn *db, struct err *err, const char *sql, int param_count, const char *const *params)
{
    PGresult *res = PQexecParams(db, sql, param_count, NULL, params, NULL, NULL, 0);

    if (PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK)
        return res;
    set_error(err, db, res);
    PQclear(res);
    return NULL;
}

int
command_exec(
    PGconn *db, struct err *err, const char *sql, int param_count, const char *const *params)
{
    PGresult *res = command_query(db, err, sql, param_count, params);

    PQclear(res);
    return res == NULL ? -1 : 0;
}

/* PostgreSQL counts characters, a reader counts lines. */
static int
line_of(const char *script, const char *position)
{
    long left = position == NULL ? 0 : strtol(position, NULL, 10);
    int line = 1;

    for (; left > 1 && *script != '\0'; script++) {
        line += *script == '\n';
        left -= ((unsigned char)script[1] & 0xC0) != 0x80;
    }
    return line;
}

int
command_script(PGconn *db, struct err *err, const char *where, const char *script)
{
    PGresult *res = PQexec(db, script);
    struct err why = {0};
    int result = 0;

    if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK &&
        PQresultStatus(res) != PGRES_EMPTY_QUERY) {
        set_error(&why, db, res);
        result = err_set(err, why.code, "%s:%d: %.150s", where,
            line_of(script, PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION)), why.msg);
    }
    PQclear(res);
    return result;
}

int
command_failed(const char *command, const struct err *err)
{
    fprintf(stderr, "tcrd %s: %s\n", command, err->msg);
    return 1;
}

int
command_call(const struct conf *conf, const char *command, const char *done, const char *sql,
    int param_count, const char *const *params)
{
    struct err err = {0};
    PGconn *db = command_connect(conf, &err);
    PGresult *res = db == NULL ? NULL : command_query(db, &err, sql, param_count, params);

    if (res == NULL) {
        PQfinish(db);
        return command_failed(command, &err);
    }
    if (done != NULL)
        printf("%s%s%s\n", done, PQgetisnull(res, 0, 0) ? "" : " ", PQgetvalue(res, 0, 0));
    PQclear(res);
    PQfinish(db);
    return 0;
}

/* Columns of a terminal: Chinese characters (three bytes and more in UTF-8) take two. */
static int
text_width(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if ((byte & 0xC0) != 0x80)
            width += byte >= 0xE3 ? 2 : 1;
    }
    return width;
}

static void
print_rows(const PGresult *res)
{
    for (int row = -1; row < PQntuples(res); row++) {
        for (int column = 0; column < PQnfields(res); column++) {
            const char *text = row < 0 ? PQfname(res, column) : PQgetvalue(res, row, column);
            int width = text_width(PQfname(res, column));

            for (int other = 0; other < PQntuples(res); other++)
                if (text_width(PQgetvalue(res, other, column)) > width)
                    width = text_width(PQgetvalue(res, other, column));
            if (column + 1 == PQnfields(res))
                puts(text);
            else
                printf("%s%*s", text, width - text_width(text) + 2, "");
        }
    }
}

int
command_show(const struct conf *conf, const char *command, const char *sql, int param_count,
    const char *const *params)
{
    struct err err = {0};
    PGconn *db = command_connect(conf, &err);
    PGresult *res = db == NULL ? NULL : command_query(db, &err, sql, param_count, params);

    if (res != NULL)
        print_rows(res);
    PQclear(res);
    PQfinish(db);
    return res == NULL ? command_failed(command, &err) : 0;
}
