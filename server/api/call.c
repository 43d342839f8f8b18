#include "server/api/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"
#include "server/api/api_error.h"
#include "server/api/api_int.h"
#include "server/api/fields.h"
#include "server/api/json_digest.h"

static const char *
copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

static void
copy_args(struct call *call, const struct call_input *input)
{
    struct call_private *private = call->private;

    private->arg_count = input->arg_count;
    private->args = arena_alloc(call->arena, (size_t)input->arg_count * sizeof(*private->args));
    for (int i = 0; i < input->arg_count; i++) {
        private->args[i].name = arena_strdup(call->arena, input->args[i].name);
        private->args[i].value = arena_strdup(call->arena, input->args[i].value);
    }
}

static void
copy_faults(struct call *call, const struct fault_list *faults)
{
    for (int i = 0; faults != NULL && i < faults->count; i++)
        fault_add(&call->faults, faults->items[i].pointer, faults->items[i].rule, NULL,
            faults->items[i].zh, faults->items[i].en);
}

static void
copy_credential(struct call *call, const struct credential *from)
{
    struct credential *to = &call->private->credential;

    to->malformed = from->malformed;
    to->bearer = copy_text(call->arena, from->bearer);
    if (from->cert_sha256 != NULL)
        to->cert_sha256 =
            memcpy(arena_alloc(call->arena, SHA256_BYTES), from->cert_sha256, SHA256_BYTES);
}

static struct call *
call_new(struct api *api, const struct call_input *input, const struct call_wire *wire, void *peer)
{
    struct arena *arena = arena_new();
    struct call *call = arena_zalloc(arena, sizeof(*call));
    struct call_private *private = arena_zalloc(arena, sizeof(*private));

    call->api = api;
    call->arena = arena;
    call->method = input->method;
    call->private = private;
    call->faults.arena = arena;
    api_new_request_id(call->request_id);
    call->peer_address =
        arena_strdup(arena, input->peer_address == NULL ? "-" : input->peer_address);
    call->traceparent = copy_text(arena, input->traceparent);
    call->idempotency_key = copy_text(arena, input->idempotency_key);
    call->format = input->format;
    call->prefers_zh = api_prefers_zh(input->accept_language);
    call->body = input->body;
    call->streams = input->streams;
    call->head_only = input->head_only;
    call->content_length = input->content_length;
    call->content_type = copy_text(arena, input->content_type);
    call->content_encoding = copy_text(arena, input->content_encoding);
    call->content_digest = copy_text(arena, input->content_digest);
    call->if_none_match = copy_text(arena, input->if_none_match);
    call->reply.status = input->method->status;
    call->reply.content_type = "application/json";
    private->wire = wire;
    private->peer = peer;
    private->started_us = clock_mono_us();
    private->body_is_json = input->body_is_json;
    if (input->if_match != NULL) {
        call->has_if_match = true;
        call->if_match = strtoll(input->if_match, NULL, 10);
    }
    if (input->body_text != NULL) {
        private->body_text = arena_strndup(arena, input->body_text, input->body_len);
        private->body_len = input->body_len;
    }
    if (input->refused != NULL)
    private->refused = *input->refused;
    copy_faults(call, input->faults);
    copy_args(call, input);
    copy_credential(call, &input->credential);
    return call;
}

const char *
call_arg(const struct call *call, const char *name)
{
    for (int i = 0; i < call->private->arg_count; i++)
        if (strcmp(call->private->args[i].name, name) == 0)
            return call->private->args[i].value;
    return NULL;
}

bool
call_has_role(const struct call *call, unsigned roles)
{
    return (call->principal.roles & roles) != 0;
}

void
call_db_init(struct call *call, struct db_call *db, const struct db_stmt *stmt)
{
    struct call_private *private = call->private;

    if (db->stmt == stmt) { /* state is zeroed: only a call that was initialised here has one */
        db_call_clear(db);
        db_call_init(db, stmt, db->values);
        return;
    }
    db_call_init(db, stmt,
        arena_alloc(call->arena, (size_t)(stmt->param_count + 1) * sizeof(struct db_value)));
    if (private->db_count == CALL_DB_MAX) {
        log_error("api", "too_many_db_calls", "method=%s", call->method->name);
        abort();
    }
    private->dbs[private->db_count++] = db;
}

