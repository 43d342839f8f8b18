#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/stats/stats_int.h"

/* A cell with as many sellers and buyers as contracts. */
static struct stats_row
cell(const char *first, const char *second, int64_t count)
{
    return (struct stats_row){.keys = {first, second},
        .values = {count, count * 100, count * 50},
        .sellers = count,
        .buyers = count};
}

static void
suppress(struct stats_question question, struct stats_row *rows, int count)
{
    struct stats_table table = {rows, count};
    struct arena *arena = arena_new();

    stats_suppress(arena, &question, &table);
    arena_free(arena);
}

/* One letter a row: x hidden, - shown. */
static void
expect(const struct stats_row *rows, const char *hidden)
{
    for (size_t i = 0; i < strlen(hidden); i++)
        if (rows[i].is_hidden != (hidden[i] == 'x'))
            fail_msg("row %zu of %s", i, hidden);
}

static void
test_small_cells(void **state)
{
    const struct stats_question question = {.by_count = 1, .by = {DIM_DISTRICT}};
    struct stats_row enough[] = {cell("a", NULL, 3), cell("b", NULL, 9)};
    struct stats_row one_seller[] = {cell("a", NULL, 50), cell("b", NULL, 60), cell("c", NULL, 70)};
    struct stats_row total = cell(NULL, NULL, 2);

    (void)state;
    suppress(question, enough, 2);
    expect(enough, "--");
    one_seller[1].sellers = 2;
    suppress(question, one_seller, 3);
    expect(one_seller, "xx-");
    suppress((struct stats_question){0}, &total, 1);
    expect(&total, "x");
}

static void
test_a_second_cell_against_subtraction(void **state)
{
    const struct stats_question question = {.by_count = 1, .by = {DIM_DISTRICT}};
    struct stats_row one[] = {
        cell("a", NULL, 2), cell("b", NULL, 9), cell("c", NULL, 5), cell("d", NULL, 7)};
    struct stats_row two_of_one[] = {
        cell("a", NULL, 1), cell("b", NULL, 1), cell("c", NULL, 5), cell("d", NULL, 7)};
    struct stats_row two[] = {cell("a", NULL, 1), cell("b", NULL, 2), cell("c", NULL, 5)};

    (void)state;
    suppress(question, one, 4);
    expect(one, "x-x-");
    suppress(question, two_of_one, 4); /* together two contracts: still too few */
    expect(two_of_one, "xxx-");
    suppress(question, two, 3);
    expect(two, "xx-");
}

static void
test_in_both_directions(void **state)
{
    const struct stats_question question = {
        .by_count = 2, .by = {DIM_DISTRICT, DIM_TECHNICAL_FIELD}};
    struct stats_row rows[] = {cell("a", "01", 1), cell("a", "02", 10), cell("a", "03", 30),
        cell("b", "01", 11), cell("b", "02", 20), cell("b", "03", 31), cell("c", "01", 40),
        cell("c", "02", 41), cell("c", "03", 42)};

    (void)state;
    suppress(question, rows, 9);
    expect(rows, "xx-xx----");
}

static void
test_sums_over_longer_periods_and_types(void **state)
{
    const struct stats_question months = {.by_count = 1, .by = {DIM_MONTH}};
    const struct stats_question types = {.by_count = 1, .by = {DIM_CONTRACT_TYPE}};
    /* March could be told from the first quarter, July from the third: each needs a neighbour. */
    struct stats_row year[] = {cell("2022-01", NULL, 8), cell("2022-02", NULL, 9),
        cell("2022-03", NULL, 2), cell("2022-07", NULL, 2), cell("2022-08", NULL, 9),
        cell("2022-10", NULL, 4)};
    /* Licences (3) and transfers (2) are one statistical type, which can be asked for. */
    struct stats_row main_types[] = {cell("1", NULL, 100), cell("2", NULL, 50), cell("3", NULL, 2),
        cell("4", NULL, 2), cell("5", NULL, 60)};

    (void)state;
    suppress(months, year, 6);
    expect(year, "x-xxx-");
    suppress(types, main_types, 5);
    expect(main_types, "-xxx-");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_cells),
        cmocka_unit_test(test_a_second_cell_against_subtraction),
        cmocka_unit_test(test_in_both_directions),
        cmocka_unit_test(test_sums_over_longer_periods_and_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
