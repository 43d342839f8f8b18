#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/money.h"
#include "server/stats/stats_int.h"

static struct stats_row
row_of(const char *first, const char *second, int64_t count, int64_t total, int64_t technology)
{
    return (struct stats_row){.keys = {first, second}, .values = {count, total, technology}};
}

static struct stats_question
by_year_and_district(void)
{
    return (struct stats_question){.by_count = 2,
        .by = {DIM_YEAR, DIM_DISTRICT},
        .measures = MEASURE_VALUES | MEASURE_SHARE | MEASURE_GROWTH,
        .compared = MEASURE_VALUES};
}

/* NULL: there is no such figure. */
static void
expect(bool known, const char *text, const char *expected)
{
    if (expected == NULL) {
        assert_false(known);
        return;
    }
    assert_true(known);
    assert_string_equal(text, expected);
}

static void
expect_growth(const struct stats_row *row, enum stats_value value, const char *expected)
{
    char text[MONEY_TEXT_BYTES];

    expect(stats_growth(row, row->base, value, text), text, expected);
}

static void
expect_share(const struct stats_row *row, enum stats_value value, const char *expected)
{
    char text[MONEY_TEXT_BYTES];

    expect(stats_share(row, value, text), text, expected);
}

static void
test_growth_of_the_same_cell(void **state)
{
    struct stats_row now[] = {row_of("2022", "371302", 3167, 1565800000000, 160800000000),
        row_of("2022", NULL, 5, 100, 50), row_of("2023", "371302", 1, 0, 0),
        row_of("2022", "371311", 7, 7, 7)};
    struct stats_row base[] = {row_of("2022", "371302", 3167, 1565800000000, 160800000000),
        row_of("2021", NULL, 4, -100, 0),
        row_of("2021", "371302", 2000, 1050800000000, 321600000000)};
    struct stats_answer answer = {.now = {now, 4}, .base = {base, 3}};
    struct stats_question question = by_year_and_district();
    struct arena *arena = arena_new();

    (void)state;
    stats_measure_link(arena, &question, &answer);
    expect_growth(&now[0], VALUE_TOTAL, "49.01");
    expect_growth(&now[0], VALUE_COUNT, "58.35");
    expect_growth(&now[0], VALUE_TECHNOLOGY, "-50.00");
    expect_growth(&now[1], VALUE_COUNT, "25.00");
    expect_growth(&now[1], VALUE_TOTAL, NULL);      /* a base below zero */
    expect_growth(&now[1], VALUE_TECHNOLOGY, NULL); /* a base of zero */
    expect_growth(&now[2], VALUE_COUNT, "-99.97");
    expect_growth(&now[2], VALUE_TOTAL, "-100.00");
    expect_growth(&now[3], VALUE_TOTAL, NULL); /* nothing to compare with */
    arena_free(arena);
}

/* SQL gives each row the sums of its period. */
static void
test_share_within_a_period(void **state)
{
    struct stats_row row = row_of("2022", "a", 1, 100, 0);

    (void)state;
    memcpy(row.whole, (int64_t[]){3, 300, 0}, sizeof(row.whole));
    expect_share(&row, VALUE_COUNT, "33.33");
    expect_share(&row, VALUE_TOTAL, "33.33");
    expect_share(&row, VALUE_TECHNOLOGY, NULL);
    row.values[VALUE_TOTAL] = 200;
    expect_share(&row, VALUE_TOTAL, "66.67");
    row.values[VALUE_TECHNOLOGY] = 20;
    row.whole[VALUE_TECHNOLOGY] = 30;
    row.whole[VALUE_TOTAL] = 0; /* the parts make zero */
    expect_share(&row, VALUE_TOTAL, NULL);
    expect_share(&row, VALUE_TECHNOLOGY, "66.67");
}

