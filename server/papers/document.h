#ifndef TCRD_PAPERS_DOCUMENT_H
#define TCRD_PAPERS_DOCUMENT_H
#include <jansson.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/conf.h"
#include "server/codes/codes.h"
#include "server/form/contract.h"
#include "server/papers/document_model.h"
/* document - one paper on its way from the record to the model that the helper process draws.
 *
 * data is what tcr.paper_data() said; form is the filed text with the determined values over it, as
 * this reader may see it. Texts come from tcr.paper_text with names in braces, filled in from
 * values: whoever builds a paper adds what its texts speak of. Pure but for the arena: no clock, no
 * database.
 */
struct document {
    struct arena *arena;
    const struct codes *codes;
    const struct conf *conf;
    const char *kind; /* "certificate" */
    json_t *data;     /* owned */
    json_t *form;     /* owned; canonical JSON of the form */
    struct contract contract;
    json_t *values; /* owned; name -> text */
    int32_t day;    /* of the release or period that the paper speaks of */
    struct buf *out;
};

/* Takes data. with_private: identity numbers and contacts may stand on the paper, if this reader
 * may see them. */
void document_init(struct document *document, struct arena *arena, const struct codes *codes,
    const struct conf *conf, const char *kind, json_t *data, bool with_private);
void document_clear(struct document *document); /* accepts a zeroed one */

/* The form as JSON, new reference: the text "filed" of an object with its "determined" values over
 * it. Fills contract too. */
json_t *document_form_read(
    struct arena *arena, const json_t *from, bool with_private, struct contract *contract);
/* A text member of data; NULL without. */
const char *document_data(const struct document *document, const char *name);
void document_set(struct document *document, const char *name, const char *value);
/* The text of the bureau under this key, filled in, with its article behind it; NULL without. */
const char *document_text(const struct document *document, const char *key);
/* "2026年3月18日" for "2026-03-18"; NULL for NULL. */
const char *document_date(const struct document *document, const char *day);
/* "委托开发" for ("contract_type", "101"); the code itself where the list has no such row. */
const char *document_code(const struct document *document, const char *list, const char *code);
const char *document_money(const struct document *document, int64_t fen);
/* The value of a field of the form for people; NULL without. */
struct form_field;
const char *document_value(
    struct document *document, const struct form_field *field, const json_t *value);
/* Which case this is about: project, parties, amounts, who filed. */
void document_write_case(struct document *document);
/* Name, number and point at the head and foot of every paper. */
enum document_look { DOCUMENT_PLAIN, DOCUMENT_FRAMED, DOCUMENT_LANDSCAPE };
void document_begin(struct document *document, enum document_look look);
/* Who decided, on which day, with the seal. */
void document_close(struct document *document, const char *qr, const char *caption);

/* The kinds of papers of one contract. Each fills document->out with a whole model. */
typedef void (*document_fn)(struct document *document);
void document_acceptance(struct document *document);
void document_correction(struct document *document);
void document_refusal(struct document *document);
void document_form(struct document *document);
void document_certificate(struct document *document);
void document_change(struct document *document);
void document_cancellation(struct document *document);
void document_revocation(struct document *document);
void document_income(struct document *document);
void document_award(struct document *document);
/* Where the certificate is checked, its code included. */
const char *document_check_url(const struct document *document);
#endif
