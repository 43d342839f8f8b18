#ifndef TCRD_COMMON_XLSX_WRITE_H
#define TCRD_COMMON_XLSX_WRITE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
/* xlsx_write - a workbook (ECMA-376) as a stream of bytes in constant memory.
 *
 * Pure: bytes are added to a buf of the caller, who takes them out whenever he likes, also in the
 * middle of a row. Texts stand in their cells, and sizes behind the parts of the zip, so nothing is
 * ever gone back to. A sheet that is full goes on in another one with the same headings.
 *
 * Cells are texts ("inlineStr"), numbers or days; a text is never a formula, whatever it begins
 * with. Characters that XML cannot hold are left out; a text of more than 32,767 bytes is cut.
 */
struct xlsx;

enum { XLSX_ROWS_MAX = 1048576, XLSX_COLUMNS_MAX = 64, XLSX_SHEETS_MAX = 64 };

struct xlsx_column {
    const char *heading; /* may have line breaks */
    int width;           /* in characters; 0: as the program likes it */
};

/* name: of the sheet, at most 25 characters, none of []:*?/\ (a number is added to further ones).
 * columns and name are borrowed until xlsx_free(). Adds the beginning to out. */
struct xlsx *xlsx_new(
    const char *name, const struct xlsx_column *columns, int count, struct buf *out);
void xlsx_free(struct xlsx *xlsx); /* accepts NULL */

/* A row is as many cells as there are columns; it ends by itself. */
void xlsx_empty(struct xlsx *xlsx);
void xlsx_text(struct xlsx *xlsx, const char *text, size_t len);
/* Decimal digits with sign and point, as they are; with thousands and two decimals when shown. */
void xlsx_money(struct xlsx *xlsx, const char *digits, size_t len);
void xlsx_number(struct xlsx *xlsx, const char *digits, size_t len);
void xlsx_day(struct xlsx *xlsx, int32_t day); /* days since 1970-01-01 */

/* No further row can be held (64 sheets or 4 GB): what was written is not the whole. */
bool xlsx_is_full(const struct xlsx *xlsx);
/* After the last row: the rest of the workbook. */
void xlsx_end(struct xlsx *xlsx);
#endif
