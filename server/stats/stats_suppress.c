#include <stdlib.h>
#include <string.h>

#include "server/stats/stats_int.h"

/* A hidden cell must not follow from cells that can be asked for as well, in this question or in
 * another. So what is hidden is decided from the coarsest table down, once for all questions: the
 * cells of a table depend on coarser tables only. Every cell of a coarser table is the sum of cells
 * of this one. Of the parts of a sum either none is hidden, or at least two that hold
 * STATS_CELL_MIN contracts together; and of a hidden sum at least one part is. */

static int
compare_names(const void *a, const void *b)
{
    return strcmp(
        (*(const struct stats_cell *const *)a)->self, (*(const struct stats_cell *const *)b)->self);
}

static int
compare_views(const void *a, const void *b)
{
    const struct stats_cell *left = a;
    const struct stats_cell *right = b;

    if (left->fineness != right->fineness)
        return left->fineness < right->fineness ? -1 : 1;
    return strcmp(left->view, right->view);
}

static int
compare_sums(const void *a, const void *b)
{
    const struct stats_cell *left = (*(const struct stats_cell *const *)a)->sum;
    const struct stats_cell *right = (*(const struct stats_cell *const *)b)->sum;

    return left == right ? 0 : left < right ? -1 : 1;
}

static struct stats_cell *
find_cell(const struct stats_cells *cells, const char *self)
{
    const struct stats_cell wanted = {.self = self};
    const struct stats_cell *key = &wanted;
    struct stats_cell **found = cells->count == 0
                                    ? NULL
                                    : bsearch(&key, cells->by_name, (size_t)cells->count,
                                          sizeof(struct stats_cell *), compare_names);

    return found == NULL ? NULL : *found;
}

const struct stats_cell *
stats_cells_find(const struct stats_cells *cells, const char *self)
{
    return find_cell(cells, self);
}

static bool
is_small(const struct stats_cell *cell)
{
    return cell->count < STATS_CELL_MIN || cell->sellers < STATS_CELL_MIN ||
           cell->buyers < STATS_CELL_MIN || !cell->is_settled;
}

/* Part dim of a name: where it begins. */
static const char *
part_of(const char *self, int dim)
{
    for (int i = 0; i < dim; i++)
        self = strchr(self, STATS_SEPARATOR) + 1;
    return self;
}

static size_t
part_len(const char *part)
{
    return strcspn(part, (const char[]){STATS_SEPARATOR, '\0'});
}

/* The names of the levels: "month", then "|district". */
static const char *
view_name(struct arena *arena, const struct stats_cell *cell, int dims)
{
    const char *view = "";

    for (int dim = 0; dim < dims; dim++) {
        const char *part = part_of(cell->self, dim);

        view = arena_printf(arena, "%s|%.*s", view, (int)strcspn(part, "=\x1f"), part);
    }
    return view;
}

static void
add_sum(struct stats_cell *cell, struct stats_cell *sum)
{
    for (int i = 0; i < cell->sum_count; i++)
        if (cell->sums[i] == sum)
            return;
    if (cell->sum_count < STATS_SUMS_MAX)
        cell->sums[cell->sum_count++] = sum;
}

/* Every coarser cell that the cell is a part of; those of coarser cells are known. Cells of one
 * view have them in the same order. */
static void
find_sums(struct arena *arena, const struct stats_cells *cells, struct stats_cell *cell, int dims)
{
    cell->sums = arena_alloc(arena, STATS_SUMS_MAX * sizeof(struct stats_cell *));
    for (int dim = 0; dim < dims; dim++) {
        const char *part = part_of(cell->self, dim);
        struct stats_cell *parent;

        if (part_len(part) == 0)
            continue;
        parent = find_cell(cells, arena_printf(arena, "%.*s%s%s", (int)(part - cell->self),
                                      cell->self, cell->parents[dim], part + part_len(part)));
        if (parent == NULL)
            continue;
        add_sum(cell, parent);
        for (int i = 0; i < parent->sum_count; i++)
            add_sum(cell, parent->sums[i]);
    }
}

/* The only part of a sum that is shown: hiding it hides nothing. */
static bool
is_known(const struct stats_cell *cell)
{
    for (int i = 0; i < cell->sum_count; i++)
        if (!cell->sums[i]->is_hidden && cell->sums[i]->count == cell->count)
            return true;
    return false;
}

/* Fewer contracts go first, but what is known anyway last. */
static bool
is_better(const struct stats_cell *cell, const struct stats_cell *than)
{
    if (than == NULL || is_known(cell) != is_known(than))
        return than == NULL || is_known(than);
    if (cell->count != than->count)
        return cell->count < than->count;
    return strcmp(cell->self, than->self) < 0;
}

/* Hide further parts of one sum while what is hidden could be told. Returns whether any was. */
static bool
complete_sum(struct stats_cell **parts, int count)
{
    bool is_sum_hidden = parts[0]->sum->is_hidden;
    bool changed = false;

    for (;;) {
        struct stats_cell *smallest = NULL;
        int64_t contracts = 0;
        int hidden = 0;

        for (int i = 0; i < count; i++) {
            if (!parts[i]->is_hidden && is_better(parts[i], smallest))
                smallest = parts[i];
            if (parts[i]->is_hidden && !is_known(parts[i])) {
                hidden++;
                contracts += parts[i]->count;
            }
        }
        if (smallest == NULL || (hidden == 0 && !is_sum_hidden) ||
            (hidden > 1 && contracts >= STATS_CELL_MIN))
            return changed;
        smallest->is_hidden = true;
        changed = true;
    }
}

/* The parts of every sum of one coarser table. */
static bool
complete_sums(struct stats_cell **some, int count, int at)
{
    bool changed = false;
    int run;

    for (int i = 0; i < count; i++)
        some[i]->sum = some[i]->sums[at];
    qsort(some, (size_t)count, sizeof(struct stats_cell *), compare_sums);
    for (int from = 0; from < count; from = run) {
        for (run = from + 1; run < count && some[run]->sum == some[from]->sum; run++)
            ;
        changed |= complete_sum(some + from, run - from);
    }
    return changed;
}

static void
complete_view(struct stats_cell **some, int count)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (int at = 0; at < some[0]->sum_count; at++)
            changed |= complete_sums(some, count, at);
    }
}

void
stats_cells_suppress(struct arena *arena, struct stats_cells *cells, int dims)
{
    struct stats_cell **some =
        arena_alloc(arena, ((size_t)cells->count + 1) * sizeof(struct stats_cell *));
    int run;

    for (int i = 0; i < cells->count; i++)
        cells->items[i].view = view_name(arena, &cells->items[i], dims);
    if (cells->count > 1)
        qsort(cells->items, (size_t)cells->count, sizeof(struct stats_cell), compare_views);
    cells->by_name = arena_alloc(arena, ((size_t)cells->count + 1) * sizeof(struct stats_cell *));
    for (int i = 0; i < cells->count; i++)
        cells->by_name[i] = &cells->items[i];
    if (cells->count > 1)
        qsort(cells->by_name, (size_t)cells->count, sizeof(struct stats_cell *), compare_names);
    for (int from = 0; from < cells->count; from = run) {
        for (run = from;
             run < cells->count && strcmp(cells->items[run].view, cells->items[from].view) == 0;
             run++) {
            cells->items[run].is_hidden = is_small(&cells->items[run]);
            find_sums(arena, cells, &cells->items[run], dims);
            some[run - from] = &cells->items[run];
        }
        complete_view(some, run - from);
    }
}
