#ifndef TCRD_CONTRACTS_CONTRACT_SQL_H
#define TCRD_CONTRACTS_CONTRACT_SQL_H
#include "server/act/act.h"
/* contract_sql - the statements of this room, and the positions of their parameters and columns. */
extern const struct db_stmt sql_contract_submit;
extern const struct db_stmt sql_contract_get;
extern const struct db_stmt sql_contract_history;
extern const struct db_stmt sql_contract_list;
extern const struct db_stmt sql_idempotency_find;
extern const struct db_stmt sql_rules_version;
extern const struct db_stmt sql_filing_outlook;

/* tcr.contract_submit */
enum {
    SUBMIT_ACCOUNT,
    SUBMIT_KEY,
    SUBMIT_REQUEST_SHA256,
    SUBMIT_REQUEST_ID,
    SUBMIT_PEER,
    SUBMIT_IS_DRAFT,
    SUBMIT_BODY,
    SUBMIT_BODY_SHA256,
    SUBMIT_DUPLICATE_KEY,
    SUBMIT_ROW_KEY,
    SUBMIT_CONTRACT_NO,
    SUBMIT_PROJECT_NAME,
    SUBMIT_CONTRACT_TYPE,
    SUBMIT_TECHNICAL_FIELD,
    SUBMIT_SIGNED_ON,
    SUBMIT_TOTAL,
    SUBMIT_TECHNOLOGY,
    SUBMIT_FILED_AS,
    SUBMIT_SELLER_NAME,
    SUBMIT_SELLER_CODE,
    SUBMIT_SELLER_REGION,
    SUBMIT_SELLER_ZONE,
    SUBMIT_BUYER_NAME,
    SUBMIT_BUYER_CODE,
    SUBMIT_BUYER_REGION,
    SUBMIT_BUYER_ZONE,
    SUBMIT_PARTY_CODES,
    SUBMIT_DIMS,
    SUBMIT_PARAMS
};
enum {
    SUBMITTED_OUTCOME = 1,
    SUBMITTED_ID,
    SUBMITTED_SEQ,
    SUBMITTED_STATUS,
    SUBMITTED_DAY,
    SUBMITTED_OTHER,
    SUBMITTED_DUE_ON,
    SUBMITTED_DUE_IS_PROVISIONAL,
    SUBMITTED_ROUTE
};

/* tcr.contract_get: the columns of ACT_STATE_LIST, then */
enum {
    GOT_SHOWS_PRIVATE = STATE_COLUMNS,
    GOT_SHOWS_INTERNAL,
    GOT_HOLDS,
    GOT_CORRECTION,
    GOT_REFUSAL
};
#endif
