#include "server/app/codes_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/mem.h"
#include "server/codes/codes.h"

enum { RETRY_MS = 500, LOOK_MS = 1000 };
enum { SCHEMA_VERSION = 7 }; /* column of codes_load, the same in each row */

const struct db_stmt sql_codes_load = {
    .name = "codes_load",
    .sql = "select list, code, name_zh, name_en, parent, valid_from, valid_to, "
           "tcr.schema_version_current() from tcr.codes_load()",
    .kind = DB_READ,
};

const struct db_stmt sql_rules_load = {
    .name = "rules_load",
    .sql = "select id, severity, article, is_final, zh, en, kind, region, applies_to, is_required, "
           "value, is_enabled, valid_from, valid_to from tcr.rules_load()",
    .kind = DB_READ,
};

/* The first changes with every load of rules by the bureau and every migration, the second with
 * figures: other daemons and commands move them too. */
const struct db_stmt sql_codes_version = {
    .name = "codes_version",
    .sql = "select tcr.codes_version(), tcr.figure_stamp()",
    .kind = DB_READ,
};

enum { VERSION_BYTES = 128 };

struct codes_loader {
    struct db_pool *pool;
    struct api *api;
    void (*on_loaded)(void *ctx);
    void *ctx;
    struct event *tick;
    struct codes *codes;         /* what the calls use; NULL: nothing yet */
    struct codes *loading;       /* taken its place when the rules are there as well */
    char version[VERSION_BYTES]; /* of codes */
    char version_loading[VERSION_BYTES];
    char figures[VERSION_BYTES]; /* as they stood at the last look */
    struct db_call version_call;
    struct db_call codes_call;
    struct db_call rules_call;
};

static void
tick_in(struct codes_loader *loader, int ms)
{
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};

    event_add(loader->tick, &wait);
}

static void
try_again(struct codes_loader *loader, const struct db_call *db)
{
    log_warn("app", "codes_not_loaded", "status=%d sqlstate=%s", (int)db->status, db_sqlstate(db));
    tick_in(loader, RETRY_MS);
}

static void
take_codes(struct codes *codes, const struct db_call *db)
{
    for (int row = 0; row < db_rows(db); row++) {
        struct code code = {
            .list = db_text(db, row, 0),
            .code = db_text(db, row, 1),
            .name_zh = db_text(db, row, 2),
            .name_en = db_text(db, row, 3),
            .parent = db_text(db, row, 4),
            .valid_from = db_is_null(db, row, 5) ? INT32_MIN : db_date(db, row, 5),
            .valid_to = db_is_null(db, row, 6) ? INT32_MAX : db_date(db, row, 6),
        };

        codes_add(codes, &code);
    }
}

static void
take_rules(struct codes *codes, const struct db_call *db)
{
    for (int row = 0; row < db_rows(db); row++) {
        const char *severity = db_text(db, row, 1);
        struct rule_row rule = {
            .rule = {.id = db_text(db, row, 0),
                .article = db_text(db, row, 2),
                .is_final = db_bool(db, row, 3),
                .zh = db_text(db, row, 4),
                .en = db_text(db, row, 5)},
            .kind = codes_rule_kind(db_text(db, row, 6)),
            .region = db_text(db, row, 7),
            .group = db_text(db, row, 8),
            .is_required = db_bool(db, row, 9),
            .value = db_text(db, row, 10),
            .is_enabled = db_bool(db, row, 11),
            .valid_from = db_is_null(db, row, 12) ? INT32_MIN : db_date(db, row, 12),
            .valid_to = db_is_null(db, row, 13) ? INT32_MAX : db_date(db, row, 13),
        };

        rule.rule.severity = strcmp(severity, "refusal") == 0    ? RULE_REFUSAL
                             : strcmp(severity, "waivable") == 0 ? RULE_WAIVABLE
                                                                 : RULE_HINT;
        codes_add_rule(codes, &rule);
    }
}

