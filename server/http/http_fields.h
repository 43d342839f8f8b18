#ifndef TCRD_HTTP_HTTP_FIELDS_H
#define TCRD_HTTP_HTTP_FIELDS_H
#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/err.h"
#include "server/api/call.h"
/* http_fields - readers of single header values and of query strings. Pure: text in, value or
 * refusal out.
 *
 * Text arguments are values as http_parse.h gives them and may be NULL where a header may be
 * absent. Results live in the arena.
 */
enum { HTTP_ARGS_MAX = 64 };

/* Percent-decoded text of len bytes, or NULL when that is not UTF-8 without control characters.
 * plus_is_space: in a query. */
const char *http_decode(struct arena *arena, const char *text, size_t len, bool plus_is_space);

/* Adds the parameters of query to args (which has HTTP_ARGS_MAX entries, *count used). Unknown
 * names, names that stand twice and unreadable values are refused with ERR_SYNTAX, all of them
 * named at once in faults, whose arena is that of the request. */
int http_query_read(struct arena *arena, const char *query, const struct method *method,
    struct call_arg *args, int *count, struct fault_list *faults, struct err *err);

/* A body of type application/json in UTF-8, not encoded further? */
bool http_is_json(const char *content_type, const char *content_encoding);

/* Which of these formats (0: JSON alone) an Accept header wants most. False: none of them. */
bool http_accepts(const char *accept, unsigned formats, enum reply_format *format);

/* Authorization: "Bearer TOKEN" and nothing else. */
void http_credential_read(struct arena *arena, const char *authorization, struct credential *out);

/* Idempotency-Key: 1 to 255 visible ASCII characters, quoted (RFC 8941) or not. NULL with err when
 * it is neither. */
const char *http_key_read(struct arena *arena, const char *value, struct err *err);

/* If-Match: exactly one strong tag "N" with a whole number; returns its digits. NULL with err
 * otherwise. */
const char *http_match_read(struct arena *arena, const char *value, struct err *err);

/* traceparent of W3C trace context, or NULL when it is malformed (it is then ignored, as that text
 * demands). */
const char *http_trace_read(const char *value);
#endif
