#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/registers/registers.h"

#define AGENCY_KINDS "transfer_agency|university|institute|enterprise|service_point|person"

static const struct field agency_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, .max = 100, .help = "full name, unique"},
    {"kind", FIELD_CHOICE, FIELD_REQUIRED, .list = AGENCY_KINDS,
        .help = "a service_point files in the names of sellers that delegated it"},
    {"region", FIELD_CODE, FIELD_REQUIRED, .list = "region_cn_all", .help = "where it is"},
    {"credit_code", FIELD_CREDIT_CODE, .help = "unified social credit code; unique"},
    {0},
};

static const struct method_param list_params[] = {
    {"kind", PARAM_IN_QUERY, PARAM_TEXT, AGENCY_KINDS},
    {"active", PARAM_IN_QUERY, PARAM_BOOL, "false: the disabled ones"},
    {"q", PARAM_IN_QUERY, PARAM_TEXT, "part of the name, or the credit code"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "agencies a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

static const struct method_param get_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the agency"},
    {0},
};

const struct method agency_list_method = {
    .name = "agency.list",
    .verb = "GET",
    .path = "/v1/agencies",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR | ROLE_AUDITOR,
    .status = 200,
    .params = list_params,
    .summary_en = "Agencies that file contracts",
    .summary_zh = "申报单位列表",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method agency_get_method = {
    .name = "agency.get",
    .verb = "GET",
    .path = "/v1/agencies/{id}",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR | ROLE_AUDITOR,
    .status = 200,
    .params = get_params,
    .summary_en = "One agency",
    .summary_zh = "查询一个申报单位",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method agency_add_method = {
    .name = "agency.add",
    .verb = "POST",
    .path = "/v1/agencies",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .fields = agency_fields,
    .location = "/v1/agencies/",
    .summary_en = "Enter an agency into the register",
    .summary_zh = "登记一个申报单位",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};
