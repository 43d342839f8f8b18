#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/registers/registers.h"

static const struct field unit_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, .max = 200,
        .help = "as contracts write it in seller.unit; unique in the agency"},
    {"code", FIELD_TEXT, .max = 32, .help = "the agency's own, unique in it"},
    {"is_active", FIELD_BOOL, .help = "default true"},
    {0},
};

static const struct method_param agency_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the agency"},
    {0},
};

static const struct method_param unit_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the agency"},
    {"unit", PARAM_IN_PATH, PARAM_INT, "id of the unit"},
    {0},
};

static const struct method_param list_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the agency"},
    {"active", PARAM_IN_QUERY, PARAM_BOOL, "false: the closed ones"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "units a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

const struct method unit_list_method = {
    .name = "unit.list",
    .verb = "GET",
    .path = "/v1/agencies/{id}/units",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU |
             ROLE_ADMINISTRATOR | ROLE_AUDITOR,
    .status = 200,
    .params = list_params,
    .summary_en = "Schools and departments of a university or institute",
    .summary_zh = "高校、院所的二级单位列表",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method unit_add_method = {
    .name = "unit.add",
    .verb = "POST",
    .path = "/v1/agencies/{id}/units",
    .roles = ROLE_AGENCY | ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .params = agency_params,
    .fields = unit_fields,
    .summary_en = "Enter a unit of a university or institute; an agency its own",
    .summary_zh = "登记二级单位",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method unit_change_method = {
    .name = "unit.change",
    .verb = "PUT",
    .path = "/v1/agencies/{id}/units/{unit}",
    .roles = ROLE_AGENCY | ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_MATCH,
    .status = 200,
    .params = unit_params,
    .fields = unit_fields,
    .summary_en = "Change a unit: what the body leaves out is none from now on",
    .summary_zh = "变更二级单位",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};
