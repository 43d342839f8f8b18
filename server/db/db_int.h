#ifndef TCRD_DB_DB_INT_H
#define TCRD_DB_DB_INT_H
#include <event2/event.h>
#include <libpq-fe.h>

#include "common/buf.h"
#include "common/conf.h"
#include "server/db/db.h"
#include "server/db/db_pool.h"
/* db_int - what the files of this room share.
 *
 * A sent is one statement on its way: one call for a read, up to DB_BATCH_MAX calls for a write. A
 * connection keeps its sents in the order in which the answers come.
 */
enum { DB_BATCH_MAX = 128, DB_READ_DEPTH = 8 };
enum { DB_BACKOFF_MIN_MS = 50, DB_CONNECT_TIMEOUT_MS = 5000 };

TAILQ_HEAD(db_call_list, db_call);

struct db_result {
    PGresult *rows;
    int refs;
};

struct db_sent {
    TAILQ_ENTRY(db_sent) link;
    const struct db_stmt *stmt; /* NULL: the statements that a new connection prepares */
    PGresult *rows;             /* the answer so far */
    char sqlstate[6];
    int64_t deadline_us;
    int count;
    struct db_call *calls[DB_BATCH_MAX];
};
TAILQ_HEAD(db_sent_list, db_sent);

enum db_conn_state {
    DB_CONN_WAITING, /* for the time of the next attempt */
    DB_CONN_CONNECTING,
    DB_CONN_PREPARING,
    DB_CONN_READY
};

struct db_conn {
    struct db_pool *pool;
    enum db_kind kind;
    enum db_conn_state state;
    PGconn *pg;
    struct event *readable;
    struct event *writable;
    struct event *retry;
    int64_t born_us;
    int backoff_ms;
    int depth;
    struct db_sent_list sent;
};

/* db_conn.c */
struct db_conn *db_conn_new(struct db_pool *pool, enum db_kind kind);
void db_conn_free(struct db_conn *conn);
/* May one more statement be sent? An idle connection past its age is reopened instead. */
bool db_conn_has_room(struct db_conn *conn);
/* Send a statement with its calls; takes over sent. On failure the connection is lost, which fails
 * or requeues the calls. */
void db_conn_send(struct db_conn *conn, struct db_sent *sent);
/* Close at once; what was on the way is lost. */
void db_conn_drop(struct db_conn *conn, const char *why);
/* How long to wait before the next attempt to connect; backoff_ms begins as DB_BACKOFF_MIN_MS and
 * grows. */
struct timeval db_backoff_next(int *backoff_ms);

/* db_listen.c: the connection of db_pool_listen(). Free it before the pool. */
struct db_listen;
struct db_listen *db_listen_new(struct db_pool *pool, const char *sql,
    void (*on_heard)(void *ctx, bool is_listening), void *ctx);
void db_listen_free(struct db_listen *listen); /* tells nobody; accepts NULL */

/* db_batch.c */
/* The next sent of this queue, at most one batch of the statement that waits longest; NULL when the
 * queue is empty. */
struct db_sent *db_batch_take(struct db_call_list *waiting);
/* Deliver the answer of a batch: one row to each call, or the whole batch back into waiting to be
 * sent one by one. */
void db_batch_finish(
    struct db_sent *sent, struct db_call_list *waiting, struct db_counters *counters);

/* One call is over. */
void db_call_finish(struct db_call *call, enum db_status status);
void db_call_answer(struct db_call *call, struct db_result *result, int row, int row_count);

/* db_pool.c: called by a connection */
void db_pool_sent_done(struct db_pool *pool, struct db_sent *sent); /* takes sent */
void db_pool_sent_lost(struct db_pool *pool, struct db_sent *sent); /* takes sent */
void db_pool_kick(struct db_pool *pool);
struct event_base *db_pool_base(const struct db_pool *pool);
const char *db_pool_conninfo(const struct db_pool *pool);
const struct db_stmt *const *db_pool_stmts(const struct db_pool *pool);
struct db_counters *db_pool_count(struct db_pool *pool);
const struct conf *db_pool_conf(const struct db_pool *pool);

/* db_value.c */
Oid db_type_oid(enum db_type type, bool as_array);
void db_value_encode(struct buf *out, enum db_type type, const struct db_value *value);
/* The binary form of a one-dimensional array of parameter number param over all calls. */
void db_array_encode(
    struct buf *out, enum db_type type, struct db_call *const *calls, int count, int param);
#endif
