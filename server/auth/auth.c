#include "server/auth/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/clock.h"
#include "common/mem.h"
#include "server/auth/auth_int.h"

struct auth_state {
    bool has_asked;
    char kind;
    uint8_t sha256[SHA256_BYTES];
    struct db_call db;
};

static struct cache_slot *
slot_of(struct auth *auth, const uint8_t *sha256)
{
    uint32_t index;

    memcpy(&index, sha256, sizeof(index));
    return &auth->cache[index % CACHE_SLOTS];
}

static unsigned
roles_from_list(const char *list)
{
    unsigned roles = 0;

    while (list != NULL && *list != '\0') {
        size_t len = strcspn(list, ",");
        char name[32];

        snprintf(name, sizeof(name), "%.*s", (int)len, list);
        roles |= role_from_name(name);
        list += len + (list[len] == ',');
    }
    return roles;
}

static void
principal_from_row(struct principal *principal, const struct db_call *db)
{
    const char *region;
    const char *code;

    *principal = (struct principal){0};
    if (db_rows(db) == 0)
        return;
    principal->account_id = db_int(db, 0, 0);
    snprintf(principal->name, sizeof(principal->name), "%s", db_text(db, 0, 1));
    principal->roles = roles_from_list(db_text(db, 0, 2));
    principal->agency_id = db_int(db, 0, 3);
    region = db_text(db, 0, 4);
    snprintf(principal->region, sizeof(principal->region), "%s", region == NULL ? "" : region);
    principal->credential_last_day = db_is_null(db, 0, 6) ? INT32_MAX : db_date(db, 0, 6);
    code = db_text(db, 0, 5);
    snprintf(
        principal->agency_code, sizeof(principal->agency_code), "%s", code == NULL ? "" : code);
}

static enum call_next
accept_principal(struct auth *auth, struct call *call, const struct principal *principal)
{
    call->principal = *principal;
    if (principal->account_id != 0)
        return CALL_DONE;
    auth->anonymous_denials++;
    return call_refuse(call, ERR_UNAUTHENTICATED, "refused.credential");
}

static enum call_next
ask(struct call *call, struct auth_state *self)
{
    self->has_asked = true;
    call_db_init(call, &self->db, &sql_account_find);
    db_set_text(&self->db, 0, self->kind == 'k' ? "key" : "certificate");
    db_set_bytes(&self->db, 1, self->sha256, SHA256_BYTES);
    return call_wait_db(call, &self->db);
}

static enum call_next
auth_begin(void *ctx, struct call *call, const struct credential *credential, void *state)
{
    struct auth *auth = ctx;
    struct auth_state *self = state;
    struct cache_slot *slot;

    if (!self->has_asked) {
        self->kind = credential->bearer != NULL ? 'k' : 'c';
        if (credential->bearer != NULL)
            sha256_of(credential->bearer, strlen(credential->bearer), self->sha256);
        else
            memcpy(self->sha256, credential->cert_sha256, SHA256_BYTES);
    }
    slot = slot_of(auth, self->sha256);
    if (!self->has_asked) {
        if (slot->kind == self->kind && slot->until_us > clock_mono_us() &&
            memcmp(slot->sha256, self->sha256, SHA256_BYTES) == 0)
            return accept_principal(auth, call, &slot->principal);
        return ask(call, self);
    }
    if (call_db_failed(call, &self->db))
        return CALL_FAIL;
    slot->kind = self->kind;
    slot->until_us = clock_mono_us() + AUTH_CACHE_MS * 1000;
    memcpy(slot->sha256, self->sha256, SHA256_BYTES);
    principal_from_row(&slot->principal, &self->db);
    return accept_principal(auth, call, &slot->principal);
}

struct auth *
auth_new(struct event_base *base, struct db_pool *pool)
{
    struct auth *auth = xcalloc(1, sizeof(*auth));

    auth->pool = pool;
    auth->cache = xcalloc(CACHE_SLOTS, sizeof(*auth->cache));
    TAILQ_INIT(&auth->rows);
    auth->flush = event_new(base, -1, 0, audit_on_flush, auth);
    return auth;
}

void
auth_free(struct auth *auth)
{
    if (auth == NULL)
        return;
    event_free(auth->flush);
    free(auth->cache);
    free(auth);
}

struct api_auth
auth_hooks(struct auth *auth)
{
    return (struct api_auth){
        .ctx = auth,
        .state_size = sizeof(struct auth_state),
        .begin = auth_begin,
        .record_read = audit_record_read,
        .record_denial = audit_record_denial,
    };
}

uint64_t
auth_anonymous_denials(const struct auth *auth)
{
    return auth->anonymous_denials;
}
