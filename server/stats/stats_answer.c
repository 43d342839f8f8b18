#include <inttypes.h>
#include <string.h>

#include "common/date.h"
#include "common/digest.h"
#include "common/money.h"
#include "server/api/api.h"
#include "server/codes/codes.h"
#include "server/stats/stats_int.h"

/* What is no code has one name. Empty texts where nothing is known. */
struct stats_names
stats_names_find(
    const struct codes *codes, enum stats_dim dim, const char *key, const char *name, int32_t today)
{
    const struct stats_dim_row *row = &stats_dims[dim];
    const struct code *code = NULL;

    if (row->list == NULL)
        return name == NULL ? (struct stats_names){"", ""} : (struct stats_names){name, name};
    if (codes != NULL && key != NULL) {
        code = codes_find(codes, row->list, key, today);
        if (code == NULL && row->other_list != NULL)
            code = codes_find(codes, row->other_list, key, today);
    }
    return code == NULL ? (struct stats_names){"", ""}
                        : (struct stats_names){code->name_zh, code->name_en};
}

static bool
number_text(int64_t number, char *text)
{
    snprintf(text, MONEY_TEXT_BYTES, "%" PRId64, number);
    return true;
}

static bool
money_text(const struct stats_row *row, int64_t fen, char *text)
{
    money_format(fen, text);
    return !row->is_hidden;
}

static bool
is_count(enum stats_value value)
{
    return value == VALUE_COUNT || value == VALUE_NEW_COUNT || value == VALUE_EXTERNAL_COUNT;
}

/* A sum of the row: a count is a number, everything else money. */
static bool
value_text(const struct stats_row *row, enum stats_value value, char *text)
{
    if (is_count(value))
        return number_text(row->values[value], text);
    return (value < VALUE_COMPARED || !row->is_net_only) &&
           money_text(row, row->values[value], text);
}

static bool
adjustment_text(const struct stats_row *row, enum stats_value value, char *text)
{
    int64_t adjustment = row->values[value] - row->values[VALUE_NEW_COUNT + (int)value];

    if (value == VALUE_COUNT)
        return number_text(adjustment, text);
    return money_text(row, adjustment, text) && !row->is_net_only;
}

static bool
covered_text(const struct stats_row *row, enum stats_value value, char *text)
{
    int64_t covered = row->values[value] + row->values[VALUE_EXTERNAL_COUNT + (int)value];

    return value == VALUE_COUNT ? number_text(covered, text) : money_text(row, covered, text);
}

static bool
rank_text(const struct stats_row *row, enum stats_value value, char *text)
{
    number_text(row->rank[value], text);
    return value == VALUE_COUNT || !row->is_rank_hidden;
}

static bool
ratio_text(const struct stats_row *row, enum stats_value value, char *text)
{
    (void)value;
    return stats_technology_ratio(row, text);
}

static bool
average_text(const struct stats_row *row, enum stats_value value, char *text)
{
    (void)value;
    return stats_average_amount(row, text);
}

static bool
growth_text(const struct stats_row *row, enum stats_value value, char *text)
{
    return stats_growth(row, row->base, value, text);
}

static bool
growth_prev_text(const struct stats_row *row, enum stats_value value, char *text)
{
    return stats_growth(row, row->prev, value, text);
}

static bool
target_text(const struct stats_row *row, enum stats_value value, char *text)
{
    (void)value;
    return stats_of_reference(row, row->has_target, row->target, text);
}

static bool
gdp_text(const struct stats_row *row, enum stats_value value, char *text)
{
    (void)value;
    return stats_of_reference(row, row->has_gdp, row->gdp, text);
}

/* Every figure in the order of the answer. count: how many measures from this one on, for as many
 * values from the first one on; is_compared: for each value that is compared. */
static const struct {
    enum stats_measure measure;
    int count;
    bool is_compared;
    enum stats_value value;
    const char *prefix;
    const char *name; /* NULL: of the value */
    bool (*text)(const struct stats_row *row, enum stats_value value, char *text);
} figures[] = {
    {MEASURE_COUNT, 5, false, VALUE_COUNT, "", NULL, value_text},
    {MEASURE_RATIO, 1, false, VALUE_TOTAL, "", "technology_ratio", ratio_text},
    {MEASURE_AVERAGE, 1, false, VALUE_TOTAL, "", "average_amount", average_text},
    {MEASURE_NEW_COUNT, 3, false, VALUE_NEW_COUNT, "", NULL, value_text},
    {MEASURE_ADJUSTMENT_COUNT, 3, false, VALUE_COUNT, "adjustment_", NULL, adjustment_text},
    {MEASURE_EXTERNAL_COUNT, 3, false, VALUE_EXTERNAL_COUNT, "", NULL, value_text},
    {MEASURE_COVERED_COUNT, 3, false, VALUE_COUNT, "covered_", NULL, covered_text},
    {MEASURE_SHARE, 1, true, VALUE_COUNT, "share_", NULL, stats_share},
    {MEASURE_GROWTH, 1, true, VALUE_COUNT, "growth_", NULL, growth_text},
    {MEASURE_GROWTH_PREV, 1, true, VALUE_COUNT, "growth_prev_", NULL, growth_prev_text},
    {MEASURE_RANK, 1, true, VALUE_COUNT, "rank_", NULL, rank_text},
    {MEASURE_TARGET, 1, false, VALUE_TOTAL, "", "target_completion", target_text},
    {MEASURE_GDP, 1, false, VALUE_TOTAL, "", "gdp_share", gdp_text},
};
enum { FIGURES = sizeof(figures) / sizeof(figures[0]) };

