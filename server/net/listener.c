#include "server/net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/mem.h"
#include "server/net/net_int.h"

enum { ACCEPTS_PER_TURN = 16, PAUSE_US = 100 * 1000 };

struct listener {
    struct event_base *base;
    int fd;
    struct tls *tls;
    struct net_limits *limits;
    void (*on_conn)(void *ctx, struct conn *conn);
    void *ctx;
    struct event *readable;
    struct event *pause;
};

static void
accept_paused(struct listener *listener, int why)
{
    const struct timeval pause = {0, PAUSE_US};

    limits_counters(listener->limits)->accept_pauses++;
    log_warn("net", "accept_pause", "fd=%d errno=%d", listener->fd, why);
    event_del(listener->readable);
    event_add(listener->pause, &pause);
}

static void
accepted(struct listener *listener, int fd, const struct sockaddr *peer)
{
    struct net_address *address = limits_enter(listener->limits, peer);
    struct conn *conn;
    int on = 1;

    if (address == NULL) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    conn = conn_new(listener->base, fd, listener->tls, listener->limits, address, peer);
    if (conn != NULL)
        listener->on_conn(listener->ctx, conn);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct listener *listener = arg;
    struct sockaddr_storage peer;
    socklen_t len;
    int conn_fd;

    (void)what;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        len = sizeof(peer);
        memset(&peer, 0, sizeof(peer));
        conn_fd = accept4(fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (conn_fd >= 0) {
            accepted(listener, conn_fd, (struct sockaddr *)&peer);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            accept_paused(listener, errno);
        if (errno != ECONNABORTED && errno != EINTR)
            return; /* EAGAIN: another worker was faster */
    }
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct listener *listener = arg;

    (void)fd;
    (void)what;
    event_add(listener->readable, NULL);
}

struct listener *
listener_new(struct event_base *base, int fd, struct tls *tls, const struct conf *conf,
    struct net_limits *limits, void (*on_conn)(void *ctx, struct conn *conn), void *ctx)
{
    struct listener *listener = xcalloc(1, sizeof(*listener));

    (void)conf; /* limits holds it; the parameter keeps the three listeners of a worker alike */
    listener->base = base;
    listener->fd = fd;
    listener->tls = tls;
    listener->limits = limits;
    listener->on_conn = on_conn;
    listener->ctx = ctx;
    listener->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, listener);
    listener->pause = evtimer_new(base, on_pause_over, listener);
    if (listener->readable == NULL || listener->pause == NULL ||
        event_add(listener->readable, NULL) < 0) {
        listener_free(listener);
        return NULL;
    }
    return listener;
}

void
listener_set_tls(struct listener *listener, struct tls *tls)
{
    listener->tls = tls;
}

void
listener_stop(struct listener *listener)
{
    event_del(listener->readable);
    event_del(listener->pause);
}

void
listener_free(struct listener *listener)
{
    if (listener == NULL)
        return;
    if (listener->readable != NULL)
        event_free(listener->readable);
    if (listener->pause != NULL)
        event_free(listener->pause);
    free(listener);
}
