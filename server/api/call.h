#ifndef TCRD_API_CALL_H
#define TCRD_API_CALL_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "server/api/fault.h"
#include "server/api/method.h"
#include "server/api/principal.h"
#include "server/db/db.h"
#include "server/helper/helper.h"
/* call - one request, whichever wire it came on; the only rule about the lifetime of a request.
 *
 * A wire fills struct call_input and calls call_start(). From then on the call belongs to this
 * room: it names the principal, reads the body, checks role, key and If-Match in the order of
 * DESIGN.md section 4, runs method->step() until it says CALL_DONE or CALL_FAIL, leaves an audit
 * row where the table of methods asks for one, logs one line and calls wire->deliver() exactly
 * once. deliver() may run inside call_start(). A wire whose peer has gone calls call_detach(); the
 * call still runs to its end.
 */
struct api; /* what the calls of one worker share, see call_start.c */

/* How an answer gets back. call and everything in it are gone when deliver() returns. The other
 * three are of a wire that carries bodies as bytes, and NULL otherwise: see call_stream.h. */
struct call_wire {
    void (*deliver)(void *peer, const struct call *call);
    void (*want_body)(void *peer);
    void (*begin)(void *peer, const struct call *call);
    bool (*write)(void *peer, const void *data, size_t len);
};

/* A credential as it came in. Borrowed until call_start() returns. */
struct credential {
    const char *bearer;         /* text after "Bearer ", or NULL */
    const uint8_t *cert_sha256; /* digest of the verified client certificate (DER), or NULL */
    bool malformed;             /* an Authorization header that cannot be read */
};

/* One name and value of path or query, decoded; borrowed until call_start() returns. */
struct call_arg {
    const char *name;
    const char *value;
};

/* Everything a wire knows. Borrowed until call_start() returns, except body which is taken over. */
struct call_input {
    const struct method *method;
    struct credential credential;
    const struct call_arg *args;
    int arg_count;
    const char *body_text; /* HTTP: the raw body, or NULL */
    size_t body_len;
    bool body_is_json;           /* HTTP: Content-Type is application/json */
    json_t *body;                /* RPC: taken over; NULL without body */
    const char *idempotency_key; /* NULL without */
    const char *if_match;        /* HTTP: the header; RPC: the number as text; NULL without */
    const char *accept;          /* HTTP: the header, or NULL */
    const char *accept_language;
    const char *traceparent;
    const char *peer_address; /* numeric */
    enum reply_format format; /* decided by the wire from Accept */
    /* HTTP, for methods that stream; texts are the headers, or NULL. */
    bool streams; /* the body, if the method takes one, flows through call_stream.h */
    bool head_only;
    int64_t content_length; /* -1: not announced */
    const char *content_type;
    const char *content_encoding;
    const char *content_digest;
    const char *if_none_match;
    /* What the wire found wrong with parameters or headers although the message could be read;
     * answered in its place in the order of checks, after 401 and before the body is looked at.
     * NULL: nothing. */
    const struct err *refused;
    const struct fault_list *faults; /* the same of parameters, one by one; NULL: none */
};

struct call_reply {
    int status;               /* HTTP; preset from the method */
    struct buf body;          /* JSON object text, or what content_type says; freed by call.c */
    const char *content_type; /* preset: application/json */
    const char *filename;     /* what the answer is to be called when it is kept; NULL without */
    const char *policy;       /* Content-Security-Policy of a page; NULL without */
    const char *location;     /* NULL without */
    bool has_etag;
    int64_t etag;          /* seq */
    const char *etag_text; /* of an answer that is no contract, without its quotes; NULL without */
    const char *disposition;    /* Content-Disposition, NULL without */
    const char *content_digest; /* NULL without */
    int64_t length;             /* of an answer that flows; -1: its end will tell */
    bool has_as_of;
    int64_t as_of_seq;     /* X-As-Of-Seq: the last number that a table could count */
    const char *coverage;  /* X-Coverage: what a table covers, NULL without */
    const char *link_next; /* target of Link: rel="next", NULL without */
    int retry_after_s;     /* 0: none */
};

