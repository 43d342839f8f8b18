#include "server/net/conn.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "server/net/conn_int.h"

static void on_turn(evutil_socket_t fd, short what, void *arg);
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

void
conn_queue_turn(struct conn *conn)
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
    event_assign(&conn->read_event, base, fd, EV_READ | EV_PERSIST, conn_on_readable, conn);
    event_assign(&conn->write_event, base, fd, EV_WRITE | EV_PERSIST, conn_on_writable, conn);
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

void
conn_emit(struct conn *conn, enum conn_event event)
{
    if (conn->on_event != NULL)
        conn->on_event(conn->owner, conn, event);
}

void
conn_die(struct conn *conn)
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
    conn_queue_turn(conn);
}

void
conn_fail(struct conn *conn)
{
    conn->failed = true;
    event_del(&conn->read_event);
    event_del(&conn->write_event);
    event_del(&conn->write_timer);
    if (conn->on_event == NULL)
        conn_die(conn);
    else
        conn_emit(conn, CONN_ERROR);
}

void
conn_finish_close(struct conn *conn)
{
    io_finish(&conn->io);
    if (conn->eof) {
        conn_die(conn);
        return;
    }
    conn->state = CONN_AT_LINGER;
    event_add(&conn->read_event, NULL);
    event_add(&conn->write_timer,
        deadline_after(limits_deadlines(conn->limits, conn->base), DEADLINE_LINGER));
}

void
conn_handshake(struct conn *conn)
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
        conn_fail(conn);
        return;
    }
    event_del(&conn->write_event);
    conn->state = CONN_AT_OPEN;
    conn->has_cert = io_peer_cert(&conn->io, conn->cert_sha256);
    conn_set_deadline(conn, DEADLINE_NONE);
    conn_emit(conn, CONN_UP);
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
        conn_fail(conn);
    } else {
        conn_emit(conn, CONN_TIMEOUT);
    }
}

static void
on_write_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;

    (void)fd;
    (void)what;
    if (conn->state == CONN_AT_LINGER)
        conn_die(conn);
    else
        conn_fail(conn);
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
            conn_receive(conn);
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
        conn_die(conn);
        return;
    }
    conn->state = CONN_AT_DRAIN;
    if (conn->in.len > 0)
        secret_clear(conn->in.data, conn->in.len);
    buf_clear(&conn->in);
    conn->in_at = 0;
    if (conn->out.data == NULL)
        conn_finish_close(conn);
    else
        conn_queue_flush(conn);
}

void
conn_abort(struct conn *conn)
{
    conn_die(conn);
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
