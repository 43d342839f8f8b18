#include "server/attachments/attachment_int.h"

const struct db_stmt sql_attachment_begin = {
    .name = "attachment_begin",
    .sql = "select item, upload_id, refusal "
           "from tcr.attachment_begin($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    .kind = DB_WRITE,
    .param_count = BEGIN_PARAMS,
    .params =
        {
            [BEGIN_ACCOUNT] = DB_INT8,
            [BEGIN_METHOD] = DB_TEXT,
            [BEGIN_CONTRACT] = DB_INT8,
            [BEGIN_IF_MATCH] = DB_INT8,
            [BEGIN_NAME] = DB_TEXT,
            [BEGIN_KIND] = DB_TEXT,
            [BEGIN_MEDIA_TYPE] = DB_TEXT,
            [BEGIN_BYTES] = DB_INT8,
            [BEGIN_CONTRACT_BYTES_MAX] = DB_INT8,
            [BEGIN_CONTRACT_COUNT_MAX] = DB_INT8,
            [BEGIN_UPLOADS_MAX] = DB_INT8,
            [BEGIN_HAS_FAULTS] = DB_BOOL,
        },
};

const struct db_stmt sql_attachment_piece_add = {
    .name = "attachment_piece_add",
    .sql = "select item, outcome from tcr.attachment_piece_add($1, $2, $3, $4)",
    .kind = DB_WRITE,
    .param_count = 4,
    .params = {DB_INT8, DB_INT8, DB_INT8, DB_BYTEA},
};

const struct db_stmt sql_attachment_finish = {
    .name = "attachment_finish",
    .sql = "select item, outcome, answer, refusal "
           "from tcr.attachment_finish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    .kind = DB_WRITE,
    .param_count = FINISH_PARAMS,
    .params =
        {
            [FINISH_ACCOUNT] = DB_INT8,
            [FINISH_METHOD] = DB_TEXT,
            [FINISH_REQUEST_ID] = DB_TEXT,
            [FINISH_PEER] = DB_TEXT,
            [FINISH_UPLOAD] = DB_INT8,
            [FINISH_BYTES] = DB_INT8,
            [FINISH_SHA256] = DB_BYTEA,
            [FINISH_IF_MATCH] = DB_INT8,
            [FINISH_CONTRACT_BYTES_MAX] = DB_INT8,
            [FINISH_CONTRACT_COUNT_MAX] = DB_INT8,
        },
};

const struct db_stmt sql_attachment_abandon = {
    .name = "attachment_abandon",
    .sql = "select item from tcr.attachment_abandon($1, $2)",
    .kind = DB_WRITE,
    .param_count = 2,
    .params = {DB_INT8, DB_INT8},
};

const struct db_stmt sql_attachment_open = {
    .name = "attachment_open",
    .sql = "select id, name, kind, version, media_type, bytes, pieces, sha256 "
           "from tcr.attachment_open($1, $2, $3, $4, $5)",
    .kind = DB_READ,
    .param_count = 5,
    .params = {DB_INT8, DB_TEXT, DB_INT8, DB_TEXT, DB_INT8},
};

const struct db_stmt sql_attachment_piece_read = {
    .name = "attachment_piece_read",
    .sql = "select data from tcr.attachment_piece_read($1, $2, $3, $4)",
    .kind = DB_READ,
    .param_count = 4,
    .params = {DB_INT8, DB_TEXT, DB_INT8, DB_INT8},
    .has_binary_rows = true,
};
