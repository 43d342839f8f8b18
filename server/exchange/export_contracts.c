#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/api/call_stream.h"
#include "server/exchange/export_int.h"

/* Contracts as a file. Over HTTP the rows flow: the next page is on its way from the database while
 * one is written, and nothing more is in memory however many there are. Over JSON-RPC a page of
 * objects with a cursor.
 */

enum {
    SCAN_ROWS = 4000,     /* contracts that a page looks at */
    SCAN_ROWS_MAX = 8000, /* when few of them are let through */
    RPC_SCAN_ROWS = 500,
    PIECE_BYTES = 32 * 1024,
    FILTER_TEXT_MAX = 200,
    SHEET_NAME_BYTES = 32
};

static const struct method_param params[] = {
    {"status", PARAM_IN_QUERY, PARAM_TEXT, "state, see the list contract_status; default: any"},
    {"contract_type", PARAM_IN_QUERY, PARAM_TEXT, "main type (1) or subtype (102)"},
    {"technical_field", PARAM_IN_QUERY, PARAM_TEXT, "field, 01 to 11"},
    {"district", PARAM_IN_QUERY, PARAM_TEXT, "zone, else county of the registering party"},
    {"registered_from", PARAM_IN_QUERY, PARAM_DATE, "registered on this day or later"},
    {"registered_to", PARAM_IN_QUERY, PARAM_DATE, "registered on this day or earlier"},
    {"signed_from", PARAM_IN_QUERY, PARAM_DATE, "signed on this day or later"},
    {"signed_to", PARAM_IN_QUERY, PARAM_DATE, "signed on this day or earlier"},
    {"layout", PARAM_IN_QUERY, PARAM_TEXT, "register (default: every column) or short"},
    {"bom", PARAM_IN_QUERY, PARAM_BOOL, "true: CSV begins with a byte order mark"},
    {"cursor", PARAM_IN_QUERY, PARAM_TEXT, "JSON-RPC: next of the page before"},
    {0},
};
enum { FILTERS = EXPORT_SIGNED_TO - EXPORT_STATUS + 1 }; /* the first rows of params */

struct export
{
    enum {
        EXPORT_START,
        EXPORT_OPENED, /* the release that bounds it is known */
        EXPORT_FLOWS
    } at;
    const struct export_layout *layout;
    enum table_form form;
    char sheet[SHEET_NAME_BYTES];
    struct table *table;
    struct buf out;
    int64_t as_of;
    int64_t after; /* the next page begins behind this id */
    int64_t scan;
    int64_t written; /* rows */
    struct db_call open;
    struct db_call pages[2]; /* one is written while the other one comes */
    int writing;
    int row;       /* of the page that is written; its first one is the head */
    bool is_read;  /* that page is there */
    bool is_full;  /* the wire takes no more for now */
    bool is_ended; /* no page follows the one that is written */
    bool failed;   /* call->err says why; over when nothing is on its way any more */
};

static void
bad_param(struct call *call, const char *name, const char *zh, const char *en)
{
    fault_add(&call->faults, arena_printf(call->arena, "?%s", name), "query.value", NULL, zh, en);
}

static void
judge_code(struct call *call, const char *name, const char *list)
{
    const char *value = call_arg(call, name);

    if (value != NULL && api_codes(call->api) != NULL &&
        codes_find(api_codes(call->api), list, value, clock_today()) == NULL)
        bad_param(call, name, "不是有效代码",
            arena_printf(call->arena, "not a code of the list %s", list));
}

static void
judge_filters(struct call *call)
{
    int32_t day, from, to;

    for (int i = 0; i < FILTERS; i++) {
        const char *value = call_arg(call, params[i].name);

        if (value == NULL)
            continue;
        if (params[i].type == PARAM_DATE && !date_parse(value, &day))
            bad_param(call, params[i].name, "须为日期 YYYY-MM-DD", "must be a day, YYYY-MM-DD");
        else if (*value == '\0' || strlen(value) > FILTER_TEXT_MAX)
            bad_param(call, params[i].name, "长度不符", "must have 1 to 200 bytes");
        if (strstr(params[i].name, "_from") == NULL || i + 1 == FILTERS ||
            !date_parse(value, &from) || call_arg(call, params[i + 1].name) == NULL ||
            !date_parse(call_arg(call, params[i + 1].name), &to) || from <= to)
            continue;
        bad_param(call, params[i].name, "起始日期晚于截止日期", "later than the last day");
    }
    judge_code(call, "status", "contract_status");
    judge_code(call, "contract_type", "contract_type");
    judge_code(call, "technical_field", "tech_field");
}

/* "ASOF-ID" of the page before. */
static void
read_cursor(struct call *call, struct export *self)
{
    const char *cursor = call_arg(call, "cursor");
    char *end;

    if (cursor == NULL)
        return;
    self->as_of = strtoll(cursor, &end, 10);
    if (*end == '-' && end[1] >= '0' && end[1] <= '9')
        self->after = strtoll(end + 1, &end, 10);
    if (call->streams || *cursor < '0' || *cursor > '9' || *end != '\0' || strlen(cursor) > 38)
        bad_param(
            call, "cursor", "不是有效的游标", "of JSON-RPC only: take it from the page before");
}

