#include "common/table.h"

#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/mem.h"
#include "common/xlsx_write.h"

enum { FEN_TEXT_BYTES = 32 };

struct table {
    enum table_form form;
    const struct table_column *columns;
    int count;
    struct buf *out;
    int column;
    struct xlsx *xlsx;
    struct xlsx_column headings[TABLE_COLUMNS_MAX];
};

/* "-1234" becomes "-12.34"; returns the length. */
static size_t
fen_to_yuan(const char *digits, size_t len, char *text)
{
    size_t sign = len > 0 && digits[0] == '-';
    size_t whole = len - sign > 2 ? len - sign - 2 : 0;
    size_t at = 0;

    if (len > FEN_TEXT_BYTES - 8)
        return 0;
    if (sign)
        text[at++] = '-';
    if (whole == 0)
        text[at++] = '0';
    memcpy(text + at, digits + sign, whole);
    at += whole;
    text[at++] = '.';
    if (len - sign < 2)
        text[at++] = '0';
    memcpy(text + at, digits + sign + whole, len - sign - whole);
    return at + len - sign - whole;
}

/* ---- CSV ---- */

static const bool csv_special[256] = {[','] = true, ['"'] = true, ['\r'] = true, ['\n'] = true};

static void
csv_text(struct buf *out, const char *text, size_t len)
{
    bool is_formula = len > 0 && strchr("=+-@\t\r\n", text[0]) != NULL;
    bool is_quoted = false;

    for (size_t i = 0; i < len && !is_quoted; i++)
        is_quoted = csv_special[(unsigned char)text[i]];
    if (is_quoted)
        buf_putc(out, '"');
    if (is_formula)
        buf_putc(out, '\'');
    if (!is_quoted) {
        buf_add(out, text, len);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            buf_putc(out, '"');
        buf_putc(out, text[i]);
    }
    buf_putc(out, '"');
}

static void
csv_cell(struct table *table, const char *text, size_t len)
{
    struct buf *out = table->out;
    char yuan[FEN_TEXT_BYTES];

    if (table->column > 0)
        buf_putc(out, ',');
    if (text != NULL)
        switch (table->columns[table->column].type) {
        case TABLE_TEXT:
            csv_text(out, text, len);
            break;
        case TABLE_FEN:
            buf_add(out, yuan, fen_to_yuan(text, len, yuan));
            break;
        case TABLE_NUMBER:
        case TABLE_DECIMAL:
        case TABLE_DAY:
            buf_add(out, text, len);
            break;
        }
    if (++table->column == table->count) {
        buf_add(out, "\r\n", 2);
        table->column = 0;
    }
}

/* ---- lines of JSON ---- */

static void
json_cell(struct table *table, const char *text, size_t len)
{
    const struct table_column *column = &table->columns[table->column];
    struct buf *out = table->out;
    char yuan[FEN_TEXT_BYTES];

    buf_puts(out, table->column == 0 ? "{\"" : ",\"");
    buf_puts(out, column->name);
    buf_puts(out, "\":");
    if (text == NULL)
        buf_puts(out, "null");
    else if (column->type == TABLE_NUMBER)
        buf_add(out, text, len);
    else if (column->type == TABLE_FEN)
        buf_json_string_n(out, yuan, fen_to_yuan(text, len, yuan));
    else
        buf_json_string_n(out, text, len);
    if (++table->column == table->count) {
        buf_puts(out, "}\n");
        table->column = 0;
    }
}

/* ---- workbook ---- */

static void
xlsx_cell(struct table *table, const char *text, size_t len)
{
    char yuan[FEN_TEXT_BYTES];
    int32_t day;

    if (text == NULL) {
        xlsx_empty(table->xlsx);
    } else {
        switch (table->columns[table->column].type) {
        case TABLE_NUMBER:
            xlsx_number(table->xlsx, text, len);
            break;
        case TABLE_DECIMAL:
            xlsx_money(table->xlsx, text, len);
            break;
        case TABLE_FEN:
            xlsx_money(table->xlsx, yuan, fen_to_yuan(text, len, yuan));
            break;
        case TABLE_DAY:
            if (date_parse(text, &day)) {
                xlsx_day(table->xlsx, day);
                break;
            }
            xlsx_text(table->xlsx, text, len);
            break;
        case TABLE_TEXT:
            xlsx_text(table->xlsx, text, len);
            break;
        }
    }
    table->column = (table->column + 1) % table->count;
}

/* ---- any ---- */

struct table *
table_new(enum table_form form, const struct table_column *columns, int count, const char *sheet,
    struct buf *out)
{
    struct table *table = xcalloc(1, sizeof(*table));

    table->form = form;
    table->columns = columns;
    table->count = count > TABLE_COLUMNS_MAX ? TABLE_COLUMNS_MAX : count;
    table->out = out;
    if (form == TABLE_CSV_BOM)
        buf_puts(out, "\xef\xbb\xbf");
    if (form == TABLE_XLSX) {
        for (int i = 0; i < table->count; i++)
            table->headings[i] = (struct xlsx_column){
                columns[i].heading == NULL ? columns[i].name : columns[i].heading,
                columns[i].width};
        table->xlsx = xlsx_new(sheet, table->headings, table->count, out);
    } else if (form != TABLE_NDJSON) {
        for (int i = 0; i < table->count; i++)
            buf_printf(out, "%s%s", i > 0 ? "," : "", columns[i].name);
        buf_puts(out, "\r\n");
    }
    return table;
}

void
table_free(struct table *table)
{
    if (table == NULL)
        return;
    xlsx_free(table->xlsx);
    free(table);
}

void
table_cell(struct table *table, const char *text, size_t len)
{
    switch (table->form) {
    case TABLE_CSV:
    case TABLE_CSV_BOM:
        csv_cell(table, text, len);
        break;
    case TABLE_XLSX:
        xlsx_cell(table, text, len);
        break;
    case TABLE_NDJSON:
        json_cell(table, text, len);
        break;
    }
}

void
table_cell_text(struct table *table, const char *text)
{
    table_cell(table, text, text == NULL ? 0 : strlen(text));
}

bool
table_fits(const struct table *table)
{
    return table->xlsx == NULL || !xlsx_is_full(table->xlsx);
}

void
table_end(struct table *table)
{
    if (table->xlsx != NULL)
        xlsx_end(table->xlsx);
}

const char *
table_media_type(enum table_form form)
{
    switch (form) {
    case TABLE_XLSX:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    case TABLE_NDJSON:
        return "application/x-ndjson";
    case TABLE_CSV:
    case TABLE_CSV_BOM:
        break;
    }
    return "text/csv; charset=utf-8; header=present";
}

const char *
table_suffix(enum table_form form)
{
    switch (form) {
    case TABLE_XLSX:
        return "xlsx";
    case TABLE_NDJSON:
        return "ndjson";
    case TABLE_CSV:
    case TABLE_CSV_BOM:
        break;
    }
    return "csv";
}
