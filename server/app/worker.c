#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "server/app/app_int.h"
#include "server/app/codes_load.h"
#include "server/app/routes.h"
#include "server/auth/auth.h"
#include "server/db/db_pool.h"
#include "server/helper/helper.h"
#include "server/http/http_server.h"
#include "server/net/limits.h"
#include "server/net/listener.h"
#include "server/net/tls.h"
#include "server/rpc/rpc_server.h"

enum { DRAIN_TICK_MS = 20 };

/* The rooms of one worker, built in order and torn down in reverse. */
struct worker {
    struct app_worker *given;
    const struct conf *conf;
    struct event_base *base;
    struct db_pool *pool;
    struct auth *auth;
    struct api *api;
    struct codes_loader *codes;
    struct helper *helper;
    struct net_limits *limits;
    struct net_limits *admin_limits;
    struct tls *http_tls;
    struct tls *rpc_tls;
    struct http_server *http;
    struct http_server *admin;
    struct rpc_server *rpc;
    struct listener *listeners[3];
    struct event *on_term;
    struct event *on_master_gone;
    struct event *drain_tick;
    struct event *log_turn;
    int64_t drain_until_us;
    bool is_draining;
};

/* The worker that hears first of differing figures tells the log. */
static void
tell_job(struct app_shared *shared, const struct codes_job *job)
{
    uint64_t told = atomic_load(&shared->job_told);

    while (job->id > told)
        if (atomic_compare_exchange_weak(&shared->job_told, &told, job->id)) {
            if (job->differences > 0)
                log_error("app", "figures_differ", "job_run=%" PRIu64 " differences=%" PRIu64,
                    job->id, job->differences);
            return;
        }
}

/* After each call and with the news of the codes: an idle worker has nothing to publish and does
 * not wake up. */
static void
publish(void *arg)
{
    struct worker *worker = arg;
    struct app_counters *to = &worker->given->shared->workers[worker->given->index];
    const struct api_counters *api = api_counters(worker->api);
    const struct db_counters *db = db_pool_counters(worker->pool);
    const struct net_counters *net = net_limits_counters(worker->limits);
    const struct helper_counters *helper = helper_counters(worker->helper);
    const struct codes_counters *codes = codes_loader_counters(worker->codes);

#define PUBLISH(field, value)                                                                      \
    atomic_store_explicit(&to->field, (uint64_t)(value), memory_order_relaxed)
    PUBLISH(calls, api->calls);
    PUBLISH(failures_client, api->failures_client);
    PUBLISH(failures_server, api->failures_server);
    PUBLISH(replays, api->replays);
    PUBLISH(calls_open, api_calls_open(worker->api));
    PUBLISH(connections_open, net->open);
    PUBLISH(connections_accepted, net->accepted);
    PUBLISH(connections_refused, net->refused_total + net->refused_address);
    PUBLISH(handshakes_failed, net->handshakes_failed);
    PUBLISH(requests_limited, net->requests_limited);
    PUBLISH(denials_anonymous, auth_anonymous_denials(worker->auth));
    PUBLISH(db_calls, db->calls);
    PUBLISH(db_batches, db->batches);
    PUBLISH(db_batched_calls, db->batched_calls);
    PUBLISH(db_retries, db->retries);
    PUBLISH(db_lost, db->lost_connections);
    PUBLISH(db_timeouts, db->timeouts);
    PUBLISH(helper_jobs, helper->jobs);
    PUBLISH(helper_failed, helper->failed);
    PUBLISH(helper_deaths, helper->deaths);
    PUBLISH(helper_cpu_us, helper->cpu_us);
    PUBLISH(job_differences, codes->job.differences);
    PUBLISH(job_finished_s, codes->job.finished_s);
    PUBLISH(job_id, codes->job.id);
    PUBLISH(looks_told, codes->looks_told);
    PUBLISH(looks_timed, codes->looks_timed);
    PUBLISH(is_listening, codes->is_listening);
    PUBLISH(is_ready, api_codes(worker->api) != NULL);
#undef PUBLISH
    tell_job(worker->given->shared, &codes->job);
}

