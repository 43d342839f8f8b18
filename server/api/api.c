#include "server/api/api.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "common/digest.h"
#include "common/mem.h"
#include "server/api/answer_cache.h"
#include "server/api/api_error.h"
#include "server/api/api_int.h"

struct api {
    const struct conf *conf;
    struct db_pool *pool;
    const struct method *const *methods;
    struct api_auth auth;
    struct codes *codes;
    uint64_t codes_generation;
    struct answer_cache *cache;
    _Atomic uint64_t own_version;
    _Atomic uint64_t *version; /* own_version unless it is shared */
    struct helper *helper;
    struct sha256 *digest;
    int open;
    int streams;
    struct api_counters counters;
    void (*observer)(void *ctx);
    void *observer_ctx;
};

struct api *
api_new(const struct conf *conf, struct db_pool *pool, const struct method *const *methods,
    const struct api_auth *auth)
{
    struct api *api = xcalloc(1, sizeof(*api));

    api->conf = conf;
    api->pool = pool;
    api->methods = methods;
    api->auth = *auth;
    api->digest = sha256_new();
    api->cache = answer_cache_new();
    api->version = &api->own_version;
    return api;
}

void
api_free(struct api *api)
{
    if (api == NULL)
        return;
    sha256_free(api->digest);
    answer_cache_free(api->cache);
    free(api);
}

void
api_set_codes(struct api *api, struct codes *codes)
{
    api->codes = codes;
    api->codes_generation++;
}

uint64_t
api_codes_generation(const struct api *api)
{
    return api->codes_generation;
}

void
api_share_version(struct api *api, _Atomic uint64_t *version)
{
    api->version = version;
}

void
api_moved(struct api *api)
{
    atomic_fetch_add(api->version, 1);
}

uint64_t
api_version(const struct api *api)
{
    return atomic_load(api->version);
}

struct answer_cache *
api_cache(const struct api *api)
{
    return api->cache;
}

struct codes *
api_codes(const struct api *api)
{
    return api->codes;
}

void
api_set_helper(struct api *api, struct helper *helper)
{
    api->helper = helper;
}

struct helper *
api_helper(const struct api *api)
{
    return api->helper;
}

struct db_pool *
api_pool(const struct api *api)
{
    return api->pool;
}

const struct conf *
api_conf(const struct api *api)
{
    return api->conf;
}

const struct method *const *
api_methods(const struct api *api)
{
    return api->methods;
}

int
api_calls_open(const struct api *api)
{
    return api->open;
}

int
api_streams_open(const struct api *api)
{
    return api->streams;
}

const struct api_counters *
api_counters(const struct api *api)
{
    return &api->counters;
}

const struct api_auth *
api_auth_of(const struct api *api)
{
    return &api->auth;
}

struct sha256 *
api_digest(struct api *api)
{
    return api->digest;
}

void
api_call_opened(struct api *api, const struct call *call)
{
    api->open++;
    api->streams += call->streams;
    api->counters.calls++;
}

void
api_call_closed(struct api *api, const struct call *call, bool failed)
{
    api->open--;
    api->streams -= call->streams;
    api->counters.replays += call->replayed;
    if (failed && api_error_find(call->err.code)->http_status >= 500)
        api->counters.failures_server++;
    else if (failed)
        api->counters.failures_client++;
    if (api->observer != NULL)
        api->observer(api->observer_ctx);
}

void
api_set_observer(struct api *api, void (*observer)(void *ctx), void *ctx)
{
    api->observer = observer;
    api->observer_ctx = ctx;
}
