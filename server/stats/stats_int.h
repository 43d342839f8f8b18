#ifndef TCRD_STATS_STATS_INT_H
#define TCRD_STATS_STATS_INT_H
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "server/api/call.h"
#include "server/shown/stats_shown.h"
#include "server/stats/stats_period.h"
/* stats_int - what the files of this room share: the question, and the table of its answer.
 *
 * stats_params.c reads the question, stats_visibility.c says whether the principal may ask it, SQL
 * sums, stats_table.c reads the rows, stats_closed.c hides what an agency must not see (the helper
 * process finds what it may, see server/shown/), stats_measure.c compares, stats_answer.c writes.
 * All of it lives in the arena.
 */
enum stats_dim {
    DIM_YEAR,
    DIM_HALF,
    DIM_QUARTER,
    DIM_MONTH,
    DIM_DAY,
    DIM_DISTRICT,
    DIM_COUNTY,
    DIM_REGION,
    DIM_CONTRACT_TYPE,
    DIM_CONTRACT_TYPE4,
    DIM_SUBTYPE,
    DIM_TECHNICAL_FIELD,
    DIM_IP_TYPE,
    DIM_SELLER_TYPE,
    DIM_SELLER_GROUP,
    DIM_BUYER_TYPE,
    DIM_BUYER_GROUP,
    DIM_INDUSTRY,
    DIM_PLAN_SOURCE,
    DIM_AGENCY,
    DIM_UNIT,
    DIM_BROKER,
    DIM_EVENT,
    DIM_REGISTRATION_POINT,
    DIM_DIRECTION,
    DIM_SIZE_CLASS,
    DIM_IS_RELATED,
    DIM_SELLER_DISTRICT,
    DIM_BUYER_DISTRICT,
    DIM_SELLER_REGION,
    DIM_BUYER_REGION,
    DIM_SELLER,
    DIM_BUYER,
    DIM_COUNT
};

/* How a value of a dimension reads as a filter. */
enum stats_filter_kind { FILTER_NONE, FILTER_CODE, FILTER_ID, FILTER_FLAG, FILTER_TEXT };

struct stats_dim_row {
    const char *name;
    enum stats_filter_kind filter;
    const char *list;       /* code list that names its values; NULL: none */
    const char *other_list; /* asked when the first does not know a code */
    bool has_names;         /* each row carries the name */
};
extern const struct stats_dim_row stats_dims[DIM_COUNT];
const char *stats_dim_name(enum stats_dim dim);
bool stats_dim_is_time(enum stats_dim dim);

/* The sums of a cell. Share, growth and rank apply to the first three. */
enum stats_value {
    VALUE_COUNT,
    VALUE_TOTAL,
    VALUE_TECHNOLOGY,
    VALUE_COMPARED,
    VALUE_RECEIVED = VALUE_COMPARED,
    VALUE_INCOME,
    VALUE_NEW_COUNT, /* what registrations brought; the rest adjusted what was registered */
    VALUE_NEW_TOTAL,
    VALUE_NEW_TECHNOLOGY,
    VALUE_EXTERNAL_COUNT, /* what was imported beside the record; part of no other sum */
    VALUE_EXTERNAL_TOTAL,
    VALUE_EXTERNAL_TECHNOLOGY,
    VALUE_NUMBER
};
const char *stats_value_name(enum stats_value value);

