#include "server/command/sample_sql.h"

const char sql_sample_codes[] =
    "select list, code, name_zh, name_en, parent, valid_from, valid_to from tcr.codes_load()";
const char sql_sample_rules[] =
    "select id, severity, article, is_final, zh, en, kind, region, applies_to, is_required, value,"
    " is_enabled, valid_from, valid_to from tcr.rules_load()";
const char sql_sample_region[] = "select i.region from tcr.installation i";
const char sql_sample_is_welcome[] = "select tcr.sample_is_welcome()";
const char sql_sample_days[] = "select is_working, due_on from tcr.sample_days($1, $2)";
const char sql_sample_layouts[] = "select layout, valid_from, valid_to from tcr.sample_layouts()";
const char sql_sample_filers[] = "select agency_id, account_id from tcr.sample_filers($1)";
const char sql_sample_points[] = "select point_id, registrar_id, number_region, code"
                                 " from tcr.sample_points(string_to_array($1, ','))";
const char sql_sample_serials[] = "select point_id, year, last_serial from tcr.sample_serials("
                                  "string_to_array($1, ',')::bigint[],"
                                  " string_to_array($2, ',')::integer[])";
const char sql_sample_open[] = "select seq, reopened from tcr.sample_open($1)";
const char sql_sample_stage[] = "select tcr.sample_stage()";
const char sql_sample_copy[] =
    "copy pg_temp.sample_stage (agency_id, account_id, point_id, registrar_id, body, body_sha256,"
    " duplicate_key, detail, contract_no, project_name, contract_type, technical_field, signed_on,"
    " total_amount, technology_amount, seller_name, seller_code, seller_region, seller_zone,"
    " buyer_name, buyer_code, buyer_region, buyer_zone, submitted_on, accepted_on, due_on,"
    " registered_on, submit_seq, accept_seq, certify_seq, submit_second, accept_second,"
    " certify_second, registration_number, check_code, dims) from stdin (format binary)";
const char sql_sample_store[] = "select tcr.sample_store()";
const char sql_sample_close[] =
    "select tcr.sample_close($1, string_to_array($2, ',')::bigint[],"
    " string_to_array($3, ',')::integer[], string_to_array($4, ',')::bigint[], $5, $6)";
const char sql_sample_analyze[] =
    "analyze tcr.contract, tcr.contract_release, tcr.fact, tcr.certificate, tcr.contract_mark";
