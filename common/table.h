#ifndef TCRD_COMMON_TABLE_H
#define TCRD_COMMON_TABLE_H
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
/* table - rows of typed columns as CSV, as a workbook or as lines of JSON, in constant memory.
 *
 * Pure, like xlsx_write.h: bytes are added to a buf of the caller, who takes them out whenever he
 * likes. Cells come as the texts that the database gives and are written as their column says.
 *
 * CSV is RFC 4180 in UTF-8 with a header line of the names. A text that a spreadsheet would take
 * for a formula (it begins with = + - @, a tab or a line break) gets an apostrophe in front; in the
 * other two forms texts are texts and stay as they are. Amounts are yuan with two decimals; null is
 * an empty cell, in JSON null.
 */
struct table;

enum table_form { TABLE_CSV, TABLE_CSV_BOM, TABLE_XLSX, TABLE_NDJSON };

enum table_type {
    TABLE_TEXT,
    TABLE_NUMBER,  /* an integer */
    TABLE_DECIMAL, /* "49.01"; in JSON a string */
    TABLE_FEN,     /* an integer, shown in yuan; in JSON a string */
    TABLE_DAY      /* "2026-03-18" */
};

enum { TABLE_COLUMNS_MAX = 64 };

struct table_column {
    const char *name; /* in CSV and JSON */
    enum table_type type;
    const char *heading; /* in a workbook: Chinese, a line break, English, with units; NULL: name */
    int width;           /* in characters */
};

/* columns (borrowed, as is sheet, the name of a sheet) are at most TABLE_COLUMNS_MAX. Adds what
 * stands before the first row. */
struct table *table_new(enum table_form form, const struct table_column *columns, int count,
    const char *sheet, struct buf *out);
void table_free(struct table *table); /* accepts NULL */

/* The next cell; a row ends by itself. NULL: nothing. */
void table_cell(struct table *table, const char *text, size_t len);
void table_cell_text(struct table *table, const char *text);
/* False: the form cannot hold so much, what was written is not the whole. */
bool table_fits(const struct table *table);
/* After the last row. */
void table_end(struct table *table);

const char *table_media_type(enum table_form form);
const char *table_suffix(enum table_form form); /* of a file: "csv" */
#endif
