#include <stdio.h>
#include <string.h>

#include "server/stats/stats_int.h"

/* A hidden cell must not follow from a sum that can be asked for as well. Such sums take every
 * dimension of the table either as it is, or by a coarser one, or not at all: a view is one such
 * choice, and in each of its groups either nothing is hidden, or at least two cells that hold
 * STATS_CELL_MIN contracts together. */

enum coarse { COARSE_EXACT, COARSE_QUARTER, COARSE_HALF, COARSE_YEAR, COARSE_TYPE4, COARSE_ALL };
enum { KEY_BYTES = 16, SORT_KEY_BYTES = DIM_COUNT * KEY_BYTES };

struct suppression {
    const struct stats_question *question;
    struct stats_row **rows;
    char (*keys)[SORT_KEY_BYTES]; /* of row i of the table */
    int count;
    enum coarse view[DIM_COUNT]; /* by position in question->by */
};

static const enum coarse *
coarse_of(enum stats_dim dim)
{
    static const enum coarse month[] = {
        COARSE_EXACT, COARSE_QUARTER, COARSE_HALF, COARSE_YEAR, COARSE_ALL};
    static const enum coarse quarter[] = {COARSE_EXACT, COARSE_HALF, COARSE_YEAR, COARSE_ALL};
    static const enum coarse half[] = {COARSE_EXACT, COARSE_YEAR, COARSE_ALL};
    static const enum coarse type[] = {COARSE_EXACT, COARSE_TYPE4, COARSE_ALL};
    static const enum coarse other[] = {COARSE_EXACT, COARSE_ALL};

    switch (dim) {
    case DIM_MONTH:
        return month;
    case DIM_QUARTER:
        return quarter;
    case DIM_HALF:
        return half;
    case DIM_CONTRACT_TYPE:
        return type;
    default:
        return other;
    }
}

/* Month in the year, 1 to 12, of the last month of 2022-06, 2022Q2, 2022H1. */
static int
last_month(const char *key)
{
    if (key[4] == 'Q')
        return (key[5] - '0') * 3;
    if (key[4] == 'H')
        return (key[5] - '0') * 6;
    return (key[5] - '0') * 10 + (key[6] - '0');
}

static int
write_coarse(char *out, enum coarse coarse, const char *key)
{
    switch (coarse) {
    case COARSE_EXACT:
        return snprintf(out, KEY_BYTES, "%s|", key);
    case COARSE_QUARTER:
        return snprintf(out, KEY_BYTES, "%.4sQ%d|", key, (last_month(key) + 2) / 3);
    case COARSE_HALF:
        return snprintf(out, KEY_BYTES, "%.4sH%d|", key, (last_month(key) + 5) / 6);
    case COARSE_YEAR:
        return snprintf(out, KEY_BYTES, "%.4s|", key);
    case COARSE_TYPE4: /* the four statistical types count licences as transfers */
        return snprintf(out, KEY_BYTES, "%c|", *key == '3' ? '2' : *key);
    case COARSE_ALL:
        break;
    }
    return snprintf(out, KEY_BYTES, "|");
}

static bool
is_small(const struct stats_row *row)
{
    return row->values[VALUE_COUNT] < STATS_CELL_MIN || row->sellers < STATS_CELL_MIN ||
           row->buyers < STATS_CELL_MIN;
}

/* Hide further rows of one group while what is hidden could be told. Returns whether any was. */
static bool
complete_group(struct stats_row **rows, int count)
{
    bool changed = false;

    for (;;) {
        struct stats_row *smallest = NULL;
        int64_t contracts = 0;
        int hidden = 0;

        for (int i = 0; i < count; i++) {
            if (rows[i]->is_hidden) {
                hidden++;
                contracts += rows[i]->values[VALUE_COUNT];
            } else if (smallest == NULL ||
                       rows[i]->values[VALUE_COUNT] < smallest->values[VALUE_COUNT]) {
                smallest = rows[i];
            }
        }
        if (hidden == 0 || smallest == NULL || (hidden > 1 && contracts >= STATS_CELL_MIN))
            return changed;
        smallest->is_hidden = true;
        changed = true;
    }
}

static bool
complete_view(struct suppression *self, struct stats_table *table)
{
    bool changed = false;
    int run;

    for (int i = 0; i < self->count; i++) {
        size_t at = 0;

        for (int dim = 0; dim < self->question->by_count; dim++) {
            const char *key = table->rows[i].keys[dim];

            at += (size_t)write_coarse(self->keys[i] + at, self->view[dim], key == NULL ? "" : key);
        }
        self->keys[i][at] = '\0';
        table->rows[i].sort_key = self->keys[i];
        self->rows[i] = &table->rows[i];
    }
    stats_rows_sort(self->rows, self->count);
    for (int from = 0; from < self->count; from = run) {
        for (run = from + 1; run < self->count &&
                             strcmp(self->rows[run]->sort_key, self->rows[from]->sort_key) == 0;
             run++)
            ;
        changed |= complete_group(self->rows + from, run - from);
    }
    return changed;
}

/* Every choice for the dimensions from position dim on. */
static bool
complete_views(struct suppression *self, struct stats_table *table, int dim)
{
    bool changed = false;

    if (dim == self->question->by_count)
        return complete_view(self, table);
    for (const enum coarse *coarse = coarse_of(self->question->by[dim]);; coarse++) {
        self->view[dim] = *coarse;
        changed |= complete_views(self, table, dim + 1);
        if (*coarse == COARSE_ALL)
            return changed;
    }
}

void
stats_suppress(
    struct arena *arena, const struct stats_question *question, struct stats_table *table)
{
    struct suppression self = {.question = question, .count = table->count};

    if (table->count == 0)
        return;
    for (int i = 0; i < table->count; i++)
        table->rows[i].is_hidden = is_small(&table->rows[i]);
    self.rows = arena_alloc(arena, (size_t)table->count * sizeof(struct stats_row *));
    self.keys = arena_alloc(arena, (size_t)table->count * SORT_KEY_BYTES);
    while (complete_views(&self, table, 0))
        ;
}
