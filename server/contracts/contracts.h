#ifndef TCRD_CONTRACTS_CONTRACTS_H
#define TCRD_CONTRACTS_CONTRACTS_H
#include "server/api/method.h"
/* contracts - the methods of this room, for app/routes.c. */
extern const struct method contract_check_method;
extern const struct method contract_submit_method;
extern const struct method contract_list_method;
extern const struct method contract_get_method;
extern const struct method contract_history_method;
extern const struct method contract_replace_method;
extern const struct method contract_submit_draft_method;
extern const struct method contract_recall_method;
extern const struct method contract_withdraw_method;
extern const struct method contract_accept_method;
extern const struct method contract_return_method;
extern const struct method contract_certify_method;
extern const struct method contract_refuse_method;
extern const struct method contract_checklist_method;
extern const struct method contract_escalate_method;
extern const struct method contract_forward_method;
extern const struct method contract_record_decision_method;
extern const struct method contract_assign_method;
extern const struct method contract_batch_method;
#endif
