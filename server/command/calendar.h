#ifndef TCRD_COMMAND_CALENDAR_H
#define TCRD_COMMAND_CALENDAR_H
#include "common/conf.h"
/* calendar - holidays and make-up days, and the last days that are counted with them. */
extern const char command_calendar_help[];
int command_calendar(const struct conf *conf, int argc, char **argv);
#endif
