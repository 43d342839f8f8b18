#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "server/api/api.h"
#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/bulletin/bulletin.h"
#include "server/bulletin/bulletin_file.h"

/* bulletin.issue and bulletin.corrigendum: SQL gives out the documents, the files are made of them
 * one after the other, and all of it is stored together. */

enum { NUMBER_MAX = 100, SIGNER_MAX = 100, REASON_MAX = 1000 };

/* Columns of sql_bulletin_prepare. */
enum { PREPARED_ZH, PREPARED_EN };

static const struct {
    const char *lang;
    int column;
} langs[] = {{"zh", PREPARED_ZH}, {"en", PREPARED_EN}};
enum { LANG_COUNT = sizeof(langs) / sizeof(langs[0]) };

struct bulletin_issue {
    struct store_state store; /* first: store_step() takes the state as this */
    enum { ISSUE_START, ISSUE_PREPARED, ISSUE_MADE, ISSUE_STORE } at;
    struct db_call db;
    struct helper_job job;
    int lang; /* of the file that is being made */
    const struct bulletin_form *form;
    json_t *files; /* owned */
};

/* Documents and files go to SQL beside the parameters and the body. */
static void
add_files(struct call *call, json_t *args)
{
    struct bulletin_issue *self = call->state;
    json_t *documents;

    if (self->files == NULL)
        return;
    documents = json_object();
    for (int i = 0; i < LANG_COUNT; i++)
        json_object_set_new(
            documents, langs[i].lang, json_string(db_text(&self->db, 0, langs[i].column)));
    json_object_set_new(args, "documents", documents);
    json_object_set(args, "files", self->files);
}

/* The values that stand in the document: the period and the body, which has no faults. */
static const char *
prepare_args(struct call *call)
{
    json_t *args = json_deep_copy(call->body);
    const char *copy;
    char *text;

    json_object_set_new(args, "period", json_string(call_arg(call, "period")));
    text = json_dumps(args, JSON_COMPACT);
    copy = arena_strdup(call->arena, text);
    free(text);
    json_decref(args);
    return copy;
}

static enum call_next
issue_start(struct call *call, struct bulletin_issue *self)
{
    if (call->missing != ERR_NONE || call->faults.count > 0) {
        self->at = ISSUE_STORE;
        return store_step(call, self);
    }
    call_db_init(call, &self->db, &sql_bulletin_prepare);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_text(&self->db, 1, call->method->name);
    db_set_text(&self->db, 2, prepare_args(call));
    self->at = ISSUE_PREPARED;
    return call_wait_db(call, &self->db);
}

static enum call_next
make_file(struct call *call, struct bulletin_issue *self)
{
    const char *document = db_text(&self->db, 0, langs[self->lang].column);

    helper_job_clear(&self->job);
    call_job_init(call, &self->job, self->form->job);
    bulletin_job_write(
        &self->job.json, self->form, api_conf(call->api), document, strlen(document));
    self->at = ISSUE_MADE;
    return call_wait_paper(call, &self->job);
}

/* The next form that a job makes. False: both languages are done. */
static bool
next_file(struct bulletin_issue *self)
{
    do {
        self->form = self->form == NULL ? bulletin_forms : self->form + 1;
        if (self->form->name == NULL) {
            self->form = bulletin_forms;
            self->lang++;
        }
    } while (self->form->job == 0 && self->lang < LANG_COUNT);
    return self->lang < LANG_COUNT;
}

static enum call_next
issue_prepared(struct call *call, struct bulletin_issue *self)
{
    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    if (db_rows(&self->db) == 0) { /* a refusal, or the answer of an earlier call with this key */
        self->at = ISSUE_STORE;
        return store_step(call, self);
    }
    self->files = json_array();
    next_file(self);
    return make_file(call, self);
}

static enum call_next
issue_made(struct call *call, struct bulletin_issue *self)
{
    struct buf text = {0};

    if (call_paper_failed(call, &self->job))
        return CALL_FAIL;
    base64_add(&text, self->job.made.data, self->job.made.len);
    json_array_append_new(
        self->files, json_pack("{s:s, s:s, s:s%}", "lang", langs[self->lang].lang, "format",
                         self->form->name, "base64", text.data, text.len));
    buf_clear(&text);
    if (next_file(self))
        return make_file(call, self);
    self->at = ISSUE_STORE;
    return store_step(call, self);
}

static enum call_next
bulletin_issue_step(struct call *call, void *state)
{
    struct bulletin_issue *self = state;

    switch (self->at) {
    case ISSUE_START:
        return issue_start(call, self);
    case ISSUE_PREPARED:
        return issue_prepared(call, self);
    case ISSUE_MADE:
        return issue_made(call, self);
    case ISSUE_STORE:
        return store_step(call, self);
    }
    return CALL_FAIL;
}

static void
bulletin_issue_clear(void *state)
{
    struct bulletin_issue *self = state;

    json_decref(self->files);
}

static const struct method_param params[] = {
    {"period", PARAM_IN_PATH, PARAM_TEXT, "2026-05, 2026Q2, 2026H1 or 2026"},
    {0},
};

static const struct field issue_fields[] = {
    {"document_number", FIELD_TEXT, FIELD_REQUIRED, .max = NUMBER_MAX,
        .help = "of the official document; no other bulletin has it"},
    {"signer", FIELD_TEXT, FIELD_REQUIRED, .max = SIGNER_MAX, .help = "who signed it"},
    {"issued_on", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "day on the document"},
    {0},
};

static const struct field corrigendum_fields[] = {
    {"reason", FIELD_TEXT, FIELD_REQUIRED, .max = REASON_MAX, .help = "stands on the document"},
    {"document_number", FIELD_TEXT, FIELD_REQUIRED, .max = NUMBER_MAX,
        .help = "of the official document; no other bulletin has it"},
    {"signer", FIELD_TEXT, FIELD_REQUIRED, .max = SIGNER_MAX, .help = "who signed it"},
    {"issued_on", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "day on the document"},
    {0},
};

const struct method bulletin_issue_method = {
    .name = "bulletin.issue",
    .verb = "POST",
    .path = "/v1/bulletins/{period}/issue",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .params = params,
    .fields = issue_fields,
    .location = "/v1/bulletins/",
    .summary_en = "Issue the bulletin of a closed period: data and files are kept as they are",
    .summary_zh = "印发已关账时期的通报，留存数据与文件原件",
    .prepare = add_files,
    .state_size = sizeof(struct bulletin_issue),
    .step = bulletin_issue_step,
    .clear = bulletin_issue_clear,
};

const struct method bulletin_corrigendum_method = {
    .name = "bulletin.corrigendum",
    .verb = "POST",
    .path = "/v1/bulletins/{period}/corrigendum",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .params = params,
    .fields = corrigendum_fields,
    .location = "/v1/bulletins/",
    .summary_en = "Correct an issued bulletin by a new version that names what changed",
    .summary_zh = "更正已印发的通报：形成新版本并列明更正内容，原版本仍可查询",
    .prepare = add_files,
    .state_size = sizeof(struct bulletin_issue),
    .step = bulletin_issue_step,
    .clear = bulletin_issue_clear,
};
