#include <string.h>

#include "server/api/api.h"
#include "server/stats/stats_int.h"

/* What an agency may see: its own contracts live, and the area as of the last closed day in cells
 * that name nobody. tcr.statistics() enforces the same; here it is explained. */

static void
refuse(struct call *call, const char *param, const char *zh, const char *en)
{
    fault_add(
        &call->faults, arena_printf(call->arena, "?%s", param), "query.visibility", NULL, zh, en);
}

static bool
is_open_dim(enum stats_dim dim)
{
    return dim < DIM_DAY || dim == DIM_DISTRICT || dim == DIM_CONTRACT_TYPE ||
           dim == DIM_CONTRACT_TYPE4 || dim == DIM_TECHNICAL_FIELD;
}

static void
refuse_filter(struct call *call, const char *param)
{
    refuse(
        call, param, "申报单位查询全域数据不提供筛选", "an agency sees the area without filters");
}

static void
check_closed(struct call *call, struct stats_question *question)
{
    question->is_closed = true;
    for (int i = 0; i < question->by_count; i++)
        if (!is_open_dim(question->by[i]))
            refuse(call, "by",
                arena_printf(
                    call->arena, "申报单位查询全域数据不提供“%s”", stats_dim_name(question->by[i])),
                arena_printf(call->arena,
                    "an agency sees the area by period to the month, district, type and field, not "
                    "by %s",
                    stats_dim_name(question->by[i])));
    if (question->by_count > STATS_CLOSED_DIMS_MAX)
        refuse(call, "by", "申报单位查询全域数据至多三个维度",
            "an agency sees the area by at most three dimensions");
    for (int i = 0; i < question->filter_count; i++)
        refuse_filter(call, stats_dim_name(question->filters[i].dim));
    if (question->has_agency)
        refuse_filter(call, "agency");
    if (!stats_range_is_natural(question->range))
        refuse(call, call_arg(call, "period") != NULL ? "period" : "from",
            "申报单位查询全域数据以整年、半年、季、月为限",
            "an agency sees the area by a year, half, quarter or month of the calendar");
    if (question->measures & MEASURE_IMPORTED)
        refuse(call, "measure", "申报单位查询全域数据不提供导入合同的金额",
            "an agency sees the number of imported contracts in the coverage, not as measures");
    if (strcmp(question->region, api_conf(call->api)->region) != 0)
        refuse(call, "region", "申报单位只能查询本地区",
            "an agency sees the area of the installation only");
}

bool
stats_visibility_check(struct call *call, struct stats_question *question)
{
    const unsigned all = ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR;
    bool is_county =
        call_has_role(call, ROLE_COUNTY) && !call_has_role(call, all) && !question->is_own;

    if (question->region == NULL)
        question->region = is_county ? call->principal.region : api_conf(call->api)->region;
    if (question->is_own) {
        if (question->has_agency && question->agency_id != call->principal.agency_id)
            refuse(call, "agency", "申报单位只能查询本单位合同",
                "an agency sees its own contracts only");
        question->has_agency = true;
        question->agency_id = call->principal.agency_id;
    } else if (is_county) {
        if (strncmp(question->region, call->principal.region, strlen(call->principal.region)) != 0)
            refuse(call, "region", "只能查询本县区", "this account sees its own county only");
    } else if (!call_has_role(call, all)) {
        check_closed(call, question);
    }
    if (call->faults.count > 0) {
        call_refuse_told(call, ERR_FORBIDDEN);
        return false;
    }
    return true;
}
