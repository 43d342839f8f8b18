#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

static enum log_level current_level = LOG_LEVEL_INFO;

void
log_set_level(enum log_level level)
{
    current_level = level;
}

void
log_line(enum log_level level, const char *room, const char *event, const char *fields, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char line[1024];
    int64_t now = clock_wall_us();
    time_t seconds = (time_t)(now / 1000000);
    struct tm utc;
    size_t at;
    va_list args;
    int len;

    if (level > current_level)
        return;
    gmtime_r(&seconds, &utc);
    at = strftime(line, sizeof(line), "ts=%Y-%m-%dT%H:%M:%S", &utc);
    at += (size_t)snprintf(line + at, sizeof(line) - at, ".%03dZ lvl=%s pid=%d room=%s ev=%s ",
        (int)(now / 1000 % 1000), names[level], (int)getpid(), room, event);
    va_start(args, fields);
    len = vsnprintf(line + at, sizeof(line) - at - 1, fields, args);
    va_end(args);
    at += len < 0 ? 0 : (size_t)len;
    if (at > sizeof(line) - 2)
        at = sizeof(line) - 2;
    line[at++] = '\n';
    /* One write per line: lines of several workers do not mix. A full pipe loses the line, never
     * blocks for ever. */
    if (write(STDERR_FILENO, line, at) < 0)
        return;
}

const char *
log_safe(const char *text)
{
    static char ring[3][200];
    static unsigned next;
    char *out = ring[next++ % 3];
    size_t at = 0;

    out[at++] = '"';
    for (; text != NULL && *text != '\0' && at < sizeof(ring[0]) - 3; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\')
            out[at++] = '\\';
        out[at++] = byte < 0x20 || byte == 0x7f ? '?' : *text;
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}