static void
on_db_done(struct db_call *db)
{
    struct call *call = db->arg;

    call->private->db_us += clock_mono_us() - db->queued_us;
    call_run(call);
}

enum call_next
call_wait_db(struct call *call, struct db_call *db)
{
    db->done = on_db_done;
    db->arg = call;
    db_submit(api_pool(call->api), db);
    return CALL_WAIT;
}

bool
call_db_failed(struct call *call, const struct db_call *db)
{
    bool is_write = db->stmt->kind == DB_WRITE;

    switch (db->status) {
    case DB_OK:
        return false;
    case DB_BUSY:
        call_refuse(call, ERR_BUSY, "refused.db_busy");
        break;
    case DB_DOWN:
        call_refuse(call, ERR_UNAVAILABLE, "refused.db_down");
        break;
    case DB_UNCERTAIN:
    case DB_TIMEOUT:
        if (is_write)
            call_refuse(call, ERR_UNCERTAIN, "refused.db_uncertain");
        else
            call_refuse(call, ERR_UNAVAILABLE, "refused.db_slow");
        break;
    case DB_REFUSED:
        if (strcmp(db->sqlstate, "57014") == 0) /* statement_timeout */
            call_refuse(call, ERR_UNAVAILABLE, "refused.db_timeout");
        else
            call_fail(call, ERR_INTERNAL, "the database refused (%s)", db->sqlstate);
        break;
    }
    return true;
}

void
call_job_init(struct call *call, struct helper_job *job, uint32_t kind)
{
    struct call_private *private = call->private;

    helper_job_clear(job);
    job->kind = kind;
    job->part_count = 0;
    job->same = NULL;
    for (int i = 0; i < private->job_count; i++)
        if (private->jobs[i] == job) /* used before */
            return;
    if (private->job_count == CALL_JOBS_MAX) {
        log_error("api", "too_many_jobs", "method=%s", call->method->name);
        abort();
    }
    private->jobs[private->job_count++] = job;
}

static void
on_job_done(struct helper_job *job)
{
    call_run(job->arg);
}

enum call_next
call_wait_paper(struct call *call, struct helper_job *job)
{
    job->done = on_job_done;
    job->arg = call;
    helper_submit(api_helper(call->api), job);
    return CALL_WAIT;
}

bool
call_paper_failed(struct call *call, const struct helper_job *job)
{
    bool is_paper = job->kind != JOB_SHOWN;

    switch (job->status) {
    case HELPER_OK:
        return false;
    case HELPER_BUSY:
        call_refuse(call, ERR_BUSY, "refused.papers_busy");
        break;
    case HELPER_DOWN:
    case HELPER_TIMEOUT:
        call_refuse(
            call, ERR_UNAVAILABLE, is_paper ? "refused.paper_slow" : "refused.figures_slow");
        break;
    case HELPER_REFUSED:
        log_error("api", "paper_refused", "req=%s method=%s why=%s", call->request_id,
            call->method->name, log_safe(job->why));
        call_refuse(
            call, ERR_INTERNAL, is_paper ? "refused.paper_failed" : "refused.figures_failed");
        break;
    }
    return true;
}

static enum call_next
read_body(struct call *call)
{
    struct call_private *private = call->private;
    unsigned flags = call->method->flags;
    struct err err;

    if (call->streams && (flags & METHOD_STREAM_IN))
        return CALL_DONE;
    if (flags & METHOD_STREAM_IN)
        flags |= METHOD_BODY;
    if (private->body_len > 0 && !(flags & (METHOD_BODY | METHOD_BODY_OPTIONAL)))
        return call_refuse(call, ERR_SYNTAX, "refused.body_unused");
    if (private->body_len > 0) {
        if (!private->body_is_json)
            return call_refuse(call, ERR_MEDIA_TYPE, "refused.body_json");
        call->body = json_read_object(private->body_text, private->body_len, &err);
        if (call->body == NULL)
            return call_fail_err(call, &err);
    }
    if (call->body == NULL && (flags & METHOD_BODY))
        return call_refuse(call, ERR_SYNTAX, "refused.body_needed");
    if (call->body == NULL && (flags & METHOD_BODY_OPTIONAL))
        call->body = json_object();
    return CALL_DONE;
}

