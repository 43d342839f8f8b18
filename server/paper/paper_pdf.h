#ifndef TCRD_PAPER_PAPER_PDF_H
#define TCRD_PAPER_PAPER_PDF_H
#include <jansson.h>

#include "common/buf.h"
#include "server/paper/paper_sheet.h"
/* paper_pdf - the model of a document becomes a PDF.
 *
 * {"title", "subtitle"?, "author"?, "created": "2026-03-18T00:00:00+08:00", "landscape"?: bool,
 *  "framed"?: bool, "foot"?: text with {page} and {pages}, "blocks": [...]}
 * Blocks, in order; texts may have line feeds:
 *  {"type": "heading", "text"}
 *  {"type": "paragraph", "text", "align"?: left|center|right, "indent"?: bool}
 *  {"type": "rows", "rows": [["label", "value"], ["label", "value", "label", "value"]]}
 *  {"type": "table", "key"?, "columns": [{"title", "width": weight, "align"?, "unit"?}],
 *   "rows": [["cell", ...]]}                              unit: text (default) or what is a number
 *  {"type": "list", "items": ["text"]}                    numbered from 1
 *  {"type": "closing", "lines": ["text"], "seal"?: PNG file, "qr"?: text, "caption"?: text}
 *  {"type": "space", "height": points}
 *  {"type": "chart", "kind": "bars"|"line", "title", "labels": ["text"], "values": ["12.34"]}
 * The same model gives the same bytes.
 */

/* 0 with the document in out and how many pages and characters without a glyph it has, or -1 with
 * why (200 bytes; without any text of the model). */
struct paper_facts {
    int pages;
    int missing;
};
int paper_pdf_make(const json_t *model, struct buf *out, struct paper_facts *facts, char *why);

/* paper_block.c: place one block. 0, or -1 with why. */
int paper_block_place(struct sheet *sheet, const json_t *block, char *why);
/* paper_chart.c: draw one block of that type, on one page. 0, or -1 with why. */
int paper_chart_place(struct sheet *sheet, const json_t *block, char *why);
/* Empty where there is no text. */
const char *paper_text(const json_t *object, const char *name);

/* paper_picture.c */
struct paper_qr;
struct paper_qr *paper_qr_new(const char *text); /* NULL: too long */
void paper_qr_free(void *qr);                    /* accepts NULL */
void paper_qr_draw(cairo_t *cr, const void *qr);
/* The picture of a seal, kept until the file changes; NULL: it cannot be read as PNG. */
cairo_surface_t *paper_seal(const char *file);
void paper_seal_draw(cairo_t *cr, const void *seal);
#endif