static void
write_figure(
    void *ctx, int at, enum stats_value value, const struct stats_row *row, stats_figure_fn figure)
{
    char text[MONEY_TEXT_BYTES];
    bool known = row != NULL && figures[at].text(row, value, text);
    bool is_number =
        figures[at].measure == MEASURE_RANK || (is_count(value) && !figures[at].is_compared);

    figure(ctx, figures[at].prefix,
        figures[at].name == NULL ? stats_value_name(value) : figures[at].name, known ? text : NULL,
        !is_number);
}

void
stats_each_figure(void *ctx, const struct stats_question *question, const struct stats_row *row,
    stats_figure_fn figure)
{
    for (int at = 0; at < FIGURES; at++) {
        bool is_compared = figures[at].is_compared;
        int count = is_compared ? VALUE_COMPARED : figures[at].count;

        for (int i = 0; i < count; i++) {
            unsigned bit = MEASURE_BIT((int)figures[at].measure + (is_compared ? 0 : i));

            if (question->measures & bit && (!is_compared || question->compared & 1U << i))
                write_figure(ctx, at, (enum stats_value)((int)figures[at].value + i), row, figure);
        }
    }
}

static void
json_text_or_null(struct buf *out, const char *text)
{
    if (text == NULL)
        buf_puts(out, "null");
    else
        buf_json_string(out, text);
}

static void
json_figure(void *ctx, const char *prefix, const char *name, const char *text, bool is_text)
{
    struct buf *out = ctx;

    buf_printf(out, ",\"%s%s\":", prefix, name);
    if (text == NULL)
        buf_puts(out, "null");
    else
        buf_printf(out, is_text ? "\"%s\"" : "%s", text);
}

static void
json_figure_name(void *ctx, const char *prefix, const char *name, const char *text, bool is_text)
{
    struct buf *out = ctx;

    (void)text;
    (void)is_text;
    buf_printf(out, ",\"%s%s\"", prefix, name);
}

/* Members of an object are written with a comma before each; the first one goes. */
static void
drop_comma(struct buf *out, size_t at)
{
    if (out->len > at) {
        memmove(out->data + at, out->data + at + 1, out->len - at);
        out->len--;
    }
}

static void
json_row(struct buf *out, const struct stats_question *question, const struct stats_row *row,
    const struct codes *codes, bool with_names)
{
    size_t at;

    buf_putc(out, '{');
    at = out->len;
    for (int i = 0; i < question->by_count; i++) {
        const char *name = stats_dim_name(question->by[i]);

        buf_printf(out, ",\"%s\":", name);
        json_text_or_null(out, row->keys[i]);
        if (with_names && stats_dims[question->by[i]].has_names) {
            struct stats_names names = stats_names_find(
                codes, question->by[i], row->keys[i], row->names[i], question->today);

            buf_printf(out, ",\"%s_zh\":", name);
            buf_json_string(out, names.zh);
            buf_printf(out, ",\"%s_en\":", name);
            buf_json_string(out, names.en);
        }
    }
    stats_each_figure(out, question, row, json_figure);
    drop_comma(out, at);
    buf_putc(out, '}');
}

static void
json_rows(struct buf *out, const struct stats_question *question, const struct stats_table *table,
    const struct codes *codes, bool with_names)
{
    buf_putc(out, '[');
    for (int i = 0; i < table->count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        json_row(out, question, &table->rows[i], codes, with_names);
    }
    buf_putc(out, ']');
}

static void
json_range(struct buf *out, struct stats_range range)
{
    char text[DATE_TEXT_BYTES];

    buf_puts(out, "\"from\":");
    json_text_or_null(out, range.has_first ? date_format(range.first, text) : NULL);
    buf_puts(out, ",\"to\":");
    json_text_or_null(out, range.has_last ? date_format(range.last, text) : NULL);
}

