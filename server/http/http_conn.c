#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "server/api/api_error.h"
#include "server/api/call_stream.h"
#include "server/http/http_int.h"

/* One HTTP/1.1 connection: one request in flight, answers in order, the next head read from what is
 * buffered already. */

enum {
    REQUESTS_PER_TURN = 16,        /* pipelined ones; then other connections have a turn */
    AHEAD_MAX = 64 * 1024,         /* input that may wait while a call runs */
    OUTPUT_HIGH = 256 * 1024,      /* answers that may wait before the next request is read */
    BODIES_MAX = 256 * 1024 * 1024 /* of one worker, all half-sent requests together */
};

static void on_event(void *owner, struct conn *conn, enum conn_event event);

void
http_conn_new(struct http_server *server, struct conn *conn)
{
    struct http_conn *http = xcalloc(1, sizeof(*http));

    http->server = server;
    http->conn = conn;
    TAILQ_INSERT_TAIL(&server->conns, http, link);
    conn_start(conn, server->group, on_event, http);
}

void
http_conn_drop_request(struct http_conn *http)
{
    if (http->req == NULL)
        return;
    http->server->body_bytes -= http->req->body.len;
    http_req_free(http->req);
    http->req = NULL;
}

void
http_conn_free(struct http_conn *http)
{
    if (http->call != NULL)
        call_detach(http->call);
    http_conn_drop_request(http);
    TAILQ_REMOVE(&http->server->conns, http, link);
    free(http);
}

/* http is used until leave(); end() inside only marks it. */
static void
enter(struct http_conn *http)
{
    http->busy++;
}

static void
leave(struct http_conn *http)
{
    if (--http->busy == 0 && http->at == HTTP_AT_END)
        http_conn_free(http);
}

static void
end(struct http_conn *http)
{
    if (http->at == HTTP_AT_END)
        return;
    http->at = HTTP_AT_END;
    conn_close(http->conn);
}

/* ---- answers ---- */

static void
request_over(struct http_conn *http)
{
    http->call = NULL;
    http->body_left = false;
    http->head = (struct http_head){0};
    http->at = HTTP_AT_IDLE;
    conn_set_deadline(http->conn, http->server->draining ? DEADLINE_GRACE : DEADLINE_IDLE);
}

void
http_conn_reply(struct http_conn *http, struct http_reply *reply)
{
    struct buf out = {0};

    reply->head_only = http->head_only;
    reply->rate = http->rate;
    reply->close = reply->close || !http->keep_alive || http->body_left || http->server->draining;
    reply->old_keep_alive = http->old_version && !reply->close;
    http_reply_write(&out, reply);
    request_over(http);
    if (conn_write_buf(http->conn, &out) < 0 || reply->close)
        end(http);
}

void
http_conn_refuse(struct http_conn *http, const struct err *err, const char *allow, bool fatal)
{
    const struct api_error *kind = api_error_find(err->code);
    struct http_reply reply = {.status = kind->http_status,
        .content_type = "application/problem+json",
        .allow = allow,
        .retry_after_s = kind->retry_after_s,
        .close = fatal};
    bool prefers_zh = http->req != NULL && api_prefers_zh(http->req->accept_language);
    struct buf body = {0};
    char request_id[33];

    api_new_request_id(request_id);
    api_error_problem_plain(&body, http->server->api, err, request_id, prefers_zh);
    reply.request_id = request_id;
    reply.body = body.data;
    reply.body_len = body.len;
    if (err->code == ERR_RATE && http->rate.retry_after_s > 0)
        reply.retry_after_s = http->rate.retry_after_s;
    http_conn_reply(http, &reply);
    buf_clear(&body);
}

/* ---- reading ---- */

/* Deadlines count from the first byte on, and are only set for a peer that does not send everything
 * at once. */
static void
wait_for_head(struct http_conn *http)
{
    if (http->at == HTTP_AT_HEAD)
        return;
    http->at = HTTP_AT_HEAD;
    conn_set_deadline(http->conn, DEADLINE_HEAD);
}

static void
wait_for_body(struct http_conn *http)
{
    if (http->waits_for_body)
        return;
    http->waits_for_body = true;
    conn_set_deadline(http->conn, DEADLINE_BODY);
}

