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

const struct db_stmt sql_paper_registrations = {
    .name = "paper_registrations",
    .sql = "select tcr.paper_registrations($1, $2, $3, $4, $5, $6::integer)",
    .kind = DB_REPORT,
    .param_count = 6,
    .params = {DB_INT8, DB_TEXT, DB_DATE, DB_DATE, DB_INT8, DB_INT8},
};

const struct db_stmt sql_paper_dossier = {
    .name = "paper_dossier",
    .sql = "select tcr.paper_dossier($1, $2, $3)",
    .kind = DB_REPORT,
    .param_count = 3,
    .params = {DB_INT8, DB_TEXT, DB_INT8},
};

const struct db_stmt sql_paper_piece = {
    .name = "paper_piece",
    .sql = "select data from tcr.attachment_piece_read($1, $2, $3, $4)",
    .kind = DB_READ,
    .param_count = 4,
    .params = {DB_INT8, DB_TEXT, DB_INT8, DB_INT8},
    .has_binary_rows = true,
};