/* Positions of bits, in the order of the names. */
enum stats_measure {
    MEASURE_COUNT,
    MEASURE_TOTAL,
    MEASURE_TECHNOLOGY,
    MEASURE_RECEIVED,
    MEASURE_INCOME,
    MEASURE_RATIO,
    MEASURE_AVERAGE,
    MEASURE_NEW_COUNT,
    MEASURE_NEW_TOTAL,
    MEASURE_NEW_TECHNOLOGY,
    MEASURE_ADJUSTMENT_COUNT,
    MEASURE_ADJUSTMENT_TOTAL,
    MEASURE_ADJUSTMENT_TECHNOLOGY,
    MEASURE_EXTERNAL_COUNT,
    MEASURE_EXTERNAL_TOTAL,
    MEASURE_EXTERNAL_TECHNOLOGY,
    MEASURE_COVERED_COUNT, /* the record and what was imported */
    MEASURE_COVERED_TOTAL,
    MEASURE_COVERED_TECHNOLOGY,
    MEASURE_SHARE,
    MEASURE_GROWTH,
    MEASURE_GROWTH_PREV,
    MEASURE_RANK,
    MEASURE_TARGET,
    MEASURE_GDP,
    MEASURE_NUMBER
};
#define MEASURE_BIT(measure) (1U << (measure))
enum { MEASURE_VALUES = (1 << VALUE_COMPARED) - 1 };
enum {
    MEASURE_IMPORTED = MEASURE_VALUES << MEASURE_EXTERNAL_COUNT | MEASURE_VALUES
                                                                      << MEASURE_COVERED_COUNT
};

enum {
    STATS_ROWS_MAX = 10000,
    STATS_CLOSED_DIMS_MAX = 3,
    STATS_DIMS_MAX = 10,
    STATS_TOP_MAX = 1000
};

/* As a filter: the value is null in the cell. */
#define STATS_NOT_STATED "-"

struct stats_filter {
    enum stats_dim dim;
    const char *value;
};

struct stats_question {
    int by_count;
    enum stats_dim by[DIM_COUNT];
    unsigned measures; /* bits of enum stats_measure */
    unsigned compared; /* bits of enum stats_value that share, growth and rank apply to */
    const char *basis; /* registered, output, absorbed, local */
    bool is_default_basis;
    const char *region;
    bool is_own;    /* scope: the agency's own contracts */
    bool is_closed; /* an agency's view of the area: the last closed day, without small cells */
    struct stats_range range;
    bool has_base; /* a year before */
    struct stats_range base;
    bool has_prev; /* the period before */
    struct stats_range prev;
    struct stats_filter filters[DIM_COUNT]; /* without agency */
    int filter_count;
    bool has_agency;
    int64_t agency_id;
    bool has_as_of;
    int64_t as_of;
    int top;          /* rows with the largest values; 0: all */
    const char *sort; /* value that top looks at */
    int32_t today;    /* the day of as_of, if that is given */
};

struct stats_row {
    const char *keys[DIM_COUNT];  /* in the order of by; NULL: abroad, or not stated */
    const char *names[DIM_COUNT]; /* where the dimension has names */
    int64_t values[VALUE_NUMBER];
    bool is_hidden;                /* amounts are not shown */
    bool is_whole_hidden;          /* nor those of the whole period */
    bool is_rank_hidden;           /* nor all others of the period */
    bool is_net_only;              /* what an amount is made of is not shown */
    const struct stats_row *base;  /* the same cell a year before; NULL: none */
    const struct stats_row *prev;  /* the same cell in the period before */
    int64_t whole[VALUE_COMPARED]; /* all rows of the same period */
    int64_t rank[VALUE_COMPARED];
    bool has_target;
    int64_t target; /* fen */
    bool has_gdp;
    int64_t gdp;          /* fen */
    const char *sort_key; /* scratch of the step at hand */
};

struct stats_table {
    struct stats_row *rows;
    int count;
};

struct stats_answer {
    int64_t as_of_seq;
    bool has_closed_day;
    int32_t closed_on;
    const char *coverage; /* JSON: what was imported beside the record; NULL: nothing to say */
    struct stats_table now;
    struct stats_table base;
    struct stats_table prev;
};

/* The parameters of the call; what is wrong with them becomes call->faults, beside what the wire
 * found. False when anything is. */
bool stats_params_read(struct call *call, struct stats_question *question);
void stats_fault(
    struct call *call, const char *param, const char *rule, const char *zh, const char *en);
/* Faults of what is asked for together. */
void stats_question_check(struct call *call, const struct stats_question *question);
/* Filters that no contract can meet together are no fault, as the answer is right: nothing. It says
 * why. */
void stats_question_contradictions(
    struct call *call, const struct stats_question *question, struct fault_list *list);
/* What only the record knows of as_of: how far it goes, and what day it was then. False: a fault.
 */
