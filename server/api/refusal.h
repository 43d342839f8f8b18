#ifndef TCRD_API_REFUSAL_H
#define TCRD_API_REFUSAL_H
#include "server/api/call.h"
/* refusal - why a database function did not do what was asked, as it says it.
 *
 * JSON text: {"outcome": "state", "detail": "...", "faults": [{"pointer", "rule", "zh"?, "en"?,
 * "more_zh"?, "more_en"?}]}. outcome is the code of a row of api_error.c; texts of a fault come
 * from the rule's row unless they stand beside it, and what is particular to this case (a limit, a
 * sum) is appended.
 */
/* CALL_FAIL with call->err and call->faults filled. */
enum call_next refusal_fail(struct call *call, const char *json);
#endif
