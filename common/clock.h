#ifndef TCRD_COMMON_CLOCK_H
#define TCRD_COMMON_CLOCK_H
#include <stdint.h>
/* clock - the only place that asks the operating system for the time. */
int64_t clock_mono_us(void); /* never goes back; for deadlines and durations */
int64_t clock_wall_us(void); /* since 1970-01-01 UTC; for logs */
int32_t clock_today(void);   /* civil day in Asia/Shanghai, as date.h counts */
#endif
