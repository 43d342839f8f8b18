#include "server/stats/stats_sql.h"

const struct db_stmt sql_statistics = {
    .name = "statistics",
    .sql = "select part, keys, names, count, total_amount, technology_amount, technology_received, "
           "technology_income, new_count, new_total_amount, new_technology_amount, "
           "external_count, external_total_amount, external_technology_amount, "
           "whole_count, whole_total_amount, whole_technology_amount, rank_count, "
           "rank_total_amount, rank_technology_amount, target, gdp, as_of_seq, closed_on, coverage "
           "from tcr.statistics($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
           "$16, $17, $18, $19)",
    .kind = DB_REPORT,
    .param_count = STATISTICS_PARAMS,
    .params =
        {
            [STATISTICS_ACCOUNT] = DB_INT8,
            [STATISTICS_SCOPE] = DB_TEXT,
            [STATISTICS_BASIS] = DB_TEXT,
            [STATISTICS_REGION] = DB_TEXT,
            [STATISTICS_BY] = DB_TEXT_ARRAY,
            [STATISTICS_FIRST] = DB_DATE,
            [STATISTICS_LAST] = DB_DATE,
            [STATISTICS_BASE_FIRST] = DB_DATE,
            [STATISTICS_BASE_LAST] = DB_DATE,
            [STATISTICS_PREV_FIRST] = DB_DATE,
            [STATISTICS_PREV_LAST] = DB_DATE,
            [STATISTICS_FILTERS] = DB_TEXT_ARRAY,
            [STATISTICS_FILTER_VALUES] = DB_TEXT_ARRAY,
            [STATISTICS_AGENCY] = DB_INT8,
            [STATISTICS_AS_OF] = DB_INT8,
            [STATISTICS_SHOWS] = DB_TEXT_ARRAY,
            [STATISTICS_TOP] = DB_TEXT,
            [STATISTICS_LIMIT] = DB_INT8,
            [STATISTICS_TOP_ROWS] = DB_INT8,
        },
};

const struct db_stmt sql_statistics_as_of = {
    .name = "statistics_as_of",
    .sql = "select last_seq, day, closed_on from tcr.statistics_as_of($1, $2)",
    .kind = DB_REPORT,
    .param_count = 2,
    .params = {DB_INT8, DB_INT8},
};

const struct db_stmt sql_statistics_members = {
    .name = "statistics_members",
    .sql = "select part, seq, sign, day, event, contract_id, registration_number, registered_on, "
           "is_new, count, total_amount, technology_amount, technology_received, technology_income "
           "from tcr.statistics_members($1, $2, $3, $4, $5, coalesce($6, '-infinity'), "
           "coalesce($7, 'infinity'), $8, $9, $10, $11, $12, $13, $14, $15)",
    .kind = DB_REPORT,
    .param_count = MEMBERS_PARAMS,
    .params =
        {
            [MEMBERS_ACCOUNT] = DB_INT8,
            [MEMBERS_KIND] = DB_TEXT,
            [MEMBERS_SCOPE] = DB_TEXT,
            [MEMBERS_BASIS] = DB_TEXT,
            [MEMBERS_REGION] = DB_TEXT,
            [MEMBERS_FIRST] = DB_DATE,
            [MEMBERS_LAST] = DB_DATE,
            [MEMBERS_FILTERS] = DB_TEXT_ARRAY,
            [MEMBERS_FILTER_VALUES] = DB_TEXT_ARRAY,
            [MEMBERS_AGENCY] = DB_INT8,
            [MEMBERS_AS_OF] = DB_INT8,
            [MEMBERS_AFTER] = DB_INT8,
            [MEMBERS_CURSOR_SEQ] = DB_INT8,
            [MEMBERS_CURSOR_SIGN] = DB_INT8,
            [MEMBERS_LIMIT] = DB_INT8,
        },
};

const struct db_stmt sql_statistics_parts = {
    .name = "statistics_parts",
    .sql = "select closing, month, gone_closing, gone_month, district, contract_type, "
           "contract_type4, technical_field, is_own, seller, buyer "
           "from tcr.statistics_parts($1, $2, $3)",
    .kind = DB_REPORT,
    .param_count = PARTS_PARAMS,
    .params = {[PARTS_ACCOUNT] = DB_INT8, [PARTS_AS_OF] = DB_INT8, [PARTS_LIMIT] = DB_INT8},
};
