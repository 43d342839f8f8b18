#include "server/api/refusal.h"

#include <string.h>

#include "server/api/api.h"
#include "server/api/api_error.h"
#include "server/codes/codes.h"

/* Outcomes that are no code of api_error.c: several reasons share one. */
static const struct {
    const char *outcome;
    enum err_code code;
} outcomes[] = {
    {"own_code", ERR_FORBIDDEN},
    {"employer", ERR_OWN_FILING},
    {"second", ERR_OWN_FILING},
    {"row_key", ERR_ROW_KEY},
    {"again", ERR_KEY_RUNNING},
};

static enum err_code
code_of(const char *outcome)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (strcmp(outcome, outcomes[i].outcome) == 0)
            return outcomes[i].code;
    return api_error_named(outcome);
}

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
add_fault(struct call *call, struct fault_list *list, const json_t *fault)
{
    const char *id = text_of(fault, "rule", "");
    const struct codes *codes = api_codes(call->api);
    const struct rule *rule = codes == NULL ? NULL : codes_rule(codes, id);
    const char *zh = text_of(fault, "zh", rule == NULL ? id : rule->zh);
    const char *en = text_of(fault, "en", rule == NULL ? id : rule->en);
    const char *article = rule == NULL || !rule->is_final ? NULL : rule->article;

    fault_add(list, text_of(fault, "pointer", ""), id, article,
        joined(call, zh, text_of(fault, "more_zh", ""), "："),
        joined(call, en, text_of(fault, "more_en", ""), ": "));
}

enum call_next
refusal_outcome(struct call *call, const char *outcome, const char *more_zh, const char *more_en)
{
    return call_refuse_more(
        call, code_of(outcome), arena_printf(call->arena, "refused.%s", outcome), more_zh, more_en);
}

enum call_next
refusal_fail(struct call *call, const char *json)
{
    json_t *refusal = json_loads(json, 0, NULL);
    const json_t *faults = json_object_get(refusal, "faults");
    const char *outcome = arena_strdup(call->arena, text_of(refusal, "outcome", "faults"));
    enum err_code code = code_of(outcome);
    const json_t *fault;
    size_t index;

    /* Faults that the step found stand beside those of the database; a reason stands alone. */
    if (code != ERR_FAULTS)
        call->faults.count = 0;
    json_array_foreach(faults, index, fault) add_fault(call, &call->faults, fault);
    json_decref(refusal);
    if (code == ERR_FAULTS)
        return call_fail_faults(call);
    if (call->faults.count == 0)
        return refusal_outcome(call, outcome, NULL, NULL);
    return call_refuse_told(call, code);
}

json_t *
refusal_told(struct call *call, const char *outcome, const json_t *faults)
{
    struct fault_list list = {.arena = call->arena};
    json_t *told = json_array();
    const json_t *fault;
    size_t index;

    json_array_foreach(faults, index, fault) add_fault(call, &list, fault);
    if (list.count == 0)
        fault_add_rule(&list, api_codes(call->api), "",
            arena_printf(call->arena, "refused.%s", outcome), NULL, NULL);
    for (int i = 0; i < list.count; i++)
        json_array_append_new(
            told, json_pack("{s:s, s:s, s:s?, s:s, s:s}", "pointer", list.items[i].pointer, "rule",
                      list.items[i].rule, "article", list.items[i].article, "zh", list.items[i].zh,
                      "en", list.items[i].en));
    return told;
}
