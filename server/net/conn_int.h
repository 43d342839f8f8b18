#ifndef TCRD_NET_CONN_INT_H
#define TCRD_NET_CONN_INT_H
#include <arpa/inet.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "common/digest.h"
#include "server/net/conn.h"
#include "server/net/conn_io.h"
#include "server/net/net_int.h"
/* What conn.c (life, time, the peer) and conn_flow.c (input and output) share. */

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

/* conn.c */
void conn_emit(struct conn *conn, enum conn_event event);
/* Free outside of its own callbacks; no event comes any more. */
void conn_die(struct conn *conn);
/* The transport is gone. An owner is told and closes; without an owner nobody waits for it. */
void conn_fail(struct conn *conn);
/* Output is out: send the end of the stream and wait for that of the peer. */
void conn_finish_close(struct conn *conn);
void conn_handshake(struct conn *conn);
/* Look at it again after every descriptor has been looked at. */
void conn_queue_turn(struct conn *conn);

/* conn_flow.c */
void conn_receive(struct conn *conn);
void conn_queue_flush(struct conn *conn);
void conn_on_readable(evutil_socket_t fd, short what, void *arg);
void conn_on_writable(evutil_socket_t fd, short what, void *arg);
#endif
