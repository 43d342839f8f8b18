#ifndef TCRD_PAPERS_DOCUMENT_MODEL_H
#define TCRD_PAPERS_DOCUMENT_MODEL_H
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
/* document_model - writes the model of a document for the helper process; server/paper/paper_pdf.h
 * says what the blocks are. Pure: every function appends JSON to out. Empty and NULL texts are left
 * out where a block would say nothing. */
struct model_head {
    const char *title;
    const char *subtitle; /* NULL without */
    const char *author;
    const char *foot;
    int32_t day; /* of the document: nothing in it tells when it was made */
    bool landscape;
    bool framed;
};
void model_begin(struct buf *out, const struct model_head *head);
void model_end(struct buf *out);

void model_heading(struct buf *out, const char *text);
void model_paragraph(struct buf *out, const char *text, bool indent);

/* Rows of label and value. begin, rows, end; nothing else between. Two short values share a row. */
struct model_rows {
    struct buf *out;
    bool has_any;
    char label[128]; /* of the first half of a shared row; empty without */
    struct buf value;
};
void model_rows_begin(struct model_rows *rows, struct buf *out);
void model_row(struct model_rows *rows, const char *label, const char *value);
void model_rows_end(struct model_rows *rows);

/* columns ends with title NULL. begin, cells of a row between row_begin and row_end, end. */
struct model_column {
    const char *title;
    int width; /* by the sum of all */
    bool is_right;
};
void model_table_begin(struct buf *out, const struct model_column *columns);
void model_row_begin(struct buf *out);
void model_cell(struct buf *out, const char *text);
void model_row_end(struct buf *out);
void model_table_end(struct buf *out);

void model_list_begin(struct buf *out);
void model_item(struct buf *out, const char *text);
void model_list_end(struct buf *out);

/* Who signs, when, with the seal (file, or empty); qr and caption may be NULL. lines ends with
 * NULL. */
void model_closing(struct buf *out, const char *const *lines, const char *seal, const char *qr,
    const char *caption);
#endif
