#include "common/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_add(struct buf *out, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    buf_reserve(out, (len + 2) / 3 * 4);
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)bytes[i] << 16;

        if (left > 1)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2)
            group |= bytes[i + 2];
        buf_putc(out, digits[group >> 18]);
        buf_putc(out, digits[group >> 12 & 63]);
        buf_putc(out, left > 1 ? digits[group >> 6 & 63] : '=');
        buf_putc(out, left > 2 ? digits[group & 63] : '=');
    }
}

static int
value_of(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    if (digit == '+')
        return 62;
    return digit == '/' ? 63 : -1;
}

/* Four digits, the last `padding` of them '='. */
static int
read_group(struct buf *out, const char *text, int padding)
{
    uint32_t group = 0;

    for (int i = 0; i < 4; i++) {
        int value = i < 4 - padding ? value_of(text[i]) : 0;

        if (value < 0)
            return -1;
        group = group << 6 | (uint32_t)value;
    }
    if ((padding == 1 && (group & 0xff) != 0) || (padding == 2 && (group & 0xffff) != 0))
        return -1;
    buf_putc(out, (char)(group >> 16));
    if (padding < 2)
        buf_putc(out, (char)(group >> 8 & 0xff));
    if (padding < 1)
        buf_putc(out, (char)(group & 0xff));
    return 0;
}

int
base64_read(struct buf *out, const char *text, size_t len)
{
    if (len % 4 != 0)
        return -1;
    buf_reserve(out, len / 4 * 3);
    for (size_t i = 0; i < len; i += 4) {
        int padding = 0;

        if (i + 4 == len && text[i + 3] == '=')
            padding = text[i + 2] == '=' ? 2 : 1;
        if (read_group(out, text + i, padding) < 0)
            return -1;
    }
    return 0;
}
