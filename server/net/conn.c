#include "server/net/conn.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "common/digest.h"
#include "common/log.h"
#include "common/mem.h"
#include "server/net/conn_io.h"
#include "server/net/net_int.h"

enum {
    READ_BYTES = 16 * 1024,  /* a whole TLS record */
    READ_ROUNDS = 4,         /* per turn, so that one busy peer does not starve the others */
    WRITE_BYTES = 16 * 1024, /* one TLS record: progress is seen after each */
    WRITE_ROUNDS = 16,
    WRITE_PROGRESS_BYTES = 64 * 1024, /* a peer that takes this much gets a new write deadline */
    OUTPUT_MAX = 16 * 1024 * 1024
};

enum conn_state {
    CONN_AT_START, /* made, not yet owned */
    CONN_AT_HANDSHAKE,
    CONN_AT_OPEN,
    CONN_AT_DRAIN,  /* closed by the owner, output on its way */
    CONN_AT_LINGER, /* our end sent; waiting for the end of the peer */
    CONN_AT_DEAD    /* waiting to be freed outside of its own callbacks */
};

struct conn {
    struct conn_group *group;
    TAILQ_ENTRY(conn) in_group;
    TAILQ_ENTRY(conn) in_turn;
    struct event_base *base;
    struct net_limits *limits;
    struct net_address *address;
    struct conn_io io;
    struct event read_event;
    struct event write_event;
    struct event timer;       /* deadline of the owner, or of the handshake */
    struct event write_timer; /* deadline of the output, then of the linger */
    conn_event_fn on_event;
    void *owner;
    struct buf in;
    size_t in_at; /* consumed up to here */
    struct buf out;
    size_t out_at;   /* sent up to here */
    size_t progress; /* sent since the write deadline was set */
    enum conn_state state;
    bool turn_queued;
    bool again;
    bool paused;
    bool eof;
    bool failed;
    bool flush_queued;
    bool read_needs_write; /* what TLS asked for */
    bool write_needs_read;
    bool has_cert;
    uint8_t cert_sha256[SHA256_BYTES];
    char peer[INET6_ADDRSTRLEN];
};

TAILQ_HEAD(conn_list, conn);

struct conn_group {
    struct conn_list conns;
    struct conn_list turn; /* wants another turn, or to be freed */
    struct event *on_turn; /* a timer of zero: runs after the loop has looked at every descriptor */
    int open;
};

static void on_turn(evutil_socket_t fd, short what, void *arg);
static void on_readable(evutil_socket_t fd, short what, void *arg);
static void on_writable(evutil_socket_t fd, short what, void *arg);
static void on_timer(evutil_socket_t fd, short what, void *arg);
static void on_write_timer(evutil_socket_t fd, short what, void *arg);

/* ---- groups ---- */

struct conn_group *
conn_group_new(struct event_base *base)
{
    struct conn_group *group = xcalloc(1, sizeof(*group));

    TAILQ_INIT(&group->conns);
    TAILQ_INIT(&group->turn);
    group->on_turn = evtimer_new(base, on_turn, group);
    if (group->on_turn == NULL)
        abort();
    return group;
}

int
conn_group_open(const struct conn_group *group)
{
    return group->open;
}

static void
conn_free(struct conn *conn)
{
    if (conn->group != NULL) {
        TAILQ_REMOVE(&conn->group->conns, conn, in_group);
        conn->group->open--;
        if (conn->turn_queued)
            TAILQ_REMOVE(&conn->group->turn, conn, in_turn);
    }
    event_del(&conn->read_event);
    event_del(&conn->write_event);
    event_del(&conn->timer);
    event_del(&conn->write_timer);
    io_clear(&conn->io);
    limits_leave(conn->limits, conn->address);
    if (conn->in.len > 0)
        secret_clear(conn->in.data, conn->in.len);
    buf_clear(&conn->in);
    buf_clear(&conn->out);
    free(conn);
}

void
conn_group_free(struct conn_group *group)
{
    struct conn *conn;

    if (group == NULL)
        return;
    while ((conn = TAILQ_FIRST(&group->conns)) != NULL)
        conn_free(conn);
    event_free(group->on_turn);
    free(group);
}

static void
queue_turn(struct conn *conn)
{
    const struct timeval now = {0, 0};

    if (conn->turn_queued)
        return;
    conn->turn_queued = true;
    TAILQ_INSERT_TAIL(&conn->group->turn, conn, in_turn);
    event_add(conn->group->on_turn, &now);
}

/* ---- making and starting ---- */

