#include "server/act/act_int.h"

const struct db_stmt sql_contract_act = {
    .name = "contract_act",
    .sql = "select item, outcome, other_id, refusal, extra, " ACT_STATE_LIST
           " from tcr.contract_act($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
           "$15, $16)",
    .kind = DB_WRITE,
    .param_count = ACT_PARAMS,
    .params =
        {
            [ACT_ACCOUNT] = DB_INT8,
            [ACT_KEY] = DB_TEXT,
            [ACT_REQUEST_SHA256] = DB_BYTEA,
            [ACT_REQUEST_ID] = DB_TEXT,
            [ACT_PEER] = DB_TEXT,
            [ACT_CONTRACT] = DB_INT8,
            [ACT_IF_MATCH] = DB_INT8,
            [ACT_ACT] = DB_TEXT,
            [ACT_METHOD] = DB_TEXT,
            [ACT_COLUMNS] = DB_JSONB,
            [ACT_BODY] = DB_TEXT,
            [ACT_BODY_SHA256] = DB_BYTEA,
            [ACT_DETAIL] = DB_JSONB,
            [ACT_NUMBER] = DB_TEXT,
            [ACT_CHECK_CODE] = DB_TEXT,
            [ACT_CHILD] = DB_INT8,
        },
};

const struct db_stmt sql_contract_before_act = {
    .name = "contract_before_act",
    .sql = "select contract_id, seq, status, body, person_refusal, state_refusal, "
           "encode(key_request_sha256, 'hex'), context "
           "from tcr.contract_before_act($1, $2, $3, $4, $5, $6, $7)",
    .kind = DB_READ,
    .param_count = 7,
    .params = {DB_INT8, DB_TEXT, DB_INT8, DB_TEXT, DB_TEXT, DB_TEXT, DB_INT8},
};
