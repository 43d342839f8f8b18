#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/api/answer_cache.h"

static const uint8_t *
key_of(int number)
{
    static uint8_t key[ANSWER_KEY_BYTES];

    memset(key, 0, sizeof(key));
    snprintf((char *)key, sizeof(key), "%d", number);
    return key;
}

static void
keep(struct answer_cache *cache, int number, uint64_t version, size_t bytes)
{
    struct cached_answer answer = {.content_type = "text/plain", .as_of_seq = number};

    buf_reserve(&answer.body, bytes);
    memset(answer.body.data, 'a' + number % 26, bytes);
    answer.body.len = bytes;
    answer_cache_keep(cache, key_of(number), version, &answer);
    buf_clear(&answer.body);
}

static void
test_only_of_this_version(void **state)
{
    struct answer_cache *cache = answer_cache_new();
    const struct cached_answer *found;

    (void)state;
    assert_null(answer_cache_find(cache, key_of(1), 0));
    keep(cache, 1, 7, 100);
    found = answer_cache_find(cache, key_of(1), 7);
    assert_non_null(found);
    assert_int_equal(found->body.len, 100);
    assert_int_equal(found->as_of_seq, 1);
    assert_null(answer_cache_find(cache, key_of(2), 7));
    assert_null(answer_cache_find(cache, key_of(1), 8));
    assert_null(answer_cache_find(cache, key_of(1), 7)); /* versions never come back */
    assert_int_equal(answer_cache_bytes(cache), 0);
    keep(cache, 1, 8, 50);
    keep(cache, 1, 9, 60);
    assert_int_equal(answer_cache_find(cache, key_of(1), 9)->body.len, 60);
    assert_int_equal(answer_cache_bytes(cache), 60);
    answer_cache_free(cache);
    answer_cache_free(NULL);
}

static void
test_the_least_used_goes_first(void **state)
{
    struct answer_cache *cache = answer_cache_new();

    (void)state;
    for (int i = 0; i < ANSWER_CACHE_ANSWERS; i++)
        keep(cache, i, 1, 10);
    assert_non_null(answer_cache_find(cache, key_of(0), 1));
    keep(cache, ANSWER_CACHE_ANSWERS, 1, 10);
    assert_non_null(answer_cache_find(cache, key_of(0), 1));
    assert_null(answer_cache_find(cache, key_of(1), 1));
    assert_non_null(answer_cache_find(cache, key_of(2), 1));
    assert_non_null(answer_cache_find(cache, key_of(ANSWER_CACHE_ANSWERS), 1));
    assert_int_equal(answer_cache_bytes(cache), 10 * ANSWER_CACHE_ANSWERS);
    answer_cache_free(cache);
}

static void
test_bounded_bytes(void **state)
{
    struct answer_cache *cache = answer_cache_new();

    (void)state;
    for (int i = 0; i < 40; i++) {
        keep(cache, i, 1, ANSWER_CACHE_ANSWER_BYTES);
        assert_true(answer_cache_bytes(cache) <= ANSWER_CACHE_BYTES);
        assert_non_null(answer_cache_find(cache, key_of(i), 1));
    }
    assert_int_equal(answer_cache_bytes(cache), ANSWER_CACHE_BYTES);
    keep(cache, 99, 1, ANSWER_CACHE_ANSWER_BYTES + 1);
    assert_null(answer_cache_find(cache, key_of(99), 1));
    keep(cache, 39, 1, 5); /* in its own place */
    assert_int_equal(answer_cache_bytes(cache), ANSWER_CACHE_BYTES - ANSWER_CACHE_ANSWER_BYTES + 5);
    answer_cache_free(cache);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_of_this_version),
        cmocka_unit_test(test_the_least_used_goes_first),
        cmocka_unit_test(test_bounded_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
