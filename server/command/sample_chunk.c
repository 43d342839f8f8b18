#include "server/command/sample_chunk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/money.h"

enum { CHECK_CODE_BYTES = 16, TEXT_OID = 25, DIMS = 12, DIMS_BYTES = 2048 };
static const int32_t day_zero = 10957; /* PostgreSQL counts days from 2000-01-01 */
static const char copy_head[] =
    "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* signature, flags, extension */
enum { COPY_HEAD_BYTES = 19 };

/* What a figure rests on: columns of contract_release and of fact. */
struct figures {
    char text[DIMS_BYTES]; /* as contract.dims has it, cut into parts */
    const char *dims[DIMS];
    const char *direction;
    char size_class[16];
};
enum {
    SELLER_TYPE,
    BUYER_TYPE,
    IP_TYPE,
    INDUSTRY,
    PLAN_SOURCE,
    IS_RELATED,
    IS_SECRET,
    SELLER_COUNTRY,
    BUYER_COUNTRY,
    UNIT,
    BROKER,
    EVENT_NAME
};

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
put_null(struct buf *rows)
{
    put_number(rows, UINT32_MAX, 4);
}

static void
put_text(struct buf *rows, const char *text)
{
    if (text == NULL)
        put_null(rows);
    else
        put_bytes(rows, text, strlen(text));
}

static void
put_int(struct buf *rows, int64_t value, int bytes)
{
    put_number(rows, (uint64_t)bytes, 4);
    put_number(rows, (uint64_t)value, bytes);
}

static void
put_id(struct buf *rows, int64_t value)
{
    put_int(rows, value, 8);
}

static void
put_day(struct buf *rows, int32_t day)
{
    put_int(rows, (int64_t)day - day_zero, 4);
}

/* Seconds since 1970 become microseconds since 2000. */
static void
put_moment(struct buf *rows, int64_t second)
{
    put_int(rows, (second - (int64_t)day_zero * 86400) * 1000000, 8);
}

static void
put_texts(struct buf *rows, const char *const *texts, int count)
{
    size_t at = rows->len;
    size_t end;

    put_number(rows, 0, 4); /* the length, known later */
    put_number(rows, 1, 4); /* dimensions */
    put_number(rows, 1, 4); /* there may be nulls */
    put_number(rows, TEXT_OID, 4);
    put_number(rows, (uint64_t)count, 4);
    put_number(rows, 1, 4); /* the first index */
    for (int i = 0; i < count; i++)
        put_text(rows, texts[i]);
    end = rows->len;
    rows->len = at;
    put_number(rows, end - at - 4, 4);
    rows->len = end;
}

