#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/registers/registers.h"

static const struct field request_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, .max = 64,
        .help = "of the account: a-z 0-9 . _ -, unique"},
    {"holder", FIELD_TEXT, FIELD_REQUIRED, .max = 50, .help = "the person who will use it"},
    {"phone", FIELD_TEXT, .max = 40, .help = "shown to who asks and who decides"},
    {"agency", FIELD_ID, .help = "id of the agency; default: the own"},
    {"note", FIELD_LINES, .max = 500},
    {0},
};

static const struct field reject_fields[] = {
    {"reason", FIELD_LINES, FIELD_REQUIRED, .max = 500},
    {0},
};

static const struct field no_fields[] = {{0}};

static const struct method_param id_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the request"},
    {0},
};

static const struct method_param list_params[] = {
    {"status", PARAM_IN_QUERY, PARAM_TEXT, "pending|approved|rejected"},
    {"agency", PARAM_IN_QUERY, PARAM_INT, "id of the agency"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "requests a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

const struct method account_request_method = {
    .name = "account.request",
    .verb = "POST",
    .path = "/v1/accounts/requests",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .fields = request_fields,
    .summary_en = "Ask for an account: an agency for one of its people, a registrar for an agency "
                  "whose paper is at hand",
    .summary_zh = "申请账户",
    .location = "/v1/accounts/requests/",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method account_requests_method = {
    .name = "account.requests",
    .verb = "GET",
    .path = "/v1/accounts/requests",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_BUREAU | ROLE_AUDITOR | ROLE_ADMINISTRATOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = list_params,
    .summary_en = "Accounts that were asked for",
    .summary_zh = "账户申请列表",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method account_request_get_method = {
    .name = "account.request_get",
    .verb = "GET",
    .path = "/v1/accounts/requests/{id}",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_BUREAU | ROLE_AUDITOR | ROLE_ADMINISTRATOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = id_params,
    .summary_en = "One request for an account",
    .summary_zh = "查询一个账户申请",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method account_approve_method = {
    .name = "account.approve",
    .verb = "POST",
    .path = "/v1/accounts/requests/{id}/approve",
    .roles = ROLE_REGISTRAR | ROLE_BUREAU,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = no_fields,
    .summary_en = "Approve a request: the account is made with the role agency. Never who asked; "
                  "its key comes from the command line",
    .summary_zh = "批准账户申请",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method account_reject_method = {
    .name = "account.reject",
    .verb = "POST",
    .path = "/v1/accounts/requests/{id}/reject",
    .roles = ROLE_REGISTRAR | ROLE_BUREAU,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = reject_fields,
    .summary_en = "Reject a request with a reason",
    .summary_zh = "驳回账户申请",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};
