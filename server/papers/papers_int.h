#ifndef TCRD_PAPERS_PAPERS_INT_H
#define TCRD_PAPERS_PAPERS_INT_H
#include "server/api/call.h"
#include "server/papers/document.h"
/* papers_int - what the methods of this room share. */

/* Lay out the paper that data (one answer of tcr.paper_data(), taken over) speaks of. The codes
 * must be loaded. */
void papers_write(struct call *call, struct document *document, json_t *data, struct buf *out);
/* Type and name of an answer: title, then number, or the id of the contract before it has one. */
void papers_reply_head(
    struct call *call, enum reply_format format, const char *title, const json_t *data);
/* What was made becomes the answer. */
void papers_reply(struct call *call, const struct document *document, struct helper_job *job);

/* CALL_FAIL: the record has no such paper while the contract is what it is. */
enum call_next papers_no_such(struct call *call, const char *status);

/* What the public may know of a certificate, and how it is shown (certificate_page.c). */
struct certificate {
    const char *number;
    const char *check; /* the code that came with the question and was right; NULL without */
    const json_t *data;
    const struct codes *codes; /* NULL: not loaded yet, codes stand for themselves */
};
/* A page for a telephone: no script, nothing from elsewhere. data NULL: there is no such
 * certificate. */
void certificate_page(struct buf *out, const struct certificate *certificate);
/* The Content-Security-Policy that goes with it; static. */
const char *certificate_page_policy(void);
#endif
