#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* contract.replace saves the working copy of a draft or a correction; contract.submit_draft files
 * it. */

struct refile {
    enum { REFILE_START, REFILE_LOOKED, REFILE_STORED } at;
    struct act act;
    struct filing filing;
};

static void
refile_clear(void *state)
{
    struct refile *self = state;

    filing_clear(&self->filing);
}

static enum call_next
refile_send(struct call *call, struct refile *self)
{
    filing_seal(&self->filing);
    filing_into_act(call, &self->act, &self->filing);
    self->at = REFILE_STORED;
    return act_send(call, &self->act);
}

static enum call_next
replace_looked(struct call *call, struct refile *self)
{
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    if (!filing_read(call, &self->filing, call->body))
        return CALL_FAIL;
    if (self->filing.syntax_faults > 0)
        return call_fail_faults(call);
    return refile_send(call, self);
}

static enum call_next
replace_step(struct call *call, void *state)
{
    struct refile *self = state;

    switch (self->at) {
    case REFILE_START:
        self->act.act = "save";
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        self->at = REFILE_LOOKED;
        return act_look(call, &self->act);
    case REFILE_LOOKED:
        return replace_looked(call, self);
    case REFILE_STORED:
        return contract_act_done(call, &self->act, &self->filing.hints);
    }
    return CALL_FAIL;
}

/* The working copy is judged as a new filing is: it may be old, and drafts are kept with faults. */
static enum call_next
submit_looked(struct call *call, struct refile *self)
{
    bool is_replay;
    json_t *body;
    bool read;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    if (is_replay) {
        self->at = REFILE_STORED;
        return act_send(call, &self->act);
    }
    body = json_loads(db_text(&self->act.before, 0, BEFORE_BODY), 0, NULL);
    read = filing_read(call, &self->filing, body);
    json_decref(body);
    if (!read)
        return CALL_FAIL;
    if (call->faults.count > 0)
        return call_fail_faults(call);
    return refile_send(call, self);
}

static enum call_next
submit_draft_step(struct call *call, void *state)
{
    struct refile *self = state;

    switch (self->at) {
    case REFILE_START:
        self->act.act = "submit";
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        self->at = REFILE_LOOKED;
        return act_look(call, &self->act);
    case REFILE_LOOKED:
        return submit_looked(call, self);
    case REFILE_STORED:
        return contract_act_done(call, &self->act, &self->filing.hints);
    }
    return CALL_FAIL;
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

const struct method contract_replace_method = {
    .name = "contract.replace",
    .verb = "PUT",
    .path = "/v1/contracts/{id}",
    .roles = ROLE_AGENCY,
    .flags = METHOD_BODY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .body_schema = contract_schema,
    .summary_en = "Save the working copy of a draft, or of a contract returned for correction",
    .summary_zh = "保存草稿或补正中的合同内容",
    .state_size = sizeof(struct refile),
    .step = replace_step,
    .clear = refile_clear,
};

const struct method contract_submit_draft_method = {
    .name = "contract.submit_draft",
    .verb = "POST",
    .path = "/v1/contracts/{id}/submit",
    .roles = ROLE_AGENCY,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .summary_en = "File a draft, or the corrected contract",
    .summary_zh = "提交草稿,或提交补正后的合同",
    .state_size = sizeof(struct refile),
    .step = submit_draft_step,
    .clear = refile_clear,
};