static void
name_peer(struct conn *conn, const struct sockaddr *peer)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (peer->sa_family == AF_INET) {
        memcpy(&in, peer, sizeof(in));
        inet_ntop(AF_INET, &in.sin_addr, conn->peer, sizeof(conn->peer));
    } else if (peer->sa_family == AF_INET6) {
        memcpy(&in6, peer, sizeof(in6));
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
            inet_ntop(AF_INET, &in6.sin6_addr.s6_addr[12], conn->peer, sizeof(conn->peer));
        else
            inet_ntop(AF_INET6, &in6.sin6_addr, conn->peer, sizeof(conn->peer));
    } else {
        memcpy(conn->peer, "local", sizeof("local"));
    }
}

struct conn *
conn_new(struct event_base *base, int fd, struct tls *tls, struct net_limits *limits,
    struct net_address *address, const struct sockaddr *peer)
{
    SSL *ssl = tls != NULL ? tls_session_new(tls) : NULL;
    struct conn *conn;

    if (tls != NULL && (ssl == NULL || SSL_set_fd(ssl, fd) != 1)) {
        SSL_free(ssl);
        close(fd);
        limits_leave(limits, address);
        return NULL;
    }
    conn = xcalloc(1, sizeof(*conn));
    conn->base = base;
    conn->limits = limits;
    conn->address = address;
    io_init(&conn->io, fd, ssl);
    name_peer(conn, peer);
    event_assign(&conn->read_event, base, fd, EV_READ | EV_PERSIST, on_readable, conn);
    event_assign(&conn->write_event, base, fd, EV_WRITE | EV_PERSIST, on_writable, conn);
    evtimer_assign(&conn->timer, base, on_timer, conn);
    evtimer_assign(&conn->write_timer, base, on_write_timer, conn);
    return conn;
}

void
conn_start(struct conn *conn, struct conn_group *group, conn_event_fn on_event, void *owner)
{
    assert(conn->state == CONN_AT_START);
    conn->group = group;
    TAILQ_INSERT_TAIL(&group->conns, conn, in_group);
    group->open++;
    conn->on_event = on_event;
    conn->owner = owner;
    conn->state = CONN_AT_HANDSHAKE;
    event_add(&conn->read_event, NULL);
    conn_set_deadline(conn, DEADLINE_HANDSHAKE);
    if (conn->io.ssl == NULL) /* nothing to wait for, but CONN_UP must not come from in here */
        event_active(&conn->read_event, EV_READ, 0);
}

/* ---- events ---- */

static void
emit(struct conn *conn, enum conn_event event)
{
    if (conn->on_event != NULL)
        conn->on_event(conn->owner, conn, event);
}

static void
die(struct conn *conn)
{
    conn->state = CONN_AT_DEAD;
    conn->on_event = NULL;
    if (conn->group == NULL) {
        conn_free(conn);
        return;
    }
    event_del(&conn->read_event);
    event_del(&conn->write_event);
    event_del(&conn->timer);
    event_del(&conn->write_timer);
    queue_turn(conn);
}

/* The transport is gone. An owner is told and closes; without an owner nobody waits for it. */
static void
fail(struct conn *conn)
{
    conn->failed = true;
    event_del(&conn->read_event);
    event_del(&conn->write_event);
    event_del(&conn->write_timer);
    if (conn->on_event == NULL)
        die(conn);
    else
        emit(conn, CONN_ERROR);
}

static void
finish_close(struct conn *conn)
{
    io_finish(&conn->io);
    if (conn->eof) {
        die(conn);
        return;
    }
    conn->state = CONN_AT_LINGER;
    event_add(&conn->read_event, NULL);
    event_add(&conn->write_timer,
        deadline_after(limits_deadlines(conn->limits, conn->base), DEADLINE_LINGER));
}

static void
handshake(struct conn *conn)
{
    switch (io_handshake(&conn->io)) {
    case IO_DONE:
        break;
    case IO_WANT_READ:
        event_del(&conn->write_event);
        return;
    case IO_WANT_WRITE:
        event_add(&conn->write_event, NULL);
        return;
    case IO_EOF:
    case IO_FAILED:
        limits_counters(conn->limits)->handshakes_failed++;
        log_debug("net", "handshake_failed", "peer=%s", conn->peer);
        fail(conn);
        return;
    }
    event_del(&conn->write_event);
    conn->state = CONN_AT_OPEN;
    conn->has_cert = io_peer_cert(&conn->io, conn->cert_sha256);
    conn_set_deadline(conn, DEADLINE_NONE);
    emit(conn, CONN_UP);
}

/* ---- input ---- */

