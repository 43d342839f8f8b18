#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/date.h"
#include "server/shown/stats_shown.h"

enum { PARTS_MAX = 200, LINSHU = 371329, YISHUI = 371323, JUNAN = 371327 };

/* A record in the making: every contract of parties of its own. */
static struct stats_part parts[PARTS_MAX];
static int count;
static int32_t closed_on;

static int32_t
day_of(const char *text)
{
    int32_t day = 0;

    assert_true(date_parse(text, &day));
    return day;
}

/* Contracts of a district that come in by a closed day. */
static void
add(int contracts, const char *day, int district)
{
    struct civil civil = date_to_civil(day_of(day));

    for (int i = 0; i < contracts; i++) {
        parts[count] = (struct stats_part){.closing = day_of(day),
            .month = civil.year * 12 + civil.month - 1,
            .district = district,
            .contract_type = 1,
            .contract_type4 = 1,
            .technical_field = 5,
            .seller = count,
            .buyer = count};
        count++;
    }
    closed_on = day_of(day);
}

static bool
is_shown(const struct stats_place *place)
{
    struct buf shown = {0};
    bool result;

    stats_shown_find(parts, count, closed_on, &shown);
    result = stats_shown_has(&shown, stats_place_key(place));
    buf_clear(&shown);
    return result;
}

static bool
is_total_shown(void)
{
    return is_shown(&(struct stats_place){.unit = UNIT_RANGE});
}

static bool
is_district_shown(int district)
{
    return is_shown(
        &(struct stats_place){.unit = UNIT_RANGE, .has_district = true, .district = district});
}

static void
test_a_small_cell_and_a_second_one(void **state)
{
    (void)state;
    count = 0;
    add(2, "2026-05-31", LINSHU);
    assert_false(is_total_shown());
    add(5, "2026-05-31", YISHUI);
    add(4, "2026-05-31", JUNAN);
    assert_true(is_total_shown());
    assert_false(is_district_shown(LINSHU));
    assert_true(is_district_shown(YISHUI));
    assert_false(is_district_shown(JUNAN));
    assert_false(is_district_shown(371302));
}

static void
test_three_of_one_seller_are_small(void **state)
{
    (void)state;
    count = 0;
    add(3, "2026-05-31", LINSHU);
    assert_true(is_total_shown());
    parts[1].seller = 0;
    assert_false(is_total_shown());
}

static void
test_tables_together(void **state)
{
    (void)state;
    count = 0;
    add(9, "2026-05-31", LINSHU);
    add(1, "2026-05-31", YISHUI);
    for (int i = 0; i < 9; i++)
        parts[i].technical_field = 6;
    /* The field holds the district and nothing else: all is shown, or neither. */
    assert_true(is_total_shown());
    assert_false(is_district_shown(LINSHU));
    assert_false(
        is_shown(&(struct stats_place){.unit = UNIT_RANGE, .has_field = true, .field = 6}));
}

static bool
is_cross_shown(enum stats_unit unit, int year, int district, int type4)
{
    return is_shown(&(struct stats_place){.unit = unit,
        .month = year * 12,
        .has_district = true,
        .district = district,
        .has_type4 = true,
        .type = type4});
}

/* In the months of 2025 two districts and two types: four crosses, of which any three tell the
 * fourth. Few sellers, as it is: sums of one dimension bind them, so that crosses may be told. */
static void
add_squares(int of_each)
{
    static const char *days[] = {"2025-02-28", "2025-05-31", "2025-08-31", "2025-12-31"};

    for (int month = 0; month < 4; month++) {
        int first = count;

        add(2 * of_each, days[month], LINSHU);
        add(2 * of_each, days[month], YISHUI);
        for (int i = 0; i < 4 * of_each; i++) {
            parts[first + i].contract_type = 1 + i % 2;
            parts[first + i].contract_type4 = 1 + i % 2;
            parts[first + i].technical_field = 1 + i / 2 % 2;
            parts[first + i].seller = (first + i) % 11;
        }
    }
}

/* Of years that are over. */
static void
test_crosses(void **state)
{
    (void)state;
    count = 0;
    add_squares(9);
    count -= 4 * 9;
    closed_on = day_of("2025-11-30");
    assert_false(is_cross_shown(UNIT_YEAR, 2025, LINSHU, 1));
    count += 4 * 9;
    closed_on = day_of("2025-12-31");
    for (int type4 = 1; type4 < 3; type4++) {
        assert_true(is_cross_shown(UNIT_YEAR, 2025, LINSHU, type4));
        assert_true(is_cross_shown(UNIT_YEAR, 2025, YISHUI, type4));
        for (int unit = UNIT_RANGE; unit <= UNIT_MONTH; unit++)
            assert_true(
                unit == UNIT_YEAR || !is_cross_shown((enum stats_unit)unit, 2025, LINSHU, type4));
    }
    assert_true(is_shown(&(struct stats_place){.unit = UNIT_YEAR,
        .month = 2025 * 12,
        .has_district = true,
        .district = LINSHU,
        .has_field = true,
        .field = 1}));
    assert_false(is_shown(&(struct stats_place){.unit = UNIT_YEAR,
        .month = 2025 * 12,
        .has_district = true,
        .district = LINSHU,
        .has_type4 = true,
        .type = 1,
        .has_field = true,
        .field = 1}));
}

