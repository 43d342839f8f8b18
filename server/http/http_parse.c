#include "server/http/http_parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <llhttp.h>

#include "common/digest.h"
#include "common/mem.h"

#if !defined(LLHTTP_STRICT_MODE) || LLHTTP_STRICT_MODE != 1
#error "llhttp must be compiled with LLHTTP_STRICT_MODE=1"
#endif

/* Bytes of chunk framing beyond a fixed share of the data: one-byte chunks are legal, a stream of
 * framing is an attack. */
enum { CHUNK_FRAMING_FREE = 16 * 1024, CHUNK_FRAMING_PER_BYTE = 8 };

enum field {
    FIELD_HOST,
    FIELD_CONTENT_LENGTH,
    FIELD_TRANSFER_ENCODING,
    FIELD_CONNECTION,
    FIELD_EXPECT,
    FIELD_AUTHORIZATION,
    FIELD_CONTENT_TYPE,
    FIELD_CONTENT_ENCODING,
    FIELD_IDEMPOTENCY_KEY,
    FIELD_IF_MATCH,
    FIELD_ACCEPT,
    FIELD_ACCEPT_LANGUAGE,
    FIELD_TRACEPARENT,
    FIELD_CONTENT_DIGEST,
    FIELD_IF_NONE_MATCH,
    FIELD_COUNT
};

static const struct {
    const char *name;
    bool is_list; /* several lines mean one list, RFC 9110 5.3 */
} fields[FIELD_COUNT] = {
    [FIELD_HOST] = {"Host", false},
    [FIELD_CONTENT_LENGTH] = {"Content-Length", false},
    [FIELD_TRANSFER_ENCODING] = {"Transfer-Encoding", false},
    [FIELD_CONNECTION] = {"Connection", true},
    [FIELD_EXPECT] = {"Expect", false},
    [FIELD_AUTHORIZATION] = {"Authorization", false},
    [FIELD_CONTENT_TYPE] = {"Content-Type", false},
    [FIELD_CONTENT_ENCODING] = {"Content-Encoding", true},
    [FIELD_IDEMPOTENCY_KEY] = {"Idempotency-Key", false},
    [FIELD_IF_MATCH] = {"If-Match", false},
    [FIELD_ACCEPT] = {"Accept", true},
    [FIELD_ACCEPT_LANGUAGE] = {"Accept-Language", true},
    [FIELD_TRACEPARENT] = {"Traceparent", true},
    [FIELD_CONTENT_DIGEST] = {"Content-Digest", true},
    [FIELD_IF_NONE_MATCH] = {"If-None-Match", true},
};

struct span {
    const char *at;
    size_t len;
};

struct http_parser {
    llhttp_t llhttp;
    struct http_req *req;
    struct err *err; /* of the call in progress */
    char *head;      /* copy in the arena: spans point into it */
    size_t head_len;
    struct span target, name, value;
    const char *values[FIELD_COUNT];
    uint64_t framing; /* bytes of the body that were not data */
    char last;        /* byte before those fed now */
    bool in_body;
    bool complete;
};

static int on_target(llhttp_t *llhttp, const char *at, size_t len);
static int on_name(llhttp_t *llhttp, const char *at, size_t len);
static int on_value(llhttp_t *llhttp, const char *at, size_t len);
static int on_value_complete(llhttp_t *llhttp);
static int on_head_complete(llhttp_t *llhttp);
static int on_body(llhttp_t *llhttp, const char *at, size_t len);
static int on_complete(llhttp_t *llhttp);

static const llhttp_settings_t settings = {
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_head_complete,
    .on_body = on_body,
    .on_message_complete = on_complete,
};

struct http_req *
http_req_new(void)
{
    struct http_req *req = xcalloc(1, sizeof(*req));

    req->arena = arena_new();
    req->content_length = -1;
    req->parser = xcalloc(1, sizeof(*req->parser));
    req->parser->req = req;
    llhttp_init(&req->parser->llhttp, HTTP_REQUEST, &settings);
    req->parser->llhttp.data = req->parser;
    return req;
}

