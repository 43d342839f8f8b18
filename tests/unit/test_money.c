#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/money.h"

static void
test_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t fen; /* -1: refused */
    } cases[] = {{"0", 0}, {"0.00", 0}, {"0.01", 1}, {"1", 100}, {"1.10", 110},
        {"1200000.00", 120000000}, {"15658000000.00", 1565800000000},
        {"9999999999999.99", 999999999999999}, {"10000000000000.00", MONEY_MAX_FEN},
        {"10000000000000", MONEY_MAX_FEN}, {"10000000000000.01", -1}, {"99999999999999.99", -1},
        {"100000000000000", -1}, {"99999999999999999999999999", -1}, {"", -1}, {"1.", -1},
        {"1.1", -1}, {"1.111", -1}, {".10", -1}, {"01", -1}, {"00.10", -1}, {"-1.00", -1},
        {"+1.00", -1}, {" 1.00", -1}, {"1.00 ", -1}, {"1,200.00", -1}, {"1e3", -1}, {"0x10", -1},
        {"1.0a", -1}, {"NaN", -1}, {"１.00", -1}, {"1.00\n", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t fen = -1;

        if (money_parse(cases[i].text, &fen) != (cases[i].fen >= 0) || fen != cases[i].fen)
            fail_msg("\"%s\": %lld", cases[i].text, (long long)fen);
    }
}

static void
test_format(void **state)
{
    static const struct {
        int64_t fen;
        const char *text;
    } cases[] = {{0, "0.00"}, {1, "0.01"}, {10, "0.10"}, {99, "0.99"}, {100, "1.00"}, {-1, "-0.01"},
        {-12345, "-123.45"}, {MONEY_MAX_FEN, "10000000000000.00"},
        {INT64_MAX, "92233720368547758.07"}, {INT64_MIN, "-92233720368547758.08"}};
    char text[MONEY_TEXT_BYTES];
    int64_t again;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(money_format(cases[i].fen, text), cases[i].text);
    for (int64_t fen = 0; fen < MONEY_MAX_FEN; fen = fen * 3 + 7) {
        assert_true(money_parse(money_format(fen, text), &again));
        assert_int_equal(again, fen);
    }
}

static void
test_ratio(void **state)
{
    char text[MONEY_TEXT_BYTES];

    (void)state;
    /* Linyi: 156.58 after 105.08, and the share of 16.08 in 156.58 */
    assert_true(ratio_format(15658 - 10508, 10508, text));
    assert_string_equal(text, "49.01");
    assert_true(ratio_format(1608, 15658, text));
    assert_string_equal(text, "10.27");
    assert_true(ratio_format(-1, 3, text));
    assert_string_equal(text, "-33.33");
    assert_true(ratio_format(1, 8000, text));
    assert_string_equal(text, "0.01");
    assert_true(ratio_format(1, 20000, text)); /* 0.005: the tie goes away from zero */
    assert_string_equal(text, "0.01");
    assert_true(ratio_format(-1, 20000, text));
    assert_string_equal(text, "-0.01");
    assert_false(ratio_format(1, 0, text));
    assert_false(ratio_format(1, -5, text));
}

static void
test_divide(void **state)
{
    (void)state;
    assert_int_equal(divide_half_away(5, 2), 3);
    assert_int_equal(divide_half_away(-5, 2), -3);
    assert_int_equal(divide_half_away(4, 3), 1);
    assert_int_equal(divide_half_away(5, 3), 2);
    assert_int_equal(divide_half_away(-4, 3), -1);
    assert_int_equal(divide_half_away((__int128)MONEY_MAX_FEN * 10000, 10000), MONEY_MAX_FEN);
    assert_int_equal(divide_half_away(0, 7), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_divide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
