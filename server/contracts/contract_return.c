#include <stdlib.h>

#include "common/clock.h"
#include "server/api/api.h"
#include "server/api/json_in.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* Acts whose body says why: return for correction, refuse. The faults of the body come after key,
 * If-Match and state. */

enum { ITEMS_MAX = 200 };

struct reasoned_act {
    enum { REASONED_START, REASONED_LOOKED, REASONED_STORED } at;
    struct act act;
};

/* Faults of the body go to call->faults. */
typedef void (*judge_fn)(struct call *call);

static enum call_next
reasoned_step(struct call *call, struct reasoned_act *self, const char *act, judge_fn judge)
{
    bool is_replay;
    char *text;

    switch (self->at) {
    case REASONED_START:
        self->act.act = act;
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        judge(call);
        if (call->missing != ERR_NONE || call->faults.count > 0) {
            self->at = REASONED_LOOKED;
            return act_look(call, &self->act);
        }
        text = json_dumps(call->body, JSON_COMPACT);
        self->act.detail = arena_strdup(call->arena, text);
        free(text);
        self->at = REASONED_STORED;
        return act_send(call, &self->act);
    case REASONED_LOOKED:
        if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
            return CALL_FAIL;
        return call_fail_faults(call);
    case REASONED_STORED:
        return contract_act_done(call, &self->act, NULL);
    }
    return CALL_FAIL;
}

static void
judge_return(struct call *call)
{
    static const char *const members[] = {"faults", "correct_by", NULL};
    static const char *const item_members[] = {"pointer", "note", NULL};
    const json_t *list;
    const json_t *item;
    size_t index;
    int32_t day;

    json_in_known(&call->faults, call->body, "", members);
    list = json_in_array(&call->faults, call->body, "", "faults", ITEMS_MAX, true);
    json_array_foreach(list, index, item)
    {
        const char *pointer = arena_printf(call->arena, "/faults/%zu", index);

        if (!json_is_object(item)) {
            fault_add(&call->faults, pointer, "body.type", NULL, "须为对象", "must be an object");
            continue;
        }
        json_in_known(&call->faults, item, pointer, item_members);
        json_in_text(&call->faults, item, pointer, "pointer", 200, true);
        json_in_text(&call->faults, item, pointer, "note", 500, true);
    }
    if (json_in_date(&call->faults, call->body, "", "correct_by", &day) && day < clock_today())
        fault_add(&call->faults, "/correct_by", "return.correct_by", NULL, "补正期限不得早于今天",
            "the day of correction must not lie in the past");
}

void
contract_reasons_judge(struct call *call)
{
    static const char *const item_members[] = {"code", "note", NULL};
    const struct codes *codes = api_codes(call->api);
    const json_t *list;
    const json_t *item;
    size_t index;

    list = json_in_array(&call->faults, call->body, "", "reasons", ITEMS_MAX, true);
    json_array_foreach(list, index, item)
    {
        const char *pointer = arena_printf(call->arena, "/reasons/%zu", index);
        const char *code;

        if (!json_is_object(item)) {
            fault_add(&call->faults, pointer, "body.type", NULL, "须为对象", "must be an object");
            continue;
        }
        json_in_known(&call->faults, item, pointer, item_members);
        json_in_text(&call->faults, item, pointer, "note", 500, false);
        code = json_in_text(&call->faults, item, pointer, "code", 20, true);
        if (code != NULL && codes != NULL &&
            codes_find(codes, "refusal_reason", code, clock_today()) == NULL)
            fault_add(&call->faults, arena_printf(call->arena, "%s/code", pointer), "refuse.code",
                NULL, "不是不予登记理由代码", "not a code of the list refusal_reason");
    }
}

static void
judge_refuse(struct call *call)
{
    static const char *const members[] = {"reasons", NULL};

    json_in_known(&call->faults, call->body, "", members);
    contract_reasons_judge(call);
}

static enum call_next
return_step(struct call *call, void *state)
{
    return reasoned_step(call, state, "return", judge_return);
}

static enum call_next
refuse_step(struct call *call, void *state)
{
    return reasoned_step(call, state, "refuse", judge_refuse);
}

static json_t *
return_schema(void)
{
    return json_pack("{s:s, s:[s], s:b, s:{s:{s:s, s:i, s:i, s:{s:s, s:[s,s], s:{s:{s:s}, s:{s:s, "
                     "s:i}}}}, s:{s:s, s:s}}}",
        "type", "object", "required", "faults", "additionalProperties", 0, "properties", "faults",
        "type", "array", "minItems", 1, "maxItems", ITEMS_MAX, "items", "type", "object",
        "required", "pointer", "note", "properties", "pointer", "type", "string", "note", "type",
        "string", "maxLength", 500, "correct_by", "type", "string", "format", "date");
}

static json_t *
refuse_schema(void)
{
    return json_pack(
        "{s:s, s:[s], s:b, s:{s:{s:s, s:i, s:i, s:{s:s, s:[s], s:{s:{s:s, s:s}, s:{s:s, s:i}}}}}}",
        "type", "object", "required", "reasons", "additionalProperties", 0, "properties", "reasons",
        "type", "array", "minItems", 1, "maxItems", ITEMS_MAX, "items", "type", "object",
        "required", "code", "properties", "code", "type", "string", "x-code-list", "refusal_reason",
        "note", "type", "string", "maxLength", 500);
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

const struct method contract_return_method = {
    .name = "contract.return",
    .verb = "POST",
    .path = "/v1/contracts/{id}/return",
    .roles = ROLE_REGISTRAR,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .body_schema = return_schema,
    .summary_en = "Return a contract for correction: the clock stops",
    .summary_zh = "退回补正,办理期限中止",
    .state_size = sizeof(struct reasoned_act),
    .step = return_step,
};

const struct method contract_refuse_method = {
    .name = "contract.refuse",
    .verb = "POST",
    .path = "/v1/contracts/{id}/refuse",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .body_schema = refuse_schema,
    .summary_en = "Refuse registration with coded reasons",
    .summary_zh = "不予登记,并说明理由代码",
    .state_size = sizeof(struct reasoned_act),
    .step = refuse_step,
};
