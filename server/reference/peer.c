#include "server/api/store.h"
#include "server/reference/reference.h"
#include "server/reference/reference_int.h"

/* Published figures of other cities. */

static const struct field peer_fields[] = {
    {"count", FIELD_INT, .max = 1000000000},
    {"total_amount", FIELD_MONEY, .help = "yuan"},
    {"technology_amount", FIELD_MONEY, .help = "what was not published is left out"},
    {"source", FIELD_TEXT, FIELD_REQUIRED, .max = SOURCE_MAX, .help = SOURCE_HELP},
    {"day", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "day of the source"},
    {0},
};

static const struct method_param set_params[] = {
    {"region", PARAM_IN_PATH, PARAM_TEXT, "2, 4 or 6 digits of GB/T 2260"},
    {"period", PARAM_IN_PATH, PARAM_TEXT, "2022, 2022H1, 2022Q2, 2022-06 or 2022M1-10"},
    {0},
};

static const struct method_param list_params[] = {
    {"region", PARAM_IN_QUERY, PARAM_TEXT, "2, 4 or 6 digits of GB/T 2260"},
    {"period", PARAM_IN_QUERY, PARAM_TEXT, "of one period"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT, AS_OF_HELP},
    {"history", PARAM_IN_QUERY, PARAM_BOOL, HISTORY_HELP},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "items a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

static const struct method_param compare_params[] = {
    {"period", PARAM_IN_PATH, PARAM_TEXT, "2022, 2022H1, 2022Q2, 2022-06 or 2022M1-10"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT, AS_OF_HELP},
    {0},
};

const struct method peer_set_method = {
    .name = "peer.set",
    .verb = "PUT",
    .path = "/v1/peers/{region}/{period}",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY,
    .status = 200,
    .params = set_params,
    .fields = peer_fields,
    .summary_en = "Set what another city published for a period",
    .summary_zh = "录入其他城市公布的某一时期数据",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method peer_list_method = {
    .name = "peer.list",
    .verb = "GET",
    .path = "/v1/peers",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .status = 200,
    .params = list_params,
    .summary_en = "Published figures of other cities with source and day",
    .summary_zh = "其他城市公布数据列表,含来源和日期",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method peer_compare_method = {
    .name = "peer.compare",
    .verb = "GET",
    .path = "/v1/peers/{period}",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_REPORT,
    .status = 200,
    .params = compare_params,
    .summary_en = "The cities of a period with our own figure among them: growth and ranks",
    .summary_zh = "某一时期各城市与本地区数据对比:增幅与位次",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
