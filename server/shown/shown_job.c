#include "server/shown/shown_job.h"

#include <stdlib.h>

#include "common/mem.h"

enum {
    NUMBER_BYTES = 4,
    HEAD_NUMBERS = 2,
    PART_NUMBERS = 12,
    KEY_BYTES = 8,
    DAY_MIN = -719162, /* 0001-01-01 */
    DAY_MAX = 2932896, /* 9999-12-31 */
    MONTH_MAX = 0xffff /* what a key has room for */
};

static void
add_numbers(struct buf *out, const int32_t *numbers, int count)
{
    unsigned char bytes[PART_NUMBERS * NUMBER_BYTES];
    size_t len = 0;

    for (int i = 0; i < count; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes[len++] = (unsigned char)((uint32_t)numbers[i] >> shift);
    buf_add(out, bytes, len);
}

static uint64_t
get_unsigned(const unsigned char *at, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

static int32_t
get_number(const unsigned char *at, int place)
{
    int64_t value = (int64_t)get_unsigned(at + (ptrdiff_t)place * NUMBER_BYTES, NUMBER_BYTES);

    return (int32_t)(value > INT32_MAX ? value - (INT64_C(1) << 32) : value);
}

void
shown_job_begin(struct buf *out, int count, int32_t closed_on)
{
    const int32_t head[HEAD_NUMBERS] = {count, closed_on};

    buf_reserve(out, ((size_t)count * PART_NUMBERS + HEAD_NUMBERS) * NUMBER_BYTES);
    add_numbers(out, head, HEAD_NUMBERS);
}

void
shown_job_add(struct buf *out, const struct stats_part *part)
{
    const int32_t numbers[PART_NUMBERS] = {part->closing, part->month, part->is_gone,
        part->gone_closing, part->gone_month, part->district, part->contract_type,
        part->contract_type4, part->technical_field, part->is_own, part->seller, part->buyer};

    add_numbers(out, numbers, PART_NUMBERS);
}

static struct stats_part
get_part(const unsigned char *at)
{
    return (struct stats_part){
        .closing = get_number(at, 0),
        .month = get_number(at, 1),
        .is_gone = get_number(at, 2) != 0,
        .gone_closing = get_number(at, 3),
        .gone_month = get_number(at, 4),
        .district = get_number(at, 5),
        .contract_type = get_number(at, 6),
        .contract_type4 = get_number(at, 7),
        .technical_field = get_number(at, 8),
        .is_own = get_number(at, 9) != 0,
        .seller = get_number(at, 10),
        .buyer = get_number(at, 11),
    };
}

static bool
is_day(int32_t day)
{
    return day >= DAY_MIN && day <= DAY_MAX;
}

static bool
is_month(int month)
{
    return month >= 0 && month <= MONTH_MAX;
}

/* Codes may be any: stats_place_key() knows those that it has no key for. */
static bool
is_sound(const struct stats_part *part, int count)
{
    return is_day(part->closing) && is_day(part->gone_closing) && is_month(part->month) &&
           is_month(part->gone_month) && part->seller >= 0 && part->seller <= count &&
           part->buyer >= 0 && part->buyer <= count;
}

static void
put_keys(struct buf *made, const struct buf *shown)
{
    const uint64_t *keys = (const void *)shown->data;

    for (size_t i = 0; i < shown->len / KEY_BYTES; i++) {
        const int32_t halves[] = {(int32_t)(keys[i] >> 32), (int32_t)(keys[i] & UINT32_MAX)};

        add_numbers(made, halves, 2);
    }
}

/* NULL: some contract is none. */
static struct stats_part *
get_parts(const unsigned char *at, int count)
{
    struct stats_part *parts = xmalloc(((size_t)count + 1) * sizeof(struct stats_part));

    for (int i = 0; i < count; i++, at += (ptrdiff_t)PART_NUMBERS * NUMBER_BYTES) {
        parts[i] = get_part(at);
        if (!is_sound(&parts[i], count)) {
            free(parts);
            return NULL;
        }
    }
    return parts;
}

bool
shown_job_make(const void *data, size_t len, struct buf *made, const char **why)
{
    const unsigned char *at = data;
    size_t head = (size_t)HEAD_NUMBERS * NUMBER_BYTES;
    size_t count = len < head ? 0 : get_unsigned(at, NUMBER_BYTES);
    struct buf shown = {0};
    struct stats_part *parts;

    *why = "the contracts are not as many as it says";
    if (len < head || count > STATS_PARTS_MAX || len - head != count * PART_NUMBERS * NUMBER_BYTES)
        return false;
    *why = "a contract is out of range";
    parts = is_day(get_number(at, 1)) ? get_parts(at + head, (int)count) : NULL;
    if (parts == NULL)
        return false;
    stats_shown_find(parts, (int)count, get_number(at, 1), &shown);
    put_keys(made, &shown);
    buf_clear(&shown);
    free(parts);
    return true;
}

bool
shown_job_read(const struct buf *made, struct buf *shown)
{
    const unsigned char *at = (const void *)made->data;
    uint64_t last = 0;

    if (made->len % KEY_BYTES != 0)
        return false;
    for (size_t i = 0; i < made->len; i += KEY_BYTES) {
        uint64_t key = get_unsigned(at + i, KEY_BYTES);

        if (key <= last)
            return false;
        last = key;
        buf_add(shown, &key, sizeof(key));
    }
    return true;
}
