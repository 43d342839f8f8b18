#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/digest.h"
#include "server/api/call_stream.h"
#include "server/attachments/attachment_header.h"
#include "server/attachments/attachment_int.h"
#include "server/attachments/attachment_name.h"

/* Read a file: over HTTP its bytes as they are, piece by piece; over JSON-RPC a small one in
 * base64.
 */

enum open_column {
    OPEN_ID,
    OPEN_NAME,
    OPEN_KIND,
    OPEN_VERSION,
    OPEN_MEDIA_TYPE,
    OPEN_BYTES,
    OPEN_PIECES,
    OPEN_SHA256
};

struct attachment_get {
    enum {
        GET_START,
        GET_OPENED, /* the attachment is known, or there is none */
        GET_PIECE,  /* the next piece is here */
        GET_ROOM,   /* the peer has taken enough for another */
    } at;
    int64_t contract_id;
    int64_t attachment_id;
    int64_t pieces;
    int64_t next;     /* piece to be read */
    struct buf whole; /* JSON-RPC */
    struct db_call open;
    struct db_call read;
};

static enum call_next
not_found(struct call *call)
{
    return call_refuse(call, ERR_NOT_FOUND, "refused.no_attachment");
}

static enum call_next
start(struct call *call, struct attachment_get *self)
{
    const char *version = call_arg(call, "version");
    struct db_call *db = &self->open;
    const char *name;

    if (!attachment_contract(call, &self->contract_id))
        return CALL_FAIL;
    name = attachment_name_read(call->arena, call_arg(call, "name"));
    if (name == NULL)
        return not_found(call);
    if (version != NULL && (strspn(version, "0123456789") != strlen(version) || *version == '\0' ||
                               strlen(version) > 9))
        return call_bad_param(call, "version", "须为整数", "a whole number is needed");
    call_db_init(call, db, &sql_attachment_open);
    db_set_int(db, 0, call->principal.account_id);
    db_set_text(db, 1, call->method->name);
    db_set_int(db, 2, self->contract_id);
    db_set_text(db, 3, name);
    if (version != NULL)
        db_set_int(db, 4, strtoll(version, NULL, 10));
    self->at = GET_OPENED;
    return call_wait_db(call, db);
}

static enum call_next
read_next(struct call *call, struct attachment_get *self)
{
    struct db_call *db = &self->read;

    call_db_init(call, db, &sql_attachment_piece_read);
    db_set_int(db, 0, call->principal.account_id);
    db_set_text(db, 1, call->method->name);
    db_set_int(db, 2, self->attachment_id);
    db_set_int(db, 3, self->next++);
    self->at = GET_PIECE;
    return call_wait_db(call, db);
}

static void
write_member(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "\"%s\":", name);
    buf_json_string(out, value);
    buf_putc(out, ',');
}

/* Everything but the bytes. */
static void
write_object(struct call *call, const struct attachment_get *self)
{
    const struct db_call *db = &self->open;
    struct buf *out = &call->reply.body;

    buf_printf(out, "{\"id\":\"%lld\",\"contract_id\":\"%lld\",", (long long)self->attachment_id,
        (long long)self->contract_id);
    write_member(out, "name", db_text(db, 0, OPEN_NAME));
    write_member(out, "kind", db_text(db, 0, OPEN_KIND));
    write_member(out, "media_type", db_text(db, 0, OPEN_MEDIA_TYPE));
    write_member(out, "sha256", db_text(db, 0, OPEN_SHA256));
    buf_printf(out, "\"version\":%lld,\"bytes\":%lld,\"base64\":\"",
        (long long)db_int(db, 0, OPEN_VERSION), (long long)db_int(db, 0, OPEN_BYTES));
    base64_add(out, self->whole.data, self->whole.len);
    buf_puts(out, "\"}");
}

