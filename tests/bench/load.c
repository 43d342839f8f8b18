/* load - submissions to tcrd over HTTPS keep-alive: how many a second, and how long they take.
 *
 * Closed loop (no --rate): every connection sends its next request as soon as it has its answer.
 * Open loop (--rate R): request k is due at k/R whatever the server does; its time counts from
 * then, also when it had to wait for a free connection, so that a stall is not left out of the
 * figures. With --check they are only checked. Prints one JSON object. Status 1 when anything but
 * 201 (checked: 200) came back.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/bench/connection.h"
#include "tests/bench/request.h"

enum { EVENTS_MAX = 256, STATUS_MAX = 600, GRACE_US = 10000000, CONNECTIONS_MAX = 10000 };

struct options {
    const char *host;
    int port;
    const char *ca_file;
    const char *token_file;
    int good_status; /* 201, or 200 of contract.check */
    int connections;
    double rate; /* a second; 0: closed loop */
    double warmup_s;
    double seconds;
};

struct samples {
    uint32_t *us;
    size_t count;
    size_t room;
};

struct load {
    const struct options *options;
    struct request_template *requests;
    struct connection *connections;
    struct connection *free;
    int epoll;
    int busy;
    int broken;
    uint64_t next_number;
    int64_t started_us;
    int64_t measured_from_us;
    int64_t ends_us;
    uint64_t sent;
    uint64_t measured; /* good answers inside the window */
    uint64_t by_status[STATUS_MAX];
    struct samples samples;
};

