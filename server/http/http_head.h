#ifndef TCRD_HTTP_HTTP_HEAD_H
#define TCRD_HTTP_HTTP_HEAD_H
#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
/* http_head - strict check of a raw request head, before any parser sees it. Pure: bytes in,
 * verdict out.
 *
 * llhttp alone lets through folded lines, empty names, odd versions and more. Here every byte is
 * looked at once, as it arrives: lines end in CRLF and nothing else, no control bytes, `token:`
 * names without space before the colon, one space between the parts of the request line, a target
 * of legal characters, HTTP/1.0 or 1.1. A head that can only be refused is refused at once, not
 * when it is complete.
 */
enum { HTTP_HEAD_MAX = 16 * 1024, HTTP_TARGET_MAX = 8 * 1024, HTTP_FIELDS_MAX = 100 };

/* Progress over one head; zero-initialised. */
struct http_head {
    size_t at;    /* bytes looked at */
    size_t line;  /* where the current line begins */
    size_t start; /* where the request line begins: one empty line before it is passed over */
    size_t len;   /* once complete: of everything up to and with the empty line */
    int fields;
    bool in_fields; /* the request line is behind us */
    bool after_cr;
};

/* data holds everything from the first byte of the head, len may have grown since the call before.
 * 1: complete; 0: more is needed; -1: refused with ERR_SYNTAX, ERR_HEAD_TOO_LARGE,
 * ERR_URI_TOO_LONG, ERR_HTTP_VERSION or ERR_NOT_IMPLEMENTED. */
int http_head_check(struct http_head *head, const char *data, size_t len, struct err *err);
#endif
