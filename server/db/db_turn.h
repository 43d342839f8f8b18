#ifndef TCRD_DB_DB_TURN_H
#define TCRD_DB_DB_TURN_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
/* db_turn - the workers of one daemon send their write batches in turn.
 *
 * Every write ends in the one gap-free sequence, whose row stays locked through the flush: a batch
 * sent while another is on its way only waits inside PostgreSQL. Waiting here instead lets it grow,
 * so that one flush carries more calls. The turn is a courtesy, never a guard: the row lock keeps
 * the order, and who has waited DB_TURN_PATIENCE_MS goes ahead, whatever became of the holder.
 *
 * Lives on the page that all processes share; descriptors are made by the master before it forks.
 */
enum { DB_TURN_WORKERS_MAX = 64, DB_TURN_PATIENCE_MS = 10 };

struct db_turn {
    _Atomic int holder;            /* number of a worker from 1; 0: free */
    _Atomic uint64_t waiting;      /* a bit for each worker that wants to be woken */
    int wake[DB_TURN_WORKERS_MAX]; /* eventfd of each worker */
};

/* Master, before forking. -1: no descriptor was to be had. */
int db_turn_init(struct db_turn *turn, int workers);
/* May this worker (from 0) send now? False: it will be woken by its descriptor. */
bool db_turn_take(struct db_turn *turn, int worker);
/* The batch is over: let the next one go. Harmless for who does not hold the turn. Master: for a
 * worker that died. */
void db_turn_give(struct db_turn *turn, int worker);
#endif
