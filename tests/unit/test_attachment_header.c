/* Content-Digest and If-None-Match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/digest.h"
#include "server/attachments/attachment_header.h"

/* printf '%s' abc | openssl dgst -sha256 -binary | base64 */
#define ABC "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="

static void
test_digests(void **state)
{
    static const struct {
        const char *header;
        int result;
    } headers[] = {{"sha-256=:" ABC ":", 1}, {"SHA-256=:" ABC ":", 1}, {" sha-256=:" ABC ": ", 1},
        {"sha-512=:AAAA:, sha-256=:" ABC ":", 1}, {"sha-256=:" ABC ":,sha-512=:AAAA:", 1},
        {"sha-256=:" ABC ":;q=1", 1}, {"sha-512=:AAAA:", 0}, {"md5=:x:", 0}, {"", 0},
        {"sha-256=" ABC, -1}, {"sha-256=:" ABC, -1}, {"sha-256=:" ABC "::", -1},
        {"sha-256=:AAAA:", -1}, {"sha-256", -1}, {"sha-256=", -1}, {"=:x:", -1},
        {"sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=:", -1}, {"sha-256=:" ABC "!", -1}};
    uint8_t wanted[SHA256_BYTES];

    (void)state;
    sha256_of("abc", 3, wanted);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        uint8_t sha256[SHA256_BYTES] = {0};
        int result = attachment_digest_read(headers[i].header, sha256);

        if (result != headers[i].result)
            fail_msg("%s: %d", headers[i].header, result);
        if (result == 1)
            assert_memory_equal(sha256, wanted, SHA256_BYTES);
    }
}

static void
test_format(void **state)
{
    struct arena *arena = arena_new();
    uint8_t sha256[SHA256_BYTES];

    (void)state;
    sha256_of("abc", 3, sha256);
    assert_string_equal(attachment_digest_format(arena, sha256), "sha-256=:" ABC ":");
    arena_free(arena);
}

static void
test_tags(void **state)
{
    static const struct {
        const char *header;
        bool matches;
    } headers[] = {{"*", true}, {"\"abc\"", true}, {"W/\"abc\"", true}, {"\"x\", \"abc\"", true},
        {"\"x\",\"abc\",\"y\"", true}, {"\"x\" , W/\"abc\"", true}, {"\"\", \"abc\"", true},
        {"abc", false}, {"\"abcd\"", false}, {"\"ab\"", false}, {"\"abc", false}, {"", false},
        {"\"", false}, {"\"\"", false}, {"\"x\" \"abc\"", false}, {"\"x\";\"abc\"", false},
        {"w/\"abc\"", false}, {"**", false}, {",\"abc\"", false}, {"W/", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (attachment_tag_matches(headers[i].header, "abc") != headers[i].matches)
            fail_msg("%s", headers[i].header);
    assert_false(attachment_tag_matches(NULL, "abc"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
