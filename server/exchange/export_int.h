#ifndef TCRD_EXCHANGE_EXPORT_INT_H
#define TCRD_EXCHANGE_EXPORT_INT_H
#include "common/table.h"
#include "server/codes/codes.h"
#include "server/exchange/exchange.h"
/* export_int - what the files of this room share. */

/* Parameters of tcr.export_contracts. */
enum export_param {
    EXPORT_ACCOUNT,
    EXPORT_METHOD,
    EXPORT_AS_OF,
    EXPORT_AFTER,
    EXPORT_SCAN,
    EXPORT_STATUS,
    EXPORT_CONTRACT_TYPE,
    EXPORT_TECHNICAL_FIELD,
    EXPORT_DISTRICT,
    EXPORT_REGISTERED_FROM,
    EXPORT_REGISTERED_TO,
    EXPORT_SIGNED_FROM,
    EXPORT_SIGNED_TO,
    EXPORT_PARAMS
};

/* Its rows. */
enum export_row {
    ROW_LAST_ID,
    ROW_ID,
    ROW_REGISTRATION_NUMBER,
    ROW_STATUS,
    ROW_REGISTERED_ON,
    ROW_CONTRACT_NO,
    ROW_PROJECT_NAME,
    ROW_CONTRACT_TYPE,
    ROW_TECHNICAL_FIELD,
    ROW_SIGNED_ON,
    ROW_FILED_AS,
    ROW_SELLER_NAME,
    ROW_SELLER_CODE,
    ROW_SELLER_TYPE,
    ROW_SELLER_DISTRICT,
    ROW_BUYER_NAME,
    ROW_BUYER_CODE,
    ROW_BUYER_TYPE,
    ROW_BUYER_DISTRICT,
    ROW_TOTAL_AMOUNT,
    ROW_TECHNOLOGY_AMOUNT,
    ROW_ACCEPTED_ON,
    ROW_AGENCY,
    ROW_POINT,
    ROW_SEQ
};

/* Which columns stand in a file, and in which order. */
struct export_layout;

/* NULL: no layout of this name. name NULL: the first one. */
const struct export_layout *export_layout_find(const char *name);
const char *export_layout_name(const struct export_layout *layout);
const struct table_column *export_layout_columns(const struct export_layout *layout, int *count);
/* One row of the database as cells. */
void export_layout_write(const struct export_layout *layout, struct table *table,
    const struct codes *codes, int32_t today, const struct db_call *db, int row);
#endif
