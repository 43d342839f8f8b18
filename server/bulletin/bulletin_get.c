#include <string.h>

#include "server/api/api.h"
#include "server/api/store.h"
#include "server/bulletin/bulletin.h"
#include "server/bulletin/bulletin_file.h"

/* bulletin.get and bulletin.list. */

enum { VERSION_MAX = 1000000, PERIOD_MAX = 16 };

/* Columns of sql_bulletin_get. */
enum { GOT_STATE, GOT_VERSION, GOT_BODY };

struct bulletin_get {
    enum { BULLETIN_START, BULLETIN_READ, BULLETIN_MADE } at;
    const char *period;
    const char *lang;
    const struct bulletin_form *form;
    struct db_call db;
    struct helper_job job;
};

/* A period that ends in .docx asks for that form, whatever Accept says. False: no such form. */
static bool
read_form(struct call *call, struct bulletin_get *self)
{
    const char *period = call_arg(call, "period");
    const char *dot = strrchr(period, '.');
    const struct bulletin_form *form = bulletin_forms;

    if (dot != NULL) {
        self->form = bulletin_form_find(dot + 1);
        self->period = arena_strndup(call->arena, period, (size_t)(dot - period));
        return self->form != NULL;
    }
    while (form->format != (unsigned)call->format)
        form++;
    self->form = form;
    self->period = period;
    return true;
}

static bool
read_version(struct call *call, int64_t *version)
{
    const char *text = call_arg(call, "version");

    *version = 0;
    if (text == NULL)
        return true;
    if (*text == '\0' || strlen(text) > 6 || strspn(text, "0123456789") != strlen(text))
        return false;
    for (; *text != '\0'; text++)
        *version = *version * 10 + (*text - '0');
    return *version <= VERSION_MAX;
}

static enum call_next
bulletin_start(struct call *call, struct bulletin_get *self)
{
    int64_t version;

    self->lang = call_arg(call, "lang");
    if (self->lang == NULL)
        self->lang = "zh";
    if (strcmp(self->lang, "zh") != 0 && strcmp(self->lang, "en") != 0)
        return call_bad_param(call, "lang", "须为 zh 或 en", "zh or en");
    if (!read_version(call, &version))
        return call_bad_param(call, "version", arena_printf(call->arena, "须为0至%d", VERSION_MAX),
            arena_printf(call->arena, "a number from 0 to %d", VERSION_MAX));
    if (!read_form(call, self) || strlen(self->period) > PERIOD_MAX)
        return call_refuse(call, ERR_NOT_FOUND, "refused.no_bulletin");
    call_db_init(call, &self->db, &sql_bulletin_get);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_text(&self->db, 1, call->method->name);
    db_set_text(&self->db, 2, self->period);
    if (call_arg(call, "version") != NULL)
        db_set_int(&self->db, 3, version);
    db_set_text(&self->db, 4, self->form->name);
    db_set_text(&self->db, 5, self->lang);
    self->at = BULLETIN_READ;
    return call_wait_db(call, &self->db);
}

static void
set_head(struct call *call, const struct bulletin_get *self)
{
    size_t len;
    const char *version = db_bytes(&self->db, 0, GOT_VERSION, &len);
    const char *copy = arena_strndup(call->arena, version, len);

    call->reply.content_type = format_type((enum reply_format)self->form->format);
    call->reply.filename =
        arena_printf(call->arena, "bulletin-%s-%s.%s", self->period, copy, self->form->name);
    call->audit_object = arena_printf(call->arena, "bulletin %s %s", self->period, copy);
}

static enum call_next
bulletin_read(struct call *call, struct bulletin_get *self)
{
    const char *state;
    const char *body;
    size_t len;
    size_t state_len;

    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    if (db_rows(&self->db) == 0)
        return call_refuse(call, ERR_NOT_FOUND, "refused.no_bulletin");
    state = db_bytes(&self->db, 0, GOT_STATE, &state_len);
    body = db_bytes(&self->db, 0, GOT_BODY, &len);
    set_head(call, self);
    if (self->form->job == 0 || memcmp(state, "issued", state_len) == 0) {
        buf_add(&call->reply.body, body, len);
        return CALL_DONE;
    }
    call_job_init(call, &self->job, self->form->job);
    bulletin_job_write(&self->job.json, self->form, api_conf(call->api), body, len);
    self->at = BULLETIN_MADE;
    return call_wait_paper(call, &self->job);
}

static enum call_next
bulletin_get_step(struct call *call, void *state)
{
    struct bulletin_get *self = state;

    switch (self->at) {
    case BULLETIN_START:
        return bulletin_start(call, self);
    case BULLETIN_READ:
        return bulletin_read(call, self);
    case BULLETIN_MADE:
        if (call_paper_failed(call, &self->job))
            return CALL_FAIL;
        call->reply.body = self->job.made;
        self->job.made = (struct buf){0};
        return CALL_DONE;
    }
    return CALL_FAIL;
}

static const struct method_param get_params[] = {
    {"period", PARAM_IN_PATH, PARAM_TEXT,
        "2026-05, 2026Q2, 2026H1 or 2026; .json, .docx, .xlsx or .pdf behind it asks for that "
        "form"},
    {"version", PARAM_IN_QUERY, PARAM_TEXT,
        "1 as it was issued, 2 and on its corrigenda, 0 a draft of today; default: the newest that "
        "was issued, else the draft"},
    {"lang", PARAM_IN_QUERY, PARAM_TEXT, "zh (default) or en"},
    {0},
};

static const struct method_param list_params[] = {
    {"year", PARAM_IN_QUERY, PARAM_INT, "of periods that end in this year"},
    {0},
};

const struct method bulletin_get_method = {
    .name = "bulletin.get",
    .verb = "GET",
    .path = "/v1/bulletins/{period}",
    .roles = ROLE_BUREAU | ROLE_AUDITOR | ROLE_COUNTY,
    .flags = METHOD_READS_RECORD,
    .formats = FORMAT(JSON) | FORMAT(PDF) | FORMAT(DOCX) | FORMAT(XLSX),
    .status = 200,
    .params = get_params,
    .summary_en = "The bulletin of a period: as it was issued, to the byte, or a draft (not for a "
                  "county)",
    .summary_zh = "查询通报：已印发的原件，或草稿（县区仅可读已印发的）",
    .state_size = sizeof(struct bulletin_get),
    .step = bulletin_get_step,
};

const struct method bulletin_list_method = {
    .name = "bulletin.list",
    .verb = "GET",
    .path = "/v1/bulletins",
    .roles = ROLE_BUREAU | ROLE_AUDITOR | ROLE_COUNTY,
    .status = 200,
    .params = list_params,
    .summary_en = "Issued bulletins with their corrigenda and the digests of their files",
    .summary_zh = "已印发通报及其更正列表，含文件摘要值",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
