#ifndef TCRD_CONTRACTS_CONTRACT_INT_H
#define TCRD_CONTRACTS_CONTRACT_INT_H
#include "common/digest.h"
#include "server/api/call.h"
#include "server/contracts/contract.h"
#include "server/contracts/contract_sql.h"
/* contract_int - what the methods of this room share. */

/* A filing on its way into the record: read from JSON, judged, and ready to be stored. */
struct filing {
    struct contract contract;
    struct fault_list hints;
    int syntax_faults; /* of call->faults; the rest are faults of content */
    struct buf body;   /* the filed text: canonical JSON, one object */
    uint8_t body_sha256[SHA256_BYTES];
    uint8_t duplicate_key[SHA256_BYTES];
};

/* Fill filing from json; faults go to call->faults. Needs the codes: false (call->err set) while
 * they are not loaded. */
bool filing_read(struct call *call, struct filing *filing, const json_t *json);
/* Write the texts and digests; only without syntax faults. */
void filing_seal(struct filing *filing);
void filing_clear(struct filing *filing);
/* Parameters SUBMIT_BODY to SUBMIT_PARTY_CODES. */
void filing_set(struct call *call, struct db_call *db, const struct filing *filing);
/* The columns of tcr.contract as a JSON object, for tcr.contract_act. */
const char *filing_columns(struct call *call, const struct filing *filing);

/* contract_answer.c */
struct contract_state {
    int64_t id;
    int64_t seq;
    const char *status;
    int64_t agency_id;
    const char *submitted_on; /* days as text, NULL without */
    const char *accepted_on;
    const char *due_on;
    const char *registered_on;
    const char *number;
    const char *route;
    const char *check_code;
    const char *detail; /* JSON of the certification, NULL without */
};
void contract_state_read(struct contract_state *state, const struct db_call *db, int first_column);
/* {"id":...,<filed members>,"determined":...}; hints and faults may be NULL. Sets the ETag too. */
void contract_answer(struct call *call, const struct contract_state *state, const char *members,
    size_t len, const struct fault_list *hints, const struct fault_list *faults);
/* The members of a stored body as this caller may see them. */
void contract_members(struct call *call, struct buf *out, const char *body, bool with_private);
/* `"name":` and the text or null, after a comma. */
void answer_text(struct buf *out, const char *name, const char *value);
void answer_money(struct buf *out, const char *name, int64_t fen);

/* contract_act.c: what all acts have in common */
struct contract_act {
    const char *act; /* as tcr.transition calls it */
    int64_t contract_id;
    const char *columns; /* JSON; NULL without */
    const char *detail;
    const char *number;
    const struct filing *filing; /* NULL without */
    struct db_call before;
    struct db_call db;
};
/* The id of the path. false: call->err says not found. */
bool contract_act_id(struct call *call, struct contract_act *act);
/* Ask what must be answered before faults: visibility, key, If-Match, state. */
enum call_next contract_act_look(struct call *call, struct contract_act *act);
/* After that: CALL_DONE the act may be judged, CALL_FAIL it is refused; *is_replay: it was done
 * before with this key. */
enum call_next contract_act_looked(struct call *call, struct contract_act *act, bool *is_replay);
/* Send it, and answer when it is done. */
enum call_next contract_act_send(struct call *call, struct contract_act *act);
enum call_next contract_act_done(struct call *call, struct contract_act *act);
/* call->err for an outcome other than ok and replay. */
enum call_next contract_outcome(
    struct call *call, const char *outcome, const char *status, int64_t other_id);
/* Digits of a 64-bit id; false when it cannot be one. */
bool contract_parse_id(const char *text, int64_t *id);
#endif
