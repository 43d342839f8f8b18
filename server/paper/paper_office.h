#ifndef TCRD_PAPER_PAPER_OFFICE_H
#define TCRD_PAPER_PAPER_OFFICE_H
#include <jansson.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/zip_out.h"
/* paper_office - the model of a document (paper_pdf.h) as files that officers edit: archives of XML
 * (ECMA-376). The same model gives the same bytes. Charts are of the PDF alone.
 *
 * Both functions: 0 with the file in out, or -1 with why (200 bytes, no text of the model).
 */

/* Headings, paragraphs and tables of a text. With "template" (a file) in the model, that document
 * with its placeholders filled in. */
int paper_docx_make(const json_t *model, struct buf *out, char *why);
/* One sheet of the texts, then one for each table: numbers as numbers, with a frozen head. */
int paper_xlsx_make(const json_t *model, struct buf *out, char *why);

/* ---- shared by the files of both ---- */

enum { OFFICE_PARTS_MAX = 256 };

struct office {
    struct zip_out zip;
    struct zip_entry entries[OFFICE_PARTS_MAX];
    struct buf *out;
};
void office_begin(struct office *office, struct buf *out, const json_t *model);
/* name is borrowed until office_end(). */
void office_part(struct office *office, const char *name, const void *data, size_t len);
void office_end(struct office *office);

/* Text as XML: what XML 1.0 cannot hold is left out. */
void office_text(struct buf *out, const char *text);
void office_text_n(struct buf *out, const char *text, size_t len);
/* Is the text a number as tables show it: -12.34? */
bool office_is_number(const char *text);

/* A block of the model as XML of a text document, appended; nothing for what has no such form. */
void docx_block(struct buf *out, const json_t *block);
/* The first block with this key; NULL without. */
const json_t *docx_keyed(const json_t *model, const char *type, const char *key);
/* paper_template.c: the bureau's own document, filled in. */
int docx_fill(const json_t *model, const char *file, struct buf *out, char *why);
#endif
