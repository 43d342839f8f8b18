#ifndef TCRD_COMMAND_SAMPLE_H
#define TCRD_COMMAND_SAMPLE_H
#include "common/conf.h"
/* sample - fill a demonstration with made-up contracts that meet given totals exactly. */
extern const char command_sample_help[];
int command_sample(const struct conf *conf, int argc, char **argv);
#endif
