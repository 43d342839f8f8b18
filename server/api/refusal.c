#include "server/api/refusal.h"

#include <string.h>

#include "server/api/api.h"
#include "server/api/api_error.h"
#include "server/codes/codes.h"

static const char *
text_of(const json_t *object, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? otherwise : text;
}

static const char *
joined(struct call *call, const char *text, const char *more, const char *between)
{
    return *more == '\0' ? text : arena_printf(call->arena, "%s%s%s", text, between, more);
}

static void
add_fault(struct call *call, const json_t *fault)
{
    const char *id = text_of(fault, "rule", "");
    const struct codes *codes = api_codes(call->api);
    const struct rule *rule = codes == NULL ? NULL : codes_rule(codes, id);
    const char *zh = text_of(fault, "zh", rule == NULL ? id : rule->zh);
    const char *en = text_of(fault, "en", rule == NULL ? id : rule->en);
    const char *article = rule == NULL || !rule->is_final ? NULL : rule->article;

    fault_add(&call->faults, text_of(fault, "pointer", ""), id,
        article != NULL && *article != '\0' ? article : NULL,
        joined(call, zh, text_of(fault, "more_zh", ""), "："),
        joined(call, en, text_of(fault, "more_en", ""), ": "));
}

enum call_next
refusal_fail(struct call *call, const char *json)
{
    json_t *refusal = json_loads(json, 0, NULL);
    const json_t *faults = json_object_get(refusal, "faults");
    enum err_code code = api_error_named(text_of(refusal, "outcome", "faults"));
    const json_t *fault;
    size_t index;

    json_array_foreach(faults, index, fault) add_fault(call, fault);
    if (code == ERR_FAULTS)
        call_fail_faults(call);
    else
        call_fail(call, code, "%s", text_of(refusal, "detail", api_error_find(code)->title_en));
    json_decref(refusal);
    return CALL_FAIL;
}
