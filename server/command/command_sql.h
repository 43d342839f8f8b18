#ifndef TCRD_COMMAND_COMMAND_SQL_H
#define TCRD_COMMAND_COMMAND_SQL_H
/* command_sql - the statements of migrate, agency, point and account. Everything that is more than
 * a call is in sql/. */
extern const char sql_lock_try[];
extern const char sql_lock[];
extern const char sql_schema_state[]; /* encoding, has schema tcr, has tcr.schema_version */
extern const char sql_schema_bookkeeping[];
extern const char sql_schema_versions[]; /* version, name, sha256 in hex; in order */
extern const char sql_schema_version_add[];
extern const char sql_part_is_loaded[];
extern const char sql_part_store[];
extern const char sql_code_store[];
extern const char sql_rule_store[];
extern const char sql_bulletin_find[];
extern const char sql_paper_text_store[];
extern const char sql_calendar_store[];
extern const char sql_method_role_store[];
extern const char sql_installation_store[];
extern const char sql_demonstration_mark[];
extern const char sql_service_role_set[];

extern const char sql_agency_add[];
extern const char sql_agency_set_active[];
extern const char sql_agency_list[];
extern const char sql_point_add[];
extern const char sql_point_list[];
extern const char sql_account_add[];
extern const char sql_account_grant[];
extern const char sql_account_revoke[];
extern const char sql_account_disable[];
extern const char sql_account_enable[];
extern const char sql_account_list[];
extern const char sql_credential_add[];
extern const char sql_credential_list[];
extern const char sql_credential_revoke[];
extern const char sql_certificate_unbind[];
/* import: method, arguments of its calls, who: faults, then how many values were stored */
extern const char sql_reference_import[];
/* verify */
extern const char
    sql_record_verify[]; /* after, limit: last seq, releases, texts, faults as an array */
extern const char sql_array_rows[]; /* array of texts: a row each */
#endif
