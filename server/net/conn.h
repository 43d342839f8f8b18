#ifndef TCRD_NET_CONN_H
#define TCRD_NET_CONN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "server/net/deadline.h"
#include "server/net/limits.h"
/* conn - one byte connection with or without TLS.
 *
 * The listener makes it and hands it to on_conn(), which calls conn_start() and so becomes the
 * owner (or conn_abort()). The owner gets events until it calls conn_close() or conn_abort(), each
 * exactly once; after that no event comes and the pointer is dead for the owner. Events never come
 * from inside a function of this header. Order: CONN_UP once, then any number of CONN_DATA and
 * CONN_DRAINED, then at most one CONN_EOF (CONN_DRAINED may still follow); CONN_TIMEOUT whenever a
 * deadline of the owner passes; CONN_ERROR at any time, and nothing after it.
 *
 * Data stays in the input until conn_consume(); an owner that cannot take more calls conn_pause().
 * Output is sent at the end of the turn, so that several answers of one turn leave in one piece.
 */
struct conn;
struct event_base;

enum conn_event {
    CONN_UP,      /* the handshake is done; the certificate of the peer is known */
    CONN_DATA,    /* more input, or conn_again() */
    CONN_DRAINED, /* everything written has been handed to the kernel */
    CONN_EOF,     /* the peer will send no more; answers can still reach it */
    CONN_TIMEOUT, /* the deadline set last has passed (a missed handshake or write is CONN_ERROR) */
    CONN_ERROR    /* nothing can be read or written any more; call conn_close() */
};
typedef void (*conn_event_fn)(void *owner, struct conn *conn, enum conn_event event);

/* All connections of one server, those that are still closing included. */
struct conn_group;
struct conn_group *conn_group_new(struct event_base *base);
int conn_group_open(const struct conn_group *group);
/* Frees its connections at once, no event comes. Never from inside an event. Accepts NULL. */
void conn_group_free(struct conn_group *group);

void conn_start(struct conn *conn, struct conn_group *group, conn_event_fn on_event, void *owner);

/* What has come in and is not consumed; valid until the next conn_consume() or event. */
const char *conn_input(const struct conn *conn, size_t *len);
void conn_consume(struct conn *conn, size_t len);
/* Read no more for now; input that is there stays. */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);
/* Ask for CONN_DATA in a later turn although nothing new may come: the owner has left work in the
 * input. */
void conn_again(struct conn *conn);

/* Queue len bytes (copied). Returns -1 when too much waits already; the caller then closes. */
int conn_write(struct conn *conn, const void *data, size_t len);
/* The same, takes over what is in buf and leaves it empty. */
int conn_write_buf(struct conn *conn, struct buf *buf);
size_t conn_output_len(const struct conn *conn); /* queued and not sent */

/* Replaces the deadline before; DEADLINE_NONE ends it. CONN_TIMEOUT when it passes. */
void conn_set_deadline(struct conn *conn, enum deadline_kind kind);

/* Send what is queued, then the end of the stream, read on for a bounded time so that the peer gets
 * it all, free. */
void conn_close(struct conn *conn);
/* Free without sending anything more. */
void conn_abort(struct conn *conn);

const char *conn_peer_address(const struct conn *conn); /* numeric */
bool conn_is_tls(const struct conn *conn);
/* SHA-256 of the verified client certificate (DER), 32 bytes, or NULL. From CONN_UP on. */
const uint8_t *conn_peer_cert_sha256(const struct conn *conn);
/* One more request of this address: false when it comes too fast. Fills rate either way. */
bool conn_take_request(struct conn *conn, struct net_rate *rate);
#endif
