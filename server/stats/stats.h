#ifndef TCRD_STATS_STATS_H
#define TCRD_STATS_STATS_H
#include "server/api/method.h"
/* stats - the methods of this room, for app/routes.c. */
extern const struct method stats_query_method;
extern const struct method stats_members_method;
extern const struct method stats_restatements_method;
#endif
