#ifndef TCRD_COMMAND_BULLETIN_H
#define TCRD_COMMAND_BULLETIN_H
#include "common/conf.h"
/* tcrd bulletin - the bulletin of a period as a file. */
extern const char command_bulletin_help[];
int command_bulletin(const struct conf *conf, int argc, char **argv);
#endif