bool stats_params_date(
    struct call *call, struct stats_question *question, int64_t last_seq, int32_t day);
/* The ranges that growth compares with, once today is known. */
void stats_params_compare(struct stats_question *question);
/* Parameters that statistics.query and statistics.members share, from by or basis on. */
bool stats_filters_read(struct call *call, struct stats_question *question);

/* Narrow the question to what the principal may see. False: call->err is set (and call->faults,
 * where it helps). */
bool stats_visibility_check(struct call *call, struct stats_question *question);

/* Names and values of the filters as arrays for SQL; the bufs live until the statement is done. */
struct stats_filter_arrays {
    const char *names[DIM_COUNT];
    const char *values[DIM_COUNT];
    struct buf names_array;
    struct buf values_array;
};
void stats_filters_set(struct db_call *db, int first_param, const struct stats_question *question,
    struct stats_filter_arrays *arrays);
void stats_filters_clear(struct stats_filter_arrays *arrays);

/* A range has more rows than an answer may have. */
bool stats_table_is_too_large(const struct stats_answer *answer);
/* Rows of tcr.statistics(); only counted when they are too many. False: the database let the
 * account see nothing of this. */
bool stats_table_read(struct arena *arena, const struct stats_question *question,
    const struct db_call *db, struct stats_answer *answer);
/* Texts of some keys of a row, joined so that equal keys make equal texts; for sorting. Bits of
 * dims are enum stats_dim. */
const char *stats_row_key(struct arena *arena, const struct stats_question *question,
    const struct stats_row *row, uint64_t dims);
/* Order the pointers to rows by sort_key. */
void stats_rows_sort(struct stats_row **rows, int count);

/* The contracts of the area as the question what the agency that asked for them is shown, see
 * server/shown/shown_job.h. */
void stats_closed_ask(const struct db_call *db, int32_t closed_on, struct buf *out);
/* Mark what the rows of the answer must not show, and take the top of the rest. */
void stats_closed_hide(struct arena *arena, const struct stats_question *question,
    struct stats_answer *answer, const struct buf *shown);

/* Give every row its bases. */
void stats_measure_link(
    struct arena *arena, const struct stats_question *question, struct stats_answer *answer);
/* Percent with two decimals, half away from zero; text has MONEY_TEXT_BYTES. False: there is no
 * such figure. */
bool stats_growth(
    const struct stats_row *row, const struct stats_row *base, enum stats_value value, char *text);
bool stats_share(const struct stats_row *row, enum stats_value value, char *text);
bool stats_technology_ratio(const struct stats_row *row, char *text);
bool stats_average_amount(const struct stats_row *row, char *text);
bool stats_of_reference(
    const struct stats_row *row, bool has_reference, int64_t reference, char *text);

