#ifndef TCRD_COMMAND_AGGREGATE_H
#define TCRD_COMMAND_AGGREGATE_H
#include "common/conf.h"
/* aggregate - the nightly job: roll facts into the cubes, recompute figures from the releases,
 * close the days that are over, expire keys. Each step is a transaction of its own and finds out by
 * itself what is left to do, so the job may be killed anywhere and run again. */
extern const char command_aggregate_help[];
int command_aggregate(const struct conf *conf, int argc, char **argv);
#endif
