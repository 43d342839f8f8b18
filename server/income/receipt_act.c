#include <string.h>

#include "common/money.h"
#include "server/act/act.h"
#include "server/api/fields.h"
#include "server/api/refusal.h"
#include "server/income/income.h"

/* receipt.record, verify, reverse. What is wrong with a receipt is found in SQL, where the other
 * receipts are; when the body has faults of its own, it is judged all the same, so that one answer
 * names everything. */

const struct db_stmt sql_receipt_judge = {
    .name = "receipt_judge",
    .sql = "select refusal from tcr.receipt_judge($1, $2, $3, $4, $5, $6)",
    .kind = DB_READ,
    .param_count = 6,
    .params = {DB_INT8, DB_TEXT, DB_INT8, DB_TEXT, DB_JSONB, DB_INT8},
};

struct receipt_act {
    enum { RECEIPT_START, RECEIPT_LOOKED, RECEIPT_JUDGED, RECEIPT_STORED } at;
    struct act act;
    struct db_call judge;
};

/* A list of costs with a fault lacks items: judged in SQL, pointers to the others would be wrong.
 */
static void
leave_out_faulty_costs(struct call *call)
{
    for (int i = 0; i < call->faults.count; i++)
        if (strncmp(call->faults.items[i].pointer, "/costs", strlen("/costs")) == 0)
            json_object_del(call->body, "costs");
}

/* Integer fen of the body as the release keeps and the history shows it. */
static void
write_money(json_t *object, const char *name)
{
    const json_t *fen = json_object_get(object, name);
    char text[MONEY_TEXT_BYTES];

    if (json_is_integer(fen))
        json_object_set_new(object, name, json_string(money_format(json_integer_value(fen), text)));
}

static const char *
detail_of(struct call *call)
{
    const json_t *costs = json_object_get(call->body, "costs");
    json_t *cost;
    size_t index;

    write_money(call->body, "amount");
    write_money(call->body, "technology_part");
    json_array_foreach(costs, index, cost)
    {
        write_money(cost, "amount");
    }
    return act_dump(call, json_incref(call->body));
}

static enum call_next
start(struct call *call, struct receipt_act *self, const char *act, bool is_new)
{
    self->act.act = act;
    if (!(is_new ? act_contract_id(call, &self->act) : act_child_id(call, &self->act, "receipt")))
        return CALL_FAIL;
    leave_out_faulty_costs(call);
    self->act.detail = detail_of(call);
    if (is_new && call->missing == ERR_NONE && call->faults.count == 0) {
        self->at = RECEIPT_STORED;
        return act_send(call, &self->act);
    }
    self->at = RECEIPT_LOOKED;
    return act_look(call, &self->act);
}

static enum call_next
looked(struct call *call, struct receipt_act *self)
{
    struct db_call *db = &self->judge;
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    if (is_replay || call->faults.count == 0) {
        self->at = RECEIPT_STORED;
        return act_send(call, &self->act);
    }
    call_db_init(call, db, &sql_receipt_judge);
    db_set_int(db, 0, call->principal.account_id);
    db_set_text(db, 1, call->method->name);
    db_set_int(db, 2, self->act.contract_id);
    db_set_text(db, 3, self->act.act);
    db_set_text(db, 4, self->act.detail);
    if (self->act.child != NULL)
        db_set_int(db, 5, self->act.child_id);
    self->at = RECEIPT_JUDGED;
    return call_wait_db(call, db);
}

static enum call_next
judged(struct call *call, const struct receipt_act *self)
{
    const struct db_call *db = &self->judge;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    if (db_rows(db) == 0)
        return act_not_found(call, self->act.child);
    if (db_is_null(db, 0, 0))
        return call_fail_faults(call);
    return refusal_fail(call, db_text(db, 0, 0));
}

static enum call_next
stored(struct call *call, struct receipt_act *self)
{
    json_t *receipt;

    if (act_acted(call, &self->act) == CALL_FAIL)
        return CALL_FAIL;
    if (call->method->status == 201) {
        receipt = json_loads(db_text(&self->act.db, 0, ACTED_EXTRA), 0, NULL);
        call->reply.location = arena_printf(
            call->arena, "/v1/receipts/%s", json_string_value(json_object_get(receipt, "id")));
        json_decref(receipt);
    }
    return act_answer_extra(call, &self->act);
}

