#include "common/log.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

/* A write of this size to a pipe is not cut: lines of several workers do not mix. */
enum { HELD_BYTES = PIPE_BUF, LINE_BYTES = 1024 };

static enum log_level current_level = LOG_LEVEL_INFO;
static struct {
    void (*begun)(void *arg);
    void *arg;
    size_t len;
    char text[HELD_BYTES];
} held;

void
log_set_level(enum log_level level)
{
    current_level = level;
}

void
log_hold(void (*begun)(void *arg), void *arg)
{
    log_flush();
    held.begun = begun;
    held.arg = arg;
}

void
log_flush(void)
{
    /* A full pipe loses lines, never blocks for ever. */
    if (held.len > 0 && write(STDERR_FILENO, held.text, held.len) < 0)
        held.len = 0;
    held.len = 0;
}

static void
put(enum log_level level, const char *line, size_t len)
{
    bool is_first;

    if (held.len + len > HELD_BYTES)
        log_flush();
    is_first = held.len == 0;
    memcpy(held.text + held.len, line, len);
    held.len += len;
    if (held.begun == NULL || level <= LOG_LEVEL_WARN)
        log_flush();
    else if (is_first)
        held.begun(held.arg);
}

/* "ts=2026-11-26T04:40:27": most lines are of the second of the line before. */
static size_t
put_second(char *line, time_t second)
{
    static time_t known = -1;
    static char text[32];
    struct tm utc;

    if (second != known) {
        gmtime_r(&second, &utc);
        strftime(text, sizeof(text), "ts=%Y-%m-%dT%H:%M:%S", &utc);
        known = second;
    }
    return (size_t)(stpcpy(line, text) - line);
}

void
log_line(enum log_level level, const char *room, const char *event, const char *fields, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char line[LINE_BYTES];
    int64_t now;
    size_t at;
    va_list args;
    int len;

    if (level > current_level)
        return;
    now = clock_wall_us();
    at = put_second(line, (time_t)(now / 1000000));
    at += (size_t)snprintf(line + at, sizeof(line) - at, ".%03dZ lvl=%s pid=%d room=%s ev=%s ",
        (int)(now / 1000 % 1000), names[level], (int)getpid(), room, event);
    va_start(args, fields);
    len = vsnprintf(line + at, sizeof(line) - at - 1, fields, args);
    va_end(args);
    at += len < 0 ? 0 : (size_t)len;
    if (at > sizeof(line) - 2)
        at = sizeof(line) - 2;
    line[at++] = '\n';
    put(level, line, at);
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
