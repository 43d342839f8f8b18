#include "server/api/call_stream.h"
#include "server/http/http_int.h"

/* Bodies and answers that flow between a connection and its call: api/call_stream.h says how much
 * of them may be under way. */

/* ---- the body ---- */

static void
sink(void *ctx, const char *data, size_t len)
{
    struct http_conn *http = ctx;

    call_body_add(http->call, data, len);
}

void
http_stream_open(struct http_conn *http)
{
    http->at = HTTP_AT_STREAM;
    http->body_left = true;
    http->body_wanted = false;
    http->waits_for_body = false;
    http->req->sink = sink;
    http->req->sink_ctx = http;
    conn_set_deadline(http->conn, DEADLINE_NONE);
}

/* The call wants bytes. They are read in a later turn: it stands on the stack now. */
void
http_stream_want(void *peer)
{
    struct http_conn *http = peer;

    if (http->at != HTTP_AT_STREAM)
        return;
    http->body_wanted = true;
    conn_again(http->conn);
}

bool
http_stream_is_full(const struct http_conn *http)
{
    return http->body_wanted && call_body_room(http->call) == 0;
}

/* The body will not be complete: its call ends without an answer, the peer gets this one. */
static void
give_up(struct http_conn *http, const struct err *err)
{
    struct call *call = http->call;

    http->call = NULL;
    call_detach(call);
    http_conn_refuse(http, err, NULL, true);
    http_conn_drop_request(http);
}

void
http_stream_timed_out(struct http_conn *http)
{
    struct err err = {0};

    if (!http->waits_for_body) /* a deadline that was on its way when it was taken back */
        return;
    err_rule(&err, ERR_REQUEST_TIMEOUT, "request.slow");
    give_up(http, &err);
}

/* A peer may take as long as it makes progress: each piece has a deadline of its own. */
static void
set_deadline(struct http_conn *http)
{
    bool waits = http->body_left && !http_stream_is_full(http);

    if (waits && !http->waits_for_body)
        conn_set_deadline(http->conn, DEADLINE_BODY);
    else if (!waits && http->waits_for_body)
        conn_set_deadline(http->conn, DEADLINE_NONE);
    http->waits_for_body = waits;
}

/* The client may be waiting for a word before it sends the body. */
static void
answer_expectation(struct http_conn *http, bool has_input)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";

    if (http->req->expect_continue && !has_input)
        conn_write(http->conn, interim, sizeof(interim) - 1);
    http->req->expect_continue = false;
}

/* Hands over what is buffered, as far as there is room. False when nothing more can be done now. */
static bool
hand_over(struct http_conn *http)
{
    size_t room = call_body_room(http->call);
    struct err err = {0};
    const char *data;
    size_t len, used;
    int done;

    data = conn_input(http->conn, &len);
    answer_expectation(http, len > 0);
    if (room == 0)
        return false;
    done = http_req_body(http->req, data, len < room ? len : room, &used, &err);
    if (done < 0) {
        give_up(http, &err);
        return false;
    }
    conn_consume(http->conn, used);
    http->body_left = done == 0;
    if (done == 0 && len == 0) {
        if (http->eof) {
            err_rule(&err, ERR_SYNTAX, "request.cut");
            give_up(http, &err);
        }
        return false;
    }
    if (http_stream_is_full(http) && http->waits_for_body) { /* progress: the next piece anew */
        conn_set_deadline(http->conn, DEADLINE_NONE);
        http->waits_for_body = false;
    }
    call_body_added(http->call, done == 1); /* may answer, or close */
    return done == 0;
}

void
http_stream_read(struct http_conn *http)
{
    while (http->at == HTTP_AT_STREAM && http->body_wanted && http->body_left)
        if (!hand_over(http))
            break;
    if (http->at == HTTP_AT_STREAM && http->body_wanted)
        set_deadline(http);
}

/* ---- the answer ---- */

void
http_stream_begin(void *peer, const struct call *call)
{
    struct http_conn *http = peer;
    struct http_reply reply = {.status = call->reply.status,
        .content_type = call->reply.content_type,
        .body_len = call->reply.length < 0 ? 0 : (size_t)call->reply.length,
        .request_id = call->request_id,
        .etag_text = call->reply.etag_text,
        .disposition = call->reply.disposition,
        .filename = call->reply.filename,
        .content_digest = call->reply.content_digest,
        .has_as_of = call->reply.has_as_of,
        .as_of_seq = call->reply.as_of_seq,
        .rate = http->rate,
        .head_only = true, /* the body follows */
        .close = !http->keep_alive || http->server->draining};
    struct buf out = {0};

    if (http->at == HTTP_AT_END)
        return;
    http->left = http->head_only || call->reply.length < 0 ? 0 : call->reply.length;
    http->chunked = reply.chunked = call->reply.length < 0 && !http->old_version;
    http->unsized = reply.unsized = call->reply.length < 0 && http->old_version;
    reply.close = reply.close || reply.unsized;
    http->keep_alive = !reply.close;
    reply.old_keep_alive = http->old_version && !reply.close;
    http_reply_write(&out, &reply);
    if (conn_write_buf(http->conn, &out) < 0)
        http->left = -1;
}

static void
write_chunk(struct http_conn *http, const void *data, size_t len)
{
    struct buf chunk = {0};

    if (len == 0) /* would be the last one */
        return;
    buf_reserve(&chunk, len + 24);
    buf_printf(&chunk, "%zx\r\n", len);
    buf_add(&chunk, data, len);
    buf_puts(&chunk, "\r\n");
    if (conn_write_buf(http->conn, &chunk) < 0)
        http->left = -1;
}

bool
http_stream_write(void *peer, const void *data, size_t len)
{
    struct http_conn *http = peer;

    if (http->at == HTTP_AT_END || http->head_only)
        return true;
    if (http->chunked)
        write_chunk(http, data, len);
    else if ((!http->unsized && (int64_t)len > http->left) || conn_write(http->conn, data, len) < 0)
        http->left = -1; /* never what was announced: the connection will end */
    else if (!http->unsized)
        http->left -= (int64_t)len;
    return conn_output_len(http->conn) <= CALL_PIECE_BYTES;
}

bool
http_stream_end(struct http_conn *http, bool failed)
{
    static const char last[] = "0\r\n\r\n";

    if (failed)
        http->left = -1; /* without a last chunk nobody takes it for the whole */
    else if (http->chunked && http->left == 0 && !http->head_only)
        conn_write(http->conn, last, sizeof(last) - 1);
    http->chunked = http->unsized = false;
    return http->left == 0;
}
