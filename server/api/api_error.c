#include "server/api/api_error.h"

#include <assert.h>
#include <string.h>

#include "common/digest.h"
#include "server/api/api.h"

static const struct api_error table[ERR_COUNT] = {
    [ERR_NONE] = {500, -32603, "internal", "Internal error", "内部错误", 0},
    [ERR_SYNTAX] = {400, -32602, "syntax", "The request cannot be read", "请求无法解析", 0},
    [ERR_UNAUTHENTICATED] = {401, -32000, "unauthenticated", "A valid credential is needed",
        "需要有效凭证", 0},
    [ERR_FORBIDDEN] = {403, -32000, "forbidden", "This role may not do that", "该角色无此权限", 0},
    [ERR_OWN_FILING] = {403, -32000, "own_filing", "Another person must decide this",
        "须由其他人员办理", 0},
    [ERR_NOT_FOUND] = {404, -32000, "not_found", "Nothing of that name here", "未找到", 0},
    [ERR_NO_METHOD] = {405, -32601, "method_not_allowed", "Not with this verb", "不支持该请求方法",
        0},
    [ERR_NOT_ACCEPTABLE] = {406, -32000, "not_acceptable", "No form of the answer is acceptable",
        "无法提供所要求的格式", 0},
    [ERR_REQUEST_TIMEOUT] = {408, -32000, "request_timeout", "The request came too slowly",
        "请求超时", 0},
    [ERR_STATE] = {409, -32000, "state", "Not possible in the present state",
        "当前状态不允许此操作", 0},
    [ERR_ROUTE] = {409, -32000, "route", "Another route of decision is needed",
        "须按其他审批路径办理", 0},
    [ERR_DUPLICATE] = {409, -32000, "duplicate", "This contract is on file already",
        "该合同已申报,不得重复登记", 0},
    [ERR_ROW_KEY] = {409, -32000, "row_key_used", "This row_key is in use already",
        "row_key 已被使用", 0},
    [ERR_STALE] = {412, -32000, "stale", "It has changed since it was read",
        "内容已变更,请重新读取", 0},
    [ERR_TOO_LARGE] = {413, -32000, "too_large", "The body is too large", "请求体过大", 0},
    [ERR_URI_TOO_LONG] = {414, -32000, "uri_too_long", "The target is too long", "请求地址过长", 0},
    [ERR_MEDIA_TYPE] = {415, -32000, "media_type", "The body is not of a type that is taken here",
        "不接受该类型的请求体", 0},
    [ERR_EXPECTATION] = {417, -32000, "expectation", "This expectation is not met",
        "无法满足 Expect", 0},
    [ERR_KEY_MISSING] = {400, -32000, "key_missing", "An Idempotency-Key is needed",
        "缺少 Idempotency-Key", 0},
    [ERR_KEY_REUSED] = {422, -32000, "key_reused", "This key was used for another request",
        "该幂等键已用于其他请求", 0},
    [ERR_KEY_RUNNING] = {409, -32000, "key_running", "A request with this key is under way",
        "相同幂等键的请求正在处理", 1},
    [ERR_FAULTS] = {422, -32000, "faults", "The request has faults", "内容不符合要求", 0},
    [ERR_MATCH_MISSING] = {428, -32000, "match_missing", "An If-Match is needed", "缺少 If-Match",
        0},
    [ERR_RATE] = {429, -32000, "rate", "Too many requests", "请求过于频繁", 1},
    [ERR_HEAD_TOO_LARGE] = {431, -32000, "head_too_large", "The head is too large", "请求头过大",
        0},
    [ERR_INTERNAL] = {500, -32603, "internal", "Internal error", "内部错误", 0},
    [ERR_NOT_IMPLEMENTED] = {501, -32000, "not_supported", "Not supported", "不支持", 0},
    [ERR_BUSY] = {503, -32000, "busy", "Too busy, try again", "系统繁忙,请稍后重试", 1},
    [ERR_UNAVAILABLE] = {503, -32000, "unavailable", "The record cannot be reached, try again",
        "数据库暂不可用,请稍后重试", 2},
    [ERR_UNCERTAIN] = {503, -32000, "outcome_unknown",
        "The outcome is unknown: repeat with the same key", "结果未知,请用相同幂等键重试", 1},
    [ERR_POINT_FULL] = {503, -32000, "point_full",
        "The registration numbers of this point and year are used up",
        "本登记点本年度登记编号已用完", 0},
    [ERR_HTTP_VERSION] = {505, -32000, "http_version", "HTTP/1.1 is needed", "不支持的 HTTP 版本",
        0},
    [ERR_RPC_PARSE] = {400, -32700, "parse", "Not a JSON text", "JSON 解析错误", 0},
    [ERR_RPC_INVALID] = {400, -32600, "invalid_request", "Not a request of JSON-RPC 2.0",
        "无效请求", 0},
    [ERR_RPC_NO_METHOD] = {404, -32601, "no_method", "No such method", "方法不存在", 0},
    [ERR_RPC_PARAMS] = {400, -32602, "params", "Invalid params", "参数无效", 0},
    [ERR_CONFIG] = {500, -32603, "internal", "Internal error", "内部错误", 0},
    [ERR_IO] = {500, -32603, "internal", "Internal error", "内部错误", 0},
    [ERR_TLS] = {500, -32603, "internal", "Internal error", "内部错误", 0},
};

