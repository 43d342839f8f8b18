#ifndef TCRD_REGISTERS_REGISTERS_H
#define TCRD_REGISTERS_REGISTERS_H
#include "server/api/method.h"
/* registers - who files, mediates and decides: agencies and their units, brokers, registration
 * points, accounts; what each brought about in a year; and who did what (the audit).
 *
 * Rows of methods only; what they do stands in sql/functions/ in a file of the method's room.
 */
extern const struct method agency_list_method;
extern const struct method agency_get_method;
extern const struct method agency_add_method;
extern const struct method agency_change_method;
extern const struct method agency_disable_method;
extern const struct method agency_enable_method;

extern const struct method unit_list_method;
extern const struct method unit_add_method;
extern const struct method unit_change_method;

extern const struct method broker_list_method;
extern const struct method broker_get_method;
extern const struct method broker_add_method;
extern const struct method broker_change_method;

extern const struct method point_list_method;
extern const struct method point_get_method;
extern const struct method point_add_method;
extern const struct method point_change_method;

extern const struct method agency_performance_method;
extern const struct method broker_performance_method;
extern const struct method point_performance_method;

extern const struct method account_list_method;
extern const struct method account_get_method;
extern const struct method account_add_method;
extern const struct method account_grant_method;
extern const struct method account_revoke_method;
extern const struct method account_disable_method;
extern const struct method account_enable_method;

extern const struct method account_request_method;
extern const struct method account_requests_method;
extern const struct method account_request_get_method;
extern const struct method account_approve_method;
extern const struct method account_reject_method;

extern const struct method audit_list_method;
#endif
