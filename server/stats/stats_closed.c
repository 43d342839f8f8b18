#include <string.h>

#include "common/date.h"
#include "server/stats/stats_int.h"
#include "server/stats/stats_sql.h"

/* What an agency sees of the area: rows come from tcr.statistics(), and which of their amounts are
 * shown from the cells of tcr.statistics_closed(). */

/* Position of a dimension in the question; -1: not asked for. */
static int
place_of(const struct stats_question *question, int dim)
{
    for (int i = 0; i < question->by_count; i++)
        if ((int)question->by[i] == dim)
            return i;
    return -1;
}

/* Types say the four statistical types as well. */
static bool
is_part(const struct stats_question *question, int dim)
{
    return !stats_dim_is_time((enum stats_dim)dim) && place_of(question, dim) >= 0 &&
           (dim != DIM_CONTRACT_TYPE4 || place_of(question, DIM_CONTRACT_TYPE) < 0);
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

int
stats_closed_dims(const struct stats_question *question, const char **names)
{
    enum stats_unit unit = cell_unit(question);
    int count = 0;

    if (unit != UNIT_RANGE)
        names[count++] = stats_dim_name((enum stats_dim)unit);
    /* Always in one order: what is hidden must not depend on how the question was put. */
    for (int dim = 0; dim < DIM_COUNT; dim++)
        if (is_part(question, dim))
            names[count++] = stats_dim_name((enum stats_dim)dim);
    return count;
}

/* The name of a row's cell. day: of the row's period, for its label. */
static const char *
cell_name(struct arena *arena, const struct stats_question *question, const struct stats_row *row,
    int32_t day)
{
    enum stats_unit unit = cell_unit(question);
    const char *name = "";
    const char *separator = "";
    char label[STATS_LABEL_BYTES];

    if (unit != UNIT_RANGE) {
        stats_label_of(day, unit, label);
        name = arena_printf(arena, "%s=%s", stats_dim_name((enum stats_dim)unit), label);
        separator = "\x1f";
    }
    for (int dim = 0; dim < DIM_COUNT; dim++) {
        const char *key;

        if (!is_part(question, dim))
            continue;
        key = row->keys[place_of(question, dim)];
        name = arena_printf(arena, "%s%s%s=%s", name, separator,
            stats_dim_name((enum stats_dim)dim), key == NULL ? "" : key);
        separator = "\x1f";
    }
    return name;
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

static bool
is_shown(const struct stats_cells *cells, const char *name)
{
    const struct stats_cell *cell = stats_cells_find(cells, name);

    return cell != NULL && !cell->is_hidden;
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

static void
hide_table(struct arena *arena, const struct stats_question *question,
    const struct stats_cells *cells, struct stats_table *table, struct stats_range range,
    bool is_base)
{
    for (int i = 0; i < table->count; i++) {
        struct stats_row *row = &table->rows[i];
        int32_t day = row_day(question, row, range);

        row->is_hidden = !is_shown(cells, cell_name(arena, question, row, day)) ||
                         (is_base && is_cut(question, range, day));
    }
}

static void
read_cells(struct arena *arena, const struct db_call *db, int dims, struct stats_cells *cells)
{
    cells->count = db_rows(db);
    cells->items = arena_zalloc(arena, ((size_t)cells->count + 1) * sizeof(struct stats_cell));
    for (int i = 0; i < cells->count; i++) {
        struct stats_cell *cell = &cells->items[i];
        char *rest = arena_strdup(arena, db_text(db, i, CELL_PARENTS));

        cell->self = arena_strdup(arena, db_text(db, i, CELL_SELF));
        for (int dim = 0; dim < dims; dim++)
            cell->parents[dim] = rest == NULL ? "" : strsep(&rest, "\x1f");
        cell->fineness = (int)db_int(db, i, CELL_FINENESS);
        cell->count = db_int(db, i, CELL_COUNT);
        cell->sellers = db_int(db, i, CELL_SELLERS);
        cell->buyers = db_int(db, i, CELL_BUYERS);
        cell->is_settled = db_bool(db, i, CELL_SETTLED);
    }
}

void
stats_closed_hide(struct arena *arena, const struct stats_question *question,
    struct stats_answer *answer, const struct db_call *db)
{
    const char *names[STATS_CLOSED_DIMS_MAX + 1];
    int dims = stats_closed_dims(question, names);
    struct stats_cells cells;

    read_cells(arena, db, dims, &cells);
    stats_cells_suppress(arena, &cells, dims);
    hide_table(arena, question, &cells, &answer->now, question->range, false);
    hide_table(arena, question, &cells, &answer->base, question->base, true);
    hide_table(arena, question, &cells, &answer->prev, question->prev, true);
}
