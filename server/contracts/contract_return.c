#include <stdlib.h>

#include "server/api/api.h"
#include "server/api/fields.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* Acts whose body says why: return for correction, refuse. The faults of the body come after key,
 * If-Match and state. */

enum { ITEMS_MAX = 200 };

struct reasoned_act {
    enum { REASONED_START, REASONED_LOOKED, REASONED_STORED } at;
    struct act act;
};

static enum call_next
reasoned_step(struct call *call, struct reasoned_act *self, const char *act)
{
    bool is_replay;
    char *text;

    switch (self->at) {
    case REASONED_START:
        self->act.act = act;
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
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
    {"pointer", FIELD_TEXT, FIELD_REQUIRED, .max = 200, .help = "JSON Pointer into the form"},
    {"note", FIELD_LINES, FIELD_REQUIRED, .max = 500, .help = "what is to be corrected"},
    {0},
};

static const struct field return_fields[] = {
    {"faults", FIELD_LIST, FIELD_REQUIRED, .max = ITEMS_MAX, .fields = fault_fields},
    {"correct_by", FIELD_DATE, FIELD_NOT_PAST, .help = "day until which it should be corrected"},
    {0},
};

const struct field contract_reason_fields[] = {
    {"code", FIELD_CODE, FIELD_REQUIRED, .list = "refusal_reason"},
    {"note", FIELD_LINES, .max = 500},
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
