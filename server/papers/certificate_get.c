#include <string.h>

#include "server/api/api.h"
#include "server/papers/papers.h"
#include "server/papers/papers_int.h"

/* certificate.get: whoever holds a certificate checks it, by program, telephone or paper. */

struct certificate_get {
    enum { CERTIFICATE_START, CERTIFICATE_READ, CERTIFICATE_MADE } at;
    const char *number;
    enum reply_format format;
    struct db_call db;
    struct helper_job job;
    struct document document;
};

/* A name that ends in .pdf asks for the paper, whatever Accept says. */
static enum call_next
certificate_start(struct call *call, struct certificate_get *self)
{
    const char *number = call_arg(call, "number");
    size_t len = strlen(number);

    self->format = call->format;
    if (len > 4 && strcmp(number + len - 4, ".pdf") == 0) {
        self->format = FORMAT_PDF;
        len -= 4;
    }
    self->number = arena_strndup(call->arena, number, len);
    call_db_init(call, &self->db, &sql_certificate_check);
    db_set_text(&self->db, 0, self->number);
    db_set_text(&self->db, 1, call_arg(call, "check"));
    db_set_int(&self->db, 2, self->format == FORMAT_PDF);
    self->at = CERTIFICATE_READ;
    return call_wait_db(call, &self->db);
}

static enum call_next
answer_page(struct call *call, struct certificate_get *self, const char *text)
{
    json_t *data = text == NULL ? NULL : json_loads(text, 0, NULL);
    struct certificate certificate = {.number = self->number,
        .check = call_arg(call, "check"),
        .data = data,
        .codes = api_codes(call->api)};

    certificate_page(&call->reply.body, &certificate);
    if (text == NULL)
        call->reply.status = 404;
    call->reply.content_type = "text/html; charset=utf-8";
    call->reply.policy = certificate_page_policy();
    json_decref(data);
    return CALL_DONE;
}

static enum call_next
make_paper(struct call *call, struct certificate_get *self, const char *text)
{
    json_t *whole = json_loads(text, 0, NULL);
    json_t *data = json_incref(json_object_get(whole, "paper"));

    json_decref(whole);
    if (data == NULL) /* without the code, the paper is as unknown as a wrong number */
        return call_refuse(call, ERR_NOT_FOUND, "refused.no_certificate");
    self->document.data = data;
    if (strcmp(document_data(&self->document, "outcome"), "ok") != 0)
        return papers_no_such(call, document_data(&self->document, "status"));
    if (api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    call_job_init(call, &self->job, JOB_PDF);
    papers_write(call, &self->document, data, &self->job.json);
    self->at = CERTIFICATE_MADE;
    return call_wait_paper(call, &self->job);
}

static enum call_next
certificate_answer(struct call *call, struct certificate_get *self)
{
    const char *text;

    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    text = db_rows(&self->db) == 0 ? NULL : db_text(&self->db, 0, 0);
    if (self->format == FORMAT_HTML)
        return answer_page(call, self, text);
    if (text == NULL)
        return call_refuse(call, ERR_NOT_FOUND, "refused.no_certificate");
    if (self->format == FORMAT_PDF)
        return make_paper(call, self, text);
    buf_puts(&call->reply.body, text);
    return CALL_DONE;
}

static enum call_next
certificate_get_step(struct call *call, void *state)
{
    struct certificate_get *self = state;

    switch (self->at) {
    case CERTIFICATE_START:
        return certificate_start(call, self);
    case CERTIFICATE_READ:
        return certificate_answer(call, self);
    case CERTIFICATE_MADE:
        if (call_paper_failed(call, &self->job))
            return CALL_FAIL;
        papers_reply(call, &self->document, &self->job);
        return CALL_DONE;
    }
    return CALL_FAIL;
}

static void
certificate_get_clear(void *state)
{
    struct certificate_get *self = state;

    document_clear(&self->document);
}

static const struct method_param params[] = {
    {"number", PARAM_IN_PATH, PARAM_TEXT,
        "registration number; with .pdf behind it (and the check code) the certificate itself"},
    {"check", PARAM_IN_QUERY, PARAM_TEXT, "check code of the certificate: shows names and amounts"},
    {0},
};

const struct method certificate_get_method = {
    .name = "certificate.get",
    .verb = "GET",
    .path = "/v1/certificates/{number}",
    .flags = METHOD_PUBLIC,
    .formats = FORMAT(JSON) | FORMAT(HTML) | FORMAT(PDF),
    .status = 200,
    .params = params,
    .summary_en = "Check a certificate, without an account",
    .summary_zh = "公开核验登记证明",
    .state_size = sizeof(struct certificate_get),
    .step = certificate_get_step,
    .clear = certificate_get_clear,
};
