#include <string.h>

#include "common/table.h"
#include "server/api/api.h"
#include "server/stats/stats_int.h"
#include "server/stats/stats_sql.h"

/* Figures, and what stands behind them, as tables of other programs: CSV and workbooks. */

/* Chinese words of the headings; amounts are in yuan. */
static const struct {
    const char *name;
    const char *zh;
} words[] = {
    {"year", "年度"},
    {"half", "半年"},
    {"quarter", "季度"},
    {"month", "月份"},
    {"day", "日期"},
    {"district", "县区"},
    {"county", "县级行政区"},
    {"region", "地区"},
    {"contract_type", "合同类别"},
    {"contract_type4", "合同类别(统计四类)"},
    {"subtype", "合同子类"},
    {"technical_field", "技术领域"},
    {"ip_type", "知识产权"},
    {"seller_type", "卖方类别"},
    {"seller_group", "卖方分组"},
    {"buyer_type", "买方类别"},
    {"buyer_group", "买方分组"},
    {"industry", "服务行业"},
    {"plan_source", "计划来源"},
    {"agency", "申报单位"},
    {"unit", "所属单位"},
    {"broker", "技术经纪人"},
    {"event", "对接活动"},
    {"registration_point", "登记机构"},
    {"direction", "流向"},
    {"size_class", "规模"},
    {"is_related", "关联交易"},
    {"seller_district", "卖方县区"},
    {"buyer_district", "买方县区"},
    {"seller_region", "卖方地区"},
    {"buyer_region", "买方地区"},
    {"seller", "卖方"},
    {"buyer", "买方"},
    {"count", "项数"},
    {"total_amount", "合同成交额(元)"},
    {"technology_amount", "技术交易额(元)"},
    {"technology_received", "到账技术交易额(元)"},
    {"technology_income", "技术性收入(元)"},
    {"technology_ratio", "技术交易额占比(%)"},
    {"average_amount", "项均成交额(元)"},
    {"target_completion", "目标完成率(%)"},
    {"gdp_share", "占地区生产总值(%)"},
};

/* What a figure says of a value; the longest that fits stands first. */
static const struct {
    const char *prefix;
    const char *zh;
} prefixes[] = {
    {"growth_prev_", "环比增长(%):"},
    {"growth_", "同比增长(%):"},
    {"adjustment_", "调整:"},
    {"external_", "异地登记导入:"},
    {"covered_", "含导入:"},
    {"share_", "占比(%):"},
    {"rank_", "位次:"},
    {"new_", "新登记:"},
};

static const char *
word_find(const char *name)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].zh;
    return NULL;
}

static const char *
heading_of(struct arena *arena, const char *name)
{
    const char *zh = word_find(name);

    for (size_t i = 0; zh == NULL && i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t len = strlen(prefixes[i].prefix);

        if (strncmp(name, prefixes[i].prefix, len) == 0 && word_find(name + len) != NULL)
            return arena_printf(arena, "%s%s\n%s", prefixes[i].zh, word_find(name + len), name);
    }
    return zh == NULL ? name : arena_printf(arena, "%s\n%s", zh, name);
}

/* The columns of an answer while they are collected. */
struct sheet {
    struct arena *arena;
    struct table_column columns[TABLE_COLUMNS_MAX];
    int count;
    struct table *table;
};

static void
add_column(struct sheet *sheet, const char *name, const char *suffix, enum table_type type)
{
    const char *heading = heading_of(sheet->arena, name);

    if (sheet->count == TABLE_COLUMNS_MAX)
        return;
    sheet->columns[sheet->count++] = (struct table_column){
        .name = arena_printf(sheet->arena, "%s%s", name, suffix),
        .type = type,
        .heading = *suffix == '\0' ? heading : arena_printf(sheet->arena, "%s%s", heading, suffix),
        .width = type == TABLE_NUMBER ? 10 : 18,
    };
}

static void
figure_column(void *ctx, const char *prefix, const char *name, const char *text, bool is_text)
{
    struct sheet *sheet = ctx;

    (void)text;
    add_column(sheet, arena_printf(sheet->arena, "%s%s", prefix, name), "",
        is_text ? TABLE_DECIMAL : TABLE_NUMBER);
}

static void
figure_cell(void *ctx, const char *prefix, const char *name, const char *text, bool is_text)
{
    struct sheet *sheet = ctx;

    (void)prefix;
    (void)name;
    (void)is_text;
    table_cell_text(sheet->table, text);
}

static void
row_cells(struct sheet *sheet, const struct stats_question *question, const struct stats_row *row,
    const struct codes *codes)
{
    for (int i = 0; i < question->by_count; i++) {
        enum stats_dim dim = question->by[i];

        table_cell_text(sheet->table, row->keys[i]);
        if (stats_dims[dim].has_names) {
            struct stats_names names =
                stats_names_find(codes, dim, row->keys[i], row->names[i], question->today);

            table_cell_text(sheet->table, names.zh);
            table_cell_text(sheet->table, names.en);
        }
    }
    stats_each_figure(sheet, question, row, figure_cell);
}

