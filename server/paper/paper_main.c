#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "common/job_frame.h"
#include "common/mem.h"
#include "server/paper/paper_font.h"
#include "server/paper/paper_office.h"
#include "server/paper/paper_pdf.h"
#include "server/shown/shown_job.h"

/* tcrd-paper - the helper process of a worker: papers, and what else would take too long
 * in its event loop.
 *
 * It reads jobs (common/job_frame.h) from descriptor 3 and answers each before it reads the next.
 * It has no secret, opens no connection, and is bounded: memory, processor time of one job, size of
 * a file, no core. It ends when the worker does. A worker that has waited long enough kills it.
 */

enum {
    JOB_FD = 3,
    WHY_BYTES = 200,
    CPU_SECONDS = 20, /* of one job */
    FILE_BYTES_MAX = 64 * 1024 * 1024,
    DESCRIPTORS_MAX = 64
};
/* The fonts alone take 100 MB of address space. A sanitizer takes terabytes: no limit then. */
#if defined(__SANITIZE_ADDRESS__) || defined(TCRD_SANITIZED)
#define MEMORY_BYTES_MAX RLIM_INFINITY
#else
#define MEMORY_BYTES_MAX ((rlim_t)1024 * 1024 * 1024)
#endif

struct answer {
    struct buf made;
    struct paper_facts facts;
    char why[WHY_BYTES];
};

typedef int (*job_fn)(const json_t *model, const struct job_frame *job, struct answer *answer);

static int
make_pdf(const json_t *model, const struct job_frame *job, struct answer *answer)
{
    (void)job;
    return paper_pdf_make(model, &answer->made, &answer->facts, answer->why);
}

static int
make_docx(const json_t *model, const struct job_frame *job, struct answer *answer)
{
    (void)job;
    return paper_docx_make(model, &answer->made, answer->why);
}

static int
make_xlsx(const json_t *model, const struct job_frame *job, struct answer *answer)
{
    (void)job;
    return paper_xlsx_make(model, &answer->made, answer->why);
}

static int
find_shown(const json_t *model, const struct job_frame *job, struct answer *answer)
{
    const char *why = "one part is needed";
    bool is_found = job->part_count == 1 &&
                    shown_job_make(job->parts[0].data, job->parts[0].len, &answer->made, &why);

    (void)model;
    if (!is_found)
        snprintf(answer->why, sizeof(answer->why), "%s", why);
    return is_found ? 0 : -1;
}

static const struct {
    uint32_t kind;
    job_fn make;
} kinds[] = {
    {JOB_PDF, make_pdf}, {JOB_DOCX, make_docx}, {JOB_XLSX, make_xlsx}, {JOB_SHOWN, find_shown}};

static void
set_limit(__rlimit_resource_t what, rlim_t value)
{
    struct rlimit limit = {.rlim_cur = value, .rlim_max = value};

    if (setrlimit(what, &limit) < 0)
        fprintf(stderr, "tcrd-paper: setrlimit: %s\n", strerror(errno));
}

static void
confine(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_FSIZE, FILE_BYTES_MAX);
    set_limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
    set_limit(RLIMIT_AS, MEMORY_BYTES_MAX);
    mallopt(M_ARENA_MAX, 1);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group; the worker decides */
    signal(SIGHUP, SIG_IGN);
}

/* Processor time of this process, which is what a paper costs however busy the machine is. */
static int64_t
used_us(void)
{
    struct timespec used = {0};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* The limit counts from the start of the process, so each job moves it. */
static void
bound_job(void)
{
    struct rlimit limit = {
        .rlim_cur = (rlim_t)(used_us() / 1000000) + CPU_SECONDS, .rlim_max = RLIM_INFINITY};

    setrlimit(RLIMIT_CPU, &limit);
}

/* False: the worker is gone. */
static bool
read_all(char *data, size_t len)
{
    while (len > 0) {
        ssize_t got = read(JOB_FD, data, len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        data += got;
        len -= (size_t)got;
    }
    return true;
}

static bool
write_all(const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = write(JOB_FD, data, len);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

static int
make(const struct job_frame *job, struct answer *answer)
{
    json_t *model = json_loadb(job->json, job->json_len, JSON_REJECT_DUPLICATES, NULL);
    int result = -1;

    if (!json_is_object(model)) {
        snprintf(answer->why, sizeof(answer->why), "a JSON object is needed");
    } else {
        snprintf(answer->why, sizeof(answer->why), "there is no such kind of job");
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            if (kinds[i].kind == job->kind)
                result = kinds[i].make(model, job, answer);
    }
    json_decref(model);
    if (result == 0 && answer->made.len > JOB_BYTES_MAX - 4) {
        snprintf(answer->why, sizeof(answer->why), "what was made is too large");
        result = -1;
    }
    return result;
}

static bool
answer_job(const struct job_frame *job)
{
    struct answer answer = {0};
    struct job_frame reply = {.id = job->id};
    struct buf json = {0};
    struct buf out = {0};
    int64_t before = used_us();
    bool sent;

    bound_job();
    if (make(job, &answer) == 0) {
        reply.kind = JOB_DONE;
        reply.parts[0] = (struct job_part){answer.made.data, answer.made.len};
        reply.part_count = 1;
        buf_printf(&json, "{\"cpu_us\":%lld,\"pages\":%d,\"missing\":%d}",
            (long long)(used_us() - before), answer.facts.pages, answer.facts.missing);
    } else {
        reply.kind = JOB_FAILED;
        buf_puts(&json, "{\"why\":");
        buf_json_string(&json, answer.why);
        buf_putc(&json, '}');
    }
    reply.json = json.data;
    reply.json_len = json.len;
    job_frame_write(&out, &reply);
    sent = write_all(out.data, out.len);
    buf_clear(&out);
    buf_clear(&json);
    buf_clear(&answer.made);
    return sent;
}

/* False: nothing more will come. */
static bool
serve_one(void)
{
    static struct job_frame job;
    char head[JOB_HEAD_BYTES];
    size_t bytes;
    char *data;
    bool goes_on;

    if (!read_all(head, sizeof(head)))
        return false;
    bytes = job_frame_bytes(head, sizeof(head));
    if (bytes == SIZE_MAX)
        return false;
    data = xmalloc(bytes + 1);
    memcpy(data, head, sizeof(head));
    goes_on = read_all(data + sizeof(head), bytes - sizeof(head)) &&
              job_frame_read(data, bytes, &job) == 0 && answer_job(&job);
    free(data);
    return goes_on;
}

int
main(void)
{
    char why[WHY_BYTES];

    confine();
    if (!paper_font_open(why)) {
        fprintf(stderr, "tcrd-paper: %s\n", why);
        return 1;
    }
    while (serve_one())
        continue;
    /* The caches of fontconfig and pango are as old as the process; nobody frees them one by one.
     */
    fflush(stderr);
    _exit(0);
}