static void
json_filters(struct buf *out, const struct stats_question *question)
{
    size_t at;

    buf_puts(out, ",\"filters\":{");
    at = out->len;
    for (int i = 0; i < question->filter_count; i++) {
        buf_printf(out, ",\"%s\":", stats_dim_name(question->filters[i].dim));
        buf_json_string(out, question->filters[i].value);
    }
    if (question->has_agency)
        buf_printf(out, ",\"agency\":\"%" PRId64 "\"", question->agency_id);
    drop_comma(out, at);
    buf_putc(out, '}');
}

/* What was asked and how it is counted: with as_of_seq it decides every number. version changes
 * when the way of counting does. */
static void
json_definition(struct buf *out, const struct stats_question *question)
{
    size_t at;

    buf_printf(out, "{\"version\":3,\"scope\":\"%s\",\"basis\":\"%s\",\"region\":",
        question->is_own ? "own" : "area", question->basis);
    buf_json_string(out, question->region);
    buf_puts(out, ",\"measure\":[");
    at = out->len;
    stats_each_figure(out, question, NULL, json_figure_name);
    drop_comma(out, at);
    buf_puts(out, "],");
    json_range(out, question->range);
    json_filters(out, question);
    if (question->has_base) {
        buf_puts(out, ",\"growth_base\":{");
        json_range(out, question->base);
        buf_putc(out, '}');
    }
    if (question->has_prev) {
        buf_puts(out, ",\"growth_prev_base\":{");
        json_range(out, question->prev);
        buf_putc(out, '}');
    }
    if (question->top > 0)
        buf_printf(out, ",\"top\":%d,\"sort\":\"%s\"", question->top, question->sort);
    buf_puts(out,
        ",\"zh\":\"按登记行为入账日计(北京时间),金额单位为元;new_为新登记,adjustment_"
        "为其后变更、注销等调整,不带前缀为净额;external_为另行导入的异地登记合同(按其登记日期,"
        "导入内容没有的维度为空),不计入其他指标,covered_为净额与其合计;technology_"
        "ratio为技术交易额占合同成交额的百分比,"
        "average_amount为每项平均成交额,share为同一期间内占比,rank为同一期间内位次,"
        "growth为与上年同日、growth_prev为与上一期间比较的增减百分比,"
        "target_completion、gdp_share为成交额占年度目标、地区生产总值的百分比;"
        "均保留两位小数,四舍五入;基数不大于零或缺失时为null\","
        "\"en\":\"Booked on the day of the act (Asia/Shanghai), amounts in yuan; new_ is what "
        "registrations brought, adjustment_ what later acts changed, the plain name both; "
        "external_ is what was registered elsewhere and imported (by the day of its registration; "
        "dimensions that an import does not have are null) and part of no other measure, covered_ "
        "the plain figure and external_ together; "
        "technology_ratio is the technology amount in percent of the total amount, average_amount "
        "the mean total amount, share is percent and rank the place within the period, growth is "
        "percent against the same days of last year, growth_prev against the period before, "
        "target_completion and gdp_share are the total amount in percent of the year's target and "
        "of the area's GDP, each with two decimals, half away from zero; null where the base is "
        "absent or not above zero\"}");
}

static void
json_by(struct buf *out, const struct stats_question *question)
{
    buf_putc(out, '[');
    for (int i = 0; i < question->by_count; i++)
        buf_printf(out, "%s\"%s\"", i > 0 ? "," : "", stats_dim_name(question->by[i]));
    buf_putc(out, ']');
}

static void
write_json(
    struct call *call, const struct stats_question *question, const struct stats_answer *answer)
{
    struct buf *out = &call->reply.body;
    const struct codes *codes = api_codes(call->api);
    struct buf definition = {0};
    struct buf digested = {0};
    uint8_t sha256[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];

    json_definition(&definition, question);
    buf_printf(&digested, "{\"definition\":%s,\"as_of_seq\":%" PRId64 ",\"by\":", definition.data,
        answer->as_of_seq);
    json_by(&digested, question);
    buf_puts(&digested, ",\"rows\":");
    json_rows(&digested, question, &answer->now, codes, false);
    buf_putc(&digested, '}');
    sha256_of(digested.data, digested.len, sha256);

    buf_printf(out, "{\"as_of_seq\":%" PRId64 ",\"definition\":%s,\"digest\":\"%s\",\"coverage\":",
        answer->as_of_seq, definition.data, hex_format(sha256, SHA256_BYTES, hex));
    stats_coverage_json(call, out, question, answer);
    buf_puts(out, ",\"by\":");
    json_by(out, question);
    buf_puts(out, ",\"rows\":");
    json_rows(out, question, &answer->now, codes, true);
    buf_putc(out, '}');
    buf_clear(&digested);
    buf_clear(&definition);
}

void
stats_answer_write(
    struct call *call, const struct stats_question *question, const struct stats_answer *answer)
{
    if (call->format != FORMAT_JSON)
        stats_sheet_write(call, question, answer);
    else
        write_json(call, question, answer);
}
