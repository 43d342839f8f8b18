#ifndef TCRD_CONTRACTS_CONTRACT_INT_H
#define TCRD_CONTRACTS_CONTRACT_INT_H
#include "common/digest.h"
#include "server/act/act.h"
#include "server/api/call.h"
#include "server/api/fields.h"
#include "server/contracts/contract_sql.h"
#include "server/form/contract.h"
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

/* contract_answer.c */
struct contract_state {
    int64_t id;
    int64_t seq;
    const char *status;
    int64_t agency_id;
    const char *submitted_on; /* days as text, NULL without */
    const char *accepted_on;
    const char *due_on;
    bool due_is_provisional; /* counted in a year whose calendar is not loaded yet */
    const char *registered_on;
    const char *number;
    const char *route;
    const char *rule_set; /* of the decision, NULL before it */
    const char *assignee; /* name of an account, NULL without */
    const char *check_code;
    const char *detail;     /* JSON of the last act that determined values, NULL without */
    const char *pending;    /* JSON array: requests that wait for a decision; NULL: not known */
    const char *holds;      /* JSON array: holds on its parties; NULL: not for this reader */
    const char *correction; /* JSON object: what an open return asks for; NULL without */
    const char *refusal;    /* JSON object: why it was refused; NULL without */
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

/* Send nothing more: answer with the contract as the act left it. hints may be NULL. */
enum call_next contract_act_done(
    struct call *call, struct act *act, const struct fault_list *hints);
/* An item of body.reasons: a coded reason of a refusal. */
extern const struct field contract_reason_fields[];
/* Reasons of body.reasons that need a note and have none. */
void contract_judge_reasons(struct call *call);
/* The act brings this filing's text and columns. */
void filing_into_act(struct call *call, struct act *act, const struct filing *filing);
#endif