/* No call is in the middle of a turn here, so none holds a pointer into the old tables. */
static void
take_over(struct codes_loader *loader)
{
    struct codes *old = loader->codes;

    codes_seal(loader->loading);
    loader->codes = loader->loading;
    loader->loading = NULL;
    memcpy(loader->version, loader->version_loading, sizeof(loader->version));
    api_set_codes(loader->api, loader->codes);
    codes_free(old);
    if (old == NULL)
        loader->on_loaded(loader->ctx);
}

static void
on_rules(struct db_call *db)
{
    struct codes_loader *loader = db->arg;

    if (db->status != DB_OK) {
        try_again(loader, db);
    } else {
        take_rules(loader->loading, db);
        log_info("app", "codes_loaded", "rules=%d", db_rows(db));
        take_over(loader);
        tick_in(loader, LOOK_MS);
    }
    db_call_clear(db);
}

static void
on_codes(struct db_call *db)
{
    struct codes_loader *loader = db->arg;

    if (db->status != DB_OK) {
        try_again(loader, db);
    } else if (db_rows(db) == 0 || db_int(db, 0, SCHEMA_VERSION) != TCRD_SCHEMA_VERSION) {
        /* Nothing is served until the schema fits: every call that needs the codes is answered 503.
         */
        log_error("app", "schema_version", "have=%lld want=%d note=run_tcrd_migrate",
            db_rows(db) == 0 ? 0LL : (long long)db_int(db, 0, SCHEMA_VERSION), TCRD_SCHEMA_VERSION);
        try_again(loader, db);
    } else {
        codes_free(loader->loading);
        loader->loading = codes_new();
        take_codes(loader->loading, db);
        db_call_init(&loader->rules_call, &sql_rules_load, NULL);
        loader->rules_call.done = on_rules;
        loader->rules_call.arg = loader;
        db_submit(loader->pool, &loader->rules_call);
    }
    db_call_clear(db);
}

static void
look_at_figures(struct codes_loader *loader, const struct db_call *db)
{
    const char *stamp = db->status == DB_OK && db_rows(db) > 0 ? db_text(db, 0, 1) : NULL;

    if (stamp == NULL || strncmp(stamp, loader->figures, VERSION_BYTES - 1) == 0)
        return;
    snprintf(loader->figures, VERSION_BYTES, "%s", stamp);
    api_moved(loader->api);
}

/* The version is read before the tables: what changes in between is seen at the next look. A lost
 * database is no news here, and a schema without this function is told by on_codes(). */
static void
on_version(struct db_call *db)
{
    struct codes_loader *loader = db->arg;
    const char *version = db->status == DB_OK && db_rows(db) > 0 ? db_text(db, 0, 0) : "";

    look_at_figures(loader, db);
    if (loader->codes != NULL &&
        (db->status != DB_OK || strncmp(version, loader->version, VERSION_BYTES - 1) == 0)) {
        tick_in(loader, LOOK_MS);
    } else {
        snprintf(loader->version_loading, VERSION_BYTES, "%s", version);
        db_call_init(&loader->codes_call, &sql_codes_load, NULL);
        loader->codes_call.done = on_codes;
        loader->codes_call.arg = loader;
        db_submit(loader->pool, &loader->codes_call);
    }
    db_call_clear(db);
}

static void
look(evutil_socket_t fd, short what, void *arg)
{
    struct codes_loader *loader = arg;

    (void)fd;
    (void)what;
    db_call_init(&loader->version_call, &sql_codes_version, NULL);
    loader->version_call.done = on_version;
    loader->version_call.arg = loader;
    db_submit(loader->pool, &loader->version_call);
}

struct codes_loader *
codes_loader_new(struct event_base *base, struct db_pool *pool, struct api *api,
    void (*on_loaded)(void *ctx), void *ctx)
{
    struct codes_loader *loader = xcalloc(1, sizeof(*loader));

    loader->pool = pool;
    loader->api = api;
    loader->on_loaded = on_loaded;
    loader->ctx = ctx;
    loader->tick = event_new(base, -1, 0, look, loader);
    look(-1, 0, loader);
    return loader;
}

void
codes_loader_free(struct codes_loader *loader)
{
    if (loader == NULL)
        return;
    event_free(loader->tick);
    codes_free(loader->loading);
    codes_free(loader->codes);
    free(loader);
}
