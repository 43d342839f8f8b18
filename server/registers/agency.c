#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/registers/registers.h"

#define AGENCY_KINDS "transfer_agency|university|institute|enterprise|service_point|person"

static const struct field accreditation_fields[] = {
    {"level", FIELD_CODE, FIELD_REQUIRED, .list = "agency_level"},
    {"number", FIELD_TEXT, FIELD_REQUIRED, .max = 64},
    {"valid_from", FIELD_DATE, FIELD_REQUIRED, .help = "first day"},
    {"valid_to", FIELD_DATE, .help = "last day; absent: no end"},
    {0},
};

static const struct field contact_fields[] = {
    {"name", FIELD_TEXT, .max = 50},
    {"phone", FIELD_TEXT, .max = 40},
    {"email", FIELD_TEXT, .max = 100},
    {"address", FIELD_TEXT, .max = 200},
    {0},
};

static const struct field agency_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, .max = 100, .help = "full name, unique"},
    {"kind", FIELD_CHOICE, FIELD_REQUIRED, .list = AGENCY_KINDS,
        .help = "a service_point files in the names of sellers that delegated it"},
    {"region", FIELD_CODE, FIELD_REQUIRED, .list = "region_cn_all", .help = "where it is"},
    {"credit_code", FIELD_CREDIT_CODE, .help = "unified social credit code; unique"},
    {"accreditation", FIELD_OBJECT, .fields = accreditation_fields,
        .help = "as a technology transfer agency; its end bars nobody from filing"},
    {"contact", FIELD_OBJECT, .fields = contact_fields,
        .help = "shown to bureau, administrators and the agency itself"},
    {0},
};

static const struct field no_fields[] = {{0}};

static const struct method_param list_params[] = {
    {"kind", PARAM_IN_QUERY, PARAM_TEXT, AGENCY_KINDS},
    {"active", PARAM_IN_QUERY, PARAM_BOOL, "false: the disabled ones"},
    {"level", PARAM_IN_QUERY, PARAM_TEXT, "level of accreditation, code list agency_level"},
    {"q", PARAM_IN_QUERY, PARAM_TEXT, "part of the name, or the credit code"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "agencies a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

static const struct method_param id_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the agency"},
    {0},
};

const struct method agency_list_method = {
    .name = "agency.list",
    .verb = "GET",
    .path = "/v1/agencies",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_ADMINISTRATOR |
             ROLE_AUDITOR,
    .status = 200,
    .params = list_params,
    .summary_en = "Agencies that file contracts; a registrar sees those of the own point, a county "
                  "those of its area",
    .summary_zh = "申报单位列表",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method agency_get_method = {
    .name = "agency.get",
    .verb = "GET",
    .path = "/v1/agencies/{id}",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU |
             ROLE_ADMINISTRATOR | ROLE_AUDITOR,
    .status = 200,
    .params = id_params,
    .summary_en = "One agency; an agency sees itself",
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
    .summary_en = "Enter an agency into the register",
    .summary_zh = "登记一个申报单位",
    .location = "/v1/agencies/",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method agency_change_method = {
    .name = "agency.change",
    .verb = "PUT",
    .path = "/v1/agencies/{id}",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = agency_fields,
    .summary_en = "Change an agency: what the body leaves out is none from now on",
    .summary_zh = "变更申报单位信息",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method agency_disable_method = {
    .name = "agency.disable",
    .verb = "POST",
    .path = "/v1/agencies/{id}/disable",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = no_fields,
    .summary_en =
        "Disable an agency: its accounts can do nothing from the next call on, its contracts stay",
    .summary_zh = "停用申报单位",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method agency_enable_method = {
    .name = "agency.enable",
    .verb = "POST",
    .path = "/v1/agencies/{id}/enable",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = no_fields,
    .summary_en = "Enable a disabled agency",
    .summary_zh = "启用申报单位",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};
