#include "server/command/sample_copy.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "server/command/command_db.h"
#include "server/command/sample_sql.h"

int
sample_copy_lock(PGconn *db, bool *is_empty, struct err *err)
{
    PGresult *res = command_query(db, err, sql_sample_lock, 0, NULL);

    if (res == NULL)
        return -1;
    *is_empty = *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    return 0;
}

int
sample_copy_unindex(PGconn *db, struct err *err)
{
    return command_exec(db, err, sql_sample_unindex, 0, NULL);
}

int
sample_copy_index(PGconn *db, struct err *err)
{
    return command_exec(db, err, sql_sample_index, 0, NULL);
}

/* Read results until there are none; -1 with err when one is an error. */
static int
drain(PGconn *db, struct err *err)
{
    PGresult *res;
    int result = 0;

    while ((res = PQgetResult(db)) != NULL) {
        const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
        const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

        if (PQresultStatus(res) == PGRES_FATAL_ERROR && result == 0) {
            if (state != NULL && strcmp(state, "23505") == 0)
                result = err_set(err, ERR_DUPLICATE,
                    "the record holds such contracts already (the same totals and seed?): nothing"
                    " was stored");
            else
                result = err_set(err, ERR_INTERNAL, "%s (%s)",
                    text == NULL ? "the connection to the database broke" : text,
                    state == NULL ? "" : state);
        }
        PQclear(res);
    }
    return result;
}

static int
lost(PGconn *db, struct err *err)
{
    return err_set(
        err, ERR_UNAVAILABLE, "%.*s", (int)strcspn(PQerrorMessage(db), "\n"), PQerrorMessage(db));
}

static int
copy_table(PGconn *db, const char *sql, const struct buf *rows, struct err *err)
{
    PGresult *res = PQexec(db, sql);
    bool is_ready = PQresultStatus(res) == PGRES_COPY_IN;

    PQclear(res);
    if (!is_ready || rows->len > INT_MAX || PQputCopyData(db, rows->data, (int)rows->len) != 1 ||
        PQputCopyEnd(db, NULL) != 1)
        return lost(db, err);
    return drain(db, err);
}

int
sample_copy_chunk(PGconn *db, bool is_empty, const struct sample_chunk *chunk, struct err *err)
{
    for (int i = 0; i < SAMPLE_TABLES; i++) {
        char sql[1024];

        /* PostgreSQL freezes no rows of a partitioned table, nor of one that was there before. */
        snprintf(sql, sizeof(sql), "%s from stdin (format binary, freeze %s)", sql_sample_copy[i],
            is_empty && i != SAMPLE_FACT && i != SAMPLE_TERM ? "on" : "off");
        if (copy_table(db, sql, &chunk->tables[i], err) < 0)
            return -1;
    }
    return 0;
}
