#include <string.h>

#include "common/clock.h"
#include "server/api/api.h"
#include "server/api/fields.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* Acts whose body says why: return for correction, refuse. */

enum { ITEMS_MAX = 200 };

struct reasoned_act {
    enum { REASONED_START, REASONED_LOOKED, REASONED_STORED } at;
    struct act act;
};

/* A correction that is due today would lapse tonight and nobody be warned. */
static void
judge_correct_by(struct call *call, const json_t *context)
{
    const char *by = json_string_value(json_object_get(call->body, "correct_by"));
    const char *from = json_string_value(json_object_get(context, "correct_from"));

    if (by != NULL && from != NULL && strcmp(by, from) < 0)
        call_fault_more(call, "/correct_by", "return.correct_by", from, from);
}

/* Items that are no objects are missing from the list, so places in it say nothing then. */
static bool
has_lost_items(const struct call *call)
{
    for (int i = 0; i < call->faults.count; i++) {
        const char *pointer = call->faults.items[i].pointer;

        if (strncmp(pointer, "/reasons/", strlen("/reasons/")) == 0 &&
            strchr(pointer + strlen("/reasons/"), '/') == NULL)
            return true;
    }
    return false;
}

void
contract_judge_reasons(struct call *call)
{
    const struct codes *codes = api_codes(call->api);
    const json_t *reason;
    size_t index;

    if (codes == NULL || has_lost_items(call))
        return;
    json_array_foreach(json_object_get(call->body, "reasons"), index, reason)
    {
        const char *code = json_string_value(json_object_get(reason, "code"));
        const struct rule_row *row =
            code == NULL ? NULL : codes_rule_on(codes, code, clock_today());

        if (row != NULL && strcmp(row->value, "note") == 0 &&
            json_object_get(reason, "note") == NULL)
            call_fault(call, arena_printf(call->arena, "/reasons/%zu/note", index), "refuse.note");
    }
}

static enum call_next
reasoned_looked(struct call *call, struct reasoned_act *self)
{
    json_t *context;
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    if (!is_replay) {
        context = json_loads(db_text(&self->act.before, 0, BEFORE_CONTEXT), 0, NULL);
        judge_correct_by(call, context);
        json_decref(context);
        contract_judge_reasons(call);
        if (call->faults.count > 0)
            return call_fail_faults(call);
    }
    self->act.detail = act_dump(call, json_incref(call->body));
    self->at = REASONED_STORED;
    return act_send(call, &self->act);
}

static enum call_next
reasoned_step(struct call *call, struct reasoned_act *self, const char *act)
{
    switch (self->at) {
    case REASONED_START:
        self->act.act = act;
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        self->at = REASONED_LOOKED;
        return act_look(call, &self->act);
    case REASONED_LOOKED:
        return reasoned_looked(call, self);
    case REASONED_STORED:
        return contract_act_done(call, &self->act, NULL);
    }
    return CALL_FAIL;
}

static enum call_next
return_step(struct call *call, void *state)
{
    return reasoned_step(call, state, "return");
}

static enum call_next
refuse_step(struct call *call, void *state)
{
    return reasoned_step(call, state, "refuse");
}

static const struct field fault_fields[] = {
    {"pointer", FIELD_POINTER, FIELD_REQUIRED, .max = 200, .help = "JSON Pointer into the form"},
    {"note", FIELD_LINES, FIELD_REQUIRED, .max = 500, .help = "what is to be corrected"},
    {0},
};

static const struct field return_fields[] = {
    {"faults", FIELD_LIST, FIELD_REQUIRED, .max = ITEMS_MAX, .fields = fault_fields},
    {"correct_by", FIELD_DATE,
        .help = "day until which it should be corrected, from the next working day on; absent: the "
                "term that the rules set"},
    {0},
};

const struct field contract_reason_fields[] = {
    {"code", FIELD_CODE, FIELD_REQUIRED, .list = "refusal_reason"},
    {"note", FIELD_LINES, .max = 500, .help = "needed with R99, other reasons"},
    {0},
};

static const struct field refuse_fields[] = {
    {"reasons", FIELD_LIST, FIELD_REQUIRED, .max = ITEMS_MAX, .fields = contract_reason_fields},
    {0},
};

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
    .fields = return_fields,
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
    .fields = refuse_fields,
    .summary_en = "Refuse registration with coded reasons",
    .summary_zh = "不予登记,并说明理由代码",
    .state_size = sizeof(struct reasoned_act),
    .step = refuse_step,
};
