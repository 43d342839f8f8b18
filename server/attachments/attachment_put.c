#include <string.h>

#include "common/base64.h"
#include "common/clock.h"
#include "common/digest.h"
#include "server/api/call_stream.h"
#include "server/api/fields.h"
#include "server/api/refusal.h"
#include "server/attachments/attachment_header.h"
#include "server/attachments/attachment_int.h"
#include "server/attachments/attachment_name.h"
#include "server/attachments/attachment_type.h"
#include "server/codes/codes.h"

/* Attach a file. The record is asked first whether it may be; then its bytes flow piece by piece
 * into an upload that nobody sees, and the last step makes it an attachment. Whatever goes wrong
 * after the first step gives the upload up, so that nothing is ever half there. */

struct attachment_put {
    enum {
        PUT_START,
        PUT_BEGUN,     /* the record has answered whether the file may come */
        PUT_BODY,      /* waiting for bytes */
        PUT_STORED,    /* a piece is in the database */
        PUT_FINISHED,  /* the attachment is visible, or refused */
        PUT_ABANDONED, /* the upload is gone; call->err says why */
    } at;
    int64_t contract_id;
    const char *name;
    const char *kind;
    const char *media_type;
    bool has_expected;
    uint8_t expected_sha256[SHA256_BYTES];
    int64_t upload_id;
    int64_t bytes;
    int64_t pieces;
    struct attachment_look look;
    struct sha256 *digest;
    uint8_t sha256[SHA256_BYTES];
    struct buf piece;   /* on its way to the database */
    struct buf inlined; /* JSON-RPC: the whole file, which is small */
    size_t inlined_at;
    struct db_call begin;
    struct db_call add;
    struct db_call finish;
    struct db_call abandon;
};

/* ---- before the body ---- */

static enum call_next
too_large(struct call *call)
{
    const char *bytes =
        arena_printf(call->arena, "%lld", (long long)api_conf(call->api)->attachment_bytes_max);

    return call_refuse_more(call, ERR_TOO_LARGE, "refused.file_size", bytes, bytes);
}

static bool
is_accepted(struct call *call, const char *media_type)
{
    const struct codes *codes = api_codes(call->api);

    return media_type != NULL && attachment_type_is_known(media_type) &&
           codes_find(codes, "attachment_type", media_type, clock_today()) != NULL;
}

/* Of HTTP: type, length and digest as the head announces them. */
static enum call_next
read_head(struct call *call, struct attachment_put *self)
{
    int digest = 0;

    if (call->content_length > api_conf(call->api)->attachment_bytes_max)
        return too_large(call);
    if (call->content_encoding != NULL && *call->content_encoding != '\0' &&
        strcmp(call->content_encoding, "identity") != 0)
        return call_refuse(call, ERR_MEDIA_TYPE, "refused.content_encoding");
    self->media_type = attachment_media_type(call->arena, call->content_type);
    if (call->content_digest != NULL)
        digest = attachment_digest_read(call->content_digest, self->expected_sha256);
    if (digest < 0)
        return call_refuse(call, ERR_SYNTAX, "refused.content_digest");
    self->has_expected = digest > 0;
    return CALL_DONE;
}

/* Of JSON-RPC. */
static const struct field object_fields[] = {
    {.name = "media_type", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 127},
    {.name = "base64", .type = FIELD_ANY}, /* as long as the line; read below */
    {.name = "sha256", .type = FIELD_TEXT, .max = SHA256_HEX_BYTES - 1},
    {0},
};

static enum call_next
read_object(struct call *call, struct attachment_put *self)
{
    json_t *read = fields_read(&call->faults, api_codes(call->api), object_fields, call->body);
    const json_t *content = json_object_get(call->body, "base64"); /* "" is a file, an empty one */
    const char *sha256 = json_string_value(json_object_get(read, "sha256"));
    bool is_digest = sha256 == NULL || hex_parse(sha256, self->expected_sha256, SHA256_BYTES) == 0;

    self->has_expected = sha256 != NULL;
    self->media_type =
        attachment_media_type(call->arena, json_string_value(json_object_get(read, "media_type")));
    json_decref(read);
    if (!is_digest)
        return call_refuse(call, ERR_SYNTAX, "refused.sha256");
    if (!json_is_string(content) ||
        base64_read(&self->inlined, json_string_value(content), json_string_length(content)) < 0)
        call_fault(call, "/base64", "attachment.base64");
    if (self->inlined.len > (size_t)api_conf(call->api)->attachment_bytes_max)
        return too_large(call);
    return CALL_DONE;
}