static enum call_next
receipt_step(struct call *call, struct receipt_act *self, const char *act, bool is_new)
{
    switch (self->at) {
    case RECEIPT_START:
        return start(call, self, act, is_new);
    case RECEIPT_LOOKED:
        return looked(call, self);
    case RECEIPT_JUDGED:
        return judged(call, self);
    case RECEIPT_STORED:
        return stored(call, self);
    }
    return CALL_FAIL;
}

static enum call_next
record_step(struct call *call, void *state)
{
    return receipt_step(call, state, "receipt_record", true);
}

static enum call_next
verify_step(struct call *call, void *state)
{
    return receipt_step(call, state, "receipt_verify", false);
}

static enum call_next
reverse_step(struct call *call, void *state)
{
    return receipt_step(call, state, "receipt_reverse", false);
}

enum { COSTS_MAX = 20, PAYER_MAX = 200, INVOICE_MAX = 64, TEXT_MAX = 500 };

static const struct field cost_fields[] = {
    {"kind", FIELD_CODE, FIELD_REQUIRED, .list = "income_cost", .help = "each kind once"},
    {"amount", FIELD_MONEY, FIELD_REQUIRED, .help = "above zero"},
    {0},
};

static const struct field record_fields[] = {
    {"received_on", FIELD_DATE, FIELD_REQUIRED,
        .help = "day on which the money arrived; decides the year of the statements"},
    {"payer", FIELD_TEXT, FIELD_REQUIRED, .max = PAYER_MAX, .help = "who paid"},
    {"amount", FIELD_MONEY, FIELD_REQUIRED, .help = "all that arrived"},
    {"technology_part", FIELD_MONEY, FIELD_REQUIRED,
        .help = "of it for technology; receipts add up to at most technology_amount"},
    {"costs", FIELD_LIST, .max = COSTS_MAX, .fields = cost_fields,
        .help = "costs of this technology part; income is what remains of it"},
    {"invoice_kind", FIELD_CODE, FIELD_REQUIRED, .list = "invoice_kind",
        .help = "none: no invoice was issued"},
    {"invoice_number", FIELD_TEXT, .max = INVOICE_MAX,
        .help = "required unless invoice_kind is none; once per seller"},
    {"note", FIELD_TEXT, .max = TEXT_MAX},
    {0},
};

static const struct field verify_fields[] = {
    {"technology_part", FIELD_MONEY, .help = "lower than stated; absent: as stated"},
    {"costs", FIELD_LIST, .max = COSTS_MAX, .fields = cost_fields,
        .help = "all costs that count, each at most as stated; absent: as stated"},
    {"reason", FIELD_TEXT, .max = TEXT_MAX, .help = "required when something was lowered"},
    {0},
};

static const struct field reverse_fields[] = {
    {"reason", FIELD_TEXT, .max = TEXT_MAX,
        .help = "required of a registrar; an agency may take back what was not verified without"},
    {0},
};

static const struct method_param contract_params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

static const struct method_param receipt_params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the receipt"},
    {0},
};

const struct method receipt_record_method = {
    .name = "receipt.record",
    .verb = "POST",
    .path = "/v1/contracts/{id}/receipts",
    .roles = ROLE_AGENCY,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 201,
    .params = contract_params,
    .fields = record_fields,
    .summary_en = "Record money that arrived on a registered contract",
    .summary_zh = "登记已登记合同的到账收入",
    .state_size = sizeof(struct receipt_act),
    .step = record_step,
};

const struct method receipt_verify_method = {
    .name = "receipt.verify",
    .verb = "POST",
    .path = "/v1/receipts/{id}/verify",
    .roles = ROLE_REGISTRAR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = receipt_params,
    .fields = verify_fields,
    .summary_en =
        "Verify a receipt, as stated or lower; it counts from now on. If-Match: the contract",
    .summary_zh = "核定到账收入(可调低),自此计入统计;If-Match 为合同的版本",
    .state_size = sizeof(struct receipt_act),
    .step = verify_step,
};

const struct method receipt_reverse_method = {
    .name = "receipt.reverse",
    .verb = "POST",
    .path = "/v1/receipts/{id}/reverse",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = receipt_params,
    .fields = reverse_fields,
    .summary_en = "Reverse a receipt: the agency an unverified one of its own, the registrar any",
    .summary_zh = "冲销到账收入:申报单位冲销未核定的,登记员冲销已核定的",
    .state_size = sizeof(struct receipt_act),
    .step = reverse_step,
};
