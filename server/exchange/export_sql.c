#include "server/exchange/export_int.h"

const struct db_stmt sql_export_open = {
    .name = "export_open",
    .sql = "select as_of_seq from tcr.export_open($1, $2)",
    .kind = DB_READ,
    .param_count = 2,
    .params = {DB_INT8, DB_TEXT},
};

const struct db_stmt sql_export_contracts = {
    .name = "export_contracts",
    .sql = "select last_id, id, registration_number, status, registered_on, contract_no, "
           "project_name, contract_type, technical_field, signed_on, filed_as, seller_name, "
           "seller_code, seller_type, seller_district, buyer_name, buyer_code, buyer_type, "
           "buyer_district, total_amount, technology_amount, accepted_on, agency, "
           "registration_point, seq from tcr.export_contracts($1, $2, $3, $4, $5, $6, $7, $8, $9, "
           "$10, $11, $12, $13)",
    .kind = DB_REPORT,
    .param_count = EXPORT_PARAMS,
    .params =
        {
            [EXPORT_ACCOUNT] = DB_INT8,
            [EXPORT_METHOD] = DB_TEXT,
            [EXPORT_AS_OF] = DB_INT8,
            [EXPORT_AFTER] = DB_INT8,
            [EXPORT_SCAN] = DB_INT8,
            [EXPORT_STATUS] = DB_TEXT,
            [EXPORT_CONTRACT_TYPE] = DB_TEXT,
            [EXPORT_TECHNICAL_FIELD] = DB_TEXT,
            [EXPORT_DISTRICT] = DB_TEXT,
            [EXPORT_REGISTERED_FROM] = DB_DATE,
            [EXPORT_REGISTERED_TO] = DB_DATE,
            [EXPORT_SIGNED_FROM] = DB_DATE,
            [EXPORT_SIGNED_TO] = DB_DATE,
        },
};