static enum call_next
start(struct call *call, struct export *self)
{
    const char *bom = call_arg(call, "bom");

    self->layout = export_layout_find(call_arg(call, "layout"));
    if (self->layout == NULL)
        bad_param(call, "layout", "须为 register 或 short", "must be register or short");
    if (bom != NULL && strcmp(bom, "true") != 0 && strcmp(bom, "false") != 0)
        bad_param(call, "bom", "须为 true 或 false", "must be true or false");
    judge_filters(call);
    read_cursor(call, self);
    if (call->faults.count > 0)
        return call_fail_params(call);
    self->form = call->format == FORMAT_XLSX                       ? TABLE_XLSX
                 : call->format == FORMAT_NDJSON || !call->streams ? TABLE_NDJSON
                 : bom != NULL && strcmp(bom, "true") == 0         ? TABLE_CSV_BOM
                                                                   : TABLE_CSV;
    self->scan = call->streams ? SCAN_ROWS : RPC_SCAN_ROWS;
    call_db_init(call, &self->open, &sql_export_open);
    db_set_int(&self->open, 0, call->principal.account_id);
    db_set_text(&self->open, 1, call->method->name);
    self->at = EXPORT_OPENED;
    return call_wait_db(call, &self->open);
}

/* Ask for the page behind self->after. */
static void
ask(struct call *call, struct export *self, struct db_call *db)
{
    int32_t day;

    call_db_init(call, db, &sql_export_contracts);
    db_set_int(db, EXPORT_ACCOUNT, call->principal.account_id);
    db_set_text(db, EXPORT_METHOD, call->method->name);
    db_set_int(db, EXPORT_AS_OF, self->as_of);
    db_set_int(db, EXPORT_AFTER, self->after);
    db_set_int(db, EXPORT_SCAN, self->scan);
    for (int i = 0; i < FILTERS; i++) {
        const char *value = call_arg(call, params[i].name);

        if (value != NULL && params[i].type == PARAM_DATE && date_parse(value, &day))
            db_set_int(db, EXPORT_STATUS + i, day);
        else if (value != NULL)
            db_set_text(db, EXPORT_STATUS + i, value);
    }
    call_wait_db(call, db);
}

static const char *
audit_object(struct call *call, const struct export *self)
{
    return arena_printf(call->arena, "contracts as of %lld, layout %s", (long long)self->as_of,
        export_layout_name(self->layout));
}

static void
begin(struct call *call, struct export *self)
{
    struct call_reply *reply = &call->reply;

    reply->content_type = table_media_type(self->form);
    reply->length = -1;
    reply->has_as_of = true;
    reply->as_of_seq = self->as_of;
    reply->disposition =
        arena_printf(call->arena, "attachment; filename=\"contracts-as-of-%lld.%s\"",
            (long long)self->as_of, table_suffix(self->form));
    call_reply_begin(call);
}

static enum call_next
opened(struct call *call, struct export *self)
{
    const struct table_column *columns;
    int count;

    if (call_db_failed(call, &self->open))
        return CALL_FAIL;
    if (db_rows(&self->open) == 0)
        return call_refuse(call, ERR_FORBIDDEN, "refused.forbidden");
    if (call_arg(call, "cursor") == NULL)
        self->as_of = db_int(&self->open, 0, 0);
    call->audit_object = audit_object(call, self);
    if (call->streams)
        begin(call, self);
    if (call->head_only)
        return CALL_DONE;
    columns = export_layout_columns(self->layout, &count);
    snprintf(self->sheet, sizeof(self->sheet), "as_of_seq %lld", (long long)self->as_of);
    self->table = table_new(self->form, columns, count, self->sheet, &self->out);
    self->at = EXPORT_FLOWS;
    ask(call, self, &self->pages[1 - self->writing]);
    return CALL_WAIT;
}

/* The page that was on its way is there: ask for the next one at once. */
static void
take_page(struct call *call, struct export *self)
{
    struct db_call *page;
    int rows;

    self->is_read = false;
    if (self->is_ended)
        return;
    if (self->pages[self->writing].stmt != NULL)
        db_call_clear(&self->pages[self->writing]);
    self->writing = 1 - self->writing;
    page = &self->pages[self->writing];
    if (call_db_failed(call, page)) {
        self->failed = true;
        return;
    }
    rows = db_rows(page);
    self->is_read = true;
    self->row = 1;
    if (rows == 0 || db_is_null(page, 0, ROW_LAST_ID)) {
        self->is_ended = true;
        self->is_read = rows > 1;
        return;
    }
    self->after = db_int(page, 0, ROW_LAST_ID);
    if (call->streams) {
        self->scan = rows - 1 > SCAN_ROWS / 4     ? SCAN_ROWS
                     : self->scan < SCAN_ROWS_MAX ? self->scan * 2
                                                  : SCAN_ROWS_MAX;
        ask(call, self, &self->pages[1 - self->writing]);
    }
}

