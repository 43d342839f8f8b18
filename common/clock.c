#include "common/clock.h"

#include <time.h>

static int64_t
read_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t
clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int32_t
clock_today(void)
{
    /* China has kept UTC+8 without summer time since 1991, so no zone data base is needed for new
     * acts. */
    return (int32_t)((clock_wall_us() / 1000000 + 8 * 3600) / 86400);
}
