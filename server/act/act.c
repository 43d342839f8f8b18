#include "server/act/act_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api.h"
#include "server/api/refusal.h"

bool
act_parse_id(const char *text, int64_t *id)
{
    char *end;

    if (text == NULL || *text < '1' || *text > '9' || strlen(text) > 19)
        return false;
    errno = 0;
    *id = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0;
}

enum call_next
act_not_found(struct call *call, const char *child)
{
    return call_refuse(call, ERR_NOT_FOUND,
        arena_printf(call->arena, "refused.no_%s", child == NULL ? "contract" : child));
}

static bool
path_id(struct call *call, const char *what, int64_t *id)
{
    const char *text = call_arg(call, "id");

    call->audit_object = arena_printf(call->arena, "%s %.40s", what, text == NULL ? "" : text);
    if (act_parse_id(text, id))
        return true;
    act_not_found(call, what);
    return false;
}

bool
act_contract_id(struct call *call, struct act *act)
{
    return path_id(call, "contract", &act->contract_id);
}

bool
act_child_id(struct call *call, struct act *act, const char *child)
{
    act->child = child;
    return path_id(call, child, &act->child_id);
}

const char *
act_dump(struct call *call, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    const char *copy = arena_strdup(call->arena, text);

    free(text);
    json_decref(value);
    return copy;
}

enum call_next
act_look(struct call *call, struct act *act)
{
    struct db_call *db = &act->before;

    call_db_init(call, db, &sql_contract_before_act);
    db_set_int(db, 0, call->principal.account_id);
    db_set_text(db, 1, call->method->name);
    if (act->child == NULL)
        db_set_int(db, 2, act->contract_id);
    db_set_text(db, 3, act->act);
    db_set_text(db, 4, call->idempotency_key);
    db_set_text(db, 5, act->child);
    if (act->child != NULL)
        db_set_int(db, 6, act->child_id);
    return call_wait_db(call, db);
}

enum call_next
act_looked(struct call *call, struct act *act, bool *is_replay)
{
    const struct db_call *db = &act->before;
    const char *key_sha256;
    char sha256[SHA256_HEX_BYTES];

    *is_replay = false;
    if (call_db_failed(call, db))
        return CALL_FAIL;
    if (db_rows(db) == 0)
        return act_not_found(call, act->child);
    act->contract_id = db_int(db, 0, BEFORE_CONTRACT);
    if (call->missing == ERR_KEY_MISSING)
        return call_fail_missing(call);
    key_sha256 = db_text(db, 0, BEFORE_KEY_SHA256);
    if (key_sha256 != NULL) {
        hex_format(call->request_sha256, SHA256_BYTES, sha256);
        if (strcmp(key_sha256, sha256) != 0)
            return act_outcome(call, "key_reused", 0);
        *is_replay = true;
        return CALL_DONE;
    }
    if (call->missing != ERR_NONE)
        return call_fail_missing(call);
    if (!db_is_null(db, 0, BEFORE_PERSON_REFUSAL))
        return refusal_fail(call, db_text(db, 0, BEFORE_PERSON_REFUSAL));
    if (call->if_match != db_int(db, 0, BEFORE_SEQ))
        return act_outcome(call, "stale", 0);
    if (!db_is_null(db, 0, BEFORE_STATE_REFUSAL))
        return refusal_fail(call, db_text(db, 0, BEFORE_STATE_REFUSAL));
    return CALL_DONE;
}

enum call_next
act_send(struct call *call, struct act *act)
{
    struct db_call *db = &act->db;
    uint8_t check_code[16];
    char *text = arena_alloc(call->arena, 2 * sizeof(check_code) + 1);

    call_db_init(call, db, &sql_contract_act);
    db_set_int(db, ACT_ACCOUNT, call->principal.account_id);
    db_set_text(db, ACT_KEY, call->idempotency_key);
    db_set_bytes(db, ACT_REQUEST_SHA256, call->request_sha256, SHA256_BYTES);
    db_set_text(db, ACT_REQUEST_ID, call->request_id);
    db_set_text(db, ACT_PEER, call->peer_address);
    db_set_int(db, ACT_CONTRACT, act->contract_id);
    db_set_int(db, ACT_IF_MATCH, call->if_match);
    db_set_text(db, ACT_ACT, act->act);
    db_set_text(db, ACT_METHOD, call->method->name);
    db_set_text(db, ACT_COLUMNS, act->columns);
    if (act->body != NULL) {
        db_set_text_n(db, ACT_BODY, act->body, act->body_len);
        db_set_bytes(db, ACT_BODY_SHA256, act->body_sha256, SHA256_BYTES);
    }
    db_set_text(db, ACT_DETAIL, act->detail);
    db_set_text(db, ACT_NUMBER, act->number);
    /* Only an act that issues a certificate takes it. */
    random_bytes(check_code, sizeof(check_code));
    db_set_text(db, ACT_CHECK_CODE, hex_format(check_code, sizeof(check_code), text));
    if (act->child != NULL)
        db_set_int(db, ACT_CHILD, act->child_id);
    return call_wait_db(call, db);
}

/* Figures count what is registered, so no other act moves any. */
static bool
moves_figures(const char *status)
{
    return status != NULL &&
           (strcmp(status, "registered") == 0 || strcmp(status, "cancelled") == 0 ||
               strcmp(status, "revoked") == 0);
}

enum call_next
act_acted(struct call *call, struct act *act)
{
    const struct db_call *db = &act->db;
    const char *outcome;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    outcome = db_text(db, 0, ACTED_OUTCOME);
    call->replayed = strcmp(outcome, "replay") == 0;
    if (call->replayed || strcmp(outcome, "ok") == 0) {
        if (moves_figures(db_text(db, 0, ACTED_STATE + STATE_STATUS)))
            api_moved(call->api);
        return CALL_DONE;
    }
    if (!db_is_null(db, 0, ACTED_REFUSAL))
        return refusal_fail(call, db_text(db, 0, ACTED_REFUSAL));
    if (strcmp(outcome, "not_found") == 0)
        return act_not_found(call, act->child);
    return act_outcome(call, outcome, db_int(db, 0, ACTED_OTHER));
}

enum call_next
act_answer_extra(struct call *call, const struct act *act)
{
    const char *extra = db_text(&act->db, 0, ACTED_EXTRA);

    buf_puts(&call->reply.body, extra == NULL ? "{}" : extra);
    call->reply.has_etag = true;
    call->reply.etag = db_int(&act->db, 0, ACTED_STATE + STATE_SEQ);
    return CALL_DONE;
}

enum call_next
act_outcome(struct call *call, const char *outcome, int64_t other_id)
{
    const char *other = arena_printf(call->arena, "%lld", (long long)other_id);

    if (strcmp(outcome, "duplicate") == 0 && other_id != 0)
        return call_refuse_more(call, ERR_DUPLICATE, "refused.duplicate_own", other, other);
    return refusal_outcome(call, outcome, NULL, NULL);
}
