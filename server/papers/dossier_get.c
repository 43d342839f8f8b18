#include <string.h>

#include "server/act/act.h"
#include "server/api/api.h"
#include "server/api/call_stream.h"
#include "server/papers/dossier.h"
#include "server/papers/papers.h"
#include "server/papers/papers_int.h"

/* document.dossier: everything about one contract as one archive. Papers are made first, one after
 * the other; then the archive flows, so that an attachment is never in memory but for a piece. */

enum { LINE_BYTES_MAX = 700 * 1024 }; /* over JSON-RPC */

struct dossier_get {
    enum { DOSSIER_START, DOSSIER_READ, DOSSIER_PAPER, DOSSIER_PIECE, DOSSIER_ROOM } at;
    struct act act;
    struct db_call db;
    struct db_call piece;
    struct helper_job job;
    struct document document;
    struct dossier dossier;
    struct zip_out zip;
    int next;           /* entry to be made, later to be written */
    int64_t next_piece; /* of that entry */
};

static enum call_next make_next(struct call *call, struct dossier_get *self);

static enum call_next
dossier_start(struct call *call, struct dossier_get *self)
{
    if (!act_contract_id(call, &self->act))
        return CALL_FAIL;
    call_db_init(call, &self->db, &sql_paper_dossier);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_text(&self->db, 1, call->method->name);
    db_set_int(&self->db, 2, self->act.contract_id);
    self->at = DOSSIER_READ;
    return call_wait_db(call, &self->db);
}

static enum call_next
dossier_read(struct call *call, struct dossier_get *self)
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
    db_call_clear(&self->db);
    dossier_init(&self->dossier, call->arena, data);
    if (strcmp(json_string_value(json_object_get(data, "outcome")), "ok") != 0)
        return papers_no_such(call, json_string_value(json_object_get(data, "status")));
    self->at = DOSSIER_PAPER;
    return make_next(call, self);
}

/* ---- the archive ---- */

/* Pieces of an archive on their way out: to the peer, or into one answer. */
static enum call_next
put(struct call *call, struct dossier_get *self, struct buf *out)
{
    enum call_next next = CALL_DONE;

    if (call->streams)
        next = call_reply_write(call, out->data, out->len);
    else
        buf_add(&call->reply.body, out->data, out->len);
    buf_clear(out);
    self->at = DOSSIER_ROOM;
    return next;
}

static enum call_next
ask_piece(struct call *call, struct dossier_get *self)
{
    call_db_init(call, &self->piece, &sql_paper_piece);
    db_set_int(&self->piece, 0, call->principal.account_id);
    db_set_text(&self->piece, 1, call->method->name);
    db_set_int(&self->piece, 2, self->dossier.entries[self->next].attachment_id);
    db_set_int(&self->piece, 3, self->next_piece++);
    self->at = DOSSIER_PIECE;
    return call_wait_db(call, &self->piece);
}

/* Entries until one has to wait for the database or the peer. */
static enum call_next
write_entries(struct call *call, struct dossier_get *self)
{
    while (self->next <= self->dossier.count) {
        struct dossier_entry *entry = &self->dossier.entries[self->next];
        struct buf out = {0};
        enum call_next next;

        if (self->next == self->dossier.count) {
            zip_out_end(&self->zip, &out);
        } else if (entry->attachment_id > 0 && self->next_piece < entry->pieces) {
            return ask_piece(call, self);
        } else if (entry->attachment_id > 0) {
            zip_out_close(&self->zip, &out);
        } else {
            zip_out_open(&self->zip, &out, entry->name);
            zip_out_data(&self->zip, &out, entry->made.data, entry->made.len);
            zip_out_close(&self->zip, &out);
            buf_clear(&entry->made);
        }
        self->next++;
        self->next_piece = 0;
        next = put(call, self, &out);
        if (next != CALL_DONE)
            return next;
    }
    return CALL_DONE;
}

