#include "server/api/store.h"
#include "server/registers/registers.h"

/* One question about three kinds of subjects, see sql/functions/performance.sql. */

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the agency, broker or point"},
    {"year", PARAM_IN_QUERY, PARAM_INT, "default: this year"},
    {0},
};

const struct method agency_performance_method = {
    .name = "agency.performance",
    .verb = "GET",
    .path = "/v1/agencies/{id}/performance",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_REPORT,
    .status = 200,
    .params = params,
    .summary_en = "What an agency filed and had registered in a year, both amounts by type, and by "
                  "unit. A registrar sees what the own point decides",
    .summary_zh = "申报单位年度业绩(按类型、二级单位)",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method broker_performance_method = {
    .name = "broker.performance",
    .verb = "GET",
    .path = "/v1/brokers/{id}/performance",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_REPORT,
    .status = 200,
    .params = params,
    .summary_en = "What came of the contracts that name a broker in a year",
    .summary_zh = "技术经理人年度业绩",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method point_performance_method = {
    .name = "point.performance",
    .verb = "GET",
    .path = "/v1/points/{id}/performance",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_REPORT,
    .status = 200,
    .params = params,
    .summary_en = "What a registration point decided in a year",
    .summary_zh = "登记机构年度业绩",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
