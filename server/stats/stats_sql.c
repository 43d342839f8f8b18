#include "server/stats/stats_sql.h"

const struct db_stmt sql_statistics = {
    .name = "statistics",
    .sql = "select part, keys, agency_name, count, total_amount, technology_amount, sellers, "
           "buyers, as_of_seq, closed_on from tcr.statistics($1, $2, $3, $4, $5, $6, $7, $8, $9, "
           "$10, $11, $12, $13, $14, $15, $16)",
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
            [STATISTICS_CONTRACT_TYPE] = DB_TEXT,
            [STATISTICS_CONTRACT_TYPE4] = DB_TEXT,
            [STATISTICS_TECHNICAL_FIELD] = DB_TEXT,
            [STATISTICS_DISTRICT] = DB_TEXT,
            [STATISTICS_COUNTY] = DB_TEXT,
            [STATISTICS_AGENCY] = DB_INT8,
            [STATISTICS_LIMIT] = DB_INT8,
        },
};
