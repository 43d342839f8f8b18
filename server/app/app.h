#ifndef TCRD_APP_APP_H
#define TCRD_APP_APP_H
#include "common/conf.h"
/* app - the daemon: one master, N single-threaded workers.
 *
 * app_serve() opens listeners, loads keys, forks the workers, respawns them with back-off, forks
 * the nightly job at its time, and returns after SIGTERM or SIGINT when the workers have drained.
 * Exit status: 0 ended as asked, 1 could not start. SIGHUP reads configuration and certificates
 * again and replaces the workers one after the other.
 */
int app_serve(const struct conf *conf, const char *config_file);
#endif
