#ifndef TCRD_API_JSON_DIGEST_H
#define TCRD_API_JSON_DIGEST_H
#include <jansson.h>

#include "common/digest.h"
/* json_digest - a digest of what a JSON text means: order of members and white space do not matter.
 */
void json_digest_add(struct sha256 *digest, const json_t *value);

/* Read a JSON object of a peer: no duplicate members, at most 32 levels deep. NULL with err; the
 * text itself is never echoed. */
struct err;
json_t *json_read_object(const char *text, size_t len, struct err *err);
#endif
