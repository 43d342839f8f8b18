#include "server/http/http_reply.h"

#include <string.h>
#include <time.h>

#include "common/clock.h"

enum { HEAD_GUESS_BYTES = 640 };

const char *
http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } table[] = {{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
        {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
        {405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"},
        {409, "Conflict"}, {412, "Precondition Failed"}, {413, "Content Too Large"},
        {414, "URI Too Long"}, {415, "Unsupported Media Type"}, {417, "Expectation Failed"},
        {422, "Unprocessable Content"}, {428, "Precondition Required"}, {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
        {501, "Not Implemented"}, {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status)
            return table[i].reason;
    return "Status";
}

/* Formatted once a second. */
static const char *
date_text(void)
{
    static char text[40];
    static time_t at;
    time_t now = (time_t)(clock_wall_us() / 1000000);
    struct tm utc;

    if (now != at) {
        at = now;
        gmtime_r(&now, &utc);
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    }
    return text;
}

/* A value that our own code made; a line break in it would still be a hole, so none passes. */
static void
field(struct buf *out, const char *name, const char *before, const char *value, const char *after)
{
    if (value == NULL)
        return;
    buf_puts(out, name);
    buf_puts(out, before);
    for (; *value != '\0'; value++)
        if ((unsigned char)*value >= 0x20 && *value != 0x7f)
            buf_putc(out, *value);
    buf_puts(out, after);
}

static void
write_rate(struct buf *out, const struct net_rate *rate)
{
    if (!rate->limited)
        return;
    buf_printf(out,
        "RateLimit-Policy: \"address\";q=%d;w=%d\r\nRateLimit: \"address\";r=%d;t=%d\r\n",
        rate->burst, rate->window_s, rate->remaining, rate->full_after_s);
}

void
http_reply_write(struct buf *out, const struct http_reply *reply)
{
    buf_reserve(out, HEAD_GUESS_BYTES + reply->body_len);
    buf_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nCache-Control: no-store\r\n", reply->status,
        http_reason(reply->status), date_text());
    if (reply->content_type != NULL) {
        field(out, "Content-Type: ", "", reply->content_type, "\r\n");
        buf_printf(
            out, "Content-Length: %zu\r\nX-Content-Type-Options: nosniff\r\n", reply->body_len);
    }
    field(out, "X-Request-Id: ", "", reply->request_id, "\r\n");
    field(out, "Location: ", "", reply->location, "\r\n");
    field(out, "Link: ", "<", reply->link_next, ">; rel=\"next\"\r\n");
    field(out, "Allow: ", "", reply->allow, "\r\n");
    if (reply->has_etag)
        buf_printf(out, "ETag: \"%lld\"\r\n", (long long)reply->etag);
    if (reply->retry_after_s > 0)
        buf_printf(out, "Retry-After: %d\r\n", reply->retry_after_s);
    if (reply->status == 401)
        buf_puts(out, "WWW-Authenticate: Bearer\r\n");
    if (reply->took_us > 0)
        buf_printf(out, "Server-Timing: app;dur=%lld.%02d\r\n", (long long)(reply->took_us / 1000),
            (int)(reply->took_us % 1000 / 10));
    write_rate(out, &reply->rate);
    if (reply->close)
        buf_puts(out, "Connection: close\r\n");
    else if (reply->old_keep_alive)
        buf_puts(out, "Connection: keep-alive\r\n");
    buf_puts(out, "\r\n");
    if (!reply->head_only && reply->content_type != NULL)
        buf_add(out, reply->body, reply->body_len);
}