/* Parameters of every method that cuts the record as statistics.query does. */
#define STATS_FILTER_PARAMS                                                                        \
    {"contract_type", PARAM_IN_QUERY, PARAM_TEXT, "main type (1) or subtype (102)"},               \
        {"contract_type4", PARAM_IN_QUERY, PARAM_TEXT, "statistical type, K1 to K4"},              \
        {"subtype", PARAM_IN_QUERY, PARAM_TEXT, "subtype, 102"},                                   \
        {"technical_field", PARAM_IN_QUERY, PARAM_TEXT, "field, 01 to 11"},                        \
        {"district", PARAM_IN_QUERY, PARAM_TEXT,                                                   \
            "zone if one is declared, else county, of the party that the basis names"},            \
        {"county", PARAM_IN_QUERY, PARAM_TEXT, "county of the party that the basis names"},        \
        {"ip_type", PARAM_IN_QUERY, PARAM_TEXT, "kind of intellectual property, the first named"}, \
        {"seller_type", PARAM_IN_QUERY, PARAM_TEXT, "kind of the seller (list party_type)"},       \
        {"seller_group", PARAM_IN_QUERY, PARAM_TEXT, "enterprise, university, institute, other"},  \
        {"buyer_type", PARAM_IN_QUERY, PARAM_TEXT, "kind of the buyer (list party_type)"},         \
        {"buyer_group", PARAM_IN_QUERY, PARAM_TEXT, "enterprise, university, institute, other"},   \
        {"industry", PARAM_IN_QUERY, PARAM_TEXT, "industry that the technology serves"},           \
        {"plan_source", PARAM_IN_QUERY, PARAM_TEXT, "science plan (list plan_source)"},            \
        {"unit", PARAM_IN_QUERY, PARAM_TEXT, "unit of the registering party"},                     \
        {"broker", PARAM_IN_QUERY, PARAM_TEXT, "id of a broker"},                                  \
        {"event", PARAM_IN_QUERY, PARAM_TEXT, "matchmaking event"},                                \
        {"registration_point", PARAM_IN_QUERY, PARAM_TEXT, "id of a registration point"},          \
        {"direction", PARAM_IN_QUERY, PARAM_TEXT, "how far it goes (list direction)"},             \
        {"size_class", PARAM_IN_QUERY, PARAM_TEXT, "by the total amount (list size_class)"},       \
        {"is_related", PARAM_IN_QUERY, PARAM_TEXT, "true or false"},                               \
        {"seller_district", PARAM_IN_QUERY, PARAM_TEXT, "zone or county of the seller"},           \
        {"buyer_district", PARAM_IN_QUERY, PARAM_TEXT, "zone or county of the buyer"},             \
        {"seller", PARAM_IN_QUERY, PARAM_TEXT, "credit code of the seller"},                       \
        {"buyer", PARAM_IN_QUERY, PARAM_TEXT, "credit code of the buyer"},                         \
    {                                                                                              \
        "agency", PARAM_IN_QUERY, PARAM_TEXT, "id of an agency, or self"                           \
    }

/* How people call a value. Empty texts where nothing is known. */
struct stats_names {
    const char *zh;
    const char *en;
};
struct codes;
struct stats_names stats_names_find(const struct codes *codes, enum stats_dim dim, const char *key,
    const char *name, int32_t today);

/* One figure of a row: its name is prefix and name; text NULL: there is no such figure; is_text: a
 * decimal, else an integer. */
typedef void (*stats_figure_fn)(
    void *ctx, const char *prefix, const char *name, const char *text, bool is_text);
/* Every figure of the question in the order of the answer; row NULL: only their names. */
void stats_each_figure(void *ctx, const struct stats_question *question,
    const struct stats_row *row, stats_figure_fn figure);

/* The answer as a table (CSV or workbook), into call->reply; the same for a page of members. */
void stats_sheet_write(
    struct call *call, const struct stats_question *question, const struct stats_answer *answer);
void stats_members_sheet(struct call *call, const struct db_call *db, const char *what);

/* Under what an answer is kept, see api/answer_cache.h. */
struct stats_kept {
    uint8_t key[32];
    uint64_t version;
};
/* After stats_visibility_check(). True: the answer stands in call->reply. */
bool stats_cache_find(
    struct call *call, const struct stats_question *question, struct stats_kept *kept);
/* Keeps what stands in call->reply. */
void stats_cache_keep(struct call *call, const struct stats_kept *kept);
/* What the agency is shown as of a closed day, which is the same for all its questions. NULL: not
 * known; valid until the next call of this room. */
const struct buf *stats_cache_find_shown(struct call *call, const struct stats_answer *answer);
void stats_cache_keep_shown(
    struct call *call, const struct stats_answer *answer, const struct buf *shown);
/* Under what it is kept. */
void stats_cache_shown_key(struct call *call, const struct stats_answer *answer, uint8_t *key);

/* What the answer covers, as the JSON object "coverage". answer NULL: a list of contracts. */
void stats_coverage_json(struct call *call, struct buf *out, const struct stats_question *question,
    const struct stats_answer *answer);
/* The same for a table, in one line of ASCII. */
const char *stats_coverage_line(
    struct arena *arena, const struct stats_question *question, const struct stats_answer *answer);

/* The answer as call->format says, into call->reply. */
void stats_answer_write(
    struct call *call, const struct stats_question *question, const struct stats_answer *answer);
#endif
