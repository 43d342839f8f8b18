#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/mem.h"
#include "server/net/net_int.h"

enum { BUCKETS = 8192, IDLE_MAX = 16384, WINDOW_S = 10 };

struct net_address {
    struct net_address *next;      /* in its bucket */
    TAILQ_ENTRY(net_address) idle; /* while open is 0 */
    uint64_t key[2];
    int open;
    int64_t full_at_us; /* when its bucket is full again: the whole state of the pace */
};

TAILQ_HEAD(address_list, net_address);

struct net_limits {
    const struct conf *conf;
    struct deadlines *deadlines;
    struct net_counters counters;
    uint64_t seed[2];         /* peers must not choose their bucket */
    struct address_list idle; /* oldest first */
    int idle_count;
    struct net_address *buckets[BUCKETS];
};

struct net_limits *
net_limits_new(const struct conf *conf)
{
    struct net_limits *limits = xcalloc(1, sizeof(*limits));

    limits->conf = conf;
    random_bytes(limits->seed, sizeof(limits->seed));
    TAILQ_INIT(&limits->idle);
    return limits;
}

void
net_limits_free(struct net_limits *limits)
{
    struct net_address *address;

    if (limits == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while ((address = limits->buckets[i]) != NULL) {
            limits->buckets[i] = address->next;
            free(address);
        }
    }
    deadlines_free(limits->deadlines);
    free(limits);
}

const struct net_counters *
net_limits_counters(const struct net_limits *limits)
{
    return &limits->counters;
}

struct net_counters *
limits_counters(struct net_limits *limits)
{
    return &limits->counters;
}

struct deadlines *
limits_deadlines(struct net_limits *limits, struct event_base *base)
{
    if (limits->deadlines == NULL)
        limits->deadlines = deadlines_new(base, limits->conf);
    return limits->deadlines;
}

/* One IPv4 address, or the /64 that one IPv6 customer usually holds. */
static void
key_of(const struct sockaddr *peer, uint64_t key[2])
{
    key[0] = (uint64_t)peer->sa_family;
    key[1] = 0;
    if (peer->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, peer, sizeof(in));
        key[1] = in.sin_addr.s_addr;
    } else if (peer->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, peer, sizeof(in6));
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
            key[0] = AF_INET;
            memcpy(&key[1], &in6.sin6_addr.s6_addr[12], 4);
        } else {
            memcpy(&key[1], &in6.sin6_addr, 8);
        }
    }
}

static struct net_address **
bucket_of(struct net_limits *limits, const uint64_t key[2])
{
    uint64_t hash = (key[0] ^ limits->seed[0]) * UINT64_C(0x9E3779B97F4A7C15);

    hash = (hash ^ (hash >> 29) ^ key[1] ^ limits->seed[1]) * UINT64_C(0xBF58476D1CE4E5B9);
    hash ^= hash >> 32;
    hash *= UINT64_C(0x94D049BB133111EB);
    return &limits->buckets[(hash >> 40) % BUCKETS];
}

static struct net_address *
address_find(struct net_limits *limits, const uint64_t key[2])
{
    struct net_address **bucket = bucket_of(limits, key);
    struct net_address *address;

    for (address = *bucket; address != NULL; address = address->next)
        if (address->key[0] == key[0] && address->key[1] == key[1])
            return address;
    address = xcalloc(1, sizeof(*address));
    memcpy(address->key, key, sizeof(address->key));
    address->next = *bucket;
    *bucket = address;
    TAILQ_INSERT_TAIL(&limits->idle, address, idle);
    limits->idle_count++;
    return address;
}

static void
forget_oldest(struct net_limits *limits)
{
    struct net_address *address = TAILQ_FIRST(&limits->idle);
    struct net_address **at = bucket_of(limits, address->key);

    while (*at != address)
        at = &(*at)->next;
    *at = address->next;
    TAILQ_REMOVE(&limits->idle, address, idle);
    limits->idle_count--;
    free(address);
}

struct net_address *
limits_enter(struct net_limits *limits, const struct sockaddr *peer)
{
    struct net_address *address;
    uint64_t key[2];

    if (limits->counters.open >= limits->conf->connections_max) {
        limits->counters.refused_total++;
        return NULL;
    }
    key_of(peer, key);
    address = address_find(limits, key);
    if (address->open >= limits->conf->connections_per_address_max) {
        limits->counters.refused_address++;
        return NULL;
    }
    if (address->open++ == 0) {
        TAILQ_REMOVE(&limits->idle, address, idle);
        limits->idle_count--;
    }
    limits->counters.open++;
    limits->counters.accepted++;
    return address;
}

void
limits_leave(struct net_limits *limits, struct net_address *address)
{
    limits->counters.open--;
    if (--address->open > 0)
        return;
    TAILQ_INSERT_TAIL(&limits->idle, address, idle);
    if (++limits->idle_count > IDLE_MAX)
        forget_oldest(limits);
}

/* A bucket of burst requests that gains one every gap microseconds. One number says how far it is
 * from full. */
bool
limits_take_request(struct net_limits *limits, struct net_address *address, struct net_rate *rate)
{
    int64_t per_second = limits->conf->requests_per_second;
    int64_t now = clock_mono_us();
    int64_t gap, burst, missing_us;

    *rate = (struct net_rate){0};
    if (per_second <= 0)
        return true;
    gap = 1000000 / per_second;
    burst = per_second * WINDOW_S;
    missing_us = address->full_at_us > now ? address->full_at_us - now : 0;
    if (missing_us > burst * gap) /* the limit was lowered meanwhile */
        missing_us = burst * gap;
    rate->limited = true;
    rate->burst = (int)burst;
    rate->window_s = WINDOW_S;
    if (missing_us + gap > burst * gap) {
        rate->retry_after_s = 1;
        rate->full_after_s = WINDOW_S;
        limits->counters.requests_limited++;
        return false;
    }
    missing_us += gap;
    address->full_at_us = now + missing_us;
    rate->remaining = (int)((burst * gap - missing_us) / gap);
    rate->full_after_s = (int)((missing_us + 999999) / 1000000);
    return true;
}
