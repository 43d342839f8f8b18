#ifndef TCRD_ATTACHMENTS_ATTACHMENT_NAME_H
#define TCRD_ATTACHMENTS_ATTACHMENT_NAME_H
#include "common/arena.h"
#include "common/buf.h"
/* attachment_name - what a file may be called. Pure.
 *
 * A name is shown to registrars, becomes a file again at a download and in the dossier, and stands
 * in a path of the API: NFC, at most ATTACHMENT_NAME_MAX characters, none of them a separator of
 * any system, a control, an invisible or a bidirectional format character; it neither begins nor
 * ends with a space or a full stop.
 */
enum { ATTACHMENT_NAME_MAX = 200 };

/* text is UTF-8. The name in NFC, in the arena, or NULL. */
const char *attachment_name_read(struct arena *arena, const char *text);
/* Appends the name with everything but RFC 3986 unreserved characters percent-encoded. */
void attachment_name_encode(struct buf *out, const char *name);
/* Content-Disposition of a download (RFC 6266): the name, and one in ASCII for old clients. */
const char *attachment_disposition(struct arena *arena, const char *name);
#endif
