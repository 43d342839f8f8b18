#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/date.h"

static void
test_parse(void **state)
{
    static const struct {
        const char *text;
        int32_t day; /* INT32_MIN: refused */
    } cases[] = {{"1970-01-01", 0}, {"1969-12-31", -1}, {"2000-02-29", 11016},
        {"2026-03-18", 20530}, {"1900-01-01", -25567}, {"2199-12-31", 84005},
        {"1900-02-29", INT32_MIN}, {"2100-02-29", INT32_MIN}, {"2026-02-29", INT32_MIN},
        {"2026-04-31", INT32_MIN}, {"2026-00-10", INT32_MIN}, {"2026-13-10", INT32_MIN},
        {"2026-01-00", INT32_MIN}, {"2026-01-32", INT32_MIN}, {"1899-12-31", INT32_MIN},
        {"2200-01-01", INT32_MIN}, {"2026-3-18", INT32_MIN}, {"20260318", INT32_MIN},
        {"2026-03-18 ", INT32_MIN}, {"2026-03-18T00:00", INT32_MIN}, {"2026/03/18", INT32_MIN},
        {"2026-03-1a", INT32_MIN}, {"+026-03-18", INT32_MIN}, {"", INT32_MIN},
        {"２０２６-", INT32_MIN}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int32_t day = INT32_MIN;

        if (date_parse(cases[i].text, &day) != (cases[i].day != INT32_MIN) || day != cases[i].day)
            fail_msg("\"%s\": %d", cases[i].text, (int)day);
    }
}

/* Every day of three centuries, counted one by one. */
static void
test_every_day(void **state)
{
    struct civil civil = {1900, 1, 1};
    char text[DATE_TEXT_BYTES];
    int32_t again;

    (void)state;
    for (int32_t day = -25567; day <= 84005; day++) {
        struct civil back = date_to_civil(day);

        assert_true(back.year == civil.year && back.month == civil.month && back.day == civil.day);
        assert_int_equal(date_from_civil(civil), day);
        assert_true(date_parse(date_format(day, text), &again));
        assert_int_equal(again, day);
        if (++civil.day > date_days_in_month(civil.year, civil.month)) {
            civil.day = 1;
            if (++civil.month > 12) {
                civil.month = 1;
                civil.year++;
            }
        }
    }
    assert_int_equal(civil.year, 2200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_every_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
