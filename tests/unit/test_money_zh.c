#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/money.h"
#include "common/money_zh.h"

static void
test_amounts(void **state)
{
    static const struct {
        int64_t fen;
        const char *zh;
    } table[] = {
        {0, "零元整"},
        {1, "壹分"},
        {10, "壹角整"},
        {50, "伍角整"},
        {99, "玖角玖分"},
        {100, "壹元整"},
        {105, "壹元零伍分"},
        {150, "壹元伍角整"},
        {1000, "壹拾元整"},
        {1001, "壹拾元零壹分"},
        {1100, "壹拾壹元整"},
        {10000, "壹佰元整"},
        {10100, "壹佰零壹元整"},
        {11000, "壹佰壹拾元整"},
        {32504, "叁佰贰拾伍元零肆分"},
        {100000, "壹仟元整"},
        {100100, "壹仟零壹元整"},
        {140950, "壹仟肆佰零玖元伍角整"},
        {168032, "壹仟陆佰捌拾元叁角贰分"},
        {600714, "陆仟零柒元壹角肆分"},
        {1000000, "壹万元整"},
        {1000100, "壹万零壹元整"},
        {1640902, "壹万陆仟肆佰零玖元零贰分"},
        {10000000, "壹拾万元整"},
        {10700053, "壹拾万柒仟元伍角叁分"},
        {10070053, "壹拾万零柒佰元伍角叁分"},
        {120000050, "壹佰贰拾万元伍角整"},
        {999999999, "玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"},
        {1000000000, "壹仟万元整"},
        {1000000001, "壹仟万元零壹分"},
        {10000000000, "壹亿元整"},
        {10000000100, "壹亿零壹元整"},
        {10001000000, "壹亿零壹万元整"},
        {10010000000, "壹亿零壹拾万元整"},
        {11000000000, "壹亿壹仟万元整"},
        {10000100000, "壹亿零壹仟元整"},
        {10500000500, "壹亿零伍佰万零伍元整"},
        {100000000000, "壹拾亿元整"},
        {100100000000, "壹拾亿零壹佰万元整"},
        {101000000000, "壹拾亿壹仟万元整"},
        {1565800000000, "壹佰伍拾陆亿伍仟捌佰万元整"},
        {100000000000000, "壹万亿元整"},
        {100010000000000, "壹万零壹亿元整"},
        {100000000000100, "壹万亿零壹元整"},
        {MONEY_MAX_FEN, "壹拾万亿元整"},
        {-150, "负壹元伍角整"},
    };
    char text[MONEY_ZH_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        assert_string_equal(money_zh(table[i].fen, text), table[i].zh);
}

/* What a reader makes of the capitals: the value again, for every amount. */
static int64_t
read_back(const char *text)
{
    static const char *const digits[] = {
        "零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};
    static const struct {
        const char *name;
        int64_t value;
    } places[] = {{"拾", 10}, {"佰", 100}, {"仟", 1000}};
    int64_t fen = 0, yi = 0, wan = 0, group = 0, digit = 0;

    for (; *text != '\0'; text += 3) {
        for (int i = 0; i < 10; i++)
            if (strncmp(text, digits[i], 3) == 0)
                digit = i;
        for (int i = 0; i < 3; i++)
            if (strncmp(text, places[i].name, 3) == 0) {
                group += digit * places[i].value;
                digit = 0;
            }
        if (strncmp(text, "万", 3) == 0) {
            wan = group + digit;
            group = digit = 0;
        } else if (strncmp(text, "亿", 3) == 0) {
            yi = wan * 10000 + group + digit;
            wan = group = digit = 0;
        } else if (strncmp(text, "元", 3) == 0) {
            fen = ((yi * 10000 + wan) * 10000 + group + digit) * 100;
            digit = 0;
        } else if (strncmp(text, "角", 3) == 0) {
            fen += digit * 10;
            digit = 0;
        } else if (strncmp(text, "分", 3) == 0) {
            fen += digit;
            digit = 0;
        }
    }
    return fen;
}

static void
test_every_amount_reads_back(void **state)
{
    char text[MONEY_ZH_BYTES];
    uint64_t random = 88172645463325252ULL;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        int64_t fen;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        fen = (int64_t)(random % (uint64_t)MONEY_MAX_FEN);
        if (i % 3 == 1) /* many zeros */
            fen = fen / 1000000000 * 1000000000 + fen % 1000 * (i % 7 == 0 ? 1000 : 1);
        if (i % 5 == 2)
            fen %= 100000000;
        money_zh(fen, text);
        assert_true(strlen(text) < MONEY_ZH_BYTES);
        assert_null(strstr(text, "零零"));
        if (fen >= 100)
            assert_null(strstr(text, "零元"));
        assert_int_equal(read_back(text), fen);
    }
    assert_true(strlen(money_zh(INT64_MIN, text)) < MONEY_ZH_BYTES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_every_amount_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
