#ifndef TCRD_COMMAND_VERIFY_H
#define TCRD_COMMAND_VERIFY_H
#include "common/conf.h"
/* verify - `tcrd verify`: every release against its hash, the sequence without a hole. */
extern const char command_verify_help[];
int command_verify(const struct conf *conf, int argc, char **argv);
#endif
