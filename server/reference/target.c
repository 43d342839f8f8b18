#include "server/api/store.h"
#include "server/reference/reference.h"
#include "server/reference/reference_int.h"

/* Targets and regional GDP: a value for a place and a year. */

static const struct field pace_fields[] = {{"", FIELD_INT, .max = 100}, {0}};

static const struct field target_fields[] = {
    {"measure", FIELD_CHOICE, FIELD_REQUIRED, .list = REFERENCE_MEASURES},
    {"basis", FIELD_CHOICE, .list = REFERENCE_BASES, .help = "default: registered"},
    {"value", FIELD_MONEY, FIELD_REQUIRED, .help = "above zero; of a count a whole number"},
    {"pace", FIELD_LIST, .max = 12, .fields = pace_fields,
        .help = "percent of the value due at the end of each month, twelve numbers that never "
                "fall, the last one 100; absent: the same every day"},
    {"source", FIELD_TEXT, FIELD_REQUIRED, .max = SOURCE_MAX, .help = SOURCE_HELP},
    {"day", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "day of the source"},
    {0},
};

static const struct field gdp_fields[] = {
    {"value", FIELD_TEXT, FIELD_REQUIRED, .max = 20, .help = "yuan, above zero: \"123.45\""},
    {"source", FIELD_TEXT, FIELD_REQUIRED, .max = SOURCE_MAX, .help = SOURCE_HELP},
    {"day", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "day of the source"},
    {0},
};

static const struct method_param set_params[] = {
    {"region", PARAM_IN_PATH, PARAM_TEXT, "2, 4 or 6 digits of GB/T 2260"},
    {"year", PARAM_IN_PATH, PARAM_INT, "1900 to 2199"},
    {0},
};

static const struct method_param list_params[] = {
    {"region", PARAM_IN_QUERY, PARAM_TEXT, "2, 4 or 6 digits of GB/T 2260"},
    {"year", PARAM_IN_QUERY, PARAM_INT, "of one year"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT, AS_OF_HELP},
    {"history", PARAM_IN_QUERY, PARAM_BOOL, HISTORY_HELP},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "items a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

static const struct method_param pace_params[] = {
    {"region", PARAM_IN_PATH, PARAM_TEXT, "2, 4 or 6 digits of GB/T 2260"},
    {"year", PARAM_IN_PATH, PARAM_INT, "1900 to 2199"},
    {"measure", PARAM_IN_QUERY, PARAM_TEXT, REFERENCE_MEASURES "; default: total_amount"},
    {"basis", PARAM_IN_QUERY, PARAM_TEXT, REFERENCE_BASES "; default: registered"},
    {"on", PARAM_IN_QUERY, PARAM_DATE, "a day of that year; default: today, or its last day"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT, AS_OF_HELP},
    {0},
};

const struct method target_set_method = {
    .name = "target.set",
    .verb = "PUT",
    .path = "/v1/targets/{region}/{year}",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY,
    .status = 200,
    .params = set_params,
    .fields = target_fields,
    .summary_en = "Set the target of a place and a year for a measure and a basis, with its pace",
    .summary_zh = "设定某地区某年度的指标目标值及其进度",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method target_list_method = {
    .name = "target.list",
    .verb = "GET",
    .path = "/v1/targets",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .status = 200,
    .params = list_params,
    .summary_en = "Targets with source and day, today's or as of a number of the sequence",
    .summary_zh = "目标值列表,含来源和日期,可查询任一序号时的值",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method target_pace_method = {
    .name = "target.pace",
    .verb = "GET",
    .path = "/v1/targets/{region}/{year}/pace",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_REPORT,
    .status = 200,
    .params = pace_params,
    .summary_en = "What of a target is due by a day, and what was reached",
    .summary_zh = "截至某日目标的应完成进度与实际完成情况",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method gdp_set_method = {
    .name = "gdp.set",
    .verb = "PUT",
    .path = "/v1/gdp/{region}/{year}",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY,
    .status = 200,
    .params = set_params,
    .fields = gdp_fields,
    .summary_en = "Set the GDP of a place and a year",
    .summary_zh = "设定某地区某年度的地区生产总值",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method gdp_list_method = {
    .name = "gdp.list",
    .verb = "GET",
    .path = "/v1/gdp",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .status = 200,
    .params = list_params,
    .summary_en = "Regional GDP with source and day",
    .summary_zh = "地区生产总值列表,含来源和日期",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
