#include "server/api/store.h"

#include <string.h>

#include "common/digest.h"
#include "server/api/api.h"
#include "server/api/refusal.h"
#include "server/api/store_int.h"

#define STORED_COLUMNS "item, outcome, answer, id, version, refusal"

/* Columns of tcr.store and tcr.store_look. */
enum { STORED_OUTCOME = 1, STORED_ANSWER, STORED_ID, STORED_VERSION, STORED_REFUSAL };

const struct db_stmt sql_store = {
    .name = "store",
    .sql = "select " STORED_COLUMNS " from tcr.store($1, $2, $3, $4, $5, $6, $7, $8)",
    .kind = DB_WRITE,
    .param_count = 8,
    .params = {DB_INT8, DB_TEXT, DB_BYTEA, DB_TEXT, DB_TEXT, DB_TEXT, DB_INT8, DB_JSONB},
};

const struct db_stmt sql_store_look = {
    .name = "store_look",
    .sql = "select " STORED_COLUMNS " from tcr.store_look($1, $2, $3, $4, $5, $6)",
    .kind = DB_READ,
    .param_count = 6,
    .params = {DB_INT8, DB_TEXT, DB_BYTEA, DB_TEXT, DB_INT8, DB_JSONB},
};

static void
write_answer(struct call *call, const struct db_call *db)
{
    buf_puts(&call->reply.body, db_text(db, 0, STORED_ANSWER));
    if (!db_is_null(db, 0, STORED_VERSION)) {
        call->reply.has_etag = true;
        call->reply.etag = db_int(db, 0, STORED_VERSION);
    }
    if (call->method->location != NULL && !db_is_null(db, 0, STORED_ID))
        call->reply.location =
            arena_printf(call->arena, "%s%s", call->method->location, db_text(db, 0, STORED_ID));
}

static enum call_next
store_answer(struct call *call, const struct db_call *db)
{
    const char *outcome;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    outcome = db_text(db, 0, STORED_OUTCOME);
    if (strcmp(outcome, "ok") == 0 || strcmp(outcome, "replay") == 0) {
        call->replayed = strcmp(outcome, "replay") == 0;
        api_moved(call->api); /* reference values, closings, who may ask: they are rare */
        write_answer(call, db);
        return CALL_DONE;
    }
    return refusal_fail(call, db_text(db, 0, STORED_REFUSAL));
}

static void
set_account(struct call *call, struct db_call *db)
{
    if ((call->method->flags & METHOD_PUBLIC) == 0)
        db_set_int(db, 0, call->principal.account_id);
}

static enum call_next
store_look(struct call *call, struct store_state *self)
{
    struct db_call *db = &self->look;

    call_db_init(call, db, &sql_store_look);
    set_account(call, db);
    if (call->method->flags & METHOD_KEY)
        db_set_text(db, 1, call->idempotency_key);
    db_set_bytes(db, 2, call->request_sha256, SHA256_BYTES);
    db_set_text(db, 3, call->method->name);
    if (call->has_if_match)
        db_set_int(db, 4, call->if_match);
    db_set_text(db, 5, self->args);
    self->at = STORE_LOOKED;
    return call_wait_db(call, db);
}

/* The key of an earlier call answers whatever is wrong with the body today. */
static enum call_next
store_looked(struct call *call, const struct store_state *self)
{
    const struct db_call *db = &self->look;
    const char *outcome;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    outcome = db_text(db, 0, STORED_OUTCOME);
    if (strcmp(outcome, "forbidden") == 0 || strcmp(outcome, "not_found") == 0)
        return store_answer(call, db);
    if (call->missing == ERR_KEY_MISSING)
        return call_fail_missing(call);
    if (strcmp(outcome, "replay") == 0 || strcmp(outcome, "key_reused") == 0)
        return store_answer(call, db);
    if (call->missing != ERR_NONE)
        return call_fail_missing(call);
    if (strcmp(outcome, "ok") == 0)
        return call_fail_faults(call);
    return store_answer(call, db);
}

static enum call_next
store_start(struct call *call, struct store_state *self)
{
    struct db_call *db = &self->db;

    self->args = store_args(call);
    if (self->args == NULL)
        return CALL_FAIL;
    if (call->missing != ERR_NONE || call->faults.count > 0)
        return store_look(call, self);
    call_db_init(call, db, &sql_store);
    set_account(call, db);
    /* A key that the method does not ask for is not kept: PUT and DELETE may be repeated anyway. */
    if (call->method->flags & METHOD_KEY)
        db_set_text(db, 1, call->idempotency_key);
    db_set_bytes(db, 2, call->request_sha256, SHA256_BYTES);
    db_set_text(db, 3, call->request_id);
    db_set_text(db, 4, call->peer_address);
    db_set_text(db, 5, call->method->name);
    if (call->has_if_match)
        db_set_int(db, 6, call->if_match);
    db_set_text(db, 7, self->args);
    self->at = STORE_DONE;
    return call_wait_db(call, db);
}

enum call_next
store_step(struct call *call, void *state)
{
    struct store_state *self = state;

    switch (self->at) {
    case STORE_START:
        return store_start(call, self);
    case STORE_LOOKED:
        return store_looked(call, self);
    case STORE_DONE:
        return store_answer(call, &self->db);
    }
    return CALL_FAIL;
}
