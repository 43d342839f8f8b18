#ifndef TCRD_NET_NET_INT_H
#define TCRD_NET_NET_INT_H
#include <sys/socket.h>

#include "server/net/conn.h"
#include "server/net/deadline.h"
#include "server/net/limits.h"
#include "server/net/openssl.h"
#include "server/net/tls.h"
/* What the files of this room share. */
struct event_base;
struct net_address; /* one peer address of one worker, see limits.c */

/* A new server side of one connection, or NULL. */
SSL *tls_session_new(struct tls *tls);

/* Takes over fd; tls NULL: plain. The connection waits for conn_start() or conn_abort(). NULL when
 * it cannot be made (fd is closed and address left). */
struct conn *conn_new(struct event_base *base, int fd, struct tls *tls, struct net_limits *limits,
    struct net_address *address, const struct sockaddr *peer);

/* Count one more connection of this peer, or NULL when a limit is reached (counted as refused). */
struct net_address *limits_enter(struct net_limits *limits, const struct sockaddr *peer);
void limits_leave(struct net_limits *limits, struct net_address *address);
struct deadlines *limits_deadlines(struct net_limits *limits, struct event_base *base);
struct net_counters *limits_counters(struct net_limits *limits);
bool limits_take_request(
    struct net_limits *limits, struct net_address *address, struct net_rate *rate);
#endif
