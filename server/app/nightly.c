#include "server/app/nightly.h"

#include <stddef.h>
#include <string.h>

int
nightly_minute(const char *at)
{
    int hour;
    int minute;

    if (strlen(at) != 5 || at[2] != ':' || strspn(at, "0123456789:") != 5)
        return -1;
    hour = (at[0] - '0') * 10 + at[1] - '0';
    minute = (at[3] - '0') * 10 + at[4] - '0';
    return hour > 23 || minute > 59 ? -1 : hour * 60 + minute;
}

int64_t
nightly_wait_us(int minute, int64_t wall_us)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    int64_t local = (wall_us + INT64_C(8) * 3600 * 1000000) % day_us;
    int64_t wait = (int64_t)minute * 60 * 1000000 - local;

    return wait > 0 ? wait : wait + day_us;
}
