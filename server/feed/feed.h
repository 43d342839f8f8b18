#ifndef TCRD_FEED_FEED_H
#define TCRD_FEED_FEED_H
#include "server/api/method.h"
/* feed - what happened, in the order of the one sequence; the methods of this room, for
 * app/routes.c. */
extern const struct method feed_read_method;
#endif
