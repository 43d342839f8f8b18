#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/zip_out.h"

static uint32_t
get32(const struct buf *out, size_t at)
{
    const unsigned char *byte = (const unsigned char *)out->data + at;

    return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

/* The check value of CRC-32, a time with every field, and where things stand (APPNOTE 4.3). */
static void
test_one_entry(void **state)
{
    struct zip_entry entries[1];
    struct zip_out zip = {.entries = entries, .time = 1773807330}; /* 2026-03-18 12:15:30 +08 */
    struct buf out = {0};

    (void)state;
    zip_out_open(&zip, &out, "a.txt");
    zip_out_data(&zip, &out, "12345", 5);
    zip_out_data(&zip, &out, "6789", 4);
    zip_out_close(&zip, &out);
    zip_out_end(&zip, &out);
    assert_int_equal(get32(&out, 0), 0x04034b50);
    assert_int_equal(
        get32(&out, 10), (46U << 25 | 3U << 21 | 18U << 16) | (12U << 11 | 15U << 5 | 15));
    assert_memory_equal(out.data + 30,
        "a.txt\0\5\0\xfa\xff"
        "12345\0\4\0\xfb\xff"
        "6789\1\0\0\xff\xff",
        5 + 10 + 9 + 5);
    assert_int_equal(get32(&out, 30 + 29), 0x08074b50);
    assert_int_equal(get32(&out, 30 + 33), 0xcbf43926);
    assert_int_equal(get32(&out, 30 + 37), 24);
    assert_int_equal(get32(&out, 30 + 41), 9);
    assert_int_equal(get32(&out, out.len - 22), 0x06054b50);
    assert_int_equal(out.len, zip_out_entry_bytes("a.txt", 9, 2) + ZIP_END_BYTES);
    assert_int_equal(zip.at, out.len);
    buf_clear(&out);
}

/* The length is known before anything is written, whatever the pieces. */
static void
test_lengths(void **state)
{
    static const size_t pieces[] = {0, 1, 65535, 65536, 131070, 131071, 65534, 400000};
    static const char *const names[] = {"历史.json", "附件/扫描件.pdf", ""};
    struct zip_entry entries[3];
    struct zip_out zip = {.entries = entries};
    struct buf out = {0};
    char *data = calloc(1, 400000);
    uint64_t expected = ZIP_END_BYTES;

    (void)state;
    for (int i = 0; i < 3; i++) {
        uint64_t bytes = 0;
        uint64_t blocks = 0;

        zip_out_open(&zip, &out, names[i]);
        for (size_t j = 0; i < 2 && j < sizeof(pieces) / sizeof(pieces[0]); j++) {
            zip_out_data(&zip, &out, data, pieces[j]);
            bytes += pieces[j];
            blocks += (pieces[j] + ZIP_BLOCK_MAX - 1) / ZIP_BLOCK_MAX;
        }
        zip_out_close(&zip, &out);
        expected += zip_out_entry_bytes(names[i], bytes, blocks);
        assert_int_equal(entries[i].bytes, bytes);
    }
    zip_out_end(&zip, &out);
    assert_int_equal(out.len, expected);
    buf_clear(&out);
    free(data);
}

static void
test_empty(void **state)
{
    struct zip_out zip = {0};
    struct buf out = {0};

    (void)state;
    zip_out_end(&zip, &out);
    assert_int_equal(out.len, ZIP_END_BYTES);
    buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_entry),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
