#ifndef TCRD_LAW_LAW_H
#define TCRD_LAW_LAW_H
#include "server/api/method.h"
/* law - the rows of the law, the calendar, and how the statutory clock stands, for app/routes.c.
 * What the methods answer is made by sql/functions/rules_read.sql and clock_read.sql. */
extern const struct method rule_list_method;         /* GET /v1/rules */
extern const struct method calendar_list_method;     /* GET /v1/calendar/{year} */
extern const struct method clock_due_method;         /* GET /v1/clock/due */
extern const struct method clock_performance_method; /* GET /v1/clock/performance */
#endif
