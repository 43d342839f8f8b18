#include "server/db/db_pool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/mem.h"
#include "server/db/db_int.h"
#include "server/db/db_turn.h"

enum { KINDS = 3, TICK_MS = 100, CONNS_MAX = 64 + 8 + 1 };

struct db_pool {
    struct event_base *base;
    const struct conf *conf;
    const struct db_stmt *const *stmts;
    char *conninfo;
    struct event
        *kick; /* sends what waits, in a turn of its own: done() never runs inside db_submit() */
    struct event *tick; /* looks at deadlines; runs only while calls are open */
    bool ticking;
    bool closing;
    struct db_turn *turn; /* NULL: this process writes alone */
    int worker;
    struct event *on_turn;
    int64_t turn_asked_us; /* since when it waits for its turn; 0: it does not */
    struct db_conn *conns[CONNS_MAX];
    int conn_count;
    struct db_listen *listen; /* NULL: nobody wants to hear */
    struct db_call_list waiting[KINDS];
    int waiting_count;
    int open_count; /* waiting or sent */
    struct db_counters counters;
};

static void
conninfo_add(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, "%s='", key);
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *value);
    }
    buf_puts(out, "' ");
}

static char *
conninfo_make(const struct conf *conf, const char *password)
{
    struct buf out = {0};
    char *text;

    /* A name would be looked up by blocking DNS: only a socket directory or a numeric address is
     * used. An idle connection asks by itself whether its server is still there. */
    conninfo_add(&out, conf->db_host[0] == '/' ? "host" : "hostaddr", conf->db_host);
    buf_printf(&out,
        "port=%d connect_timeout=5 client_encoding=UTF8 tcp_user_timeout=10000 keepalives_idle=15 "
        "keepalives_interval=5 ",
        conf->db_port);
    conninfo_add(&out, "dbname", conf->db_name);
    conninfo_add(&out, "user", conf->db_user);
    conninfo_add(&out, "application_name", "tcrd");
    if (password != NULL)
        conninfo_add(&out, "password", password);
    text = xstrdup(out.data);
    secret_clear(out.data, out.len);
    buf_clear(&out);
    return text;
}

static bool
pool_can_send(const struct db_pool *pool, enum db_kind kind)
{
    for (int i = 0; i < pool->conn_count; i++)
        if (pool->conns[i]->kind == kind && pool->conns[i]->state == DB_CONN_READY)
            return true;
    return false;
}

static void
tick_arm(struct db_pool *pool)
{
    struct timeval wait = {.tv_usec = TICK_MS * 1000};

    if (pool->ticking || pool->closing)
        return;
    pool->ticking = true;
    event_add(pool->tick, &wait);
}

void
db_call_finish(struct db_call *call, enum db_status status)
{
    call->status = status;
    call->at = DB_CALL_IDLE;
    call->done(call);
}

void
db_call_answer(struct db_call *call, struct db_result *result, int row, int row_count)
{
    call->result = result;
    call->row = row;
    call->row_count = row_count;
    result->refs++;
    db_call_finish(call, DB_OK);
}

static void
pool_finish(struct db_pool *pool, struct db_call *call, enum db_status status)
{
    pool->open_count--;
    if (status == DB_REFUSED)
        pool->counters.refused++;
    db_call_finish(call, status);
}

static int64_t
answer_limit_us(const struct db_pool *pool, enum db_kind kind)
{
    int ms = kind == DB_REPORT ? pool->conf->db_report_timeout_ms : pool->conf->db_call_timeout_ms;

    return (int64_t)ms * 1000;
}

static struct db_sent *
take_single(struct db_call_list *waiting)
{
    struct db_call *call = TAILQ_FIRST(waiting);
    struct db_sent *sent;

    if (call == NULL)
        return NULL;
    TAILQ_REMOVE(waiting, call, link);
    call->at = DB_CALL_SENT;
    sent = xcalloc(1, sizeof(*sent));
    sent->stmt = call->stmt;
    sent->calls[0] = call;
    sent->count = 1;
    return sent;
}

/* The ready connection of this kind with the fewest statements on the way. */
static struct db_conn *
pick_conn(struct db_pool *pool, enum db_kind kind)
{
    struct db_conn *best = NULL;

    for (int i = 0; i < pool->conn_count; i++) {
        struct db_conn *conn = pool->conns[i];

        if (conn->kind == kind && db_conn_has_room(conn) &&
            (best == NULL || conn->depth < best->depth))
            best = conn;
    }
    return best;
}

static void pump(struct db_pool *pool, enum db_kind kind);

static void
give_turn(struct db_pool *pool)
{
    if (pool->turn != NULL)
        db_turn_give(pool->turn, pool->worker);
}

