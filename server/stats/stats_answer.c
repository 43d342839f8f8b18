#include <inttypes.h>
#include <string.h>

#include "common/date.h"
#include "common/digest.h"
#include "common/money.h"
#include "server/api/api.h"
#include "server/codes/codes.h"
#include "server/stats/stats_int.h"

/* The lists that name the codes of a dimension; the second is asked when the first does not know a
 * code. */
static const struct {
    const char *list;
    const char *other_list;
} dim_lists[DIM_COUNT] = {
    [DIM_DISTRICT] = {"region_cn_all", "region_linyi"},
    [DIM_COUNTY] = {"region_cn_all", "region_linyi"},
    [DIM_CONTRACT_TYPE] = {"contract_type", NULL},
    [DIM_CONTRACT_TYPE4] = {"contract_type_stat4", NULL},
    [DIM_TECHNICAL_FIELD] = {"tech_field", NULL},
};

static bool
has_names(enum stats_dim dim)
{
    return dim_lists[dim].list != NULL || dim == DIM_AGENCY;
}

struct names {
    const char *zh;
    const char *en;
};

/* An agency has one name. Empty texts where nothing is known. */
static struct names
find_names(const struct codes *codes, enum stats_dim dim, const struct stats_row *row,
    const char *key, int32_t today)
{
    const struct code *code = NULL;

    if (dim == DIM_AGENCY) {
        const char *name = row->agency_name == NULL ? "" : row->agency_name;

        return (struct names){name, name};
    }
    if (codes != NULL && key != NULL) {
        code = codes_find(codes, dim_lists[dim].list, key, today);
        if (code == NULL && dim_lists[dim].other_list != NULL)
            code = codes_find(codes, dim_lists[dim].other_list, key, today);
    }
    return code == NULL ? (struct names){"", ""} : (struct names){code->name_zh, code->name_en};
}

/* One figure of a row as text. False: null. */
static bool
figure_text(const struct stats_row *row, unsigned measure, enum stats_value value, char *text)
{
    switch (measure) {
    case MEASURE_COUNT:
        snprintf(text, MONEY_TEXT_BYTES, "%" PRId64, row->values[VALUE_COUNT]);
        return true;
    case MEASURE_TOTAL:
    case MEASURE_TECHNOLOGY:
        money_format(row->values[value], text);
        return !row->is_hidden;
    case MEASURE_RATIO:
        return stats_technology_ratio(row, text);
    case MEASURE_SHARE:
        return stats_share(row, value, text);
    default:
        return stats_growth(row, value, text);
    }
}

typedef void (*figure_fn)(
    struct buf *out, const char *prefix, const char *name, const char *text, bool is_text);

