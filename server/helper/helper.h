#ifndef TCRD_HELPER_HELPER_H
#define TCRD_HELPER_HELPER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/buf.h"
#include "common/conf.h"
#include "common/job_frame.h"
/* helper - the worker's end of its helper process (tcrd-paper): a bounded queue of jobs, one of
 * them with the process at a time.
 *
 * The process is started at the first job and then kept. When it dies, its job is tried once more
 * in a new process (another job may have been at fault), and the next start waits with back-off. A
 * job that is not answered in time is lost with its process, which is killed: no job can hold up
 * the others for longer than paper.timeout_ms. done() runs exactly once, from the event loop, never
 * from inside helper_submit(). The job is embedded in memory that outlives it.
 */
struct event_base;
struct helper;

enum helper_status {
    HELPER_OK,
    HELPER_REFUSED, /* the job cannot be done; why says what is wrong with it */
    HELPER_BUSY,    /* the queue is full */
    HELPER_DOWN,    /* the program cannot be started, or died twice over this job */
    HELPER_TIMEOUT
};

struct helper_job {
    uint32_t kind;                /* enum job_kind */
    struct buf json;              /* the job's own; cleared by helper_job_clear() */
    const struct job_part *parts; /* borrowed until done(); they too */
    int part_count;
    const uint8_t *same; /* borrowed until done(): a digest (SHA-256) that jobs with one answer have
                          * in common, so that all who wait have it at once; NULL: none */
    void (*done)(struct helper_job *job);
    void *arg; /* of the owner of done */

    enum helper_status status;
    struct buf made; /* HELPER_OK */
    char why[200];
    int64_t cpu_us; /* of the helper */

    /* private to helper/ */
    TAILQ_ENTRY(helper_job) link;
    int64_t deadline_us;
    uint32_t id;
    int attempts;
    bool is_open; /* queued or with the process */
};

struct helper_counters {
    uint64_t jobs;
    uint64_t failed; /* not HELPER_OK */
    uint64_t deaths; /* of processes */
    uint64_t cpu_us; /* of the helper processes */
};

/* conf is read as long as the helper lives. */
struct helper *helper_new(struct event_base *base, const struct conf *conf);
/* Fails what is open and ends the process; accepts NULL. */
void helper_free(struct helper *helper);
const struct helper_counters *helper_counters(const struct helper *helper);

void helper_submit(struct helper *helper, struct helper_job *job);
/* Release json and made; safe to call twice, and on a zeroed job. Not while it is open. */
void helper_job_clear(struct helper_job *job);
#endif
