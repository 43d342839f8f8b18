#include "server/app/routes.h"

#include <stddef.h>

#include "server/act/act.h"
#include "server/admin/admin.h"
#include "server/api/store.h"
#include "server/app/codes_load.h"
#include "server/attachments/attachments.h"
#include "server/auth/auth.h"
#include "server/bulletin/bulletin.h"
#include "server/contracts/contract_sql.h"
#include "server/contracts/contracts.h"
#include "server/exchange/exchange.h"
#include "server/feed/feed.h"
#include "server/findings/findings.h"
#include "server/income/income.h"
#include "server/law/law.h"
#include "server/papers/papers.h"
#include "server/reference/reference.h"
#include "server/registers/registers.h"
#include "server/requests/requests.h"
#include "server/stats/stats.h"
#include "server/stats/stats_sql.h"

static const struct method *const methods[] = {
    &contract_check_method,
    &contract_submit_method,
    &contract_list_method,
    &contract_get_method,
    &contract_history_method,
    &contract_replace_method,
    &contract_submit_draft_method,
    &contract_recall_method,
    &contract_withdraw_method,
    &contract_accept_method,
    &contract_return_method,
    &contract_certify_method,
    &contract_refuse_method,
    &contract_checklist_method,
    &contract_escalate_method,
    &contract_forward_method,
    &contract_record_decision_method,
    &contract_assign_method,
    &contract_batch_method,
    &feed_read_method,
    &request_change_method,
    &request_cancel_method,
    &request_correct_method,
    &request_object_method,
    &request_approve_method,
    &request_reject_method,
    &request_withdraw_method,
    &request_get_method,
    &request_list_method,
    &contract_revoke_method,
    &attachment_put_method,
    &attachment_get_method,
    &attachment_list_method,
    &attachment_remove_method,
    &certificate_get_method,
    &document_get_method,
    &document_registrations_method,
    &document_dossier_method,
    &agency_list_method,
    &agency_get_method,
    &agency_add_method,
    &agency_change_method,
    &agency_disable_method,
    &agency_enable_method,
    &unit_list_method,
    &unit_add_method,
    &unit_change_method,
    &broker_list_method,
    &broker_get_method,
    &broker_add_method,
    &broker_change_method,
    &point_list_method,
    &point_get_method,
    &point_add_method,
    &point_change_method,
    &agency_performance_method,
    &broker_performance_method,
    &point_performance_method,
    &account_list_method,
    &account_get_method,
    &account_add_method,
    &account_grant_method,
    &account_revoke_method,
    &account_disable_method,
    &account_enable_method,
    &account_request_method,
    &account_requests_method,
    &account_request_get_method,
    &account_approve_method,
    &account_reject_method,
    &audit_list_method,
    &finding_list_method,
    &finding_open_method,
    &finding_answer_method,
    &receipt_record_method,
    &receipt_list_method,
    &receipt_get_method,
    &receipt_verify_method,
    &receipt_reverse_method,
    &income_contract_method,
    &income_award_method,
    &income_vat_method,
    &income_tax_method,
    &export_contracts_method,
    &stats_query_method,
    &hold_place_method,
    &hold_lift_method,
    &hold_list_method,
    &rule_list_method,
    &calendar_list_method,
    &clock_due_method,
    &clock_performance_method,
    &stats_members_method,
    &stats_restatements_method,
    &target_set_method,
    &target_list_method,
    &target_pace_method,
    &gdp_set_method,
    &gdp_list_method,
    &peer_set_method,
    &peer_list_method,
    &peer_compare_method,
    &external_import_method,
    &external_list_method,
    &external_sums_method,
    &closing_close_method,
    &closing_get_method,
    &closing_list_method,
    &bulletin_get_method,
    &bulletin_list_method,
    &bulletin_issue_method,
    &bulletin_corrigendum_method,
    &code_lists_method,
    &code_list_method,
    &session_open_method,
    &openapi_get_method,
    NULL,
};

const struct method *const *
app_methods(void)
{
    return methods;
}

static const struct db_stmt *const stmts[] = {
    &sql_account_find,
    &sql_audit_add,
    &sql_codes_version,
    &sql_codes_load,
    &sql_rules_load,
    &sql_contract_submit,
    &sql_contract_act,
    &sql_contract_get,
    &sql_contract_before_act,
    &sql_contract_history,
    &sql_contract_list,
    &sql_idempotency_find,
    &sql_rules_version,
    &sql_filing_outlook,
    &sql_receipt_judge,
    &sql_attachment_begin,
    &sql_attachment_piece_add,
    &sql_attachment_finish,
    &sql_attachment_abandon,
    &sql_attachment_open,
    &sql_attachment_piece_read,
    &sql_certificate_check,
    &sql_paper_data,
    &sql_paper_registrations,
    &sql_paper_dossier,
    &sql_paper_piece,
    &sql_export_open,
    &sql_export_contracts,
    &sql_bulletin_get,
    &sql_bulletin_prepare,
    &sql_statistics,
    &sql_statistics_as_of,
    &sql_statistics_members,
    &sql_statistics_parts,
    &sql_store,
    &sql_store_look,
    &sql_fetch,
    &sql_fetch_report,
    NULL,
};

const struct db_stmt *const *
app_stmts(void)
{
    return stmts;
}
