#ifndef TCRD_HELPER_HELPER_SPAWN_H
#define TCRD_HELPER_HELPER_SPAWN_H
#include <sys/types.h>

#include "common/err.h"
/* helper_spawn - start the helper program with one end of a socket pair as descriptor 3 and nothing
 * else of the worker: no descriptor, no signal mask, no environment but the locale. Standard error
 * stays, so that it can say what is wrong with its installation. */

/* program: a path, or empty for tcrd-paper beside the program that runs. *fd becomes the worker's
 * end, not blocking. The process, or -1 with err. */
pid_t helper_spawn(const char *program, int *fd, struct err *err);
#endif
