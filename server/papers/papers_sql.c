#include "server/papers/papers.h"

const struct db_stmt sql_paper_data = {
    .name = "paper_data",
    .sql = "select tcr.paper_data($1, $2, $3, $4, $5::integer)",
    .kind = DB_READ,
    .param_count = 5,
    .params = {DB_INT8, DB_TEXT, DB_INT8, DB_TEXT, DB_INT8},
};

const struct db_stmt sql_certificate_check = {
    .name = "certificate_check",
    .sql = "select tcr.certificate_check($1, $2, $3)",
    .kind = DB_READ,
    .param_count = 3,
    .params = {DB_TEXT, DB_TEXT, DB_BOOL},
};
