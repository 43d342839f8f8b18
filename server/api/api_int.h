#ifndef TCRD_API_API_INT_H
#define TCRD_API_API_INT_H

#include "server/api/api.h"
/* api_int - what call.c and api.c share. */
enum { CALL_DB_MAX = 8 };

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
    struct db_call *dbs[CALL_DB_MAX]; /* to be cleared at the end */
    int db_count;
    int64_t started_us;
    int64_t db_us;
    int64_t took_us;
};

const struct api_auth *api_auth_of(const struct api *api);
struct sha256 *api_digest(struct api *api);
void api_call_opened(struct api *api, const struct call *call);
void api_call_closed(struct api *api, const struct call *call, bool failed);
#endif
