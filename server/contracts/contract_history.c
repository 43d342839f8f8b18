#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

enum { HISTORY_PAGE = 50, HISTORY_PAGE_MAX = 100 };

enum history_column {
    AT_SEQ,
    AT_EVENT,
    AT_STATUS,
    AT_TIME,
    AT_DAY,
    AT_ACCOUNT,
    AT_TYPE,
    AT_FIELD,
    AT_TOTAL,
    AT_TECHNOLOGY,
    AT_ACCEPTED_ON,
    AT_DUE_ON,
    AT_REGISTERED_ON,
    AT_NUMBER,
    AT_DETAIL,
    AT_BODY,
    AT_BODY_SHA256,
    AT_SHOWS_PRIVATE
};

struct contract_history {
    enum { HISTORY_START, HISTORY_READ } at;
    struct act act;
    int64_t after;
    int64_t limit;
    struct db_call db;
};

static void
release_money(struct buf *out, const char *name, const struct db_call *db, int row, int column)
{
    if (db_is_null(db, row, column))
        buf_printf(out, ",\"%s\":null", name);
    else
        answer_money(out, name, db_int(db, row, column));
}

static void
write_release(struct call *call, const struct db_call *db, int row)
{
    struct buf *out = &call->reply.body;
    const char *body = db_text(db, row, AT_BODY);
    const char *detail = db_text(db, row, AT_DETAIL);

    buf_printf(out, "{\"seq\":%lld", (long long)db_int(db, row, AT_SEQ));
    answer_text(out, "event", db_text(db, row, AT_EVENT));
    answer_text(out, "status", db_text(db, row, AT_STATUS));
    answer_text(out, "at", db_text(db, row, AT_TIME));
    answer_text(out, "day", db_text(db, row, AT_DAY));
    answer_text(out, "account", db_text(db, row, AT_ACCOUNT));
    answer_text(out, "contract_type", db_text(db, row, AT_TYPE));
    answer_text(out, "technical_field", db_text(db, row, AT_FIELD));
    release_money(out, "total_amount", db, row, AT_TOTAL);
    release_money(out, "technology_amount", db, row, AT_TECHNOLOGY);
    answer_text(out, "accepted_on", db_text(db, row, AT_ACCEPTED_ON));
    answer_text(out, "due_on", db_text(db, row, AT_DUE_ON));
    answer_text(out, "registered_on", db_text(db, row, AT_REGISTERED_ON));
    answer_text(out, "registration_number", db_text(db, row, AT_NUMBER));
    answer_text(out, "filed_sha256", db_text(db, row, AT_BODY_SHA256));
    buf_printf(out, ",\"detail\":%s", detail == NULL ? "null" : detail);
    if (body != NULL) {
        buf_puts(out, ",\"filed\":{");
        contract_members(call, out, body, db_bool(db, row, AT_SHOWS_PRIVATE));
        buf_putc(out, '}');
    }
    buf_putc(out, '}');
}

static enum call_next
history_answer(struct call *call, struct contract_history *self)
{
    struct buf *out = &call->reply.body;
    const struct db_call *db = &self->db;
    int rows;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    rows = db_rows(db);
    if (rows == 0 && self->after == 0)
        return act_not_found(call, NULL);
    buf_puts(out, "{\"items\":[");
    for (int row = 0; row < rows; row++) {
        if (row > 0)
            buf_putc(out, ',');
        write_release(call, db, row);
    }
    if (rows == self->limit)
        buf_printf(out, "],\"next\":\"%lld\"}", (long long)db_int(db, rows - 1, AT_SEQ));
    else
        buf_puts(out, "],\"next\":null}");
    if (rows == self->limit)
        call->reply.link_next = arena_printf(call->arena,
            "/v1/contracts/%lld/releases?cursor=%lld&limit=%d", (long long)self->act.contract_id,
            (long long)db_int(db, rows - 1, AT_SEQ), (int)self->limit);
    return CALL_DONE;
}

static enum call_next
history_start(struct call *call, struct contract_history *self)
{
    const char *cursor = call_arg(call, "cursor");
    const char *limit = call_arg(call, "limit");

    if (!act_contract_id(call, &self->act))
        return CALL_FAIL;
    if (cursor != NULL && !act_parse_id(cursor, &self->after))
        return call_bad_param(call, "cursor", "不是有效的游标", "take it from the page before");
    self->limit = HISTORY_PAGE;
    if (limit != NULL && (!act_parse_id(limit, &self->limit) || self->limit > HISTORY_PAGE_MAX))
        return call_bad_param(call, "limit",
            arena_printf(call->arena, "须为1至%d", HISTORY_PAGE_MAX),
            arena_printf(call->arena, "a number from 1 to %d is needed", HISTORY_PAGE_MAX));
    call_db_init(call, &self->db, &sql_contract_history);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_int(&self->db, 1, self->act.contract_id);
    db_set_int(&self->db, 2, self->after);
    db_set_int(&self->db, 3, self->limit);
    self->at = HISTORY_READ;
    return call_wait_db(call, &self->db);
}

static enum call_next
contract_history_step(struct call *call, void *state)
{
    struct contract_history *self = state;

    switch (self->at) {
    case HISTORY_START:
        return history_start(call, self);
    case HISTORY_READ:
        return history_answer(call, self);
    }
    return CALL_FAIL;
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "releases a page, at most 100"},
    {"cursor", PARAM_IN_QUERY, PARAM_TEXT, "next of the page before"},
    {0},
};

const struct method contract_history_method = {
    .name = "contract.history",
    .verb = "GET",
    .path = "/v1/contracts/{id}/releases",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = params,
    .summary_en = "The releases of a contract, oldest first",
    .summary_zh = "合同的历次版本",
    .state_size = sizeof(struct contract_history),
    .step = contract_history_step,
};
