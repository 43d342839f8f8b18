#ifndef TCRD_API_API_H
#define TCRD_API_API_H
#include "common/conf.h"
#include "server/api/call.h"
/* api - what all calls of one worker share. Built by app/worker.c after the pool and freed after
 * it: the pool ends the calls that wait for it. */
struct codes;

/* Naming the principal is auth's work; api only knows this door (auth -> api, never back).
 * begin() either fills call->principal and returns CALL_DONE, or fails (CALL_FAIL with call->err),
 * or waits for the database (CALL_WAIT after call_wait_db on a db_call of its own) and is then
 * called again. */
struct api_auth {
    void *ctx;
    size_t state_size;
    enum call_next (*begin)(
        void *ctx, struct call *call, const struct credential *credential, void *state);
    void (*record_read)(void *ctx, const struct call *call);   /* audit of reads */
    void (*record_denial)(void *ctx, const struct call *call); /* audit of denials */
};

struct api_counters {
    uint64_t calls;
    uint64_t failures_client; /* 4xx */
    uint64_t failures_server; /* 5xx */
    uint64_t replays;
};

struct api *api_new(const struct conf *conf, struct db_pool *pool,
    const struct method *const *methods, const struct api_auth *auth);
void api_free(struct api *api);                           /* accepts NULL */
void api_set_codes(struct api *api, struct codes *codes); /* borrowed; see codes/codes.h */
struct codes *api_codes(const struct api *api);           /* NULL until loaded */
uint64_t api_codes_generation(const struct api *api);     /* changes with every load */
struct helper;
void api_set_helper(struct api *api, struct helper *helper); /* borrowed; see helper/helper.h */
struct helper *api_helper(const struct api *api);
struct db_pool *api_pool(const struct api *api);
const struct conf *api_conf(const struct api *api);
const struct method *const *api_methods(const struct api *api); /* ends with NULL */
int api_calls_open(const struct api *api);
int api_streams_open(const struct api *api); /* of them, those whose bytes flow */
const struct api_counters *api_counters(const struct api *api);

/* The version of what answers are made of, on the page that all workers of the daemon share.
 * Whoever has moved a figure, or what may be seen of one, says so after the commit and before he
 * answers: from then on no worker gives an answer that was made before (answer_cache.h). */
void api_share_version(struct api *api, _Atomic uint64_t *version);
void api_moved(struct api *api);
uint64_t api_version(const struct api *api);
struct answer_cache *api_cache(const struct api *api);

/* Called after each call has ended, for whoever publishes counters. */
void api_set_observer(struct api *api, void (*observer)(void *ctx), void *ctx);

/* The OpenAPI 3.1 document of these methods, as text; the caller frees it. */
char *openapi_write(const struct method *const *methods);
#endif
