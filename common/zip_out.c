#include "common/zip_out.h"

#include <string.h>
#include <time.h>

enum {
    LOCAL_BYTES = 30,
    DESCRIPTOR_BYTES = 16,
    CENTRAL_BYTES = 46,
    BLOCK_HEAD_BYTES = 5,
    VERSION = 20,
    FLAGS = 0x0808, /* sizes follow the data; names are UTF-8 */
    DEFLATE = 8,
    FIRST_TIME = 315532800 /* 1980-01-01 */
};

static void
put16(struct buf *out, unsigned value)
{
    buf_putc(out, (char)(value & 0xff));
    buf_putc(out, (char)(value >> 8 & 0xff));
}

static void
put32(struct buf *out, uint64_t value)
{
    put16(out, (unsigned)(value & 0xffff));
    put16(out, (unsigned)(value >> 16 & 0xffff));
}

static uint32_t
crc_add(uint32_t crc, const void *data, size_t len)
{
    static uint32_t table[256];
    const unsigned char *at = data;

    if (table[1] == 0)
        for (uint32_t i = 0; i < 256; i++) {
            table[i] = i;
            for (int bit = 0; bit < 8; bit++)
                table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320U : 0);
        }
    crc = ~crc;
    for (size_t i = 0; i < len; i++)
        crc = crc >> 8 ^ table[(crc ^ at[i]) & 0xff];
    return ~crc;
}

/* Time and date of MS-DOS, in Asia/Shanghai; they begin with 1980. */
static void
put_time(struct buf *out, int64_t seconds)
{
    time_t shanghai = (time_t)(seconds + INT64_C(8) * 3600);
    struct tm tm;

    if (shanghai < FIRST_TIME)
        shanghai = FIRST_TIME;
    gmtime_r(&shanghai, &tm);
    put16(out, (unsigned)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2));
    put16(out, (unsigned)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday));
}

void
zip_out_open(struct zip_out *zip, struct buf *out, const char *name)
{
    struct zip_entry *entry = &zip->entries[zip->count++];
    size_t before = out->len;

    *entry = (struct zip_entry){.name = name, .at = zip->at};
    put32(out, 0x04034b50);
    put16(out, VERSION);
    put16(out, FLAGS);
    put16(out, DEFLATE);
    put_time(out, zip->time);
    put32(out, 0);
    put32(out, 0);
    put32(out, 0);
    put16(out, (unsigned)strlen(name));
    put16(out, 0);
    buf_puts(out, name);
    zip->at += out->len - before;
}

static void
put_block(struct zip_out *zip, struct buf *out, const char *data, size_t len, bool is_last)
{
    struct zip_entry *entry = &zip->entries[zip->count - 1];

    buf_putc(out, is_last ? 1 : 0);
    put16(out, (unsigned)len);
    put16(out, ~(unsigned)len & 0xffff);
    buf_add(out, data, len);
    entry->packed += BLOCK_HEAD_BYTES + len;
    zip->at += BLOCK_HEAD_BYTES + len;
}

void
zip_out_data(struct zip_out *zip, struct buf *out, const void *data, size_t len)
{
    struct zip_entry *entry = &zip->entries[zip->count - 1];
    const char *at = data;

    entry->crc = crc_add(entry->crc, data, len);
    entry->bytes += len;
    while (len > 0) {
        size_t block = len < ZIP_BLOCK_MAX ? len : ZIP_BLOCK_MAX;

        put_block(zip, out, at, block, false);
        at += block;
        len -= block;
    }
}

static void
put_sizes(struct buf *out, const struct zip_entry *entry)
{
    put32(out, entry->crc);
    put32(out, entry->packed);
    put32(out, entry->bytes);
}

void
zip_out_close(struct zip_out *zip, struct buf *out)
{
    put_block(zip, out, "", 0, true);
    zip_out_close_packed(zip, out);
}

void
zip_out_packed(struct zip_out *zip, uint64_t packed, uint64_t bytes, uint32_t crc)
{
    struct zip_entry *entry = &zip->entries[zip->count - 1];

    entry->packed += packed;
    entry->bytes += bytes;
    entry->crc = crc;
    zip->at += packed;
}

void
zip_out_close_packed(struct zip_out *zip, struct buf *out)
{
    put32(out, 0x08074b50);
    put_sizes(out, &zip->entries[zip->count - 1]);
    zip->at += DESCRIPTOR_BYTES;
}

static void
put_central(struct zip_out *zip, struct buf *out, const struct zip_entry *entry)
{
    put32(out, 0x02014b50);
    put16(out, VERSION);
    put16(out, VERSION);
    put16(out, FLAGS);
    put16(out, DEFLATE);
    put_time(out, zip->time);
    put_sizes(out, entry);
    put16(out, (unsigned)strlen(entry->name));
    put16(out, 0); /* extra field */
    put16(out, 0); /* comment */
    put16(out, 0); /* disk */
    put16(out, 0); /* attributes */
    put32(out, 0);
    put32(out, entry->at);
    buf_puts(out, entry->name);
}

void
zip_out_end(struct zip_out *zip, struct buf *out)
{
    size_t before = out->len;
    size_t central;

    for (int i = 0; i < zip->count; i++)
        put_central(zip, out, &zip->entries[i]);
    central = out->len - before;
    put32(out, 0x06054b50);
    put32(out, 0); /* disks */
    put16(out, (unsigned)zip->count);
    put16(out, (unsigned)zip->count);
    put32(out, central);
    put32(out, zip->at);
    put16(out, 0);
    zip->at += out->len - before;
}

uint64_t
zip_out_entry_bytes(const char *name, uint64_t bytes, uint64_t blocks)
{
    return LOCAL_BYTES + CENTRAL_BYTES + 2 * (uint64_t)strlen(name) + bytes +
           (blocks + 1) * BLOCK_HEAD_BYTES + DESCRIPTOR_BYTES;
}