void
call_digest(struct call *call, uint8_t *sha256)
{
    struct call_private *private = call->private;
    struct sha256 *digest = api_digest(call->api);

    sha256_add(digest, call->method->name, strlen(call->method->name) + 1);
    for (int i = 0; i < private->arg_count; i++) {
        sha256_add(digest, private->args[i].name, strlen(private->args[i].name) + 1);
        sha256_add(digest, private->args[i].value, strlen(private->args[i].value) + 1);
    }
    if (call->body != NULL)
        json_digest_add(digest, call->body);
    sha256_take(digest, sha256);
}

/* The body becomes what the table of the method makes of it. */
static enum call_next
read_fields(struct call *call)
{
    json_t *read;

    if (call->method->fields == NULL || call->body == NULL)
        return CALL_DONE;
    if (api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    read = fields_read(&call->faults, api_codes(call->api), call->method->fields, call->body);
    json_decref(call->body);
    call->body = read;
    return CALL_DONE;
}

/* 401 was passed; syntax, role, then what must be there. Visibility and all that follows is the
 * step's. */
static enum call_next
admit(struct call *call)
{
    const struct method *method = call->method;

    if (call->private->refused.code != ERR_NONE &&
        !((method->flags & METHOD_ALL_FAULTS) && call->faults.count > 0))
        return call_fail_err(call, &call->private->refused);
    if (read_body(call) == CALL_FAIL)
        return CALL_FAIL;
    if (!(method->flags & METHOD_PUBLIC) && !call_has_role(call, method->roles))
        return call_refuse_more(call, ERR_FORBIDDEN, "refused.role", method->name, method->name);
    if ((method->flags & METHOD_KEY) && call->idempotency_key == NULL)
        call->missing = ERR_KEY_MISSING;
    else if ((method->flags & METHOD_MATCH) && !call->has_if_match)
        call->missing = ERR_MATCH_MISSING;
    if ((method->flags & METHOD_KEY) && call->idempotency_key != NULL)
        call_digest(call, call->request_sha256);
    if (method->state_size > 0)
        call->state = arena_zalloc(call->arena, method->state_size);
    return read_fields(call);
}

static enum call_next
name_principal(struct call *call)
{
    const struct api_auth *auth = api_auth_of(call->api);
    struct call_private *private = call->private;
    bool anonymous = private->credential.bearer == NULL &&
                     private->credential.cert_sha256 == NULL && !private->credential.malformed;

    /* What is open to everybody asks nobody: a stale key or a foreign certificate does not shut it.
     */
    if (call->method->flags & METHOD_PUBLIC)
        return CALL_DONE;
    if (anonymous)
        return call_refuse(call, ERR_UNAUTHENTICATED, "refused.credential_missing");
    if (private->credential.malformed)
        return call_refuse(call, ERR_UNAUTHENTICATED, "refused.credential_header");
    if (private->auth_state == NULL)
    private->auth_state = arena_zalloc(call->arena, auth->state_size);
    return auth->begin(auth->ctx, call, &private->credential, private->auth_state);
}

static void
call_free(struct call *call)
{
    struct call_private *private = call->private;

    for (int i = 0; i < private->db_count; i++)
        db_call_clear(private->dbs[i]);
    for (int i = 0; i < private->job_count; i++)
        helper_job_clear(private->jobs[i]);
    if (call->state != NULL && call->method->clear != NULL)
        call->method->clear(call->state);
    if (private->credential.bearer != NULL)
        secret_clear(
            (void *)(uintptr_t) private->credential.bearer, strlen(private->credential.bearer));
    json_decref(call->body);
    buf_clear(&private->piece);
    buf_clear(&call->reply.body);
    arena_free(call->arena);
}

void
call_audit_read(struct call *call)
{
    const struct api_auth *auth = api_auth_of(call->api);

    if (call->private->is_audited || call->principal.account_id == 0 || auth->record_read == NULL ||
        !(call->method->flags & METHOD_READS_RECORD))
        return;
    call->private->is_audited = true;
    auth->record_read(auth->ctx, call);
}

static void
leave_audit(struct call *call, bool failed)
{
    const struct api_auth *auth = api_auth_of(call->api);

    if (!failed)
        call_audit_read(call);
    if (call->principal.account_id == 0 || auth->record_denial == NULL)
        return;
    if (failed && (call->err.code == ERR_FORBIDDEN || call->err.code == ERR_OWN_FILING ||
                      call->err.code == ERR_NOT_FOUND))
        auth->record_denial(auth->ctx, call);
}

static void
call_finish(struct call *call, bool failed)
{
    struct call_private *private = call->private;
    struct api *api = call->api;

    if (failed) {
        const struct api_error *kind = api_error_find(call->err.code);

        buf_clear(&call->reply.body);
        call->reply.status = kind->http_status;
        call->reply.content_type = "application/problem+json";
        call->reply.retry_after_s = kind->retry_after_s;
        call->reply.filename = NULL;
        call->reply.policy = NULL;
        call->reply.location = NULL;
        call->reply.link_next = NULL;
        call->reply.has_etag = call->reply.has_as_of = false;
        call->reply.etag_text = call->reply.disposition = call->reply.content_digest = NULL;
        call->reply.coverage = NULL;
        api_error_problem(&call->reply.body, call);
    }
    leave_audit(call, failed);
    private->took_us = clock_mono_us() - private->started_us;
    log_info("api", "done",
        "req=%s peer=%s account=%lld method=%s status=%d code=%s ms=%lld.%02d db_ms=%lld.%02d",
        call->request_id, call->peer_address, (long long)call->principal.account_id,
        call->method->name, call->reply.status,
        failed ? api_error_find(call->err.code)->code : "ok", (long long)(private->took_us / 1000),
        (int)(private->took_us % 1000 / 10), (long long)(private->db_us / 1000),
        (int)(private->db_us % 1000 / 10));
    api_call_closed(api, call, failed);
    if (private->wire != NULL)
    private->wire->deliver(private->peer, call);
    call_free(call);
}

void
call_run(struct call *call)
{
    struct call_private *private = call->private;
    enum call_next next = CALL_DONE;

    private->waits_for = CALL_WAITS_DB;
    if (private->stage == CALL_AT_AUTH) {
        next = name_principal(call);
        if (next == CALL_DONE)
            next = admit(call);
        if (next == CALL_DONE)
        private->stage = CALL_AT_STEP;
    }
    if (private->stage == CALL_AT_STEP && next == CALL_DONE)
        next = call->method->step(call, call->state);
    if (next != CALL_WAIT) {
        call_finish(call, next == CALL_FAIL);
        return;
    }
    if (private->waits != NULL)
        *private->waits = true;
    private->waits = NULL; /* it stands on the stack of call_start() */
}

struct call *
call_start(
    struct api *api, const struct call_input *input, const struct call_wire *wire, void *peer)
{
    struct call *call = call_new(api, input, wire, peer);
    bool waits;

    api_call_opened(api, call);
    if (api_calls_open(api) > api_conf(api)->calls_max) {
        call_refuse(call, ERR_BUSY, "refused.busy");
        call_finish(call, true);
        return NULL;
    }
    if (call->streams && api_streams_open(api) > api_conf(api)->streams_max) {
        call_refuse(call, ERR_BUSY, "refused.busy");
        call_finish(call, true);
        return NULL;
    }
    /* The first turn may end the call; whether it did is asked of a flag outside of it. */
    waits = false;
    call->private->waits = &waits;
    call_run(call);
    return waits ? call : NULL;
}

void
call_detach(struct call *call)
{
    struct call_private *private = call->private;

    private->wire = NULL;
    private->is_broken = !private->body_is_complete || private->has_begun;
    if (private->waits_for != CALL_WAITS_DB)
        call_run(call);
}

int64_t
call_took_us(const struct call *call)
{
    return call->private->took_us;
}
