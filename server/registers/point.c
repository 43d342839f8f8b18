#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/registers/registers.h"

static const struct field add_fields[] = {
    {"code", FIELD_TEXT, FIELD_REQUIRED, .max = 2, .help = "two digits, unique in its region"},
    {"region", FIELD_TEXT, FIELD_REQUIRED, .max = 6,
        .help = "what it covers: 2, 4 or 6 digits of GB/T 2260"},
    {"number_region", FIELD_TEXT, .max = 4,
        .help = "region in its registration numbers; default: the first four digits of region"},
    {"name", FIELD_TEXT, FIELD_REQUIRED, .max = 100, .help = "its name on certificates"},
    {"number_source", FIELD_CHOICE, .list = "tcrd|national",
        .help = "tcrd gives gap-free numbers, or those of the national system are typed in"},
    {"is_active", FIELD_BOOL, .help = "default true; closed: nothing new is filed with it"},
    {"address", FIELD_TEXT, .max = 200},
    {"phone", FIELD_TEXT, .max = 40},
    {"opening_hours", FIELD_LINES, .max = 500},
    {0},
};

static const struct field change_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, .max = 100, .help = "its name on certificates"},
    {"number_source", FIELD_CHOICE, .list = "tcrd|national",
        .help = "tcrd gives gap-free numbers, or those of the national system are typed in"},
    {"is_active", FIELD_BOOL, .help = "default true; closed: nothing new is filed with it"},
    {"address", FIELD_TEXT, .max = 200},
    {"phone", FIELD_TEXT, .max = 40},
    {"opening_hours", FIELD_LINES, .max = 500},
    {0},
};

static const struct method_param id_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the registration point"},
    {0},
};

static const struct method_param list_params[] = {
    {"for", PARAM_IN_QUERY, PARAM_TEXT, "the point that decides what is filed from this region"},
    {"active", PARAM_IN_QUERY, PARAM_BOOL, "false: the closed ones"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "points a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

const struct method point_list_method = {
    .name = "point.list",
    .verb = "GET",
    .path = "/v1/points",
    .flags = METHOD_PUBLIC,
    .status = 200,
    .params = list_params,
    .summary_en = "Registration points: where to go, when, and whom to call",
    .summary_zh = "登记机构列表(地址、电话、办公时间)",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method point_get_method = {
    .name = "point.get",
    .verb = "GET",
    .path = "/v1/points/{id}",
    .flags = METHOD_PUBLIC,
    .status = 200,
    .params = id_params,
    .summary_en = "One registration point",
    .summary_zh = "查询一个登记机构",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method point_add_method = {
    .name = "point.add",
    .verb = "POST",
    .path = "/v1/points",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .fields = add_fields,
    .summary_en = "Open a registration point",
    .summary_zh = "设立登记机构",
    .location = "/v1/points/",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method point_change_method = {
    .name = "point.change",
    .verb = "PUT",
    .path = "/v1/points/{id}",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = change_fields,
    .summary_en = "Change a registration point; code and regions stay. When tcrd takes over the "
                  "numbers, it goes on behind the highest one",
    .summary_zh = "变更登记机构信息",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};
