#include "server/api/store.h"
#include "server/registers/registers.h"

static const struct method_param list_params[] = {
    {"account", PARAM_IN_QUERY, PARAM_TEXT, "name of the account"},
    {"event", PARAM_IN_QUERY, PARAM_TEXT, "name of the method or command"},
    {"object", PARAM_IN_QUERY, PARAM_TEXT, "what was acted on or read: contract 12"},
    {"outcome", PARAM_IN_QUERY, PARAM_TEXT, "ok, or the code of the refusal"},
    {"from", PARAM_IN_QUERY, PARAM_DATE, "first day; default: 30 days before to"},
    {"to", PARAM_IN_QUERY, PARAM_DATE, "last day; default: today"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "rows a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

const struct method audit_list_method = {
    .name = "audit.list",
    .verb = "GET",
    .path = "/v1/audit",
    .roles = ROLE_AUDITOR | ROLE_ADMINISTRATOR,
    .flags = METHOD_READS_RECORD | METHOD_REPORT,
    .status = 200,
    .params = list_params,
    .summary_en = "Who did and read what, newest first",
    .summary_zh = "审计日志",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
