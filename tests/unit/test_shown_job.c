#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/shown/shown_job.h"

enum { COUNT = 40, CLOSED_ON = 20604, HEAD_BYTES = 8, PART_BYTES = 48 };

static struct stats_part
part_of(int number)
{
    return (struct stats_part){.closing = CLOSED_ON - 31 * (number % 4),
        .month = 2026 * 12 + 4 - number % 4,
        .is_gone = number % 9 == 0,
        .gone_closing = CLOSED_ON,
        .gone_month = 2026 * 12 + 4,
        .district = number % 5 == 0 ? -1 : 371302 + number % 3,
        .contract_type = number % 3,
        .contract_type4 = number % 4,
        .technical_field = number % 11,
        .is_own = number % 7 == 0,
        .seller = number % 13,
        .buyer = number};
}

static struct buf
question(int count)
{
    struct buf out = {0};

    shown_job_begin(&out, count, CLOSED_ON);
    for (int i = 0; i < count; i++) {
        struct stats_part part = part_of(i);

        shown_job_add(&out, &part);
    }
    return out;
}

/* Exactly so many bytes, so that a sanitizer sees one that is read behind them. */
static bool
is_made(const struct buf *asked, size_t len)
{
    char *data = malloc(len == 0 ? 1 : len);
    struct buf made = {0};
    const char *why = NULL;
    bool result;

    memcpy(data, asked->data, len);
    result = shown_job_make(data, len, &made, &why);
    assert_true(result || (why != NULL && made.len == 0));
    buf_clear(&made);
    free(data);
    return result;
}

static void
test_the_answer_is_that_of_the_search(void **state)
{
    struct stats_part parts[COUNT];
    struct buf asked = question(COUNT);
    struct buf expected = {0};
    struct buf made = {0};
    struct buf shown = {0};
    const char *why = NULL;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        parts[i] = part_of(i);
    stats_shown_find(parts, COUNT, CLOSED_ON, &expected);
    assert_true(expected.len > 0);
    assert_true(shown_job_make(asked.data, asked.len, &made, &why));
    assert_true(shown_job_read(&made, &shown));
    assert_int_equal(shown.len, expected.len);
    assert_memory_equal(shown.data, expected.data, expected.len);
    buf_clear(&asked);
    buf_clear(&expected);
    buf_clear(&made);
    buf_clear(&shown);
}

static void
test_no_contracts(void **state)
{
    struct buf asked = question(0);
    struct buf none = {0};
    struct buf shown = {0};

    (void)state;
    assert_true(is_made(&asked, asked.len));
    assert_true(shown_job_read(&none, &shown));
    assert_int_equal(shown.len, 0);
    buf_clear(&asked);
}

static void
test_lengths_that_do_not_fit(void **state)
{
    struct buf asked = question(3);

    (void)state;
    for (size_t len = 0; len < asked.len; len++)
        assert_false(is_made(&asked, len));
    assert_true(is_made(&asked, asked.len));
    for (int at = 0; at < 4; at++) {
        asked.data[at] = (char)(asked.data[at] ^ 0x81);
        assert_false(is_made(&asked, asked.len));
        asked.data[at] = (char)(asked.data[at] ^ 0x81);
    }
    buf_putc(&asked, 'x');
    assert_false(is_made(&asked, asked.len));
    buf_clear(&asked);
}

/* More than the worker ever sends, and as many bytes. */
static void
test_too_many(void **state)
{
    struct buf asked = question(STATS_PARTS_MAX + 1);

    (void)state;
    assert_false(is_made(&asked, asked.len));
    buf_clear(&asked);
}

static void
test_values_out_of_range(void **state)
{
    enum { CLOSING = 0, MONTH = 1, GONE_CLOSING = 3, GONE_MONTH = 4, SELLER = 10, BUYER = 11 };
    static const struct {
        int number;
        unsigned char bytes[4];
    } bad[] = {
        {CLOSING, {0x7f, 0xff, 0xff, 0xff}},
        {CLOSING, {0x80, 0, 0, 0}},
        {MONTH, {0xff, 0xff, 0xff, 0xff}},
        {MONTH, {0, 1, 0, 0}},
        {GONE_CLOSING, {0x80, 0, 0, 0}},
        {GONE_MONTH, {0x7f, 0, 0, 0}},
        {SELLER, {0, 0, 0, 4}},
        {SELLER, {0xff, 0xff, 0xff, 0xff}},
        {BUYER, {0x7f, 0xff, 0xff, 0xff}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf asked = question(3);

        memcpy(
            asked.data + HEAD_BYTES + PART_BYTES + (ptrdiff_t)bad[i].number * 4, bad[i].bytes, 4);
        assert_false(is_made(&asked, asked.len));
        buf_clear(&asked);
    }
}

static void
test_an_answer_that_is_none(void **state)
{
    struct buf made = {0};
    struct buf shown = {0};

    (void)state;
    buf_add(&made, "\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\4", 16);
    assert_false(shown_job_read(&made, &shown)); /* not in their order */
    buf_clear(&shown);
    made.len = 15;
    assert_false(shown_job_read(&made, &shown));
    buf_clear(&shown);
    memset(made.data, 0, 8);
    made.len = 8;
    assert_false(shown_job_read(&made, &shown)); /* no cell has this key */
    buf_clear(&shown);
    buf_clear(&made);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_answer_is_that_of_the_search),
        cmocka_unit_test(test_no_contracts),
        cmocka_unit_test(test_lengths_that_do_not_fit),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_values_out_of_range),
        cmocka_unit_test(test_an_answer_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
