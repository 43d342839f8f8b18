#include "server/helper/helper.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/mem.h"
#include "server/helper/helper_spawn.h"

enum { ATTEMPTS_MAX = 2, BACKOFF_MIN_MS = 50, BACKOFF_MAX_MS = 5000, READ_BYTES = 256 * 1024 };

TAILQ_HEAD(job_list, helper_job);

struct helper {
    struct event_base *base;
    const struct conf *conf;
    pid_t pid; /* 0: no process; it may be dead already and not be collected */
    int fd;    /* -1: no process to talk to */
    struct event *readable;
    struct event *writable;
    struct event *tick; /* jobs to end, processes to collect and to start, deadlines */
    int64_t start_at_us;
    int backoff_ms;
    struct helper_job *current; /* with the process */
    struct job_list waiting;
    struct job_list ended; /* done() is due */
    int waiting_count;
    uint32_t last_id;
    struct buf out;
    size_t out_sent;
    struct buf in;
    struct helper_counters counters;
};

static void on_tick(evutil_socket_t fd, short what, void *arg);
static void on_readable(evutil_socket_t fd, short what, void *arg);
static void on_writable(evutil_socket_t fd, short what, void *arg);

struct helper *
helper_new(struct event_base *base, const struct conf *conf)
{
    struct helper *helper = xcalloc(1, sizeof(*helper));

    helper->base = base;
    helper->conf = conf;
    helper->fd = -1;
    helper->tick = evtimer_new(base, on_tick, helper);
    TAILQ_INIT(&helper->waiting);
    TAILQ_INIT(&helper->ended);
    return helper;
}

const struct helper_counters *
helper_counters(const struct helper *helper)
{
    return &helper->counters;
}

void
helper_job_clear(struct helper_job *job)
{
    buf_clear(&job->json);
    buf_clear(&job->made);
}

static void
tick_in(struct helper *helper, int64_t us)
{
    struct timeval wait = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};

    if (us < 0)
        wait = (struct timeval){0};
    event_add(helper->tick, &wait);
}

/* done() comes from the next tick. */
static void
end_job(struct helper *helper, struct helper_job *job, enum helper_status status)
{
    job->status = status;
    helper->counters.jobs++;
    helper->counters.failed += status != HELPER_OK;
    TAILQ_INSERT_TAIL(&helper->ended, job, link);
    tick_in(helper, 0);
}

static void
run_ended(struct helper *helper)
{
    struct helper_job *job;

    while ((job = TAILQ_FIRST(&helper->ended)) != NULL) {
        TAILQ_REMOVE(&helper->ended, job, link);
        job->is_open = false;
        job->done(job);
    }
}

/* ---- the process ---- */

/* The process is of no use any more: kill it; its job is tried again or ends with status. */
static void
drop_process(struct helper *helper, enum helper_status status, const char *why)
{
    struct helper_job *job = helper->current;

    log_warn("helper", "dropped", "helper_pid=%d why=%s", (int)helper->pid, why);
    helper->counters.deaths++;
    kill(helper->pid, SIGKILL);
    event_free(helper->readable);
    event_free(helper->writable);
    helper->readable = helper->writable = NULL;
    close(helper->fd);
    helper->fd = -1;
    buf_clear(&helper->in);
    buf_clear(&helper->out);
    helper->start_at_us = clock_mono_us() + (int64_t)helper->backoff_ms * 1000;
    helper->backoff_ms = helper->backoff_ms == 0 ? BACKOFF_MIN_MS : helper->backoff_ms * 2;
    if (helper->backoff_ms > BACKOFF_MAX_MS)
        helper->backoff_ms = BACKOFF_MAX_MS;
    helper->current = NULL;
    if (job != NULL && status == HELPER_DOWN && job->attempts < ATTEMPTS_MAX) {
        TAILQ_INSERT_HEAD(&helper->waiting, job, link);
        helper->waiting_count++;
    } else if (job != NULL) {
        end_job(helper, job, status);
    }
    tick_in(helper, 0);
}

static bool
collect(struct helper *helper)
{
    if (helper->fd < 0 && helper->pid > 0 && waitpid(helper->pid, NULL, WNOHANG) != 0)
        helper->pid = 0;
    return helper->pid == 0;
}

