#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/money.h"
#include "server/api/store.h"
#include "server/stats/stats.h"
#include "server/stats/stats_int.h"
#include "server/stats/stats_sql.h"

/* What stands behind a figure: statistics.members lists the parts of a cell,
 * statistics.restatements what was booked later than the period that it concerns. Both page by
 * (seq, sign). */

enum { MEMBERS_PAGE = 50, MEMBERS_PAGE_MAX = 1000 };

struct stats_members {
    enum { MEMBERS_ASK, MEMBERS_DATED, MEMBERS_LISTED } at;
    bool is_restatement;
    struct stats_question question;
    struct stats_filter_arrays filters;
    int64_t after;
    int64_t limit;
    bool has_cursor;
    int64_t cursor_seq;
    int64_t cursor_sign;
    struct db_call db;
};

static void
fault(struct call *call, const char *param, const char *zh, const char *en)
{
    fault_add(&call->faults, arena_printf(call->arena, "?%s", param), "query.value", NULL, zh, en);
}

/* A number of at most 18 digits; false: not given, or a fault. */
static bool
read_number(struct call *call, const char *param, int64_t min, int64_t max, int64_t *number)
{
    const char *text = call_arg(call, param);

    if (text == NULL)
        return false;
    *number = strlen(text) <= 18 && *text != '\0' && strspn(text, "0123456789") == strlen(text)
                  ? strtoll(text, NULL, 10)
                  : -1;
    if (*number >= min && *number <= max)
        return true;
    fault(call, param, arena_printf(call->arena, "须为%" PRId64 "至%" PRId64, min, max),
        arena_printf(call->arena, "must be %" PRId64 " to %" PRId64, min, max));
    return false;
}

/* "1234p" or "1234m": behind the plus or the minus of that release. */
static void
read_cursor(struct call *call, struct stats_members *self)
{
    const char *text = call_arg(call, "cursor");
    size_t digits = text == NULL ? 0 : strspn(text, "0123456789");

    if (text == NULL)
        return;
    self->has_cursor = true;
    if (digits == 0 || digits > 18 || (text[digits] != 'p' && text[digits] != 'm') ||
        text[digits + 1] != '\0') {
        fault(call, "cursor", "不是有效的游标", "take it from the page before");
        return;
    }
    self->cursor_seq = strtoll(text, NULL, 10);
    self->cursor_sign = text[digits] == 'p' ? 1 : -1;
}

static bool
read_params(struct call *call, struct stats_members *self)
{
    stats_filters_read(call, &self->question);
    self->limit = MEMBERS_PAGE;
    read_number(call, "limit", 1, MEMBERS_PAGE_MAX, &self->limit);
    if (self->is_restatement && !read_number(call, "after", 0, INT64_MAX, &self->after))
        self->after = 0;
    read_cursor(call, self);
    return call->faults.count == 0;
}

static enum call_next
members_send(struct call *call, struct stats_members *self)
{
    const struct stats_question *question = &self->question;
    struct db_call *db = &self->db;

    call_db_init(call, db, &sql_statistics_members);
    db_set_int(db, MEMBERS_ACCOUNT, call->principal.account_id);
    db_set_text(db, MEMBERS_KIND, self->is_restatement ? "restatement" : "member");
    db_set_text(db, MEMBERS_SCOPE, question->is_own ? "own" : "area");
    db_set_text(db, MEMBERS_BASIS, question->basis);
    db_set_text(db, MEMBERS_REGION, question->region);
    if (question->range.has_first)
        db_set_int(db, MEMBERS_FIRST, question->range.first);
    if (question->range.has_last)
        db_set_int(db, MEMBERS_LAST, question->range.last);
    stats_filters_set(db, MEMBERS_FILTERS, question, &self->filters);
    if (question->has_agency)
        db_set_int(db, MEMBERS_AGENCY, question->agency_id);
    if (question->has_as_of)
        db_set_int(db, MEMBERS_AS_OF, question->as_of);
    db_set_int(db, MEMBERS_AFTER, self->after);
    if (self->has_cursor) {
        db_set_int(db, MEMBERS_CURSOR_SEQ, self->cursor_seq);
        db_set_int(db, MEMBERS_CURSOR_SIGN, self->cursor_sign);
    }
    db_set_int(db, MEMBERS_LIMIT, self->limit);
    self->at = MEMBERS_LISTED;
    return call_wait_db(call, db);
}

static void
write_money(struct buf *out, const char *name, int64_t fen)
{
    char text[MONEY_TEXT_BYTES];

    buf_printf(out, ",\"%s\":\"%s\"", name, money_format(fen, text));
}

