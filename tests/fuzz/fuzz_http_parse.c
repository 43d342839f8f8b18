/* Any bytes as one request: what passes the head check is parsed, in pieces whose size the input
 * chooses, and keeps its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "server/http/http_fields.h"
#include "server/http/http_head.h"
#include "server/http/http_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
feed_body(struct http_req *req, const uint8_t *data, size_t size, size_t step)
{
    struct err err;
    size_t used;
    int done = 0;

    for (size_t at = 0; done == 0 && at < size; at += used) {
        size_t len = size - at < step ? size - at : step;
        char *piece = xmalloc(len); /* exact: a read past the end is seen */

        memcpy(piece, data + at, len);
        done = http_req_body(req, piece, len, &used, &err);
        free(piece);
        if (used > len || (done == 0 && used != len) || req->body.len > HTTP_BODY_MAX)
            abort();
    }
}

static void
read_fields(struct http_req *req)
{
    static const struct method_param params[] = {{"q", PARAM_IN_QUERY, PARAM_TEXT, ""}, {0}};
    static const struct method method = {.name = "m", .params = params};
    struct call_arg args[HTTP_ARGS_MAX];
    struct credential credential = {0};
    struct fault_list faults = {.arena = req->arena};
    struct err err;
    enum reply_format format;
    int count = 0;

    if (req->path[0] != '/' && req->path[0] != '*')
        abort();
    http_query_read(req->arena, req->query, &method, args, &count, &faults, &err);
    http_decode(req->arena, req->path, strlen(req->path), false);
    http_is_json(req->content_type, req->content_encoding);
    http_accepts(req->accept, FORMAT(JSON) | FORMAT(CSV) | FORMAT(HTML) | FORMAT(PDF), &format);
    http_credential_read(req->arena, req->authorization, &credential);
    if (req->idempotency_key != NULL)
        http_key_read(req->arena, req->idempotency_key, &err);
    if (req->if_match != NULL)
        http_match_read(req->arena, req->if_match, &err);
    http_trace_read(req->traceparent);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_head head = {0};
    struct http_req *req;
    struct err err;

    if (http_head_check(&head, (const char *)data, size, &err) != 1)
        return 0;
    req = http_req_new();
    if (http_req_head(req, (const char *)data + head.start, head.len - head.start, &err) == 0 &&
        http_req_bound(req, &err) == 0) {
        read_fields(req);
        feed_body(req, data + head.len, size - head.len, size % 7 + 1);
    }
    http_req_free(req);
    return 0;
}
