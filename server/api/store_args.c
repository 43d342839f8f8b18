#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "server/api/api.h"
#include "server/api/store.h"
#include "server/api/store_int.h"
#include "server/api/text.h"

/* Path, query and body become the one argument of a function in SQL. */

enum { PARAM_TEXT_MAX = 200 };

static bool
read_number(const char *text, json_int_t *number)
{
    char *end;

    if (*text < '1' || *text > '9' || strlen(text) > 19)
        return false;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0;
}

/* The value with the type of its parameter; NULL when it cannot be read, and *want then says why.
 */
static json_t *
read_param(struct arena *arena, const struct method_param *param, const char *text,
    const char *const **want)
{
    static const char *const whole[] = {"须为正整数", "a positive number"};
    static const char *const truth[] = {"须为true或false", "true or false"};
    static const char *const date[] = {"须为日期YYYY-MM-DD", "a day, YYYY-MM-DD"};
    static const char *const line[] = {"须为1至200字的一行文本", "a line of 1 to 200 characters"};
    const char *clean = NULL;
    json_int_t number;
    int32_t day;

    switch (param->type) {
    case PARAM_INT:
        *want = whole;
        return read_number(text, &number) ? json_integer(number) : NULL;
    case PARAM_BOOL:
        *want = truth;
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0
                   ? json_boolean(text[0] == 't')
                   : NULL;
    case PARAM_DATE:
        *want = date;
        return date_parse(text, &day) ? json_string(text) : NULL;
    case PARAM_TEXT:
        break;
    }
    *want = line;
    return text_clean(arena, text, strlen(text), PARAM_TEXT_MAX, false, &clean) == TEXT_OK
               ? json_string(clean)
               : NULL;
}

/* A path that cannot name anything is a path to nothing. */
static enum call_next
add_param(struct call *call, const struct method_param *param, json_t *args)
{
    const char *text = call_arg(call, param->name);
    const char *const *want = NULL;
    json_t *value;

    if (text == NULL)
        return CALL_DONE;
    value = read_param(call->arena, param, text, &want);
    if (value == NULL && param->in == PARAM_IN_PATH)
        return call_refuse(call, ERR_NOT_FOUND, "refused.not_found");
    if (value == NULL)
        call_fault_more(
            call, arena_printf(call->arena, "?%s", param->name), "query.value", want[0], want[1]);
    else
        json_object_set_new(args, param->name, value);
    return CALL_DONE;
}

static void
set_limit(struct call *call, const struct method_param *param, json_t *args)
{
    const json_t *limit = json_object_get(args, param->name);

    if (limit == NULL)
        json_object_set_new(args, param->name, json_integer(STORE_PAGE));
    else if (json_integer_value(limit) > STORE_PAGE_MAX)
        call_fault_more(call, "?limit", "query.value", "须为1至200", "1 to 200");
}

static enum call_next
add_params(struct call *call, json_t *args)
{
    int faults = call->faults.count;

    for (const struct method_param *param = call->method->params;
         param != NULL && param->name != NULL; param++) {
        if (add_param(call, param, args) == CALL_FAIL)
            return CALL_FAIL;
        if (strcmp(param->name, "limit") == 0)
            set_limit(call, param, args);
    }
    if (call->faults.count > faults)
        return call_fail_params(call);
    return CALL_DONE;
}

static void
name_object(struct call *call)
{
    const char *id = call_arg(call, "id");

    if (id != NULL)
        call->audit_object = arena_printf(call->arena, "%.*s %.40s",
            (int)strcspn(call->method->name, "."), call->method->name, id);
}

const char *
store_args(struct call *call)
{
    json_t *args = call->body == NULL ? json_object() : json_copy(call->body);
    const char *copy = NULL;
    char *text;

    name_object(call);
    if (api_codes(call->api) == NULL) {
        call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    } else if (add_params(call, args) != CALL_FAIL) {
        if (call->method->prepare != NULL)
            call->method->prepare(call, args);
        text = json_dumps(args, JSON_COMPACT);
        copy = arena_strdup(call->arena, text);
        free(text);
    }
    json_decref(args);
    return copy;
}