static void
read_names(struct call *call, struct attachment_put *self)
{
    const char *kind = call_arg(call, "kind");

    self->name = attachment_name_read(call->arena, call_arg(call, "name"));
    if (self->name == NULL)
        call_fault(call, "?name", "attachment.name");
    else if (!attachment_extension_fits(self->name, self->media_type))
        call_fault_more(call, "?name", "attachment.extension", self->media_type, self->media_type);
    if (kind == NULL ||
        codes_find(api_codes(call->api), "attachment_kind", kind, clock_today()) == NULL)
        call_fault(call, "?kind", "attachment.kind");
    else
        self->kind = arena_strdup(call->arena, kind);
}

static void
set_match(struct call *call, struct db_call *db, int param)
{
    if (call->has_if_match)
        db_set_int(db, param, call->if_match);
}

/* Faults are told only to who may attach something here. */
static enum call_next
begin(struct call *call, struct attachment_put *self)
{
    const struct conf *conf = api_conf(call->api);
    struct db_call *db = &self->begin;
    int64_t length = call->streams ? call->content_length : (int64_t)self->inlined.len;

    call_db_init(call, db, &sql_attachment_begin);
    db_set_int(db, BEGIN_ACCOUNT, call->principal.account_id);
    db_set_text(db, BEGIN_METHOD, call->method->name);
    db_set_int(db, BEGIN_CONTRACT, self->contract_id);
    set_match(call, db, BEGIN_IF_MATCH);
    db_set_text(db, BEGIN_NAME, self->name);
    db_set_text(db, BEGIN_KIND, self->kind);
    db_set_text(db, BEGIN_MEDIA_TYPE, self->media_type);
    db_set_int(db, BEGIN_BYTES, length < 0 ? 0 : length);
    db_set_int(db, BEGIN_CONTRACT_BYTES_MAX, conf->attachment_contract_bytes_max);
    db_set_int(db, BEGIN_CONTRACT_COUNT_MAX, conf->attachment_contract_count_max);
    db_set_int(db, BEGIN_UPLOADS_MAX, conf->attachment_uploads_max);
    db_set_int(db, BEGIN_HAS_FAULTS, call->faults.count > 0);
    self->at = PUT_BEGUN;
    return call_wait_db(call, db);
}

