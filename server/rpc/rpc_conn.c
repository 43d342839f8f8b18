#include <stdlib.h>
#include <string.h>

#include "common/digest.h"
#include "common/mem.h"
#include "server/rpc/rpc_int.h"

/* One JSON-RPC connection: lines in, calls side by side up to a limit, answers as they come. */

enum {
    REQUESTS_PER_TURN = 64,  /* then other connections have a turn */
    AHEAD_MAX = 64 * 1024,   /* input that may wait while nothing more can be started */
    OUTPUT_HIGH = 256 * 1024 /* answers that may wait before more is started */
};

static void on_event(void *owner, struct conn *conn, enum conn_event event);

void
rpc_conn_new(struct rpc_server *server, struct conn *conn)
{
    struct rpc_conn *rpc = xcalloc(1, sizeof(*rpc));

    rpc->server = server;
    rpc->conn = conn;
    TAILQ_INIT(&rpc->calls);
    TAILQ_INSERT_TAIL(&server->conns, rpc, link);
    conn_start(conn, server->group, on_event, rpc);
}

void
rpc_conn_set_token(struct rpc_conn *rpc, const char *token)
{
    if (rpc->token != NULL) {
        secret_clear(rpc->token, strlen(rpc->token));
        free(rpc->token);
    }
    rpc->token = token != NULL ? xstrdup(token) : NULL;
}

/* The requests of the line that were not started will never report. */
static void
drop_message(struct rpc_conn *rpc)
{
    struct buf none = {0};

    for (; rpc->batch != NULL && rpc->next < rpc->message.count; rpc->next++)
        rpc_batch_report(rpc->batch, NULL, &none);
    rpc->batch = NULL;
    rpc_message_clear(&rpc->message);
}

void
rpc_conn_free(struct rpc_conn *rpc)
{
    struct rpc_call *call;

    drop_message(rpc);
    while ((call = TAILQ_FIRST(&rpc->calls)) != NULL)
        rpc_call_abandon(call);
    rpc_conn_set_token(rpc, NULL);
    TAILQ_REMOVE(&rpc->server->conns, rpc, link);
    free(rpc);
}

/* rpc is used until leave(); end() inside only marks it. */
static void
enter(struct rpc_conn *rpc)
{
    rpc->busy++;
}

static void
leave(struct rpc_conn *rpc)
{
    if (--rpc->busy == 0 && rpc->ended)
        rpc_conn_free(rpc);
}

static void
end(struct rpc_conn *rpc)
{
    if (rpc->ended)
        return;
    rpc->ended = true;
    conn_close(rpc->conn);
}

void
rpc_conn_send(struct rpc_conn *rpc, struct buf *line)
{
    buf_putc(line, '\n');
    if (rpc->ended)
        buf_clear(line);
    else if (conn_write_buf(rpc->conn, line) < 0)
        end(rpc);
}

static void
refuse(struct rpc_conn *rpc, const struct err *err)
{
    struct buf line = {0};

    rpc_write_refusal(rpc, &line, NULL, err);
    rpc_conn_send(rpc, &line);
}

/* ---- lines ---- */

static void
take_line(struct rpc_conn *rpc, const char *line, size_t len)
{
    struct buf answer = {0};
    struct err err;

    if (rpc_line_is_blank(line, len))
        return;
    if (rpc_message_parse(&rpc->message, line, len, &err) < 0) {
        rpc_write_refusal(rpc, &answer, NULL, &err);
        rpc_conn_send(rpc, &answer);
        return;
    }
    rpc->next = 0;
    if (rpc->message.is_batch)
        rpc->batch = rpc_batch_new(rpc->message.count);
}

/* 1: a line was taken; 0: there is none; -1: ended. */
static int
next_line(struct rpc_conn *rpc)
{
    struct err err;
    const char *data;
    size_t len, line_len;
    int found;

    data = conn_input(rpc->conn, &len);
    found = rpc_frame_next(&rpc->frame, data, len, &line_len);
    if (found < 0) {
        err_rule_more(&err, ERR_TOO_LARGE, "rpc.line_length", "%d", RPC_LINE_MAX);
        refuse(rpc, &err);
        end(rpc);
        return -1;
    }
    if (found == 0) {
        if (len > 0 && !rpc->in_line)
            conn_set_deadline(rpc->conn, DEADLINE_BODY);
        else if (len == 0 && rpc->in_line)
            conn_set_deadline(rpc->conn, DEADLINE_IDLE);
        rpc->in_line = len > 0;
        return 0;
    }
    if (rpc->in_line) /* the next line has a deadline of its own */
        conn_set_deadline(rpc->conn, DEADLINE_IDLE);
    rpc->in_line = false;
    take_line(rpc, data, line_len);
    rpc_frame_taken(&rpc->frame);
    if (!rpc->ended)
        conn_consume(rpc->conn, line_len + 1);
    return 1;
}

