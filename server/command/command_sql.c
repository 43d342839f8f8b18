#include "server/command/command_sql.h"

/* The key of the lock is "tcrd" in ASCII and a number of our own. */
const char sql_lock_try[] = "select pg_try_advisory_lock(1952674404, 1)";
const char sql_lock[] = "select pg_advisory_lock(1952674404, 1)";

const char sql_schema_state[] =
    "select pg_encoding_to_char(d.encoding),"
    " exists (select from pg_namespace n where n.nspname = 'tcr'),"
    " exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where n.nspname = 'tcr' and c.relname = 'schema_version')"
    " from pg_database d where d.datname = current_database()";
const char sql_schema_bookkeeping[] =
    "create table if not exists tcr.schema_version (version integer primary key, name text not "
    "null,"
    " sha256 bytea not null, applied_at timestamptz not null default now());"
    "create table if not exists tcr.schema_part (name text primary key, sha256 bytea not null,"
    " loaded_at timestamptz not null default now());";
const char sql_schema_versions[] = "select v.version, v.name, encode(v.sha256, 'hex') from "
                                   "tcr.schema_version v order by v.version";
const char sql_schema_version_add[] =
    "insert into tcr.schema_version (version, name, sha256) values ($1, $2, decode($3, 'hex'))";
const char sql_part_is_loaded[] =
    "select from tcr.schema_part p where p.name = $1 and p.sha256 = decode($2, 'hex')";
const char sql_part_store[] =
    "insert into tcr.schema_part (name, sha256) values ($1, decode($2, 'hex'))"
    " on conflict (name) do update set sha256 = excluded.sha256, loaded_at = now()";
const char sql_code_store[] = "select tcr.code_store($2, $1)";
const char sql_rule_store[] = "select tcr.rule_store($2, $1)";
const char sql_bulletin_find[] =
    "select convert_from(state, 'UTF8'), body from tcr.bulletin_find(true, $1, $2, $3, $4)";
const char sql_paper_text_store[] = "select tcr.paper_text_store($1)";
const char sql_calendar_store[] = "select tcr.calendar_store($1)";
const char sql_method_role_store[] = "select tcr.method_role_store($1)";
const char sql_installation_store[] = "select tcr.installation_store($1)";
const char sql_demonstration_mark[] = "select tcr.demonstration_mark()";
const char sql_service_role_set[] = "select set_config('tcr.service_role', $1, true)";

const char sql_agency_add[] = "select tcr.agency_add($1, $2, $3, $4, $5)";
const char sql_agency_set_active[] = "select tcr.agency_set_active($1, $2, $3)";
const char sql_agency_list[] =
    "select id, name, kind, region, credit_code, state from tcr.agency_list()";
const char sql_point_add[] = "select tcr.point_add($1, $2, $3, $4, $5, $6)";
const char sql_point_list[] =
    "select id, number_region, code, region, name, number_source, state from tcr.point_list()";
const char sql_account_add[] = "select tcr.account_add($1, $2, $3, $4, $5, $6, $7)";
const char sql_account_grant[] = "select tcr.account_grant($1, $2, $3, $4, $5, $6, $7)";
const char sql_account_revoke[] = "select tcr.account_revoke($1, $2, $3)";
const char sql_account_disable[] = "select tcr.account_disable_named($1, $2, $3)";
const char sql_account_enable[] = "select tcr.account_enable_named($1, $2)";
const char sql_account_list[] =
    "select id, name, roles, agency, point, region, employer, keys, certificates, state"
    " from tcr.account_list($1)";
const char sql_credential_add[] = "select tcr.credential_add($1, $2, decode($3, 'hex'), $4, $5)";
const char sql_credential_list[] =
    "select id, created, expires, state, sha256 from tcr.credential_list($1, $2)";
const char sql_credential_revoke[] = "select tcr.credential_revoke($1, $2, $3, null, $4)";
const char sql_certificate_unbind[] =
    "select tcr.credential_revoke($1, 'certificate', null, decode($2, 'hex'), $3)";

const char sql_record_verify[] =
    "select last_seq, releases, texts, faults from tcr.record_verify($1, $2)";
const char sql_array_rows[] = "select unnest($1::text[])";

const char sql_reference_import[] =
    "select record, pointer, rule, detail from tcr.reference_import($1, $2, $3)";