void
http_req_free(struct http_req *req)
{
    if (req == NULL)
        return;
    if (req->parser->head != NULL)
        secret_clear(req->parser->head, req->parser->head_len);
    arena_free(req->arena);
    buf_clear(&req->body);
    free(req->parser);
    free(req);
}

/* ---- callbacks of llhttp: -1 stops it, the refusal is in parser->err ---- */

static int
refuse(struct http_parser *parser, enum err_code code, const char *rule)
{
    return err_rule(parser->err, code, rule);
}

static int
refuse_length(struct err *err)
{
    return err_rule_more(err, ERR_TOO_LARGE, "http.body_length", "%d", HTTP_BODY_MAX);
}

static void
span_add(struct span *span, const char *at, size_t len)
{
    if (span->at == NULL)
        span->at = at;
    span->len = (size_t)(at + len - span->at);
}

static int
on_target(llhttp_t *llhttp, const char *at, size_t len)
{
    struct http_parser *parser = llhttp->data;

    span_add(&parser->target, at, len);
    return 0;
}

static int
on_name(llhttp_t *llhttp, const char *at, size_t len)
{
    struct http_parser *parser = llhttp->data;

    if (parser->in_body) /* llhttp hands trailers over like headers */
        return refuse(parser, ERR_SYNTAX, "http.trailers");
    span_add(&parser->name, at, len);
    return 0;
}

static int
on_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct http_parser *parser = llhttp->data;

    span_add(&parser->value, at, len);
    return 0;
}

static struct span
trimmed(struct span span)
{
    while (span.len > 0 && (span.at[0] == ' ' || span.at[0] == '\t')) {
        span.at++;
        span.len--;
    }
    while (span.len > 0 && (span.at[span.len - 1] == ' ' || span.at[span.len - 1] == '\t'))
        span.len--;
    return span;
}

static int
on_value_complete(llhttp_t *llhttp)
{
    struct http_parser *parser = llhttp->data;
    struct arena *arena = parser->req->arena;
    struct span name = parser->name;
    struct span value = trimmed(parser->value);

    parser->name = parser->value = (struct span){0};
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *before = parser->values[i];

        if (strlen(fields[i].name) != name.len ||
            strncasecmp(fields[i].name, name.at, name.len) != 0)
            continue;
        if (before != NULL && !fields[i].is_list)
            return err_rule_more(parser->err, ERR_SYNTAX, "http.field_twice", "%s", fields[i].name);
        if (value.len == 0)
            parser->values[i] = before != NULL ? before : "";
        else if (before != NULL)
            parser->values[i] = arena_printf(arena, "%s, %.*s", before, (int)value.len, value.at);
        else
            parser->values[i] = arena_strndup(arena, value.at, value.len);
        break;
    }
    return 0;
}

/* ---- rules of the head ---- */

