#ifndef TCRD_REQUESTS_REQUEST_INT_H
#define TCRD_REQUESTS_REQUEST_INT_H
#include <jansson.h>

#include "common/buf.h"
#include "common/digest.h"
#include "server/act/act.h"
#include "server/api/fields.h"
#include "server/form/contract.h"
/* request_int - what the methods of this room share. */

/* What makes a new text of a registered contract. Borrowed. */
struct request_values {
    const char *filed;        /* JSON text */
    const json_t *earlier;    /* the registrar's values so far; NULL without */
    const json_t *proposed;   /* NULL without */
    const json_t *determined; /* the registrar's values beside the proposed ones; NULL without */
    /* The proposed values change what is filed; else they are only asked to be determined so. */
    bool restates;
    const char *pointer; /* of the body's member that faults belong to, "/proposed" */
};

/* A registered contract as it would be. */
struct request_text {
    struct contract stated; /* the filed text */
    struct contract after;  /* with the registrar's values: as it counts */
    json_t *determined;     /* those values */
    struct buf body;        /* the filed text, canonical; empty unless it is restated */
    uint8_t body_sha256[SHA256_BYTES];
    bool is_same;     /* nothing of what is registered would change */
    bool is_restated; /* the filed text would, whether the registrar's values hide that or not */
};
/* Read and judge; every new fault goes to call->faults. Faults that the contract has already, in
 * fields that nobody names, are not held against it: rules and codes may be younger than the
 * contract. False with faults. */
bool request_text_read(
    struct call *call, struct request_text *text, const struct request_values *values);
void request_text_clear(struct request_text *text);
/* The columns of tcr.contract, for tcr.contract_act. */
const char *request_columns(struct call *call, const struct request_text *text);
/* The registrar's values with those that figures count, as the release keeps them; a new reference.
 */
json_t *request_determined(const struct request_text *text);
/* Where they differ from the filed text; a new reference. */
json_t *request_differences(const struct request_text *text);

/* A code of change_cancel_revoke_reason that is no reason for this (change, cancel, object, revoke)
 * is a fault. */
void request_check_reason(
    struct call *call, const char *member, const char *kind, const char *rule);
/* Amounts of the benefits in the body become text, as answers write money. */
void request_write_benefits(struct call *call);

/* Benefits taken on a registration that ends, in the bodies of request.cancel, request.approve and
 * contract.revoke. */
extern const struct field request_benefit_fields[];
enum { REQUEST_BENEFITS_MAX = 100, REQUEST_PAPERS_MAX = 50, NOTE_MAX = 2000, DOCUMENT_MAX = 200 };
extern const struct method_param request_contract_params[]; /* {id} is a contract */
extern const struct method_param request_id_params[];       /* {id} is a request */
#endif
