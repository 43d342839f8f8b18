#ifndef TCRD_COMMAND_MIGRATE_H
#define TCRD_COMMAND_MIGRATE_H
#include "common/conf.h"
/* migrate - bring the database to the version of this program: migrations, functions, codes, roles
 * of methods, rights. */
extern const char command_migrate_help[];
int command_migrate(const struct conf *conf, int argc, char **argv);
/* The folder of the SQL files: option unless NULL, the environment, the installed one, the
 * source's.
 */
const char *migrate_sql_dir(const char *option);
#endif
