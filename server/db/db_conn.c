#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/mem.h"
#include "server/db/db_int.h"

enum { BACKOFF_MAX_MS = 1000, SCRATCH_KEPT_BYTES = 256 * 1024 };

static void on_connecting(evutil_socket_t fd, short what, void *arg);
static void on_ready(evutil_socket_t fd, short what, void *arg);

static void
events_delete(struct db_conn *conn)
{
    /* libpq may close its socket and get the same number again: an event never outlives the step it
     * was made for. */
    if (conn->readable != NULL)
        event_free(conn->readable);
    if (conn->writable != NULL)
        event_free(conn->writable);
    conn->readable = NULL;
    conn->writable = NULL;
}

struct timeval
db_backoff_next(int *backoff_ms)
{
    uint8_t noise;
    int ms;

    random_bytes(&noise, 1);
    ms = *backoff_ms + *backoff_ms * noise / 512; /* jitter: many workers do not knock at once */
    *backoff_ms = *backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : *backoff_ms * 2;
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static void
retry_later(struct db_conn *conn)
{
    struct timeval wait = db_backoff_next(&conn->backoff_ms);

    conn->state = DB_CONN_WAITING;
    event_add(conn->retry, &wait);
}

void
db_conn_drop(struct db_conn *conn, const char *why)
{
    struct db_sent_list lost = TAILQ_HEAD_INITIALIZER(lost);
    struct db_sent *sent;

    if (conn->pg == NULL)
        return;
    if (conn->state == DB_CONN_READY || conn->state == DB_CONN_PREPARING)
        db_pool_count(conn->pool)->lost_connections++;
    log_warn("db", "connection_lost", "kind=%d why=%s", (int)conn->kind, log_safe(why));
    events_delete(conn);
    PQfinish(conn->pg);
    conn->pg = NULL;
    conn->depth = 0;
    TAILQ_CONCAT(&lost, &conn->sent, link);
    retry_later(conn);
    while ((sent = TAILQ_FIRST(&lost)) != NULL) {
        TAILQ_REMOVE(&lost, sent, link);
        db_pool_sent_lost(conn->pool, sent);
    }
}

static void
watch_connecting(struct db_conn *conn, PostgresPollingStatusType poll)
{
    struct timeval limit = {.tv_sec = DB_CONNECT_TIMEOUT_MS / 1000};
    short what = poll == PGRES_POLLING_READING ? EV_READ : EV_WRITE;

    conn->readable =
        event_new(db_pool_base(conn->pool), PQsocket(conn->pg), what, on_connecting, conn);
    event_add(conn->readable, &limit);
}

static void
connect_start(struct db_conn *conn)
{
    conn->pg = PQconnectStart(db_pool_conninfo(conn->pool));
    if (conn->pg == NULL || PQstatus(conn->pg) == CONNECTION_BAD) {
        PQfinish(conn->pg);
        conn->pg = NULL;
        retry_later(conn);
        return;
    }
    conn->state = DB_CONN_CONNECTING;
    watch_connecting(conn, PGRES_POLLING_WRITING);
}

static bool
flush(struct db_conn *conn)
{
    int left = PQflush(conn->pg);

    if (left < 0) {
        db_conn_drop(conn, "flush");
        return false;
    }
    if (left == 1)
        event_add(conn->writable, NULL);
    else
        event_del(conn->writable);
    return true;
}

/* Statements of this kind, and the question whether the server may be written to, in one pipeline
 * with one Sync. */
static void
prepare_all(struct db_conn *conn)
{
    const struct db_stmt *const *stmts = db_pool_stmts(conn->pool);
    struct db_sent *sent = xcalloc(1, sizeof(*sent));
    bool failed = PQenterPipelineMode(conn->pg) != 1 || PQsetnonblocking(conn->pg, 1) != 0;

    for (int i = 0; !failed && stmts[i] != NULL; i++) {
        Oid types[DB_PARAMS_MAX];

        if (stmts[i]->kind != conn->kind)
            continue;
        for (int p = 0; p < stmts[i]->param_count; p++)
            types[p] = db_type_oid(stmts[i]->params[p], stmts[i]->kind == DB_WRITE);
        failed = PQsendPrepare(
                     conn->pg, stmts[i]->name, stmts[i]->sql, stmts[i]->param_count, types) != 1;
    }
    failed = failed ||
             PQsendQueryParams(conn->pg, "select pg_catalog.pg_is_in_recovery()", 0, NULL, NULL,
                 NULL, NULL, 0) != 1 ||
             PQpipelineSync(conn->pg) != 1;
    sent->deadline_us = clock_mono_us() + DB_CONNECT_TIMEOUT_MS * 1000;
    TAILQ_INSERT_TAIL(&conn->sent, sent, link);
    conn->state = DB_CONN_PREPARING;
    conn->readable = event_new(
        db_pool_base(conn->pool), PQsocket(conn->pg), EV_READ | EV_PERSIST, on_ready, conn);
    conn->writable = event_new(
        db_pool_base(conn->pool), PQsocket(conn->pg), EV_WRITE | EV_PERSIST, on_ready, conn);
    event_add(conn->readable, NULL);
    if (failed)
        db_conn_drop(conn, "cannot prepare");
    else
        flush(conn);
}

static void
on_connecting(evutil_socket_t fd, short what, void *arg)
{
    struct db_conn *conn = arg;
    PostgresPollingStatusType poll;

    (void)fd;
    events_delete(conn);
    if (what & EV_TIMEOUT) {
        db_conn_drop(conn, "connect timed out");
        return;
    }
    poll = PQconnectPoll(conn->pg);
    if (poll == PGRES_POLLING_FAILED)
        db_conn_drop(conn, PQerrorMessage(conn->pg));
    else if (poll == PGRES_POLLING_OK)
        prepare_all(conn);
    else
        watch_connecting(conn, poll);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    connect_start(arg);
}

/* SQLSTATEs after which a connection is worthless: shut down, read-only after a switchover,
 * connection exceptions. */
static bool
is_fatal(const char *sqlstate)
{
    return strncmp(sqlstate, "57P", 3) == 0 || strncmp(sqlstate, "08", 2) == 0 ||
           strcmp(sqlstate, "25006") == 0;
}

/* Keep the answer of the statement at the head. False: the connection had to be dropped. */
static bool
keep_answer(struct db_conn *conn, PGresult *res)
{
    struct db_sent *sent = TAILQ_FIRST(&conn->sent);
    ExecStatusType status = PQresultStatus(res);
    const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    bool dead = sqlstate != NULL && is_fatal(sqlstate);

    if (sent == NULL || dead) {
        PQclear(res);
        db_conn_drop(conn, dead ? "server is going away" : "answer without a question");
        return false;
    }
    if (status == PGRES_TUPLES_OK) {
        PQclear(sent->rows);
        sent->rows = res;
        return true;
    }
    if (sqlstate != NULL && sent->sqlstate[0] == '\0') {
        memcpy(sent->sqlstate, sqlstate, 5);
        /* Only the primary message: DETAIL would carry the text of contracts. */
        log_warn("db", "refused", "stmt=%s sqlstate=%s msg=%s",
            sent->stmt == NULL ? "prepare" : sent->stmt->name, sqlstate,
            log_safe(PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)));
    }
    PQclear(res);
    return true;
}

