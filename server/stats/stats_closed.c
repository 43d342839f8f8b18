#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "server/shown/shown_job.h"
#include "server/stats/stats_int.h"
#include "server/stats/stats_sql.h"

/* What an agency sees of the area: rows come from tcr.statistics(), and which of their amounts are
 * shown from the contracts of tcr.statistics_parts(). */

/* Position of a dimension in the question; -1: not asked for. */
static int
place_of(const struct stats_question *question, enum stats_dim dim)
{
    for (int i = 0; i < question->by_count; i++)
        if (question->by[i] == dim)
            return i;
    return -1;
}

/* The unit of a natural period; UNIT_RANGE without a period. */
static enum stats_unit
period_unit(struct stats_range range)
{
    static const enum stats_unit units[] = {UNIT_YEAR, UNIT_HALF, UNIT_QUARTER, UNIT_MONTH};
    char first[STATS_LABEL_BYTES];
    char last[STATS_LABEL_BYTES];

    if (!range.has_first || !range.has_last)
        return UNIT_RANGE;
    for (int i = 3; i > 0; i--) {
        stats_label_of(range.first, units[i], first);
        stats_label_of(range.last, units[i], last);
        if (strcmp(first, last) == 0)
            return units[i];
    }
    return UNIT_YEAR;
}

/* The time that the cells of the answer span: the finest of what is asked and the period. */
static enum stats_unit
cell_unit(const struct stats_question *question)
{
    int unit = (int)period_unit(question->range);

    for (int i = 0; i < question->by_count; i++)
        if (stats_dim_is_time(question->by[i]) && (int)question->by[i] > unit)
            unit = (int)question->by[i];
    return (enum stats_unit)unit;
}

/* A day inside the period of a row, or of the range where the rows have no time. */
static int32_t
row_day(
    const struct stats_question *question, const struct stats_row *row, struct stats_range range)
{
    int finest = -1;

    for (int i = 0; i < question->by_count; i++)
        if (stats_dim_is_time(question->by[i]) &&
            (finest < 0 || question->by[i] > question->by[finest]))
            finest = i;
    if (finest < 0 || (int)period_unit(range) > (int)question->by[finest])
        return range.has_first ? range.first : 0;
    return stats_label_day(row->keys[finest]);
}

static int
month_of(int32_t day)
{
    struct civil civil = date_to_civil(day);

    return civil.year * 12 + civil.month - 1;
}

static int
code_of(const struct stats_question *question, const struct stats_row *row, enum stats_dim dim)
{
    int at = place_of(question, dim);

    return at < 0 ? -1 : stats_code_number(row->keys[at]);
}

/* The cell of a row; day: inside its period. Types say the four statistical types as well. */
static uint64_t
row_cell(const struct stats_question *question, const struct stats_row *row, int32_t day)
{
    bool has_type = place_of(question, DIM_CONTRACT_TYPE) >= 0;
    struct stats_place place = {.unit = cell_unit(question),
        .month = month_of(day),
        .has_district = place_of(question, DIM_DISTRICT) >= 0,
        .district = code_of(question, row, DIM_DISTRICT),
        .has_type = has_type,
        .has_type4 = place_of(question, DIM_CONTRACT_TYPE4) >= 0,
        .type = code_of(question, row, has_type ? DIM_CONTRACT_TYPE : DIM_CONTRACT_TYPE4),
        .has_field = place_of(question, DIM_TECHNICAL_FIELD) >= 0,
        .field = code_of(question, row, DIM_TECHNICAL_FIELD)};

    return stats_place_key(&place);
}

/* The cell of all rows of a period together. */
static uint64_t
whole_cell(const struct stats_question *question, int32_t day)
{
    struct stats_place place = {.unit = cell_unit(question), .month = month_of(day)};

    return stats_place_key(&place);
}

/* A running period is compared up to a day, which is no cell: such sums are not shown. */
static bool
is_cut(const struct stats_question *question, struct stats_range range, int32_t day)
{
    enum stats_unit unit = cell_unit(question);
    char label[STATS_LABEL_BYTES];

    if (unit == UNIT_RANGE)
        return true;
    stats_label_of(day, unit, label);
    return range.has_last && stats_label_last_day(label) > range.last;
}

/* An amount that moves without a count would tell of one contract that it was changed. */
static void
drop_uncounted(const struct stats_question *question, struct stats_table *table)
{
    int kept = 0;

    for (int i = 0; i < table->count; i++)
        if (question->by_count == 0 || table->rows[i].values[VALUE_COUNT] != 0)
            table->rows[kept++] = table->rows[i];
    table->count = kept;
}

