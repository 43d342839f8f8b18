#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/mem.h"
#include "server/db/db_int.h"

/* PostgreSQL counts days from 2000-01-01. */
enum { POSTGRES_EPOCH_DAY = 10957 };

bool
db_is_pending(const struct db_call *call)
{
    return call->at != DB_CALL_IDLE;
}

Oid
db_type_oid(enum db_type type, bool as_array)
{
    /* Object ids of built-in types are fixed in PostgreSQL's catalog
     * (src/include/catalog/pg_type.dat). */
    static const Oid scalar[] = {25, 20, 16, 1082, 17, 3802, 1009};
    static const Oid array[] = {1009, 1016, 1000, 1182, 1001, 3807, 0};

    return as_array ? array[type] : scalar[type];
}

static void
add_int32(struct buf *out, int32_t number)
{
    uint32_t network = htonl((uint32_t)number);

    buf_add(out, &network, sizeof(network));
}

void
db_value_encode(struct buf *out, enum db_type type, const struct db_value *value)
{
    uint64_t wide;

    switch (type) {
    case DB_INT8:
        wide = htobe64((uint64_t)value->number);
        buf_add(out, &wide, sizeof(wide));
        break;
    case DB_BOOL:
        buf_putc(out, value->number != 0 ? 1 : 0);
        break;
    case DB_DATE:
        add_int32(out, (int32_t)value->number - POSTGRES_EPOCH_DAY);
        break;
    case DB_JSONB:
        buf_putc(out, 1); /* version of the binary form */
        buf_add(out, value->data, value->len);
        break;
    case DB_TEXT:
    case DB_BYTEA:
    case DB_TEXT_ARRAY:
        buf_add(out, value->data, value->len);
        break;
    }
}

static void
array_head(struct buf *out, enum db_type type, int count, bool has_null)
{
    add_int32(out, 1); /* dimensions */
    add_int32(out, has_null);
    add_int32(out, (int32_t)db_type_oid(type, false));
    add_int32(out, count);
    add_int32(out, 1); /* lower bound */
}

void
db_array_encode(
    struct buf *out, enum db_type type, struct db_call *const *calls, int count, int param)
{
    bool has_null = false;

    for (int i = 0; i < count; i++)
        has_null = has_null || calls[i]->values[param].is_null;
    array_head(out, type, count, has_null);
    for (int i = 0; i < count; i++) {
        const struct db_value *value = &calls[i]->values[param];
        size_t at = out->len;
        uint32_t size;

        add_int32(out, -1); /* null, or replaced by the size */
        if (value->is_null)
            continue;
        db_value_encode(out, type, value);
        size = htonl((uint32_t)(out->len - at - sizeof(size)));
        memcpy(out->data + at, &size, sizeof(size));
    }
}

void
db_call_init(struct db_call *call, const struct db_stmt *stmt, struct db_value *values)
{
    *call = (struct db_call){.stmt = stmt, .values = values};
    for (int i = 0; i < stmt->param_count; i++)
        values[i] = (struct db_value){.is_null = true};
}

void
db_call_clear(struct db_call *call)
{
    struct db_result *result = call->result;

    call->result = NULL;
    if (result == NULL || --result->refs > 0)
        return;
    PQclear(result->rows);
    free(result);
}

void
db_set_text_n(struct db_call *call, int param, const char *text, size_t len)
{
    call->values[param] = (struct db_value){.data = text, .len = len, .is_null = text == NULL};
}

void
db_set_text(struct db_call *call, int param, const char *text)
{
    db_set_text_n(call, param, text, text == NULL ? 0 : strlen(text));
}

void
db_set_int(struct db_call *call, int param, int64_t number)
{
    call->values[param] = (struct db_value){.number = number};
}

void
db_set_bytes(struct db_call *call, int param, const void *data, size_t len)
{
    call->values[param] = (struct db_value){.data = data, .len = len, .is_null = data == NULL};
}

void
db_set_text_array(
    struct db_call *call, int param, struct buf *scratch, const char *const *items, int count)
{
    array_head(scratch, DB_TEXT, count, false);
    for (int i = 0; i < count; i++) {
        add_int32(scratch, (int32_t)strlen(items[i]));
        buf_puts(scratch, items[i]);
    }
    if (count == 0) { /* an empty array has no dimension */
        scratch->len = 0;
        add_int32(scratch, 0);
        add_int32(scratch, 0);
        add_int32(scratch, (int32_t)db_type_oid(DB_TEXT, false));
    }
    db_set_bytes(call, param, scratch->data, scratch->len);
}

int
db_rows(const struct db_call *call)
{
    return call->row_count;
}

bool
db_is_null(const struct db_call *call, int row, int column)
{
    return PQgetisnull(call->result->rows, call->row + row, column) != 0;
}

const char *
db_text(const struct db_call *call, int row, int column)
{
    return db_is_null(call, row, column) ? NULL
                                         : PQgetvalue(call->result->rows, call->row + row, column);
}

size_t
db_text_len(const struct db_call *call, int row, int column)
{
    return (size_t)PQgetlength(call->result->rows, call->row + row, column);
}

int64_t
db_int(const struct db_call *call, int row, int column)
{
    const char *text = db_text(call, row, column);

    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

const void *
db_bytes(const struct db_call *call, int row, int column, size_t *len)
{
    *len = db_text_len(call, row, column);
    return db_text(call, row, column);
}

bool
db_bool(const struct db_call *call, int row, int column)
{
    const char *text = db_text(call, row, column);

    return text != NULL && text[0] == 't';
}

int32_t
db_date(const struct db_call *call, int row, int column)
{
    const char *text = db_text(call, row, column);
    int32_t day = 0;

    if (text != NULL && !date_parse(text, &day))
        return 0;
    return day;
}

int
db_column(const struct db_call *call, const char *name)
{
    return call->result == NULL ? -1 : PQfnumber(call->result->rows, name);
}

const char *
db_sqlstate(const struct db_call *call)
{
    return call->sqlstate;
}
