#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"
#include "server/shown/shown_job.h"
#include "server/stats/stats.h"
#include "server/stats/stats_int.h"
#include "server/stats/stats_sql.h"

enum { SHOWS_MAX = 5 };

struct stats_query {
    enum { QUERY_ASK, QUERY_DATED, QUERY_SUMMED, QUERY_PARTS, QUERY_SHOWN } at;
    struct stats_question question;
    const char *by[DIM_COUNT];
    struct buf by_array;
    struct stats_filter_arrays filters;
    const char *shows[SHOWS_MAX];
    struct buf shows_array;
    struct stats_answer answer;
    struct buf shown; /* to an agency, see stats_shown.h */
    struct stats_kept kept;
    struct db_call db;
    struct helper_job job; /* finds what is shown */
    struct buf parts;
    struct job_part part;
    uint8_t same[SHA256_BYTES];
};

void
stats_filters_set(struct db_call *db, int first_param, const struct stats_question *question,
    struct stats_filter_arrays *arrays)
{
    for (int i = 0; i < question->filter_count; i++) {
        arrays->names[i] = stats_dim_name(question->filters[i].dim);
        arrays->values[i] = question->filters[i].value;
    }
    db_set_text_array(db, first_param, &arrays->names_array, arrays->names, question->filter_count);
    db_set_text_array(
        db, first_param + 1, &arrays->values_array, arrays->values, question->filter_count);
}

void
stats_filters_clear(struct stats_filter_arrays *arrays)
{
    buf_clear(&arrays->names_array);
    buf_clear(&arrays->values_array);
}

/* What SQL must bring beside the net sums. */
static void
set_shows(struct stats_query *self)
{
    static const struct {
        const char *show;
        unsigned measures;
    } shows[SHOWS_MAX] = {
        {"new", MEASURE_VALUES << MEASURE_NEW_COUNT | MEASURE_VALUES << MEASURE_ADJUSTMENT_COUNT},
        {"money", MEASURE_BIT(MEASURE_RECEIVED) | MEASURE_BIT(MEASURE_INCOME)},
        {"whole", MEASURE_BIT(MEASURE_SHARE) | MEASURE_BIT(MEASURE_RANK)},
        {"reference", MEASURE_BIT(MEASURE_TARGET) | MEASURE_BIT(MEASURE_GDP)},
        {"external", MEASURE_IMPORTED},
    };
    int count = 0;

    for (int i = 0; i < SHOWS_MAX; i++)
        if (self->question.measures & shows[i].measures)
            self->shows[count++] = shows[i].show;
    db_set_text_array(&self->db, STATISTICS_SHOWS, &self->shows_array, self->shows, count);
}

static void
set_range(struct db_call *db, int first_param, struct stats_range range)
{
    if (range.has_first)
        db_set_int(db, first_param, range.first);
    if (range.has_last)
        db_set_int(db, first_param + 1, range.last);
}

static void
query_to_params(struct call *call, struct stats_query *self)
{
    const struct stats_question *question = &self->question;
    struct db_call *db = &self->db;

    call_db_init(call, db, &sql_statistics);
    for (int i = 0; i < question->by_count; i++)
        self->by[i] = stats_dim_name(question->by[i]);
    db_set_int(db, STATISTICS_ACCOUNT, call->principal.account_id);
    db_set_text(db, STATISTICS_SCOPE, question->is_own ? "own" : "area");
    db_set_text(db, STATISTICS_BASIS, question->basis);
    db_set_text(db, STATISTICS_REGION, question->region);
    db_set_text_array(db, STATISTICS_BY, &self->by_array, self->by, question->by_count);
    set_range(db, STATISTICS_FIRST, question->range);
    if (question->has_base)
        set_range(db, STATISTICS_BASE_FIRST, question->base);
    if (question->has_prev)
        set_range(db, STATISTICS_PREV_FIRST, question->prev);
    stats_filters_set(db, STATISTICS_FILTERS, question, &self->filters);
    if (question->has_agency)
        db_set_int(db, STATISTICS_AGENCY, question->agency_id);
    if (question->has_as_of)
        db_set_int(db, STATISTICS_AS_OF, question->as_of);
    set_shows(self);
    /* One more than may be shown tells that there are too many. */
    db_set_int(db, STATISTICS_LIMIT, STATS_ROWS_MAX + 1);
    /* The largest of what an agency sees are known only when the rest is hidden. */
    if (question->top == 0 || question->is_closed)
        return;
    db_set_text(db, STATISTICS_TOP, question->sort);
    db_set_int(db, STATISTICS_TOP_ROWS, question->top);
}