/* The head was sent: a failure from here on ends the connection before the announced length. */
static enum call_next
take_piece(struct call *call, struct dossier_get *self)
{
    struct buf out = {0};
    enum call_next next;
    const void *data;
    size_t len;

    if (call_db_failed(call, &self->piece))
        return CALL_FAIL;
    if (db_rows(&self->piece) == 0)
        return call_refuse(call, ERR_NOT_FOUND, "refused.attachment_taken");
    data = db_bytes(&self->piece, 0, 0, &len);
    if (self->next_piece == 1)
        zip_out_open(&self->zip, &out, self->dossier.entries[self->next].name);
    zip_out_data(&self->zip, &out, data, len);
    db_call_clear(&self->piece);
    next = put(call, self, &out);
    return next == CALL_DONE ? write_entries(call, self) : next;
}

static enum call_next
begin_archive(struct call *call, struct dossier_get *self)
{
    uint64_t bytes;

    dossier_write_history(&self->dossier, call->arena);
    bytes = dossier_bytes(&self->dossier);
    if (!call->streams && bytes > LINE_BYTES_MAX)
        return call_refuse(call, ERR_TOO_LARGE, "refused.line_size");
    if (bytes > ZIP_BYTES_MAX)
        return call_refuse(call, ERR_TOO_LARGE, "refused.archive_size");
    self->zip.entries =
        arena_alloc(call->arena, (size_t)self->dossier.count * sizeof(*self->zip.entries));
    self->zip.time = json_integer_value(json_object_get(self->dossier.data, "at"));
    self->next = 0;
    papers_reply_head(call, FORMAT_ZIP,
        json_string_value(json_object_get(self->dossier.data, "title")), self->dossier.data);
    call->reply.length = (int64_t)bytes;
    if (call->streams)
        call_reply_begin(call);
    if (call->head_only)
        return CALL_DONE;
    return write_entries(call, self);
}

/* ---- the papers ---- */

static enum call_next
make_next(struct call *call, struct dossier_get *self)
{
    json_t *paper;

    if (self->next == self->dossier.paper_count)
        return begin_archive(call, self);
    paper = dossier_paper(&self->dossier, self->next);
    call_job_init(call, &self->job, JOB_PDF);
    document_clear(&self->document);
    papers_write(call, &self->document, paper, &self->job.json);
    return call_wait_paper(call, &self->job);
}

static enum call_next
take_paper(struct call *call, struct dossier_get *self)
{
    if (call_paper_failed(call, &self->job))
        return CALL_FAIL;
    self->dossier.entries[self->next++].made = self->job.made;
    self->job.made = (struct buf){0};
    return make_next(call, self);
}

static enum call_next
dossier_step(struct call *call, void *state)
{
    struct dossier_get *self = state;
    enum call_next next = CALL_FAIL;

    switch (self->at) {
    case DOSSIER_START:
        return dossier_start(call, self);
    case DOSSIER_READ:
        return dossier_read(call, self);
    case DOSSIER_PAPER:
        return take_paper(call, self);
    case DOSSIER_PIECE:
        next = take_piece(call, self);
        break;
    case DOSSIER_ROOM:
        next = write_entries(call, self);
        break;
    }
    if (next == CALL_FAIL && call->err.code == ERR_NONE)
        return call_fail(call, ERR_SYNTAX, "the peer did not take the whole dossier");
    return next;
}

static void
dossier_get_clear(void *state)
{
    struct dossier_get *self = state;

    document_clear(&self->document);
    dossier_clear(&self->dossier);
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

const struct method document_dossier_method = {
    .name = "document.dossier",
    .verb = "GET",
    .path = "/v1/contracts/{id}/documents/dossier",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD | METHOD_FILE | METHOD_STREAM_OUT,
    .formats = FORMAT(ZIP),
    .status = 200,
    .params = params,
    .summary_en =
        "Everything about a contract as one archive: papers, history, attachments. On the "
        "RPC wire up to 716800 bytes, in base64",
    .summary_zh = "合同档案（ZIP）：全部文书、历史、附件。RPC 连接仅限 716800 字节以内",
    .state_size = sizeof(struct dossier_get),
    .step = dossier_step,
    .clear = dossier_get_clear,
};
