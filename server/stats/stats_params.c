#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/codes/codes.h"
#include "server/stats/stats_int.h"

static const char *const dim_names[DIM_COUNT] = {
    [DIM_YEAR] = "year",
    [DIM_HALF] = "half",
    [DIM_QUARTER] = "quarter",
    [DIM_MONTH] = "month",
    [DIM_DAY] = "day",
    [DIM_DISTRICT] = "district",
    [DIM_COUNTY] = "county",
    [DIM_CONTRACT_TYPE] = "contract_type",
    [DIM_CONTRACT_TYPE4] = "contract_type4",
    [DIM_TECHNICAL_FIELD] = "technical_field",
    [DIM_AGENCY] = "agency",
};

static const char *const value_names[VALUE_NUMBER] = {
    [VALUE_COUNT] = "count",
    [VALUE_TOTAL] = "total_amount",
    [VALUE_TECHNOLOGY] = "technology_amount",
};

/* Position is the bit of enum stats_measure. */
static const char *const measure_names[] = {
    "count", "total_amount", "technology_amount", "technology_ratio", "share", "growth"};
enum { MEASURE_NAMES = sizeof(measure_names) / sizeof(measure_names[0]) };

static const char *const bases[] = {"registered", "output", "absorbed", "local"};
enum { BASES = sizeof(bases) / sizeof(bases[0]) };

