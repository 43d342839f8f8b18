#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/digest.h"
#include "common/mem.h"
#include "server/api/api.h"
#include "server/api/api_error.h"
#include "server/rpc/rpc_int.h"

/* One request on its way: from the envelope to a call, and from its answer to the line or the
 * batch. */

#define SESSION_OPEN "session.open"

struct rpc_call {
    TAILQ_ENTRY(rpc_call) link;
    struct rpc_conn *rpc;
    struct rpc_batch *batch; /* NULL: answered by itself */
    struct call *call;
    json_t *id; /* own reference; NULL answers null */
    bool is_notification;
    char *token; /* of session.open, NULL otherwise */
};

struct rpc_batch {
    size_t pending;
    struct buf answers;
};

/* ---- batches ---- */

struct rpc_batch *
rpc_batch_new(size_t count)
{
    struct rpc_batch *batch = xcalloc(1, sizeof(*batch));

    batch->pending = count;
    return batch;
}

void
rpc_batch_report(struct rpc_batch *batch, struct rpc_conn *rpc, struct buf *answer)
{
    if (answer->len > 0) {
        buf_putc(&batch->answers, batch->answers.len == 0 ? '[' : ',');
        buf_add(&batch->answers, answer->data, answer->len);
    }
    buf_clear(answer);
    if (--batch->pending > 0)
        return;
    if (batch->answers.len > 0 && rpc != NULL) { /* only notifications: no line at all */
        buf_putc(&batch->answers, ']');
        rpc_conn_send(rpc, &batch->answers);
    }
    buf_clear(&batch->answers);
    free(batch);
}

static void
report(struct rpc_conn *rpc, struct rpc_batch *batch, struct buf *answer)
{
    if (batch != NULL)
        rpc_batch_report(batch, rpc, answer);
    else if (answer->len > 0)
        rpc_conn_send(rpc, answer);
}

/* ---- answers ---- */

void
rpc_write_refusal(struct rpc_conn *rpc, struct buf *out, const json_t *id, const struct err *err)
{
    struct buf problem = {0};

    api_error_problem_plain(&problem, rpc->server->api, err, NULL, false);
    rpc_write_error(out, id, err->code, problem.data, problem.len);
    buf_clear(&problem);
}

/* A file as JSON. */
static void
write_file(struct buf *out, const json_t *id, const struct call_reply *reply)
{
    struct buf json = {0};

    buf_puts(&json, "{\"content_type\":");
    buf_json_string(&json, reply->content_type);
    buf_puts(&json, ",\"filename\":");
    buf_json_string(&json, reply->filename == NULL ? "" : reply->filename);
    buf_puts(&json, ",\"base64\":\"");
    base64_add(&json, reply->body.data, reply->body.len);
    buf_puts(&json, "\"}");
    rpc_write_result(out, id, json.data, json.len);
    buf_clear(&json);
}

static void
rpc_call_free(struct rpc_call *self)
{
    TAILQ_REMOVE(&self->rpc->calls, self, link);
    self->rpc->in_flight--;
    json_decref(self->id);
    if (self->token != NULL)
        secret_clear(self->token, strlen(self->token));
    free(self->token);
    free(self);
}

void
rpc_call_abandon(struct rpc_call *self)
{
    struct buf none = {0};

    call_detach(self->call);
    if (self->batch != NULL)
        rpc_batch_report(self->batch, NULL, &none);
    rpc_call_free(self);
}

static void
deliver(void *peer, const struct call *call)
{
    struct rpc_call *self = peer;
    struct rpc_conn *rpc = self->rpc;
    struct rpc_batch *batch = self->batch;
    bool failed = call->reply.status >= 400;
    struct buf answer = {0};

    if (!self->is_notification && failed)
        rpc_write_error(
            &answer, self->id, call->err.code, call->reply.body.data, call->reply.body.len);
    else if (!self->is_notification && strcmp(call->reply.content_type, "application/json") != 0)
        write_file(&answer, self->id, &call->reply);
    else if (!self->is_notification)
        rpc_write_result(&answer, self->id, call->reply.body.data, call->reply.body.len);
    if (self->token != NULL) {
        rpc->opening = false;
        if (!failed)
            rpc_conn_set_token(rpc, self->token);
    }
    rpc_call_free(self);
    report(rpc, batch, &answer);
    rpc_conn_go_on(rpc);
}

static const struct call_wire rpc_wire = {.deliver = deliver};

/* ---- starting ---- */

static const struct method *
method_find(const struct rpc_server *server, const char *name)
{
    size_t low = 0;
    size_t high = server->method_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(name, server->methods[middle]->name);

        if (order == 0)
            return server->methods[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The token of session.open takes the place of the session's, for this call only. */
static const char *
take_token(struct rpc_call *self, const struct rpc_request *request, struct err *err)
{
    const char *token = rpc_token_read(request->params, err);

    if (token == NULL)
        return NULL;
    self->token = xstrdup(token);
    self->rpc->opening = true;
    return self->token;
}

static void
start(struct rpc_conn *rpc, const struct rpc_request *request, const struct method *method)
{
    struct rpc_call *self = xcalloc(1, sizeof(*self));
    struct call_input input = {.method = method, .body_is_json = true};
    struct arena *arena = arena_new();
    struct rpc_params params;
    struct err err = {0};
    struct call *call;
    int read;

    self->rpc = rpc;
    self->batch = rpc->batch;
    self->id = json_incref(request->id);
    self->is_notification = request->is_notification;
    TAILQ_INSERT_TAIL(&rpc->calls, self, link);
    rpc->in_flight++;
    input.credential.bearer = rpc->token;
    input.credential.cert_sha256 = conn_peer_cert_sha256(rpc->conn);
    input.peer_address = conn_peer_address(rpc->conn);
    if (strcmp(method->name, SESSION_OPEN) == 0) {
        input.credential.bearer = take_token(self, request, &err);
        read = rpc_params_read(NULL, method, arena, &params, &err);
    } else {
        read = rpc_params_read(request->params, method, arena, &params, &err);
    }
    input.args = params.args;
    input.arg_count = params.arg_count;
    if (read == 0) {
        input.body = json_incref(params.body);
        input.idempotency_key = params.idempotency_key;
        input.if_match = params.if_match;
    }
    if (err.code != ERR_NONE)
        input.refused = &err;
    input.faults = &params.faults;
    call = call_start(rpc->server->api, &input, &rpc_wire, self);
    if (call != NULL) /* otherwise it was answered and self is gone */
        self->call = call;
    arena_free(arena);
}

static int
admit(struct rpc_conn *rpc, struct rpc_request *request, const struct method **method,
    struct err *err)
{
    struct net_rate rate;

    if (rpc_request_read(&rpc->message, rpc->next, request, err) < 0)
        return -1;
    if (!conn_take_request(rpc->conn, &rate))
        return err_rule_more(err, ERR_RATE, "request.rate", "%d / %d s", rate.burst, rate.window_s);
    *method = method_find(rpc->server, request->method);
    if (*method == NULL)
        return err_rule(err, ERR_RPC_NO_METHOD, "rpc.no_method");
    return 0;
}

void
rpc_call_start(struct rpc_conn *rpc)
{
    struct rpc_request request;
    const struct method *method = NULL;
    struct buf answer = {0};
    struct err err;

    if (admit(rpc, &request, &method, &err) == 0) {
        start(rpc, &request, method);
        return;
    }
    if (!request.is_notification)
        rpc_write_refusal(rpc, &answer, request.id, &err);
    report(rpc, rpc->batch, &answer);
}
