#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/codes/codes.h"
#include "server/stats/stats_int.h"

enum { WORDS_SHOWN = 10, WORD_BYTES_SHOWN = 40, TEXT_BYTES_MAX = 800 };

/* Position is the bit of enum stats_measure; the words behind them stand for three each. */
enum {
    WORD_NEW = MEASURE_NUMBER,
    WORD_ADJUSTMENT,
    WORD_NET,
    WORD_EXTERNAL,
    WORD_COVERED,
    MEASURE_WORDS
};
static const char *const measure_words[MEASURE_WORDS] = {"count", "total_amount",
    "technology_amount", "technology_received", "technology_income", "technology_ratio",
    "average_amount", "new_count", "new_total_amount", "new_technology_amount", "adjustment_count",
    "adjustment_total_amount", "adjustment_technology_amount", "external_count",
    "external_total_amount", "external_technology_amount", "covered_count", "covered_total_amount",
    "covered_technology_amount", "share", "growth", "growth_prev", "rank", "target_completion",
    "gdp_share", "new", "adjustment", "net", "external", "covered"};

static const char *const bases[] = {"registered", "output", "absorbed", "local"};
enum { BASES = sizeof(bases) / sizeof(bases[0]) };
static const char *const sorts[] = {"count", "total_amount", "technology_amount"};
enum { SORTS = sizeof(sorts) / sizeof(sorts[0]) };

/* In the order in which faults are told and the definition names them. */
static const enum stats_dim filters[] = {DIM_CONTRACT_TYPE, DIM_CONTRACT_TYPE4, DIM_TECHNICAL_FIELD,
    DIM_DISTRICT, DIM_COUNTY, DIM_SUBTYPE, DIM_IP_TYPE, DIM_SELLER_TYPE, DIM_SELLER_GROUP,
    DIM_BUYER_TYPE, DIM_BUYER_GROUP, DIM_INDUSTRY, DIM_PLAN_SOURCE, DIM_UNIT, DIM_BROKER, DIM_EVENT,
    DIM_REGISTRATION_POINT, DIM_DIRECTION, DIM_SIZE_CLASS, DIM_IS_RELATED, DIM_SELLER_DISTRICT,
    DIM_BUYER_DISTRICT, DIM_SELLER, DIM_BUYER};

static int
find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

void
stats_fault(struct call *call, const char *param, const char *rule, const char *zh, const char *en)
{
    fault_add(&call->faults, arena_printf(call->arena, "?%s", param), rule, NULL, zh, en);
}

/* Words that a fault names: not more than a reader can use, and never a part of a character. */
struct words_named {
    struct buf text;
    int count;
};

static void
name_word(struct words_named *named, const char *word)
{
    size_t len = strnlen(word, WORD_BYTES_SHOWN);

    while (len > 0 && word[len] != '\0' && ((unsigned char)word[len] & 0xC0U) == 0x80U)
        len--;
    if (named->count++ >= WORDS_SHOWN)
        return;
    if (named->count > 1)
        buf_puts(&named->text, ", ");
    buf_putc(&named->text, '"');
    buf_add(&named->text, word, len);
    buf_putc(&named->text, '"');
}

static void
fault_words(struct call *call, const char *param, const char *rule, struct words_named *named,
    const char *zh, const char *en)
{
    if (named->count > 0)
        stats_fault(call, param, rule,
            arena_printf(call->arena, "%s%.*s", zh, (int)named->text.len, named->text.data),
            arena_printf(call->arena, "%s%.*s", en, (int)named->text.len, named->text.data));
    buf_clear(&named->text);
}

/* Every word of a comma list, each once, by its position among names; -1 ends it. Positions has
 * count + 1 entries. What is wrong with the words is told at once. */
static void
read_list(struct call *call, const char *param, const char *const *names, int count, int *positions)
{
    const char *text = call_arg(call, param);
    char *rest = text == NULL ? NULL : arena_strdup(call->arena, text);
    struct words_named unknown = {0};
    struct words_named twice = {0};
    uint64_t seen = 0;
    uint64_t seen_twice = 0;
    int found = 0;
    char *word;

    while ((word = strsep(&rest, ",")) != NULL) {
        int position = find_name(names, count, word);
        uint64_t bit = position < 0 ? 0 : UINT64_C(1) << position;

        if (position < 0)
            name_word(&unknown, word);
        else if (!(seen & bit))
            positions[found++] = position;
        else if (!(seen_twice & bit))
            name_word(&twice, word);
        seen_twice |= seen & bit;
        seen |= bit;
    }
    positions[found] = -1;
    fault_words(call, param, "query.unknown", &unknown, "未知项:", "unknown: ");
    fault_words(call, param, "query.duplicate", &twice, "重复:", "named twice: ");
}

