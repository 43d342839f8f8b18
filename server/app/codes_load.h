#ifndef TCRD_APP_CODES_LOAD_H
#define TCRD_APP_CODES_LOAD_H
#include "server/api/api.h"
/* codes_load - brings the code tables and rules from the database into a worker, trying until it
 * works, and again within two seconds of a change (tcrd rules load, tcrd migrate). Until they are
 * there calls that need them are answered 503. on_loaded runs once, when they are there. */
struct event_base;
struct codes_loader;

struct codes_loader *codes_loader_new(struct event_base *base, struct db_pool *pool,
    struct api *api, void (*on_loaded)(void *ctx), void *ctx);
void codes_loader_free(struct codes_loader *loader); /* after the pool */

extern const struct db_stmt sql_codes_version;
extern const struct db_stmt sql_codes_load;
extern const struct db_stmt sql_rules_load;
#endif