const char *
stats_dim_name(enum stats_dim dim)
{
    return dim_names[dim];
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

static int
find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static void
fault(struct call *call, const char *param, const char *rule, const char *zh, const char *en)
{
    fault_add(&call->faults, arena_printf(call->arena, "?%s", param), rule, NULL, zh, en);
}

/* Every word of a comma list, each once, by its position among names; -1 ends it. Positions has
 * count + 1 entries. */
static void
read_list(struct call *call, const char *param, const char *const *names, int count, int *positions)
{
    const char *text = call_arg(call, param);
    char *rest = text == NULL ? NULL : arena_strdup(call->arena, text);
    unsigned seen = 0;
    int found = 0;
    char *word;

    while ((word = strsep(&rest, ",")) != NULL) {
        int position = find_name(names, count, word);

        if (position < 0) {
            fault(call, param, "query.unknown", arena_printf(call->arena, "未知项“%.40s”", word),
                arena_printf(call->arena, "unknown: \"%.40s\"", word));
            break;
        }
        if (seen & 1U << position) {
            fault(call, param, "query.duplicate", arena_printf(call->arena, "“%s”重复", word),
                arena_printf(call->arena, "\"%s\" is named twice", word));
            break;
        }
        seen |= 1U << position;
        positions[found++] = position;
    }
    positions[found] = -1;
}

static void
read_by(struct call *call, struct stats_question *question)
{
    int positions[DIM_COUNT + 1];

    read_list(call, "by", dim_names, DIM_COUNT, positions);
    for (int i = 0; positions[i] >= 0; i++)
        question->by[question->by_count++] = (enum stats_dim)positions[i];
}

/* Both amounts are always shown together. */
static void
read_measure(struct call *call, struct stats_question *question)
{
    int positions[MEASURE_NAMES + 1];

    read_list(call, "measure", measure_names, MEASURE_NAMES, positions);
    for (int i = 0; positions[i] >= 0; i++)
        question->measures |= 1U << positions[i];
    if (question->measures == 0)
        question->measures = MEASURE_VALUES;
    question->compared = question->measures & MEASURE_VALUES;
    if (question->compared == 0)
        question->compared = MEASURE_VALUES;
    if (question->measures & (MEASURE_TOTAL | MEASURE_TECHNOLOGY))
        question->measures |= MEASURE_TOTAL | MEASURE_TECHNOLOGY;
}

static bool
read_day(struct call *call, const char *param, int32_t *day)
{
    const char *text = call_arg(call, param);

    if (text == NULL)
        return false;
    if (date_parse(text, day))
        return true;
    fault(call, param, "query.value", "须为日期,如2022-06-30", "must be a day such as 2022-06-30");
    return false;
}

static void
read_range(struct call *call, struct stats_question *question)
{
    struct stats_range *range = &question->range;
    const char *period = call_arg(call, "period");

    range->has_first = read_day(call, "from", &range->first);
    range->has_last = read_day(call, "to", &range->last);
    if (range->has_first && range->has_last && range->first > range->last)
        fault(call, "to", "query.conflict", "早于from", "is before from");
    if (period == NULL)
        return;
    if (call_arg(call, "from") != NULL || call_arg(call, "to") != NULL)
        fault(call, "period", "query.conflict", "不能与from、to同时使用",
            "cannot stand beside from or to");
    else if (!stats_period_parse(period, range))
        fault(call, "period", "query.value",
            "须如2022、2022H1、2022Q2、2022-06、2022-06-30、2022M1-10",
            "must be like 2022, 2022H1, 2022Q2, 2022-06, 2022-06-30, 2022M1-10");
}

/* Is the code in one of two lists? Without code tables every code passes: it then finds nothing. */
static bool
is_known(struct call *call, const char *list, const char *other_list, const char *code)
{
    const struct codes *codes = api_codes(call->api);
    int32_t today = clock_today();

    return codes == NULL || codes_find(codes, list, code, today) != NULL ||
           (other_list != NULL && codes_find(codes, other_list, code, today) != NULL);
}

static const char *
read_code(struct call *call, const char *param, const char *list, const char *other_list)
{
    const char *code = call_arg(call, param);

    if (code != NULL && !is_known(call, list, other_list, code)) {
        fault(call, param, "query.unknown", "未知代码", "unknown code");
        return NULL;
    }
    return code;
}

static void
read_region(struct call *call, struct stats_question *question)
{
    const char *region = call_arg(call, "region");
    size_t len = region == NULL ? 0 : strlen(region);

    if (region == NULL)
        return;
    if ((len != 2 && len != 4 && len != 6) || strspn(region, "0123456789") != len)
        fault(call, "region", "query.value", "须为2、4或6位地区代码",
            "must be a region code of 2, 4 or 6 digits");
    else if (!is_known(call, "region_cn_all", "region_linyi",
                 arena_printf(call->arena, "%s%.*s", region, (int)(6 - len), "0000")))
        fault(call, "region", "query.unknown", "未知地区代码", "unknown region");
    else
        question->region = region;
}

static void
read_agency(struct call *call, struct stats_question *question)
{
    const char *text = call_arg(call, "agency");
    char *end;

    if (text == NULL)
        return;
    question->has_agency = true;
    if (strcmp(text, "self") == 0) {
        question->agency_id = call->principal.agency_id;
        if (!call_has_role(call, ROLE_AGENCY))
            fault(call, "agency", "query.value", "本账户不属于申报单位",
                "this account is not an agency's");
        return;
    }
    errno = 0;
    question->agency_id = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
        fault(call, "agency", "query.value", "须为申报单位编号或self",
            "must be the id of an agency, or self");
}

/* Without scope an agency reads its own contracts, everyone else the area. */
static void
read_scope(struct call *call, struct stats_question *question)
{
    const unsigned others =
        ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR;
    const char *scope = call_arg(call, "scope");

    if (scope == NULL) {
        question->is_own = call_has_role(call, ROLE_AGENCY) && !call_has_role(call, others);
    } else if (strcmp(scope, "own") == 0) {
        question->is_own = true;
        if (!call_has_role(call, ROLE_AGENCY))
            fault(call, "scope", "query.value", "本账户不属于申报单位",
                "this account is not an agency's");
    } else if (strcmp(scope, "area") != 0) {
        fault(call, "scope", "query.value", "须为own或area", "must be own or area");
    }
}

bool
stats_params_read(struct call *call, struct stats_question *question)
{
    const char *basis = call_arg(call, "basis");

    question->today = clock_today();
    read_by(call, question);
    read_measure(call, question);
    read_range(call, question);
    question->basis = basis == NULL ? bases[0] : basis;
    if (find_name(bases, BASES, question->basis) < 0)
        fault(call, "basis", "query.value", "须为registered、output、absorbed或local",
            "must be registered, output, absorbed or local");
    read_region(call, question);
    question->contract_type = read_code(call, "contract_type", "contract_type", NULL);
    question->contract_type4 = read_code(call, "contract_type4", "contract_type_stat4", NULL);
    question->technical_field = read_code(call, "technical_field", "tech_field", NULL);
    question->district = read_code(call, "district", "region_cn_all", "region_linyi");
    question->county = read_code(call, "county", "region_cn_all", NULL);
    read_agency(call, question);
    read_scope(call, question);
    if (question->measures & MEASURE_GROWTH) {
        question->has_base = true;
        question->base = stats_range_year_before(question->range, question->today);
    }
    return call->faults.count == 0;
}
