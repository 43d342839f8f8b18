#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "server/db/db_int.h"

struct db_listen {
    struct db_pool *pool;
    const char *sql;
    void (*on_heard)(void *ctx, bool is_listening);
    void *ctx;
    enum {
        LISTEN_WAITING, /* for the time of the next attempt */
        LISTEN_CONNECTING,
        LISTEN_ASKING, /* the LISTEN is on its way */
        LISTEN_UP
    } at;
    bool is_up; /* as on_heard was told; stays while an old connection is replaced */
    PGconn *pg;
    struct event *ready; /* what the step waits for, made for this step alone */
    struct event *timer; /* the next attempt; while it listens, the end of the connection's age */
    int backoff_ms;
};

static void on_ready(evutil_socket_t fd, short what, void *arg);

static void
ready_delete(struct db_listen *listen)
{
    /* libpq may close its socket and get the same number again. */
    if (listen->ready != NULL)
        event_free(listen->ready);
    listen->ready = NULL;
}

static void
wait_for(struct db_listen *listen, short what)
{
    struct timeval limit = {.tv_sec = DB_CONNECT_TIMEOUT_MS / 1000};

    listen->ready =
        event_new(db_pool_base(listen->pool), PQsocket(listen->pg), what, on_ready, listen);
    event_add(listen->ready, listen->at == LISTEN_UP ? NULL : &limit);
}

static void
hang_up(struct db_listen *listen)
{
    ready_delete(listen);
    PQfinish(listen->pg);
    listen->pg = NULL;
}

static void
lose(struct db_listen *listen, const char *why)
{
    struct timeval wait = db_backoff_next(&listen->backoff_ms);

    if (listen->at == LISTEN_UP)
        db_pool_count(listen->pool)->lost_connections++;
    log_warn("db", "listen_lost", "why=%s", log_safe(why));
    hang_up(listen);
    listen->at = LISTEN_WAITING;
    event_add(listen->timer, &wait);
    if (listen->is_up) {
        listen->is_up = false;
        listen->on_heard(listen->ctx, false);
    }
}

/* A server that goes away says so to an idle connection as well, and libpq would print it. */
static void
ignore_notice(void *ctx, const PGresult *res)
{
    (void)ctx;
    (void)res;
}

static void
connect_start(struct db_listen *listen)
{
    listen->pg = PQconnectStart(db_pool_conninfo(listen->pool));
    if (listen->pg == NULL || PQstatus(listen->pg) == CONNECTION_BAD) {
        lose(listen, listen->pg == NULL ? "no memory" : PQerrorMessage(listen->pg));
        return;
    }
    PQsetNoticeReceiver(listen->pg, ignore_notice, NULL);
    listen->at = LISTEN_CONNECTING;
    wait_for(listen, EV_WRITE);
}

/* Wait for what comes next, once all that was to be sent is on its way. */
static void
flush(struct db_listen *listen)
{
    int left = PQflush(listen->pg);

    if (left < 0)
        lose(listen, PQerrorMessage(listen->pg));
    else
        wait_for(listen, left == 1 ? EV_READ | EV_WRITE : EV_READ);
}

static void
connect_step(struct db_listen *listen)
{
    PostgresPollingStatusType poll = PQconnectPoll(listen->pg);

    if (poll == PGRES_POLLING_READING || poll == PGRES_POLLING_WRITING) {
        wait_for(listen, poll == PGRES_POLLING_READING ? EV_READ : EV_WRITE);
    } else if (poll != PGRES_POLLING_OK || PQsetnonblocking(listen->pg, 1) != 0 ||
               PQsendQuery(listen->pg, listen->sql) != 1) {
        lose(listen, PQerrorMessage(listen->pg));
    } else {
        listen->at = LISTEN_ASKING;
        flush(listen);
    }
}

/* 1: it listens, 0: no answer yet, -1: refused (a standby cannot listen). */
static int
take_answer(struct db_listen *listen)
{
    PGresult *res;
    int result = 1;

    while (!PQisBusy(listen->pg)) {
        if ((res = PQgetResult(listen->pg)) == NULL)
            return result;
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            result = -1;
        PQclear(res);
    }
    return result < 0 ? -1 : 0;
}

static void
begin_listening(struct db_listen *listen)
{
    struct timeval age = {.tv_sec = db_pool_conf(listen->pool)->db_connection_age_s};

    listen->at = LISTEN_UP;
    listen->is_up = true;
    listen->backoff_ms = DB_BACKOFF_MIN_MS;
    event_add(listen->timer, &age);
    log_info("db", "listening", "pid=%d", PQbackendPID(listen->pg));
}

static void
listen_step(struct db_listen *listen, short what)
{
    bool open = (what & EV_READ) == 0 || PQconsumeInput(listen->pg) == 1;
    bool is_news = false;
    PGnotify *note;

    if (listen->at == LISTEN_ASKING) {
        int answer = take_answer(listen);

        if (answer < 0) {
            lose(listen, PQerrorMessage(listen->pg));
            return;
        }
        if (answer > 0) {
            begin_listening(listen);
            is_news = true;
        }
    }
    while ((note = PQnotifies(listen->pg)) != NULL) {
        PQfreemem(note);
        is_news = true;
    }
    if (!open || PQstatus(listen->pg) == CONNECTION_BAD)
        lose(listen, PQerrorMessage(listen->pg));
    else
        flush(listen);
    if (is_news && listen->at == LISTEN_UP)
        listen->on_heard(listen->ctx, true);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct db_listen *listen = arg;

    (void)fd;
    ready_delete(listen);
    if (what & EV_TIMEOUT)
        lose(listen, "no answer in time");
    else if (listen->at == LISTEN_CONNECTING)
        connect_step(listen);
    else
        listen_step(listen, what);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct db_listen *listen = arg;

    (void)fd;
    (void)what;
    if (listen->pg != NULL)
        hang_up(listen);
    connect_start(listen);
}

struct db_listen *
db_listen_new(struct db_pool *pool, const char *sql, void (*on_heard)(void *ctx, bool is_listening),
    void *ctx)
{
    struct db_listen *listen = xcalloc(1, sizeof(*listen));

    listen->pool = pool;
    listen->sql = sql;
    listen->on_heard = on_heard;
    listen->ctx = ctx;
    listen->backoff_ms = DB_BACKOFF_MIN_MS;
    listen->timer = event_new(db_pool_base(pool), -1, 0, on_timer, listen);
    connect_start(listen);
    return listen;
}

void
db_listen_free(struct db_listen *listen)
{
    if (listen == NULL)
        return;
    hang_up(listen);
    event_free(listen->timer);
    free(listen);
}
