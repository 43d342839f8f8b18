#ifndef TCRD_COMMAND_AGENCY_H
#define TCRD_COMMAND_AGENCY_H
#include "common/conf.h"
/* agency, point - who files and who decides. */
extern const char command_agency_help[];
int command_agency(const struct conf *conf, int argc, char **argv);
extern const char command_point_help[];
int command_point(const struct conf *conf, int argc, char **argv);
#endif