/* Every worker has its codes, and this one a database: whichever worker takes the next connection
 * can serve it. */
static bool
is_ready(const struct worker *worker)
{
    const struct app_worker *given = worker->given;

    for (int i = 0; i < given->worker_count; i++)
        if (atomic_load(&given->shared->workers[i].is_ready) == 0)
            return false;
    return db_pool_is_up(worker->pool) && !worker->is_draining;
}

static int
admin_answer(void *ctx, const char *path, struct buf *body, const char **content_type)
{
    struct worker *worker = ctx;

    publish(worker);
    *content_type = "text/plain; charset=utf-8";
    if (strcmp(path, "/live") == 0) {
        buf_puts(body, "live\n");
        return 200;
    }
    if (strcmp(path, "/ready") == 0) {
        bool ready = is_ready(worker);

        buf_puts(body, ready ? "ready\n" : "not ready\n");
        return ready ? 200 : 503;
    }
    if (strcmp(path, "/metrics") == 0) {
        *content_type = "text/plain; version=0.0.4; charset=utf-8";
        app_metrics_write(body, worker->given->shared, worker->given->worker_count);
        return 200;
    }
    buf_puts(body, "/live /ready /metrics\n");
    return 404;
}

static bool
is_drained(const struct worker *worker)
{
    return http_server_open(worker->http) == 0 && rpc_server_open(worker->rpc) == 0 &&
           api_calls_open(worker->api) == 0 && db_pool_pending(worker->pool) == 0;
}

static void
on_drain_tick(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;
    struct timeval wait = {.tv_usec = DRAIN_TICK_MS * 1000};

    (void)fd;
    (void)what;
    auth_flush(worker->auth);
    if (is_drained(worker) || clock_mono_us() > worker->drain_until_us) {
        log_info("app", "worker_drained", "left=%d", api_calls_open(worker->api));
        event_base_loopbreak(worker->base);
        return;
    }
    event_add(worker->drain_tick, &wait);
}

static void
drain(struct worker *worker)
{
    struct timeval wait = {.tv_usec = 1000};

    if (worker->is_draining)
        return;
    worker->is_draining = true;
    worker->drain_until_us = clock_mono_us() + (int64_t)worker->conf->drain_seconds * 1000000;
    for (int i = 0; i < 3; i++)
        listener_stop(worker->listeners[i]);
    close(worker->given->http_fd); /* a new master may bind at once */
    close(worker->given->rpc_fd);
    close(worker->given->admin_fd);
    http_server_drain(worker->http);
    http_server_drain(worker->admin);
    rpc_server_drain(worker->rpc);
    event_add(worker->drain_tick, &wait);
}

static void
on_term(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    drain(arg);
}

static void
on_master_gone(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    log_error("app", "master_gone", "note=draining");
    drain(arg);
}

/* Behind the events that are active now: once a turn, however many lines it had. */
static void
begin_log_turn(void *arg)
{
    event_active(arg, EV_TIMEOUT, 0);
}

static void
on_log_turn(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    log_flush();
}

static int
build_tls(struct worker *worker, struct err *err)
{
    struct app_worker *given = worker->given;
    struct tls **all[] = {&worker->http_tls, &worker->rpc_tls};
    static const char *const protocols[] = {"http/1.1", "tcrd-rpc/1"};

    for (int i = 0; i < 2; i++) {
        struct tls *tls = tls_new(given->tls_cert.data, given->tls_cert.len, given->tls_key.data,
            given->tls_key.len, given->tls_client_ca.data, given->tls_client_ca.len, err);

        if (tls == NULL)
            return -1;
        *all[i] = tls;
        tls_set_alpn(tls, protocols[i]);
        if (tls_set_ticket_keys(tls, given->shared->ticket_keys) < 0)
            return err_set(err, ERR_TLS, "cannot set the keys of session tickets");
    }
    return 0;
}

