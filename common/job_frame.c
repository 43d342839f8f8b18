#include "common/job_frame.h"

#include <string.h>

static uint32_t
get32(const char *data)
{
    const unsigned char *at = (const unsigned char *)data;

    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void
put32(struct buf *out, size_t value)
{
    const unsigned char bytes[] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
        (unsigned char)(value >> 8), (unsigned char)value};

    buf_add(out, bytes, sizeof(bytes));
}

void
job_frame_write(struct buf *out, const struct job_frame *frame)
{
    size_t bytes = 0;

    for (int i = 0; i < frame->part_count; i++)
        bytes += 4 + frame->parts[i].len;
    buf_reserve(out, JOB_HEAD_BYTES + frame->json_len + bytes);
    put32(out, frame->kind);
    put32(out, frame->id);
    put32(out, frame->json_len);
    put32(out, bytes);
    buf_add(out, frame->json, frame->json_len);
    for (int i = 0; i < frame->part_count; i++) {
        put32(out, frame->parts[i].len);
        buf_add(out, frame->parts[i].data, frame->parts[i].len);
    }
}

size_t
job_frame_bytes(const char *data, size_t len)
{
    size_t json_len, parts_len;

    if (len < JOB_HEAD_BYTES)
        return 0;
    json_len = get32(data + 8);
    parts_len = get32(data + 12);
    if (json_len > JOB_JSON_MAX || parts_len > JOB_BYTES_MAX)
        return SIZE_MAX;
    return JOB_HEAD_BYTES + json_len + parts_len;
}

int
job_frame_read(const char *data, size_t len, struct job_frame *frame)
{
    const char *end = data + len;
    const char *at;

    frame->kind = get32(data);
    frame->id = get32(data + 4);
    frame->json_len = get32(data + 8);
    frame->json = data + JOB_HEAD_BYTES;
    frame->part_count = 0;
    for (at = frame->json + frame->json_len; at < end;) {
        struct job_part *part = &frame->parts[frame->part_count];

        if (frame->part_count == JOB_PARTS_MAX || end - at < 4)
            return -1;
        part->len = get32(at);
        part->data = at + 4;
        at += 4;
        if (part->len > (size_t)(end - at))
            return -1;
        at += part->len;
        frame->part_count++;
    }
    return 0;
}