/* A small cross takes the other one of its district with it, and no sum of one dimension. */
static void
test_a_small_cross(void **state)
{
    struct stats_place place = {.unit = UNIT_YEAR, .month = 2025 * 12, .has_type4 = true};

    (void)state;
    count = 0;
    add_squares(9);
    for (int i = 0, kept = 0; i < count; i++)
        if (parts[i].district == LINSHU && parts[i].contract_type4 == 1 && kept++ >= 2)
            parts[i].contract_type4 = 2;
    assert_false(is_cross_shown(UNIT_YEAR, 2025, LINSHU, 1)); /* two contracts */
    assert_false(is_cross_shown(UNIT_YEAR, 2025, LINSHU, 2));
    for (place.type = 1; place.type < 3; place.type++)
        assert_true(is_shown(&place));
    assert_true(is_district_shown(LINSHU));
}

static void
test_amounts_move_at_the_end_of_a_month(void **state)
{
    (void)state;
    count = 0;
    add(9, "2026-04-30", LINSHU);
    assert_true(is_total_shown());
    add(1, "2026-05-10", LINSHU);
    assert_false(is_total_shown());
    add(4, "2026-05-11", LINSHU);
    assert_false(is_total_shown());
    closed_on = day_of("2026-05-31");
    assert_true(is_total_shown());
    /* One in a month that is over: it is never told, and what it would leave of the rest neither.
     */
    add(1, "2026-06-30", LINSHU);
    assert_false(is_total_shown());
    add(5, "2026-07-31", LINSHU);
    assert_true(is_total_shown());
    assert_false(is_shown(&(struct stats_place){.unit = UNIT_MONTH, .month = 2026 * 12 + 6}));
    /* As much as there was is told at once. */
    add(20, "2026-08-02", LINSHU);
    assert_true(is_total_shown());
}

static void
test_own_contracts_protect_nobody(void **state)
{
    (void)state;
    count = 0;
    add(6, "2026-05-31", LINSHU);
    assert_true(is_total_shown());
    for (int i = 0; i < 4; i++)
        parts[i].is_own = true;
    assert_false(is_total_shown());
    parts[3].is_own = false;
    assert_true(is_total_shown());
    for (int i = 0; i < 6; i++)
        parts[i].is_own = true;
    assert_true(is_total_shown());
}

/* A contract that was taken away again is in the month in which it came, and not in the total. */
static void
test_what_went(void **state)
{
    (void)state;
    count = 0;
    add(4, "2026-04-30", LINSHU);
    add(4, "2026-05-31", YISHUI);
    assert_true(is_total_shown());
    parts[0].is_gone = true;
    parts[0].gone_closing = day_of("2026-05-31");
    parts[0].gone_month = 2026 * 12 + 4;
    assert_true(is_shown(&(struct stats_place){.unit = UNIT_MONTH, .month = 2026 * 12 + 3}));
    assert_false(is_district_shown(LINSHU)); /* it would tell what went */
}

static void
test_codes(void **state)
{
    struct stats_place place = {.unit = UNIT_RANGE, .has_district = true, .district = -1};

    (void)state;
    assert_int_equal(stats_code_number("371302"), 371302);
    assert_int_equal(stats_code_number("05"), 5);
    assert_int_equal(stats_code_number("K3"), 3);
    assert_int_equal(stats_code_number(NULL), -1);
    assert_int_equal(stats_code_number(""), -1);
    assert_int_equal(stats_code_number("3713021"), -1);
    assert_int_equal(stats_code_number("37x"), -1);
    assert_true(stats_place_key(&place) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_small_cell_and_a_second_one),
        cmocka_unit_test(test_three_of_one_seller_are_small),
        cmocka_unit_test(test_tables_together),
        cmocka_unit_test(test_crosses),
        cmocka_unit_test(test_a_small_cross),
        cmocka_unit_test(test_amounts_move_at_the_end_of_a_month),
        cmocka_unit_test(test_own_contracts_protect_nobody),
        cmocka_unit_test(test_what_went),
        cmocka_unit_test(test_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
