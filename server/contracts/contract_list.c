#include <string.h>

#include "common/date.h"
#include "server/api/api.h"
#include "server/api/store.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

enum { LIST_PAGE = 50, LIST_PAGE_MAX = 200, FILTER_TEXT_MAX = 200 };

/* Parameters of tcr.contract_list, in order. */
enum list_param {
    LIST_ACCOUNT,
    LIST_BEFORE,
    LIST_LIMIT,
    LIST_STATUS,
    LIST_CONTRACT_TYPE,
    LIST_DISTRICT,
    LIST_PARTY,
    LIST_Q,
    LIST_ASSIGNEE,
    LIST_SIGNED_FROM,
    LIST_SIGNED_TO,
    LIST_REGISTERED_FROM,
    LIST_REGISTERED_TO,
    LIST_DUE_BEFORE
};

static const struct method_param params[] = {
    {"status", PARAM_IN_QUERY, PARAM_TEXT, "state, see the list contract_status"},
    {"contract_type", PARAM_IN_QUERY, PARAM_TEXT, "type or subtype"},
    {"district", PARAM_IN_QUERY, PARAM_TEXT, "zone, else county of the seller"},
    {"party", PARAM_IN_QUERY, PARAM_TEXT, "code of any party"},
    {"q", PARAM_IN_QUERY, PARAM_TEXT, "part of title or names, or a number"},
    {"assignee", PARAM_IN_QUERY, PARAM_TEXT,
        "name or number of the account the case is assigned to"},
    {"signed_from", PARAM_IN_QUERY, PARAM_DATE, "signed on this day or later"},
    {"signed_to", PARAM_IN_QUERY, PARAM_DATE, "signed on this day or earlier"},
    {"registered_from", PARAM_IN_QUERY, PARAM_DATE, "registered on this day or later"},
    {"registered_to", PARAM_IN_QUERY, PARAM_DATE, "registered on this day or earlier"},
    {"due_before", PARAM_IN_QUERY, PARAM_DATE, "due before this day"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "contracts a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_TEXT, "next of the page before"},
    {0},
};

enum { LIST_FILTERS = 11 }; /* the first rows of params, in the order of LIST_STATUS and on */

struct contract_list {
    enum { LIST_START, LIST_READ } at;
    int64_t limit;
    struct db_call db;
};

static void
bad_filter(struct call *call, const char *name, const char *zh, const char *en)
{
    fault_add(&call->faults, arena_printf(call->arena, "?%s", name), "query.value", NULL, zh, en);
}

static void
set_filter(struct call *call, struct db_call *db, int filter)
{
    const struct method_param *param = &params[filter];
    const char *value = call_arg(call, param->name);
    int position = LIST_STATUS + filter;
    int64_t number;
    int32_t day;

    if (value == NULL)
        return;
    if (param->type == PARAM_DATE && date_parse(value, &day))
        db_set_int(db, position, day);
    else if (param->type == PARAM_DATE)
        bad_filter(call, param->name, "须为日期 YYYY-MM-DD", "must be a day, YYYY-MM-DD");
    else if (param->type == PARAM_INT && act_parse_id(value, &number))
        db_set_int(db, position, number);
    else if (param->type == PARAM_INT)
        bad_filter(call, param->name, "须为正整数", "must be a positive number");
    else if (*value == '\0' || strlen(value) > FILTER_TEXT_MAX)
        bad_filter(call, param->name, "长度不符", "must have 1 to 200 bytes");
    else
        db_set_text(db, position, value);
}

static void
judge_codes(struct call *call)
{
    const struct codes *codes = api_codes(call->api);
    const char *status = call_arg(call, "status");
    const char *type = call_arg(call, "contract_type");

    if (codes == NULL)
        return;
    if (status != NULL && codes_find(codes, "contract_status", status, 0) == NULL)
        bad_filter(call, "status", "不是合同状态代码", "not a code of the list contract_status");
    if (type != NULL && codes_find(codes, "contract_type", type, 0) == NULL)
        bad_filter(
            call, "contract_type", "不是合同类别代码", "not a code of the list contract_type");
}

static enum call_next
list_start(struct call *call, struct contract_list *self)
{
    const char *limit = call_arg(call, "limit");
    const char *cursor = call_arg(call, "cursor");
    struct db_call *db = &self->db;
    int64_t before;

    call_db_init(call, db, &sql_contract_list);
    for (int i = 0; i < LIST_FILTERS; i++)
        set_filter(call, db, i);
    judge_codes(call);
    self->limit = LIST_PAGE;
    if (limit != NULL && (!act_parse_id(limit, &self->limit) || self->limit > LIST_PAGE_MAX))
        bad_filter(call, "limit", "须为1至200", "must be 1 to 200");
    if (cursor != NULL && act_parse_id(cursor, &before))
        db_set_int(db, LIST_BEFORE, before);
    else if (cursor != NULL)
        bad_filter(call, "cursor", "不是有效的游标", "take it from the page before");
    if (call->faults.count > 0)
        return call_fail_params(call);
    db_set_int(db, LIST_ACCOUNT, call->principal.account_id);
    db_set_int(db, LIST_LIMIT, self->limit);
    self->at = LIST_READ;
    return call_wait_db(call, db);
}

static void
write_item(struct buf *out, const struct db_call *db, int row)
{
    static const char *const names[] = {"status", "contract_no", "project_name", "contract_type",
        "technical_field", "signed_on", "total_amount", "technology_amount", "seller_name",
        "seller_region", "buyer_name", "buyer_region", "submitted_on", "accepted_on", "due_on",
        "registered_on", "registration_number"};
    enum { FIRST_NAME = 2, TOTAL = 8, TECHNOLOGY = 9 };

    buf_printf(out, "{\"id\":\"%lld\",\"seq\":%lld", (long long)db_int(db, row, 0),
        (long long)db_int(db, row, 1));
    for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++) {
        int column = FIRST_NAME + i;

        if ((column == TOTAL || column == TECHNOLOGY) && !db_is_null(db, row, column))
            answer_money(out, names[i], db_int(db, row, column));
        else
            answer_text(out, names[i], db_text(db, row, column));
    }
    buf_putc(out, '}');
}

