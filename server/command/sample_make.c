#include "server/command/sample_make.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/command/sample_points.h"

enum { CHUNK_CONTRACTS = 2000, PIPE_BYTES = 1024 * 1024 };

struct maker {
    struct sample *sample;
    struct sample_contracts contracts;
    struct sample_contract contract;
    struct sample_chunk chunk;
    int64_t first_id;
    int64_t done;
    int number; /* of this maker */
    int count;  /* of makers */
    int fd;
};

/* Before each chunk. error: what the maker ended with, no chunk follows. */
struct chunk_head {
    int64_t count; /* 0: there are no more */
    uint64_t lens[SAMPLE_TABLES];
    struct err error;
};

static int
write_all(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t wrote = write(fd, at, len);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        at += wrote;
        len -= (size_t)wrote;
    }
    return 0;
}

static int
send_chunk(struct maker *self, struct err *err)
{
    struct chunk_head head = {.count = self->chunk.count};

    sample_chunk_end(&self->chunk);
    for (int i = 0; i < SAMPLE_TABLES; i++)
        head.lens[i] = self->chunk.tables[i].len;
    if (write_all(self->fd, &head, sizeof(head)) < 0)
        return err_set(err, ERR_IO, "the loading process is gone");
    for (int i = 0; i < SAMPLE_TABLES; i++)
        if (write_all(self->fd, self->chunk.tables[i].data, self->chunk.tables[i].len) < 0)
            return err_set(err, ERR_IO, "the loading process is gone");
    sample_chunk_reset(&self->chunk);
    return 0;
}

static void
number_acts(struct sample *self, const struct sample_draw *draw, struct sample_stored *stored)
{
    const struct sample_day *accepted = sample_calendar_day(&self->calendar, draw->accepted_on);

    stored->days[SAMPLE_SUBMIT] = draw->submitted_on;
    stored->days[SAMPLE_ACCEPT] = draw->accepted_on;
    stored->days[SAMPLE_CERTIFY] = draw->registered_on;
    stored->due_on = accepted->due_on;
    stored->rule_set = accepted->rule_set;
    stored->size_from = sample_calendar_day(&self->calendar, draw->registered_on)->size_from;
    for (int act = 0; act < SAMPLE_ACTS; act++) {
        struct sample_day *day = sample_calendar_day(&self->calendar, stored->days[act]);

        stored->seqs[act] = day->acts[act]++;
        stored->seconds[act] =
            sample_calendar_second(&self->calendar, stored->days[act], stored->seqs[act]);
    }
}

/* Who files and who decides. */
static void
name_accounts(const struct sample_points *points, int point, struct sample_draw *draw,
    struct sample_stored *stored)
{
    int agency = sample_random_below(&draw->random, SAMPLE_AGENCIES);

    stored->agency_id = points->agencies[agency].agency_id;
    stored->account_id = points->agencies[agency].account_id;
    stored->point_id = points->items[point].id;
    stored->registrar_id = points->items[point].registrar_id;
}

static int
make_one(struct maker *self, struct sample_row *row, struct sample_draw *draw, struct err *err)
{
    struct sample_points *points = self->sample->points;
    int point = self->sample->places.counties[draw->county].point;
    bool is_mine = self->done / CHUNK_CONTRACTS % self->count == self->number;
    char number[SAMPLE_NUMBER_BYTES];
    struct sample_stored stored = {
        .id = self->first_id + self->done, .today = clock_today(), .number = number};
    struct arena *arena;
    int64_t total;
    int64_t technology;
    int result = 0;

    sample_next_amounts(row, draw, &total, &technology);
    sample_points_next(points, point, draw->registered_on, is_mine ? number : NULL);
    number_acts(self->sample, draw, &stored);
    name_accounts(points, point, draw, &stored);
    self->done++;
    if (!is_mine) {
        sample_contract_skip(&self->contracts, row, draw);
        return 0;
    }
    arena = arena_new();
    result = sample_contract_make(
        &self->contracts, self->sample, row, draw, total, technology, arena, &self->contract, err);
    if (result == 0)
        sample_chunk_add(&self->chunk, &self->contract, &stored);
    arena_free(arena);
    if (result == 0 && self->chunk.count == CHUNK_CONTRACTS)
        result = send_chunk(self, err);
    return result;
}

