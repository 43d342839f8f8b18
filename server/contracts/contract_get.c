#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

struct contract_get {
    enum { GET_START, GET_READ } at;
    struct act act;
    struct db_call db;
};

static enum call_next
get_answer(struct call *call, const struct db_call *db)
{
    struct contract_state state;
    struct buf members = {0};
    bool with_private;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    if (db_rows(db) == 0)
        return act_not_found(call, NULL);
    with_private = db_bool(db, 0, GOT_SHOWS_PRIVATE);
    contract_state_read(&state, db, 0);
    state.holds = db_text(db, 0, GOT_HOLDS);
    state.correction = db_text(db, 0, GOT_CORRECTION);
    state.refusal = db_text(db, 0, GOT_REFUSAL);
    if (!with_private)
        state.check_code = NULL;
    contract_members(call, &members, db_text(db, 0, STATE_BODY), with_private);
    contract_answer(call, &state, members.data, members.len, NULL, NULL);
    buf_clear(&members);
    return CALL_DONE;
}

static enum call_next
contract_get_step(struct call *call, void *state)
{
    struct contract_get *self = state;

    switch (self->at) {
    case GET_START:
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        call_db_init(call, &self->db, &sql_contract_get);
        db_set_int(&self->db, 0, call->principal.account_id);
        db_set_text(&self->db, 1, call->method->name);
        db_set_int(&self->db, 2, self->act.contract_id);
        self->at = GET_READ;
        return call_wait_db(call, &self->db);
    case GET_READ:
        return get_answer(call, &self->db);
    }
    return CALL_FAIL;
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

const struct method contract_get_method = {
    .name = "contract.get",
    .verb = "GET",
    .path = "/v1/contracts/{id}",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = params,
    .summary_en = "One contract: state, filed fields, determined values",
    .summary_zh = "查询一份合同:状态、申报内容、核定内容",
    .state_size = sizeof(struct contract_get),
    .step = contract_get_step,
};
