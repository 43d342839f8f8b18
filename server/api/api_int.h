#ifndef TCRD_API_API_INT_H
#define TCRD_API_API_INT_H

#include "server/api/api.h"
/* api_int - what call.c and api.c share. */
enum { CALL_DB_MAX = 8, CALL_JOBS_MAX = 4 };

struct call_private {
    const struct call_wire *wire; /* NULL: the peer is gone */
    void *peer;
    enum { CALL_AT_AUTH, CALL_AT_STEP } stage;
    bool *waits; /* see call_start() */
    struct credential credential;
    void *auth_state;
    struct call_arg *args;
    int arg_count;
    const char *body_text;
    size_t body_len;
    bool body_is_json;
    struct err refused;
    /* call_stream.c */
    struct buf piece;      /* of the body, being filled */
    bool body_is_complete; /* no more will come */
    bool is_broken;        /* the body will never be complete, or nobody takes the answer */
    bool has_begun;        /* the head of a flowing answer was sent */
    bool is_audited;
    enum { CALL_WAITS_DB, CALL_WAITS_BODY, CALL_WAITS_ROOM } waits_for;
    struct db_call *dbs[CALL_DB_MAX]; /* to be cleared at the end */
    int db_count;
    struct helper_job *jobs[CALL_JOBS_MAX]; /* to be cleared at the end */
    int job_count;
    int64_t started_us;
    int64_t db_us;
    int64_t took_us;
};

const struct api_auth *api_auth_of(const struct api *api);
struct sha256 *api_digest(struct api *api);
void api_call_opened(struct api *api, const struct call *call);
void api_call_closed(struct api *api, const struct call *call, bool failed);

/* call.c, for call_stream.c */
void call_run(struct call *call);
void call_audit_read(struct call *call);
#endif
