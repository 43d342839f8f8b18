#include <string.h>

#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

struct contract_submit {
    enum { SUBMIT_READ, SUBMIT_REFUSED, SUBMIT_STORED } at;
    bool is_draft;
    struct filing filing;
    struct db_call key;
    struct db_call db;
};

static enum call_next
store(struct call *call, struct contract_submit *self)
{
    struct db_call *db = &self->db;

    filing_seal(&self->filing);
    call_db_init(call, db, &sql_contract_submit);
    db_set_int(db, SUBMIT_ACCOUNT, call->principal.account_id);
    db_set_text(db, SUBMIT_KEY, call->idempotency_key);
    db_set_bytes(db, SUBMIT_REQUEST_SHA256, call->request_sha256, SHA256_BYTES);
    db_set_text(db, SUBMIT_REQUEST_ID, call->request_id);
    db_set_text(db, SUBMIT_PEER, call->peer_address);
    db_set_int(db, SUBMIT_IS_DRAFT, self->is_draft);
    filing_set(call, db, &self->filing);
    self->at = SUBMIT_STORED;
    return call_wait_db(call, db);
}

static enum call_next
read_filing(struct call *call, struct contract_submit *self)
{
    if (call->missing != ERR_NONE)
        return call_fail_missing(call);
    self->is_draft =
        call_arg(call, "draft") != NULL && strcmp(call_arg(call, "draft"), "true") == 0;
    if (!filing_read(call, &self->filing, call->body))
        return CALL_FAIL;
    if (self->is_draft ? self->filing.syntax_faults == 0 : call->faults.count == 0)
        return store(call, self);
    /* A key that was used comes before the faults: the rules of the day may have changed since it
     * succeeded. */
    self->at = SUBMIT_REFUSED;
    call_db_init(call, &self->key, &sql_idempotency_find);
    db_set_int(&self->key, 0, call->principal.account_id);
    db_set_text(&self->key, 1, call->idempotency_key);
    return call_wait_db(call, &self->key);
}

static enum call_next
refuse(struct call *call, struct contract_submit *self)
{
    char sha256[SHA256_HEX_BYTES];

    if (call_db_failed(call, &self->key))
        return CALL_FAIL;
    if (db_rows(&self->key) == 0)
        return call_fail_faults(call);
    hex_format(call->request_sha256, SHA256_BYTES, sha256);
    if (strcmp(db_text(&self->key, 0, 0), sha256) != 0)
        return act_outcome(call, "key_reused", 0);
    return store(call, self);
}

static enum call_next
answer(struct call *call, struct contract_submit *self)
{
    struct contract_state state = {.agency_id = call->principal.agency_id};
    const char *outcome;

    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    outcome = db_text(&self->db, 0, SUBMITTED_OUTCOME);
    if (strcmp(outcome, "broker") == 0) {
        call_fault(call, "/broker", "contract.broker");
        return call_fail_faults(call);
    }
    if (strcmp(outcome, "ok") != 0 && strcmp(outcome, "replay") != 0)
        return act_outcome(call, outcome, db_int(&self->db, 0, SUBMITTED_OTHER));
    call->replayed = strcmp(outcome, "replay") == 0;
    state.id = db_int(&self->db, 0, SUBMITTED_ID);
    state.seq = db_int(&self->db, 0, SUBMITTED_SEQ);
    state.status = db_text(&self->db, 0, SUBMITTED_STATUS);
    state.submitted_on = db_text(&self->db, 0, SUBMITTED_DAY);
    state.due_on = db_text(&self->db, 0, SUBMITTED_DUE_ON);
    state.due_is_provisional = db_bool(&self->db, 0, SUBMITTED_DUE_IS_PROVISIONAL);
    state.route = db_text(&self->db, 0, SUBMITTED_ROUTE);
    contract_answer(call, &state, self->filing.body.data + 1, self->filing.body.len - 2,
        &self->filing.hints, self->is_draft ? &call->faults : NULL);
    call->reply.location = arena_printf(call->arena, "/v1/contracts/%lld", (long long)state.id);
    return CALL_DONE;
}

static enum call_next
contract_submit_step(struct call *call, void *state)
{
    struct contract_submit *self = state;

    switch (self->at) {
    case SUBMIT_READ:
        return read_filing(call, self);
    case SUBMIT_REFUSED:
        return refuse(call, self);
    case SUBMIT_STORED:
        return answer(call, self);
    }
    return CALL_FAIL;
}

static void
contract_submit_clear(void *state)
{
    struct contract_submit *self = state;

    filing_clear(&self->filing);
}

static const struct method_param params[] = {
    {"draft", PARAM_IN_QUERY, PARAM_BOOL,
        "true keeps a draft: only syntax and types must be right"},
    {0},
};

const struct method contract_submit_method = {
    .name = "contract.submit",
    .verb = "POST",
    .path = "/v1/contracts",
    .roles = ROLE_AGENCY,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .params = params,
    .body_schema = contract_schema,
    .summary_en = "File a contract, or keep it as a draft",
    .summary_zh = "申报技术合同,或保存为草稿",
    .state_size = sizeof(struct contract_submit),
    .step = contract_submit_step,
    .clear = contract_submit_clear,
};
