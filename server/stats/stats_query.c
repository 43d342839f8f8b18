#include "server/stats/stats.h"
#include "server/stats/stats_int.h"
#include "server/stats/stats_sql.h"

struct stats_query {
    enum { QUERY_ASK, QUERY_SUMMED } at;
    struct stats_question question;
    const char *by[DIM_COUNT];
    struct buf by_array;
    struct db_call db;
};

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
    if (question->range.has_first)
        db_set_int(db, STATISTICS_FIRST, question->range.first);
    if (question->range.has_last)
        db_set_int(db, STATISTICS_LAST, question->range.last);
    if (question->has_base && question->base.has_first)
        db_set_int(db, STATISTICS_BASE_FIRST, question->base.first);
    if (question->has_base)
        db_set_int(db, STATISTICS_BASE_LAST, question->base.last);
    db_set_text(db, STATISTICS_CONTRACT_TYPE, question->contract_type);
    db_set_text(db, STATISTICS_CONTRACT_TYPE4, question->contract_type4);
    db_set_text(db, STATISTICS_TECHNICAL_FIELD, question->technical_field);
    db_set_text(db, STATISTICS_DISTRICT, question->district);
    db_set_text(db, STATISTICS_COUNTY, question->county);
    if (question->has_agency)
        db_set_int(db, STATISTICS_AGENCY, question->agency_id);
    /* One more than may be shown tells that there are too many. */
    db_set_int(db, STATISTICS_LIMIT, STATS_ROWS_MAX + 1);
}

static enum call_next
query_answer(struct call *call, struct stats_query *self)
{
    struct stats_question *question = &self->question;
    struct stats_answer answer = {0};
    int rows_max = question->is_closed ? STATS_CLOSED_ROWS_MAX : STATS_ROWS_MAX;

    if (!stats_table_read(call->arena, question, &self->db, &answer))
        return call_fail(call, ERR_FORBIDDEN, "these figures are not open to this account");
    if (answer.now.count > rows_max || answer.base.count > rows_max)
        return call_fail(call, ERR_SYNTAX,
            "more than %d rows: ask for a shorter period or fewer dimensions", rows_max);
    if (question->is_closed) {
        /* Growth compares the days that are closed; SQL knew which. */
        if (question->has_base && answer.has_closed_day)
            question->base = stats_range_year_before(question->range, answer.closed_on);
        stats_suppress(call->arena, question, &answer.now);
        stats_suppress(call->arena, question, &answer.base);
    }
    stats_measure_link(call->arena, question, &answer);
    stats_answer_write(call, question, &answer);
    return CALL_DONE;
}

static enum call_next
stats_query_step(struct call *call, void *state)
{
    struct stats_query *self = state;

    switch (self->at) {
    case QUERY_ASK:
        if (!stats_params_read(call, &self->question))
            return call_fail(call, ERR_SYNTAX, "the question cannot be read");
        if (!stats_visibility_check(call, &self->question))
            return CALL_FAIL;
        query_to_params(call, self);
        self->at = QUERY_SUMMED;
        return call_wait_db(call, &self->db);
    case QUERY_SUMMED:
        if (call_db_failed(call, &self->db))
            return CALL_FAIL;
        return query_answer(call, self);
    }
    return CALL_FAIL;
}

static void
stats_query_clear(void *state)
{
    struct stats_query *self = state;

    buf_clear(&self->by_array);
}

static const struct method_param params[] = {
    {"by", PARAM_IN_QUERY, PARAM_TEXT,
        "comma list of year, half, quarter, month, day, district, county, contract_type, "
        "contract_type4, technical_field, agency; "
        "without: one row"},
    {"measure", PARAM_IN_QUERY, PARAM_TEXT,
        "comma list of count, total_amount, technology_amount (default: these three), "
        "technology_ratio, share, growth"},
    {"period", PARAM_IN_QUERY, PARAM_TEXT, "2022, 2022H1, 2022Q2, 2022-06, 2022-06-30, 2022M1-10"},
    {"from", PARAM_IN_QUERY, PARAM_DATE, "first day, instead of period"},
    {"to", PARAM_IN_QUERY, PARAM_DATE, "last day, instead of period"},
    {"basis", PARAM_IN_QUERY, PARAM_TEXT,
        "registered (default: area of the registering party), output (seller), absorbed (buyer), "
        "local (both)"},
    {"region", PARAM_IN_QUERY, PARAM_TEXT, "area of 2, 4 or 6 digits; default: the installation's"},
    {"scope", PARAM_IN_QUERY, PARAM_TEXT,
        "own: the contracts of the caller's agency, live; area: an agency sees it as of the last "
        "closed day"},
    {"contract_type", PARAM_IN_QUERY, PARAM_TEXT, "main type (1) or subtype (102)"},
    {"contract_type4", PARAM_IN_QUERY, PARAM_TEXT, "statistical type, K1 to K4"},
    {"technical_field", PARAM_IN_QUERY, PARAM_TEXT, "field, 01 to 11"},
    {"district", PARAM_IN_QUERY, PARAM_TEXT,
        "zone if one is declared, else county, of the party that the basis names"},
    {"county", PARAM_IN_QUERY, PARAM_TEXT, "county of the party that the basis names"},
    {"agency", PARAM_IN_QUERY, PARAM_TEXT, "id of an agency, or self"},
    {0},
};

const struct method stats_query_method = {
    .name = "statistics.query",
    .verb = "GET",
    .path = "/v1/statistics",
    .roles =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_CSV,
    .status = 200,
    .params = params,
    .summary_en = "Figures of registered contracts, live",
    .summary_zh = "统计已登记合同,实时",
    .state_size = sizeof(struct stats_query),
    .step = stats_query_step,
    .clear = stats_query_clear,
};
