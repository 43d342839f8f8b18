#include <string.h>

#include "common/money.h"
#include "common/money_zh.h"
#include "server/papers/document.h"

/* Papers of money: the determined technology income of a contract in one year, and the basis of
 * awards. Amounts come as decimal strings from tcr.fetch_income_contract() and _award(). */

static const char *
text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static const char *
amount_of(struct document *document, const json_t *object, const char *name)
{
    const char *text = text_of(object, name);

    return *text == '\0' ? "" : arena_printf(document->arena, "%s元", text);
}

static const char *
amount_zh(struct document *document, const json_t *object, const char *name)
{
    const char *text = text_of(object, name);
    char capitals[MONEY_ZH_BYTES];
    int64_t fen;

    if (!money_parse(text, &fen))
        return text;
    return arena_printf(document->arena, "%s元（人民币%s）", text, money_zh(fen, capitals));
}

static void
write_contract(struct document *document)
{
    struct model_rows rows;

    model_rows_begin(&rows, document->out);
    model_row(&rows, "登记编号", document_data(document, "number"));
    model_row(&rows, "登记日期", document_date(document, document_data(document, "registered_on")));
    model_rows_end(&rows);
    document_write_case(document);
}

static void
write_receipts(struct document *document)
{
    static const struct model_column columns[] = {{"到账日期", 7, false}, {"付款方", 9, false},
        {"到账金额", 8, true}, {"技术交易额", 8, true}, {"成本费用", 7, true},
        {"技术性收入", 8, true}, {"票据", 8, false}, {NULL, 0, false}};
    const json_t *receipt;
    size_t index;

    model_table_begin(document->out, columns);
    json_array_foreach(json_object_get(document->data, "receipts"), index, receipt)
    {
        model_row_begin(document->out);
        model_cell(document->out, text_of(receipt, "received_on"));
        model_cell(document->out, text_of(receipt, "payer"));
        model_cell(document->out, text_of(receipt, "amount"));
        model_cell(document->out, text_of(receipt, "technology_part"));
        model_cell(document->out, text_of(receipt, "costs_total"));
        model_cell(document->out, text_of(receipt, "income"));
        model_cell(document->out,
            arena_printf(document->arena, "%s %s",
                document_code(document, "invoice_kind", text_of(receipt, "invoice_kind")),
                text_of(receipt, "invoice_number")));
        model_row_end(document->out);
    }
    model_table_end(document->out);
}

static void
write_year(struct document *document, const json_t *year)
{
    const json_t *cumulated = json_object_get(year, "cumulated");
    const json_t *cost;
    struct model_rows rows;
    size_t index;

    model_rows_begin(&rows, document->out);
    model_row(&rows, "本年到账金额", amount_of(document, year, "received"));
    model_row(&rows, "本年到账技术交易额", amount_of(document, year, "technology_received"));
    json_array_foreach(json_object_get(year, "costs"), index, cost)
    {
        model_row(&rows, text_of(cost, "kind_zh"), amount_of(document, cost, "amount"));
    }
    model_row(&rows, "成本费用合计", amount_of(document, year, "costs_total"));
    model_row(&rows, "本年技术性收入", amount_zh(document, year, "income"));
    model_row(&rows, "累计到账技术交易额", amount_of(document, cumulated, "technology_received"));
    model_row(&rows, "累计技术性收入", amount_of(document, cumulated, "income"));
    model_rows_end(&rows);
}

void
document_income(struct document *document)
{
    const json_t *statement = json_object_get(document->data, "statement");
    json_int_t number = json_integer_value(json_object_get(document->data, "year"));

    document_set(document, "year", arena_printf(document->arena, "%lld", (long long)number));
    document_begin(document, DOCUMENT_PLAIN);
    model_paragraph(document->out, document_text(document, "lead"), true);
    write_contract(document);
    write_receipts(document);
    write_year(document, json_array_get(json_object_get(statement, "years"), 0));
    document_close(document, NULL, NULL);
}

static void
write_award_years(struct document *document, const json_t *statement)
{
    static const struct model_column columns[] = {{"年度", 4, false}, {"到账技术交易额", 8, true},
        {"成本费用", 8, true}, {"技术性收入", 8, true}, {"最低比例（%）", 6, true},
        {"最低奖酬金", 8, true}, {NULL, 0, false}};
    const json_t *total = json_object_get(statement, "total");
    const json_t *years = json_object_get(statement, "years");
    const json_t *year;

    model_table_begin(document->out, columns);
    for (size_t i = 0; i <= json_array_size(years); i++) {
        bool is_total = i == json_array_size(years);

        year = is_total ? total : json_array_get(years, i);
        model_row_begin(document->out);
        model_cell(document->out, is_total ? "合计" : text_of(year, "year"));
        model_cell(document->out, text_of(year, "technology_received"));
        model_cell(document->out, text_of(year, "costs_total"));
        model_cell(document->out, text_of(year, "income"));
        model_cell(document->out, text_of(year, "min_percent"));
        model_cell(document->out, text_of(year, "minimum"));
        model_row_end(document->out);
    }
    model_table_end(document->out);
}

/* Reasons why nothing is computed, and the rows of the policy; an article comes only with final
 * ones. */
static void
write_words(struct document *document, const json_t *words)
{
    const json_t *word;
    size_t index;

    if (json_array_size(words) == 0)
        return;
    model_list_begin(document->out);
    json_array_foreach(words, index, word)
    {
        const char *article = json_string_value(json_object_get(word, "article"));

        model_item(document->out, arena_printf(document->arena, "%s%s%s%s", text_of(word, "zh"),
                                      article == NULL ? "" : "（依据：",
                                      article == NULL ? "" : article, article == NULL ? "" : "）"));
    }
    model_list_end(document->out);
}

void
document_award(struct document *document)
{
    const json_t *statement = json_object_get(document->data, "statement");
    const json_t *reasons = json_object_get(statement, "reasons");

    document_begin(document, DOCUMENT_PLAIN);
    model_paragraph(document->out, document_text(document, "lead"), true);
    write_contract(document);
    write_award_years(document, statement);
    if (json_array_size(reasons) > 0)
        model_paragraph(document->out, document_text(document, "reasons"), true);
    write_words(document, reasons);
    write_words(document, json_object_get(json_object_get(statement, "policy"), "rows"));
    document_close(document, NULL, NULL);
}