static int64_t
now_us(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static void
samples_add(struct samples *self, int64_t us)
{
    if (self->count == self->room) {
        self->room = self->room == 0 ? 1 << 16 : self->room * 2;
        self->us = realloc(self->us, self->room * sizeof(*self->us));
        if (self->us == NULL)
            err(1, "memory");
    }
    self->us[self->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int
compare_us(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

/* In milliseconds; the samples are sorted. */
static double
quantile(const struct samples *self, double share)
{
    size_t at = (size_t)((double)self->count * share);

    if (self->count == 0)
        return 0;
    return self->us[at < self->count ? at : self->count - 1] / 1000.0;
}

/* When the next request is due. */
static int64_t
due_us(const struct load *load)
{
    if (load->options->rate <= 0)
        return now_us();
    return load->started_us + (int64_t)((double)load->sent * 1e6 / load->options->rate);
}

static void
lose(struct load *load, struct connection *connection)
{
    load->broken++;
    connection_close(connection);
}

/* Send what is due while a connection is free. */
static void
dispatch(struct load *load)
{
    while (load->free != NULL) {
        struct connection *connection = load->free;
        int64_t due = due_us(load);

        if (due >= load->ends_us || due > now_us())
            return;
        load->free = connection->next_free;
        connection->intended_us = due;
        connection->out_len = request_write(load->requests, load->next_number++, connection->out);
        load->sent++;
        if (connection_send(connection) == PROGRESS_BROKEN)
            lose(load, connection);
        else
            load->busy++;
    }
}

static void
take_answer(struct load *load, struct connection *connection)
{
    int64_t now = now_us();
    int status = connection->status;

    load->busy--;
    if (status < 0 || status >= STATUS_MAX)
        status = 0;
    if (load->by_status[status]++ == 0 && status != load->options->good_status)
        warnx("an answer: %.600s", connection->answer);
    if (status == load->options->good_status && now >= load->measured_from_us &&
        now < load->ends_us)
        load->measured++;
    if (connection->intended_us >= load->measured_from_us)
        samples_add(&load->samples, now - connection->intended_us);
    connection->next_free = load->free;
    load->free = connection;
}

/* A free connection is only ever told that the peer closed it. */
static void
drop_free(struct load *load, struct connection *connection)
{
    struct connection **at = &load->free;

    while (*at != NULL && *at != connection)
        at = &(*at)->next_free;
    if (*at != NULL)
        *at = connection->next_free;
    else
        load->busy--;
    lose(load, connection);
}

static void
wait_events(struct load *load, int64_t until_us)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t left = until_us - now_us();
    struct timespec timeout;
    int count;

    if (left < 0)
        left = 0;
    timeout = (struct timespec){.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
    count = epoll_pwait2(load->epoll, events, EVENTS_MAX, &timeout, NULL);
    if (count < 0 && errno != EINTR)
        err(1, "epoll");
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        enum progress progress = connection_go_on(connection);

        if (progress == PROGRESS_BROKEN)
            drop_free(load, connection);
        else if (progress == PROGRESS_ANSWERED) {
            take_answer(load, connection);
            dispatch(load);
        }
    }
}

static void
run(struct load *load)
{
    load->started_us = now_us();
    load->measured_from_us = load->started_us + (int64_t)(load->options->warmup_s * 1e6);
    load->ends_us = load->measured_from_us + (int64_t)(load->options->seconds * 1e6);
    dispatch(load);
    while (load->busy > 0 || due_us(load) < load->ends_us) {
        int64_t until = due_us(load);

        if (now_us() > load->ends_us + GRACE_US || load->broken == load->options->connections)
            return;
        if (load->free == NULL || until >= load->ends_us)
            until = load->ends_us + GRACE_US;
        wait_events(load, until);
        dispatch(load);
    }
}

static void
report(struct load *load)
{
    const struct options *options = load->options;
    struct samples *samples = &load->samples;
    uint64_t other = 0;
    struct rusage usage;
    const char *comma = "";

    getrusage(RUSAGE_SELF, &usage);
    qsort(samples->us, samples->count, sizeof(*samples->us), compare_us);
    for (int status = 0; status < STATUS_MAX; status++)
        other += status == options->good_status ? 0 : load->by_status[status];
    printf(
        "{\"connections\": %d, \"mode\": \"%s\", \"wanted_rate\": %.0f, \"seconds\": %.1f, "
        "\"rate\": %.0f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"p999_ms\": %.2f, \"max_ms\": %.2f, "
        "\"acknowledged\": %" PRIu64 ", \"errors\": %" PRIu64
        ", \"broken\": %d, \"unanswered\": %d, "
        "\"client_cpu_s\": %.2f, \"statuses\": {",
        options->connections, options->rate > 0 ? "open" : "closed", options->rate,
        options->seconds, (double)load->measured / options->seconds, quantile(samples, 0.5),
        quantile(samples, 0.99), quantile(samples, 0.999), quantile(samples, 1),
        load->by_status[options->good_status], other, load->broken, load->busy,
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    for (int status = 0; status < STATUS_MAX; status++)
        if (load->by_status[status] > 0) {
            printf("%s\"%d\": %" PRIu64, comma, status, load->by_status[status]);
            comma = ", ";
        }
    printf("}}\n");
}

static char *
token_read(const char *path)
{
    static char token[512];
    FILE *file = fopen(path, "r");

    if (file == NULL || fgets(token, sizeof(token), file) == NULL)
        err(1, "%s", path);
    fclose(file);
    token[strcspn(token, "\r\n")] = '\0';
    return token;
}

static const char usage_text[] =
    "Usage: load --ca FILE --token FILE [--host ADDRESS] [--port N] [--connections N] [--rate R]\n"
    "            [--warmup SECONDS] [--seconds SECONDS] [--check]\n";

static void
options_read(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"ca", required_argument, NULL, 'a'},
        {"token", required_argument, NULL, 't'},
        {"host", required_argument, NULL, 'h'},
        {"port", required_argument, NULL, 'p'},
        {"connections", required_argument, NULL, 'c'},
        {"rate", required_argument, NULL, 'r'},
        {"warmup", required_argument, NULL, 'w'},
        {"seconds", required_argument, NULL, 's'},
        {"check", no_argument, NULL, 'k'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'a':
            options->ca_file = optarg;
            break;
        case 't':
            options->token_file = optarg;
            break;
        case 'h':
            options->host = optarg;
            break;
        case 'p':
            options->port = atoi(optarg);
            break;
        case 'c':
            options->connections = atoi(optarg);
            break;
        case 'r':
            options->rate = atof(optarg);
            break;
        case 'w':
            options->warmup_s = atof(optarg);
            break;
        case 's':
            options->seconds = atof(optarg);
            break;
        case 'k':
            options->good_status = 200;
            break;
        default:
            fputs(usage_text, stderr);
            exit(2);
        }
    }
    if (options->ca_file == NULL || options->token_file == NULL || optind < argc ||
        options->connections < 1 || options->connections > CONNECTIONS_MAX ||
        options->seconds <= 0 || options->warmup_s < 0 || options->rate < 0) {
        fputs(usage_text, stderr);
        exit(2);
    }
}

static void
connect_all(struct load *load, SSL_CTX *tls)
{
    const struct options *options = load->options;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};

    if (inet_pton(AF_INET, options->host, &to.sin_addr) != 1)
        errx(1, "%s is no IPv4 address", options->host);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->connections = calloc((size_t)options->connections, sizeof(*load->connections));
    if (load->epoll < 0 || load->connections == NULL)
        err(1, "epoll, memory");
    for (int i = options->connections - 1; i >= 0; i--) {
        struct connection *connection = &load->connections[i];

        connection_open(connection, tls, &to, options->host, load->epoll);
        connection->next_free = load->free;
        load->free = connection;
    }
}

int
main(int argc, char **argv)
{
    struct options options = {.host = "127.0.0.1",
        .port = 8443,
        .good_status = 201,
        .connections = 64,
        .warmup_s = 1,
        .seconds = 5};
    struct load load = {.options = &options};
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    bool good;

    options_read(&options, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    if (tls == NULL || SSL_CTX_load_verify_locations(tls, options.ca_file, NULL) != 1)
        errx(1, "%s: no certificate", options.ca_file);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(tls, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Numbers of another run are somewhere else, so its contracts are no duplicates of these. */
    if (getrandom(&load.next_number, sizeof(load.next_number), 0) != sizeof(load.next_number))
        err(1, "getrandom");
    load.requests = request_template_new(options.host, options.port, token_read(options.token_file),
        options.good_status == 200 ? "/v1/contracts/check" : "/v1/contracts");
    connect_all(&load, tls);
    run(&load);
    report(&load);
    good = load.busy == 0 && load.broken == 0 && load.by_status[options.good_status] == load.sent;
    for (int i = 0; i < options.connections; i++)
        connection_close(&load.connections[i]);
    free(load.connections);
    free(load.samples.us);
    request_template_free(load.requests);
    SSL_CTX_free(tls);
    return good ? 0 : 1;
}
