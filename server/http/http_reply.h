#ifndef TCRD_HTTP_HTTP_REPLY_H
#define TCRD_HTTP_HTTP_REPLY_H
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "server/net/limits.h"
/* http_reply - status line, headers and body as one contiguous text. Pure, but for the Date. */
struct http_reply {
    int status;
    const char *content_type; /* NULL: no body at all (204) */
    const char *body;
    size_t body_len;
    const char *location; /* NULL without, as all texts below */
    const char *link_next;
    const char *filename; /* of a file that a browser shows or keeps */
    const char *policy;   /* Content-Security-Policy of a page */
    const char *allow;
    const char *request_id;
    bool has_etag;
    int64_t etag;
    const char *etag_text;      /* instead, without its quotes */
    const char *disposition;    /* Content-Disposition */
    const char *content_digest; /* Content-Digest, RFC 9530 */
    bool has_as_of;
    int64_t as_of_seq;    /* X-As-Of-Seq */
    const char *coverage; /* X-Coverage */
    bool chunked;         /* the body follows in chunks */
    bool unsized;         /* or until the connection ends */
    int retry_after_s;    /* 0: none */
    int64_t took_us;      /* 0: not told */
    struct net_rate rate;
    bool head_only;      /* answer to HEAD: the length of the body, not the body */
    bool close;          /* this is the last answer of the connection */
    bool old_keep_alive; /* an HTTP/1.0 client asked for it */
};

void http_reply_write(struct buf *out, const struct http_reply *reply);
const char *http_reason(int status);
#endif
