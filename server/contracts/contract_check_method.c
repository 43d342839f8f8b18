#include <string.h>

#include "server/api/api_error.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contract_outlook.h"
#include "server/contracts/contracts.h"

/* contract.check: all faults, the computed amounts, who would decide and until when. Stores
 * nothing. */

struct contract_check {
    enum {
        CHECK_START,
        CHECK_RULES, /* do the rules stand as they did? */
        CHECK_READ
    } at;
    struct filing filing;
    struct db_call rules;
    struct db_call db;
};

static bool
is_known(int64_t amount)
{
    return amount != VALUE_ABSENT && amount != VALUE_BAD;
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
check_answer(struct call *call, const struct contract_check *self, const struct outlook *outlook)
{
    struct buf *out = &call->reply.body;
    const struct contract *contract = &self->filing.contract;
    const char *route = outlook->is_known ? outlook_route(outlook, contract) : NULL;
    bool is_expert = route != NULL && strcmp(route, "expert") == 0;
    const char *due = is_expert ? outlook->expert_due.on : outlook->decision_due.on;
    bool provisional =
        is_expert ? outlook->expert_due.is_provisional : outlook->decision_due.is_provisional;

    buf_puts(out, "{\"faults\":");
    fault_list_write(out, &call->faults);
    buf_puts(out, ",\"hints\":");
    fault_list_write(out, &self->filing.hints);
    amount(out, "total_amount", contract->total_amount);
    amount(out, "technology_amount", contract->technology_amount);
    answer_text(out, "route", route);
    answer_text(out, "registration_point", route == NULL ? NULL : outlook->point_name);
    answer_text(out, "due_on", route == NULL || *due == '\0' ? NULL : due);
    buf_printf(out, ",\"due_is_provisional\":%s", provisional ? "true" : "false");
    buf_putc(out, '}');
    return CALL_DONE;
}

static enum call_next
ask(struct call *call, struct contract_check *self)
{
    const struct contract *contract = &self->filing.contract;

    call_db_init(call, &self->db, &sql_filing_outlook);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_text(&self->db, 1, outlook_region(contract));
    if (contract->broker != contract_bad_text)
        db_set_text(&self->db, 2, contract->broker);
    self->at = CHECK_READ;
    return call_wait_db(call, &self->db);
}

/* The record is asked for a region that was not asked for lately, for a broker, and whether the
 * rules stand. */
static enum call_next
check_start(struct call *call, struct contract_check *self)
{
    const struct contract *contract = &self->filing.contract;

    if (!filing_read(call, &self->filing, call->body))
        return CALL_FAIL;
    if (contract->broker != NULL || outlook_find(outlook_region(contract)) == NULL)
        return ask(call, self);
    if (outlook_rules_known())
        return check_answer(call, self, outlook_find(outlook_region(contract)));
    call_db_init(call, &self->rules, &sql_rules_version);
    self->at = CHECK_RULES;
    return call_wait_db(call, &self->rules);
}

static enum call_next
check_rules(struct call *call, struct contract_check *self)
{
    const struct outlook *outlook;

    if (call_db_failed(call, &self->rules))
        return CALL_FAIL;
    outlook_keep_rules(db_text(&self->rules, 0, 0));
    outlook = outlook_find(outlook_region(&self->filing.contract));
    return outlook == NULL ? ask(call, self) : check_answer(call, self, outlook);
}

static enum call_next
check_read(struct call *call, struct contract_check *self)
{
    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    if (db_rows(&self->db) > 0 && !db_bool(&self->db, 0, OUTLOOK_BROKER))
        call_fault(call, "/broker", "contract.broker");
    return check_answer(
        call, self, outlook_keep(outlook_region(&self->filing.contract), &self->db));
}

static enum call_next
contract_check_step(struct call *call, void *state)
{
    struct contract_check *self = state;

    switch (self->at) {
    case CHECK_START:
        return check_start(call, self);
    case CHECK_RULES:
        return check_rules(call, self);
    case CHECK_READ:
        return check_read(call, self);
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
