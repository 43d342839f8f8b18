#include <string.h>

#include "server/act/act.h"
#include "server/api/api.h"
#include "server/papers/papers.h"
#include "server/papers/papers_int.h"

/* document.get: one paper of one contract, made when it is asked for. */

struct document_get {
    enum { DOCUMENT_START, DOCUMENT_READ, DOCUMENT_MADE } at;
    struct act act;
    struct db_call db;
    struct helper_job job;
    struct document document;
};

enum { YEAR_MIN = 1985, YEAR_MAX = 2199 };

static const struct kind {
    const char *name;
    document_fn write;
    enum { YEAR_NONE, YEAR_MAY, YEAR_MUST } year;
} kinds[] = {
    {"acceptance", document_acceptance, YEAR_NONE},
    {"correction", document_correction, YEAR_NONE},
    {"refusal", document_refusal, YEAR_NONE},
    {"form", document_form, YEAR_NONE},
    {"certificate", document_certificate, YEAR_NONE},
    {"change", document_change, YEAR_NONE},
    {"cancellation", document_cancellation, YEAR_NONE},
    {"revocation", document_revocation, YEAR_NONE},
    {"income", document_income, YEAR_MUST},
    {"award", document_award, YEAR_MAY},
};

static const struct kind *
kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

void
papers_write(struct call *call, struct document *document, json_t *data, struct buf *out)
{
    const struct kind *kind = kind_find(json_string_value(json_object_get(data, "kind")));

    document_init(document, call->arena, api_codes(call->api), api_conf(call->api), kind->name,
        data, kind->write == document_form);
    document->out = out;
    kind->write(document);
}

/* The year that the question names; 0 without. False: call->err says what is wrong. */
static bool
read_year(struct call *call, const struct kind *kind, int64_t *year)
{
    const char *text = call_arg(call, "year");

    *year = 0;
    if (text == NULL && kind->year != YEAR_MUST)
        return true;
    if (text != NULL && kind->year == YEAR_NONE)
        call_bad_param(call, "year", "此文书不分年度", "this paper has none");
    else if (text == NULL || strlen(text) != 4 || !act_parse_id(text, year) || *year < YEAR_MIN ||
             *year > YEAR_MAX)
        call_bad_param(call, "year", arena_printf(call->arena, "须为%d至%d年", YEAR_MIN, YEAR_MAX),
            arena_printf(call->arena, "a year from %d to %d is needed", YEAR_MIN, YEAR_MAX));
    else
        return true;
    return false;
}

static enum call_next
document_start(struct call *call, struct document_get *self)
{
    const struct kind *kind = kind_find(call_arg(call, "kind"));
    int64_t year;

    if (!act_contract_id(call, &self->act))
        return CALL_FAIL;
    if (kind == NULL)
        return call_refuse(call, ERR_NOT_FOUND, "refused.no_paper");
    if (!read_year(call, kind, &year))
        return CALL_FAIL;
    call_db_init(call, &self->db, &sql_paper_data);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_text(&self->db, 1, call->method->name);
    db_set_int(&self->db, 2, self->act.contract_id);
    db_set_text(&self->db, 3, kind->name);
    if (year > 0)
        db_set_int(&self->db, 4, year);
    self->at = DOCUMENT_READ;
    return call_wait_db(call, &self->db);
}

static enum call_next
document_make(struct call *call, struct document_get *self)
{
    const char *text;
    json_t *data;

    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    text = db_rows(&self->db) == 0 ? NULL : db_text(&self->db, 0, 0);
    if (text == NULL)
        return act_not_found(call, NULL);
    if (api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    data = json_loads(text, 0, NULL);
    if (strcmp(json_string_value(json_object_get(data, "outcome")), "ok") != 0) {
        self->document.data = data;
        return papers_no_such(call, document_data(&self->document, "status"));
    }
    call_job_init(call, &self->job, JOB_PDF);
    papers_write(call, &self->document, data, &self->job.json);
    self->at = DOCUMENT_MADE;
    return call_wait_paper(call, &self->job);
}

static enum call_next
document_answer(struct call *call, struct document_get *self)
{
    if (call_paper_failed(call, &self->job))
        return CALL_FAIL;
    papers_reply(call, &self->document, &self->job);
    return CALL_DONE;
}

static enum call_next
document_get_step(struct call *call, void *state)
{
    struct document_get *self = state;

    switch (self->at) {
    case DOCUMENT_START:
        return document_start(call, self);
    case DOCUMENT_READ:
        return document_make(call, self);
    case DOCUMENT_MADE:
        return document_answer(call, self);
    }
    return CALL_FAIL;
}

static void
document_get_clear(void *state)
{
    struct document_get *self = state;

    document_clear(&self->document);
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {"kind", PARAM_IN_PATH, PARAM_TEXT,
        "acceptance, correction, refusal, form, certificate, change, cancellation, revocation, "
        "income "
        "or award; 409 while there is none"},
    {"year", PARAM_IN_QUERY, PARAM_INT,
        "of an income sheet; of an award sheet, default every year"},
    {0},
};

const struct method document_get_method = {
    .name = "document.get",
    .verb = "GET",
    .path = "/v1/contracts/{id}/documents/{kind}",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD | METHOD_FILE,
    .formats = FORMAT(PDF),
    .status = 200,
    .params = params,
    .summary_en = "One paper of a contract as PDF: notices, form, certificate",
    .summary_zh = "合同文书（PDF）：通知书、登记表、登记证明",
    .state_size = sizeof(struct document_get),
    .step = document_get_step,
    .clear = document_get_clear,
};
