#ifndef TCRD_ATTACHMENTS_ATTACHMENT_TYPE_H
#define TCRD_ATTACHMENTS_ATTACHMENT_TYPE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
/* attachment_type - what a file really is, from its bytes as they flow by. Pure.
 *
 * Which types are accepted is data (list attachment_type); here stands how each is recognised. A
 * type that cannot be recognised here is never accepted, whatever the list says. Office and OFD
 * files are zip archives: which one it is tells the name of its main part, and archives that carry
 * macros or Java classes are neither.
 */
enum { LOOK_HEAD_BYTES = 64, LOOK_CARRY_BYTES = 32 };

/* Zero-initialised before the first byte. */
struct attachment_look {
    uint8_t head[LOOK_HEAD_BYTES];
    size_t head_len;
    char carry[LOOK_CARRY_BYTES]; /* end of the last bytes: a name may straddle two pieces */
    size_t carry_len;
    unsigned parts; /* of an archive: names that were seen */
};

void attachment_look_add(struct attachment_look *look, const void *data, size_t len);
/* Could these be the first bytes of such a file? Ask once the head is complete, or at the end. */
bool attachment_look_may_be(const struct attachment_look *look, const char *media_type);
/* After the last byte: the media type of what it looks like; application/octet-stream when unknown.
 * Never NULL. */
const char *attachment_look_type(const struct attachment_look *look);

bool attachment_type_is_known(const char *media_type);
/* False when the extension of the name belongs to another type, or to programs, scripts and pages.
 */
bool attachment_extension_fits(const char *name, const char *media_type);

/* The type and subtype of a Content-Type in lower case, without parameters; NULL when malformed. */
const char *attachment_media_type(struct arena *arena, const char *content_type);
#endif
