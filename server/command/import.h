#ifndef TCRD_COMMAND_IMPORT_H
#define TCRD_COMMAND_IMPORT_H
#include "common/conf.h"
/* import - `tcrd import`: values of a CSV file through the functions of the methods. */
extern const char command_import_help[];
int command_import(const struct conf *conf, int argc, char **argv);
#endif