/* Its turn, or its patience is at an end. */
static bool
may_write(struct db_pool *pool)
{
    int64_t now = clock_mono_us();

    if (pool->turn == NULL || db_turn_take(pool->turn, pool->worker)) {
        pool->turn_asked_us = 0;
        return true;
    }
    if (pool->turn_asked_us == 0)
        pool->turn_asked_us = now;
    if (now - pool->turn_asked_us < DB_TURN_PATIENCE_MS * 1000) {
        const struct timeval patience = {.tv_usec = DB_TURN_PATIENCE_MS * 1000};

        event_add(pool->on_turn, &patience);
        return false;
    }
    pool->turn_asked_us = 0;
    return true;
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct db_pool *pool = arg;
    uint64_t count;

    if ((what & EV_READ) && read(fd, &count, sizeof(count)) < 0)
        log_debug("db", "turn", "note=woken twice");
    pump(pool, DB_WRITE);
}

static void
pump(struct db_pool *pool, enum db_kind kind)
{
    struct db_call_list *waiting = &pool->waiting[kind];
    struct db_sent *sent;
    struct db_conn *conn;

    while (!TAILQ_EMPTY(waiting) && (conn = pick_conn(pool, kind)) != NULL) {
        if (kind == DB_WRITE && !may_write(pool))
            return;
        sent = kind == DB_WRITE ? db_batch_take(waiting) : take_single(waiting);
        pool->waiting_count -= sent->count;
        sent->deadline_us = clock_mono_us() + answer_limit_us(pool, kind);
        if (kind == DB_WRITE) {
            pool->counters.batches++;
            pool->counters.batched_calls += (uint64_t)sent->count;
        }
        db_conn_send(conn, sent);
    }
}

static void
on_kick(evutil_socket_t fd, short what, void *arg)
{
    struct db_pool *pool = arg;

    (void)fd;
    (void)what;
    for (int kind = 0; kind < KINDS; kind++)
        pump(pool, (enum db_kind)kind);
}

/* Calls that wait too long: without a connection the database is down, with one it is too busy. */
static void
expire_waiting(struct db_pool *pool, enum db_kind kind, int64_t now)
{
    bool up = pool_can_send(pool, kind);
    int64_t limit = up && kind == DB_REPORT ? answer_limit_us(pool, kind)
                                            : (int64_t)pool->conf->db_wait_timeout_ms * 1000;
    struct db_call *call;
    struct db_call *next;

    for (call = TAILQ_FIRST(&pool->waiting[kind]); call != NULL; call = next) {
        next = TAILQ_NEXT(call, link);
        if (now - call->queued_us < limit)
            continue;
        TAILQ_REMOVE(&pool->waiting[kind], call, link);
        pool->waiting_count--;
        pool->counters.timeouts++;
        /* A call that was sent once and must be repeated was rolled back, so nothing is uncertain
         * about it. */
        pool_finish(pool, call, up ? DB_BUSY : DB_DOWN);
    }
}

/* A server that does not answer in time is not waited for: the connection goes, and with it the
 * honest "unknown". */
static void
expire_sent(struct db_pool *pool, int64_t now)
{
    for (int i = 0; i < pool->conn_count; i++) {
        struct db_sent *sent = TAILQ_FIRST(&pool->conns[i]->sent);

        if (sent == NULL || now < sent->deadline_us)
            continue;
        pool->counters.timeouts++;
        db_conn_drop(pool->conns[i], "no answer in time");
    }
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct db_pool *pool = arg;
    int64_t now = clock_mono_us();

    (void)fd;
    (void)what;
    pool->ticking = false;
    expire_sent(pool, now);
    for (int kind = 0; kind < KINDS; kind++)
        expire_waiting(pool, (enum db_kind)kind, now);
    if (pool->open_count > 0)
        tick_arm(pool);
}

void
db_submit(struct db_pool *pool, struct db_call *call)
{
    call->queued_us = clock_mono_us();
    call->at = DB_CALL_QUEUED;
    call->attempts = 0;
    call->status = DB_DOWN;
    call->sqlstate[0] = '\0';
    pool->counters.calls++;
    pool->open_count++;
    /* A full queue is answered by the next tick like a call that waited too long: done() must not
     * run in here. */
    if (pool->waiting_count >= pool->conf->db_queue_max)
        call->queued_us = 0;
    pool->waiting_count++;
    TAILQ_INSERT_TAIL(&pool->waiting[call->stmt->kind], call, link);
    tick_arm(pool);
    db_pool_kick(pool);
}