static bool
start_process(struct helper *helper)
{
    struct err err = {0};

    helper->pid = helper_spawn(helper->conf->paper_helper, &helper->fd, &err);
    if (helper->pid < 0) {
        log_error("helper", "not_started", "why=%s", log_safe(err.msg));
        helper->pid = 0;
        helper->start_at_us = clock_mono_us() + (int64_t)BACKOFF_MAX_MS * 1000;
        return false;
    }
    log_info("helper", "started", "helper_pid=%d", (int)helper->pid);
    helper->readable =
        event_new(helper->base, helper->fd, EV_READ | EV_PERSIST, on_readable, helper);
    helper->writable = event_new(helper->base, helper->fd, EV_WRITE, on_writable, helper);
    event_add(helper->readable, NULL);
    return true;
}

/* ---- jobs ---- */

static void
send_job(struct helper *helper, struct helper_job *job)
{
    struct job_frame frame = {.kind = job->kind,
        .id = job->id = ++helper->last_id,
        .json = job->json.data,
        .json_len = job->json.len,
        .part_count = job->part_count};

    for (int i = 0; i < job->part_count; i++)
        frame.parts[i] = job->parts[i];
    job->attempts++;
    helper->current = job;
    helper->out.len = 0;
    helper->out_sent = 0;
    job_frame_write(&helper->out, &frame);
    on_writable(helper->fd, EV_WRITE, helper);
}

static void
send_next(struct helper *helper)
{
    struct helper_job *job = TAILQ_FIRST(&helper->waiting);

    if (job == NULL || helper->current != NULL)
        return;
    if (helper->fd < 0 &&
        (!collect(helper) || clock_mono_us() < helper->start_at_us || !start_process(helper)))
        return;
    TAILQ_REMOVE(&helper->waiting, job, link);
    helper->waiting_count--;
    send_job(helper, job);
}

static void
end_late_jobs(struct helper *helper)
{
    int64_t now = clock_mono_us();
    struct helper_job *job, *next;

    for (job = TAILQ_FIRST(&helper->waiting); job != NULL; job = next) {
        next = TAILQ_NEXT(job, link);
        if (job->deadline_us > now)
            continue;
        TAILQ_REMOVE(&helper->waiting, job, link);
        helper->waiting_count--;
        end_job(helper, job, helper->fd < 0 ? HELPER_DOWN : HELPER_TIMEOUT);
    }
    if (helper->current != NULL && helper->current->deadline_us <= now)
        drop_process(helper, HELPER_TIMEOUT, "timeout");
}

/* When something is due again: a deadline, a start, a dead process to collect. */
static void
plan_tick(struct helper *helper)
{
    int64_t now = clock_mono_us();
    int64_t at = INT64_MAX;
    const struct helper_job *job;

    if (!TAILQ_EMPTY(&helper->ended))
        at = now;
    if (helper->current != NULL)
        at = at < helper->current->deadline_us ? at : helper->current->deadline_us;
    TAILQ_FOREACH (job, &helper->waiting, link)
        at = at < job->deadline_us ? at : job->deadline_us;
    if (helper->fd < 0 && helper->pid > 0)
        at = at < now + BACKOFF_MIN_MS * 1000 ? at : now + BACKOFF_MIN_MS * 1000;
    if (helper->fd < 0 && !TAILQ_EMPTY(&helper->waiting))
        at = at < helper->start_at_us ? at : helper->start_at_us;
    if (at != INT64_MAX)
        tick_in(helper, at - now);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct helper *helper = arg;

    (void)fd;
    (void)what;
    collect(helper);
    end_late_jobs(helper);
    send_next(helper);
    plan_tick(helper);
    run_ended(helper); /* last: what it calls may submit again */
}

void
helper_submit(struct helper *helper, struct helper_job *job)
{
    job->attempts = 0;
    job->is_open = true;
    job->why[0] = '\0';
    buf_clear(&job->made);
    job->deadline_us = clock_mono_us() + (int64_t)helper->conf->paper_timeout_ms * 1000;
    if (helper->waiting_count >= helper->conf->paper_queue_max || job->json.len > JOB_JSON_MAX ||
        job->part_count > JOB_PARTS_MAX) {
        end_job(helper, job, HELPER_BUSY);
        return;
    }
    TAILQ_INSERT_TAIL(&helper->waiting, job, link);
    helper->waiting_count++;
    tick_in(helper, 0);
}