static enum call_next
list_answer(struct call *call, struct contract_list *self)
{
    struct buf *out = &call->reply.body;
    const struct db_call *db = &self->db;
    struct buf ids = {0};
    int rows;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    rows = db_rows(db);
    buf_puts(out, "{\"items\":[");
    for (int row = 0; row < rows; row++) {
        if (row > 0)
            buf_putc(out, ',');
        write_item(out, db, row);
        buf_printf(&ids, "%s%s", row > 0 ? "," : "contract ", db_text(db, row, 0));
    }
    if (rows == self->limit && rows > 0) {
        const char *cursor = db_text(db, rows - 1, 0);

        buf_printf(out, "],\"next\":\"%s\"}", cursor);
        call->reply.link_next = store_next_link(call, cursor);
    } else {
        buf_puts(out, "],\"next\":null}");
    }
    call->audit_object = rows == 0 ? NULL : arena_strdup(call->arena, ids.data);
    buf_clear(&ids);
    return CALL_DONE;
}

static enum call_next
contract_list_step(struct call *call, void *state)
{
    struct contract_list *self = state;

    switch (self->at) {
    case LIST_START:
        return list_start(call, self);
    case LIST_READ:
        return list_answer(call, self);
    }
    return CALL_FAIL;
}

const struct method contract_list_method = {
    .name = "contract.list",
    .verb = "GET",
    .path = "/v1/contracts",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = params,
    .summary_en = "Contracts, newest first",
    .summary_zh = "合同列表,从新到旧",
    .state_size = sizeof(struct contract_list),
    .step = contract_list_step,
};
