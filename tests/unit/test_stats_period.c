#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/date.h"
#include "server/stats/stats_period.h"

static const char *
text_of(int32_t day)
{
    static char texts[4][DATE_TEXT_BYTES];
    static int next;

    next = (next + 1) % 4;
    return date_format(day, texts[next]);
}

static int32_t
day_of(const char *text)
{
    int32_t day;

    assert_true(date_parse(text, &day));
    return day;
}

static void
test_parse(void **state)
{
    static const struct {
        const char *text;
        const char *first;
        const char *last;
    } cases[] = {
        {"2022", "2022-01-01", "2022-12-31"},
        {"2022H1", "2022-01-01", "2022-06-30"},
        {"2022H2", "2022-07-01", "2022-12-31"},
        {"2022Q1", "2022-01-01", "2022-03-31"},
        {"2022Q4", "2022-10-01", "2022-12-31"},
        {"2022-06", "2022-06-01", "2022-06-30"},
        {"2024-02", "2024-02-01", "2024-02-29"},
        {"2022-12", "2022-12-01", "2022-12-31"},
        {"2022-06-30", "2022-06-30", "2022-06-30"},
        {"2022M1-10", "2022-01-01", "2022-10-31"},
        {"2022M2-2", "2022-02-01", "2022-02-28"},
        {"2022M1-12", "2022-01-01", "2022-12-31"},
        {"2199", "2199-01-01", "2199-12-31"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stats_range range = {0};

        assert_true(stats_period_parse(cases[i].text, &range));
        assert_true(range.has_first && range.has_last);
        assert_string_equal(text_of(range.first), cases[i].first);
        assert_string_equal(text_of(range.last), cases[i].last);
    }
}

static void
test_malformed(void **state)
{
    static const char *const cases[] = {"", "2", "202", "20222", "1899", "2200", "9999", "abcd",
        " 2022", "2022 ", "2022H", "2022H0", "2022H3", "2022H12", "2022h1", "2022Q0", "2022Q5",
        "2022Q01", "2022Q1x", "2022-", "2022-0", "2022-6", "2022-00", "2022-13", "2022-06-",
        "2022-06-31", "2022-02-29", "2022-6-30", "2022-06-30x", "2022/06", "2022M", "2022M1",
        "2022M1-", "2022M-3", "2022M0-3", "2022M1-13", "2022M10-1", "2022M01-10", "2022M1-10x",
        "2022M1-99999999999", "2022M99999999999-1", "２０２２", "-2022", "+022", "0x12"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stats_range range;

        if (stats_period_parse(cases[i], &range))
            fail_msg("\"%s\" was taken", cases[i]);
    }
}

/* first or last NULL: open. */
static void
test_year_before(void **state)
{
    static const struct {
        const char *first;
        const char *last;
        const char *today;
        const char *base_first;
        const char *base_last;
    } cases[] = {
        {"2022-01-01", "2022-12-31", "2026-03-01", "2021-01-01", "2021-12-31"},
        {"2023-01-01", "2023-06-30", "2026-03-01", "2022-01-01", "2022-06-30"},
        /* today lies inside: only up to the same day */
        {"2026-01-01", "2026-12-31", "2026-03-01", "2025-01-01", "2025-03-01"},
        {NULL, NULL, "2026-03-01", NULL, "2025-03-01"},
        {"2026-03-01", "2026-03-01", "2026-03-01", "2025-03-01", "2025-03-01"},
        {NULL, "2022-05-05", "2026-03-01", NULL, "2021-05-05"},
        /* the end of February goes with the end of February ... */
        {"2025-02-01", "2025-02-28", "2026-03-01", "2024-02-01", "2024-02-29"},
        {"2024-02-01", "2024-02-29", "2026-03-01", "2023-02-01", "2023-02-28"},
        /* ... but a day with its like, and today with today */
        {"2025-02-28", "2025-02-28", "2026-03-01", "2024-02-28", "2024-02-28"},
        {"2025-01-01", NULL, "2025-02-28", "2024-01-01", "2024-02-28"},
        {"2024-01-01", NULL, "2024-02-29", "2023-01-01", "2023-02-28"},
        {"2024-02-29", "2024-03-31", "2026-03-01", "2023-03-01", "2023-03-31"},
        /* 29 February has no like day: an empty range */
        {"2024-02-29", "2024-02-29", "2026-03-01", "2023-03-01", "2023-02-28"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stats_range range = {
            .has_first = cases[i].first != NULL, .has_last = cases[i].last != NULL};
        struct stats_range base;

        if (range.has_first)
            range.first = day_of(cases[i].first);
        if (range.has_last)
            range.last = day_of(cases[i].last);
        base = stats_range_year_before(range, day_of(cases[i].today));
        assert_int_equal(base.has_first, cases[i].base_first != NULL);
        if (base.has_first)
            assert_string_equal(text_of(base.first), cases[i].base_first);
        assert_true(base.has_last);
        assert_string_equal(text_of(base.last), cases[i].base_last);
    }
}

static void
test_months(void **state)
{
    static const struct {
        const char *period;
        bool is_months;
    } cases[] = {{"2022", true}, {"2022Q2", true}, {"2024-02", true}, {"2022M3-5", true},
        {"2022-06-30", false}, {"2022-06-01", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stats_range range;

        assert_true(stats_period_parse(cases[i].period, &range));
        assert_int_equal(stats_range_is_months(range), cases[i].is_months);
    }
    assert_true(stats_range_is_months((struct stats_range){0}));
}

static void
test_labels(void **state)
{
    static const char *const cases[][2] = {{"2022", "2021"}, {"2000", "1999"}, {"2022H1", "2021H1"},
        {"2022Q4", "2021Q4"}, {"2022-06", "2021-06"}, {"2022-06-30", "2021-06-30"},
        {"2024-02-29", "2023-02-29"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char before[STATS_LABEL_BYTES];

        stats_label_year_before(cases[i][0], before);
        assert_string_equal(before, cases[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_year_before),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
