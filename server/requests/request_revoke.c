#include "server/api/api.h"
#include "server/requests/request_int.h"
#include "server/requests/requests.h"

/* contract.revoke: the bureau takes a registration back on a coded ground, and lists the benefits
 * that were taken on it. */

struct contract_revoke {
    enum { REVOKE_START, REVOKE_LOOKED, REVOKE_STORED } at;
    struct act act;
};

static const struct field fields[] = {
    {.name = "ground",
        .type = FIELD_CODE,
        .flags = FIELD_REQUIRED,
        .list = "change_cancel_revoke_reason"},
    {.name = "note", .type = FIELD_LINES, .flags = FIELD_REQUIRED, .max = NOTE_MAX},
    {.name = "document",
        .type = FIELD_TEXT,
        .max = DOCUMENT_MAX,
        .help = "number of the judgment or decision"},
    {.name = "benefits",
        .type = FIELD_LIST,
        .max = REQUEST_BENEFITS_MAX,
        .fields = request_benefit_fields,
        .help = "already taken on this registration"},
    {.name = NULL},
};

static enum call_next
revoke_looked(struct call *call, struct contract_revoke *self)
{
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    self->at = REVOKE_STORED;
    if (is_replay)
        return act_send(call, &self->act);
    if (api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    request_check_reason(call, "ground", "revoke", "revoke.ground");
    request_write_benefits(call);
    self->act.detail = act_dump(call, json_incref(call->body));
    if (call->faults.count > 0)
        return call_fail_faults(call);
    return act_send(call, &self->act);
}

static enum call_next
revoke_step(struct call *call, void *state)
{
    struct contract_revoke *self = state;

    switch (self->at) {
    case REVOKE_START:
        self->act.act = "revoke";
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        self->at = REVOKE_LOOKED;
        return act_look(call, &self->act);
    case REVOKE_LOOKED:
        return revoke_looked(call, self);
    case REVOKE_STORED:
        if (act_acted(call, &self->act) == CALL_FAIL)
            return CALL_FAIL;
        return act_answer_extra(call, &self->act);
    }
    return CALL_FAIL;
}

const struct method contract_revoke_method = {
    .name = "contract.revoke",
    .verb = "POST",
    .path = "/v1/contracts/{id}/revoke",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = request_contract_params,
    .fields = fields,
    .summary_en = "Revoke a registration on a coded ground, with the benefits already taken",
    .summary_zh = "撤销登记:依据代码,并列明已享受的优惠",
    .state_size = sizeof(struct contract_revoke),
    .step = revoke_step,
};
