#include "server/api/store.h"
#include "server/reference/reference.h"
#include "server/reference/reference_int.h"

/* Contracts registered by the province or in other places. */

static const struct field record_fields[] = {
    {"number", FIELD_TEXT, FIELD_REQUIRED, .max = 50,
        .help = "of the registration there; with the source it names the contract"},
    {"registered_on", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "there"},
    {"contract_type", FIELD_CODE, FIELD_REQUIRED, .list = "contract_type"},
    {"technical_field", FIELD_CODE, .list = "tech_field"},
    {"project_name", FIELD_TEXT, FIELD_REQUIRED, .max = 200},
    {"seller_name", FIELD_TEXT, .max = 200},
    {"seller_region", FIELD_CODE, .list = "region_cn_all", .help = "absent: abroad or not known"},
    {"buyer_name", FIELD_TEXT, .max = 200},
    {"buyer_region", FIELD_CODE, .list = "region_cn_all"},
    {"total_amount", FIELD_MONEY, FIELD_REQUIRED, .help = "above zero"},
    {"technology_amount", FIELD_MONEY, FIELD_REQUIRED, .help = "at most the total amount"},
    {"is_withdrawn", FIELD_BOOL, .help = "true: its registration there ended"},
    {0},
};

static const struct field import_fields[] = {
    {"source", FIELD_TEXT, FIELD_REQUIRED, .max = SOURCE_MAX,
        .help = "who registered them; the same name every time"},
    {"day", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "day of the source"},
    {"records", FIELD_LIST, FIELD_REQUIRED, .max = EXTERNAL_MAX, .min = 1, .fields = record_fields},
    {0},
};

static const struct method_param list_params[] = {
    {"source", PARAM_IN_QUERY, PARAM_TEXT, "of one source"},
    {"number", PARAM_IN_QUERY, PARAM_TEXT, "number of the registration there"},
    {"region", PARAM_IN_QUERY, PARAM_TEXT, "seller or buyer is there"},
    {"registered_from", PARAM_IN_QUERY, PARAM_DATE, "registered on or after"},
    {"registered_to", PARAM_IN_QUERY, PARAM_DATE, "registered on or before"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT, AS_OF_HELP},
    {"history", PARAM_IN_QUERY, PARAM_BOOL, HISTORY_HELP},
    {"limit", PARAM_IN_QUERY, PARAM_INT, "items a page, at most 200"},
    {"cursor", PARAM_IN_QUERY, PARAM_INT, "next of the page before"},
    {0},
};

static const struct method_param sums_params[] = {
    {"region", PARAM_IN_QUERY, PARAM_TEXT, "default: the area of the installation"},
    {"basis", PARAM_IN_QUERY, PARAM_TEXT, "output, absorbed (the default) or local"},
    {"from", PARAM_IN_QUERY, PARAM_DATE, "registered on or after"},
    {"to", PARAM_IN_QUERY, PARAM_DATE, "registered on or before"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT, AS_OF_HELP},
    {0},
};

const struct method external_import_method = {
    .name = "external.import",
    .verb = "POST",
    .path = "/v1/external",
    .roles = ROLE_BUREAU,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 200,
    .fields = import_fields,
    .summary_en = "Import contracts registered elsewhere; the same ones again change nothing",
    .summary_zh = "导入在省或其他地区登记的合同,重复导入不产生变化",
    .state_size = sizeof(struct store_state),
    .step = store_step,
};

const struct method external_list_method = {
    .name = "external.list",
    .verb = "GET",
    .path = "/v1/external",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = list_params,
    .summary_en = "Contracts registered elsewhere",
    .summary_zh = "在其他地区登记的合同列表",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};

const struct method external_sums_method = {
    .name = "external.sums",
    .verb = "GET",
    .path = "/v1/external/sums",
    .roles = ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_REPORT,
    .status = 200,
    .params = sums_params,
    .summary_en = "Number and amounts of contracts registered elsewhere, by source",
    .summary_zh = "在其他地区登记的合同项数和金额,按来源",
    .state_size = sizeof(struct store_state),
    .step = fetch_step,
};
