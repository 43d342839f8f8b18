#include "server/command/sample_copy.h"

#include <string.h>

#include "common/money.h"
#include "server/command/command_db.h"
#include "server/command/sample_sql.h"

enum { CHUNK_ROWS = 4000, COLUMN_COUNT = 36, CHECK_CODE_BYTES = 16 };
static const int32_t day_zero = 10957; /* PostgreSQL counts days from 2000-01-01 */
static const char copy_head[] =
    "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* signature, flags, extension */
enum { COPY_HEAD_BYTES = 19 };

int
sample_copy_open(struct sample_copy *copy, PGconn *db, struct err *err)
{
    *copy = (struct sample_copy){.db = db};
    return command_exec(db, err, sql_sample_stage, 0, NULL);
}

static void
put_number(struct buf *rows, uint64_t value, int bytes)
{
    char text[8];

    for (int i = bytes - 1; i >= 0; i--) {
        text[i] = (char)(value & 0xFF);
        value >>= 8;
    }
    buf_add(rows, text, (size_t)bytes);
}

static void
put_bytes(struct buf *rows, const void *data, size_t len)
{
    put_number(rows, len, 4);
    buf_add(rows, data, len);
}

static void
put_text(struct buf *rows, const char *text)
{
    if (text == NULL)
        put_number(rows, UINT32_MAX, 4);
    else
        put_bytes(rows, text, strlen(text));
}

static void
put_int(struct buf *rows, int64_t value)
{
    put_number(rows, 8, 4);
    put_number(rows, (uint64_t)value, 8);
}

static void
put_day(struct buf *rows, int32_t day)
{
    put_number(rows, 4, 4);
    put_number(rows, (uint64_t)(int64_t)(day - day_zero), 4);
}

/* What contract.certify keeps of a decision that takes the filed values as they are. */
static void
put_detail(struct buf *rows, const struct contract *form)
{
    char total[MONEY_TEXT_BYTES];
    char technology[MONEY_TEXT_BYTES];
    struct buf text = {0};

    buf_printf(&text,
        "{\"determined\":{\"contract_type\":\"%s\",\"technical_field\":\"%s\","
        "\"total_amount\":\"%s\",\"technology_amount\":\"%s\"},"
        "\"reason\":null,\"checklist\":null}",
        form->contract_type, form->technical_field, money_format(form->total_amount, total),
        money_format(form->technology_amount, technology));
    put_text(rows, text.data);
    buf_clear(&text);
}

/* Nobody can guess it, so it does not come from the seed. */
static void
put_check_code(struct buf *rows)
{
    uint8_t code[CHECK_CODE_BYTES];
    char hex[2 * CHECK_CODE_BYTES + 1];

    random_bytes(code, sizeof(code));
    put_text(rows, hex_format(code, sizeof(code), hex));
}

static void
put_dims(struct buf *rows, const struct contract *form)
{
    struct buf dims = {0};

    contract_dims(&dims, form);
    put_text(rows, dims.data);
    buf_clear(&dims);
}

static void
put_party(struct buf *rows, const struct party *party)
{
    put_text(rows, party->name);
    put_text(rows, party_identity(party));
    put_text(rows, party->region);
    put_text(rows, party->zone);
}

/* Columns in the order of sql_sample_copy. */
static void
put_row(
    struct buf *rows, const struct sample_contract *contract, const struct sample_stored *stored)
{
    const struct contract *form = &contract->form;

    put_number(rows, COLUMN_COUNT, 2);
    put_int(rows, stored->agency_id);
    put_int(rows, stored->account_id);
    put_int(rows, stored->point_id);
    put_int(rows, stored->registrar_id);
    put_bytes(rows, contract->body.data, contract->body.len);
    put_bytes(rows, contract->body_sha256, SHA256_BYTES);
    put_bytes(rows, contract->duplicate_key, SHA256_BYTES);
    put_detail(rows, form);
    put_text(rows, form->contract_no);
    put_text(rows, form->project_name);
    put_text(rows, form->contract_type);
    put_text(rows, form->technical_field);
    put_day(rows, form->signed_on);
    put_int(rows, form->total_amount);
    put_int(rows, form->technology_amount);
    put_party(rows, &form->seller);
    put_party(rows, &form->buyer);
    put_day(rows, stored->days[SAMPLE_SUBMIT]);
    put_day(rows, stored->days[SAMPLE_ACCEPT]);
    put_day(rows, stored->due_on);
    put_day(rows, stored->days[SAMPLE_CERTIFY]);
    for (int act = 0; act < SAMPLE_ACTS; act++)
        put_int(rows, stored->seqs[act]);
    for (int act = 0; act < SAMPLE_ACTS; act++)
        put_int(rows, stored->seconds[act]);
    put_text(rows, stored->number);
    put_check_code(rows);
    put_dims(rows, form);
}

/* Read results until there are none; -1 with err when one is an error. */
static int
drain(struct sample_copy *copy, struct err *err)
{
    PGresult *res;
    int result = 0;

    while ((res = PQgetResult(copy->db)) != NULL) {
        const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
        const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

        if (PQresultStatus(res) == PGRES_FATAL_ERROR && result == 0) {
            if (state != NULL && strcmp(state, "23505") == 0)
                result = err_set(err, ERR_DUPLICATE,
                    "the record holds such contracts already (the same totals and seed?): nothing"
                    " was stored");
            else
                result = err_set(err, ERR_INTERNAL, "%s (%s)",
                    text == NULL ? "the connection to the database broke" : text,
                    state == NULL ? "" : state);
        }
        PQclear(res);
    }
    copy->is_storing = false;
    return result;
}

static int
lost(struct sample_copy *copy, struct err *err)
{
    return err_set(err, ERR_UNAVAILABLE, "%.*s", (int)strcspn(PQerrorMessage(copy->db), "\n"),
        PQerrorMessage(copy->db));
}

static int
send_chunk(struct sample_copy *copy, struct err *err)
{
    PGresult *res;
    bool is_ready;

    if (copy->is_storing && drain(copy, err) < 0)
        return -1;
    res = PQexec(copy->db, sql_sample_copy);
    is_ready = PQresultStatus(res) == PGRES_COPY_IN;
    PQclear(res);
    put_number(&copy->rows, UINT16_MAX, 2); /* the end of COPY BINARY */
    if (!is_ready || PQputCopyData(copy->db, copy->rows.data, (int)copy->rows.len) != 1 ||
        PQputCopyEnd(copy->db, NULL) != 1)
        return lost(copy, err);
    if (drain(copy, err) < 0)
        return -1;
    if (PQsendQueryParams(copy->db, sql_sample_store, 0, NULL, NULL, NULL, NULL, 0) != 1)
        return lost(copy, err);
    copy->is_storing = true;
    copy->rows.len = 0;
    copy->count = 0;
    return PQflush(copy->db) < 0 ? lost(copy, err) : 0;
}

int
sample_copy_add(struct sample_copy *copy, const struct sample_contract *contract,
    const struct sample_stored *stored, struct err *err)
{
    if (copy->count == 0)
        buf_add(&copy->rows, copy_head, COPY_HEAD_BYTES);
    put_row(&copy->rows, contract, stored);
    return ++copy->count < CHUNK_ROWS ? 0 : send_chunk(copy, err);
}

int
sample_copy_finish(struct sample_copy *copy, struct err *err)
{
    if (copy->count > 0 && send_chunk(copy, err) < 0)
        return -1;
    return copy->is_storing ? drain(copy, err) : 0;
}

void
sample_copy_clear(struct sample_copy *copy)
{
    buf_clear(&copy->rows);
}
