#ifndef TCRD_COMMAND_RULES_H
#define TCRD_COMMAND_RULES_H
#include "common/conf.h"
/* rules - the rows of the law: look at them, check, load, switch and take back. */
extern const char command_rules_help[];
int command_rules(const struct conf *conf, int argc, char **argv);
#endif
