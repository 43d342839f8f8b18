#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/stats/stats_int.h"

/* Cells are named "level=key" for each dimension, with the parts of coarser cells beside. */

#define HALF(name, year, contracts)                                                                \
    {                                                                                              \
        .self = name, .parents = {year}, .fineness = 2, .count = contracts, .sellers = contracts,  \
        .buyers = contracts, .is_settled = true                                                    \
    }
#define CELL1(name, parent, contracts)                                                             \
    {                                                                                              \
        .self = name, .parents = {parent}, .fineness = *(name) != '\0', .count = contracts,        \
        .sellers = contracts, .buyers = contracts, .is_settled = true                              \
    }

static void
expect(struct stats_cells *cells, const char *name, bool is_hidden)
{
    const struct stats_cell *cell = stats_cells_find(cells, name);

    assert_non_null(cell);
    if (cell->is_hidden != is_hidden)
        fail_msg("%s is %s", name, cell->is_hidden ? "hidden" : "shown");
}

static void
test_small_cells(void **state)
{
    struct arena *arena = arena_new();
    struct stats_cell enough[] = {CELL1("", "", 12), CELL1("d=a", "", 3), CELL1("d=b", "", 9)};
    struct stats_cell few[] = {
        CELL1("", "", 180), CELL1("d=a", "", 50), CELL1("d=b", "", 60), CELL1("d=c", "", 70)};
    struct stats_cell total[] = {CELL1("", "", 2)};
    struct stats_cells cells = {enough, 3, NULL};

    (void)state;
    stats_cells_suppress(arena, &cells, 1);
    expect(&cells, "", false);
    expect(&cells, "d=a", false);
    few[2].sellers = 2; /* sixty contracts of two sellers, and the smallest beside it */
    cells = (struct stats_cells){few, 4, NULL};
    stats_cells_suppress(arena, &cells, 1);
    expect(&cells, "", false);
    expect(&cells, "d=a", true);
    expect(&cells, "d=b", true);
    expect(&cells, "d=c", false);
    cells = (struct stats_cells){total, 1, NULL};
    stats_cells_suppress(arena, &cells, 1);
    expect(&cells, "", true);
    assert_null(stats_cells_find(&cells, "d=x"));
    arena_free(arena);
}

static void
test_what_came_in_since_it_was_shown(void **state)
{
    struct arena *arena = arena_new();
    struct stats_cell items[] = {
        CELL1("", "", 112), CELL1("d=a", "", 50), CELL1("d=b", "", 60), CELL1("d=c", "", 2)};
    struct stats_cells cells = {items, 4, NULL};

    (void)state;
    items[0].is_settled = false; /* the total gained one contract: it would tell it */
    items[1].is_settled = false;
    stats_cells_suppress(arena, &cells, 1);
    expect(&cells, "", true);
    expect(&cells, "d=a", true);
    expect(&cells, "d=b", false);
    expect(&cells, "d=c", true);
    arena_free(arena);
}

static void
test_a_hidden_sum_does_not_follow_from_its_parts(void **state)
{
    struct arena *arena = arena_new();
    struct stats_cell items[] = {CELL1("year=1", "", 2), CELL1("year=2", "", 40), CELL1("", "", 80),
        CELL1("year=3", "", 38), HALF("half=1H1", "year=1", 2), HALF("half=2H1", "year=2", 20),
        HALF("half=2H2", "year=2", 20), HALF("half=3H1", "year=3", 18),
        HALF("half=3H2", "year=3", 20)};
    struct stats_cells cells = {items, 9, NULL};

    (void)state;
    stats_cells_suppress(arena, &cells, 1);
    expect(&cells, "year=1", true);
    expect(&cells, "year=3", true); /* the smaller of the others */
    expect(&cells, "year=2", false);
    /* Its halves are large enough, but together they would tell it, and then the first year. */
    expect(&cells, "half=3H1", true);
    expect(&cells, "half=3H2", true);
    expect(&cells, "half=2H1", false);
    expect(&cells, "half=2H2", false);
    arena_free(arena);
}

/* Two dimensions: whatever is hidden among the parts of a sum, are two and three contracts. */
static void
test_in_both_directions(void **state)
{
    static const int counts[3][3] = {{1, 10, 30}, {11, 20, 31}, {40, 41, 42}};
    struct stats_cell items[16];
    struct arena *arena = arena_new();
    struct stats_cells cells = {items, 0, NULL};

    (void)state;
    memset(items, 0, sizeof(items));
    for (int d = 0; d <= 3; d++)
        for (int f = 0; f <= 3; f++) {
            struct stats_cell *cell = &items[cells.count++];

            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    if ((d == 3 || d == i) && (f == 3 || f == j))
                        cell->count += counts[i][j];
            cell->self = arena_printf(arena, "%s%c%s", d == 3 ? "" : arena_printf(arena, "d=%d", d),
                STATS_SEPARATOR, f == 3 ? "" : arena_printf(arena, "f=%d", f));
            cell->parents[0] = cell->parents[1] = "";
            cell->fineness = (d < 3) + (f < 3);
            cell->sellers = cell->buyers = cell->count;
            cell->is_settled = true;
        }
    stats_cells_suppress(arena, &cells, 2);
    for (int i = 0; i < 3; i++) {
        expect(&cells, arena_printf(arena, "d=%d%c", i, STATS_SEPARATOR), false);
        expect(&cells, arena_printf(arena, "d=2%cf=%d", STATS_SEPARATOR, i), false);
    }
    expect(&cells,
        "d=0\x1f"
        "f=0",
        true);
    expect(&cells,
        "d=0\x1f"
        "f=1",
        true);
    expect(&cells,
        "d=1\x1f"
        "f=0",
        true);
    expect(&cells,
        "d=1\x1f"
        "f=1",
        true);
    expect(&cells,
        "d=0\x1f"
        "f=2",
        false);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_cells),
        cmocka_unit_test(test_what_came_in_since_it_was_shown),
        cmocka_unit_test(test_a_hidden_sum_does_not_follow_from_its_parts),
        cmocka_unit_test(test_in_both_directions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