static bool
read_once(struct conn *conn)
{
    enum io_result result;
    size_t got = 0;

    if (conn->in_at > 0) {
        buf_drop(&conn->in, conn->in_at);
        conn->in_at = 0;
    }
    buf_reserve(&conn->in, READ_BYTES);
    result = io_read(&conn->io, conn->in.data + conn->in.len, READ_BYTES, &got);
    switch (result) {
    case IO_DONE:
        conn->in.len += got;
        conn->in.data[conn->in.len] = '\0';
        return true;
    case IO_WANT_WRITE:
        conn->read_needs_write = true;
        event_add(&conn->write_event, NULL);
        break;
    case IO_WANT_READ:
        break;
    case IO_EOF:
        conn->eof = true;
        event_del(&conn->read_event);
        break;
    case IO_FAILED:
        conn->failed = true;
        break;
    }
    if (conn->in.len == 0)
        buf_clear(&conn->in);
    return false;
}

static void
receive(struct conn *conn)
{
    bool told_eof = conn->eof;
    bool data = conn->again;
    int rounds = 0;

    conn->again = false;
    conn->read_needs_write = false;
    if (!conn->paused && !conn->eof)
        while (rounds < READ_ROUNDS && read_once(conn))
            rounds++;
    if (rounds == READ_ROUNDS && io_holds_input(&conn->io))
        queue_turn(conn);
    if (data || rounds > 0)
        emit(conn, CONN_DATA);
    if (conn->state != CONN_AT_OPEN)
        return;
    if (conn->failed)
        fail(conn);
    else if (conn->eof && !told_eof)
        emit(conn, CONN_EOF);
}

const char *
conn_input(const struct conn *conn, size_t *len)
{
    *len = conn->in.len - conn->in_at;
    return *len > 0 ? conn->in.data + conn->in_at : "";
}

void
conn_consume(struct conn *conn, size_t len)
{
    assert(len <= conn->in.len - conn->in_at);
    conn->in_at += len;
    if (conn->in_at < conn->in.len || conn->in.data == NULL)
        return;
    /* Nothing is kept between requests: memory of idle connections, and credentials. */
    secret_clear(conn->in.data, conn->in.len);
    buf_clear(&conn->in);
    conn->in_at = 0;
}

void
conn_pause(struct conn *conn)
{
    conn->paused = true;
    event_del(&conn->read_event);
}

void
conn_resume(struct conn *conn)
{
    if (!conn->paused)
        return;
    conn->paused = false;
    if (conn->state != CONN_AT_OPEN || conn->eof || conn->failed)
        return;
    event_add(&conn->read_event, NULL);
    if (io_holds_input(&conn->io)) /* the descriptor will not report these bytes */
        queue_turn(conn);
}

void
conn_again(struct conn *conn)
{
    conn->again = true;
    queue_turn(conn);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;
    enum io_result result;

    (void)fd;
    (void)what;
    if (conn->state == CONN_AT_LINGER) {
        result = io_discard(&conn->io);
        if (result == IO_EOF || result == IO_FAILED)
            die(conn);
        return;
    }
    if (conn->state == CONN_AT_HANDSHAKE)
        handshake(conn);
    if (conn->state == CONN_AT_OPEN && !conn->failed)
        receive(conn);
    if (conn->write_needs_read)
        on_writable(conn->io.fd, EV_WRITE, conn);
}

/* ---- output ---- */

static void
watch_output(struct conn *conn)
{
    event_add(&conn->write_event, NULL);
    if (event_pending(&conn->write_timer, EV_TIMEOUT, NULL) &&
        conn->progress < WRITE_PROGRESS_BYTES)
        return;
    conn->progress = 0;
    event_add(&conn->write_timer,
        deadline_after(limits_deadlines(conn->limits, conn->base), DEADLINE_WRITE));
}

static void
output_done(struct conn *conn)
{
    buf_clear(&conn->out);
    conn->out_at = 0;
    conn->progress = 0;
    event_del(&conn->write_event);
    event_del(&conn->write_timer);
    if (conn->state == CONN_AT_DRAIN)
        finish_close(conn);
    else
        emit(conn, CONN_DRAINED);
}

static void
flush(struct conn *conn)
{
    size_t len, put;

    conn->write_needs_read = false;
    for (int round = 0; conn->out_at < conn->out.len && round < WRITE_ROUNDS; round++) {
        len = conn->out.len - conn->out_at;
        if (len > WRITE_BYTES)
            len = WRITE_BYTES;
        put = 0;
        switch (io_write(&conn->io, conn->out.data + conn->out_at, len, &put)) {
        case IO_DONE:
            conn->out_at += put;
            conn->progress += put;
            continue;
        case IO_WANT_WRITE:
            break;
        case IO_WANT_READ:
            conn->write_needs_read = true;
            event_add(&conn->read_event, NULL);
            return;
        case IO_EOF:
        case IO_FAILED:
            fail(conn);
            return;
        }
        break;
    }
    if (conn->out_at < conn->out.len)
        watch_output(conn);
    else
        output_done(conn);
}

