#include <stdio.h>
#include <string.h>

#include "server/api/api.h"
#include "server/http/http_int.h"

/* A whole request: to the method that it names, or to a refusal. */

static int
find(struct http_conn *http, struct http_match *match, struct err *err)
{
    struct http_req *req = http->req;

    return http_route_find(http->server->routes, req->verb, req->path, req->arena, match, err);
}

static void
refuse(struct http_conn *http, const struct err *err, const char *allow)
{
    http_conn_refuse(http, err, allow, false);
}

static void
answer_options(struct http_conn *http, struct http_match *match, const struct err *err)
{
    struct http_reply reply = {.status = 204, .allow = match->allow};

    if (match->allow == NULL)
        refuse(http, err, NULL);
    else
        http_conn_reply(http, &reply);
}

/* Headers whose values mean something to every method; the first fault stays in *err. */
static void
read_headers(struct http_req *req, struct call_input *input, struct err *err)
{
    if (req->idempotency_key != NULL)
        input->idempotency_key = http_key_read(req->arena, req->idempotency_key, err);
    if (err->code == ERR_NONE && req->if_match != NULL)
        input->if_match = http_match_read(req->arena, req->if_match, err);
    http_credential_read(req->arena, req->authorization, &input->credential);
    input->body_is_json = http_is_json(req->content_type, req->content_encoding);
    input->accept = req->accept;
    input->traceparent = http_trace_read(req->traceparent);
}

/* What a method whose body or answer flows wants to know of the head. */
static void
read_stream_headers(struct http_conn *http, struct call_input *input)
{
    struct http_req *req = http->req;

    input->streams = true;
    input->head_only = http->head_only;
    input->content_length = req->has_body ? req->content_length : 0;
    input->content_type = req->content_type;
    input->content_encoding = req->content_encoding;
    input->content_digest = req->content_digest;
    input->if_none_match = req->if_none_match;
}

static void
refuse_format(struct http_conn *http, unsigned formats)
{
    struct err err = {0};
    char types[512] = "application/json";
    size_t at = formats == 0 ? strlen(types) : 0;

    for (int i = 0; i < FORMAT_COUNT; i++)
        if (formats & 1U << i)
            at += (size_t)snprintf(types + at, sizeof(types) - at, "%s%s", at == 0 ? "" : ", ",
                format_type((enum reply_format)i));
    err_rule_more(&err, ERR_NOT_ACCEPTABLE, "http.accept", "%s", types);
    refuse(http, &err, NULL);
}

static void
start_call(struct http_conn *http, struct http_match *match)
{
    struct http_req *req = http->req;
    struct call_input input = {.method = match->method, .accept_language = req->accept_language};
    unsigned flows = match->method->flags & (METHOD_STREAM_IN | METHOD_STREAM_OUT);
    unsigned formats = match->method->formats;
    struct fault_list faults = {.arena = req->arena};
    struct err err = {0};
    struct call *call;

    if (!http_accepts(req->accept, formats, &input.format) &&
        ((formats & (formats - 1)) != 0 || /* there is a choice */
            !(match->method->flags & (METHOD_FILE | METHOD_STREAM_OUT)))) {
        refuse_format(http, formats);
        return;
    }
    if (http_query_read(req->arena, req->query, match->method, match->args, &match->arg_count,
            &faults, &err) == 0)
        read_headers(req, &input, &err);
    else
        http_credential_read(req->arena, req->authorization, &input.credential);
    input.args = match->args;
    input.arg_count = match->arg_count;
    input.credential.cert_sha256 = conn_peer_cert_sha256(http->conn);
    input.peer_address = conn_peer_address(http->conn);
    if (req->body.len > 0) {
        input.body_text = req->body.data;
        input.body_len = req->body.len;
    }
    if (flows != 0)
        read_stream_headers(http, &input);
    if (err.code != ERR_NONE)
        input.refused = &err;
    input.faults = &faults;
    if (flows & METHOD_STREAM_IN)
        http_stream_open(http);
    else
        http->at = HTTP_AT_CALL;
    call = call_start(http->server->api, &input, &http_wire, http);
    if (call != NULL) /* otherwise the answer is on its way and http may be at its end */
        http->call = call;
}

static void
serve_simple(struct http_conn *http)
{
    struct http_server *server = http->server;
    const char *content_type = "text/plain; charset=utf-8";
    struct http_reply reply = {0};
    struct buf body = {0};
    struct err err = {0};

    if (strcmp(http->req->verb, "GET") != 0 && strcmp(http->req->verb, "HEAD") != 0) {
        err_rule_more(&err, ERR_NO_METHOD, "http.method", "GET, HEAD");
        refuse(http, &err, "GET, HEAD");
        return;
    }
    reply.status = server->simple(server->simple_ctx, http->req->path, &body, &content_type);
    if (reply.status == 404 && body.len == 0) {
        err_rule(&err, ERR_NOT_FOUND, "http.path");
        refuse(http, &err, NULL);
    } else {
        reply.content_type = content_type;
        reply.body = body.data;
        reply.body_len = body.len;
        http_conn_reply(http, &reply);
    }
    buf_clear(&body);
}

/* False: it comes too fast, and was told so. */
static bool
take_request(struct http_conn *http)
{
    struct err err = {0};

    if (conn_take_request(http->conn, &http->rate))
        return true;
    err_rule_more(
        &err, ERR_RATE, "request.rate", "%d / %d s", http->rate.burst, http->rate.window_s);
    refuse(http, &err, NULL);
    return false;
}

static void
serve(struct http_conn *http)
{
    struct http_match match;
    struct err err = {0};
    int found;

    if (!take_request(http))
        return;
    found = find(http, &match, &err);
    if (strcmp(http->req->verb, "OPTIONS") == 0)
        answer_options(http, &match, &err);
    else if (found < 0)
        refuse(http, &err, match.allow);
    else
        start_call(http, &match);
}

/* The memory of the request goes as soon as its call has begun; answers need none of it. */
void
http_dispatch(struct http_conn *http)
{
    struct http_req *req = http->req;

    if (http->server->simple != NULL)
        serve_simple(http);
    else
        serve(http);
    http->server->body_bytes -= req->body.len;
    http->req = NULL;
    http_req_free(req);
}

bool
http_dispatch_stream(struct http_conn *http)
{
    struct http_server *server = http->server;
    struct http_match match;
    struct err err = {0};

    if (server->simple != NULL || !http_routes_stream(server->routes, http->req->verb) ||
        find(http, &match, &err) < 0 || !(match.method->flags & METHOD_STREAM_IN))
        return false;
    http->body_left = true; /* whatever is answered now ends the connection */
    if (take_request(http))
        start_call(http, &match);
    if (http->call == NULL)
        http_conn_drop_request(http);
    return true;
}

int
http_dispatch_early(struct http_conn *http)
{
    struct http_match match;
    struct err err = {0};

    if (http->server->simple != NULL || find(http, &match, &err) == 0)
        return 0;
    if (strcmp(http->req->verb, "OPTIONS") == 0 && match.allow != NULL)
        return 0;
    http_conn_refuse(http, &err, match.allow, true); /* the body may follow or not */
    return -1;
}
