#ifndef TCRD_APP_NIGHTLY_H
#define TCRD_APP_NIGHTLY_H
#include <stdbool.h>
#include <stdint.h>
/* nightly - when the daemon's own schedule runs the nightly job (nightly.at, Asia/Shanghai). Pure.
 */

/* Minutes since midnight of "HH:MM", or -1. */
int nightly_minute(const char *at);
/* Microseconds from wall_us until the next time it is minute o'clock in Asia/Shanghai; more than
 * zero. */
int64_t nightly_wait_us(int minute, int64_t wall_us);
#endif
