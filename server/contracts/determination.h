#ifndef TCRD_CONTRACTS_DETERMINATION_H
#define TCRD_CONTRACTS_DETERMINATION_H
#include "server/api/call.h"
#include "server/form/contract.h"
/* determination - what the deciding side makes of a filing: body.determined laid over the filed
 * text, with body.reason where that changes anything. The whole is judged like a filing; the filed
 * copy never changes; figures count the result.
 */
struct determination {
    struct contract contract; /* filed with the determined values over it */
    struct fault_list hints;
    json_t *filed;
};

/* Reads body.determined and body.reason; faults go to call->faults. */
void determination_read(struct call *call, struct determination *self, const char *filed);
void determination_clear(struct determination *self);
/* The columns of tcr.contract that figures read; everything else of the contract stays as it was
 * filed. */
const char *determination_columns(struct call *call, const struct determination *self);
/* What the release keeps: {"determined", "differences", "reason"}, a new reference. */
json_t *determination_detail(struct call *call, const struct determination *self);
#endif