static bool
may_start(const struct rpc_conn *rpc)
{
    return !rpc->ended && !rpc->opening && rpc->in_flight < rpc->server->conf->rpc_in_flight_max &&
           conn_output_len(rpc->conn) <= OUTPUT_HIGH;
}

static void
start_next(struct rpc_conn *rpc)
{
    rpc_call_start(rpc);
    if (++rpc->next < rpc->message.count)
        return;
    rpc->batch = NULL; /* it lives until the last of its calls has reported */
    rpc_message_clear(&rpc->message);
}

/* Nothing is left to do and nothing will come, or should be waited for. */
static void
end_if_over(struct rpc_conn *rpc)
{
    struct err err;

    if (rpc->ended || rpc->in_flight > 0 || rpc->message.root != NULL)
        return;
    if (!rpc->eof && (!rpc->server->draining || rpc->in_line))
        return;
    if (rpc->eof && rpc->in_line) {
        err_rule(&err, ERR_RPC_PARSE, "request.cut");
        refuse(rpc, &err);
    }
    end(rpc);
}

/* Start what is buffered, as far as the limits allow. Returns the number of requests started. */
static int
run(struct rpc_conn *rpc)
{
    int started = 0;
    int found = 1;

    while (found > 0 && may_start(rpc)) {
        if (started == REQUESTS_PER_TURN) {
            conn_again(rpc->conn);
            return started;
        }
        if (rpc->message.root == NULL)
            found = next_line(rpc);
        if (found > 0 && rpc->message.root != NULL && !rpc->ended)
            start_next(rpc);
        started += found > 0;
    }
    if (found == 0 && (rpc->eof || started > 0))
        end_if_over(rpc);
    return started;
}

/* Input that comes while nothing can be started waits in the kernel, beyond a little. */
static void
hold_back(struct rpc_conn *rpc)
{
    size_t len;

    if (rpc->ended)
        return;
    conn_input(rpc->conn, &len);
    if (len > AHEAD_MAX && !may_start(rpc))
        conn_pause(rpc->conn);
    else
        conn_resume(rpc->conn);
}

void
rpc_conn_go_on(struct rpc_conn *rpc)
{
    if (rpc->busy > 0) /* run() is on the stack and sees it */
        return;
    enter(rpc);
    if (run(rpc) == 0 && may_start(rpc))
        end_if_over(rpc);
    hold_back(rpc);
    leave(rpc);
}

/* ---- events ---- */

static void
timed_out(struct rpc_conn *rpc)
{
    struct err err;

    if (rpc->in_line && may_start(rpc)) {
        err_rule(&err, ERR_REQUEST_TIMEOUT, "request.slow");
        refuse(rpc, &err);
        end(rpc);
    } else if (rpc->in_flight == 0) {
        end(rpc);
    } else {
        conn_set_deadline(rpc->conn, DEADLINE_IDLE);
    }
}

static void
on_event(void *owner, struct conn *conn, enum conn_event event)
{
    struct rpc_conn *rpc = owner;

    enter(rpc);
    switch (event) {
    case CONN_UP:
        rpc->up = true;
        conn_set_deadline(conn, rpc->server->draining ? DEADLINE_GRACE : DEADLINE_IDLE);
        break;
    case CONN_EOF:
        rpc->eof = true;
        run(rpc);
        break;
    case CONN_DATA:
    case CONN_DRAINED:
        if (run(rpc) > 0 && !rpc->ended && !rpc->in_line && event == CONN_DATA)
            conn_set_deadline(conn, rpc->server->draining ? DEADLINE_GRACE : DEADLINE_IDLE);
        break;
    case CONN_TIMEOUT:
        timed_out(rpc);
        break;
    case CONN_ERROR:
        end(rpc);
        break;
    }
    hold_back(rpc);
    leave(rpc);
}

void
rpc_conn_drain(struct rpc_conn *rpc)
{
    enter(rpc);
    if (!rpc->up)
        end(rpc);
    else if (rpc->in_flight == 0 && !rpc->in_line)
        conn_set_deadline(rpc->conn, DEADLINE_GRACE);
    leave(rpc);
}