static void
write_values(struct buf *out, const struct db_call *db, int row)
{
    buf_printf(out, "\"count\":%" PRId64, db_int(db, row, MEMBER_COUNT));
    write_money(out, "total_amount", db_int(db, row, MEMBER_TOTAL));
    write_money(out, "technology_amount", db_int(db, row, MEMBER_TECHNOLOGY));
    write_money(out, "technology_received", db_int(db, row, MEMBER_RECEIVED));
    write_money(out, "technology_income", db_int(db, row, MEMBER_INCOME));
}

static void
write_item(struct buf *out, const struct db_call *db, int row, bool is_restatement)
{
    char day[DATE_TEXT_BYTES];
    char registered[DATE_TEXT_BYTES];

    date_format(db_date(db, row, MEMBER_REGISTERED_ON), registered);
    buf_printf(out,
        "{\"seq\":%" PRId64 ",\"event\":\"%s\",\"contract\":\"%" PRId64
        "\",\"registration_number\":\"%s\",\"registered_on\":\"%s\",\"booked_on\":\"%s\",",
        db_int(db, row, MEMBER_SEQ), db_text(db, row, MEMBER_EVENT),
        db_int(db, row, MEMBER_CONTRACT), db_text(db, row, MEMBER_NUMBER), registered,
        date_format(db_date(db, row, MEMBER_DAY), day));
    if (is_restatement)
        buf_printf(out, "\"period\":\"%.7s\",", registered);
    buf_printf(out, "\"is_new\":%s,\"sign\":%" PRId64 ",",
        db_bool(db, row, MEMBER_IS_NEW) ? "true" : "false", db_int(db, row, MEMBER_SIGN));
    write_values(out, db, row);
    buf_putc(out, '}');
}

static void
write_page(struct call *call, const struct stats_members *self, const char *next)
{
    struct buf *out = &call->reply.body;
    const struct db_call *db = &self->db;

    buf_printf(out, "{\"as_of_seq\":%" PRId64 ",\"coverage\":", db_int(db, 0, MEMBER_SEQ));
    stats_coverage_json(call, out, &self->question, NULL);
    if (!self->has_cursor) {
        buf_puts(out, ",\"sum\":{");
        write_values(out, db, 0);
        buf_putc(out, '}');
    }
    buf_puts(out, ",\"items\":[");
    for (int row = 1; row < db_rows(db); row++) {
        if (row > 1)
            buf_putc(out, ',');
        write_item(out, db, row, self->is_restatement);
    }
    if (next != NULL)
        buf_printf(out, "],\"next\":\"%s\"}", next);
    else
        buf_puts(out, "],\"next\":null}");
}

static enum call_next
members_answer(struct call *call, struct stats_members *self)
{
    const struct db_call *db = &self->db;
    const char *next = NULL;
    struct buf ids = {0};
    int rows = db_rows(db);

    if (rows == 0)
        return call_refuse(call, ERR_FORBIDDEN, "refused.members_closed");
    for (int row = 1; row < rows; row++)
        buf_printf(&ids, "%s%s", row > 1 ? "," : "contract ", db_text(db, row, MEMBER_CONTRACT));
    call->audit_object = rows == 1 ? NULL : arena_strdup(call->arena, ids.data);
    buf_clear(&ids);
    if (rows - 1 == self->limit) {
        next = arena_printf(call->arena, "%" PRId64 "%c", db_int(db, rows - 1, MEMBER_SEQ),
            db_int(db, rows - 1, MEMBER_SIGN) > 0 ? 'p' : 'm');
        call->reply.link_next = store_next_link(call, next);
    }
    if (call->format == FORMAT_JSON)
        write_page(call, self, next);
    else
        stats_members_sheet(call, db, self->is_restatement ? "restatements" : "members");
    return CALL_DONE;
}

/* A single contract is no figure: an agency lists its own only. */
static bool
check_visibility(struct call *call, struct stats_members *self)
{
    if (!stats_visibility_check(call, &self->question))
        return false;
    if (!self->question.is_closed)
        return true;
    call_refuse(call, ERR_FORBIDDEN, "refused.members_own");
    return false;
}

static enum call_next
members_ask(struct call *call, struct stats_members *self)
{
    bool is_read = read_params(call, self);

    if (is_read && !check_visibility(call, self))
        return CALL_FAIL;
    if (!is_read && !self->question.has_as_of)
        return call_fail_params(call);
    if (!self->question.has_as_of)
        return members_send(call, self);
    call_db_init(call, &self->db, &sql_statistics_as_of);
    db_set_int(&self->db, 0, call->principal.account_id);
    db_set_int(&self->db, 1, self->question.as_of);
    self->at = MEMBERS_DATED;
    return call_wait_db(call, &self->db);
}

