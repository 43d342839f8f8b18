#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/job_frame.h"

static void
test_what_is_written_is_read(void **state)
{
    static struct job_frame frame, read;
    struct buf out = {0};

    (void)state;
    frame =
        (struct job_frame){.kind = JOB_PDF, .id = 0xfedcba98, .json = "{\"a\":1}", .json_len = 7};
    for (int count = 0; count <= 3; count++) {
        frame.part_count = count;
        if (count > 0)
            frame.parts[count - 1] = (struct job_part){"part\0x", (size_t)count * 3 - 3};
        out.len = 0;
        job_frame_write(&out, &frame);
        assert_int_equal(job_frame_bytes(out.data, out.len), out.len);
        assert_int_equal(job_frame_read(out.data, out.len, &read), 0);
        assert_int_equal(read.kind, JOB_PDF);
        assert_int_equal(read.id, 0xfedcba98);
        assert_int_equal(read.json_len, 7);
        assert_memory_equal(read.json, "{\"a\":1}", 7);
        assert_int_equal(read.part_count, count);
        for (int i = 0; i < count; i++) {
            assert_int_equal(read.parts[i].len, i * 3);
            assert_memory_equal(read.parts[i].data, "part\0x", (size_t)i * 3);
        }
    }
    buf_clear(&out);
}

static void
test_lengths_are_bounded_before_anything_is_read(void **state)
{
    unsigned char head[JOB_HEAD_BYTES] = {0};

    (void)state;
    assert_int_equal(job_frame_bytes((char *)head, JOB_HEAD_BYTES - 1), 0);
    assert_int_equal(job_frame_bytes((char *)head, JOB_HEAD_BYTES), JOB_HEAD_BYTES);
    head[8] = 1; /* 16 MiB of JSON: the limit */
    assert_int_equal(
        job_frame_bytes((char *)head, JOB_HEAD_BYTES), JOB_HEAD_BYTES + 16 * 1024 * 1024);
    head[11] = 1;
    assert_int_equal(job_frame_bytes((char *)head, JOB_HEAD_BYTES), SIZE_MAX);
    memset(head, 0, sizeof(head));
    head[12] = 8; /* 128 MiB of parts: the limit */
    assert_int_equal(
        job_frame_bytes((char *)head, JOB_HEAD_BYTES), JOB_HEAD_BYTES + 128 * 1024 * 1024);
    head[15] = 1;
    assert_int_equal(job_frame_bytes((char *)head, JOB_HEAD_BYTES), SIZE_MAX);
}

static void
test_parts_that_do_not_add_up(void **state)
{
    static struct job_frame frame;
    struct buf out = {0};

    (void)state;
    frame = (struct job_frame){.kind = JOB_DONE, .json = "{}", .json_len = 2, .part_count = 1};
    frame.parts[0] = (struct job_part){"abc", 3};
    job_frame_write(&out, &frame);
    for (size_t len = out.len - 6; len < out.len; len++) /* cut inside the part or its length */
        assert_int_equal(job_frame_read(out.data, len, &frame), -1);
    out.data[JOB_HEAD_BYTES + 2] = (char)0xff;
    assert_int_equal(job_frame_read(out.data, out.len, &frame), -1);
    out.len = JOB_HEAD_BYTES;
    memset(out.data, 0, JOB_HEAD_BYTES);
    for (int i = 0; i <= JOB_PARTS_MAX; i++) /* one empty part too many */
        buf_add(&out, "\0\0\0\0", 4);
    assert_int_equal(job_frame_read(out.data, out.len, &frame), -1);
    assert_int_equal(job_frame_read(out.data, out.len - 4, &frame), 0);
    assert_int_equal(frame.part_count, JOB_PARTS_MAX);
    buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_lengths_are_bounded_before_anything_is_read),
        cmocka_unit_test(test_parts_that_do_not_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