/* What an answer that is no JSON says of itself beside its rows. */
static enum table_form
begin(struct call *call, const char *what, int64_t as_of_seq)
{
    const char *bom = call_arg(call, "bom");
    enum table_form form = call->format == FORMAT_XLSX               ? TABLE_XLSX
                           : bom != NULL && strcmp(bom, "true") == 0 ? TABLE_CSV_BOM
                                                                     : TABLE_CSV;

    call->reply.content_type = table_media_type(form);
    call->reply.has_as_of = true;
    call->reply.as_of_seq = as_of_seq;
    call->reply.disposition = arena_printf(call->arena, "attachment; filename=\"%s-as-of-%lld.%s\"",
        what, (long long)as_of_seq, table_suffix(form));
    return form;
}

void
stats_sheet_write(
    struct call *call, const struct stats_question *question, const struct stats_answer *answer)
{
    struct sheet *sheet = arena_zalloc(call->arena, sizeof(*sheet));
    enum table_form form = begin(call, "statistics", answer->as_of_seq);

    call->reply.coverage = stats_coverage_line(call->arena, question, answer);
    sheet->arena = call->arena;
    for (int i = 0; i < question->by_count; i++) {
        const char *name = stats_dim_name(question->by[i]);

        add_column(sheet, name, "", TABLE_TEXT);
        if (stats_dims[question->by[i]].has_names) {
            add_column(sheet, name, "_zh", TABLE_TEXT);
            add_column(sheet, name, "_en", TABLE_TEXT);
        }
    }
    stats_each_figure(sheet, question, NULL, figure_column);
    sheet->table = table_new(form, sheet->columns, sheet->count,
        arena_printf(call->arena, "as_of_seq %lld", (long long)answer->as_of_seq),
        &call->reply.body);
    for (int i = 0; i < answer->now.count; i++)
        row_cells(sheet, question, &answer->now.rows[i], api_codes(call->api));
    table_end(sheet->table);
    table_free(sheet->table);
}

void
stats_members_sheet(struct call *call, const struct db_call *db, const char *what)
{
    static const struct table_column columns[] = {
        {"seq", TABLE_NUMBER, "版本序号\nseq", 10},
        {"event", TABLE_TEXT, "行为\nevent", 12},
        {"contract", TABLE_TEXT, "合同\ncontract", 10},
        {"registration_number", TABLE_TEXT, "登记编号\nregistration_number", 20},
        {"registered_on", TABLE_DAY, "登记日期\nregistered_on", 12},
        {"booked_on", TABLE_DAY, "入账日期\nbooked_on", 12},
        {"is_new", TABLE_TEXT, "新登记\nis_new", 8},
        {"sign", TABLE_NUMBER, "符号\nsign", 8},
        {"count", TABLE_NUMBER, "项数\ncount", 8},
        {"total_amount", TABLE_FEN, "合同成交额(元)\ntotal_amount", 18},
        {"technology_amount", TABLE_FEN, "技术交易额(元)\ntechnology_amount", 18},
        {"technology_received", TABLE_FEN, "到账技术交易额(元)\ntechnology_received", 18},
        {"technology_income", TABLE_FEN, "技术性收入(元)\ntechnology_income", 18},
    };
    static const int from[] = {MEMBER_SEQ, MEMBER_EVENT, MEMBER_CONTRACT, MEMBER_NUMBER,
        MEMBER_REGISTERED_ON, MEMBER_DAY, MEMBER_IS_NEW, MEMBER_SIGN, MEMBER_COUNT, MEMBER_TOTAL,
        MEMBER_TECHNOLOGY, MEMBER_RECEIVED, MEMBER_INCOME};
    enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
    _Static_assert(sizeof(from) / sizeof(from[0]) == COLUMNS, "a source for each column");
    int64_t as_of_seq = db_int(db, 0, MEMBER_SEQ);
    enum table_form form = begin(call, what, as_of_seq);
    const char *sheet = arena_printf(call->arena, "as_of_seq %lld", (long long)as_of_seq);
    struct table *table = table_new(form, columns, COLUMNS, sheet, &call->reply.body);

    for (int row = 1; row < db_rows(db); row++)
        for (int i = 0; i < COLUMNS; i++)
            if (from[i] == MEMBER_IS_NEW)
                table_cell_text(table, db_bool(db, row, from[i]) ? "true" : "false");
            else
                table_cell_text(table, db_text(db, row, from[i]));
    table_end(table);
    table_free(table);
}
