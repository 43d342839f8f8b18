#include "server/app/codes_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "server/codes/codes.h"
#include "server/db/db_pool.h"

enum {
    RETRY_MS = 500,
    FOLD_MS = 100,      /* between two looks at least: what is told meanwhile is one more */
    UNTOLD_MS = 1000,   /* between two looks while nothing tells of changes */
    TOLD_MS = 30 * 1000 /* while something does: its connection may be broken unnoticed */
};
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
 * figures: other daemons and commands move them too. Then the last nightly job, whoever ran it.
 * Whatever moves one of them tells it on the channel (sql/migrations/0018_moved.sql). */
const struct db_stmt sql_codes_version = {
    .name = "codes_version",
    .sql = "select tcr.codes_version(), tcr.figure_stamp(), j.id, j.differences, j.finished_at "
           "from tcr.job_last() j",
    .kind = DB_READ,
};

static const char sql_listen[] = "listen tcr_moved";

enum { VERSION_BYTES = 128 };

struct codes_loader {
    struct db_pool *pool;
    struct api *api;
    void (*on_news)(void *ctx);
    void *ctx;
    struct event *tick; /* the next look */
    int64_t due_us;     /* of the tick */
    int64_t began_us;   /* of the last look */
    bool is_looking;
    bool is_told; /* that something moved, since the last look began */
    struct codes_counters counters;
    struct codes *codes;         /* what the calls use; NULL: nothing yet */
    struct codes *loading;       /* taken its place when the rules are there as well */
    char version[VERSION_BYTES]; /* of codes */
    char version_loading[VERSION_BYTES];
    char figures[VERSION_BYTES]; /* as they stood at the last look */
    struct db_call version_call;
    struct db_call codes_call;
    struct db_call rules_call;
};

/* The next look is at this time at the latest. */
static void
look_by(struct codes_loader *loader, int64_t at_us)
{
    int64_t left_us = at_us - clock_mono_us();
    struct timeval wait = {0};

    if (event_pending(loader->tick, EV_TIMEOUT, NULL) && loader->due_us <= at_us)
        return;
    if (left_us > 0)
        wait = (struct timeval){.tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000};
    loader->due_us = at_us;
    event_add(loader->tick, &wait);
}

/* What a look finds may be older than what is told while it is under way: then there is another. */
static void
told(struct codes_loader *loader)
{
    loader->is_told = true;
    if (!loader->is_looking)
        look_by(loader, loader->began_us + FOLD_MS * 1000);
}

/* A look is over, with all that it brought. */
static void
look_over(struct codes_loader *loader, int wait_ms)
{
    loader->is_looking = false;
    look_by(loader, clock_mono_us() + wait_ms * 1000);
    if (loader->is_told)
        told(loader);
}

static int
next_ms(const struct codes_loader *loader)
{
    return loader->counters.is_listening ? TOLD_MS : UNTOLD_MS;
}

static void
on_heard(void *ctx, bool is_listening)
{
    struct codes_loader *loader = ctx;

    loader->counters.is_listening = is_listening;
    loader->on_news(loader->ctx);
    if (is_listening)
        told(loader);
    else if (!loader->is_looking)
        look_by(loader, clock_mono_us() + UNTOLD_MS * 1000);
}

static void
try_again(struct codes_loader *loader, const struct db_call *db)
{
    log_warn("app", "codes_not_loaded", "status=%d sqlstate=%s", (int)db->status, db_sqlstate(db));
    look_over(loader, RETRY_MS);
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
    loader->on_news(loader->ctx);
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
        look_over(loader, next_ms(loader));
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

static void
look_at_job(struct codes_loader *loader, const struct db_call *db)
{
    if (db->status != DB_OK || db_rows(db) == 0)
        return;
    loader->counters.job = (struct codes_job){
        (uint64_t)db_int(db, 0, 2), (uint64_t)db_int(db, 0, 3), (uint64_t)db_int(db, 0, 4)};
    loader->on_news(loader->ctx);
}

/* The version is read before the tables: what changes in between is seen at the next look. A lost
 * database is no news here, and a schema without this function is told by on_codes(). */
static void
on_version(struct db_call *db)
{
    struct codes_loader *loader = db->arg;
    const char *version = db->status == DB_OK && db_rows(db) > 0 ? db_text(db, 0, 0) : "";

    look_at_figures(loader, db);
    look_at_job(loader, db);
    if (loader->codes != NULL && db->status != DB_OK) {
        look_over(loader, UNTOLD_MS);
    } else if (loader->codes != NULL && strncmp(version, loader->version, VERSION_BYTES - 1) == 0) {
        look_over(loader, next_ms(loader));
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
    if (loader->is_told)
        loader->counters.looks_told++;
    else
        loader->counters.looks_timed++;
    loader->is_told = false;
    loader->is_looking = true;
    loader->began_us = clock_mono_us();
    loader->on_news(loader->ctx);
    db_call_init(&loader->version_call, &sql_codes_version, NULL);
    loader->version_call.done = on_version;
    loader->version_call.arg = loader;
    db_submit(loader->pool, &loader->version_call);
}

struct codes_loader *
codes_loader_new(struct event_base *base, struct db_pool *pool, struct api *api,
    void (*on_news)(void *ctx), void *ctx)
{
    struct codes_loader *loader = xcalloc(1, sizeof(*loader));

    loader->pool = pool;
    loader->api = api;
    loader->on_news = on_news;
    loader->ctx = ctx;
    loader->tick = event_new(base, -1, 0, look, loader);
    look_by(loader, clock_mono_us());
    db_pool_listen(pool, sql_listen, on_heard, loader);
    return loader;
}

const struct codes_counters *
codes_loader_counters(const struct codes_loader *loader)
{
    return &loader->counters;
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
