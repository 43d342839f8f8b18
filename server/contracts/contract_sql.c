#include "server/contracts/contract_sql.h"

const struct db_stmt sql_contract_submit = {
    .name = "contract_submit",
    .sql = "select item, outcome, contract_id, seq, status, submitted_on, other_id, due_on, "
           "due_is_provisional, route from tcr.contract_submit($1, $2, $3, $4, $5, $6, "
           "$7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, "
           "$25, $26, $27, $28)",
    .kind = DB_WRITE,
    .param_count = SUBMIT_PARAMS,
    .params =
        {
            [SUBMIT_ACCOUNT] = DB_INT8,
            [SUBMIT_KEY] = DB_TEXT,
            [SUBMIT_REQUEST_SHA256] = DB_BYTEA,
            [SUBMIT_REQUEST_ID] = DB_TEXT,
            [SUBMIT_PEER] = DB_TEXT,
            [SUBMIT_IS_DRAFT] = DB_BOOL,
            [SUBMIT_BODY] = DB_TEXT,
            [SUBMIT_BODY_SHA256] = DB_BYTEA,
            [SUBMIT_DUPLICATE_KEY] = DB_BYTEA,
            [SUBMIT_SIGNED_ON] = DB_DATE,
            [SUBMIT_TOTAL] = DB_INT8,
            [SUBMIT_TECHNOLOGY] = DB_INT8,
        }, /* DB_TEXT is the rest */
};

const struct db_stmt sql_contract_get = {
    .name = "contract_get",
    .sql = "select " ACT_STATE_LIST ", shows_private, shows_internal, holds, correction, refusal "
           "from tcr.contract_get($1, $2, $3)",
    .kind = DB_READ,
    .param_count = 3,
    .params = {DB_INT8, DB_TEXT, DB_INT8},
};

const struct db_stmt sql_contract_history = {
    .name = "contract_history",
    .sql = "select seq, event, status, to_char(at at time zone 'UTC', "
           "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), day, account, "
           "contract_type, technical_field, total_amount, technology_amount, accepted_on, due_on, "
           "registered_on, "
           "registration_number, detail, body, body_sha256, shows_private "
           "from tcr.contract_history($1, $2, $3, $4::integer)",
    .kind = DB_READ,
    .param_count = 4,
    .params = {DB_INT8, DB_INT8, DB_INT8, DB_INT8},
};

const struct db_stmt sql_contract_list = {
    .name = "contract_list",
    .sql = "select id, seq, status, contract_no, project_name, contract_type, technical_field, "
           "signed_on, total_amount, "
           "technology_amount, seller_name, seller_region, buyer_name, buyer_region, submitted_on, "
           "accepted_on, due_on, "
           "registered_on, registration_number "
           "from tcr.contract_list($1, $2, $3::integer, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
           "$13, $14)",
    .kind = DB_READ,
    .param_count = 14,
    .params = {DB_INT8, DB_INT8, DB_INT8, DB_TEXT, DB_TEXT, DB_TEXT, DB_TEXT, DB_TEXT, DB_TEXT,
        DB_DATE, DB_DATE, DB_DATE, DB_DATE, DB_DATE},
};

const struct db_stmt sql_idempotency_find = {
    .name = "idempotency_find",
    .sql = "select encode(request_sha256, 'hex'), contract_id from tcr.idempotency_find($1, $2)",
    .kind = DB_READ,
    .param_count = 2,
    .params = {DB_INT8, DB_TEXT},
};

const struct db_stmt sql_rules_version = {
    .name = "rules_version",
    .sql = "select tcr.codes_version()",
    .kind = DB_READ,
};

const struct db_stmt sql_filing_outlook = {
    .name = "filing_outlook",
    .sql = "select point_name, province_is_total, province_lowest, expert_is_total, expert_lowest, "
           "decision_due, decision_is_provisional, expert_due, expert_is_provisional, "
           "broker_is_active, tcr.codes_version() "
           "from tcr.filing_outlook($1, $2, $3)",
    .kind = DB_READ,
    .param_count = 3,
    .params = {DB_INT8, DB_TEXT, DB_TEXT},
};
