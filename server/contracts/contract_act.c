#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/contracts/contract_int.h"

bool
contract_parse_id(const char *text, int64_t *id)
{
    char *end;

    if (text == NULL || *text < '1' || *text > '9' || strlen(text) > 19)
        return false;
    errno = 0;
    *id = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0;
}

bool
contract_act_id(struct call *call, struct contract_act *act)
{
    const char *text = call_arg(call, "id");

    call->audit_object = arena_printf(call->arena, "contract %.40s", text == NULL ? "" : text);
    if (contract_parse_id(text, &act->contract_id))
        return true;
    call_fail(call, ERR_NOT_FOUND, "no such contract");
    return false;
}

enum call_next
contract_outcome(struct call *call, const char *outcome, const char *status, int64_t other_id)
{
    if (strcmp(outcome, "forbidden") == 0)
        return call_fail(
            call, ERR_FORBIDDEN, "the account or its agency may not do this (any more)");
    if (strcmp(outcome, "own_code") == 0)
        return call_fail(call, ERR_FORBIDDEN, "the agency is no party of this contract");
    if (strcmp(outcome, "not_found") == 0)
        return call_fail(call, ERR_NOT_FOUND, "no such contract");
    if (strcmp(outcome, "own_filing") == 0)
        return call_fail(call, ERR_OWN_FILING, "the account or its agency filed this contract");
    if (strcmp(outcome, "employer") == 0)
        return call_fail(
            call, ERR_OWN_FILING, "the registrar's employer is a party of this contract");
    if (strcmp(outcome, "key_reused") == 0)
        return call_fail(call, ERR_KEY_REUSED, "this Idempotency-Key belongs to another request");
    if (strcmp(outcome, "stale") == 0)
        return call_fail(call, ERR_STALE, "the contract has changed; read it again");
    if (strcmp(outcome, "state") == 0)
        return call_fail(call, ERR_STATE, "not possible while the contract is %s",
            status == NULL ? "so" : status);
    if (strcmp(outcome, "duplicate") == 0 && other_id != 0)
        return call_fail(call, ERR_DUPLICATE, "it is your contract %lld", (long long)other_id);
    if (strcmp(outcome, "duplicate") == 0)
        return call_fail(
            call, ERR_DUPLICATE, "same seller, buyer, title, day of signing and total amount");
    if (strcmp(outcome, "row_key") == 0)
        return call_fail(call, ERR_ROW_KEY, "another contract of the agency has this row_key");
    if (strcmp(outcome, "point_full") == 0)
        return call_fail(call, ERR_POINT_FULL, "ask the bureau to open another registration point");
    if (strcmp(outcome, "again") == 0)
        return call_fail(call, ERR_KEY_RUNNING, "a request with this key was just refused; repeat");
    if (strcmp(outcome, "number") == 0) {
        fault_add(&call->faults, "/registration_number", "certify.number", NULL,
            "登记编号与登记点的编号来源不符、格式不对或已被使用",
            "the number does not fit the number source of the point, is malformed or in use");
        return call_fail_faults(call);
    }
    return call_fail(call, ERR_INTERNAL, "unexpected outcome");
}

enum call_next
contract_act_look(struct call *call, struct contract_act *act)
{
    struct db_call *db = &act->before;

    call_db_init(call, db, &sql_contract_before_act);
    db_set_int(db, 0, call->principal.account_id);
    db_set_text(db, 1, call->method->name);
    db_set_int(db, 2, act->contract_id);
    db_set_text(db, 3, act->act);
    db_set_text(db, 4, call->idempotency_key);
    return call_wait_db(call, db);
}

enum call_next
contract_act_looked(struct call *call, struct contract_act *act, bool *is_replay)
{
    const struct db_call *db = &act->before;
    const char *key_sha256;
    char sha256[SHA256_HEX_BYTES];

    *is_replay = false;
    if (call_db_failed(call, db))
        return CALL_FAIL;
    if (db_rows(db) == 0)
        return contract_outcome(call, "not_found", NULL, 0);
    if (call->missing != ERR_NONE)
        return call_fail_missing(call);
    key_sha256 = db_text(db, 0, BEFORE_KEY_SHA256);
    if (key_sha256 != NULL) {
        hex_format(call->request_sha256, SHA256_BYTES, sha256);
        if (strcmp(key_sha256, sha256) != 0)
            return contract_outcome(call, "key_reused", NULL, 0);
        *is_replay = true;
        return CALL_DONE;
    }
    if (db_bool(db, 0, BEFORE_IS_OWN) && !(call->method->roles & ROLE_AGENCY))
        return contract_outcome(call, "own_filing", NULL, 0);
    if (call->if_match != db_int(db, 0, BEFORE_SEQ))
        return contract_outcome(call, "stale", NULL, 0);
    if (!db_bool(db, 0, BEFORE_IS_ALLOWED))
        return contract_outcome(call, "state", db_text(db, 0, BEFORE_STATUS), 0);
    return CALL_DONE;
}

enum call_next
contract_act_send(struct call *call, struct contract_act *act)
{
    struct db_call *db = &act->db;
    uint8_t check_code[16];

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
    if (act->filing != NULL) {
        db_set_text_n(db, ACT_BODY, act->filing->body.data, act->filing->body.len);
        db_set_bytes(db, ACT_BODY_SHA256, act->filing->body_sha256, SHA256_BYTES);
    }
    db_set_text(db, ACT_DETAIL, act->detail);
    db_set_text(db, ACT_NUMBER, act->number);
    if (strcmp(act->act, "certify") == 0) {
        char *text = arena_alloc(call->arena, 2 * sizeof(check_code) + 1);

        random_bytes(check_code, sizeof(check_code));
        db_set_text(db, ACT_CHECK_CODE, hex_format(check_code, sizeof(check_code), text));
    }
    return call_wait_db(call, db);
}

enum call_next
contract_act_done(struct call *call, struct contract_act *act)
{
    const struct db_call *db = &act->db;
    struct contract_state state;
    struct buf members = {0};
    const char *outcome;
    const char *status;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    outcome = db_text(db, 0, ACTED_OUTCOME);
    status = db_text(db, 0, ACTED_STATE + STATE_STATUS);
    if (strcmp(outcome, "ok") != 0 && strcmp(outcome, "replay") != 0)
        return contract_outcome(call, outcome, status, db_int(db, 0, ACTED_OTHER));
    call->replayed = strcmp(outcome, "replay") == 0;
    contract_state_read(&state, db, ACTED_STATE);
    contract_members(call, &members, db_text(db, 0, ACTED_STATE + STATE_BODY), true);
    contract_answer(call, &state, members.data, members.len,
        act->filing == NULL ? NULL : &act->filing->hints, NULL);
    buf_clear(&members);
    return CALL_DONE;
}
