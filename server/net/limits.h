#ifndef TCRD_NET_LIMITS_H
#define TCRD_NET_LIMITS_H
#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
/* limits - how much one worker takes in total and from one address (IPv6: from one /64).
 *
 * Connections are counted from accept to the last byte. Requests of an address are paced by a
 * bucket of ten seconds' worth. Memory is bounded: addresses without a connection are kept only
 * while room is left, oldest out first. Outlives every connection that was accepted under it.
 */
struct net_limits;

struct net_counters {
    uint64_t accepted;
    uint64_t refused_total;   /* closed at once: too many connections of this worker */
    uint64_t refused_address; /* closed at once: too many of one address */
    uint64_t accept_pauses;   /* out of descriptors or memory */
    uint64_t handshakes_failed;
    uint64_t requests_limited; /* refused by the bucket */
    int open;                  /* now */
};

/* The bucket of an address as a client may be told about it. */
struct net_rate {
    bool limited; /* false: no limit is configured, the rest means nothing */
    int burst;    /* size of the bucket */
    int window_s; /* the time in which an empty one fills */
    int remaining;
    int full_after_s;
    int retry_after_s; /* when refused */
};

struct net_limits *net_limits_new(
    const struct conf *conf);                    /* conf is borrowed and read again each time */
void net_limits_free(struct net_limits *limits); /* accepts NULL */
const struct net_counters *net_limits_counters(const struct net_limits *limits);
#endif
