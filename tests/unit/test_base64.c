#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base64.h"

static const struct {
    const char *bytes;
    const char *text;
} pairs[] = {/* RFC 4648 section 10 */
    {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"},
    {"\xfb\xef\xbe", "++++"}};

static void
test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct buf text = {0};
        struct buf bytes = {0};

        base64_add(&text, pairs[i].bytes, strlen(pairs[i].bytes));
        assert_int_equal(text.len, strlen(pairs[i].text));
        assert_memory_equal(text.data, pairs[i].text, text.len);
        assert_int_equal(base64_read(&bytes, pairs[i].text, strlen(pairs[i].text)), 0);
        assert_int_equal(bytes.len, strlen(pairs[i].bytes));
        assert_memory_equal(bytes.data, pairs[i].bytes, bytes.len);
        buf_clear(&text);
        buf_clear(&bytes);
    }
}

static void
test_every_byte_and_length(void **state)
{
    uint8_t all[300];

    (void)state;
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len <= sizeof(all); len++) {
        struct buf text = {0};
        struct buf bytes = {0};

        base64_add(&text, all, len);
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        assert_int_equal(base64_read(&bytes, text.data, text.len), 0);
        assert_int_equal(bytes.len, len);
        assert_memory_equal(bytes.data, all, len);
        buf_clear(&text);
        buf_clear(&bytes);
    }
}

static void
test_nothing_lenient(void **state)
{
    static const char *const wrong[] = {"Z", "Zg",
        "Zg=", "Zg===", "====", "Z===", "Zg==Zg==", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9_",
        "Zh==", "Zm9=", "Zm8=Zm8=", "=m9v", "Zm=v", "Zm9\x80"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct buf bytes = {0};

        assert_int_equal(base64_read(&bytes, wrong[i], strlen(wrong[i])), -1);
        buf_clear(&bytes);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_every_byte_and_length),
        cmocka_unit_test(test_nothing_lenient),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
