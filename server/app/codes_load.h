#ifndef TCRD_APP_CODES_LOAD_H
#define TCRD_APP_CODES_LOAD_H
#include "server/api/api.h"
/* codes_load - brings the code tables and rules from the database into a worker, trying until it
 * works, and follows what moves there: new rules (tcrd rules load, tcrd migrate) are loaded, and
 * what other daemons and commands do to figures is told to api_moved(). Until the codes are there
 * calls that need them are answered 503.
 *
 * PostgreSQL tells of a change at its commit, and a look finds what it was. While nobody listens
 * there is a look each second, else a rare one. on_news runs, from the event loop, when a counter
 * moves and when codes have been loaded. */
struct event_base;
struct codes_loader;

struct codes_job { /* as tcr.job_last() tells it; zeros: there was none */
    uint64_t id;
    uint64_t differences;
    uint64_t finished_s; /* since 1970 */
};

struct codes_counters {
    uint64_t looks_told;  /* because PostgreSQL told of a change */
    uint64_t looks_timed; /* because it was time */
    bool is_listening;
    struct codes_job job;
};

struct codes_loader *codes_loader_new(struct event_base *base, struct db_pool *pool,
    struct api *api, void (*on_news)(void *ctx), void *ctx);
void codes_loader_free(struct codes_loader *loader); /* after the pool */
const struct codes_counters *codes_loader_counters(const struct codes_loader *loader);

extern const struct db_stmt sql_codes_version;
extern const struct db_stmt sql_codes_load;
extern const struct db_stmt sql_rules_load;
#endif
