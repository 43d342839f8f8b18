#ifndef TCRD_API_TEXT_H
#define TCRD_API_TEXT_H
#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/buf.h"
/* text - what the form and the bodies of acts do to the texts people write: NFC, trimming, refusal
 * of characters nobody can see. */
enum text_verdict { TEXT_OK, TEXT_BLANK, TEXT_CHARACTERS, TEXT_LENGTH };

/* text has len bytes of UTF-8; max counts code points after normalising. lines: line feed and tab
 * are allowed. TEXT_OK sets *out to a copy in the arena without spaces at its ends; otherwise *out
 * is left alone. */
enum text_verdict text_clean(
    struct arena *arena, const char *text, size_t len, int max, bool lines, const char **out);

/* Appends text in the form in which two titles are compared: NFKC, case folded, without white space
 * and punctuation. */
void text_fold(struct buf *out, const char *text);
#endif