/* 1: the head is complete; 0: more is needed; -1: answered and ended. */
static int
read_head(struct http_conn *http)
{
    struct err err = {0};
    const char *data;
    size_t len;
    int done;

    data = conn_input(http->conn, &len);
    if (len == 0)
        return 0;
    http->head_only = http->old_version = false; /* of the request before */
    http->keep_alive = true;
    http->rate = (struct net_rate){0};
    done = http_head_check(&http->head, data, len, &err);
    if (done == 0) {
        wait_for_head(http);
        return 0;
    }
    if (done == 1) {
        http->req = http_req_new();
        done = http_req_head(
            http->req, data + http->head.start, http->head.len - http->head.start, &err);
    }
    if (done < 0) {
        http_conn_refuse(http, &err, NULL, true);
        http_conn_drop_request(http);
        return -1;
    }
    conn_consume(http->conn, http->head.len);
    http->head_only = strcmp(http->req->verb, "HEAD") == 0;
    http->old_version = http->req->minor == 0;
    http->keep_alive = http->req->keep_alive;
    http->at = HTTP_AT_BODY;
    http->waits_for_body = false;
    return 1;
}

static int
body_refused(struct http_conn *http, const struct err *err)
{
    http_conn_refuse(http, err, NULL, true);
    http_conn_drop_request(http);
    return -1;
}

/* 1: its body is to be collected; 0: it flows to its call; -1: answered and ended. */
static int
begin_body(struct http_conn *http)
{
    struct err err = {0};

    if (http_dispatch_stream(http))
        return 0;
    return http_req_bound(http->req, &err) < 0 ? body_refused(http, &err) : 1;
}

/* The client may be waiting for a word before it sends the body. 0, or -1: answered and ended. */
static int
answer_expectation(struct http_conn *http)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";

    if (!http->req->expect_continue)
        return 0;
    http->req->expect_continue = false;
    if (http_dispatch_early(http) < 0)
        return -1;
    if (conn_write(http->conn, interim, sizeof(interim) - 1) == 0)
        return 0;
    end(http);
    return -1;
}

/* 1: the request is complete; 0: more is needed; -1: answered and ended. */
static int
read_body(struct http_conn *http)
{
    size_t before = http->req->body.len;
    struct err err = {0};
    const char *data;
    size_t len, used;
    int done;

    data = conn_input(http->conn, &len);
    done = http_req_body(http->req, data, len, &used, &err);
    http->server->body_bytes += http->req->body.len - before;
    if (done < 0)
        return body_refused(http, &err);
    conn_consume(http->conn, used);
    if (done == 0 && http->server->body_bytes > BODIES_MAX) {
        err_rule(&err, ERR_BUSY, "refused.busy");
        return body_refused(http, &err);
    }
    if (done == 1)
        return 1;
    wait_for_body(http);
    return http->req->body.len == 0 ? answer_expectation(http) : 0;
}

/* A peer that has shut its side: what is complete was answered, a part of a request never will be
 * one. */
static void
input_over(struct http_conn *http)
{
    struct err err = {0};

    if (http->at == HTTP_AT_IDLE) {
        end(http);
        return;
    }
    err_rule(&err, ERR_SYNTAX, "request.cut");
    http_conn_refuse(http, &err, NULL, true);
    http_conn_drop_request(http);
}

static bool
may_read(const struct http_conn *http)
{
    return http->at == HTTP_AT_IDLE || http->at == HTTP_AT_HEAD || http->at == HTTP_AT_BODY;
}

/* Read and answer what is buffered, until a call has to be waited for. */
static void
run(struct http_conn *http)
{
    int requests = 0;
    int done = 1;

    enter(http);
    http_stream_read(http);
    while (done > 0 && may_read(http)) {
        if (conn_output_len(http->conn) > OUTPUT_HIGH) /* goes on at CONN_DRAINED */
            break;
        if (requests == REQUESTS_PER_TURN) {
            conn_again(http->conn);
            break;
        }
        if (http->at != HTTP_AT_BODY && (done = read_head(http)) > 0) {
            done = begin_body(http);
            if (done == 0) {
                requests++;
                done = 1;
                continue;
            }
        }
        if (done > 0)
            done = read_body(http);
        if (done > 0) {
            requests++;
            http_dispatch(http);
        }
    }
    if (done == 0 && http->eof && may_read(http))
        input_over(http);
    leave(http);
}