static void
read_by(struct call *call, struct stats_question *question)
{
    const char *names[DIM_COUNT];
    int positions[DIM_COUNT + 1];

    for (int i = 0; i < DIM_COUNT; i++)
        names[i] = stats_dims[i].name;
    read_list(call, "by", names, DIM_COUNT, positions);
    for (int i = 0; positions[i] >= 0; i++)
        question->by[question->by_count++] = (enum stats_dim)positions[i];
    if (question->by_count > STATS_DIMS_MAX)
        stats_fault(call, "by", "query.value", "至多10个维度", "at most 10 dimensions");
}

static unsigned
word_bits(int word)
{
    const unsigned three = MEASURE_VALUES;

    switch (word) {
    case WORD_NEW:
        return three << MEASURE_NEW_COUNT;
    case WORD_ADJUSTMENT:
        return three << MEASURE_ADJUSTMENT_COUNT;
    case WORD_NET:
        return three;
    case WORD_EXTERNAL:
        return three << MEASURE_EXTERNAL_COUNT;
    case WORD_COVERED:
        return three << MEASURE_COVERED_COUNT;
    default:
        return MEASURE_BIT(word);
    }
}

/* Both amounts are always shown together. */
static unsigned
with_both_amounts(unsigned measures, enum stats_measure total)
{
    const unsigned both = MEASURE_BIT(total) | MEASURE_BIT(total + 1);

    return measures & both ? measures | both : measures;
}

static void
read_measure(struct call *call, struct stats_question *question)
{
    int positions[MEASURE_WORDS + 1];

    read_list(call, "measure", measure_words, MEASURE_WORDS, positions);
    for (int i = 0; positions[i] >= 0; i++)
        question->measures |= word_bits(positions[i]);
    if (question->measures == 0)
        question->measures = MEASURE_VALUES;
    question->compared = question->measures & MEASURE_VALUES;
    if (question->compared == 0)
        question->compared = MEASURE_VALUES;
    question->measures = with_both_amounts(question->measures, MEASURE_TOTAL);
    question->measures = with_both_amounts(question->measures, MEASURE_NEW_TOTAL);
    question->measures = with_both_amounts(question->measures, MEASURE_ADJUSTMENT_TOTAL);
    question->measures = with_both_amounts(question->measures, MEASURE_EXTERNAL_TOTAL);
    question->measures = with_both_amounts(question->measures, MEASURE_COVERED_TOTAL);
}

