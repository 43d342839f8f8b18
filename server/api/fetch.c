#include <string.h>

#include "server/api/store.h"
#include "server/api/store_int.h"

/* Columns of tcr.fetch. */
enum { FETCHED_ANSWER, FETCHED_VERSION, FETCHED_NEXT, FETCHED_BAD_QUERY, FETCHED_OBJECT };

#define FETCH_SQL "select answer, version, next, bad_query, object from tcr.fetch($1, $2, $3)"

const struct db_stmt sql_fetch = {
    .name = "fetch",
    .sql = FETCH_SQL,
    .kind = DB_READ,
    .param_count = 3,
    .params = {DB_INT8, DB_TEXT, DB_JSONB},
};

const struct db_stmt sql_fetch_report = {
    .name = "fetch_report",
    .sql = FETCH_SQL,
    .kind = DB_REPORT,
    .param_count = 3,
    .params = {DB_INT8, DB_TEXT, DB_JSONB},
};

static void
add_encoded(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_' || byte == '.';

        buf_printf(out, plain ? "%c" : "%%%02X", byte);
    }
}

/* The path of the method with the values of its parameters. */
static void
add_path(struct buf *out, const struct call *call)
{
    for (const char *at = call->method->path; *at != '\0';) {
        size_t len = strcspn(at, "{");
        char name[64] = "";
        const char *value;
        size_t name_len;

        buf_add(out, at, len);
        at += len;
        if (*at == '\0')
            break;
        name_len = strcspn(at, "}");
        if (name_len > sizeof(name))
            break;
        memcpy(name, at + 1, name_len - 1);
        value = call_arg(call, name);
        if (value != NULL)
            add_encoded(out, value, strlen(value));
        at += name_len + 1;
    }
}

const char *
store_next_link(struct call *call, const char *cursor)
{
    struct buf link = {0};
    const char *copy;

    add_path(&link, call);
    buf_putc(&link, '?');
    for (const struct method_param *param = call->method->params;
         param != NULL && param->name != NULL; param++) {
        const char *value = call_arg(call, param->name);

        if (param->in == PARAM_IN_PATH || value == NULL || strcmp(param->name, "cursor") == 0)
            continue;
        buf_printf(&link, "%s=", param->name);
        add_encoded(&link, value, strlen(value));
        buf_putc(&link, '&');
    }
    buf_puts(&link, "cursor=");
    add_encoded(&link, cursor, strlen(cursor));
    copy = arena_strdup(call->arena, link.data);
    buf_clear(&link);
    return copy;
}

static enum call_next
fetch_start(struct call *call, struct store_state *self)
{
    struct db_call *db = &self->db;

    self->args = store_args(call);
    if (self->args == NULL)
        return CALL_FAIL;
    if (call->faults.count > 0)
        return call_fail_faults(call);
    call_db_init(
        call, db, (call->method->flags & METHOD_REPORT) != 0 ? &sql_fetch_report : &sql_fetch);
    if ((call->method->flags & METHOD_PUBLIC) == 0)
        db_set_int(db, 0, call->principal.account_id);
    db_set_text(db, 1, call->method->name);
    db_set_text(db, 2, self->args);
    self->at = STORE_DONE;
    return call_wait_db(call, db);
}

static enum call_next
fetch_answer(struct call *call, const struct db_call *db)
{
    const char *bad_query;
    const char *next;

    if (call_db_failed(call, db))
        return CALL_FAIL;
    if (db_rows(db) == 0)
        return call_refuse(call, ERR_NOT_FOUND, "refused.not_found");
    bad_query = db_text(db, 0, FETCHED_BAD_QUERY);
    if (bad_query != NULL)
        return call_bad_param(call, bad_query, NULL, NULL);
    next = db_text(db, 0, FETCHED_NEXT);
    buf_puts(&call->reply.body, db_text(db, 0, FETCHED_ANSWER));
    if (next != NULL)
        call->reply.link_next = store_next_link(call, next);
    if (!db_is_null(db, 0, FETCHED_VERSION)) {
        call->reply.has_etag = true;
        call->reply.etag = db_int(db, 0, FETCHED_VERSION);
    }
    if (!db_is_null(db, 0, FETCHED_OBJECT))
        call->audit_object = arena_strdup(call->arena, db_text(db, 0, FETCHED_OBJECT));
    return CALL_DONE;
}

enum call_next
fetch_step(struct call *call, void *state)
{
    struct store_state *self = state;

    return self->at == STORE_START ? fetch_start(call, self) : fetch_answer(call, &self->db);
}