/* Every figure of the question in the order of the answer; row NULL: only their names. */
static void
each_figure(struct buf *out, const struct stats_question *question, const struct stats_row *row,
    figure_fn figure)
{
    static const struct {
        unsigned measure;
        const char *prefix;
    } compared[] = {{MEASURE_SHARE, "share_"}, {MEASURE_GROWTH, "growth_"}};
    char text[MONEY_TEXT_BYTES];

    for (int value = 0; value < VALUE_NUMBER; value++)
        if (question->measures & 1U << value) {
            bool known =
                row != NULL && figure_text(row, 1U << value, (enum stats_value)value, text);

            figure(out, "", stats_value_name((enum stats_value)value), known ? text : NULL,
                value != VALUE_COUNT);
        }
    if (question->measures & MEASURE_RATIO) {
        bool known = row != NULL && figure_text(row, MEASURE_RATIO, VALUE_TOTAL, text);

        figure(out, "", "technology_ratio", known ? text : NULL, true);
    }
    for (size_t i = 0; i < sizeof(compared) / sizeof(compared[0]); i++)
        for (int value = 0; value < VALUE_NUMBER; value++)
            if (question->measures & compared[i].measure && question->compared & 1U << value) {
                bool known = row != NULL &&
                             figure_text(row, compared[i].measure, (enum stats_value)value, text);

                figure(out, compared[i].prefix, stats_value_name((enum stats_value)value),
                    known ? text : NULL, true);
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
json_figure(struct buf *out, const char *prefix, const char *name, const char *text, bool is_text)
{
    buf_printf(out, ",\"%s%s\":", prefix, name);
    if (text == NULL)
        buf_puts(out, "null");
    else
        buf_printf(out, is_text ? "\"%s\"" : "%s", text);
}

static void
json_figure_name(
    struct buf *out, const char *prefix, const char *name, const char *text, bool is_text)
{
    (void)text;
    (void)is_text;
    buf_printf(out, ",\"%s%s\"", prefix, name);
}

static void
csv_figure(struct buf *out, const char *prefix, const char *name, const char *text, bool is_text)
{
    (void)prefix;
    (void)name;
    (void)is_text;
    buf_printf(out, ",%s", text == NULL ? "" : text);
}

static void
csv_figure_name(
    struct buf *out, const char *prefix, const char *name, const char *text, bool is_text)
{
    (void)text;
    (void)is_text;
    buf_printf(out, ",%s%s", prefix, name);
}

/* Members of an object or fields of a line are written with a comma before each; the first one
 * goes. */
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
        if (with_names && has_names(question->by[i])) {
            struct names names =
                find_names(codes, question->by[i], row, row->keys[i], question->today);

            buf_printf(out, ",\"%s_zh\":", name);
            buf_json_string(out, names.zh);
            buf_printf(out, ",\"%s_en\":", name);
            buf_json_string(out, names.en);
        }
    }
    each_figure(out, question, row, json_figure);
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
    const char *const filters[][2] = {
        {"contract_type", question->contract_type},
        {"contract_type4", question->contract_type4},
        {"technical_field", question->technical_field},
        {"district", question->district},
        {"county", question->county},
    };
    size_t at;

    buf_puts(out, ",\"filters\":{");
    at = out->len;
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
        if (filters[i][1] != NULL) {
            buf_printf(out, ",\"%s\":", filters[i][0]);
            buf_json_string(out, filters[i][1]);
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

    buf_printf(out, "{\"version\":1,\"scope\":\"%s\",\"basis\":\"%s\",\"region\":",
        question->is_own ? "own" : "area", question->basis);
    buf_json_string(out, question->region);
    buf_puts(out, ",\"measure\":[");
    at = out->len;
    each_figure(out, question, NULL, json_figure_name);
    drop_comma(out, at);
    buf_puts(out, "],");
    json_range(out, question->range);
    json_filters(out, question);
    if (question->has_base) {
        buf_puts(out, ",\"growth_base\":{");
        json_range(out, question->base);
        buf_putc(out, '}');
    }
    buf_puts(out,
        ",\"zh\":\"按登记行为入账日计(北京时间),金额单位为元;technology_"
        "ratio为技术交易额占合同成交额的百分比,share为同一期间内占比,"
        "growth为与上年同日比较的增减百分比,均保留两位小数,四舍五入;基数不大于零或缺失时为null\","
        "\"en\":\"Booked on the day of the act (Asia/Shanghai), amounts in yuan; technology_ratio "
        "is the technology amount in percent "
        "of the total amount, share is percent within the period, growth is percent against the "
        "same days of last year, each with "
        "two decimals, half away from zero; null where the base is absent or not above zero\"}");
}

static void
json_coverage(
    struct buf *out, const struct stats_question *question, const struct stats_answer *answer)
{
    static const struct {
        const char *basis;
        const char *zh;
        const char *en;
    } texts[] = {
        {"registered", "登记主体在本地区的已登记合同",
            "registered contracts whose registering party is in the area"},
        {"output", "卖方在本地区的已登记合同", "registered contracts whose seller is in the area"},
        {"absorbed", "买方在本地区的合同,仅含本系统登记及导入的合同",
            "contracts whose buyer is in the area; covers only what is in the record and what was "
            "imported"},
        {"local", "买卖双方均在本地区的已登记合同",
            "registered contracts whose seller and buyer are both in the area"},
    };
    char day[DATE_TEXT_BYTES];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(texts[i].basis, question->basis) == 0) {
            buf_printf(out, "{\"zh\":\"%s", texts[i].zh);
            if (question->is_closed)
                buf_puts(out, ";截至最近关账日;"
                              "合同、卖方或买方少于3个的单元及为防倒推而隐去的单元不显示金额");
            buf_printf(out, "\",\"en\":\"%s", texts[i].en);
            if (question->is_closed)
                buf_puts(out, "; as of the last closed day; amounts are null in cells under 3 "
                              "contracts, sellers or buyers and in cells that "
                              "would tell them by subtraction");
            buf_puts(out, "\"");
        }
    if (question->is_closed) {
        buf_puts(out, ",\"closed_on\":");
        json_text_or_null(out, answer->has_closed_day ? date_format(answer->closed_on, day) : NULL);
    }
    buf_putc(out, '}');
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
    json_coverage(out, question, answer);
    buf_puts(out, ",\"by\":");
    json_by(out, question);
    buf_puts(out, ",\"rows\":");
    json_rows(out, question, &answer->now, codes, true);
    buf_putc(out, '}');
    buf_clear(&digested);
    buf_clear(&definition);
}

static void
write_csv(
    struct call *call, const struct stats_question *question, const struct stats_answer *answer)
{
    struct buf *out = &call->reply.body;
    const struct codes *codes = api_codes(call->api);

    call->reply.content_type = "text/csv; charset=utf-8; header=present";
    for (int row = -1; row < answer->now.count; row++) {
        const struct stats_row *values = row < 0 ? NULL : &answer->now.rows[row];
        size_t at = out->len;

        for (int i = 0; i < question->by_count; i++) {
            enum stats_dim dim = question->by[i];
            const char *name = stats_dim_name(dim);

            if (values == NULL) {
                buf_printf(out, has_names(dim) ? ",%s,%s_zh,%s_en" : ",%s", name, name, name);
                continue;
            }
            buf_putc(out, ',');
            buf_csv_field(out, values->keys[i] == NULL ? "" : values->keys[i]);
            if (has_names(dim)) {
                struct names names =
                    find_names(codes, dim, values, values->keys[i], question->today);

                buf_putc(out, ',');
                buf_csv_field(out, names.zh);
                buf_putc(out, ',');
                buf_csv_field(out, names.en);
            }
        }
        each_figure(out, question, values, values == NULL ? csv_figure_name : csv_figure);
        drop_comma(out, at);
        buf_puts(out, "\r\n");
    }
}

void
stats_answer_write(
    struct call *call, const struct stats_question *question, const struct stats_answer *answer)
{
    if (call->wants_csv)
        write_csv(call, question, answer);
    else
        write_json(call, question, answer);
}
