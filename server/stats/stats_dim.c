#include "server/stats/stats_int.h"

const struct stats_dim_row stats_dims[DIM_COUNT] = {
    [DIM_YEAR] = {.name = "year"},
    [DIM_HALF] = {.name = "half"},
    [DIM_QUARTER] = {.name = "quarter"},
    [DIM_MONTH] = {.name = "month"},
    [DIM_DAY] = {.name = "day"},
    [DIM_DISTRICT] = {"district", FILTER_CODE, "region_cn_all", "region_linyi", true},
    [DIM_COUNTY] = {"county", FILTER_CODE, "region_cn_all", "region_linyi", true},
    [DIM_REGION] = {"region", FILTER_NONE, "region_cn_all", "region_linyi", true},
    [DIM_CONTRACT_TYPE] = {"contract_type", FILTER_CODE, "contract_type", NULL, true},
    [DIM_CONTRACT_TYPE4] = {"contract_type4", FILTER_CODE, "contract_type_stat4", NULL, true},
    [DIM_SUBTYPE] = {"subtype", FILTER_CODE, "contract_type", NULL, true},
    [DIM_TECHNICAL_FIELD] = {"technical_field", FILTER_CODE, "tech_field", NULL, true},
    [DIM_IP_TYPE] = {"ip_type", FILTER_CODE, "ip_type", NULL, true},
    [DIM_SELLER_TYPE] = {"seller_type", FILTER_CODE, "party_type", NULL, true},
    [DIM_SELLER_GROUP] = {"seller_group", FILTER_CODE, "party_group", NULL, true},
    [DIM_BUYER_TYPE] = {"buyer_type", FILTER_CODE, "party_type", NULL, true},
    [DIM_BUYER_GROUP] = {"buyer_group", FILTER_CODE, "party_group", NULL, true},
    [DIM_INDUSTRY] = {"industry", FILTER_CODE, "industry_gbt4754_2017", NULL, true},
    [DIM_PLAN_SOURCE] = {"plan_source", FILTER_CODE, "plan_source", NULL, true},
    [DIM_AGENCY] = {"agency", FILTER_NONE, NULL, NULL, true},
    [DIM_UNIT] = {"unit", FILTER_TEXT, NULL, NULL, false},
    [DIM_BROKER] = {"broker", FILTER_TEXT, NULL, NULL, false},
    [DIM_EVENT] = {"event", FILTER_TEXT, NULL, NULL, false},
    [DIM_REGISTRATION_POINT] = {"registration_point", FILTER_ID, NULL, NULL, true},
    [DIM_DIRECTION] = {"direction", FILTER_CODE, "direction", NULL, true},
    [DIM_SIZE_CLASS] = {"size_class", FILTER_CODE, "size_class", NULL, true},
    [DIM_IS_RELATED] = {"is_related", FILTER_FLAG, NULL, NULL, false},
    [DIM_SELLER_DISTRICT] = {"seller_district", FILTER_CODE, "region_cn_all", "region_linyi", true},
    [DIM_BUYER_DISTRICT] = {"buyer_district", FILTER_CODE, "region_cn_all", "region_linyi", true},
    [DIM_SELLER_REGION] = {"seller_region", FILTER_NONE, "region_cn_all", "region_linyi", true},
    [DIM_BUYER_REGION] = {"buyer_region", FILTER_NONE, "region_cn_all", "region_linyi", true},
    [DIM_SELLER] = {"seller", FILTER_TEXT, NULL, NULL, true},
    [DIM_BUYER] = {"buyer", FILTER_TEXT, NULL, NULL, true},
};

static const char *const value_names[VALUE_NUMBER] = {
    [VALUE_COUNT] = "count",
    [VALUE_TOTAL] = "total_amount",
    [VALUE_TECHNOLOGY] = "technology_amount",
    [VALUE_RECEIVED] = "technology_received",
    [VALUE_INCOME] = "technology_income",
    [VALUE_NEW_COUNT] = "new_count",
    [VALUE_NEW_TOTAL] = "new_total_amount",
    [VALUE_NEW_TECHNOLOGY] = "new_technology_amount",
    [VALUE_EXTERNAL_COUNT] = "external_count",
    [VALUE_EXTERNAL_TOTAL] = "external_total_amount",
    [VALUE_EXTERNAL_TECHNOLOGY] = "external_technology_amount",
};

const char *
stats_dim_name(enum stats_dim dim)
{
    return stats_dims[dim].name;
}

bool
stats_dim_is_time(enum stats_dim dim)
{
    return dim <= DIM_DAY;
}

const char *
stats_value_name(enum stats_value value)
{
    return value_names[value];
}