/* What contract.certify keeps of a decision that takes the filed values as they are. */
static void
put_detail(struct buf *rows, const struct contract *form)
{
    char total[MONEY_TEXT_BYTES];
    char technology[MONEY_TEXT_BYTES];
    char text[320];
    int len = snprintf(text, sizeof(text),
        "\1" /* the version of the binary form of jsonb */
        "{\"determined\":{\"contract_type\":\"%.8s\",\"technical_field\":\"%.8s\","
        "\"total_amount\":\"%s\",\"technology_amount\":\"%s\"},"
        "\"reason\":null,\"checklist\":null}",
        form->contract_type, form->technical_field, money_format(form->total_amount, total),
        money_format(form->technology_amount, technology));

    put_bytes(rows, text, (size_t)len);
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

/* The list direction, as tcr.figure_direction() has it: Hong Kong, Macao and Taiwan have customs
 * codes of their own, and 71, 81, 82 as regions. */
static const char *
direction_of(const struct party *seller, const struct party *buyer, const struct figures *figures)
{
    static const char *const countries[] = {"110", "121", "143"};
    static const char *const provinces[] = {"71", "81", "82"};
    const char *from = seller->region;
    const char *to = buyer->region;

    for (int i = 0; i < 3; i++)
        if (strcmp(figures->dims[SELLER_COUNTRY], countries[i]) == 0 ||
            strcmp(figures->dims[BUYER_COUNTRY], countries[i]) == 0 ||
            (from != NULL && strncmp(from, provinces[i], 2) == 0) ||
            (to != NULL && strncmp(to, provinces[i], 2) == 0))
            return "hmt";
    if (from == NULL || to == NULL)
        return "abroad";
    return strcmp(from, to) == 0       ? "county"
           : strncmp(from, to, 4) == 0 ? "city"
           : strncmp(from, to, 2) == 0 ? "province"
                                       : "country";
}

static void
cut_figures(struct figures *figures, const char *dims, const struct contract *form,
    const struct sample_stored *stored)
{
    char *at = figures->text;
    int size = 0;

    snprintf(figures->text, sizeof(figures->text), "%s", dims);
    for (int i = 0; i < DIMS; i++) {
        char *end = at == NULL ? NULL : strchr(at, '\x1f');

        figures->dims[i] = at == NULL ? "" : at;
        if (end != NULL)
            *end = '\0';
        at = end == NULL ? NULL : end + 1;
    }
    figures->direction = direction_of(&form->seller, &form->buyer, figures);
    while (size < SAMPLE_SIZES && form->total_amount >= stored->size_from[size])
        size++;
    snprintf(figures->size_class, sizeof(figures->size_class), "s%d", size + 1);
}

static void
put_dim(struct buf *rows, const char *text)
{
    put_text(rows, *text == '\0' ? NULL : text);
}

static void
put_figures(struct buf *rows, const struct contract *form, const struct figures *figures)
{
    put_text(rows, party_identity(&form->seller));
    put_text(rows, party_identity(&form->buyer));
    for (int i = SELLER_TYPE; i <= PLAN_SOURCE; i++)
        put_dim(rows, figures->dims[i]);
    put_int(rows, strcmp(figures->dims[IS_RELATED], "t") == 0, 1);
    put_int(rows, strcmp(figures->dims[IS_SECRET], "t") == 0, 1);
    for (int i = UNIT; i <= EVENT_NAME; i++)
        put_dim(rows, figures->dims[i]);
    put_text(rows, figures->direction);
    put_text(rows, figures->size_class);
}

static void
put_party(struct buf *rows, const struct party *party)
{
    put_text(rows, party->name);
    put_text(rows, party_identity(party));
    put_text(rows, party->region);
    put_text(rows, party->zone);
}

/* Columns in the order of sql_sample_copy, here and below. */
static void
put_contract(struct buf *rows, const struct sample_contract *contract,
    const struct sample_stored *stored, const char *dims)
{
    const struct contract *form = &contract->form;
    const char *const codes[] = {party_identity(&form->seller), party_identity(&form->buyer)};

    put_number(rows, 32, 2);
    put_id(rows, stored->id);
    put_id(rows, stored->agency_id);
    put_id(rows, stored->account_id);
    put_id(rows, stored->point_id);
    put_text(rows, "registered");
    put_id(rows, stored->seqs[SAMPLE_CERTIFY]);
    put_id(rows, stored->seqs[SAMPLE_SUBMIT]);
    put_text(rows, form->contract_no);
    put_text(rows, form->project_name);
    put_text(rows, form->contract_type);
    put_text(rows, form->technical_field);
    put_day(rows, form->signed_on);
    put_id(rows, form->total_amount);
    put_id(rows, form->technology_amount);
    put_text(rows, "seller");
    put_party(rows, &form->seller);
    put_party(rows, &form->buyer);
    put_texts(rows, codes, 2);
    put_bytes(rows, contract->duplicate_key, SHA256_BYTES);
    put_day(rows, stored->days[SAMPLE_SUBMIT]);
    put_day(rows, stored->days[SAMPLE_ACCEPT]);
    put_day(rows, stored->due_on);
    put_day(rows, stored->days[SAMPLE_CERTIFY]);
    put_text(rows, stored->number);
    put_text(rows, stored->rule_set);
    put_text(rows, dims);
}

/* What only some acts have: when it was accepted, the decision, what counts. */
static void
put_outcome(struct buf *rows, const struct contract *form, const struct sample_stored *stored,
    const struct figures *figures, int act)
{
    if (act == SAMPLE_SUBMIT) {
        put_null(rows);
        put_null(rows);
    } else {
        put_day(rows, stored->days[SAMPLE_ACCEPT]);
        put_day(rows, stored->due_on);
    }
    if (act == SAMPLE_CERTIFY) {
        put_day(rows, stored->days[SAMPLE_CERTIFY]);
        put_text(rows, stored->number);
        put_text(rows, "point");
        put_text(rows, stored->rule_set);
        put_figures(rows, form, figures);
        return;
    }
    put_null(rows);
    put_null(rows);
    put_text(rows, "point");
    for (int i = 0; i < 15; i++) /* rule set and figures */
        put_null(rows);
}

static void
put_release(struct buf *rows, const struct sample_contract *contract,
    const struct sample_stored *stored, const struct figures *figures, int act)
{
    static const char *const events[] = {"submit", "accept", "certify"};
    static const char *const statuses[] = {"submitted", "accepted", "registered"};
    const struct contract *form = &contract->form;
    char request[32];

    snprintf(request, sizeof(request), "sample-%" PRId64, stored->seqs[act]);
    put_number(rows, 43, 2);
    put_id(rows, stored->seqs[act]);
    put_id(rows, stored->id);
    put_text(rows, events[act]);
    put_text(rows, statuses[act]);
    put_day(rows, stored->days[act]);
    put_moment(rows, stored->seconds[act]);
    put_id(rows, act == SAMPLE_SUBMIT ? stored->account_id : stored->registrar_id);
    put_text(rows, request);
    put_id(rows, stored->seqs[SAMPLE_SUBMIT]);
    if (act == SAMPLE_SUBMIT)
        put_bytes(rows, contract->body.data, contract->body.len);
    else
        put_null(rows);
    put_bytes(rows, contract->body_sha256, SHA256_BYTES);
    if (act == SAMPLE_CERTIFY)
        put_detail(rows, form);
    else
        put_null(rows);
    put_id(rows, stored->point_id);
    put_id(rows, stored->agency_id);
    put_text(rows, form->contract_type);
    put_text(rows, form->technical_field);
    put_id(rows, form->total_amount);
    put_id(rows, form->technology_amount);
    put_text(rows, "seller");
    put_text(rows, form->seller.region);
    put_text(rows, form->seller.zone);
    put_text(rows, form->buyer.region);
    put_text(rows, form->buyer.zone);
    put_outcome(rows, form, stored, figures, act);
}

static void
put_district(struct buf *rows, const struct party *party)
{
    put_text(rows, party->region);
    put_text(rows, party->zone != NULL ? party->zone : party->region);
}

static void
put_fact(struct buf *rows, const struct contract *form, const struct sample_stored *stored,
    const struct figures *figures)
{
    put_number(rows, 33, 2);
    put_id(rows, stored->seqs[SAMPLE_CERTIFY]);
    put_id(rows, stored->id);
    put_id(rows, form->total_amount);
    put_id(rows, form->technology_amount);
    put_id(rows, stored->agency_id);
    put_id(rows, stored->point_id);
    put_day(rows, stored->days[SAMPLE_CERTIFY]);
    put_day(rows, stored->days[SAMPLE_CERTIFY]);
    put_int(rows, 1, 4); /* count */
    put_int(rows, 1, 2); /* sign */
    put_int(rows, 1, 1); /* is_new */
    put_text(rows, form->contract_type);
    put_text(rows, form->technical_field);
    put_district(rows, &form->seller); /* who registers */
    put_district(rows, &form->seller);
    put_district(rows, &form->buyer);
    put_figures(rows, form, figures);
}

static void
put_certificate(struct buf *rows, const struct sample_stored *stored)
{
    put_number(rows, 6, 2);
    put_text(rows, stored->number);
    put_id(rows, stored->id);
    put_id(rows, stored->seqs[SAMPLE_CERTIFY]);
    put_check_code(rows);
    put_day(rows, stored->days[SAMPLE_CERTIFY]);
    put_id(rows, stored->registrar_id);
}

static void
put_term(struct buf *rows, const struct contract *form, const struct sample_stored *stored)
{
    if (form->term_ends_on < stored->today)
        return;
    put_number(rows, 3, 2);
    put_id(rows, stored->id);
    put_id(rows, stored->seqs[SAMPLE_CERTIFY]);
    put_day(rows, form->term_ends_on);
}

void
sample_chunk_add(struct sample_chunk *chunk, const struct sample_contract *contract,
    const struct sample_stored *stored)
{
    struct figures figures = {0};
    struct buf dims = {0};

    if (chunk->count++ == 0)
        for (int i = 0; i < SAMPLE_TABLES; i++)
            buf_add(&chunk->tables[i], copy_head, COPY_HEAD_BYTES);
    contract_dims(&dims, &contract->form);
    put_contract(&chunk->tables[SAMPLE_CONTRACT], contract, stored, dims.data);
    cut_figures(&figures, dims.data, &contract->form, stored);
    buf_clear(&dims);
    for (int act = 0; act < SAMPLE_ACTS; act++)
        put_release(&chunk->tables[SAMPLE_RELEASE], contract, stored, &figures, act);
    put_fact(&chunk->tables[SAMPLE_FACT], &contract->form, stored, &figures);
    put_certificate(&chunk->tables[SAMPLE_CERTIFICATE], stored);
    put_term(&chunk->tables[SAMPLE_TERM], &contract->form, stored);
}

void
sample_chunk_end(struct sample_chunk *chunk)
{
    for (int i = 0; i < SAMPLE_TABLES; i++)
        put_number(&chunk->tables[i], UINT16_MAX, 2);
}

void
sample_chunk_reset(struct sample_chunk *chunk)
{
    for (int i = 0; i < SAMPLE_TABLES; i++)
        chunk->tables[i].len = 0;
    chunk->count = 0;
}

void
sample_chunk_clear(struct sample_chunk *chunk)
{
    for (int i = 0; i < SAMPLE_TABLES; i++)
        buf_clear(&chunk->tables[i]);
    chunk->count = 0;
}