static bool
finish_head(struct db_conn *conn)
{
    struct db_sent *sent = TAILQ_FIRST(&conn->sent);

    if (sent == NULL) {
        db_conn_drop(conn, "sync without a question");
        return false;
    }
    if (sent->stmt == NULL) {
        bool standby = sent->rows != NULL && PQgetvalue(sent->rows, 0, 0)[0] == 't';

        if (sent->sqlstate[0] != '\0' || sent->rows == NULL ||
            (standby && conn->kind == DB_WRITE)) {
            db_conn_drop(
                conn, standby ? "server is a standby" : "statements do not fit the schema");
            return false;
        }
        conn->state = DB_CONN_READY;
        conn->backoff_ms = DB_BACKOFF_MIN_MS;
        conn->born_us = clock_mono_us();
    }
    TAILQ_REMOVE(&conn->sent, sent, link);
    if (sent->stmt == NULL) {
        PQclear(sent->rows);
        free(sent);
    } else {
        conn->depth--;
        db_pool_sent_done(conn->pool, sent);
    }
    db_pool_kick(conn->pool);
    return true;
}

static void
drain(struct db_conn *conn)
{
    int gaps = 0;

    while (gaps < 2 && conn->pg != NULL && !PQisBusy(conn->pg)) {
        PGresult *res = PQgetResult(conn->pg);

        if (res == NULL) { /* end of one statement; twice in a row: nothing more is here */
            gaps++;
            continue;
        }
        gaps = 0;
        if (PQresultStatus(res) != PGRES_PIPELINE_SYNC) {
            if (!keep_answer(conn, res))
                return;
            continue;
        }
        PQclear(res);
        if (!finish_head(conn))
            return;
    }
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct db_conn *conn = arg;

    (void)fd;
    if (what & EV_READ) {
        bool open = PQconsumeInput(conn->pg) == 1;

        drain(conn); /* what came before the end counts */
        if (conn->pg == NULL)
            return;
        if (!open || PQstatus(conn->pg) == CONNECTION_BAD) {
            db_conn_drop(conn, PQerrorMessage(conn->pg));
            return;
        }
    }
    flush(conn);
}

