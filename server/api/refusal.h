#ifndef TCRD_API_REFUSAL_H
#define TCRD_API_REFUSAL_H
#include <jansson.h>

#include "server/api/call.h"
/* refusal - why a database function did not do what was asked, as it says it.
 *
 * JSON text: {"outcome": "state", "faults"?: [{"pointer", "rule", "zh"?, "en"?, "more_zh"?,
 * "more_en"?}]}. Texts of a fault come from the rule's row unless they stand beside it, and what is
 * particular to this case (a limit, a sum) is appended. An outcome other than faults has one
 * reason; without it the rule is refused.<outcome>.
 */
/* CALL_FAIL with call->err and call->faults filled. */
enum call_next refusal_fail(struct call *call, const char *json);
/* The same for an outcome that says no more; more may be NULL. */
enum call_next refusal_outcome(
    struct call *call, const char *outcome, const char *more_zh, const char *more_en);
/* The faults of one item of an answer as a client reads them: {pointer, rule, article, zh, en}; a
 * new reference. */
json_t *refusal_told(struct call *call, const char *outcome, const json_t *faults);
#endif
