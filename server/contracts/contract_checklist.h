#ifndef TCRD_CONTRACTS_CONTRACT_CHECKLIST_H
#define TCRD_CONTRACTS_CONTRACT_CHECKLIST_H
#include <jansson.h>

#include "server/api/call.h"
#include "server/form/contract.h"
/* contract_checklist - the lines that stand between a contract and its registration (rule_checklist
 * of the rule set of the day).
 *
 * What a machine can see in the form is answered beforehand, true or false (contract_sight.h); the
 * rest is put to the registrar, who answers each line or all others in one act ("rule": "*"). A
 * line that the machine answers false needs an answer and a note of its own, and so do flags and
 * findings that may be waived, which are lines as well. A finding that was confirmed as the same
 * contract, and papers that are not there, no answer passes.
 */
enum { CHECKLIST_MAX = 100 };

/* Judge body.checklist for this contract; faults, one for each line that is not passed, go to
 * call->faults. context is what tcr.act_core_context() says of a certification. Returns the answers
 * to keep: [{"rule", "answer", "by", "note"?, "machine"?}], a new reference; by is machine,
 * registrar or all_others, machine is false where the registrar passed what the form speaks
 * against. */
json_t *contract_checklist_judge(struct call *call, const struct contract *contract,
    int32_t rules_day, const json_t *context, const json_t *given);
/* The lines with what a machine sees: [{"rule", "group", "zh", "en", "article", "answer": true,
 * false or null}], a new reference. */
json_t *contract_checklist_lines(
    struct call *call, const struct contract *contract, int32_t rules_day, const json_t *context);
/* The fault that a finding was confirmed as the same contract. */
void contract_confirmed_fault(struct call *call, const char *finding);
#endif
