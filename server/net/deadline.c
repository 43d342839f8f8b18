#include "server/net/deadline.h"

#include <stdlib.h>
#include <sys/time.h>

#include <event2/event.h>

#include "common/mem.h"

enum { LINGER_MS = 2000, GRACE_MS = 1000 };

struct deadlines {
    struct event_base *base;
    const struct conf *conf;
    struct {
        int ms; /* 0: not set up yet */
        struct timeval own;
        const struct timeval *common; /* NULL: libevent has no queue left, own is used */
    } kinds[DEADLINE_KINDS];
};

struct deadlines *
deadlines_new(struct event_base *base, const struct conf *conf)
{
    struct deadlines *deadlines = xcalloc(1, sizeof(*deadlines));

    deadlines->base = base;
    deadlines->conf = conf;
    return deadlines;
}

void
deadlines_free(struct deadlines *deadlines)
{
    free(deadlines);
}

static int
configured_ms(const struct conf *conf, enum deadline_kind kind)
{
    switch (kind) {
    case DEADLINE_HANDSHAKE:
        return conf->handshake_timeout_ms;
    case DEADLINE_HEAD:
        return conf->head_timeout_ms;
    case DEADLINE_BODY:
        return conf->body_timeout_ms;
    case DEADLINE_IDLE:
        return conf->idle_timeout_ms;
    case DEADLINE_WRITE:
        return conf->write_timeout_ms;
    case DEADLINE_LINGER:
        return LINGER_MS;
    case DEADLINE_GRACE:
        return GRACE_MS;
    case DEADLINE_NONE:
    case DEADLINE_KINDS:
        break;
    }
    abort(); /* a deadline without a time */
}

const struct timeval *
deadline_after(struct deadlines *deadlines, enum deadline_kind kind)
{
    int ms = configured_ms(deadlines->conf, kind);

    if (deadlines->kinds[kind].ms != ms) {
        deadlines->kinds[kind].ms = ms;
        deadlines->kinds[kind].own.tv_sec = ms / 1000;
        deadlines->kinds[kind].own.tv_usec = ms % 1000 * 1000;
        deadlines->kinds[kind].common =
            event_base_init_common_timeout(deadlines->base, &deadlines->kinds[kind].own);
    }
    return deadlines->kinds[kind].common != NULL ? deadlines->kinds[kind].common
                                                 : &deadlines->kinds[kind].own;
}