struct call {
    struct api *api;
    struct arena *arena;
    const struct method *method;
    void *state;
    struct principal principal;
    char request_id[33];
    const char *peer_address;
    const char *traceparent;
    json_t *body; /* NULL when the method has none */
    const char *idempotency_key;
    uint8_t request_sha256[32]; /* of method, arguments and body: decides whether a key is reused */
    bool has_if_match;
    int64_t if_match;
    /* ERR_KEY_MISSING or ERR_MATCH_MISSING: to be answered only to who may see the thing (404
     * comes first). */
    enum err_code missing;
    enum reply_format format; /* one of the method's */
    bool prefers_zh;          /* of the public texts */
    /* As in struct call_input. */
    bool streams;
    bool head_only;
    int64_t content_length;
    const char *content_type;
    const char *content_encoding;
    const char *content_digest;
    const char *if_none_match;

    struct err err; /* set by a step that returns CALL_FAIL */
    /* Why, for the client, in both languages; NULL: err.msg says it, in English. */
    const char *why_zh;
    const char *why_en;
    struct fault_list faults;

    struct call_reply reply;
    const char
        *audit_object; /* what was read or changed, for the audit row of a read: "contract 12,13" */
    bool replayed;     /* the answer of an earlier call with the same key */

    /* private to api/ */
    struct call_private *private;
};

/* Returns NULL when deliver() ran already, else the call, valid until deliver(). */
struct call *call_start(
    struct api *api, const struct call_input *input, const struct call_wire *wire, void *peer);
/* The peer is gone: run on, deliver nothing. A call that waits for the peer's bytes, or for the
 * peer to take some, is told and ends. Must not be called from inside a step. */
void call_detach(struct call *call);

/* Inside deliver(): how long the call took, for Server-Timing. */
int64_t call_took_us(const struct call *call);

/* For steps. Value of a path or query parameter, NULL without. */
const char *call_arg(const struct call *call, const char *name);
/* SHA-256 of method, parameters as they were sent, and body. */
void call_digest(struct call *call, uint8_t *sha256);
bool call_has_role(const struct call *call, unsigned roles);
/* CALL_FAIL with this error, for `return call_fail(...)`. */
enum call_next call_fail(struct call *call, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* CALL_FAIL with ERR_FAULTS and whatever stands in call->faults. */
enum call_next call_fail_faults(struct call *call);
/* CALL_FAIL for a reason that is a row of the rules, in both languages: the one entry of the
 * answer's errors, whatever was wrong with the body. more (NULL: none) follows the text of the
 * rule. */
enum call_next call_refuse(struct call *call, enum err_code code, const char *rule);
enum call_next call_refuse_more(struct call *call, enum err_code code, const char *rule,
    const char *more_zh, const char *more_en);
/* The same as *err has it. Faults of parameters that stand in call->faults already stay, and are
 * all that is listed. */
enum call_next call_fail_err(struct call *call, const struct err *err);
/* The same when what is wrong stands in call->faults already; the first says why. */
enum call_next call_refuse_told(struct call *call, enum err_code code);
/* CALL_FAIL with ERR_SYNTAX for parameters of path and query: those that stand in call->faults, or
 * this one. */
enum call_next call_fail_params(struct call *call);
enum call_next call_bad_param(
    struct call *call, const char *name, const char *more_zh, const char *more_en);

/* A fault of this call, told by the row of its rule; more (NULL: none) follows the text of the
 * rule.
 */
void call_fault(struct call *call, const char *pointer, const char *rule);
void call_fault_more(struct call *call, const char *pointer, const char *rule, const char *more_zh,
    const char *more_en);

/* Answer with call->missing when something is. */
enum call_next call_fail_missing(struct call *call);

/* Values for db in the arena of the call, then submit. `return call_wait_db(call, &self->db);` A db
 * that was used before with the same statement is cleared and used again. */
void call_db_init(struct call *call, struct db_call *db, const struct db_stmt *stmt);
enum call_next call_wait_db(struct call *call, struct db_call *db);
/* After the wait: true when the database did not answer with rows; call->err is then set. */
bool call_db_failed(struct call *call, const struct db_call *db);

/* A job for the helper process, zeroed at first; write its JSON after call_job_init(). The call
 * clears it at its end. `return call_wait_paper(call, &self->job);` */
void call_job_init(struct call *call, struct helper_job *job, uint32_t kind);
enum call_next call_wait_paper(struct call *call, struct helper_job *job);
/* After the wait: true when nothing was made; call->err is then set. */
bool call_paper_failed(struct call *call, const struct helper_job *job);
#endif
