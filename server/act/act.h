#ifndef TCRD_ACT_ACT_H
#define TCRD_ACT_ACT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "server/api/call.h"
/* act - one act on an existing contract, whatever the room: accept, certify, record a receipt, ask
 * for a change ...
 *
 * Every act is a row of tcr.act and of tcr.transition, makes one release and is done by one SQL
 * function, tcr.contract_act(), which answers in the order of DESIGN.md section 4: role,
 * visibility, key, own filing, If-Match, state, faults. A step goes act_contract_id() or
 * act_child_id() act_look()   when faults must be found in C, or a header is missing: asks what
 * comes before faults act_looked() act_send() act_acted()  then the columns of the release are
 * there and answers in its own words. See contracts/contract_certify.c for all of it.
 */
struct act {
    const char *act; /* as tcr.act calls it */
    int64_t contract_id;
    const char *child; /* "request" or "receipt" when the path names one; NULL: the path names the
                          contract */
    int64_t child_id;
    const char *columns; /* JSON: columns of tcr.contract as they shall become; NULL without */
    const char *detail;  /* JSON: what the act brings along, kept in the release; NULL without */
    const char *number;  /* registration number typed in; NULL without */
    const char *body;    /* a new filed text, of body_len bytes; NULL without */
    size_t body_len;
    const uint8_t *body_sha256;
    struct db_call before;
    struct db_call db;
};

/* Columns of act->before after act_looked(). */
enum {
    BEFORE_CONTRACT,
    BEFORE_SEQ,
    BEFORE_STATUS,
    BEFORE_BODY,
    BEFORE_PERSON_REFUSAL, /* who may not decide it, and in which state nobody can: refusals for */
    BEFORE_STATE_REFUSAL,  /* server/api/refusal.h, NULL without */
    BEFORE_KEY_SHA256,
    BEFORE_CONTEXT, /* JSON object of tcr.act_context(): rules_day, rule_set, holds, findings, child
                       ... */
    BEFORE_COLUMNS
};

/* A contract's state as tcr.contract_act() and tcr.contract_get() give it, from some first column
 * on. */
enum {
    STATE_ID,
    STATE_SEQ,
    STATE_STATUS,
    STATE_AGENCY,
    STATE_SUBMITTED_ON,
    STATE_ACCEPTED_ON,
    STATE_DUE_ON,
    STATE_DUE_IS_PROVISIONAL,
    STATE_REGISTERED_ON,
    STATE_NUMBER,
    STATE_ROUTE,
    STATE_RULE_SET,
    STATE_ASSIGNEE,
    STATE_CHECK_CODE,
    STATE_DETAIL,
    STATE_PENDING,
    STATE_BODY,
    STATE_COLUMNS
};
#define ACT_STATE_LIST                                                                             \
    "contract_id, seq, status, agency_id, submitted_on, accepted_on, due_on, due_is_provisional, " \
    "registered_on, registration_number, route, rule_set, assignee, check_code, detail, pending, " \
    "body"
/* Columns of act->db after act_acted(). */
enum { ACTED_OUTCOME = 1, ACTED_OTHER, ACTED_REFUSAL, ACTED_EXTRA, ACTED_STATE };

extern const struct db_stmt sql_contract_act;
extern const struct db_stmt sql_contract_before_act;

/* Digits of a 64-bit id; false when it cannot be one. */
bool act_parse_id(const char *text, int64_t *id);
/* The contract that the path names by {id}. false: call->err says not found. */
bool act_contract_id(struct call *call, struct act *act);
/* The request or receipt that the path names by {id}; act_look() finds its contract, so it must
 * follow. */
bool act_child_id(struct call *call, struct act *act, const char *child);

/* Ask what must be answered before faults: visibility, key, If-Match, state. */
enum call_next act_look(struct call *call, struct act *act);
/* After that: CALL_DONE the act may be judged, CALL_FAIL it is refused; *is_replay: it was done
 * before with this key, send it as it is. */
enum call_next act_looked(struct call *call, struct act *act, bool *is_replay);
enum call_next act_send(struct call *call, struct act *act);
/* CALL_DONE: done now, or before with this key (call->replayed). CALL_FAIL: refused, call->err and
 * call->faults say why. */
enum call_next act_acted(struct call *call, struct act *act);
/* Answer with the object that the act's room made (tcr.act_<family>_store): JSON text; ETag is the
 * contract's seq. */
enum call_next act_answer_extra(struct call *call, const struct act *act);
/* CALL_FAIL for an outcome of a database function other than ok and replay; other_id: the caller's
 * own contract that is the same, 0 without. */
enum call_next act_outcome(struct call *call, const char *outcome, int64_t other_id);
/* CALL_FAIL: there is no such contract, or child of one (see struct act), for this account. */
enum call_next act_not_found(struct call *call, const char *child);
/* One JSON text in the arena of the call; takes value. */
const char *act_dump(struct call *call, json_t *value);
#endif