/* Input that comes while nothing can be read from it waits in the kernel, beyond a little. */
static void
hold_back(struct http_conn *http)
{
    bool is_full;
    size_t len;

    conn_input(http->conn, &len);
    if (http->at == HTTP_AT_END)
        return;
    if (http->at == HTTP_AT_STREAM && http->body_wanted)
        is_full = len > 0 && http_stream_is_full(http);
    else
        is_full = len > AHEAD_MAX && http->at != HTTP_AT_BODY;
    if (is_full)
        conn_pause(http->conn);
    else
        conn_resume(http->conn);
}

static void
go_on(struct http_conn *http)
{
    enter(http);
    run(http);
    hold_back(http);
    leave(http);
}

static void
timed_out(struct http_conn *http)
{
    struct err err = {0};

    switch (http->at) {
    case HTTP_AT_START:
    case HTTP_AT_IDLE:
        end(http);
        break;
    case HTTP_AT_HEAD:
    case HTTP_AT_BODY:
        err_rule(&err, ERR_REQUEST_TIMEOUT, "request.slow");
        http_conn_refuse(http, &err, NULL, true);
        http_conn_drop_request(http);
        break;
    case HTTP_AT_STREAM:
        http_stream_timed_out(http);
        break;
    case HTTP_AT_CALL: /* the call has deadlines of its own */
    case HTTP_AT_END:
        break;
    }
}

static void
on_event(void *owner, struct conn *conn, enum conn_event event)
{
    struct http_conn *http = owner;

    (void)conn;
    enter(http);
    switch (event) {
    case CONN_UP:
        request_over(http);
        break;
    case CONN_DATA:
        go_on(http);
        break;
    case CONN_DRAINED:
        if (http->call != NULL)
            call_reply_room(http->call);
        go_on(http);
        break;
    case CONN_EOF:
        http->eof = true;
        go_on(http);
        break;
    case CONN_TIMEOUT:
        timed_out(http);
        break;
    case CONN_ERROR:
        end(http);
        break;
    }
    leave(http);
}

void
http_conn_drain(struct http_conn *http)
{
    enter(http);
    if (http->at == HTTP_AT_START)
        end(http);
    else if (http->at == HTTP_AT_IDLE)
        conn_set_deadline(http->conn, DEADLINE_GRACE);
    leave(http);
}

/* ---- the answer of a call ---- */

/* An answer that has flowed: what was announced is there, or the connection says that it is not. */
static void
flowed(struct http_conn *http, bool failed)
{
    bool goes_on = http_stream_end(http, failed) && http->keep_alive && !http->body_left;

    request_over(http);
    if (!goes_on)
        end(http);
}

static void
deliver(void *peer, const struct call *call)
{
    struct http_conn *http = peer;
    bool in_run = http->busy > 0;
    struct http_reply reply = {.status = call->reply.status,
        .content_type = call->reply.status == 204 || call->reply.status == 304
                            ? NULL
                            : call->reply.content_type,
        .body = call->reply.body.data,
        .body_len = call->reply.body.len,
        .location = call->reply.location,
        .link_next = call->reply.link_next,
        .filename = call->reply.filename,
        .policy = call->reply.policy,
        .request_id = call->request_id,
        .has_etag = call->reply.has_etag,
        .etag = call->reply.etag,
        .etag_text = call->reply.etag_text,
        .disposition = call->reply.disposition,
        .content_digest = call->reply.content_digest,
        .has_as_of = call->reply.has_as_of,
        .as_of_seq = call->reply.as_of_seq,
        .coverage = call->reply.coverage,
        .retry_after_s = call->reply.retry_after_s,
        .took_us = call_took_us(call)};

    enter(http);
    if (http->call != NULL) /* of a body that flows; while its call starts it is still in use */
        http_conn_drop_request(http);
    if (call_reply_has_begun(call))
        flowed(http, call->err.code != ERR_NONE);
    else
        http_conn_reply(http, &reply);
    if (!in_run) /* run() goes on by itself */
        go_on(http);
    leave(http);
}

const struct call_wire http_wire = {
    deliver, http_stream_want, http_stream_begin, http_stream_write};