/* Rows of the page at hand until a piece is full. */
static void
write_rows(struct call *call, struct export *self)
{
    const struct codes *codes = api_codes(call->api);
    const struct db_call *page = &self->pages[self->writing];
    int32_t today = clock_today();
    int rows = db_rows(page);

    for (; self->row < rows && self->out.len < PIECE_BYTES; self->row++, self->written++)
        export_layout_write(self->layout, self->table, codes, today, page, self->row);
    self->is_read = self->row < rows;
    if (!table_fits(self->table)) {
        call_refuse(call, ERR_TOO_LARGE, "refused.workbook_rows");
        self->failed = true;
    }
}

/* Hands over what is written so far. */
static void
send(struct call *call, struct export *self)
{
    enum call_next next = call_reply_write(call, self->out.data, self->out.len);

    self->out.len = 0;
    self->is_full = next == CALL_WAIT;
    if (next == CALL_FAIL) {
        call_fail(call, ERR_SYNTAX, "the peer did not take the whole file");
        self->failed = true;
    }
}

/* How many rows were read is known only now: one more row of the audit. */
static enum call_next
end(struct call *call, struct export *self, enum call_next next)
{
    call->audit_object = arena_printf(call->arena, "%s: %lld rows%s", audit_object(call, self),
        (long long)self->written, next == CALL_FAIL ? ", not to the end" : "");
    call_reply_audit(call);
    return next;
}

static enum call_next
flow(struct call *call, struct export *self)
{
    if (self->is_full) /* waiting for room, but a page may have come meanwhile */
        send(call, self);
    while (!self->failed && !self->is_full) {
        if (self->is_read)
            write_rows(call, self);
        else if (self->is_ended)
            break;
        else if (db_is_pending(&self->pages[1 - self->writing]))
            return CALL_WAIT;
        else
            take_page(call, self);
        if (self->out.len >= PIECE_BYTES && !self->failed)
            send(call, self);
    }
    if (self->failed)
        return db_is_pending(&self->pages[1 - self->writing]) ? CALL_WAIT
                                                              : end(call, self, CALL_FAIL);
    if (self->is_full)
        return CALL_WAIT;
    table_end(self->table);
    send(call, self);
    return end(call, self, self->failed ? CALL_FAIL : CALL_DONE);
}

/* JSON-RPC: the rows that one page lets through, and where the next one begins. */
static enum call_next
answer(struct call *call, struct export *self)
{
    struct buf *out = &call->reply.body;

    take_page(call, self);
    if (self->failed)
        return CALL_FAIL;
    while (self->is_read) {
        write_rows(call, self);
        for (size_t i = 0; i < self->out.len; i++)
            if (self->out.data[i] == '\n') /* between two objects; inside it is escaped */
                self->out.data[i] = ',';
        if (out->len == 0)
            buf_printf(out, "{\"as_of_seq\":%lld,\"items\":[", (long long)self->as_of);
        buf_add(out, self->out.data, self->out.len);
        self->out.len = 0;
    }
    if (out->len == 0)
        buf_printf(out, "{\"as_of_seq\":%lld,\"items\":[", (long long)self->as_of);
    else if (out->data[out->len - 1] == ',')
        out->len--;
    if (self->is_ended)
        buf_puts(out, "],\"next\":null}");
    else
        buf_printf(
            out, "],\"next\":\"%lld-%lld\"}", (long long)self->as_of, (long long)self->after);
    call->audit_object = arena_printf(call->arena, "%s: %lld rows after contract %s",
        audit_object(call, self), (long long)self->written,
        call_arg(call, "cursor") == NULL ? "0" : strchr(call_arg(call, "cursor"), '-') + 1);
    return CALL_DONE;
}

static enum call_next
export_step(struct call *call, void *state)
{
    struct export *self = state;

    switch (self->at) {
    case EXPORT_START:
        return start(call, self);
    case EXPORT_OPENED:
        return opened(call, self);
    case EXPORT_FLOWS:
        return call->streams ? flow(call, self) : answer(call, self);
    }
    return CALL_FAIL;
}

static void
export_clear(void *state)
{
    struct export *self = state;

    table_free(self->table);
    buf_clear(&self->out);
}

const struct method export_contracts_method = {
    .name = "exchange.export",
    .verb = "GET",
    .path = "/v1/exports/contracts",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD | METHOD_STREAM_OUT,
    .formats = FORMAT(CSV) | FORMAT(XLSX) | FORMAT(NDJSON),
    .status = 200,
    .params = params,
    .summary_en = "All contracts that the caller may see, as of the release X-As-Of-Seq, as CSV, "
                  "XLSX or NDJSON by Accept. A CSV text that begins like a formula (= + - @) has "
                  "an apostrophe in front. On the RPC wire: pages of objects",
    .summary_zh =
        "导出可见的全部合同,以 X-As-Of-Seq 所示版本为准;按 Accept 为 CSV、XLSX 或 NDJSON。"
        "CSV 中以 = + - @ 开头的文本前加单引号。RPC 连接分页返回",
    .state_size = sizeof(struct export),
    .step = export_step,
    .clear = export_clear,
};