static int
build(struct worker *worker, struct err *err)
{
    struct app_worker *given = worker->given;
    struct event_config *options = event_config_new();
    struct api_auth hooks;

    event_config_set_flag(options, EVENT_BASE_FLAG_NOLOCK);
    worker->base = event_base_new_with_config(options);
    event_config_free(options);
    if (build_tls(worker, err) < 0)
        return -1;
    worker->pool = db_pool_new(worker->base, worker->conf, given->db_password, app_stmts());
    db_pool_share_turn(worker->pool, &given->shared->turn, given->index);
    worker->auth = auth_new(worker->base, worker->pool);
    hooks = auth_hooks(worker->auth);
    worker->api = api_new(worker->conf, worker->pool, app_methods(), &hooks);
    worker->helper = helper_new(worker->base, worker->conf);
    api_set_helper(worker->api, worker->helper);
    worker->limits = net_limits_new(worker->conf);
    api_share_version(worker->api, &given->shared->version);
    api_set_observer(worker->api, publish, worker);
    worker->codes = codes_loader_new(worker->base, worker->pool, worker->api, publish, worker);
    worker->admin_limits = net_limits_new(worker->conf);
    worker->http = http_server_new(worker->base, worker->api, worker->conf, worker->limits);
    worker->rpc = rpc_server_new(worker->base, worker->api, worker->conf, worker->limits);
    worker->admin = http_server_new_simple(
        worker->base, worker->conf, worker->admin_limits, admin_answer, worker);
    worker->listeners[0] = listener_new(worker->base, given->http_fd, worker->http_tls,
        worker->conf, worker->limits, http_server_accept, worker->http);
    worker->listeners[1] = listener_new(worker->base, given->rpc_fd, worker->rpc_tls, worker->conf,
        worker->limits, rpc_server_accept, worker->rpc);
    worker->listeners[2] = listener_new(worker->base, given->admin_fd, NULL, worker->conf,
        worker->admin_limits, http_server_accept, worker->admin);
    worker->on_term = evsignal_new(worker->base, SIGTERM, on_term, worker);
    worker->on_master_gone =
        event_new(worker->base, given->master_fd, EV_READ, on_master_gone, worker);
    worker->drain_tick = event_new(worker->base, -1, 0, on_drain_tick, worker);
    worker->log_turn = event_new(worker->base, -1, 0, on_log_turn, NULL);
    event_add(worker->on_term, NULL);
    event_add(worker->on_master_gone, NULL);
    log_hold(begin_log_turn, worker->log_turn);
    return 0;
}

static void
tear_down(struct worker *worker)
{
    log_hold(NULL, NULL);
    event_free(worker->log_turn);
    event_free(worker->drain_tick);
    event_free(worker->on_master_gone);
    event_free(worker->on_term);
    for (int i = 0; i < 3; i++)
        listener_free(worker->listeners[i]);
    /* Calls that end from here on are told to nobody: what would be counted is being taken apart.
     */
    api_set_observer(worker->api, NULL, NULL);
    /* The wires first: a call that the pool ends must not start what its connection has buffered
     * behind it. */
    rpc_server_free(worker->rpc);
    http_server_free(worker->http);
    http_server_free(worker->admin);
    helper_free(worker->helper); /* ends the calls that still wait for it */
    db_pool_free(worker->pool);  /* ends the calls that still wait for it */
    codes_loader_free(worker->codes);
    api_free(worker->api);
    auth_free(worker->auth);
    net_limits_free(worker->limits);
    net_limits_free(worker->admin_limits);
    tls_free(worker->http_tls);
    tls_free(worker->rpc_tls);
    event_base_free(worker->base);
}

int
app_worker_run(struct app_worker *given)
{
    struct worker worker = {.given = given, .conf = given->conf};
    struct err err = {0};

    if (build(&worker, &err) < 0) {
        log_error("app", "worker_start", "why=%s", log_safe(err.msg));
        return 1;
    }
    event_base_dispatch(worker.base);
    tear_down(&worker);
    return 0;
}
