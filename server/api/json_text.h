#ifndef TCRD_API_JSON_TEXT_H
#define TCRD_API_JSON_TEXT_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
/* json_text - a JSON text of a peer (RFC 8259, UTF-8) becomes jansson's values, in one pass.
 *
 * Half of the processor time of a submission was jansson's own reader, which looks at each byte
 * through several functions. This one accepts and refuses what json_loadb() does with
 * JSON_REJECT_DUPLICATES: no member twice, no zero byte in a string, no number that does not fit,
 * nothing after the text; the whole must be an object or an array. Besides it bounds the depth.
 */
struct json_text_fault {
    size_t at; /* byte where reading stopped */
    bool is_too_deep;
};

/* The caller owns the value. NULL with *fault when the text is not JSON or nested deeper than
 * depth_max. */
json_t *json_text_read(const char *text, size_t len, int depth_max, struct json_text_fault *fault);
#endif
