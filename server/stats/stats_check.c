#include <string.h>

#include "common/date.h"
#include "server/api/api.h"
#include "server/codes/codes.h"
#include "server/stats/stats_int.h"

/* Parts of a question that are good alone and do not go together. */

static bool
is_by(const struct stats_question *question, enum stats_dim dim)
{
    for (int i = 0; i < question->by_count; i++)
        if (question->by[i] == dim)
            return true;
    return false;
}

/* A target and a GDP belong to an area and a year, and to nothing finer. */
static void
check_reference(struct call *call, const struct stats_question *question)
{
    const struct stats_range *range = &question->range;
    bool is_one_year = range->has_first && range->has_last &&
                       date_to_civil(range->first).year == date_to_civil(range->last).year;
    int areas =
        is_by(question, DIM_DISTRICT) + is_by(question, DIM_COUNTY) + is_by(question, DIM_REGION);

    if (!(question->measures & (MEASURE_BIT(MEASURE_TARGET) | MEASURE_BIT(MEASURE_GDP))))
        return;
    if (question->by_count != areas + is_by(question, DIM_YEAR) || areas > 1 ||
        question->filter_count > 0 || question->has_agency || question->is_own)
        stats_fault(call, "measure", "query.conflict",
            "目标和GDP只按地区和年份,不能与其他维度或筛选同时使用",
            "a target and a GDP are of an area and a year: no other dimension or filter");
    else if (!is_one_year && !is_by(question, DIM_YEAR))
        stats_fault(call, "measure", "query.conflict", "须按年分组或限于一年之内",
            "needs by=year or a period within one year");
}

/* Nothing imported has its registering party here, and no agency filed it. */
static void
check_imported(struct call *call, const struct stats_question *question)
{
    if (!(question->measures & MEASURE_IMPORTED))
        return;
    if (strcmp(question->basis, "registered") == 0)
        stats_fault(call, "measure", "query.conflict",
            "external_、covered_只用于basis=output、absorbed、local",
            "external_ and covered_ need basis=output, absorbed or local");
    if (question->is_own || question->has_agency)
        stats_fault(call, "measure", "query.conflict",
            "导入的合同不属于任何申报单位,不能限定申报单位",
            "what was imported is no agency's: not with agency or scope=own");
}

void
stats_question_check(struct call *call, const struct stats_question *question)
{
    check_reference(call, question);
    check_imported(call, question);
}

/* The value that a filter asks for; NULL: none, or what is not stated. */
static const char *
filter_value(const struct stats_question *question, enum stats_dim dim)
{
    for (int i = 0; i < question->filter_count; i++)
        if (question->filters[i].dim == dim &&
            strcmp(question->filters[i].value, STATS_NOT_STATED) != 0)
            return question->filters[i].value;
    return NULL;
}

static void
contradict(struct fault_list *list, enum stats_dim dim, const char *other)
{
    const char *name = stats_dim_name(dim);

    fault_add(list, arena_printf(list->arena, "?%s", name), "query.contradiction", NULL,
        arena_printf(list->arena, "与%s矛盾,没有合同能同时满足", other),
        arena_printf(list->arena, "contradicts %s: no contract can meet both", other));
}

static void
contradict_types(struct call *call, const struct stats_question *question, struct fault_list *list)
{
    const char *type = filter_value(question, DIM_CONTRACT_TYPE);
    const char *subtype = filter_value(question, DIM_SUBTYPE);
    const char *type4 = filter_value(question, DIM_CONTRACT_TYPE4);
    const struct codes *codes = api_codes(call->api);
    const struct code *stat4 =
        type4 == NULL || codes == NULL
            ? NULL
            : codes_find(codes, stats_dims[DIM_CONTRACT_TYPE4].list, type4, question->today);

    if (type != NULL && subtype != NULL && strncmp(subtype, type, strlen(type)) != 0)
        contradict(list, DIM_SUBTYPE, "contract_type");
    if (stat4 == NULL)
        return;
    if (type != NULL && strchr(stat4->parent, *type) == NULL)
        contradict(list, DIM_CONTRACT_TYPE4, "contract_type");
    if (subtype != NULL && strchr(stat4->parent, *subtype) == NULL)
        contradict(list, DIM_CONTRACT_TYPE4, "subtype");
}

/* Another city, or another province: inside a city a zone and a county overlap. */
static bool
is_apart(const char *place, const char *other)
{
    size_t len = strlen(place) < strlen(other) ? strlen(place) : strlen(other);

    return strncmp(place, other, len < 4 ? len : 4) != 0;
}

static void
contradict_places(const struct stats_question *question, struct fault_list *list)
{
    bool is_sold = strcmp(question->basis, "output") == 0 || strcmp(question->basis, "local") == 0;
    bool is_bought =
        strcmp(question->basis, "absorbed") == 0 || strcmp(question->basis, "local") == 0;
    const struct {
        enum stats_dim dim;
        bool is_in_area; /* as the basis has it */
    } places[] = {{DIM_DISTRICT, true}, {DIM_COUNTY, true}, {DIM_SELLER_DISTRICT, is_sold},
        {DIM_BUYER_DISTRICT, is_bought}};
    const char *district = filter_value(question, DIM_DISTRICT);
    const char *county = filter_value(question, DIM_COUNTY);

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *place = filter_value(question, places[i].dim);

        if (place != NULL && places[i].is_in_area && is_apart(place, question->region))
            contradict(list, places[i].dim, "region");
    }
    if (district != NULL && county != NULL && is_apart(district, county))
        contradict(list, DIM_COUNTY, "district");
}

void
stats_question_contradictions(
    struct call *call, const struct stats_question *question, struct fault_list *list)
{
    list->arena = call->arena;
    contradict_types(call, question, list);
    contradict_places(question, list);
}
