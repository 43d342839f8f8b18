#include "server/api/store.h"
#include "server/law/law.h"

static const struct method_param rule_params[] = {
    {"on", PARAM_IN_QUERY, PARAM_DATE, "rows that hold on this day; default today"},
    {"kind", PARAM_IN_QUERY, PARAM_TEXT,
        "set|form|type|criterion|exclusion|refusal|parameter; default all"},
    {0},
};

static const struct method_param calendar_params[] = {
    {"year", PARAM_IN_PATH, PARAM_INT, "1990 to 2199"},
    {0},
};

const struct method rule_list_method = {
    .name = "rule.list",
    .verb = "GET",
    .path = "/v1/rules",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR | ROLE_ADMINISTRATOR,
    .status = 200,
    .params = rule_params,
    .summary_en = "The rows of the law that hold on a day: validity, article, source and proof",
    .summary_zh = "某日有效的规则：有效期、条款、来源及依据性质",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method calendar_list_method = {
    .name = "calendar.list",
    .verb = "GET",
    .path = "/v1/calendar/{year}",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR |
             ROLE_ADMINISTRATOR,
    .status = 200,
    .params = calendar_params,
    .summary_en = "Holidays and make-up days of a year; provisional until its notice is loaded",
    .summary_zh = "某年的节假日与调休；未载入通知的年份为暂定",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
