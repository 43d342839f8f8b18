#include <stdlib.h>
#include <string.h>

#include "common/money.h"
#include "server/stats/stats_int.h"

static const uint64_t all_dims = (UINT64_C(1) << DIM_COUNT) - 1;

static struct stats_row **
row_pointers(struct arena *arena, const struct stats_table *table)
{
    struct stats_row **rows =
        arena_alloc(arena, ((size_t)table->count + 1) * sizeof(struct stats_row *));

    for (int i = 0; i < table->count; i++)
        rows[i] = &table->rows[i];
    return rows;
}

/* The finest time of the question; UNIT_RANGE: none. */
static enum stats_unit
finest_unit(const struct stats_question *question)
{
    int unit = UNIT_RANGE;

    for (int i = 0; i < question->by_count; i++)
        if (stats_dim_is_time(question->by[i]) && (int)question->by[i] > unit)
            unit = (int)question->by[i];
    return (enum stats_unit)unit;
}

/* The key that the row has a year before, or a period before: the labels of time are earlier. */
static const char *
base_key(struct arena *arena, const struct stats_question *question, const struct stats_row *row,
    bool is_prev)
{
    enum stats_unit unit = finest_unit(question);
    struct stats_row before = *row;
    char labels[DIM_COUNT][STATS_LABEL_BYTES];
    int32_t day = 0;

    for (int i = 0; i < question->by_count; i++)
        if (is_prev && (int)question->by[i] == (int)unit)
            day = stats_day_before(stats_label_day(row->keys[i]), unit);
    for (int i = 0; i < question->by_count; i++)
        if (stats_dim_is_time(question->by[i])) {
            if (is_prev)
                stats_label_of(day, (enum stats_unit)question->by[i], labels[i]);
            else
                stats_label_year_before(row->keys[i], labels[i]);
            before.keys[i] = labels[i];
        }
    return stats_row_key(arena, question, &before, all_dims);
}

static int
compare_key(const void *key, const void *item)
{
    const struct stats_row *const *row = item;

    return strcmp(key, (*row)->sort_key);
}

static void
link_bases(struct arena *arena, const struct stats_question *question,
    const struct stats_table *now, const struct stats_table *table, bool is_prev)
{
    struct stats_row **bases = row_pointers(arena, table);

    if (table->count == 0)
        return;
    for (int i = 0; i < table->count; i++)
        bases[i]->sort_key = stats_row_key(arena, question, bases[i], all_dims);
    stats_rows_sort(bases, table->count);
    for (int i = 0; i < now->count; i++) {
        struct stats_row *row = &now->rows[i];
        struct stats_row **found = bsearch(base_key(arena, question, row, is_prev), bases,
            (size_t)table->count, sizeof(struct stats_row *), compare_key);

        *(is_prev ? &row->prev : &row->base) = found == NULL ? NULL : *found;
    }
}

void
stats_measure_link(
    struct arena *arena, const struct stats_question *question, struct stats_answer *answer)
{
    link_bases(arena, question, &answer->now, &answer->base, false);
    link_bases(arena, question, &answer->now, &answer->prev, true);
}

static bool
is_shown(const struct stats_row *row, enum stats_value value)
{
    return value == VALUE_COUNT || !row->is_hidden;
}

bool
stats_growth(
    const struct stats_row *row, const struct stats_row *base, enum stats_value value, char *text)
{
    if (base == NULL || !is_shown(row, value) || !is_shown(base, value))
        return false;
    return ratio_format(row->values[value] - base->values[value], base->values[value], text);
}

bool
stats_share(const struct stats_row *row, enum stats_value value, char *text)
{
    return is_shown(row, value) && (value == VALUE_COUNT || !row->is_whole_hidden) &&
           ratio_format(row->values[value], row->whole[value], text);
}

bool
stats_technology_ratio(const struct stats_row *row, char *text)
{
    return !row->is_hidden &&
           ratio_format(row->values[VALUE_TECHNOLOGY], row->values[VALUE_TOTAL], text);
}

bool
stats_average_amount(const struct stats_row *row, char *text)
{
    if (row->is_hidden || row->values[VALUE_COUNT] <= 0)
        return false;
    money_format(divide_half_away(row->values[VALUE_TOTAL], row->values[VALUE_COUNT]), text);
    return true;
}

bool
stats_of_reference(const struct stats_row *row, bool has_reference, int64_t reference, char *text)
{
    return has_reference && !row->is_hidden &&
           ratio_format(row->values[VALUE_TOTAL], reference, text);
}
