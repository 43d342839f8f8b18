#include <stdarg.h>
#include <stdio.h>

#include "server/api/api.h"
#include "server/api/api_error.h"
#include "server/api/call.h"

/* Why a call fails, in the words of the client. */

enum call_next
call_fail(struct call *call, enum err_code code, const char *format, ...)
{
    va_list args;

    call->err.code = code;
    call->why_zh = call->why_en = NULL;
    va_start(args, format);
    vsnprintf(call->err.msg, sizeof(call->err.msg), format, args);
    va_end(args);
    return CALL_FAIL;
}

/* CALL_FAIL for what stands in call->faults: their number, or the reason if it is the only one. */
static enum call_next
fail_why(struct call *call, enum err_code code, const char *zh, const char *en)
{
    call_fail(call, code, "%s", en);
    call->why_zh = zh;
    call->why_en = en;
    return CALL_FAIL;
}

enum call_next
call_fail_faults(struct call *call)
{
    int count = call->faults.count;

    return fail_why(call, ERR_FAULTS, arena_printf(call->arena, "共%d处不符合要求", count),
        arena_printf(call->arena, "%d fault%s", count, count == 1 ? "" : "s"));
}

enum call_next
call_refuse(struct call *call, enum err_code code, const char *rule)
{
    return call_refuse_more(call, code, rule, NULL, NULL);
}

enum call_next
call_refuse_more(struct call *call, enum err_code code, const char *rule, const char *more_zh,
    const char *more_en)
{
    struct err err;

    call->faults.count = 0;
    err_rule(&err, code, rule);
    if (api_codes(call->api) == NULL)
        api_error_fault(&call->faults, NULL, &err);
    else
        call_fault_more(call, "", rule, more_zh, more_en);
    return call_refuse_told(call, code);
}

enum call_next
call_fail_err(struct call *call, const struct err *err)
{
    struct fault_list why = {.arena = call->arena};

    api_error_fault(&why, api_codes(call->api), err);
    if (call->faults.count == 0)
        call->faults = why;
    return fail_why(call, err->code, why.items[0].zh, why.items[0].en);
}

enum call_next
call_refuse_told(struct call *call, enum err_code code)
{
    const struct fault *fault = &call->faults.items[0];

    return fail_why(call, code, fault->zh, fault->en);
}

enum call_next
call_fail_params(struct call *call)
{
    int count = 0;

    if (call->faults.count == 1)
        return call_refuse_told(call, ERR_SYNTAX);
    for (int i = 0; i < call->faults.count; i++)
        count += call->faults.items[i].pointer[0] == '?';
    return fail_why(call, ERR_SYNTAX, arena_printf(call->arena, "%d个参数不能识别", count),
        arena_printf(call->arena, "%d parameters cannot be read", count));
}

enum call_next
call_bad_param(struct call *call, const char *name, const char *more_zh, const char *more_en)
{
    call->faults.count = 0;
    call_fault_more(call, arena_printf(call->arena, "?%s", name), "query.value", more_zh, more_en);
    return call_refuse_told(call, ERR_SYNTAX);
}

enum call_next
call_fail_missing(struct call *call)
{
    if (call->missing == ERR_MATCH_MISSING)
        return call_refuse(call, ERR_MATCH_MISSING, "refused.match_missing");
    return call_refuse(call, ERR_KEY_MISSING, "refused.key_missing");
}

void
call_fault(struct call *call, const char *pointer, const char *rule)
{
    call_fault_more(call, pointer, rule, NULL, NULL);
}

void
call_fault_more(struct call *call, const char *pointer, const char *rule, const char *more_zh,
    const char *more_en)
{
    fault_add_rule(&call->faults, api_codes(call->api), pointer, rule, more_zh, more_en);
}
