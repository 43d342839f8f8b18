#include "server/api/store.h"
#include "server/law/law.h"

enum { CLOCK_ROLES = ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR | ROLE_COUNTY };

static const struct method_param due_params[] = {
    {"point", PARAM_IN_QUERY, PARAM_TEXT, "registration point: six digits or its id"},
    {"within_days", PARAM_IN_QUERY, PARAM_INT, "due at most so many days from today, or overdue"},
    {"overdue", PARAM_IN_QUERY, PARAM_BOOL, "true: only those whose day is over"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "contracts a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

static const struct method_param performance_params[] = {
    {"year", PARAM_IN_QUERY, PARAM_INT, "year of the decisions; default this one"},
    {"point", PARAM_IN_QUERY, PARAM_TEXT, "registration point: six digits or its id"},
    {0},
};

const struct method clock_due_method = {
    .name = "clock.due",
    .verb = "GET",
    .path = "/v1/clock/due",
    .roles = CLOCK_ROLES,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = due_params,
    .summary_en = "Open contracts in the order in which somebody must act on them",
    .summary_zh = "在办合同，按期限届满先后排列",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method clock_performance_method = {
    .name = "clock.performance",
    .verb = "GET",
    .path = "/v1/clock/performance",
    .roles = CLOCK_ROLES,
    .flags = METHOD_REPORT,
    .status = 200,
    .params = performance_params,
    .summary_en = "Decisions of a year by point: on time, late, returned, median working days",
    .summary_zh = "各登记点一年的办理情况：按期、逾期、退回补正、工作日中位数",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