static enum call_next
query_write(struct call *call, struct stats_query *self)
{
    stats_measure_link(call->arena, &self->question, &self->answer);
    stats_answer_write(call, &self->question, &self->answer);
    stats_cache_keep(call, &self->kept);
    return CALL_DONE;
}

static enum call_next
query_hide(struct call *call, struct stats_query *self, const struct buf *shown)
{
    stats_closed_hide(call->arena, &self->question, &self->answer, shown);
    return query_write(call, self);
}

/* What an agency may see of the rows follows from every table that it could ask for, and is found
 * by the helper process. Other bases would tell by subtraction who is on one side only: of them it
 * sees the counts. */
static enum call_next
query_ask_parts(struct call *call, struct stats_query *self)
{
    struct stats_question *question = &self->question;
    struct db_call *db = &self->db;
    const struct buf *shown;

    /* Growth compares the days that are closed; SQL knew which. */
    if (self->answer.has_closed_day) {
        question->today = self->answer.closed_on;
        stats_params_compare(question);
    }
    if (!question->is_default_basis)
        return query_hide(call, self, &self->shown);
    shown = stats_cache_find_shown(call, &self->answer);
    if (shown != NULL)
        return query_hide(call, self, shown);
    db_call_clear(db);
    call_db_init(call, db, &sql_statistics_parts);
    db_set_int(db, PARTS_ACCOUNT, call->principal.account_id);
    if (question->has_as_of)
        db_set_int(db, PARTS_AS_OF, question->as_of);
    db_set_int(db, PARTS_LIMIT, STATS_PARTS_MAX);
    self->at = QUERY_PARTS;
    return call_wait_db(call, db);
}

/* An answer is held as a whole, so it is never without bound. */
static enum call_next
refuse_size(struct call *call)
{
    call_fault_more(call, "?by", "query.too_many",
        arena_printf(call->arena, "超过%d行", STATS_ROWS_MAX),
        arena_printf(call->arena, "more than %d rows", STATS_ROWS_MAX));
    return call_fail_params(call);
}

static enum call_next
query_parts(struct call *call, struct stats_query *self)
{
    const struct buf *shown = stats_cache_find_shown(call, &self->answer);

    if (shown != NULL) /* for another question of the agency, meanwhile */
        return query_hide(call, self, shown);
    call_job_init(call, &self->job, JOB_SHOWN);
    buf_puts(&self->job.json, "{}");
    stats_closed_ask(&self->db, self->answer.closed_on, &self->parts);
    db_call_clear(&self->db);
    self->part = (struct job_part){self->parts.data, self->parts.len};
    self->job.parts = &self->part;
    self->job.part_count = 1;
    stats_cache_shown_key(call, &self->answer, self->same);
    self->job.same = self->same;
    self->at = QUERY_SHOWN;
    return call_wait_paper(call, &self->job);
}

static enum call_next
query_shown(struct call *call, struct stats_query *self)
{
    if (!shown_job_read(&self->job.made, &self->shown)) {
        log_error(
            "stats", "shown_unreadable", "req=%s bytes=%zu", call->request_id, self->job.made.len);
        return call_refuse(call, ERR_INTERNAL, "refused.figures_failed");
    }
    stats_cache_keep_shown(call, &self->answer, &self->shown);
    return query_hide(call, self, &self->shown);
}

static enum call_next
query_answer(struct call *call, struct stats_query *self)
{
    struct stats_answer *answer = &self->answer;

    if (!stats_table_read(call->arena, &self->question, &self->db, answer))
        return call_refuse(call, ERR_FORBIDDEN, "refused.figures_closed");
    if (stats_table_is_too_large(answer))
        return refuse_size(call);
    return self->question.is_closed ? query_ask_parts(call, self) : query_write(call, self);
}

static enum call_next
query_send(struct call *call, struct stats_query *self)
{
    stats_params_compare(&self->question);
    query_to_params(call, self);
    self->at = QUERY_SUMMED;
    return call_wait_db(call, &self->db);
}

static enum call_next
query_dated(struct call *call, struct stats_query *self)
{
    const struct db_call *db = &self->db;
    /* An agency is answered as of the closed day, and growth compares up to that. */
    int column = self->question.is_closed ? 2 : 1;
    int32_t day;

    if (db_rows(db) == 0)
        return call_refuse(call, ERR_FORBIDDEN, "refused.figures_closed");
    day = db_is_null(db, 0, column) ? clock_today() : db_date(db, 0, column);
    if (!stats_params_date(call, &self->question, db_int(db, 0, 0), day))
        return call_fail_params(call);
    db_call_clear(&self->db);
    return query_send(call, self);
}

