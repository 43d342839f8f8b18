#ifndef TCRD_COMMON_ZIP_OUT_H
#define TCRD_COMMON_ZIP_OUT_H
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
/* zip_out - writes an archive (APPNOTE 6.3) piece by piece: nothing of an entry need be known or
 * held but its name. Pure: every function appends to out.
 *
 * What goes in is compressed already (PDF, scans), so entries are deflate streams of stored blocks,
 * which every reader takes and whose length is known beforehand: zip_out_bytes(). Sizes and digest
 * of an entry follow its data. Names are UTF-8. At most 65,535 entries and 4 GB in all, which the
 * caller sees to; no ZIP64.
 *
 * zip_out_open(), zip_out_data() any number of times, zip_out_close(); for each entry; then
 * zip_out_end().
 */
enum { ZIP_BLOCK_MAX = 65535 };
#define ZIP_BYTES_MAX INT64_C(4000000000)

struct zip_entry {
    const char *name; /* borrowed until zip_out_end() */
    uint64_t at;      /* where it begins */
    uint64_t bytes;   /* of data */
    uint64_t packed;
    uint32_t crc;
};

struct zip_out {
    struct zip_entry *entries; /* the caller's, room for all */
    int count;
    uint64_t at;  /* bytes written so far */
    int64_t time; /* of every entry, seconds since 1970 */
};

void zip_out_open(struct zip_out *zip, struct buf *out, const char *name);
void zip_out_data(struct zip_out *zip, struct buf *out, const void *data, size_t len);
void zip_out_close(struct zip_out *zip, struct buf *out);
void zip_out_end(struct zip_out *zip, struct buf *out);

/* Instead of zip_out_data() and zip_out_close(), for an entry that the caller deflates: he has
 * added packed bytes of its stream to out, which hold `bytes` of data; crc is that of all its data
 * so far.
 */
void zip_out_packed(struct zip_out *zip, uint64_t packed, uint64_t bytes, uint32_t crc);
void zip_out_close_packed(struct zip_out *zip, struct buf *out);

/* What an entry will take in all, the directory included, when its data comes in `blocks` blocks: a
 * piece of n bytes is (n + ZIP_BLOCK_MAX - 1) / ZIP_BLOCK_MAX of them. */
uint64_t zip_out_entry_bytes(const char *name, uint64_t bytes, uint64_t blocks);
/* What zip_out_end() adds to those. */
enum { ZIP_END_BYTES = 22 };
#endif
