#include "server/api/api_error.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* contract.check: all faults, the computed amounts, who would decide and until when. Stores
 * nothing. */

struct contract_check {
    enum { CHECK_START, CHECK_READ } at;
    struct filing filing;
    struct db_call db;
};

static bool
is_known(int64_t amount)
{
    return amount != VALUE_ABSENT && amount != VALUE_BAD;
}

static enum call_next
check_start(struct call *call, struct contract_check *self)
{
    const struct party *party;

    if (!filing_read(call, &self->filing, call->body))
        return CALL_FAIL;
    party = contract_registering_party(&self->filing.contract);
    call_db_init(call, &self->db, &sql_filing_outlook);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_text(
        &self->db, 1, party == NULL || party->region == contract_bad_text ? NULL : party->region);
    if (is_known(self->filing.contract.total_amount))
        db_set_int(&self->db, 2, self->filing.contract.total_amount);
    if (is_known(self->filing.contract.technology_amount))
        db_set_int(&self->db, 3, self->filing.contract.technology_amount);
    if (self->filing.contract.broker != contract_bad_text)
        db_set_text(&self->db, 4, self->filing.contract.broker);
    self->at = CHECK_READ;
    return call_wait_db(call, &self->db);
}

static void
amount(struct buf *out, const char *name, int64_t value)
{
    if (is_known(value))
        answer_money(out, name, value);
    else
        answer_text(out, name, NULL);
}

static enum call_next
check_answer(struct call *call, struct contract_check *self)
{
    struct buf *out = &call->reply.body;
    const struct contract *contract = &self->filing.contract;
    bool known;

    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    known = db_rows(&self->db) > 0;
    if (known && !db_bool(&self->db, 0, 4))
        call_fault(call, "/broker", "contract.broker");
    buf_puts(out, "{\"faults\":");
    fault_list_write(out, &call->faults);
    buf_puts(out, ",\"hints\":");
    fault_list_write(out, &self->filing.hints);
    amount(out, "total_amount", contract->total_amount);
    amount(out, "technology_amount", contract->technology_amount);
    answer_text(out, "route", known ? db_text(&self->db, 0, 0) : NULL);
    answer_text(out, "registration_point", known ? db_text(&self->db, 0, 1) : NULL);
    answer_text(out, "due_on", known ? db_text(&self->db, 0, 2) : NULL);
    buf_printf(
        out, ",\"due_is_provisional\":%s", known && db_bool(&self->db, 0, 3) ? "true" : "false");
    buf_putc(out, '}');
    return CALL_DONE;
}

static enum call_next
contract_check_step(struct call *call, void *state)
{
    struct contract_check *self = state;

    switch (self->at) {
    case CHECK_START:
        return check_start(call, self);
    case CHECK_READ:
        return check_answer(call, self);
    }
    return CALL_FAIL;
}

const struct method contract_check_method = {
    .name = "contract.check",
    .verb = "POST",
    .path = "/v1/contracts/check",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR,
    .flags = METHOD_BODY,
    .status = 200,
    .body_schema = contract_schema,
    .summary_en =
        "All faults of a filing, its computed amounts, who decides and until when; stores nothing",
    .summary_zh = "预检:列出全部问题、核算金额、办理机构和期限,不保存",
    .state_size = sizeof(struct contract_check),
    .step = contract_check_step,
};