/* The contracts of a row that are registered on a day. */
static int
make_day(struct maker *self, struct sample_row *row, int32_t day, struct err *err)
{
    while (row->made < row->count && day >= row->first) {
        struct sample_draw draw;

        sample_draw(self->sample, row, row->made, &draw);
        if (draw.registered_on != day)
            return 0;
        row->made++;
        if (make_one(self, row, &draw, err) < 0)
            return -1;
    }
    return 0;
}

static void
make_all(struct maker *self, const struct codes *codes)
{
    struct sample *sample = self->sample;
    int32_t last = sample->calendar.first + sample->calendar.count;
    struct chunk_head end = {0};
    int result = 0;

    sample_contracts_init(&self->contracts, codes, sample->seed);
    for (int32_t day = sample->calendar.first; day < last && result == 0; day++)
        for (int i = 0; i < sample->rows.count && result == 0; i++)
            result = make_day(self, &sample->rows.items[i], day, &end.error);
    if (result == 0 && self->chunk.count > 0)
        (void)send_chunk(self, &end.error);
    (void)write_all(self->fd, &end, sizeof(end)); /* who would hear of a failure is gone */
    sample_chunk_clear(&self->chunk);
    buf_clear(&self->contract.body);
}

/* Nothing of the caller's but memory: neither its connection nor the other makers' pipes. */
static void
run_maker(struct maker *self, const struct codes *codes)
{
    signal(SIGPIPE, SIG_IGN);
    if (self->fd != STDERR_FILENO + 1)
        dup2(self->fd, STDERR_FILENO + 1);
    self->fd = STDERR_FILENO + 1;
    closefrom(self->fd + 1);
    make_all(self, codes);
    _exit(0);
}

int
sample_makers_start(struct sample_makers *makers, struct sample *sample, const struct codes *codes,
    int64_t first_id, struct err *err)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int count = processors < 3                       ? 1 /* PostgreSQL needs one */
                : processors > SAMPLE_MAKERS_MAX + 1 ? SAMPLE_MAKERS_MAX
                                                     : (int)processors - 1;

    while (makers->count < count) {
        struct maker maker = {
            .sample = sample, .first_id = first_id, .number = makers->count, .count = count};
        int ends[2];
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
            return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
        (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* only for speed */
        maker.fd = ends[1];
        if ((pid = fork()) == 0)
            run_maker(&maker, codes);
        close(ends[1]);
        if (pid < 0) {
            close(ends[0]);
            return err_set(err, ERR_IO, "fork: %s", strerror(errno));
        }
        makers->items[makers->count].pid = pid;
        makers->items[makers->count++].fd = ends[0];
    }
    return 0;
}

static int
read_all(int fd, void *data, size_t len)
{
    char *at = data;

    while (len > 0) {
        ssize_t got = read(fd, at, len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        at += got;
        len -= (size_t)got;
    }
    return 0;
}

int
sample_makers_next(struct sample_makers *makers, struct sample_chunk *chunk, struct err *err)
{
    int fd = makers->items[makers->next++ % makers->count].fd;
    struct chunk_head head;

    sample_chunk_reset(chunk);
    if (read_all(fd, &head, sizeof(head)) < 0)
        return err_set(err, ERR_INTERNAL, "a process that makes contracts ended");
    if (head.count == 0) {
        *err = head.error;
        return head.error.msg[0] == '\0' ? 0 : -1;
    }
    chunk->count = head.count;
    for (int i = 0; i < SAMPLE_TABLES; i++) {
        buf_reserve(&chunk->tables[i], head.lens[i]);
        if (read_all(fd, chunk->tables[i].data, head.lens[i]) < 0)
            return err_set(err, ERR_INTERNAL, "a process that makes contracts ended");
        chunk->tables[i].len = head.lens[i];
    }
    return 1;
}

void
sample_makers_stop(struct sample_makers *makers)
{
    for (int i = 0; i < makers->count; i++) {
        close(makers->items[i].fd);
        kill(makers->items[i].pid, SIGKILL);
        while (waitpid(makers->items[i].pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    makers->count = 0;
}
