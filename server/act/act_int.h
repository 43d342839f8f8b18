#ifndef TCRD_ACT_ACT_INT_H
#define TCRD_ACT_ACT_INT_H
#include "server/act/act.h"
/* act_int - positions of the parameters of tcr.contract_act. */
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
    ACT_CHILD,
    ACT_PARAMS
};
#endif
