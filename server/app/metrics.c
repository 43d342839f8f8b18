#include <inttypes.h>

#include "common/buf.h"
#include "server/app/app_int.h"

struct metric {
    const char *name;
    const char *type;
    const char *help;
    size_t offset;
};

#define METRIC(name, type, field, help)                                                            \
    {                                                                                              \
        "tcrd_" name, type, help, offsetof(struct app_counters, field)                             \
    }

static const struct metric metrics[] = {
    METRIC("calls_total", "counter", calls, "Calls started"),
    METRIC("calls_failed_client_total", "counter", failures_client, "Calls answered with 4xx"),
    METRIC("calls_failed_server_total", "counter", failures_server, "Calls answered with 5xx"),
    METRIC("calls_replayed_total", "counter", replays, "Calls answered from an idempotency key"),
    METRIC("calls_open", "gauge", calls_open, "Calls under way"),
    METRIC("connections_open", "gauge", connections_open, "Connections open"),
    METRIC("connections_accepted_total", "counter", connections_accepted, "Connections accepted"),
    METRIC("connections_refused_total", "counter", connections_refused,
        "Connections closed at once, over a limit"),
    METRIC("handshakes_failed_total", "counter", handshakes_failed, "TLS handshakes that failed"),
    METRIC("requests_limited_total", "counter", requests_limited, "Requests answered with 429"),
    METRIC("denials_anonymous_total", "counter", denials_anonymous,
        "Unknown, expired or revoked credentials"),
    METRIC("db_calls_total", "counter", db_calls, "Database calls"),
    METRIC("db_batches_total", "counter", db_batches, "Transactions that carried writes"),
    METRIC("db_batched_calls_total", "counter", db_batched_calls, "Writes carried by them"),
    METRIC("db_retries_total", "counter", db_retries, "Batches that were sent again one by one"),
    METRIC("db_connections_lost_total", "counter", db_lost, "Database connections lost"),
    METRIC("db_timeouts_total", "counter", db_timeouts, "Database calls without an answer in time"),
    METRIC("helper_jobs_total", "counter", helper_jobs, "Jobs asked of the helper processes"),
    METRIC("helper_failed_total", "counter", helper_failed, "Papers that were not made"),
    METRIC("helper_deaths_total", "counter", helper_deaths,
        "Helper processes that had to be replaced"),
    METRIC("helper_cpu_microseconds_total", "counter", helper_cpu_us,
        "Processor time spent on papers"),
    METRIC("looks_told_total", "counter", looks_told,
        "Looks for new rules and figures because PostgreSQL told of a change"),
    METRIC("looks_timed_total", "counter", looks_timed, "Looks because it was time"),
    METRIC("listening", "gauge", is_listening, "Workers that PostgreSQL tells of changes"),
    METRIC("worker_ready", "gauge", is_ready, "Workers with codes loaded and a database"),
};

/* The worker that knows of the latest nightly job. */
static const struct app_counters *
seen_last(const struct app_shared *shared, int worker_count)
{
    const struct app_counters *seen = &shared->workers[0];

    for (int w = 1; w < worker_count; w++)
        if (atomic_load(&shared->workers[w].job_id) > atomic_load(&seen->job_id))
            seen = &shared->workers[w];
    return seen;
}

void
app_metrics_write(struct buf *out, const struct app_shared *shared, int worker_count)
{
    const struct app_counters *seen = seen_last(shared, worker_count);

    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        const struct metric *metric = &metrics[i];

        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
            metric->type);
        for (int w = 0; w < worker_count; w++) {
            const _Atomic uint64_t *value =
                (const _Atomic uint64_t *)((const char *)&shared->workers[w] + metric->offset);

            buf_printf(out, "%s{worker=\"%d\"} %" PRIu64 "\n", metric->name, w,
                atomic_load_explicit(value, memory_order_relaxed));
        }
    }
    buf_printf(out,
        "# HELP tcrd_respawns_total Workers that ended unasked and were replaced\n"
        "# TYPE tcrd_respawns_total counter\ntcrd_respawns_total %" PRIu64 "\n",
        atomic_load(&shared->respawns));
    buf_printf(out,
        "# HELP tcrd_nightly_runs_total Nightly jobs that this daemon started and that ended\n"
        "# TYPE tcrd_nightly_runs_total counter\ntcrd_nightly_runs_total %" PRIu64 "\n"
        "# HELP tcrd_nightly_failures_total Those that found a difference or failed\n"
        "# TYPE tcrd_nightly_failures_total counter\ntcrd_nightly_failures_total %" PRIu64 "\n"
        "# HELP tcrd_nightly_last_status Exit status of the last one: 0 all figures agree, 3 they "
        "differ\n"
        "# TYPE tcrd_nightly_last_status gauge\ntcrd_nightly_last_status %" PRIu64 "\n"
        "# HELP tcrd_nightly_differences Differences in the figures that the last nightly job "
        "found, whoever ran it\n"
        "# TYPE tcrd_nightly_differences gauge\ntcrd_nightly_differences %" PRIu64 "\n"
        "# HELP tcrd_nightly_finished_seconds When it ended, since 1970; 0: none came to its end\n"
        "# TYPE tcrd_nightly_finished_seconds gauge\ntcrd_nightly_finished_seconds %" PRIu64 "\n",
        atomic_load(&shared->nightly_runs), atomic_load(&shared->nightly_failures),
        atomic_load(&shared->nightly_status), atomic_load(&seen->job_differences),
        atomic_load(&seen->job_finished_s));
}
