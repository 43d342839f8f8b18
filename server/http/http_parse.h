#ifndef TCRD_HTTP_HTTP_PARSE_H
#define TCRD_HTTP_HTTP_PARSE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
/* http_parse - one request message: llhttp (strict) behind http_head_check(), and the rules that
 * neither has. Pure.
 *
 * Exactly one valid Host on 1.1; Transfer-Encoding only `chunked`, only on 1.1, never beside
 * Content-Length; no header twice that may stand once; no trailers; Upgrade is ignored. Whatever is
 * refused here leaves the framing undefined: the caller answers and closes. A request lives from
 * its head to its call; nothing is kept on an idle connection.
 */
enum { HTTP_BODY_MAX = 1048576 };

struct http_parser; /* llhttp and what its callbacks need */

struct http_req {
    struct arena *arena; /* of everything below and of what is derived from it */
    const char *verb;    /* "GET" */
    const char *path;    /* as sent: percent-encoded, begins with '/', or "*" */
    const char *query;   /* after '?', NULL without */
    int minor;           /* HTTP/1.minor */
    bool keep_alive;
    bool expect_continue;
    bool has_body;          /* a body is announced */
    int64_t content_length; /* -1: chunked or none */
    /* Values of header fields without surrounding space, NULL without. */
    const char *host;
    const char *authorization;
    const char *content_type;
    const char *content_encoding;
    const char *idempotency_key;
    const char *if_match;
    const char *accept;
    const char *accept_language;
    const char *traceparent;
    const char *content_digest;
    const char *if_none_match;
    /* Where the body goes. NULL: it is collected in body, up to HTTP_BODY_MAX. */
    void (*sink)(void *ctx, const char *data, size_t len);
    void *sink_ctx;
    struct buf body;
    uint64_t body_bytes;        /* that have come, wherever they went */
    struct http_parser *parser; /* private */
};

struct http_req *http_req_new(void);
void http_req_free(
    struct http_req *req); /* accepts NULL; overwrites the head, which holds credentials */

/* A whole head that passed http_head_check(), without the empty line before it. 0, or -1 with the
 * refusal. */
int http_req_head(struct http_req *req, const char *data, size_t len, struct err *err);
/* Whether the body that the head announces may be collected: 0, or -1 with ERR_TOO_LARGE. Not asked
 * for a request with a sink. */
int http_req_bound(const struct http_req *req, struct err *err);
/* More of the body; *used tells how much of data belongs to this message. 1: complete; 0: more is
 * needed; -1: refused. Also to be called once with len 0 after the head: a message without body is
 * complete then. */
int http_req_body(
    struct http_req *req, const char *data, size_t len, size_t *used, struct err *err);
#endif
