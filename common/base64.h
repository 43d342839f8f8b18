#ifndef TCRD_COMMON_BASE64_H
#define TCRD_COMMON_BASE64_H
#include <stddef.h>

#include "common/buf.h"
/* base64 - RFC 4648 section 4 with padding, nothing lenient: no line breaks, no other alphabet, no
 * stray bits behind the last byte. Pure. */
void base64_add(struct buf *out, const void *data, size_t len);
/* Appends the bytes of text. 0, or -1 when it is not base64; out then holds what came before. */
int base64_read(struct buf *out, const char *text, size_t len);
#endif
