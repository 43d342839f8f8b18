#include "server/command/sample_sql.h"

const char sql_sample_codes[] =
    "select list, code, name_zh, name_en, parent, valid_from, valid_to from tcr.codes_load()";
const char sql_sample_rules[] =
    "select id, severity, article, is_final, zh, en, kind, region, applies_to, is_required, value,"
    " is_enabled, valid_from, valid_to from tcr.rules_load()";
const char sql_sample_region[] = "select i.region from tcr.installation i";
const char sql_sample_is_welcome[] = "select tcr.sample_is_welcome()";
const char sql_sample_days[] =
    "select is_working, due_on, rule_set, size_from from tcr.sample_days($1, $2)";
const char sql_sample_layouts[] = "select layout, valid_from, valid_to from tcr.sample_layouts()";
const char sql_sample_filers[] = "select agency_id, account_id from tcr.sample_filers($1)";
const char sql_sample_points[] = "select point_id, registrar_id, number_region, code"
                                 " from tcr.sample_points(string_to_array($1, ','))";
const char sql_sample_serials[] = "select point_id, year, last_serial from tcr.sample_serials("
                                  "string_to_array($1, ',')::bigint[],"
                                  " string_to_array($2, ',')::integer[])";
const char sql_sample_open[] = "select seq, reopened, first_id from tcr.sample_open($1, $2)";
const char sql_sample_lock[] = "select tcr.sample_lock()";
const char sql_sample_unindex[] = "select tcr.sample_unindex()";
const char sql_sample_index[] = "select tcr.sample_index()";
#define FIGURES                                                                                    \
    "seller_code, buyer_code, seller_type, buyer_type, ip_type, industry, plan_source,"            \
    " is_related, is_secret, unit, broker, event_name, direction, size_class)"
const char *const sql_sample_copy[] = {
    ("copy tcr.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, contract_no,"
     " project_name, contract_type, technical_field, signed_on, total_amount, technology_amount,"
     " filed_as, seller_name, seller_code, seller_region, seller_zone, buyer_name, buyer_code,"
     " buyer_region, buyer_zone, party_codes, duplicate_key, submitted_on, accepted_on, due_on,"
     " registered_on, registration_number, rule_set, dims)"),
    ("copy tcr.contract_release (seq, contract_id, event, status, day, at, account_id, request_id,"
     " filed_seq, body, body_sha256, detail, point_id, agency_id, contract_type, technical_field,"
     " total_amount, technology_amount, filed_as, seller_region, seller_zone, buyer_region,"
     " buyer_zone, accepted_on, due_on, registered_on, registration_number, route, rule_set,"
     " " FIGURES),
    ("copy tcr.fact (seq, contract_id, total_amount, technology_amount, agency_id, point_id, day,"
     " registered_on, count, sign, is_new, contract_type, technical_field, filed_county,"
     " filed_district, seller_county, seller_district, buyer_county, buyer_district, " FIGURES),
    ("copy tcr.certificate (registration_number, contract_id, seq, check_code, issued_on,"
     " registrar_id)"),
    "copy tcr.income_term (contract_id, seq, term_ends_on)"};
const char sql_sample_close[] =
    "select tcr.sample_close($1, string_to_array($2, ',')::bigint[],"
    " string_to_array($3, ',')::integer[], string_to_array($4, ',')::bigint[], $5, $6)";
const char sql_sample_analyze[] =
    "vacuum (analyze) tcr.contract, tcr.contract_release, tcr.fact, tcr.certificate,"
    " tcr.contract_mark";
