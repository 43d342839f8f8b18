#include "server/rpc/rpc_envelope.h"

#include <string.h>

#include "server/api/api_error.h"
#include "server/api/json_text.h"
#include "server/rpc/rpc_frame.h"

enum { KEY_MAX = 255 };

/* ---- the line ---- */

/* A JSON text that is neither object nor array: JSON all right, but not a request. */
static bool
is_scalar(const char *line, size_t len)
{
    struct buf wrapped = {0};
    struct json_text_fault fault;
    json_t *array;
    bool one;

    buf_putc(&wrapped, '[');
    buf_add(&wrapped, line, len);
    buf_putc(&wrapped, ']');
    array = json_text_read(wrapped.data, wrapped.len, RPC_DEPTH_MAX, &fault);
    one = json_array_size(array) == 1;
    json_decref(array);
    buf_clear(&wrapped);
    return one;
}

int
rpc_message_parse(struct rpc_message *message, const char *line, size_t len, struct err *err)
{
    struct json_text_fault fault;
    size_t at = 0;

    *message = (struct rpc_message){0};
    message->root = json_text_read(line, len, RPC_DEPTH_MAX, &fault);
    if (message->root == NULL && fault.is_too_deep)
        return err_rule_more(err, ERR_RPC_PARSE, "json.depth", "%d", RPC_DEPTH_MAX);
    if (message->root == NULL) {
        while (at < len && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r'))
            at++;
        if (at < len && line[at] != '{' && line[at] != '[' && is_scalar(line, len))
            return err_rule(err, ERR_RPC_INVALID, "rpc.request");
        return err_rule_more(err, ERR_RPC_PARSE, "json.text", "%zu", fault.at);
    }
    message->is_batch = json_is_array(message->root);
    message->count = message->is_batch ? json_array_size(message->root) : 1;
    if (message->count >= 1 && message->count <= RPC_BATCH_MAX)
        return 0;
    rpc_message_clear(message);
    return err_rule_more(err, ERR_RPC_INVALID, "rpc.batch", "%d", RPC_BATCH_MAX);
}

void
rpc_message_clear(struct rpc_message *message)
{
    json_decref(message->root);
    *message = (struct rpc_message){0};
}

/* ---- one request ---- */

static bool
is_id(const json_t *id)
{
    return json_is_null(id) || json_is_integer(id) ||
           (json_is_string(id) && json_string_length(id) <= RPC_ID_MAX);
}

static int
check_members(json_t *object, struct err *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (strcmp(name, "jsonrpc") != 0 && strcmp(name, "method") != 0 &&
            strcmp(name, "params") != 0 && strcmp(name, "id") != 0)
            return err_rule(err, ERR_RPC_INVALID, "rpc.member");
    }
    return 0;
}

int
rpc_request_read(
    const struct rpc_message *message, size_t index, struct rpc_request *request, struct err *err)
{
    json_t *object = message->is_batch ? json_array_get(message->root, index) : message->root;
    const char *version = json_string_value(json_object_get(object, "jsonrpc"));
    json_t *method = json_object_get(object, "method");
    json_t *id = json_object_get(object, "id");

    *request = (struct rpc_request){0};
    if (!json_is_object(object))
        return err_rule(err, ERR_RPC_INVALID, "rpc.request");
    if (id != NULL && !is_id(id))
        return err_rule_more(err, ERR_RPC_INVALID, "rpc.id", "%d", RPC_ID_MAX);
    request->id = id;
    if (version == NULL || strcmp(version, "2.0") != 0)
        return err_rule(err, ERR_RPC_INVALID, "rpc.version");
    if (!json_is_string(method))
        return err_rule(err, ERR_RPC_INVALID, "rpc.method");
    if (check_members(object, err) < 0)
        return -1;
    request->method = json_string_value(method);
    request->params = json_object_get(object, "params");
    if (json_is_null(request->params))
        request->params = NULL;
    if (request->params != NULL && !json_is_object(request->params) &&
        !json_is_array(request->params))
        return err_rule(err, ERR_RPC_INVALID, "rpc.params");
    request->is_notification = id == NULL;
    if (json_is_array(request->params))
        return err_rule(err, ERR_RPC_PARAMS, "rpc.params");
    return 0;
}

/* ---- params ---- */

static bool
has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

static const char *
scalar_text(const json_t *value, struct arena *arena)
{
    if (json_is_string(value))
        return has_control(json_string_value(value)) ? NULL : json_string_value(value);
    if (json_is_integer(value))
        return arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    return NULL;
}

static const struct method_param *
param_find(const struct method *method, const char *name)
{
    for (const struct method_param *param = method->params; param != NULL && param->name != NULL;
         param++)
        if (strcmp(param->name, name) == 0)
            return param;
    return NULL;
}

/* A parameter that cannot be taken is a fault, so that all of them are told. */
static void
read_arg(const char *name, const json_t *value, const struct method *method, struct arena *arena,
    struct rpc_params *out, struct err *err)
{
    const struct method_param *param = param_find(method, name);
    const char *text = param == NULL ? NULL : scalar_text(value, arena);
    size_t len = strlen(name);