void
db_pool_sent_done(struct db_pool *pool, struct db_sent *sent)
{
    struct db_result *result;
    struct db_call *call = sent->calls[0];

    if (sent->stmt->kind == DB_WRITE) {
        struct db_call_list *waiting = &pool->waiting[DB_WRITE];

        give_turn(pool);
        int before = sent->count;
        uint64_t retries = pool->counters.retries;

        pool->open_count -= before;
        db_batch_finish(sent, waiting, &pool->counters);
        if (pool->counters.retries != retries) {
            pool->open_count += before;
            pool->waiting_count += before;
        }
        return;
    }
    pool->open_count--;
    if (sent->sqlstate[0] != '\0' || sent->rows == NULL) {
        pool->counters.refused++;
        memcpy(call->sqlstate, sent->sqlstate, sizeof(call->sqlstate));
        PQclear(sent->rows);
        db_call_finish(call, DB_REFUSED);
    } else {
        result = xcalloc(1, sizeof(*result));
        result->rows = sent->rows;
        db_call_answer(call, result, 0, PQntuples(sent->rows));
    }
    free(sent);
}

void
db_pool_sent_lost(struct db_pool *pool, struct db_sent *sent)
{
    bool timed_out = sent->deadline_us <= clock_mono_us();

    if (sent->stmt != NULL && sent->stmt->kind == DB_WRITE)
        give_turn(pool);

    PQclear(sent->rows);
    for (int i = 0; i < sent->count; i++) {
        struct db_call *call = sent->calls[i];

        if (call->stmt->kind != DB_WRITE && call->attempts == 0 && !timed_out && !pool->closing) {
            call->attempts = 1; /* a read may be asked again, once */
            call->at = DB_CALL_QUEUED;
            pool->waiting_count++;
            TAILQ_INSERT_HEAD(&pool->waiting[call->stmt->kind], call, link);
        } else if (call->stmt->kind == DB_WRITE) {
            pool_finish(pool, call, DB_UNCERTAIN);
        } else {
            pool_finish(pool, call, timed_out ? DB_TIMEOUT : DB_DOWN);
        }
    }
    free(sent);
}

void
db_pool_kick(struct db_pool *pool)
{
    if (!pool->closing)
        event_active(pool->kick, EV_TIMEOUT, 0);
}

struct event_base *
db_pool_base(const struct db_pool *pool)
{
    return pool->base;
}

const char *
db_pool_conninfo(const struct db_pool *pool)
{
    return pool->conninfo;
}

const struct db_stmt *const *
db_pool_stmts(const struct db_pool *pool)
{
    return pool->stmts;
}

struct db_counters *
db_pool_count(struct db_pool *pool)
{
    return &pool->counters;
}

const struct conf *
db_pool_conf(const struct db_pool *pool)
{
    return pool->conf;
}

const struct db_counters *
db_pool_counters(const struct db_pool *pool)
{
    return &pool->counters;
}

struct db_pool *
db_pool_new(struct event_base *base, const struct conf *conf, const char *password,
    const struct db_stmt *const *stmts)
{
    const int wanted[KINDS] = {conf->db_read_connections, 1, conf->db_write_connections};
    struct db_pool *pool = xcalloc(1, sizeof(*pool));

    pool->base = base;
    pool->conf = conf;
    pool->stmts = stmts;
    pool->conninfo = conninfo_make(conf, password);
    pool->kick = event_new(base, -1, 0, on_kick, pool);
    pool->tick = event_new(base, -1, 0, on_tick, pool);
    for (int kind = 0; kind < KINDS; kind++) {
        TAILQ_INIT(&pool->waiting[kind]);
        for (int i = 0; i < wanted[kind]; i++)
            pool->conns[pool->conn_count++] = db_conn_new(pool, (enum db_kind)kind);
    }
    return pool;
}

void
db_pool_share_turn(struct db_pool *pool, struct db_turn *turn, int worker)
{
    pool->turn = turn;
    pool->worker = worker;
    pool->on_turn = event_new(pool->base, turn->wake[worker], EV_READ, on_turn, pool);
}

void
db_pool_listen(struct db_pool *pool, const char *sql,
    void (*on_heard)(void *ctx, bool is_listening), void *ctx)
{
    pool->listen = db_listen_new(pool, sql, on_heard, ctx);
}

void
db_pool_free(struct db_pool *pool)
{
    if (pool == NULL)
        return;
    pool->closing = true;
    db_listen_free(pool->listen);
    for (int i = 0; i < pool->conn_count; i++)
        db_conn_free(pool->conns[i]);
    for (int kind = 0; kind < KINDS; kind++) {
        struct db_call *call;

        while ((call = TAILQ_FIRST(&pool->waiting[kind])) != NULL) {
            TAILQ_REMOVE(&pool->waiting[kind], call, link);
            pool_finish(pool, call, DB_DOWN);
        }
    }
    event_free(pool->kick);
    event_free(pool->tick);
    if (pool->on_turn != NULL)
        event_free(pool->on_turn);
    secret_clear(pool->conninfo, strlen(pool->conninfo));
    free(pool->conninfo);
    free(pool);
}

bool
db_pool_is_up(const struct db_pool *pool)
{
    return pool_can_send(pool, DB_READ) && pool_can_send(pool, DB_WRITE);
}

int
db_pool_pending(const struct db_pool *pool)
{
    return pool->open_count;
}