static bool
is_host_char(char byte)
{
    return isalnum((unsigned char)byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

/* name, IPv4 or [IPv6], and a port; what a server behind a name can be called, not all of RFC 3986.
 */
static bool
is_host(const char *text)
{
    const char *at = text;
    long port;
    char *end;

    if (*at == '[') {
        at += 1 + strspn(at + 1, "0123456789abcdefABCDEF:.");
        if (*at++ != ']' || at - text < 4)
            return false;
    } else {
        while (is_host_char(*at))
            at++;
        if (at == text)
            return false;
    }
    if (*at == '\0')
        return true;
    if (*at++ != ':' || strlen(at) > 5 || strspn(at, "0123456789") != strlen(at))
        return false;
    port = strtol(at, &end, 10);
    return port <= 65535;
}

static int
check_host(struct http_parser *parser)
{
    const char *host = parser->values[FIELD_HOST];

    if (host == NULL && parser->req->minor == 1)
        return refuse(parser, ERR_SYNTAX, "http.host_missing");
    if (host != NULL && !is_host(host))
        return refuse(parser, ERR_SYNTAX, "http.host");
    return 0;
}

static int
check_framing(struct http_parser *parser)
{
    const char *length = parser->values[FIELD_CONTENT_LENGTH];
    const char *coding = parser->values[FIELD_TRANSFER_ENCODING];
    struct http_req *req = parser->req;

    if (coding != NULL && length != NULL)
        return refuse(parser, ERR_SYNTAX, "http.framing");
    if (coding != NULL) {
        if (req->minor == 0 || strcasecmp(coding, "chunked") != 0)
            return refuse(parser, ERR_SYNTAX, "http.transfer_encoding");
        req->has_body = true;
    }
    if (length != NULL) {
        size_t digits = strspn(length, "0123456789");

        if (digits == 0 || length[digits] != '\0')
            return refuse(parser, ERR_SYNTAX, "http.content_length");
        if (digits > 18)
            return refuse_length(parser->err);
        req->content_length = strtoll(length, NULL, 10);
        req->has_body = req->content_length > 0;
    }
    return 0;
}

/* The elements of a Connection header. */
static bool
has_element(const char *list, const char *element)
{
    size_t len = strlen(element);

    while (list != NULL && *list != '\0') {
        list += strspn(list, " \t,");
        if (strncasecmp(list, element, len) == 0 &&
            (list[len] == '\0' || strchr(" \t,", list[len]) != NULL))
            return true;
        list += strcspn(list, ",");
    }
    return false;
}

static int
check_connection(struct http_parser *parser)
{
    const char *expect = parser->values[FIELD_EXPECT];
    const char *connection = parser->values[FIELD_CONNECTION];
    struct http_req *req = parser->req;

    if (req->minor == 0)
        req->keep_alive =
            has_element(connection, "keep-alive") && !has_element(connection, "close");
    else
        req->keep_alive = !has_element(connection, "close");
    if (expect == NULL || req->minor == 0)
        return 0;
    if (strcasecmp(expect, "100-continue") != 0)
        return refuse(parser, ERR_EXPECTATION, "http.expect");
    req->expect_continue = req->has_body;
    return 0;
}

/* Splits the target; of an absolute one the authority must be that of Host. */
static int
take_target(struct http_parser *parser)
{
    char *target = arena_strndup(parser->req->arena, parser->target.at, parser->target.len);
    const char *host = parser->values[FIELD_HOST];
    char *question;
    size_t len;

    if (target[0] != '/' && target[0] != '*') {
        target = strstr(target, "//") + 2; /* http_head_check() has seen the scheme */
        len = strcspn(target, "/?");
        if (host == NULL || strlen(host) != len || strncasecmp(host, target, len) != 0)
            return refuse(parser, ERR_SYNTAX, "http.target_host");
        target += len;
        if (*target != '/')
            target = arena_printf(parser->req->arena, "/%s", target);
    }
    question = strchr(target, '?');
    if (question != NULL) {
        *question = '\0';
        parser->req->query = question + 1;
    }
    parser->req->path = target;
    return 0;
}

static int
on_head_complete(llhttp_t *llhttp)
{
    struct http_parser *parser = llhttp->data;
    struct http_req *req = parser->req;

    req->minor = llhttp->http_minor;
    req->verb = llhttp_method_name((llhttp_method_t)llhttp->method);
    req->host = parser->values[FIELD_HOST];
    req->authorization = parser->values[FIELD_AUTHORIZATION];
    req->content_type = parser->values[FIELD_CONTENT_TYPE];
    req->content_encoding = parser->values[FIELD_CONTENT_ENCODING];
    req->idempotency_key = parser->values[FIELD_IDEMPOTENCY_KEY];
    req->if_match = parser->values[FIELD_IF_MATCH];
    req->accept = parser->values[FIELD_ACCEPT];
    req->accept_language = parser->values[FIELD_ACCEPT_LANGUAGE];
    req->traceparent = parser->values[FIELD_TRACEPARENT];
    req->content_digest = parser->values[FIELD_CONTENT_DIGEST];
    req->if_none_match = parser->values[FIELD_IF_NONE_MATCH];
    if (check_host(parser) < 0 || check_framing(parser) < 0 || check_connection(parser) < 0 ||
        take_target(parser) < 0)
        return -1;
    llhttp->upgrade =
        0; /* an offer to change protocols may be ignored; llhttp would stop after this message */
    parser->in_body = true;
    return 0;
}

static int
on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    struct http_parser *parser = llhttp->data;
    struct http_req *req = parser->req;

    req->body_bytes += len;
    if (req->sink != NULL) {
        req->sink(req->sink_ctx, at, len);
        return 0;
    }
    if (len > HTTP_BODY_MAX - req->body.len)
        return refuse_length(parser->err);
    buf_add(&req->body, at, len);
    return 0;
}

static int
on_complete(llhttp_t *llhttp)
{
    struct http_parser *parser = llhttp->data;

    parser->complete = true;
    return HPE_PAUSED; /* what follows is the next request */
}

/* ---- feeding ---- */

static int
failed(struct http_parser *parser)
{
    if (parser->err->code == ERR_NONE) /* llhttp's own refusal; its reasons are fixed texts */
        err_rule_more(parser->err, ERR_SYNTAX, "http.message", "%s",
            llhttp_get_error_reason(&parser->llhttp));
    return -1;
}

int
http_req_head(struct http_req *req, const char *data, size_t len, struct err *err)
{
    struct http_parser *parser = req->parser;
    llhttp_errno_t result;

    parser->err = err;
    err->code = ERR_NONE;
    parser->head = arena_strndup(req->arena, data, len);
    parser->head_len = len;
    result = llhttp_execute(&parser->llhttp, parser->head, len);
    if (result == HPE_OK && parser->in_body)
        return 0;
    if (result == HPE_PAUSED && parser->complete)
        return 0;
    return failed(parser);
}

int
http_req_bound(const struct http_req *req, struct err *err)
{
    if (req->content_length > HTTP_BODY_MAX)
        return refuse_length(err);
    return 0;
}

/* llhttp takes a lone LF for the empty line after the last chunk. */
static bool
ends_in_crlf(const struct http_parser *parser, const char *data, size_t used)
{
    return used > 0 && data[used - 1] == '\n' && (used > 1 ? data[used - 2] : parser->last) == '\r';
}

int
http_req_body(struct http_req *req, const char *data, size_t len, size_t *used, struct err *err)
{
    struct http_parser *parser = req->parser;
    uint64_t before = req->body_bytes;
    llhttp_errno_t result;

    *used = 0;
    if (parser->complete)
        return 1;
    if (len == 0)
        return 0;
    parser->err = err;
    err->code = ERR_NONE;
    result = llhttp_execute(&parser->llhttp, data, len);
    if (result != HPE_OK && !(result == HPE_PAUSED && parser->complete))
        return failed(parser);
    *used = result == HPE_OK ? len : (size_t)(llhttp_get_error_pos(&parser->llhttp) - data);
    parser->framing += *used - (req->body_bytes - before);
    if (parser->framing > CHUNK_FRAMING_FREE + CHUNK_FRAMING_PER_BYTE * req->body_bytes)
        return refuse(parser, ERR_SYNTAX, "http.chunks");
    if (parser->complete && req->content_length < 0 && !ends_in_crlf(parser, data, *used))
        return refuse(parser, ERR_SYNTAX, "http.line_end");
    if (*used > 0)
        parser->last = data[*used - 1];
    return parser->complete ? 1 : 0;
}
