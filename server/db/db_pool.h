#ifndef TCRD_DB_DB_POOL_H
#define TCRD_DB_DB_POOL_H
#include "common/conf.h"
#include "server/db/db.h"
/* db_pool - the connections of one worker: some for reads, some for reports, one or two for writes,
 * and one that listens.
 *
 * Built by app/worker.c. Connections are opened in the background and reopened with back-off; a
 * pool without any connection answers DB_DOWN after db.wait_timeout_ms at the latest.
 */
struct event_base;

/* stmts: every statement of the program, NULL-terminated; they are prepared on each new connection
 * of their kind. password may be NULL. conf is read as long as the pool lives (limits may be
 * reloaded). */
struct db_pool *db_pool_new(struct event_base *base, const struct conf *conf, const char *password,
    const struct db_stmt *const *stmts);
/* Send write batches in turn with the other workers of the daemon (db_turn.h). Call once, right
 * after db_pool_new(). */
struct db_turn;
void db_pool_share_turn(struct db_pool *pool, struct db_turn *turn, int worker);
/* Keep one more connection for what PostgreSQL tells by NOTIFY; sql is a LISTEN and lives as long
 * as the program. on_heard runs from the event loop: with true when it listens (again; what was
 * told before is lost) and after notifications, once however many came together; with false when
 * the connection is lost. Call at most once. */
void db_pool_listen(struct db_pool *pool, const char *sql,
    void (*on_heard)(void *ctx, bool is_listening), void *ctx);
void db_pool_free(struct db_pool *pool); /* fails what is open; accepts NULL */

bool db_pool_is_up(const struct db_pool *pool); /* at least one connection of each kind is usable */
int db_pool_pending(const struct db_pool *pool); /* calls queued or in flight */

/* Counters since the start of this worker, for /metrics. */
struct db_counters {
    uint64_t calls;
    uint64_t batches;
    uint64_t batched_calls;
    uint64_t retries;
    uint64_t refused;
    uint64_t lost_connections;
    uint64_t timeouts;
};
const struct db_counters *db_pool_counters(const struct db_pool *pool);
#endif
