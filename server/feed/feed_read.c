#include "server/api/store.h"
#include "server/feed/feed.h"

static const struct method_param params[] = {
    {"after", PARAM_IN_QUERY, PARAM_TEXT,
        "events after this seq; 0, the default: from the beginning"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "events a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_TEXT, "next of the page before; the same as after"},
    {0},
};

const struct method feed_read_method = {
    .name = "feed.read",
    .verb = "GET",
    .path = "/v1/feed",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = params,
    .summary_en = "Acts and notices in their order, from any seq on: own ones, the point's, or all",
    .summary_zh = "按全局序号读取事件与提醒:申报单位读本单位,登记点读本点,科技局读全部",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
