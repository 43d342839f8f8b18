#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* Acts that bring nothing along: accept, recall, withdraw. What is wrong with them is found where
 * they are done, in SQL; only a missing key or If-Match must be answered after visibility, which
 * takes a look first. */

struct plain_act {
    enum { PLAIN_START, PLAIN_LOOKED, PLAIN_STORED } at;
    struct act act;
};

static enum call_next
plain_step(struct call *call, struct plain_act *self, const char *act)
{
    bool is_replay;

    switch (self->at) {
    case PLAIN_START:
        self->act.act = act;
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        if (call->missing != ERR_NONE) {
            self->at = PLAIN_LOOKED;
            return act_look(call, &self->act);
        }
        self->at = PLAIN_STORED;
        return act_send(call, &self->act);
    case PLAIN_LOOKED:
        if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
            return CALL_FAIL;
        /* Only a replay, which needs no If-Match, comes this far. */
        self->at = PLAIN_STORED;
        return act_send(call, &self->act);
    case PLAIN_STORED:
        return contract_act_done(call, &self->act, NULL);
    }
    return CALL_FAIL;
}

static enum call_next
accept_step(struct call *call, void *state)
{
    return plain_step(call, state, "accept");
}

static enum call_next
recall_step(struct call *call, void *state)
{
    return plain_step(call, state, "recall");
}

static enum call_next
withdraw_step(struct call *call, void *state)
{
    return plain_step(call, state, "withdraw");
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

const struct method contract_accept_method = {
    .name = "contract.accept",
    .verb = "POST",
    .path = "/v1/contracts/{id}/accept",
    .roles = ROLE_REGISTRAR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .summary_en = "Accept a submitted contract: the clock starts",
    .summary_zh = "受理申报,开始计算办理期限",
    .state_size = sizeof(struct plain_act),
    .step = accept_step,
};

const struct method contract_recall_method = {
    .name = "contract.recall",
    .verb = "POST",
    .path = "/v1/contracts/{id}/recall",
    .roles = ROLE_AGENCY,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .summary_en = "Take a submission back into a draft, before it is accepted",
    .summary_zh = "受理前撤回为草稿",
    .state_size = sizeof(struct plain_act),
    .step = recall_step,
};

const struct method contract_withdraw_method = {
    .name = "contract.withdraw",
    .verb = "POST",
    .path = "/v1/contracts/{id}/withdraw",
    .roles = ROLE_AGENCY,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .summary_en = "Give a filing up before it is decided",
    .summary_zh = "作出决定前终止申报",
    .state_size = sizeof(struct plain_act),
    .step = withdraw_step,
};
