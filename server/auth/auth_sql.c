#include "server/auth/auth.h"

const struct db_stmt sql_account_find = {
    .name = "account_find",
    .sql = "select account_id, name, array_to_string(roles, ','), agency_id, region, agency_code, "
           "last_day from tcr.account_find($1, $2)",
    .kind = DB_READ,
    .param_count = 2,
    .params = {DB_TEXT, DB_BYTEA},
};

const struct db_stmt sql_audit_add = {
    .name = "audit_add",
    .sql = "select item from tcr.audit_add($1, $2, $3, $4, $5, $6, $7)",
    .kind = DB_WRITE,
    .param_count = 7,
    .params = {DB_INT8, DB_INT8, DB_TEXT, DB_TEXT, DB_TEXT, DB_TEXT, DB_TEXT},
};
