#include "server/api/store.h"
#include "server/requests/request_int.h"
#include "server/requests/requests.h"

static const struct method_param get_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the request"},
    {0},
};

static const struct method_param list_params[] = {
    {"status", PARAM_IN_QUERY, PARAM_TEXT, "pending, approved, rejected, withdrawn or lapsed"},
    {"kind", PARAM_IN_QUERY, PARAM_TEXT, "change, cancel, correct, object or redetermine"},
    {"point", PARAM_IN_QUERY, PARAM_INT, "registration point that decides"},
    {"contract", PARAM_IN_QUERY, PARAM_INT, "contract that it is about"},
    {"due_before", PARAM_IN_QUERY, PARAM_DATE, "due before this day"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "requests a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

const struct method request_get_method = {
    .name = "request.get",
    .verb = "GET",
    .path = "/v1/requests/{id}",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = get_params,
    .summary_en = "One request; its ETag is that of the contract, which a decision must match",
    .summary_zh = "查询一项申请;ETag 为合同的版本,审核时须一致",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method request_list_method = {
    .name = "request.list",
    .verb = "GET",
    .path = "/v1/requests",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = list_params,
    .summary_en = "Requests about registered contracts, newest first",
    .summary_zh = "登记后的申请列表,从新到旧",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
