#ifndef TCRD_ATTACHMENTS_ATTACHMENT_HEADER_H
#define TCRD_ATTACHMENTS_ATTACHMENT_HEADER_H
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
/* attachment_header - the digests and tags of HTTP around a file. Pure. */

/* The sha-256 of a Content-Digest (RFC 9530: `sha-256=:BASE64:`, other algorithms beside it are
 * passed over). 1: sha256 is set; 0: the header names none; -1: malformed. */
int attachment_digest_read(const char *content_digest, uint8_t *sha256);
/* `sha-256=:...:` in the arena. */
const char *attachment_digest_format(struct arena *arena, const uint8_t *sha256);
/* Does an If-None-Match (RFC 9110 13.1.2: a star, or tags in quotes) name this tag? */
bool attachment_tag_matches(const char *if_none_match, const char *tag);
#endif