static void
test_growth_against_the_period_before(void **state)
{
    struct stats_row now[] = {row_of("2022-01", "a", 3, 300, 0), row_of("2022-02", "a", 6, 0, 0)};
    struct stats_row prev[] = {
        row_of("2021-12", "a", 2, 200, 0), row_of("2022-01", "a", 3, 300, 0)};
    struct stats_answer answer = {.now = {now, 2}, .prev = {prev, 2}};
    struct stats_question question = {.by_count = 2, .by = {DIM_MONTH, DIM_DISTRICT}};
    struct arena *arena = arena_new();
    char text[MONEY_TEXT_BYTES];

    (void)state;
    stats_measure_link(arena, &question, &answer);
    assert_ptr_equal(now[0].prev, &prev[0]);
    expect(stats_growth(&now[0], now[0].prev, VALUE_COUNT, text), text, "50.00");
    expect(stats_growth(&now[1], now[1].prev, VALUE_COUNT, text), text, "100.00");
    expect(stats_growth(&now[1], now[1].prev, VALUE_TOTAL, text), text, "-100.00");
    assert_null(now[0].base);
    arena_free(arena);
}

static void
test_average_and_reference(void **state)
{
    struct stats_row row = row_of(NULL, NULL, 3, 1000, 0);
    char text[MONEY_TEXT_BYTES];

    (void)state;
    expect(stats_average_amount(&row, text), text, "3.33");
    row.values[VALUE_TOTAL] = 1001; /* 333.67 fen */
    expect(stats_average_amount(&row, text), text, "3.34");
    expect(stats_of_reference(&row, true, 2002, text), text, "50.00");
    expect(stats_of_reference(&row, true, 0, text), text, NULL); /* a GDP of zero */
    expect(stats_of_reference(&row, false, 0, text), text, NULL);
    row.values[VALUE_COUNT] = 0;
    expect(stats_average_amount(&row, text), text, NULL);
}

static void
test_halves_go_away_from_zero(void **state)
{
    struct stats_row base = row_of(NULL, NULL, 1, 20000, 20000);
    struct stats_row row = row_of(NULL, NULL, 1, 20001, 19999);

    (void)state;
    row.base = &base;
    expect_growth(&row, VALUE_TOTAL, "0.01");       /* 0.005 */
    expect_growth(&row, VALUE_TECHNOLOGY, "-0.01"); /* -0.005 */
    row.whole[VALUE_TOTAL] = INT64_C(9000000000000000000);
    row.values[VALUE_TOTAL] = INT64_C(8999999999999999999); /* far beyond what a double holds */
    expect_share(&row, VALUE_TOTAL, "100.00");
}

static void
test_technology_ratio(void **state)
{
    struct stats_row row = row_of(NULL, NULL, 1, 1565800000000, 160800000000);
    char text[MONEY_TEXT_BYTES];

    (void)state;
    expect(stats_technology_ratio(&row, text), text, "10.27");
    row.is_hidden = true;
    expect(stats_technology_ratio(&row, text), text, NULL);
    row = row_of(NULL, NULL, 0, 0, 0);
    expect(stats_technology_ratio(&row, text), text, NULL);
}

static void
test_hidden_cells_tell_no_amount(void **state)
{
    struct stats_row base = row_of(NULL, NULL, 10, 100, 100);
    struct stats_row row = row_of(NULL, NULL, 20, 200, 200);

    (void)state;
    row.base = &base;
    base.is_hidden = true;
    expect_growth(&row, VALUE_TOTAL, NULL);
    expect_growth(&row, VALUE_COUNT, "100.00");
    base.is_hidden = false;
    row.is_hidden = true;
    memcpy(row.whole, base.values, sizeof(row.whole));
    expect_growth(&row, VALUE_TECHNOLOGY, NULL);
    expect_share(&row, VALUE_TOTAL, NULL);
    expect_share(&row, VALUE_COUNT, "200.00");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth_of_the_same_cell),
        cmocka_unit_test(test_share_within_a_period),
        cmocka_unit_test(test_growth_against_the_period_before),
        cmocka_unit_test(test_average_and_reference),
        cmocka_unit_test(test_halves_go_away_from_zero),
        cmocka_unit_test(test_technology_ratio),
        cmocka_unit_test(test_hidden_cells_tell_no_amount),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
