#ifndef TCRD_CONTRACTS_CONTRACT_CHECKLIST_H
#define TCRD_CONTRACTS_CONTRACT_CHECKLIST_H
#include <jansson.h>

#include "server/api/call.h"
#include "server/form/contract.h"
/* contract_checklist - the lines that stand between a contract and its registration (rule_checklist
 * of the rule set of the day).
 *
 * What a machine can see in the form is answered beforehand; the rest is put to the registrar, who
 * answers each line or all others in one act ("rule": "*"). Flags and findings that may be waived
 * are lines as well, but each needs an answer and a note of its own.
 */
enum { CHECKLIST_MAX = 100 };

/* Judge body.checklist for this contract; faults, one for each line that is not passed, go to
 * call->faults. extra is a JSON array of the words of further lines. Returns the answers to keep:
 * [{"rule", "answer", "by", "note"?}], a new reference; by is machine, registrar or all_others. */
json_t *contract_checklist_judge(struct call *call, const struct contract *contract,
    int32_t rules_day, const json_t *extra, const json_t *given);
/* The lines with what a machine sees: [{"rule", "group", "zh", "en", "article", "answer": true or
 * null}], a new reference. */
json_t *contract_checklist_lines(
    struct call *call, const struct contract *contract, int32_t rules_day, const json_t *extra);
#endif