static bool
read_day(struct call *call, const char *param, int32_t *day)
{
    const char *text = call_arg(call, param);

    if (text == NULL)
        return false;
    if (date_parse(text, day))
        return true;
    stats_fault(call, param, "query.value", "须为1900年至2199年的日期,如2022-06-30",
        "must be a day of the years 1900 to 2199 such as 2022-06-30");
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
        stats_fault(call, "to", "query.conflict", "早于from", "is before from");
    if (period == NULL)
        return;
    if (call_arg(call, "from") != NULL || call_arg(call, "to") != NULL)
        stats_fault(call, "period", "query.conflict", "不能与from、to同时使用",
            "cannot stand beside from or to");
    if (!stats_period_parse(period, range))
        stats_fault(call, "period", "query.value",
            "须如2022、2022H1、2022Q2、2022-06、2022-06-30、2022M1-10,1900年至2199年",
            "must be like 2022, 2022H1, 2022Q2, 2022-06, 2022-06-30, 2022M1-10, in the years 1900 "
            "to 2199");
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

static bool
is_digits(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len <= 18 && strspn(text, "0123456789") == len;
}

/* False: the fault was told. */
static bool
check_filter(struct call *call, const struct stats_dim_row *row, const char *value)
{
    bool is_flag = row->filter == FILTER_FLAG;

    if (row->filter == FILTER_CODE && !is_known(call, row->list, row->other_list, value))
        stats_fault(call, row->name, "query.unknown", "未知代码", "unknown code");
    else if (row->filter == FILTER_ID && !is_digits(value))
        stats_fault(call, row->name, "query.value", "须为编号", "must be an id");
    else if (is_flag && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        stats_fault(call, row->name, "query.value", "须为true或false", "must be true or false");
    else if (row->filter == FILTER_TEXT && (*value == '\0' || strlen(value) > TEXT_BYTES_MAX))
        stats_fault(call, row->name, "query.value", "须为1至200字", "must be a text of 1 to 200");
    else
        return true;
    return false;
}

static void
read_filter(struct call *call, struct stats_question *question, enum stats_dim dim)
{
    const char *value = call_arg(call, stats_dims[dim].name);
    bool is_not_stated =
        value != NULL && strcmp(value, STATS_NOT_STATED) == 0 && dim != DIM_CONTRACT_TYPE;

    if (value != NULL && (is_not_stated || check_filter(call, &stats_dims[dim], value)))
        question->filters[question->filter_count++] = (struct stats_filter){dim, value};
}

/* A place as the columns of the record have it in front: 3713 for 371300. */
static const char *
region_prefix(struct arena *arena, const char *region)
{
    size_t len = strlen(region);

    while (len > 2 && strcmp(region + len - 2, "00") == 0)
        region = arena_strndup(arena, region, len -= 2);
    return region;
}

static void
read_region(struct call *call, struct stats_question *question)
{
    const char *region = call_arg(call, "region");
    size_t len = region == NULL ? 0 : strlen(region);

    if (region == NULL)
        return;
    if ((len != 2 && len != 4 && len != 6) || strspn(region, "0123456789") != len)
        stats_fault(call, "region", "query.value", "须为2、4或6位地区代码",
            "must be a region code of 2, 4 or 6 digits");
    else if (!is_known(call, "region_cn_all", "region_linyi",
                 arena_printf(call->arena, "%s%.*s", region, (int)(6 - len), "0000")))
        stats_fault(call, "region", "query.unknown", "未知地区代码", "unknown region");
    else
        question->region = region_prefix(call->arena, region);
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
            stats_fault(call, "agency", "query.value", "本账户不属于申报单位",
                "this account is not an agency's");
        return;
    }
    errno = 0;
    question->agency_id = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
        stats_fault(call, "agency", "query.value", "须为申报单位编号或self",
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
            stats_fault(call, "scope", "query.value", "本账户不属于申报单位",
                "this account is not an agency's");
    } else if (strcmp(scope, "area") != 0) {
        stats_fault(call, "scope", "query.value", "须为own或area", "must be own or area");
    }
}

static void
read_as_of(struct call *call, struct stats_question *question)
{
    const char *text = call_arg(call, "as_of");

    if (text == NULL)
        return;
    question->has_as_of = is_digits(text);
    if (question->has_as_of)
        question->as_of = strtoll(text, NULL, 10);
    else
        stats_fault(call, "as_of", "query.value", "须为序号", "must be a sequence number");
}

static void
read_top(struct call *call, struct stats_question *question)
{
    const char *top = call_arg(call, "top");
    const char *sort = call_arg(call, "sort");

    question->sort = sort == NULL ? "total_amount" : sort;
    if (find_name(sorts, SORTS, question->sort) < 0)
        stats_fault(call, "sort", "query.value", "须为count、total_amount或technology_amount",
            "must be count, total_amount or technology_amount");
    if (top == NULL) {
        if (sort != NULL)
            stats_fault(call, "sort", "query.conflict", "须与top同时使用", "needs top beside it");
        return;
    }
    question->top = is_digits(top) && strlen(top) <= 4 ? (int)strtol(top, NULL, 10) : 0;
    if (question->top < 1 || question->top > STATS_TOP_MAX)
        stats_fault(call, "top", "query.value", "须为1至1000", "must be 1 to 1000");
}

bool
stats_filters_read(struct call *call, struct stats_question *question)
{
    const char *basis = call_arg(call, "basis");

    question->today = clock_today();
    read_range(call, question);
    question->basis = basis == NULL ? bases[0] : basis;
    if (find_name(bases, BASES, question->basis) < 0)
        stats_fault(call, "basis", "query.value", "须为registered、output、absorbed或local",
            "must be registered, output, absorbed or local");
    question->is_default_basis = strcmp(question->basis, bases[0]) == 0;
    read_region(call, question);
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
        read_filter(call, question, filters[i]);
    read_agency(call, question);
    read_scope(call, question);
    read_as_of(call, question);
    return call->faults.count == 0;
}

bool
stats_params_read(struct call *call, struct stats_question *question)
{
    read_by(call, question);
    read_measure(call, question);
    stats_filters_read(call, question);
    read_top(call, question);
    stats_question_check(call, question);
    return call->faults.count == 0;
}

bool
stats_params_date(struct call *call, struct stats_question *question, int64_t last_seq, int32_t day)
{
    if (question->as_of > last_seq) {
        stats_fault(call, "as_of", "query.value",
            arena_printf(call->arena, "超出记录,当前最大序号为%lld", (long long)last_seq),
            arena_printf(
                call->arena, "beyond the record, which goes up to %lld", (long long)last_seq));
    }
    question->today = day;
    return call->faults.count == 0;
}

void
stats_params_compare(struct stats_question *question)
{
    const struct stats_range *range = &question->range;
    /* Without an end, what has not begun has no like before it. */
    bool is_ahead = range->has_first && !range->has_last && range->first > question->today;
    enum stats_unit unit = UNIT_RANGE;

    question->has_base = !is_ahead && question->measures & MEASURE_BIT(MEASURE_GROWTH);
    if (question->has_base)
        question->base = stats_range_year_before(question->range, question->today);
    for (int i = 0; i < question->by_count; i++)
        if (stats_dim_is_time(question->by[i]) && (int)question->by[i] > (int)unit)
            unit = (enum stats_unit)question->by[i];
    question->has_prev = !is_ahead && question->measures & MEASURE_BIT(MEASURE_GROWTH_PREV);
    if (question->has_prev)
        question->has_prev =
            stats_range_period_before(question->range, unit, question->today, &question->prev);
}
