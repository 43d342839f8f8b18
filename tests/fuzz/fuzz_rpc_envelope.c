/* Any bytes as a line of JSON-RPC: every request of it is read, and every answer is one line of
 * JSON with an id. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/rpc/rpc_envelope.h"
#include "server/rpc/rpc_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_answer(struct buf *answer)
{
    json_t *tree = json_loadb(answer->data, answer->len, JSON_REJECT_DUPLICATES, NULL);

    if (tree == NULL || json_object_get(tree, "id") == NULL ||
        memchr(answer->data, '\n', answer->len) != NULL)
        abort();
    json_decref(tree);
    buf_clear(answer);
}

static void
read_request(const struct rpc_message *message, size_t index)
{
    static const struct method_param params[] = {
        {"id", PARAM_IN_PATH, PARAM_INT, ""}, {"q", PARAM_IN_QUERY, PARAM_TEXT, ""}, {0}};
    static const struct method method = {.name = "m", .params = params, .flags = METHOD_BODY};
    struct arena *arena = arena_new();
    struct rpc_request request;
    struct rpc_params out;
    struct buf answer = {0};
    struct err err = {0};

    if (rpc_request_read(message, index, &request, &err) == 0 &&
        rpc_params_read(request.params, &method, arena, &out, &err) == 0) {
        rpc_write_result(&answer, request.id, "{\n}", 3);
        check_answer(&answer);
    } else {
        rpc_write_error(&answer, request.id, err.code, "{}", 2);
        check_answer(&answer);
    }
    rpc_token_read(request.params, &err);
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rpc_frame frame = {0};
    struct rpc_message message;
    struct err err;
    size_t len = size;

    if (rpc_frame_next(&frame, (const char *)data, size, &len) < 0 ||
        rpc_line_is_blank((const char *)data, len))
        return 0;
    if (rpc_message_parse(&message, (const char *)data, len, &err) < 0)
        return 0;
    for (size_t i = 0; i < message.count; i++)
        read_request(&message, i);
    rpc_message_clear(&message);
    return 0;
}
