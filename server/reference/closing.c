#include "server/api/store.h"
#include "server/reference/reference.h"

/* Months, quarters, halves and years that the bureau closes. */

static const struct method_param period_params[] = {
    {"period", PARAM_IN_PATH, PARAM_TEXT, "2026-05, 2026Q2, 2026H1 or 2026"},
    {0},
};

static const struct method_param list_params[] = {
    {"year", PARAM_IN_QUERY, PARAM_INT, "periods that end in this year"},
    {0},
};

const struct method closing_close_method = {
    .name = "closing.close",
    .verb = "POST",
    .path = "/v1/closings/{period}",
    .roles = ROLE_BUREAU,
    .flags = METHOD_KEY,
    .status = 201,
    .params = period_params,
    .location = "/v1/closings/",
    .summary_en = "Close a period whose days are closed: its figures are signed with a digest",
    .summary_zh = "关账:对各日均已关账的月、季、半年或年的数据作出摘要签存",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method closing_get_method = {
    .name = "closing.get",
    .verb = "GET",
    .path = "/v1/closings/{period}",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_REPORT,
    .status = 200,
    .params = period_params,
    .summary_en = "A closed period, and whether its figures still have the digest",
    .summary_zh = "查询已关账时期,并核对其数据摘要",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method closing_list_method = {
    .name = "closing.list",
    .verb = "GET",
    .path = "/v1/closings",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .status = 200,
    .params = list_params,
    .summary_en = "Closed periods, and months and quarters that should be closed",
    .summary_zh = "已关账时期列表,及应关未关的月和季",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