/* Texts outlive the database's answer in the arena. */
static void
set_head(struct call *call, const struct attachment_get *self)
{
    const struct db_call *db = &self->open;
    const char *sha256 = db_text(db, 0, OPEN_SHA256);
    uint8_t digest[SHA256_BYTES];

    call->reply.content_type = arena_strdup(call->arena, db_text(db, 0, OPEN_MEDIA_TYPE));
    call->reply.length = db_int(db, 0, OPEN_BYTES);
    call->reply.etag_text = arena_strdup(call->arena, sha256);
    call->reply.disposition = attachment_disposition(call->arena, db_text(db, 0, OPEN_NAME));
    if (hex_parse(sha256, digest, SHA256_BYTES) == 0)
        call->reply.content_digest = attachment_digest_format(call->arena, digest);
}

static enum call_next
opened(struct call *call, struct attachment_get *self)
{
    const struct db_call *db = &self->open;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    if (db_rows(db) == 0)
        return not_found(call);
    self->attachment_id = db_int(db, 0, OPEN_ID);
    self->pieces = db_int(db, 0, OPEN_PIECES);
    call->audit_object = arena_printf(call->arena, "contract %lld attachment %lld",
        (long long)self->contract_id, (long long)self->attachment_id);
    if (!call->streams) {
        if (db_int(db, 0, OPEN_BYTES) > ATTACHMENT_LINE_BYTES)
            return call_refuse(call, ERR_TOO_LARGE, "refused.line_size");
        return read_next(call, self);
    }
    if (attachment_tag_matches(call->if_none_match, db_text(db, 0, OPEN_SHA256))) {
        call->reply.status = 304;
        call->reply.etag_text = arena_strdup(call->arena, db_text(db, 0, OPEN_SHA256));
        return CALL_DONE;
    }
    set_head(call, self);
    call_reply_begin(call);
    return call->head_only ? CALL_DONE : read_next(call, self);
}

static enum call_next
go_on(struct call *call, struct attachment_get *self)
{
    if (self->next < self->pieces)
        return read_next(call, self);
    if (!call->streams)
        write_object(call, self);
    return CALL_DONE;
}

/* The head was sent: a failure from here on ends the connection before the announced length. */
static enum call_next
take_piece(struct call *call, struct attachment_get *self)
{
    struct db_call *db = &self->read;
    enum call_next next = CALL_DONE;
    const void *data;
    size_t len;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    if (db_rows(db) == 0)
        return not_found(call); /* taken back meanwhile */
    data = db_bytes(db, 0, 0, &len);
    if (call->streams)
        next = call_reply_write(call, data, len);
    else
        buf_add(&self->whole, data, len);
    db_call_clear(db);
    if (next == CALL_FAIL)
        return call_fail(call, ERR_SYNTAX, "the peer did not take the whole file");
    self->at = GET_ROOM;
    return next == CALL_WAIT ? CALL_WAIT : go_on(call, self);
}

static enum call_next
attachment_get_step(struct call *call, void *state)
{
    struct attachment_get *self = state;

    switch (self->at) {
    case GET_START:
        return start(call, self);
    case GET_OPENED:
        return opened(call, self);
    case GET_PIECE:
        return take_piece(call, self);
    case GET_ROOM:
        return go_on(call, self);
    }
    return CALL_FAIL;
}

static void
attachment_get_clear(void *state)
{
    struct attachment_get *self = state;

    buf_clear(&self->whole);
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {"name", PARAM_IN_PATH, PARAM_TEXT, "name of the file"},
    {"version", PARAM_IN_QUERY, PARAM_INT, "an earlier version; default the current one"},
    {0},
};

const struct method attachment_get_method = {
    .name = "attachment.get",
    .verb = "GET",
    .path = "/v1/contracts/{id}/attachments/{name}",
    .roles = ATTACHMENT_READERS,
    .flags = METHOD_READS_RECORD | METHOD_STREAM_OUT,
    .status = 200,
    .params = params,
    .summary_en = "The bytes of an attachment; ETag is its SHA-256. On the RPC wire files up to "
                  "716800 bytes, in base64",
    .summary_zh = "下载附件内容;ETag 为 SHA-256。RPC 连接仅限 716800 字节以内,以 base64 返回",
    .state_size = sizeof(struct attachment_get),
    .step = attachment_get_step,
    .clear = attachment_get_clear,
};
