#ifndef TCRD_NET_LISTENER_H
#define TCRD_NET_LISTENER_H
#include "common/conf.h"
#include "server/net/limits.h"
/* listener - accepts on one inherited socket, within the limits of this worker.
 *
 * The descriptor stays the caller's: it is non-blocking, listening, and shared with other workers,
 * so an accept that finds nothing is normal. Out of descriptors: a pause of 100 ms instead of a
 * busy loop. A connection over a limit is closed at once.
 */
struct listener;
struct conn;
struct tls;
struct event_base;

/* tls NULL: plain. on_conn takes over conn (conn_start or conn_abort). limits must outlive the
 * connections. NULL when the event cannot be made. */
struct listener *listener_new(struct event_base *base, int fd, struct tls *tls,
    const struct conf *conf, struct net_limits *limits,
    void (*on_conn)(void *ctx, struct conn *conn), void *ctx);
/* For connections from now on; the old tls may be freed afterwards. */
void listener_set_tls(struct listener *listener, struct tls *tls);
/* Accept no more; connections that were accepted live on. Safe to call twice. */
void listener_stop(struct listener *listener);
void listener_free(struct listener *listener); /* accepts NULL */
#endif