struct db_conn *
db_conn_new(struct db_pool *pool, enum db_kind kind)
{
    struct db_conn *conn = xcalloc(1, sizeof(*conn));

    conn->pool = pool;
    conn->kind = kind;
    conn->backoff_ms = DB_BACKOFF_MIN_MS;
    TAILQ_INIT(&conn->sent);
    conn->retry = event_new(db_pool_base(pool), -1, 0, on_retry, conn);
    connect_start(conn);
    return conn;
}

void
db_conn_free(struct db_conn *conn)
{
    if (conn == NULL)
        return;
    if (conn->pg != NULL)
        db_conn_drop(conn, "worker ends");
    event_free(conn->retry);
    free(conn);
}

bool
db_conn_has_room(struct db_conn *conn)
{
    int depth = conn->kind == DB_READ ? DB_READ_DEPTH : 1;
    int64_t age_us = (int64_t)db_pool_conf(conn->pool)->db_connection_age_s * 1000000;

    if (conn->state != DB_CONN_READY)
        return false;
    if (clock_mono_us() - conn->born_us < age_us)
        return conn->depth < depth;
    if (conn->depth == 0) { /* old and idle: this is the moment to replace it */
        events_delete(conn);
        PQfinish(conn->pg);
        conn->pg = NULL;
        connect_start(conn);
    }
    return false;
}

static int
send_statement(struct db_conn *conn, struct db_sent *sent)
{
    static struct buf scratch; /* reused; one thread per process */
    const char *values[DB_PARAMS_MAX];
    size_t offsets[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX];
    int formats[DB_PARAMS_MAX];
    int count = sent->stmt->param_count;

    scratch.len = 0;
    for (int p = 0; p < count; p++) {
        const struct db_value *value = &sent->calls[0]->values[p];

        offsets[p] = scratch.len;
        formats[p] = 1;
        if (sent->stmt->kind == DB_WRITE)
            db_array_encode(&scratch, sent->stmt->params[p], sent->calls, sent->count, p);
        else if (!value->is_null)
            db_value_encode(&scratch, sent->stmt->params[p], value);
        lengths[p] = (int)(scratch.len - offsets[p]);
    }
    buf_putc(&scratch, 0);
    for (int p = 0; p < count; p++) {
        bool is_null = sent->stmt->kind != DB_WRITE && sent->calls[0]->values[p].is_null;

        values[p] = is_null ? NULL : scratch.data + offsets[p];
    }
    if (PQsendQueryPrepared(conn->pg, sent->stmt->name, count, values, lengths, formats,
            sent->stmt->has_binary_rows) != 1)
        return -1;
    if (scratch.cap > SCRATCH_KEPT_BYTES)
        buf_clear(&scratch);
    return PQpipelineSync(conn->pg) == 1 ? 0 : -1;
}

void
db_conn_send(struct db_conn *conn, struct db_sent *sent)
{
    int result = send_statement(conn, sent);

    TAILQ_INSERT_TAIL(&conn->sent, sent, link);
    conn->depth++;
    if (result < 0)
        db_conn_drop(conn, PQerrorMessage(conn->pg));
    else
        flush(conn);
}