static enum call_next
start(struct call *call, struct attachment_put *self)
{
    enum call_next next;

    if (api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    if (!attachment_contract(call, &self->contract_id))
        return CALL_FAIL;
    next = call->streams ? read_head(call, self) : read_object(call, self);
    if (next == CALL_FAIL)
        return CALL_FAIL;
    if (!is_accepted(call, self->media_type))
        return call_refuse_more(
            call, ERR_MEDIA_TYPE, "refused.media_type", self->media_type, self->media_type);
    read_names(call, self);
    return begin(call, self);
}

static enum call_next
begun(struct call *call, struct attachment_put *self)
{
    const struct db_call *db = &self->begin;
    const char *refusal;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    refusal = db_text(db, 0, BEGUN_REFUSAL);
    if (refusal != NULL)
        return refusal_fail(call, refusal);
    self->upload_id = db_int(db, 0, BEGUN_UPLOAD);
    self->digest = sha256_new();
    return CALL_DONE;
}

/* ---- the body ---- */

/* call->err is set; the upload goes before anybody hears of it. */
static enum call_next
abandon(struct call *call, struct attachment_put *self)
{
    struct db_call *db = &self->abandon;

    call_db_init(call, db, &sql_attachment_abandon);
    db_set_int(db, 0, call->principal.account_id);
    db_set_int(db, 1, self->upload_id);
    self->at = PUT_ABANDONED;
    return call_wait_db(call, db);
}

static enum call_body
take_piece(struct call *call, struct attachment_put *self, const char **data, size_t *len)
{
    enum call_body body;

    if (call->streams) {
        body = call_body_take(call, &self->piece);
        *data = self->piece.data;
        *len = self->piece.len;
        return body;
    }
    *len = self->inlined.len - self->inlined_at;
    if (*len == 0)
        return CALL_BODY_END;
    if (*len > CALL_PIECE_BYTES)
        *len = CALL_PIECE_BYTES;
    *data = self->inlined.data + self->inlined_at;
    self->inlined_at += *len;
    return CALL_BODY_PIECE;
}

static void
content_fault(struct call *call, const struct attachment_put *self)
{
    const char *found = attachment_look_type(&self->look);

    call_fault_more(call, "", "attachment.content",
        arena_printf(call->arena, "声明为 %s，内容像是 %s", self->media_type, found),
        arena_printf(call->arena, "declared %s, it looks like %s", self->media_type, found));
}

/* Its first bytes decide before anything of it is stored. */
static enum call_next
store_piece(struct call *call, struct attachment_put *self, const char *data, size_t len)
{
    struct db_call *db = &self->add;

    self->bytes += (int64_t)len;
    if (self->bytes > api_conf(call->api)->attachment_bytes_max) {
        too_large(call);
        return abandon(call, self);
    }
    attachment_look_add(&self->look, data, len);
    if (self->pieces == 0 && !attachment_look_may_be(&self->look, self->media_type)) {
        content_fault(call, self);
        call_fail_faults(call);
        return abandon(call, self);
    }
    sha256_add(self->digest, data, len);
    call_db_init(call, db, &sql_attachment_piece_add);
    db_set_int(db, 0, call->principal.account_id);
    db_set_int(db, 1, self->upload_id);
    db_set_int(db, 2, self->pieces++);
    db_set_bytes(db, 3, data, len);
    self->at = PUT_STORED;
    return call_wait_db(call, db);
}

static enum call_next
finish(struct call *call, struct attachment_put *self)
{
    const struct conf *conf = api_conf(call->api);
    struct db_call *db = &self->finish;

    sha256_take(self->digest, self->sha256);
    if (self->bytes == 0)
        call_fault(call, "", "attachment.empty");
    else if (strcmp(attachment_look_type(&self->look), self->media_type) != 0)
        content_fault(call, self);
    if (self->has_expected && memcmp(self->sha256, self->expected_sha256, SHA256_BYTES) != 0)
        call_fault(call, "", "attachment.digest");
    if (call->faults.count > 0) {
        call_fail_faults(call);
        return abandon(call, self);
    }
    call_db_init(call, db, &sql_attachment_finish);
    db_set_int(db, FINISH_ACCOUNT, call->principal.account_id);
    db_set_text(db, FINISH_METHOD, call->method->name);
    db_set_text(db, FINISH_REQUEST_ID, call->request_id);
    db_set_text(db, FINISH_PEER, call->peer_address);
    db_set_int(db, FINISH_UPLOAD, self->upload_id);
    db_set_int(db, FINISH_BYTES, self->bytes);
    db_set_bytes(db, FINISH_SHA256, self->sha256, SHA256_BYTES);
    set_match(call, db, FINISH_IF_MATCH);
    db_set_int(db, FINISH_CONTRACT_BYTES_MAX, conf->attachment_contract_bytes_max);
    db_set_int(db, FINISH_CONTRACT_COUNT_MAX, conf->attachment_contract_count_max);
    self->at = PUT_FINISHED;
    return call_wait_db(call, db);
}

static enum call_next
go_on(struct call *call, struct attachment_put *self)
{
    const char *data = NULL;
    size_t len = 0;

    self->at = PUT_BODY;
    switch (take_piece(call, self, &data, &len)) {
    case CALL_BODY_PIECE:
        return store_piece(call, self, data, len);
    case CALL_BODY_END:
        return finish(call, self);
    case CALL_BODY_NONE:
        return call_wait_body(call);
    case CALL_BODY_BROKEN:
        break;
    }
    call_refuse(call, ERR_SYNTAX, "refused.file_cut");
    return abandon(call, self);
}

static enum call_next
stored(struct call *call, struct attachment_put *self)
{
    const struct db_call *db = &self->add;

    if (db->status == DB_UNCERTAIN || db->status == DB_TIMEOUT) {
        /* Nothing of it can be seen, so this outcome is certain. */
        call_refuse(call, ERR_UNAVAILABLE, "refused.upload_broken");
        return abandon(call, self);
    }
    if (call_db_failed(call, db))
        return abandon(call, self);
    if (strcmp(db_text(db, 0, 1), "ok") != 0)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.upload_given_up");
    return go_on(call, self);
}

/* ---- the answer ---- */

static const char *
location_of(struct call *call, const struct attachment_put *self)
{
    struct buf path = {0};
    const char *copy;

    buf_printf(&path, "/v1/contracts/%lld/attachments/", (long long)self->contract_id);
    attachment_name_encode(&path, self->name);
    copy = arena_strndup(call->arena, path.data, path.len);
    buf_clear(&path);
    return copy;
}

static enum call_next
finished(struct call *call, struct attachment_put *self)
{
    const struct db_call *db = &self->finish;
    bool is_same;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    if (db_text(db, 0, FINISHED_REFUSAL) != NULL)
        return refusal_fail(call, db_text(db, 0, FINISHED_REFUSAL));
    is_same = strcmp(db_text(db, 0, FINISHED_OUTCOME), "same") == 0;
    call->replayed = is_same;
    call->reply.status = is_same ? 200 : 201;
    if (!is_same)
        call->reply.location = location_of(call, self);
    call->reply.etag_text =
        hex_format(self->sha256, SHA256_BYTES, arena_alloc(call->arena, SHA256_HEX_BYTES));
    buf_puts(&call->reply.body, db_text(db, 0, FINISHED_ANSWER));
    return CALL_DONE;
}

static enum call_next
attachment_put_step(struct call *call, void *state)
{
    struct attachment_put *self = state;

    switch (self->at) {
    case PUT_START:
        return start(call, self);
    case PUT_BEGUN:
        if (begun(call, self) == CALL_FAIL)
            return CALL_FAIL;
        return go_on(call, self);
    case PUT_BODY:
        return go_on(call, self);
    case PUT_STORED:
        return stored(call, self);
    case PUT_FINISHED:
        return finished(call, self);
    case PUT_ABANDONED:
        return CALL_FAIL;
    }
    return CALL_FAIL;
}

static void
attachment_put_clear(void *state)
{
    struct attachment_put *self = state;

    sha256_free(self->digest);
    buf_clear(&self->piece);
    buf_clear(&self->inlined);
}

static json_t *
body_schema(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s, s:s}, s:{s:s, s:s}}, s:[s, s]}", "type", "object",
        "properties", "media_type", "type", "string", "base64", "type", "string", "contentEncoding",
        "base64", "sha256", "type", "string", "pattern", "^[0-9a-fA-F]{64}$", "required",
        "media_type", "base64");
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {"name", PARAM_IN_PATH, PARAM_TEXT,
        "name of the file, 1 to 200 characters; another file of the name becomes its next version"},
    {"kind", PARAM_IN_QUERY, PARAM_TEXT, "code of the list attachment_kind; needed"},
    {0},
};

const struct method attachment_put_method = {
    .name = "attachment.put",
    .verb = "PUT",
    .path = "/v1/contracts/{id}/attachments/{name}",
    .roles = ATTACHMENT_WRITERS,
    .flags = METHOD_STREAM_IN,
    .status = 201,
    .params = params,
    .body_schema = body_schema,
    .summary_en = "Attach a file to a contract: the bytes as they are, Content-Type says what they "
                  "are (list attachment_type); the same bytes again change nothing. On the RPC "
                  "wire small files only, as {media_type, base64}",
    .summary_zh = "上传合同附件:请求体为文件原始内容,Content-Type 为文件类型(代码表 "
                  "attachment_type);内容相同则不变。RPC 连接仅限小文件,用 {media_type, base64}",
    .state_size = sizeof(struct attachment_put),
    .step = attachment_put_step,
    .clear = attachment_put_clear,
};
