#include <string.h>

#include "common/date.h"
#include "common/money.h"
#include "server/act/act.h"
#include "server/api/api.h"
#include "server/papers/papers.h"
#include "server/papers/papers_int.h"

/* document.registrations: what is registered for an agency in a period, as a list for its files. */

enum { ROWS_MAX = 5000 };

struct registrations_get {
    enum { REGISTRATIONS_START, REGISTRATIONS_READ, REGISTRATIONS_MADE } at;
    int32_t from;
    int32_t to;
    struct db_call db;
    struct helper_job job;
    struct document document;
};

static enum call_next
registrations_start(struct call *call, struct registrations_get *self)
{
    const char *from = call_arg(call, "from");
    const char *to = call_arg(call, "to");
    const char *agency = call_arg(call, "agency");
    int64_t agency_id = 0;

    if (from == NULL || to == NULL || !date_parse(from, &self->from) ||
        !date_parse(to, &self->to) || self->from > self->to)
        return call_bad_param(call, "from", "from 和 to 须为先后两个日期 YYYY-MM-DD",
            "from and to are two days in order, YYYY-MM-DD");
    if (agency != NULL && !act_parse_id(agency, &agency_id))
        return call_bad_param(
            call, "agency", "须为申报单位的编号", "the id of an agency is needed");
    if (agency == NULL && !call_has_role(call, ROLE_AGENCY))
        return call_bad_param(call, "agency", "须写明申报单位", "say whose registrations to list");
    call_db_init(call, &self->db, &sql_paper_registrations);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_text(&self->db, 1, call->method->name);
    db_set_int(&self->db, 2, self->from);
    db_set_int(&self->db, 3, self->to);
    if (agency != NULL)
        db_set_int(&self->db, 4, agency_id);
    db_set_int(&self->db, 5, ROWS_MAX);
    self->at = REGISTRATIONS_READ;
    return call_wait_db(call, &self->db);
}

static int64_t
number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const char *
text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void
write_table(struct document *document)
{
    /* Numbers, days and amounts stand on one line each, so that they are found in the text. */
    static const struct model_column columns[] = {{"序号", 4, false}, {"登记编号", 12, false},
        {"登记日期", 8, false}, {"项目名称", 11, false}, {"合同类别", 5, false}, {"卖方", 8, false},
        {"买方", 8, false}, {"合同成交额（元）", 10, true}, {"技术交易额（元）", 10, true},
        {NULL, 0, false}};
    char amount[MONEY_TEXT_BYTES];
    const json_t *row;
    size_t index;

    model_table_begin(document->out, columns);
    json_array_foreach(json_object_get(document->data, "rows"), index, row)
    {
        model_row_begin(document->out);
        model_cell(document->out, arena_printf(document->arena, "%zu", index + 1));
        model_cell(document->out, text(row, "number"));
        model_cell(document->out, text(row, "registered_on"));
        model_cell(document->out, text(row, "project_name"));
        model_cell(
            document->out, document_code(document, "contract_type", text(row, "contract_type")));
        model_cell(document->out, text(row, "seller"));
        model_cell(document->out, text(row, "buyer"));
        model_cell(document->out, money_format(number(row, "total_amount"), amount));
        model_cell(document->out, money_format(number(row, "technology_amount"), amount));
        model_row_end(document->out);
    }
    model_table_end(document->out);
}

static void
write_list(struct document *document, const struct registrations_get *self)
{
    char day[DATE_TEXT_BYTES];
    char amount[MONEY_TEXT_BYTES];

    document_set(document, "from", document_date(document, date_format(self->from, day)));
    document_set(document, "to", document_date(document, date_format(self->to, day)));
    document_set(document, "count",
        arena_printf(document->arena, "%lld", (long long)number(document->data, "count")));
    document_set(
        document, "total_amount", money_format(number(document->data, "total_amount"), amount));
    document_set(document, "technology_amount",
        money_format(number(document->data, "technology_amount"), amount));
    document_begin(document, DOCUMENT_LANDSCAPE);
    model_paragraph(document->out, document_text(document, "lead"), false);
    write_table(document);
    model_paragraph(document->out, document_text(document, "note"), false);
    document_close(document, NULL, NULL);
}

static enum call_next
registrations_make(struct call *call, struct registrations_get *self)
{
    const char *answer;
    json_t *data;

    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    answer = db_rows(&self->db) == 0 ? NULL : db_text(&self->db, 0, 0);
    if (answer == NULL)
        return call_refuse(call, ERR_NOT_FOUND, "refused.no_agency");
    if (api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    data = self->document.data = json_loads(answer, 0, NULL);
    if (strcmp(document_data(&self->document, "outcome"), "ok") != 0)
        return call_refuse(call, ERR_SYNTAX, "refused.too_many_registrations");
    document_init(&self->document, call->arena, api_codes(call->api), api_conf(call->api),
        "registrations", data, false);
    call_job_init(call, &self->job, JOB_PDF);
    self->document.out = &self->job.json;
    write_list(&self->document, self);
    call->audit_object =
        arena_printf(call->arena, "agency %.20s", document_data(&self->document, "agency_id"));
    self->at = REGISTRATIONS_MADE;
    return call_wait_paper(call, &self->job);
}

static enum call_next
registrations_step(struct call *call, void *state)
{
    struct registrations_get *self = state;

    switch (self->at) {
    case REGISTRATIONS_START:
        return registrations_start(call, self);
    case REGISTRATIONS_READ:
        return registrations_make(call, self);
    case REGISTRATIONS_MADE:
        if (call_paper_failed(call, &self->job))
            return CALL_FAIL;
        papers_reply(call, &self->document, &self->job);
        return CALL_DONE;
    }
    return CALL_FAIL;
}

static void
registrations_clear(void *state)
{
    struct registrations_get *self = state;

    document_clear(&self->document);
}

static const struct method_param params[] = {
    {"from", PARAM_IN_QUERY, PARAM_DATE, "first day of registration"},
    {"to", PARAM_IN_QUERY, PARAM_DATE, "last day of registration"},
    {"agency", PARAM_IN_QUERY, PARAM_INT, "id of an agency; default the caller's own"},
    {0},
};

const struct method document_registrations_method = {
    .name = "document.registrations",
    .verb = "GET",
    .path = "/v1/documents/registrations",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD | METHOD_FILE,
    .formats = FORMAT(PDF),
    .status = 200,
    .params = params,
    .summary_en = "List of registrations of an agency in a period, as PDF",
    .summary_zh = "一个申报单位在一段时间内的技术合同登记清单（PDF）",
    .state_size = sizeof(struct registrations_get),
    .step = registrations_step,
    .clear = registrations_clear,
};
