#include "server/bulletin/bulletin.h"

const struct db_stmt sql_bulletin_get = {
    .name = "bulletin_get",
    .sql = "select state, version, body from tcr.bulletin_get($1, $2, $3, $4, $5, $6)",
    .kind = DB_REPORT,
    .param_count = 6,
    .params = {DB_INT8, DB_TEXT, DB_TEXT, DB_INT8, DB_TEXT, DB_TEXT},
    .has_binary_rows = true,
};

const struct db_stmt sql_bulletin_prepare = {
    .name = "bulletin_prepare",
    .sql = "select zh, en from tcr.bulletin_prepare($1, $2, $3)",
    .kind = DB_REPORT,
    .param_count = 3,
    .params = {DB_INT8, DB_TEXT, DB_JSONB},
};
