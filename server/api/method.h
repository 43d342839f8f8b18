#ifndef TCRD_API_METHOD_H
#define TCRD_API_METHOD_H
#include <jansson.h>
#include <stddef.h>

#include "server/api/principal.h"
/* method - one row of the table of methods (server/app/routes.c lists them all).
 *
 * Both wires, /openapi.json, the permission rows in SQL and the order of checks are driven by this
 * table; nothing about a method is written anywhere else.
 */
struct call;
struct field;

enum call_next { CALL_DONE, CALL_FAIL, CALL_WAIT };

enum method_flags {
    METHOD_BODY = 1 << 0,          /* a JSON object is required as body */
    METHOD_BODY_OPTIONAL = 1 << 1, /* an absent body is an empty object */
    METHOD_KEY = 1 << 2,           /* Idempotency-Key required */
    METHOD_MATCH = 1 << 3,         /* If-Match required */
    METHOD_READS_RECORD = 1 << 4,  /* leaves an audit row with the ids that were read */
    METHOD_FILE = 1 << 5,       /* answers a file of a type that its step chooses, whatever Accept
                                   says; JSON-RPC wraps it: {content_type, filename, base64} */
    METHOD_PUBLIC = 1 << 6,     /* no credential needed */
    METHOD_REPORT = 1 << 7,     /* fetch_step: a slow question, see DB_REPORT */
    METHOD_STREAM_IN = 1 << 8,  /* HTTP: the body is bytes that flow to the step, call_stream.h;
                                   RPC: a JSON object is required */
    METHOD_STREAM_OUT = 1 << 9, /* HTTP: the step may let its answer flow as bytes */
    METHOD_ALL_FAULTS = 1 << 10 /* parameters that the wire refuses stand in call->faults, and the
                                   step adds those that it refuses itself */
};

/* In what an answer can be written; Accept chooses, on equal terms the first of this list. JSON-RPC
 * always takes JSON. */
enum reply_format {
    FORMAT_JSON,
    FORMAT_CSV,
    FORMAT_HTML,
    FORMAT_PDF,
    FORMAT_ZIP,
    FORMAT_DOCX,
    FORMAT_XLSX,
    FORMAT_NDJSON,
    FORMAT_COUNT
};
#define FORMAT(name) (1U << FORMAT_##name)
/* "application/json" */
const char *format_type(enum reply_format format);

enum param_type { PARAM_TEXT, PARAM_INT, PARAM_BOOL, PARAM_DATE };

struct method_param {
    const char *name;
    enum { PARAM_IN_PATH, PARAM_IN_QUERY } in;
    enum param_type type;
    const char *help;
};

struct method {
    const char *name; /* "contract.submit" */
    const char *verb; /* "POST" */
    const char *path; /* "/v1/contracts/{id}/accept" */
    unsigned roles;   /* roles that may call; ignored for METHOD_PUBLIC */
    unsigned flags;
    unsigned formats;                  /* FORMAT(CSV) | ...; 0: FORMAT(JSON) */
    int status;                        /* HTTP status of success */
    const struct method_param *params; /* ends with name NULL; may be NULL */
    /* The members of a small body (server/api/fields.h): when step() first runs, call->body is read
     * and normalised by this table and its faults stand in call->faults. NULL: step() reads it. */
    const struct field *fields;
    /* JSON Schema of the body, new reference; NULL without body or with fields */
    json_t *(*body_schema)(void);
    json_t *(*reply_schema)(void); /* NULL: any object */
    const char *summary_en;
    const char *summary_zh;
    /* For store_step and fetch_step (server/api/store.h), both may be NULL. prepare() may add to
     * the arguments of the SQL function, and faults to call->faults. */
    const char *location; /* of a 201, before the id: "/v1/agencies/" */
    void (*prepare)(struct call *call, json_t *args);
    size_t state_size; /* zeroed memory for step() */
    /* Advance the call. CALL_WAIT only after call_wait_db() or call_wait_paper(); called again when
     * the answer is there.
     */
    enum call_next (*step)(struct call *call, void *state);
    /* Release what state holds outside the arena (database results are released by call.c). May be
     * NULL. */
    void (*clear)(void *state);
};
#endif
