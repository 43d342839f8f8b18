#include <stdlib.h>
#include <string.h>

#include "common/money.h"
#include "server/stats/stats_int.h"

enum { ALL_DIMS = (1 << DIM_COUNT) - 1, TIME_DIMS = (1 << (DIM_DAY + 1)) - 1 };

static struct stats_row **
row_pointers(struct arena *arena, const struct stats_table *table)
{
    struct stats_row **rows =
        arena_alloc(arena, ((size_t)table->count + 1) * sizeof(struct stats_row *));

    for (int i = 0; i < table->count; i++)
        rows[i] = &table->rows[i];
    return rows;
}

/* The key that the row's base has: the labels of time are a year earlier. */
static const char *
base_key(struct arena *arena, const struct stats_question *question, const struct stats_row *row)
{
    struct stats_row before = *row;
    char labels[DIM_COUNT][STATS_LABEL_BYTES];

    for (int i = 0; i < question->by_count; i++)
        if (stats_dim_is_time(question->by[i])) {
            stats_label_year_before(row->keys[i], labels[i]);
            before.keys[i] = labels[i];
        }
    return stats_row_key(arena, question, &before, ALL_DIMS);
}

static int
compare_key(const void *key, const void *item)
{
    const struct stats_row *const *row = item;

    return strcmp(key, (*row)->sort_key);
}

static void
link_bases(struct arena *arena, const struct stats_question *question, struct stats_answer *answer)
{
    struct stats_row **bases = row_pointers(arena, &answer->base);

    if (answer->base.count == 0)
        return;
    for (int i = 0; i < answer->base.count; i++)
        bases[i]->sort_key = stats_row_key(arena, question, bases[i], ALL_DIMS);
    stats_rows_sort(bases, answer->base.count);
    for (int i = 0; i < answer->now.count; i++) {
        struct stats_row *row = &answer->now.rows[i];
        struct stats_row **found = bsearch(base_key(arena, question, row), bases,
            (size_t)answer->base.count, sizeof(struct stats_row *), compare_key);

        row->base = found == NULL ? NULL : *found;
    }
}

/* The rows of one period are a run after sorting by the labels of time. */
static void
add_wholes(
    struct arena *arena, const struct stats_question *question, const struct stats_table *table)
{
    struct stats_row **rows = row_pointers(arena, table);
    int run;

    for (int i = 0; i < table->count; i++)
        rows[i]->sort_key = stats_row_key(arena, question, rows[i], TIME_DIMS);
    stats_rows_sort(rows, table->count);
    for (int from = 0; from < table->count; from = run) {
        int64_t whole[VALUE_NUMBER] = {0};

        for (run = from;
             run < table->count && strcmp(rows[run]->sort_key, rows[from]->sort_key) == 0; run++)
            for (int value = 0; value < VALUE_NUMBER; value++)
                whole[value] += rows[run]->values[value];
        for (int i = from; i < run; i++)
            memcpy(rows[i]->whole, whole, sizeof(whole));
    }
}

void
stats_measure_link(
    struct arena *arena, const struct stats_question *question, struct stats_answer *answer)
{
    link_bases(arena, question, answer);
    if (question->measures & MEASURE_SHARE)
        add_wholes(arena, question, &answer->now);
}

static bool
is_shown(const struct stats_row *row, enum stats_value value)
{
    return value == VALUE_COUNT || !row->is_hidden;
}

bool
stats_growth(const struct stats_row *row, enum stats_value value, char *text)
{
    if (row->base == NULL || !is_shown(row, value) || !is_shown(row->base, value))
        return false;
    return ratio_format(
        row->values[value] - row->base->values[value], row->base->values[value], text);
}

bool
stats_share(const struct stats_row *row, enum stats_value value, char *text)
{
    return is_shown(row, value) && ratio_format(row->values[value], row->whole[value], text);
}

bool
stats_technology_ratio(const struct stats_row *row, char *text)
{
    return !row->is_hidden &&
           ratio_format(row->values[VALUE_TECHNOLOGY], row->values[VALUE_TOTAL], text);
}