/* ---- the socket ---- */

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct helper *helper = arg;

    (void)fd;
    (void)what;
    while (helper->out_sent < helper->out.len) {
        ssize_t sent = send(helper->fd, helper->out.data + helper->out_sent,
            helper->out.len - helper->out_sent, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN) {
            event_add(helper->writable, NULL);
            return;
        }
        if (sent < 0) { /* the reading side tells the rest */
            helper->out_sent = helper->out.len;
            return;
        }
        helper->out_sent += (size_t)sent;
    }
    buf_clear(&helper->out);
    helper->out_sent = 0;
}

/* Jobs that wait for what was made just now. */
static void
end_same_jobs(struct helper *helper, const struct helper_job *done)
{
    struct helper_job *job, *next;

    for (job = TAILQ_FIRST(&helper->waiting); job != NULL; job = next) {
        next = TAILQ_NEXT(job, link);
        if (job->kind != done->kind || job->same == NULL ||
            memcmp(job->same, done->same, SHA256_BYTES) != 0)
            continue;
        TAILQ_REMOVE(&helper->waiting, job, link);
        helper->waiting_count--;
        buf_add(&job->made, done->made.data, done->made.len);
        end_job(helper, job, HELPER_OK);
    }
}

static void
take_answer(struct helper *helper, const struct job_frame *frame)
{
    struct helper_job *job = helper->current;
    json_t *facts = json_loadb(frame->json, frame->json_len, 0, NULL);
    const char *why = json_string_value(json_object_get(facts, "why"));
    json_int_t missing = json_integer_value(json_object_get(facts, "missing"));
    bool is_done = frame->kind == JOB_DONE && frame->part_count == 1;

    helper->current = NULL;
    helper->backoff_ms = 0;
    job->cpu_us = json_integer_value(json_object_get(facts, "cpu_us"));
    helper->counters.cpu_us += (uint64_t)job->cpu_us;
    if (missing > 0)
        log_warn("helper", "missing_glyphs", "count=%d", (int)missing);
    if (is_done)
        buf_add(&job->made, frame->parts[0].data, frame->parts[0].len);
    else
        snprintf(job->why, sizeof(job->why), "%s", why == NULL ? "no answer" : why);
    json_decref(facts);
    end_job(helper, job, is_done ? HELPER_OK : HELPER_REFUSED);
    if (is_done && job->same != NULL)
        end_same_jobs(helper, job);
}

/* False: what came is no answer to the job. */
static bool
read_answer(struct helper *helper)
{
    static struct job_frame frame;
    size_t bytes = job_frame_bytes(helper->in.data, helper->in.len);

    if (bytes == 0 || (bytes != SIZE_MAX && bytes > helper->in.len))
        return true;
    if (bytes == SIZE_MAX || bytes != helper->in.len || helper->current == NULL ||
        job_frame_read(helper->in.data, bytes, &frame) < 0 || frame.id != helper->current->id)
        return false;
    take_answer(helper, &frame);
    buf_clear(&helper->in);
    return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct helper *helper = arg;
    ssize_t got;

    (void)fd;
    (void)what;
    buf_reserve(&helper->in, READ_BYTES);
    got = read(helper->fd, helper->in.data + helper->in.len, READ_BYTES);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        drop_process(helper, HELPER_DOWN, "ended");
        return;
    }
    helper->in.len += (size_t)got;
    if (!read_answer(helper))
        drop_process(helper, HELPER_DOWN, "answer");
}

void
helper_free(struct helper *helper)
{
    struct helper_job *job;

    if (helper == NULL)
        return;
    while ((job = TAILQ_FIRST(&helper->waiting)) != NULL) {
        TAILQ_REMOVE(&helper->waiting, job, link);
        TAILQ_INSERT_TAIL(&helper->ended, job, link);
        job->status = HELPER_DOWN;
    }
    if (helper->current != NULL) {
        helper->current->attempts = ATTEMPTS_MAX;
        TAILQ_INSERT_TAIL(&helper->ended, helper->current, link);
        helper->current->status = HELPER_DOWN;
        helper->current = NULL;
    }
    run_ended(helper);
    if (helper->fd >= 0) {
        kill(helper->pid, SIGKILL);
        event_free(helper->readable);
        event_free(helper->writable);
        close(helper->fd);
    }
    if (helper->pid > 0)
        waitpid(helper->pid, NULL, 0);
    event_free(helper->tick);
    buf_clear(&helper->in);
    buf_clear(&helper->out);
    free(helper);
}
