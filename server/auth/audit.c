#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "server/api/api_error.h"
#include "server/auth/auth_int.h"

/* Reads and denials leave their rows after the answer, in batches within a second (DESIGN.md
 * section 5). An act leaves its row inside its own transaction, in SQL. */

enum { FLUSH_MS = 300, ROWS_MAX = 20000 };

struct audit_row {
    TAILQ_ENTRY(audit_row) link;
    struct auth *auth;
    struct db_call db;
    struct db_value values[7];
    char request_id[33];
    char peer[64];
    char *object; /* ids that were read */
};

static void
on_written(struct db_call *db)
{
    struct audit_row *row = db->arg;

    if (db->status != DB_OK)
        log_error("auth", "audit_lost", "req=%s status=%d", row->request_id, (int)db->status);
    row->auth->row_count--;
    db_call_clear(db);
    free(row->object);
    free(row);
}

static void
arm(struct auth *auth)
{
    struct timeval wait = {.tv_usec = FLUSH_MS * 1000};

    if (auth->flush_armed)
        return;
    auth->flush_armed = true;
    event_add(auth->flush, &wait);
}

static void
record(struct auth *auth, const struct call *call, const char *outcome)
{
    struct audit_row *row;

    if (auth->row_count >= ROWS_MAX) {
        log_error("auth", "audit_full", "req=%s", call->request_id);
        return;
    }
    row = xcalloc(1, sizeof(*row));
    row->auth = auth;
    snprintf(row->request_id, sizeof(row->request_id), "%s", call->request_id);
    snprintf(row->peer, sizeof(row->peer), "%s", call->peer_address);
    row->object = xstrdup(call->audit_object == NULL ? "" : call->audit_object);
    db_call_init(&row->db, &sql_audit_add, row->values);
    row->db.done = on_written;
    row->db.arg = row;
    db_set_int(&row->db, 0, clock_wall_us());
    db_set_int(&row->db, 1, call->principal.account_id);
    db_set_text(&row->db, 2, call->method->name);
    db_set_text(&row->db, 3, row->object);
    db_set_text(&row->db, 4, outcome);
    db_set_text(&row->db, 5, row->request_id);
    db_set_text(&row->db, 6, row->peer);
    TAILQ_INSERT_TAIL(&auth->rows, row, link);
    auth->row_count++;
    arm(auth);
}

void
audit_record_read(void *ctx, const struct call *call)
{
    record(ctx, call, "ok");
}

void
audit_record_denial(void *ctx, const struct call *call)
{
    record(ctx, call, api_error_find(call->err.code)->code);
}

void
auth_flush(struct auth *auth)
{
    struct audit_row *row;

    while ((row = TAILQ_FIRST(&auth->rows)) != NULL) {
        TAILQ_REMOVE(&auth->rows, row, link);
        db_submit(auth->pool, &row->db);
    }
}

void
audit_on_flush(int fd, short what, void *arg)
{
    struct auth *auth = arg;

    (void)fd;
    (void)what;
    auth->flush_armed = false;
    auth_flush(auth);
}
