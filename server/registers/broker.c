#include <string.h>

#include "common/clock.h"
#include "server/api/call.h"
#include "server/api/credit_code.h"
#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/registers/registers.h"

static const struct field broker_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, .max = 50},
    {"certificate_number", FIELD_TEXT, .max = 64, .help = "unique"},
    {"level", FIELD_CODE, .list = "broker_level"},
    {"agency", FIELD_ID, .help = "id of the agency that employs the broker; absent: none"},
    {"region", FIELD_CODE, .list = "region_cn_all"},
    {"phone", FIELD_TEXT, .max = 40,
        .help = "shown to bureau, administrators and the broker's agency"},
    {"identity_number", FIELD_TEXT, .max = 18,
        .help = "GB 11643; unique; shown to bureau, administrators and the broker's agency"},
    {"is_active", FIELD_BOOL, .help = "default true; a contract names an active broker by id"},
    {0},
};

static const struct method_param id_params[] = {
    {"id", PARAM_IN_PATH, PARAM_INT, "id of the broker"},
    {0},
};

static const struct method_param list_params[] = {
    {"agency", PARAM_IN_QUERY, PARAM_INT, "id of the agency"},
    {"level", PARAM_IN_QUERY, PARAM_TEXT, "code list broker_level"},
    {"active", PARAM_IN_QUERY, PARAM_BOOL, "false: those who stopped"},
    {"q", PARAM_IN_QUERY, PARAM_TEXT, "part of the name, or the certificate number"},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "brokers a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

static void
check_identity(struct call *call, json_t *args)
{
    const char *number = json_string_value(json_object_get(args, "identity_number"));

    if (number != NULL && id_number_check(number, clock_today()) != ID_NUMBER_OK)
        call_fault(call, "/identity_number", "broker.identity_number");
}

const struct method broker_list_method = {
    .name = "broker.list",
    .verb = "GET",
    .path = "/v1/brokers",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU |
             ROLE_AUDITOR | ROLE_ADMINISTRATOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = list_params,
    .summary_en = "Technology managers and brokers whom a contract may name",
    .summary_zh = "技术经理人、技术经纪人列表",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method broker_get_method = {
    .name = "broker.get",
    .verb = "GET",
    .path = "/v1/brokers/{id}",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU |
             ROLE_AUDITOR | ROLE_ADMINISTRATOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = id_params,
    .summary_en = "One broker",
    .summary_zh = "查询一个技术经理人",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method broker_add_method = {
    .name = "broker.add",
    .verb = "POST",
    .path = "/v1/brokers",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 201,
    .fields = broker_fields,
    .summary_en = "Enter a broker into the register",
    .summary_zh = "登记技术经理人",
    .location = "/v1/brokers/",
    .prepare = check_identity,
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method broker_change_method = {
    .name = "broker.change",
    .verb = "PUT",
    .path = "/v1/brokers/{id}",
    .roles = ROLE_BUREAU | ROLE_ADMINISTRATOR,
    .flags = METHOD_BODY | METHOD_MATCH,
    .status = 200,
    .params = id_params,
    .fields = broker_fields,
    .summary_en = "Change a broker: what the body leaves out is none from now on",
    .summary_zh = "变更技术经理人信息",
    .prepare = check_identity,
    .state_size = sizeof(struct store_state),
    .step = store_step,
};
