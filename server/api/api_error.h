#ifndef TCRD_API_API_ERROR_H
#define TCRD_API_API_ERROR_H
#include "common/buf.h"
#include "server/api/call.h"
/* api_error - the one table from enum err_code to what a client sees, and the problem document (RFC
 * 9457). */
struct api_error {
    int http_status;
    int rpc_code;     /* -32000 for application errors */
    const char *code; /* machine-readable, "key_reused" */
    const char *title_en;
    const char *title_zh;
    int retry_after_s; /* 0: none */
};
const struct api_error *api_error_find(enum err_code code);
/* The code that a client sees, back to its row; ERR_INTERNAL for an unknown one. */
enum err_code api_error_named(const char *code);

/* The problem document of a failed call, one JSON object without newline. */
void api_error_problem(struct buf *out, const struct call *call);
/* The same where no call exists yet (malformed head, unknown path); err has a rule. api NULL:
 * nobody knows the words of rules. request_id may be NULL: one is made. */
void api_error_problem_plain(struct buf *out, struct api *api, const struct err *err,
    const char *request_id, bool prefers_zh);
/* What err->rule says with err->msg behind it, as a fault of the whole request. */
void api_error_fault(struct fault_list *list, const struct codes *codes, const struct err *err);
/* Of a header Accept-Language, which may be NULL. */
bool api_prefers_zh(const char *accept_language);
/* The faults as a JSON array: the errors of a problem document, the faults of contract.check. */
void fault_list_write(struct buf *out, const struct fault_list *faults);
/* 32 hexadecimal digits and NUL. */
void api_new_request_id(char *id);
#endif
