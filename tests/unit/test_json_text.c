#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/api/json_text.h"

/* What both readers must agree on: refused alike, or the same values. */
static void
compare(const char *text, size_t len)
{
    struct json_text_fault fault;
    json_t *ours = json_text_read(text, len, 2048, &fault);
    json_t *theirs = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

    if (memchr(text, '\0', len) != NULL) { /* jansson overlooks a zero byte behind a number */
        json_decref(theirs);
        theirs = NULL;
    }
    if ((ours == NULL) != (theirs == NULL) || (ours != NULL && !json_equal(ours, theirs)))
        fail_msg("another answer than jansson's (%s) for %.*s", theirs == NULL ? "no" : "yes",
            (int)len, text);
    assert_in_range(fault.at, 0, len);
    json_decref(ours);
    json_decref(theirs);
}

static const char *const texts[] = {
    "{}",
    "[]",
    " [ ] ",
    "{\"a\":1}",
    "{\"a\":1,}",
    "{\"a\":1 \"b\":2}",
    "{\"a\" 1}",
    "{a:1}",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}",
    "{\"\":0}",
    "[\"\\u0000\"]",
    "{\"\\u0000\":1}",
    "",
    " ",
    "1",
    "\"a\"",
    "null",
    "[null,true,false]",
    "[nul]",
    "[nulll]",
    "[True]",
    "[0,-0,1,-1,10]",
    "[01]",
    "[-]",
    "[+1]",
    "[1.]",
    "[.5]",
    "[1.5]",
    "[1e5,1E+5,1e-5]",
    "[1e]",
    "[1e+]",
    "[9223372036854775807,-9223372036854775808]",
    "[9223372036854775808]",
    "[-9223372036854775809]",
    "[1e400]",
    "[-1e400]",
    "[1e-400]",
    "[0x10]",
    "[1_0]",
    "[NaN]",
    "[\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"]",
    "[\"\\a\"]",
    "[\"\\\"]",
    "[\"abc]",
    "[\"a\nb\"]",
    "[\"a\tb\"]",
    "[\"\x7f\"]",
    "[\"\\u4e2d\\u6587\"]",
    "[\"\\ud83d\\ude00\"]",
    "[\"\\ud83d\"]",
    "[\"\\ud83dx\"]",
    "[\"\\ud83d\\u0041\"]",
    "[\"\\ude00\"]",
    "[\"\\u12\"]",
    "[\"\\u12g4\"]",
    "[\"\\uABCDx\"]",
    "[\"中文\"]",
    "[\"\xc3\xa9\xf0\x9f\x98\x80\"]",
    "[\"\xc0\x80\"]",
    "[\"\xc1\xbf\"]",
    "[\"\xe0\x80\x80\"]",
    "[\"\xed\xa0\x80\"]",
    "[\"\xed\x9f\xbf\"]",
    "[\"\xf0\x80\x80\x80\"]",
    "[\"\xf4\x8f\xbf\xbf\"]",
    "[\"\xf4\x90\x80\x80\"]",
    "[\"\xf5\x80\x80\x80\"]",
    "[\"\xff\"]",
    "[\"\x80\"]",
    "[\"\xe4\xb8\"]",
    "[\"\xe4\"",
    "{\"\xe4\":1}",
    "\xef\xbb\xbf{}",
    "{} x",
    "{}{}",
    "[[[[[]]]]]",
    "[[]",
    "{\"a\":{\"b\":[{}]}}",
    "[1]\n",
    "\t{\"a\"\r\n:\t1}",
    "[\f1]",
    "[\v]",
    "//\n[]",
    "{\"a\":\"b\\u0063\",\"d\":[\"e\\n\"]}",
    "{\"a\\n\":{\"b\\n\":\"c\\n\"},\"a\":1}",
};

static void
test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (size_t len = 0; len <= strlen(texts[i]); len++)
            compare(texts[i], len);
    compare("[\"a\0b\"]", 7);
    compare("[]\0", 3);
    compare("[1\0]", 4);
}

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A few bytes of a sound text changed: the two readers still agree. */
static void
test_damaged_texts(void **state)
{
    static const char sound[] =
        "{\"contract_no\":\"LYKJ-1\",\"名称\":\"\\u4e2d文\\n\",\"n\":[0,-12,3.25e1,true,null],"
        "\"o\":{\"a\":{},\"b\":[[],[{}]],\"c\":\"\\ud83d\\ude00 \xf0\x9f\x98\x80\"}}";
    static const char bytes[] =
        "\"\\{}[],:0129.eE+-untrfalsb \n\t\x00\x1f\x7f\x80\xbf\xc2\xe4\xed\xf0\xf4\xff";
    uint64_t random = 88172645463325252U;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        char text[sizeof(sound)];
        size_t len = sizeof(sound) - 1;

        memcpy(text, sound, sizeof(sound));
        for (uint64_t left = 1 + next_random(&random) % 3; left > 0; left--) {
            size_t at = next_random(&random) % len;

            if (next_random(&random) % 4 == 0)
                memmove(text + at, text + at + 1, --len - at);
            else
                text[at] = bytes[next_random(&random) % (sizeof(bytes) - 1)];
        }
        compare(text, len);
    }
}

static void
test_depth(void **state)
{
    struct json_text_fault fault;
    json_t *value = json_text_read("[[{\"a\":[]}]]", 12, 4, &fault);

    (void)state;
    assert_non_null(value);
    json_decref(value);
    assert_null(json_text_read("[[{\"a\":[]}]]", 12, 3, &fault));
    assert_true(fault.is_too_deep);
    assert_int_equal(fault.at, 7);
    assert_null(json_text_read("[[}", 3, 3, &fault));
    assert_false(fault.is_too_deep);
    assert_int_equal(fault.at, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_damaged_texts),
        cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
