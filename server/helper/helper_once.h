#ifndef TCRD_HELPER_HELPER_ONCE_H
#define TCRD_HELPER_HELPER_ONCE_H
#include <stdint.h>

#include "common/buf.h"
#include "common/conf.h"
#include "common/err.h"
/* helper_once - one job of the helper program for a command: starts it, waits, ends it. Blocks, at
 * most paper.timeout_ms without a sign of the program; never for a worker. */

/* 0 with what was made appended to made, or -1 with err. */
int helper_once(const struct conf *conf, uint32_t kind, const struct buf *json, struct buf *made,
    struct err *err);
#endif
