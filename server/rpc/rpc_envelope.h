#ifndef TCRD_RPC_RPC_ENVELOPE_H
#define TCRD_RPC_RPC_ENVELOPE_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "server/api/call.h"
/* rpc_envelope - JSON-RPC 2.0 as tcrd speaks it: one line to requests, one answer to one line.
 * Pure.
 *
 * An id is a string of at most RPC_ID_MAX bytes, an integer or null, and comes back exactly; a
 * number with a fraction or exponent is refused, because it could not come back exactly. Members
 * that JSON-RPC does not know are refused. A request without id is a notification and gets no
 * answer, whatever happens to it.
 */
enum { RPC_BATCH_MAX = 100, RPC_ARGS_MAX = 64, RPC_ID_MAX = 256 };

/* One line. */
struct rpc_message {
    json_t *root; /* NULL: none */
    bool is_batch;
    size_t count; /* of requests, at least 1 */
};

/* 0, or -1 with ERR_RPC_PARSE or ERR_RPC_INVALID (one answer for the whole line, with id null).
 * line is without LF. */
int rpc_message_parse(struct rpc_message *message, const char *line, size_t len, struct err *err);
void rpc_message_clear(struct rpc_message *message);

/* One request of a message; everything is borrowed from it. */
struct rpc_request {
    json_t *id; /* NULL: answer with null */
    bool is_notification;
    const char *method;
    json_t *params; /* an object, or NULL */
};
/* 0, or -1 with ERR_RPC_INVALID or ERR_RPC_PARAMS; id and is_notification are right either way. */
int rpc_request_read(
    const struct rpc_message *message, size_t index, struct rpc_request *request, struct err *err);

/* The params of a request to method: path and query parameters by name, and the members that HTTP
 * has as headers. */
struct rpc_params {
    struct call_arg args[RPC_ARGS_MAX];
    int arg_count;
    json_t *body; /* borrowed from params, NULL without */
    const char *idempotency_key;
    const char *if_match;     /* the number as text */
    struct fault_list faults; /* of parameters, all of them */
};
/* 0, or -1 with ERR_RPC_PARAMS. params may be NULL. Texts live in the arena or in params. */
int rpc_params_read(json_t *params, const struct method *method, struct arena *arena,
    struct rpc_params *out, struct err *err);

/* The token of session.open, borrowed from params; NULL with err when there is none. */
const char *rpc_token_read(json_t *params, struct err *err);

/* Answers, one JSON object without LF. id NULL: null. body is the JSON text of the result. */
void rpc_write_result(struct buf *out, const json_t *id, const char *body, size_t len);
/* problem is the problem document as JSON text. */
void rpc_write_error(
    struct buf *out, const json_t *id, enum err_code code, const char *problem, size_t len);
#endif