static void
hide_table(const struct stats_question *question, const struct buf *shown,
    struct stats_table *table, struct stats_range range, bool is_base)
{
    drop_uncounted(question, table);
    for (int i = 0; i < table->count; i++) {
        struct stats_row *row = &table->rows[i];
        int32_t day = row_day(question, row, range);

        row->is_hidden = !stats_shown_has(shown, row_cell(question, row, day)) ||
                         (is_base && is_cut(question, range, day));
        row->is_whole_hidden = !stats_shown_has(shown, whole_cell(question, day));
        row->is_net_only = true;
    }
}

static int
compare_days(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a;
    int32_t right = *(const int32_t *)b;

    return left == right ? 0 : left < right ? -1 : 1;
}

/* Where one amount of a period is hidden, the others have no rank: it would tell what is larger. */
static void
hide_ranks(struct arena *arena, const struct stats_question *question, struct stats_table *table)
{
    int32_t *days = arena_alloc(arena, ((size_t)table->count + 1) * sizeof(int32_t));
    size_t count = 0;

    for (int i = 0; i < table->count; i++)
        if (table->rows[i].is_hidden)
            days[count++] = row_day(question, &table->rows[i], question->range);
    if (count > 1)
        qsort(days, count, sizeof(int32_t), compare_days);
    for (int i = 0; i < table->count; i++) {
        int32_t day = row_day(question, &table->rows[i], question->range);

        table->rows[i].is_rank_hidden =
            count > 0 && bsearch(&day, days, count, sizeof(int32_t), compare_days) != NULL;
    }
}

static enum stats_value
sort_value(const struct stats_question *question)
{
    enum stats_value value = VALUE_COUNT;

    while (strcmp(question->sort, stats_value_name(value)) != 0)
        value++;
    return value;
}

/* Does row stand before other in the order of a value that may be hidden? */
static bool
is_before(const struct stats_row *row, const struct stats_row *other, enum stats_value value)
{
    bool is_hidden = value != VALUE_COUNT && row->is_hidden;
    bool is_other_hidden = value != VALUE_COUNT && other->is_hidden;

    if (is_hidden || is_other_hidden)
        return is_other_hidden && !is_hidden;
    return row->values[value] > other->values[value];
}

/* The largest of what is shown, then what is hidden in the order of its keys. */
static void
take_top(const struct stats_question *question, struct stats_table *table)
{
    enum stats_value value = sort_value(question);

    for (int i = 0; i < table->count && i < question->top; i++) {
        int best = i;
        struct stats_row row;

        for (int j = i + 1; j < table->count; j++)
            if (is_before(&table->rows[j], &table->rows[best], value))
                best = j;
        row = table->rows[best];
        memmove(&table->rows[i + 1], &table->rows[i], (size_t)(best - i) * sizeof(row));
        table->rows[i] = row;
    }
    if (table->count > question->top)
        table->count = question->top;
}

void
stats_closed_hide(struct arena *arena, const struct stats_question *question,
    struct stats_answer *answer, const struct buf *shown)
{
    hide_table(question, shown, &answer->now, question->range, false);
    hide_table(question, shown, &answer->base, question->base, true);
    hide_table(question, shown, &answer->prev, question->prev, true);
    hide_ranks(arena, question, &answer->now);
    if (question->top > 0)
        take_top(question, &answer->now);
}

void
stats_closed_ask(const struct db_call *db, int32_t closed_on, struct buf *out)
{
    int count = db_rows(db);

    shown_job_begin(out, count, closed_on);
    for (int i = 0; i < count; i++) {
        struct stats_part part = {
            .closing = db_date(db, i, PART_CLOSING),
            .month = month_of(db_date(db, i, PART_MONTH)),
            .is_gone = !db_is_null(db, i, PART_GONE_CLOSING),
            .gone_closing = db_date(db, i, PART_GONE_CLOSING),
            .gone_month = month_of(db_date(db, i, PART_GONE_MONTH)),
            .district = stats_code_number(db_text(db, i, PART_DISTRICT)),
            .contract_type = stats_code_number(db_text(db, i, PART_TYPE)),
            .contract_type4 = stats_code_number(db_text(db, i, PART_TYPE4)),
            .technical_field = stats_code_number(db_text(db, i, PART_FIELD)),
            .is_own = db_bool(db, i, PART_OWN),
            .seller = (int)db_int(db, i, PART_SELLER),
            .buyer = (int)db_int(db, i, PART_BUYER),
        };

        shown_job_add(out, &part);
    }
}
