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
        {304, "Not Modified"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
        {404, "Not Found"}, {405, "Method Not Allowed"}, {406, "Not Acceptable"},
        {408, "Request Timeout"}, {409, "Conflict"}, {412, "Precondition Failed"},
        {413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
        {417, "Expectation Failed"}, {422, "Unprocessable Content"}, {428, "Precondition Required"},
        {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"}, {501, "Not Implemented"}, {503, "Service Unavailable"},
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

/* Decimal digits without printf, which would cost more than the rest of the head. */
static void
number(struct buf *out, const char *before, int64_t value, const char *after)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    buf_puts(out, before);
    buf_add(out, digits + at, sizeof(digits) - at);
    buf_puts(out, after);
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

static bool
is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_';
}

static void
write_rate(struct buf *out, const struct net_rate *rate)
{
    if (!rate->limited)
        return;
    number(out, "RateLimit-Policy: \"address\";q=", rate->burst, "");
    number(out, ";w=", rate->window_s, "\r\n");
    number(out, "RateLimit: \"address\";r=", rate->remaining, "");
    number(out, ";t=", rate->full_after_s, "\r\n");
}

/* RFC 6266: the name in ASCII for old readers, then as it is. */
static void
write_filename(struct buf *out, const char *name)
{
    const char *at = name;

    while ((unsigned char)*at >= 0x80 || *at == '-')
        at++;
    buf_puts(out, "Content-Disposition: inline; filename=\"");
    for (; *at != '\0'; at++)
        if ((unsigned char)*at < 0x80)
            buf_putc(out, is_plain(*at) ? *at : '_');
    buf_puts(out, "\"; filename*=UTF-8''");
    for (; *name != '\0'; name++) {
        if (is_plain(*name))
            buf_putc(out, *name);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*name);
    }
    buf_puts(out, "\r\n");
}

static void
write_status(struct buf *out, int status)
{
    number(out, "HTTP/1.1 ", status, " ");
    buf_puts(out, http_reason(status));
    buf_puts(out, "\r\nDate: ");
    buf_puts(out, date_text());
    buf_puts(out, "\r\nCache-Control: no-store\r\n");
}

/* Milliseconds with two decimals. */
static void
write_timing(struct buf *out, int64_t took_us)
{
    number(out, "Server-Timing: app;dur=", took_us / 1000, took_us % 1000 < 100 ? ".0" : ".");
    number(out, "", took_us % 1000 / 10, "\r\n");
}

void
http_reply_write(struct buf *out, const struct http_reply *reply)
{
    buf_reserve(out, HEAD_GUESS_BYTES + reply->body_len);
    write_status(out, reply->status);
    if (reply->content_type != NULL) {
        field(out, "Content-Type: ", "", reply->content_type, "\r\n");
        if (reply->chunked)
            buf_puts(out, "Transfer-Encoding: chunked\r\n");
        else if (!reply->unsized)
            number(out, "Content-Length: ", (int64_t)reply->body_len, "\r\n");
        buf_puts(out, "X-Content-Type-Options: nosniff\r\n");
    }
    field(out, "X-Request-Id: ", "", reply->request_id, "\r\n");
    field(out, "Location: ", "", reply->location, "\r\n");
    field(out, "Link: ", "<", reply->link_next, ">; rel=\"next\"\r\n");
    field(out, "Allow: ", "", reply->allow, "\r\n");
    if (reply->filename != NULL)
        write_filename(out, reply->filename);
    if (reply->policy != NULL) { /* an address with a check code in it stays with who has it */
        field(out, "Content-Security-Policy: ", "", reply->policy, "\r\n");
        buf_puts(out, "Referrer-Policy: no-referrer\r\nX-Robots-Tag: noindex\r\n");
    }
    if (reply->has_etag)
        number(out, "ETag: \"", reply->etag, "\"\r\n");
    field(out, "ETag: ", "\"", reply->etag_text, "\"\r\n");
    field(out, "Content-Disposition: ", "", reply->disposition, "\r\n");
    field(out, "Content-Digest: ", "", reply->content_digest, "\r\n");
    if (reply->has_as_of)
        number(out, "X-As-Of-Seq: ", reply->as_of_seq, "\r\n");
    field(out, "X-Coverage: ", "", reply->coverage, "\r\n");
    if (reply->retry_after_s > 0)
        number(out, "Retry-After: ", reply->retry_after_s, "\r\n");
    if (reply->status == 401)
        buf_puts(out, "WWW-Authenticate: Bearer\r\n");
    if (reply->took_us > 0)
        write_timing(out, reply->took_us);
    write_rate(out, &reply->rate);
    if (reply->close)
        buf_puts(out, "Connection: close\r\n");
    else if (reply->old_keep_alive)
        buf_puts(out, "Connection: keep-alive\r\n");
    buf_puts(out, "\r\n");
    if (!reply->head_only && reply->content_type != NULL)
        buf_add(out, reply->body, reply->body_len);
}