/* as_of is asked for also when other parameters are faulty: every fault is told at once. */
static enum call_next
query_ask(struct call *call, struct stats_query *self)
{
    bool is_read = stats_params_read(call, &self->question);

    if (is_read && !stats_visibility_check(call, &self->question))
        return CALL_FAIL;
    if (is_read && stats_cache_find(call, &self->question, &self->kept))
        return CALL_DONE;
    if (self->question.has_as_of) {
        call_db_init(call, &self->db, &sql_statistics_as_of);
        db_set_int(&self->db, 0, call->principal.account_id);
        db_set_int(&self->db, 1, self->question.as_of);
        self->at = QUERY_DATED;
        return call_wait_db(call, &self->db);
    }
    return is_read ? query_send(call, self) : call_fail_params(call);
}

static enum call_next
stats_query_step(struct call *call, void *state)
{
    struct stats_query *self = state;

    switch (self->at) {
    case QUERY_ASK:
        return query_ask(call, self);
    case QUERY_DATED:
        return call_db_failed(call, &self->db) ? CALL_FAIL : query_dated(call, self);
    case QUERY_SUMMED:
        return call_db_failed(call, &self->db) ? CALL_FAIL : query_answer(call, self);
    case QUERY_PARTS:
        return call_db_failed(call, &self->db) ? CALL_FAIL : query_parts(call, self);
    case QUERY_SHOWN:
        return call_paper_failed(call, &self->job) ? CALL_FAIL : query_shown(call, self);
    }
    return CALL_FAIL;
}

static void
stats_query_clear(void *state)
{
    struct stats_query *self = state;

    buf_clear(&self->by_array);
    buf_clear(&self->shows_array);
    buf_clear(&self->shown);
    buf_clear(&self->parts);
    stats_filters_clear(&self->filters);
}

static const struct method_param params[] = {
    {"by", PARAM_IN_QUERY, PARAM_TEXT,
        "comma list of year, half, quarter, month, day, district, county, region, contract_type, "
        "contract_type4, subtype, technical_field, ip_type, seller_type, seller_group, buyer_type, "
        "buyer_group, industry, plan_source, agency, unit, broker, event, registration_point, "
        "direction, size_class, is_related, seller_district, buyer_district, seller_region, "
        "buyer_region, seller, buyer; without: one row"},
    {"measure", PARAM_IN_QUERY, PARAM_TEXT,
        "comma list of count, total_amount, technology_amount (default: these three), "
        "technology_received, technology_income, technology_ratio, average_amount, share, growth "
        "(against the same days of last year), growth_prev (against the period before), rank, "
        "target_completion, gdp_share; before the first three new_, adjustment_, external_ (what "
        "was imported beside the record) or covered_ (the record and what was imported); new, "
        "adjustment, net, external, covered stand for three each"},
    {"period", PARAM_IN_QUERY, PARAM_TEXT, "2022, 2022H1, 2022Q2, 2022-06, 2022-06-30, 2022M1-10"},
    {"from", PARAM_IN_QUERY, PARAM_DATE, "first day, instead of period"},
    {"to", PARAM_IN_QUERY, PARAM_DATE, "last day, instead of period"},
    {"basis", PARAM_IN_QUERY, PARAM_TEXT,
        "registered (default: area of the registering party), output (seller), absorbed (buyer), "
        "local (both); an agency sees amounts of the area on registered only"},
    {"region", PARAM_IN_QUERY, PARAM_TEXT, "area of 2, 4 or 6 digits; default: the installation's"},
    {"scope", PARAM_IN_QUERY, PARAM_TEXT,
        "own: the contracts of the caller's agency, live; area: an agency sees it as of the last "
        "closed day, and of its amounts what tells of nobody else"},
    {"as_of", PARAM_IN_QUERY, PARAM_INT,
        "sequence number: the figures as they stood after that release; the same answer for ever"},
    {"top", PARAM_IN_QUERY, PARAM_INT, "only so many rows, those with the largest values; to 1000"},
    {"sort", PARAM_IN_QUERY, PARAM_TEXT,
        "what top looks at: count, total_amount (default), technology_amount"},
    {"bom", PARAM_IN_QUERY, PARAM_BOOL, "true: CSV begins with a byte order mark"},
    STATS_FILTER_PARAMS,
    {0},
};

const struct method stats_query_method = {
    .name = "statistics.query",
    .verb = "GET",
    .path = "/v1/statistics",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_ALL_FAULTS,
    .formats = FORMAT(JSON) | FORMAT(CSV) | FORMAT(XLSX),
    .status = 200,
    .params = params,
    .summary_en = "Figures of registered contracts, live",
    .summary_zh = "统计已登记合同,实时",
    .state_size = sizeof(struct stats_query),
    .step = stats_query_step,
    .clear = stats_query_clear,
};