static void
queue_flush(struct conn *conn)
{
    if (conn->flush_queued || conn->failed)
        return;
    conn->flush_queued = true;
    event_active(&conn->write_event, EV_WRITE, 0);
}

static int
output_ready(struct conn *conn)
{
    size_t waiting = conn->out.len - conn->out_at;

    assert(conn->state == CONN_AT_OPEN);
    if (waiting > OUTPUT_MAX)
        return -1;
    if (conn->out_at > waiting) { /* moves fewer bytes than it frees */
        buf_drop(&conn->out, conn->out_at);
        conn->out_at = 0;
    }
    return 0;
}

int
conn_write(struct conn *conn, const void *data, size_t len)
{
    if (output_ready(conn) < 0)
        return -1;
    buf_add(&conn->out, data, len);
    queue_flush(conn);
    return 0;
}

int
conn_write_buf(struct conn *conn, struct buf *buf)
{
    int done = 0;

    if (conn->out.data != NULL) {
        done = conn_write(conn, buf->data, buf->len);
        buf_clear(buf);
        return done;
    }
    assert(conn->state == CONN_AT_OPEN);
    conn->out = *buf;
    *buf = (struct buf){0};
    queue_flush(conn);
    return 0;
}

size_t
conn_output_len(const struct conn *conn)
{
    return conn->out.len - conn->out_at;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;

    (void)fd;
    (void)what;
    conn->flush_queued = false;
    if (conn->state == CONN_AT_HANDSHAKE) {
        handshake(conn);
        return;
    }
    if (conn->read_needs_write && conn->state == CONN_AT_OPEN) {
        event_del(&conn->write_event);
        receive(conn);
    }
    if ((conn->state == CONN_AT_OPEN || conn->state == CONN_AT_DRAIN) && !conn->failed &&
        conn->out.data != NULL)
        flush(conn);
}

/* ---- time ---- */

void
conn_set_deadline(struct conn *conn, enum deadline_kind kind)
{
    if (kind == DEADLINE_NONE)
        event_del(&conn->timer);
    else
        event_add(&conn->timer, deadline_after(limits_deadlines(conn->limits, conn->base), kind));
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;

    (void)fd;
    (void)what;
    if (conn->state == CONN_AT_HANDSHAKE) {
        limits_counters(conn->limits)->handshakes_failed++;
        fail(conn);
    } else {
        emit(conn, CONN_TIMEOUT);
    }
}

static void
on_write_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;

    (void)fd;
    (void)what;
    if (conn->state == CONN_AT_LINGER)
        die(conn);
    else
        fail(conn);
}

/* What is left to do after every descriptor has been looked at. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct conn_group *group = arg;
    struct conn_list now = TAILQ_HEAD_INITIALIZER(now);
    struct conn *conn;

    (void)fd;
    (void)what;
    TAILQ_CONCAT(&now, &group->turn, in_turn);
    while ((conn = TAILQ_FIRST(&now)) != NULL) {
        TAILQ_REMOVE(&now, conn, in_turn);
        conn->turn_queued = false;
        if (conn->state == CONN_AT_DEAD)
            conn_free(conn);
        else if (conn->state == CONN_AT_OPEN && !conn->failed)
            receive(conn);
    }
}

/* ---- closing ---- */

void
conn_close(struct conn *conn)
{
    enum conn_state state = conn->state;

    conn->on_event = NULL;
    event_del(&conn->read_event);
    event_del(&conn->timer);
    if (state != CONN_AT_OPEN || conn->failed) {
        die(conn);
        return;
    }
    conn->state = CONN_AT_DRAIN;
    if (conn->in.len > 0)
        secret_clear(conn->in.data, conn->in.len);
    buf_clear(&conn->in);
    conn->in_at = 0;
    if (conn->out.data == NULL)
        finish_close(conn);
    else
        queue_flush(conn);
}

void
conn_abort(struct conn *conn)
{
    die(conn);
}

/* ---- the peer ---- */

const char *
conn_peer_address(const struct conn *conn)
{
    return conn->peer;
}

bool
conn_is_tls(const struct conn *conn)
{
    return conn->io.ssl != NULL;
}

const uint8_t *
conn_peer_cert_sha256(const struct conn *conn)
{
    return conn->has_cert ? conn->cert_sha256 : NULL;
}

bool
conn_take_request(struct conn *conn, struct net_rate *rate)
{
    return limits_take_request(conn->limits, conn->address, rate);
}
