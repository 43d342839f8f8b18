#ifndef TCRD_STATS_STATS_INT_H
#define TCRD_STATS_STATS_INT_H
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "server/api/call.h"
#include "server/stats/stats_period.h"
/* stats_int - what the files of this room share: the question, and the table of its answer.
 *
 * stats_params.c reads the question, stats_visibility.c says whether the principal may ask it, SQL
 * sums, stats_table.c reads the rows, stats_suppress.c hides small cells, stats_measure.c compares,
 * stats_answer.c writes. All of it lives in the arena.
 */
enum stats_dim {
    DIM_YEAR,
    DIM_HALF,
    DIM_QUARTER,
    DIM_MONTH,
    DIM_DAY,
    DIM_DISTRICT,
    DIM_COUNTY,
    DIM_CONTRACT_TYPE,
    DIM_CONTRACT_TYPE4,
    DIM_TECHNICAL_FIELD,
    DIM_AGENCY,
    DIM_COUNT
};
const char *stats_dim_name(enum stats_dim dim);
bool stats_dim_is_time(enum stats_dim dim);

/* What share and growth apply to. */
enum stats_value { VALUE_COUNT, VALUE_TOTAL, VALUE_TECHNOLOGY, VALUE_NUMBER };
const char *stats_value_name(enum stats_value value);

enum stats_measure {
    MEASURE_COUNT = 1 << VALUE_COUNT,
    MEASURE_TOTAL = 1 << VALUE_TOTAL,
    MEASURE_TECHNOLOGY = 1 << VALUE_TECHNOLOGY,
    MEASURE_RATIO = 1 << 3,
    MEASURE_SHARE = 1 << 4,
    MEASURE_GROWTH = 1 << 5,
    MEASURE_VALUES = MEASURE_COUNT | MEASURE_TOTAL | MEASURE_TECHNOLOGY
};

enum {
    STATS_ROWS_MAX = 10000,
    STATS_CLOSED_ROWS_MAX = 2000, /* finding what to hide costs more than a look at each row */
    STATS_CLOSED_DIMS_MAX = 3,
    STATS_CELL_MIN = 3 /* contracts, sellers, buyers: below this an agency sees no amounts */
};

struct stats_question {
    int by_count;
    enum stats_dim by[DIM_COUNT];
    unsigned measures; /* shown as they are */
    unsigned compared; /* values that share and growth apply to */
    const char *basis; /* registered, output, absorbed, local */
    const char *region;
    bool is_own;    /* scope: the agency's own contracts */
    bool is_closed; /* an agency's view of the area: the last closed day, without small cells */
    struct stats_range range;
    bool has_base;
    struct stats_range base;
    /* Filters; NULL: none. */
    const char *contract_type;
    const char *contract_type4;
    const char *technical_field;
    const char *district;
    const char *county;
    bool has_agency;
    int64_t agency_id;
    int32_t today;
};

struct stats_row {
    const char *keys[DIM_COUNT]; /* in the order of by; NULL: abroad */
    const char *agency_name;
    int64_t values[VALUE_NUMBER];
    int64_t sellers;
    int64_t buyers;
    bool is_hidden;               /* amounts are not shown */
    const struct stats_row *base; /* the same cell a year before; NULL: none */
    int64_t whole[VALUE_NUMBER];  /* all rows of the same period */
    const char *sort_key;         /* scratch of the step at hand */
};

struct stats_table {
    struct stats_row *rows;
    int count;
};

struct stats_answer {
    int64_t as_of_seq;
    bool has_closed_day;
    int32_t closed_on;
    struct stats_table now;
    struct stats_table base;
};

/* The parameters of the call; what is wrong with them becomes call->faults. False when anything is.
 */
bool stats_params_read(struct call *call, struct stats_question *question);

/* Narrow the question to what the principal may see. False: call->err is set (and call->faults,
 * where it helps). */
bool stats_visibility_check(struct call *call, struct stats_question *question);

/* Rows of tcr.statistics(). False: the database let the account see nothing of this. */
bool stats_table_read(struct arena *arena, const struct stats_question *question,
    const struct db_call *db, struct stats_answer *answer);
/* Texts of some keys of a row, joined so that equal keys make equal texts; for sorting. */
const char *stats_row_key(struct arena *arena, const struct stats_question *question,
    const struct stats_row *row, unsigned dims);
/* Order the pointers to rows by sort_key. */
void stats_rows_sort(struct stats_row **rows, int count);

/* Hide amounts of cells under STATS_CELL_MIN, and further ones, so that no hidden cell follows from
 * a sum and its visible parts.
 */
void stats_suppress(
    struct arena *arena, const struct stats_question *question, struct stats_table *table);

/* Give every row its base and its whole. */
void stats_measure_link(
    struct arena *arena, const struct stats_question *question, struct stats_answer *answer);
/* Percent with two decimals, half away from zero; text has MONEY_TEXT_BYTES. False: there is no
 * such figure. */
bool stats_growth(const struct stats_row *row, enum stats_value value, char *text);
bool stats_share(const struct stats_row *row, enum stats_value value, char *text);
bool stats_technology_ratio(const struct stats_row *row, char *text);

/* The answer as JSON or CSV, into call->reply. */
void stats_answer_write(
    struct call *call, const struct stats_question *question, const struct stats_answer *answer);
#endif
