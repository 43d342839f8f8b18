#ifndef TCRD_NET_DEADLINE_H
#define TCRD_NET_DEADLINE_H
#include "common/conf.h"
/* deadline - how long a peer may take for each part of its work, from the configuration.
 *
 * Deadlines are absolute: a byte now and then does not move them, so a dripping peer is cut off.
 * All timers of one kind share a queue of libevent (common timeouts), which makes setting one O(1)
 * with any number of connections. A reloaded configuration counts for deadlines that are set
 * afterwards.
 */
struct event_base;
struct timeval;

enum deadline_kind {
    DEADLINE_NONE,      /* no limit now */
    DEADLINE_HANDSHAKE, /* from accept to the end of the TLS handshake */
    DEADLINE_HEAD,      /* from the first byte of a request to the end of its head */
    DEADLINE_BODY,      /* from there to the end of its body; for JSON-RPC the whole line */
    DEADLINE_IDLE,      /* between requests */
    DEADLINE_WRITE,     /* for the peer to take what was written */
    DEADLINE_LINGER,    /* after our end of the stream: time for the peer to read it and close */
    DEADLINE_GRACE,     /* while draining: for a request that is on its way already */
    DEADLINE_KINDS
};

struct deadlines;
/* conf is borrowed and read again each time. */
struct deadlines *deadlines_new(struct event_base *base, const struct conf *conf);
void deadlines_free(struct deadlines *deadlines); /* accepts NULL */
/* What to hand to event_add(); valid until the next call with the same kind. Not for DEADLINE_NONE.
 */
const struct timeval *deadline_after(struct deadlines *deadlines, enum deadline_kind kind);
#endif
