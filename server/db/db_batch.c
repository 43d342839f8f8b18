#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "server/db/db_int.h"

/* Group commit: what arrived while the last batch was on its way is the next batch. There is no
 * timer, so an idle worker adds no delay, and a busy one pays one transaction for up to
 * DB_BATCH_MAX calls. */

enum { SOLO_ATTEMPTS_MAX = 4, BATCH_BYTES_MAX = 1024 * 1024 };

static size_t
call_bytes(const struct db_call *call)
{
    size_t bytes = 0;

    for (int i = 0; i < call->stmt->param_count; i++)
        bytes += call->values[i].len;
    return bytes;
}

struct db_sent *
db_batch_take(struct db_call_list *waiting)
{
    struct db_call *head = TAILQ_FIRST(waiting);
    size_t bytes = 0;
    struct db_sent *sent;
    struct db_call *call;
    struct db_call *next;

    if (head == NULL)
        return NULL;
    sent = xcalloc(1, sizeof(*sent));
    sent->stmt = head->stmt;
    for (call = head; call != NULL && sent->count < DB_BATCH_MAX; call = next) {
        next = TAILQ_NEXT(call, link);
        if (call->stmt != sent->stmt)
            continue;
        if (call->attempts > 0 && call != head)
            break; /* each of a refused batch travels alone */
        bytes += call_bytes(call);
        if (bytes > BATCH_BYTES_MAX && call != head)
            break; /* what was sent once stays in the buffers of libpq for good */
        TAILQ_REMOVE(waiting, call, link);
        call->at = DB_CALL_SENT;
        sent->calls[sent->count++] = call;
        if (call->attempts > 0)
            break;
    }
    return sent;
}

/* Deadlocks, serialisation failures, lock timeouts, and a unique key that another transaction took
 * meanwhile: the function finds it on the second look. XX000 and 42883: tcrd migrate put a new
 * function in the place of one that was being called. */
static bool
is_worth_repeating(const char *sqlstate)
{
    static const char *const states[] = {"40001", "40P01", "55P03", "23505", "XX000", "42883"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(sqlstate, states[i]) == 0)
            return true;
    return false;
}

static void
send_again(struct db_sent *sent, struct db_call_list *waiting)
{
    for (int i = sent->count - 1; i >= 0; i--) { /* to the front, in the old order */
        struct db_call *call = sent->calls[i];

        call->attempts++;
        call->at = DB_CALL_QUEUED;
        TAILQ_INSERT_HEAD(waiting, call, link);
    }
}

static bool
must_repeat(const struct db_sent *sent)
{
    if (sent->sqlstate[0] == '\0')
        return false;
    if (sent->count > 1)
        return true;
    return sent->calls[0]->attempts < SOLO_ATTEMPTS_MAX && is_worth_repeating(sent->sqlstate);
}

void
db_batch_finish(struct db_sent *sent, struct db_call_list *waiting, struct db_counters *counters)
{
    struct db_result *result;
    bool sound = sent->rows != NULL && PQntuples(sent->rows) == sent->count;

    if (must_repeat(sent)) {
        counters->retries++;
        send_again(sent, waiting);
        PQclear(sent->rows);
        free(sent);
        return;
    }
    if (sent->sqlstate[0] == '\0' && !sound)
        log_error("db", "batch_rows", "stmt=%s want=%d", sent->stmt->name, sent->count);
    result = xcalloc(1, sizeof(*result));
    result->rows = sent->rows;
    result->refs = 1; /* ours, until every call has its row */
    for (int i = 0; i < sent->count; i++) {
        struct db_call *call = sent->calls[i];

        if (sent->sqlstate[0] != '\0') {
            memcpy(call->sqlstate, sent->sqlstate, sizeof(call->sqlstate));
            db_call_finish(call, DB_REFUSED);
        } else if (!sound) {
            db_call_finish(call, DB_UNCERTAIN);
        } else {
            db_call_answer(call, result, i, 1);
        }
    }
    if (--result->refs == 0) {
        PQclear(result->rows);
        free(result);
    }
    free(sent);
}