static enum call_next
members_dated(struct call *call, struct stats_members *self)
{
    if (db_rows(&self->db) == 0)
        return call_refuse(call, ERR_FORBIDDEN, "refused.members_closed");
    if (!stats_params_date(call, &self->question, db_int(&self->db, 0, 0), self->question.today))
        return call_fail_params(call);
    db_call_clear(&self->db);
    return members_send(call, self);
}

static enum call_next
members_step(struct call *call, void *state)
{
    struct stats_members *self = state;

    switch (self->at) {
    case MEMBERS_ASK:
        self->is_restatement = call->method == &stats_restatements_method;
        return members_ask(call, self);
    case MEMBERS_DATED:
        return call_db_failed(call, &self->db) ? CALL_FAIL : members_dated(call, self);
    case MEMBERS_LISTED:
        return call_db_failed(call, &self->db) ? CALL_FAIL : members_answer(call, self);
    }
    return CALL_FAIL;
}

static void
members_clear(void *state)
{
    struct stats_members *self = state;

    stats_filters_clear(&self->filters);
}

static const struct method_param members_params[] = {
    {"period", PARAM_IN_QUERY, PARAM_TEXT, "2022, 2022H1, 2022Q2, 2022-06, 2022-06-30, 2022M1-10"},
    {"from", PARAM_IN_QUERY, PARAM_DATE, "first day, instead of period"},
    {"to", PARAM_IN_QUERY, PARAM_DATE, "last day, instead of period"},
    {"basis", PARAM_IN_QUERY, PARAM_TEXT, "registered (default), output, absorbed, local"},
    {"region", PARAM_IN_QUERY, PARAM_TEXT, "area of 2, 4 or 6 digits; default: the installation's"},
    {"scope", PARAM_IN_QUERY, PARAM_TEXT, "own or area; an agency lists its own contracts only"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT, "sequence number: the parts as of that release"},
    STATS_FILTER_PARAMS,
    {"limit", PARAM_IN_QUERY, PARAM_INT, "parts a page, at most 1000"},
    {"cursor", PARAM_IN_QUERY, PARAM_TEXT, "next of the page before"},
    {"bom", PARAM_IN_QUERY, PARAM_BOOL, "true: CSV begins with a byte order mark"},
    {0},
};

static const struct method_param restatement_params[] = {
    {"period", PARAM_IN_QUERY, PARAM_TEXT,
        "the period concerned: what was booked after it for contracts registered in it; without: "
        "booked in a later month than the registration"},
    {"from", PARAM_IN_QUERY, PARAM_DATE, "first day of the period concerned"},
    {"to", PARAM_IN_QUERY, PARAM_DATE, "last day of the period concerned"},
    {"after", PARAM_IN_QUERY, PARAM_INT, "only what came after this release"},
    {"basis", PARAM_IN_QUERY, PARAM_TEXT, "registered (default), output, absorbed, local"},
    {"region", PARAM_IN_QUERY, PARAM_TEXT, "area of 2, 4 or 6 digits; default: the installation's"},
    {"scope", PARAM_IN_QUERY, PARAM_TEXT, "own or area; an agency lists its own contracts only"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT, "sequence number: up to that release"},
    STATS_FILTER_PARAMS,
    {"limit", PARAM_IN_QUERY, PARAM_INT, "acts a page, at most 1000"},
    {"cursor", PARAM_IN_QUERY, PARAM_TEXT, "next of the page before"},
    {"bom", PARAM_IN_QUERY, PARAM_BOOL, "true: CSV begins with a byte order mark"},
    {0},
};

const struct method stats_members_method = {
    .name = "statistics.members",
    .verb = "GET",
    .path = "/v1/statistics/members",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD | METHOD_ALL_FAULTS,
    .formats = FORMAT(JSON) | FORMAT(CSV) | FORMAT(XLSX),
    .status = 200,
    .params = members_params,
    .summary_en = "The contracts and signed deltas behind a figure; they add up to it",
    .summary_zh = "数字背后的合同与增减明细,合计即为该数字",
    .state_size = sizeof(struct stats_members),
    .step = members_step,
    .clear = members_clear,
};

const struct method stats_restatements_method = {
    .name = "statistics.restatements",
    .verb = "GET",
    .path = "/v1/statistics/restatements",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD | METHOD_ALL_FAULTS,
    .formats = FORMAT(JSON) | FORMAT(CSV) | FORMAT(XLSX),
    .status = 200,
    .params = restatement_params,
    .summary_en = "What was booked later than the period it concerns, with its cause",
    .summary_zh = "追溯调整:晚于所属期间入账的变动及其原因",
    .state_size = sizeof(struct stats_members),
    .step = members_step,
    .clear = members_clear,
};
