#ifndef TCRD_CONTRACTS_CONTRACT_SQL_H
#define TCRD_CONTRACTS_CONTRACT_SQL_H
#include "server/db/db.h"
/* contract_sql - the statements of this room, and the positions of their parameters and columns. */
extern const struct db_stmt sql_contract_submit;
extern const struct db_stmt sql_contract_act;
extern const struct db_stmt sql_contract_get;
extern const struct db_stmt sql_contract_before_act;
extern const struct db_stmt sql_contract_history;
extern const struct db_stmt sql_contract_list;
extern const struct db_stmt sql_idempotency_find;
extern const struct db_stmt sql_filing_outlook;
extern const struct db_stmt sql_certificate_get;

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
    SUBMIT_PARAMS
};
enum {
    SUBMITTED_OUTCOME = 1,
    SUBMITTED_ID,
    SUBMITTED_SEQ,
    SUBMITTED_STATUS,
    SUBMITTED_DAY,
    SUBMITTED_OTHER
};

/* tcr.contract_act */
enum {
    ACT_ACCOUNT,
    ACT_KEY,
    ACT_REQUEST_SHA256,
    ACT_REQUEST_ID,
    ACT_PEER,
    ACT_CONTRACT,
    ACT_IF_MATCH,
    ACT_ACT,
    ACT_METHOD,
    ACT_COLUMNS,
    ACT_BODY,
    ACT_BODY_SHA256,
    ACT_DETAIL,
    ACT_NUMBER,
    ACT_CHECK_CODE,
    ACT_PARAMS
};
enum { ACTED_OUTCOME = 1, ACTED_OTHER = 2, ACTED_STATE = 3 };

/* A contract's state as contract_act and contract_get give it, from some first column on. */
enum {
    STATE_ID,
    STATE_SEQ,
    STATE_STATUS,
    STATE_AGENCY,
    STATE_SUBMITTED_ON,
    STATE_ACCEPTED_ON,
    STATE_DUE_ON,
    STATE_REGISTERED_ON,
    STATE_NUMBER,
    STATE_ROUTE,
    STATE_CHECK_CODE,
    STATE_DETAIL,
    STATE_BODY,
    STATE_COLUMNS
};
enum { GOT_SHOWS_PRIVATE = STATE_COLUMNS };

/* tcr.contract_before_act */
enum {
    BEFORE_SEQ,
    BEFORE_STATUS,
    BEFORE_BODY,
    BEFORE_IS_ALLOWED,
    BEFORE_IS_OWN,
    BEFORE_KEY_SHA256
};
#endif
