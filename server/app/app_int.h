#ifndef TCRD_APP_APP_INT_H
#define TCRD_APP_APP_INT_H
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "server/db/db_turn.h"
/* app_int - what master and worker share. */
enum { APP_WORKERS_MAX = 64 };

/* A secret or certificate as bytes; the master reads files, workers never do. */
struct app_file {
    char *data;
    size_t len;
};

/* Counters of one worker on a page that all processes share, written by that worker only. */
struct app_counters {
    _Atomic uint64_t calls;
    _Atomic uint64_t failures_client;
    _Atomic uint64_t failures_server;
    _Atomic uint64_t replays;
    _Atomic uint64_t calls_open;
    _Atomic uint64_t connections_open;
    _Atomic uint64_t connections_accepted;
    _Atomic uint64_t connections_refused;
    _Atomic uint64_t handshakes_failed;
    _Atomic uint64_t requests_limited;
    _Atomic uint64_t denials_anonymous;
    _Atomic uint64_t db_calls;
    _Atomic uint64_t db_batches;
    _Atomic uint64_t db_batched_calls;
    _Atomic uint64_t db_retries;
    _Atomic uint64_t db_lost;
    _Atomic uint64_t db_timeouts;
    _Atomic uint64_t helper_jobs;
    _Atomic uint64_t helper_failed;
    _Atomic uint64_t helper_deaths;
    _Atomic uint64_t helper_cpu_us;
    _Atomic uint64_t job_id; /* as this worker saw the last nightly job, see struct codes_job */
    _Atomic uint64_t job_differences;
    _Atomic uint64_t job_finished_s;
    _Atomic uint64_t looks_told;
    _Atomic uint64_t looks_timed;
    _Atomic uint64_t is_listening;
    _Atomic uint64_t is_ready;
};

struct app_shared {
    struct app_counters workers[APP_WORKERS_MAX];
    _Atomic uint64_t respawns;
    _Atomic uint64_t nightly_runs;
    _Atomic uint64_t nightly_failures; /* differences, or the job did not come to its end */
    _Atomic uint64_t nightly_status;   /* exit status of the last one */
    _Atomic uint64_t job_told;         /* the last nightly job that some worker told the log of */
    _Atomic uint64_t version;          /* see api_share_version() */
    struct db_turn turn;
    uint8_t ticket_keys[80];
};

/* What a worker inherits at its birth. */
struct app_worker {
    int index;
    int worker_count;
    const struct conf *conf;
    struct app_shared *shared;
    int http_fd;
    int rpc_fd;
    int admin_fd;
    int master_fd; /* end of file: the master is gone */
    struct app_file tls_cert;
    struct app_file tls_key;
    struct app_file tls_client_ca;
    char *db_password; /* NULL: none */
};

/* Runs until it is told to drain; returns the exit status of the process. */
int app_worker_run(struct app_worker *worker);
/* The page of /metrics (Prometheus text format). */
struct buf;
void app_metrics_write(struct buf *out, const struct app_shared *shared, int worker_count);
#endif
