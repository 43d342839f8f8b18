#ifndef TCRD_APP_LISTEN_H
#define TCRD_APP_LISTEN_H
#include "common/err.h"
/* listen - a non-blocking listening socket on a numeric address. While another process still holds
 * the port (workers of a master that was killed leave it within moments) it is tried again for some
 * seconds. -1 with err. */
int app_listen(const char *address, int port, int backlog, struct err *err);
#endif