    if (param == NULL) {
        err_rule(err, ERR_RPC_PARAMS, "query.unknown");
        fault_add_param(
            &out->faults, name, len, "query.unknown", "没有该参数", "there is no such parameter");
    } else if (text == NULL) {
        err_rule_more(err, ERR_RPC_PARAMS, "query.value", "%s", param->name);
        fault_add_param(&out->faults, name, len, "query.value",
            "须为不含控制字符的文本、整数或布尔值",
            "must be a text without control characters, an integer or a boolean");
    } else if (out->arg_count == RPC_ARGS_MAX) {
        err_rule_more(err, ERR_RPC_PARAMS, "query.value", "%s", param->name);
        fault_add_param(&out->faults, name, len, "query.value", "参数过多", "is one too many");
    } else {
        out->args[out->arg_count++] = (struct call_arg){param->name, text};
    }
}

static int
read_key(const json_t *value, struct rpc_params *out, struct err *err)
{
    const char *key = json_string_value(value);
    size_t len = json_string_length(value);

    for (size_t i = 0; i < len; i++)
        if (key[i] <= ' ' || key[i] >= 0x7f)
            len = 0;
    if (len == 0 || len > KEY_MAX)
        return err_rule_more(err, ERR_RPC_PARAMS, "request.key", "%d", KEY_MAX);
    out->idempotency_key = key;
    return 0;
}

static int
read_member(const char *name, json_t *value, const struct method *method, struct arena *arena,
    struct rpc_params *out, struct err *err)
{
    if (json_is_null(value)) /* null equals absent */
        return 0;
    if (strcmp(name, "body") == 0) {
        if (!json_is_object(value))
            return err_rule(err, ERR_RPC_PARAMS, "refused.body_needed");
        if (!(method->flags & (METHOD_BODY | METHOD_BODY_OPTIONAL | METHOD_STREAM_IN)))
            return err_rule(err, ERR_RPC_PARAMS, "refused.body_unused");
        out->body = value;
        return 0;
    }
    if (strcmp(name, "idempotency_key") == 0)
        return read_key(value, out, err);
    if (strcmp(name, "if_match") == 0) {
        if (!json_is_integer(value))
            return err_rule(err, ERR_RPC_PARAMS, "rpc.match");
        out->if_match = arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return 0;
    }
    read_arg(name, value, method, arena, out, err);
    return 0;
}

static bool
has_arg(const struct rpc_params *params, const char *name)
{
    for (int i = 0; i < params->arg_count; i++)
        if (strcmp(params->args[i].name, name) == 0)
            return params->args[i].value[0] != '\0';
    return false;
}

int
rpc_params_read(json_t *params, const struct method *method, struct arena *arena,
    struct rpc_params *out, struct err *err)
{
    const char *name;
    json_t *value;

    out->arg_count = 0;
    out->body = NULL;
    out->idempotency_key = out->if_match = NULL;
    out->faults = (struct fault_list){.arena = arena};
    json_object_foreach(params, name, value)
    {
        if (read_member(name, value, method, arena, out, err) < 0) {
            out->faults.count = 0; /* it is not about parameters alone */
            return -1;
        }
    }
    /* A path always has its parameters; steps rely on that. */
    for (const struct method_param *param = method->params; param != NULL && param->name != NULL;
         param++)
        if (param->in == PARAM_IN_PATH && !has_arg(out, param->name))
            return err_rule_more(err, ERR_RPC_PARAMS, "query.missing", "%s", param->name);
    return out->faults.count > 0 ? -1 : 0;
}

const char *
rpc_token_read(json_t *params, struct err *err)
{
    const char *token = json_string_value(json_object_get(params, "token"));

    if (token == NULL || token[0] == '\0' || has_control(token) || json_object_size(params) != 1) {
        err_rule(err, ERR_RPC_PARAMS, "rpc.session");
        return NULL;
    }
    return token;
}

/* ---- answers ---- */

static void
write_head(struct buf *out, const json_t *id)
{
    buf_puts(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    if (json_is_string(id))
        buf_json_string_n(out, json_string_value(id), json_string_length(id));
    else if (json_is_integer(id))
        buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
    else
        buf_puts(out, "null");
}

/* JSON text on one line: a line break between its tokens means the same as a space, and there is
 * none inside a string. */
static void
write_json(struct buf *out, const char *text, size_t len)
{
    size_t at = out->len;
    char *line;

    buf_add(out, text, len);
    for (line = memchr(out->data + at, '\n', len); line != NULL;
         line = memchr(line, '\n', (size_t)(out->data + out->len - line)))
        *line = ' ';
}

void
rpc_write_result(struct buf *out, const json_t *id, const char *body, size_t len)
{
    buf_reserve(out, len + 64);
    write_head(out, id);
    buf_puts(out, ",\"result\":");
    if (len == 0)
        buf_puts(out, "null");
    else
        write_json(out, body, len);
    buf_putc(out, '}');
}

void
rpc_write_error(
    struct buf *out, const json_t *id, enum err_code code, const char *problem, size_t len)
{
    const struct api_error *kind = api_error_find(code);

    write_head(out, id);
    buf_printf(out, ",\"error\":{\"code\":%d,\"message\":", kind->rpc_code);
    buf_json_string(out, kind->title_en);
    buf_puts(out, ",\"data\":");
    write_json(out, problem, len);
    buf_puts(out, "}}");
}
