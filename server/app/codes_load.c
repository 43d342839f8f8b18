#include "server/app/codes_load.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/mem.h"
#include "server/codes/codes.h"

enum { RETRY_MS = 500 };
enum { SCHEMA_VERSION = 7 }; /* column of codes_load, the same in each row */

const struct db_stmt sql_codes_load = {
    .name = "codes_load",
    .sql = "select list, code, name_zh, name_en, parent, valid_from, valid_to, "
           "tcr.schema_version_current() from tcr.codes_load()",
    .kind = DB_READ,
};

const struct db_stmt sql_rules_load = {
    .name = "rules_load",
    .sql = "select id, severity, article, is_final, zh, en from tcr.rules_load()",
    .kind = DB_READ,
};

struct codes_loader {
    struct db_pool *pool;
    struct api *api;
    void (*on_loaded)(void *ctx);
    void *ctx;
    struct event *retry;
    struct codes *codes;
    struct db_call codes_call;
    struct db_call rules_call;
};

static void
try_again(struct codes_loader *loader, const struct db_call *db)
{
    struct timeval wait = {.tv_usec = RETRY_MS * 1000};

    log_warn("app", "codes_not_loaded", "status=%d sqlstate=%s", (int)db->status, db_sqlstate(db));
    event_add(loader->retry, &wait);
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
        struct rule rule = {
            .id = db_text(db, row, 0),
            .article = db_text(db, row, 2),
            .is_final = db_bool(db, row, 3),
            .zh = db_text(db, row, 4),
            .en = db_text(db, row, 5),
        };

        rule.severity = strcmp(severity, "refusal") == 0    ? RULE_REFUSAL
                        : strcmp(severity, "waivable") == 0 ? RULE_WAIVABLE
                                                            : RULE_HINT;
        codes_add_rule(codes, &rule);
    }
}

static void
on_rules(struct db_call *db)
{
    struct codes_loader *loader = db->arg;

    if (db->status != DB_OK) {
        try_again(loader, db);
    } else {
        take_rules(loader->codes, db);
        codes_seal(loader->codes);
        api_set_codes(loader->api, loader->codes);
        log_info("app", "codes_loaded", "rules=%d", db_rows(db));
        loader->on_loaded(loader->ctx);
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
        codes_free(loader->codes);
        loader->codes = codes_new();
        take_codes(loader->codes, db);
        db_call_init(&loader->rules_call, &sql_rules_load, NULL);
        loader->rules_call.done = on_rules;
        loader->rules_call.arg = loader;
        db_submit(loader->pool, &loader->rules_call);
    }
    db_call_clear(db);
}

static void
load(evutil_socket_t fd, short what, void *arg)
{
    struct codes_loader *loader = arg;

    (void)fd;
    (void)what;
    db_call_init(&loader->codes_call, &sql_codes_load, NULL);
    loader->codes_call.done = on_codes;
    loader->codes_call.arg = loader;
    db_submit(loader->pool, &loader->codes_call);
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
    loader->retry = event_new(base, -1, 0, load, loader);
    load(-1, 0, loader);
    return loader;
}

void
codes_loader_free(struct codes_loader *loader)
{
    if (loader == NULL)
        return;
    event_free(loader->retry);
    codes_free(loader->codes);
    free(loader);
}
