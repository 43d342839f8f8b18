#ifndef TCRD_REQUESTS_REQUESTS_H
#define TCRD_REQUESTS_REQUESTS_H
#include "server/api/method.h"
/* requests - after registration: changes, corrections, cancellations and objections asked for and
 * decided, the bureau's revocation, holds on parties. */
extern const struct method request_change_method;
extern const struct method request_cancel_method;
extern const struct method request_correct_method;
extern const struct method request_object_method;
extern const struct method request_approve_method;
extern const struct method request_reject_method;
extern const struct method request_withdraw_method;
extern const struct method request_get_method;
extern const struct method request_list_method;
extern const struct method contract_revoke_method;
extern const struct method hold_place_method;
extern const struct method hold_lift_method;
extern const struct method hold_list_method;
#endif