const struct api_error *
api_error_find(enum err_code code)
{
    return &table[code];
}

enum err_code
api_error_named(const char *code)
{
    for (int i = ERR_NONE + 1; i < ERR_COUNT; i++)
        if (table[i].code != NULL && strcmp(table[i].code, code) == 0)
            return (enum err_code)i;
    return ERR_INTERNAL;
}

void
api_new_request_id(char *id)
{
    uint8_t bytes[16];

    random_name(bytes, sizeof(bytes));
    hex_format(bytes, sizeof(bytes), id);
}

static void
member(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "\"%s\":", name);
    buf_json_string(out, value);
}

static void
problem_head(
    struct buf *out, const struct err *err, const char *detail, const char *request_id, bool zh)
{
    const struct api_error *kind = api_error_find(err->code);

    buf_printf(out, "{\"type\":\"urn:tcrd:problem:%s\",", kind->code);
    member(out, "title", zh ? kind->title_zh : kind->title_en);
    buf_printf(out, ",\"status\":%d,\"code\":\"%s\",", kind->http_status, kind->code);
    member(out, "detail", detail);
    buf_putc(out, ',');
    member(out, "request_id", request_id);
}

static void
problem_fault(struct buf *out, const struct fault *fault)
{
    buf_putc(out, '{');
    member(out, "pointer", fault->pointer);
    buf_putc(out, ',');
    member(out, "rule", fault->rule);
    if (fault->article != NULL) {
        buf_putc(out, ',');
        member(out, "article", fault->article);
    } else {
        buf_puts(out, ",\"article\":null");
    }
    buf_putc(out, ',');
    member(out, "zh", fault->zh);
    buf_putc(out, ',');
    member(out, "en", fault->en);
    buf_putc(out, '}');
}

void
fault_list_write(struct buf *out, const struct fault_list *faults)
{
    buf_putc(out, '[');
    for (int i = 0; i < faults->count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        problem_fault(out, &faults->items[i]);
    }
    buf_putc(out, ']');
}

static const char *
message_of(const struct err *err)
{
    return err->msg[0] != '\0' ? err->msg : api_error_find(err->code)->title_en;
}

/* What only programs and operators meet is explained in English, behind its title. */
static const char *
detail_of(const struct call *call)
{
    if (call->why_zh != NULL)
        return call->prefers_zh ? call->why_zh : call->why_en;
    if (!call->prefers_zh)
        return message_of(&call->err);
    return arena_printf(
        call->arena, "%s（%s）", api_error_find(call->err.code)->title_zh, message_of(&call->err));
}

void
api_error_problem(struct buf *out, const struct call *call)
{
    problem_head(out, &call->err, detail_of(call), call->request_id, call->prefers_zh);
    buf_puts(out, ",\"errors\":");
    fault_list_write(out, &call->faults);
    buf_putc(out, '}');
}

bool
api_prefers_zh(const char *accept_language)
{
    return accept_language != NULL && strncmp(accept_language, "zh", 2) == 0;
}

void
api_error_fault(struct fault_list *list, const struct codes *codes, const struct err *err)
{
    const struct api_error *kind = api_error_find(err->code);
    const char *more = err->msg[0] == '\0' ? NULL : arena_strdup(list->arena, err->msg);

    assert(err->rule != NULL);
    if (codes == NULL)
        fault_add(list, "", err->rule, NULL, kind->title_zh, kind->title_en);
    else
        fault_add_rule(list, codes, "", err->rule, more, more);
}

void
api_error_problem_plain(struct buf *out, struct api *api, const struct err *err,
    const char *request_id, bool prefers_zh)
{
    struct fault_list faults = {.arena = arena_new()};
    char id[33];

    if (request_id == NULL) {
        api_new_request_id(id);
        request_id = id;
    }
    api_error_fault(&faults, api == NULL ? NULL : api_codes(api), err);
    problem_head(
        out, err, prefers_zh ? faults.items[0].zh : faults.items[0].en, request_id, prefers_zh);
    buf_puts(out, ",\"errors\":");
    fault_list_write(out, &faults);
    buf_putc(out, '}');
    arena_free(faults.arena);
}
