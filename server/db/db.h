#ifndef TCRD_DB_DB_H
#define TCRD_DB_DB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
/* db - everything a room may know about the database: statements, calls, values.
 *
 * A room declares its statements as constants (`<room>_sql.c`), fills a struct db_call with values
 * and hands it to db_submit(). done() then runs exactly once, from the event loop, never from
 * inside db_submit(). The db_call is embedded in memory that outlives the call; values point into
 * that memory too and are read when the call is sent.
 *
 * DB_READ     one statement of one call; its result may have many rows. Repeated once after a lost
 * connection. DB_REPORT   the same on connections of their own, so that a slow question does not
 * stand in front of registrations. DB_WRITE    only for functions over arrays: every parameter of
 * the SQL function is an array, item i of each array is one call, and the function returns exactly
 * one row per item, in item order, whose first column is the item's number from 1. What waits for
 * the same statement travels together in one transaction (db_batch.c). A batch that PostgreSQL
 * refuses as a whole is sent again one by one, so a neighbour never pays for another's fault. The
 * function is called with all arrays in the order of the parameters. Large values bound a batch by
 * its bytes as well.
 */
struct buf;
struct db_pool;

enum db_kind { DB_READ, DB_REPORT, DB_WRITE };
enum db_type { DB_TEXT, DB_INT8, DB_BOOL, DB_DATE, DB_BYTEA, DB_JSONB, DB_TEXT_ARRAY };

enum db_status {
    DB_OK,
    DB_REFUSED,   /* PostgreSQL answered with an error, see db_sqlstate() */
    DB_BUSY,      /* the waiting queue is full, or the call waited too long to be sent */
    DB_DOWN,      /* no connection, nothing was sent */
    DB_UNCERTAIN, /* sent, then the connection broke: a write may or may not have happened */
    DB_TIMEOUT    /* sent, no answer in time; for a write as uncertain as DB_UNCERTAIN */
};

enum { DB_PARAMS_MAX = 64 };

struct db_stmt {
    const char *name; /* unique in the program, [a-z_]+ */
    const char
        *sql; /* "select ... from tcr.fn($1, $2)"; types of parameters come from the table below */
    enum db_kind kind;
    int param_count;
    enum db_type params[DB_PARAMS_MAX]; /* DB_WRITE: the element types */
    bool has_binary_rows; /* large bytea comes as it is, half as long: read with db_bytes() only */
};

struct db_value {
    const void *data; /* NULL: SQL null. DB_TEXT and DB_JSONB: UTF-8 text; DB_BYTEA: bytes */
    size_t len;
    int64_t number; /* DB_INT8, DB_BOOL (0 or 1), DB_DATE (days since 1970-01-01) */
    bool is_null;
};

struct db_result; /* one PGresult, counted: the items of a batch share it */

struct db_call {
    const struct db_stmt *stmt;
    struct db_value *values; /* stmt->param_count of them */
    void (*done)(struct db_call *call);
    void *arg; /* of the owner of done */

    enum db_status status;
    char sqlstate[6];
    struct db_result *result;
    int row; /* first row of this call in result */
    int row_count;

    /* private to db/ */
    TAILQ_ENTRY(db_call) link;
    int64_t deadline_us;
    int64_t queued_us;
    int attempts;
    enum { DB_CALL_IDLE, DB_CALL_QUEUED, DB_CALL_SENT } at;
};

/* values has room for stmt->param_count entries; all become null. */
void db_call_init(struct db_call *call, const struct db_stmt *stmt, struct db_value *values);
/* Release the result; safe to call twice. Must be called after done() when the values were read. */
void db_call_clear(struct db_call *call);

/* Parameters by position, counted from 0 in the order of stmt->params. Text and bytes are borrowed
 * until done(). */
void db_set_text(struct db_call *call, int param, const char *text); /* NULL: null */
void db_set_text_n(struct db_call *call, int param, const char *text, size_t len);
void db_set_int(struct db_call *call, int param, int64_t number); /* INT8, BOOL, DATE */
void db_set_bytes(struct db_call *call, int param, const void *data, size_t len);
/* DB_TEXT_ARRAY (reads and reports only): items are count strings. scratch is empty and lives until
 * done(). */
void db_set_text_array(
    struct db_call *call, int param, struct buf *scratch, const char *const *items, int count);

void db_submit(struct db_pool *pool, struct db_call *call);
/* Submitted, and done() has not run yet. False for a zeroed call. */
bool db_is_pending(const struct db_call *call);

/* Values of a finished call with status DB_OK; row counts from 0 inside the call, column from 0.
 * NULL text: SQL null. Text lives until db_call_clear(). */
int db_rows(const struct db_call *call);
bool db_is_null(const struct db_call *call, int row, int column);
const char *db_text(const struct db_call *call, int row, int column);
size_t db_text_len(const struct db_call *call, int row, int column);
int64_t db_int(const struct db_call *call, int row, int column); /* 0 when null */
bool db_bool(const struct db_call *call, int row, int column);
/* A bytea of a statement with has_binary_rows; NULL when null. */
const void *db_bytes(const struct db_call *call, int row, int column, size_t *len);
int32_t db_date(const struct db_call *call, int row, int column); /* days since 1970-01-01 */
/* Column by name, or -1. */
int db_column(const struct db_call *call, const char *name);
const char *db_sqlstate(const struct db_call *call); /* "" unless DB_REFUSED */
#endif
