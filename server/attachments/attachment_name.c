#include "server/attachments/attachment_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { NAME_BYTES_MAX = 4 * ATTACHMENT_NAME_MAX };

static bool
is_space(utf8proc_int32_t point)
{
    return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS;
}

static bool
is_allowed(utf8proc_int32_t point)
{
    if (point < 0x80 && strchr("/\\<>:\"|?*", (int)point) != NULL) /* NUL among them */
        return false;
    if ((point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE || point == 0xFFFD)
        return false; /* no characters at all, and the one that stands for what was lost */
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF: /* zero-width and bidirectional ones */
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}

static bool
may_stand_at_an_end(utf8proc_int32_t point)
{
    return point != '.' && !is_space(point);
}

static bool
is_name(const utf8proc_uint8_t *text, utf8proc_ssize_t len)
{
    utf8proc_int32_t point = 0;
    utf8proc_ssize_t used;
    int count = 0;

    for (utf8proc_ssize_t at = 0; at < len; at += used) {
        used = utf8proc_iterate(text + at, len - at, &point);
        if (used <= 0 || !is_allowed(point))
            return false;
        if (count++ == 0 && !may_stand_at_an_end(point))
            return false;
    }
    return count > 0 && count <= ATTACHMENT_NAME_MAX && may_stand_at_an_end(point);
}

const char *
attachment_name_read(struct arena *arena, const char *text)
{
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t len;
    const char *name = NULL;

    /* Composing takes marks away, but a good name is never much longer before. */
    if (text == NULL || strlen(text) > (size_t)NAME_BYTES_MAX * 2)
        return NULL;
    len = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)strlen(text), &made,
        UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (len > 0 && is_name(made, len))
        name = arena_strndup(arena, (const char *)made, (size_t)len);
    free(made);
    return name;
}

void
attachment_name_encode(struct buf *out, const char *name)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *name != '\0'; name++) {
        unsigned char byte = (unsigned char)*name;

        if (isalnum(byte) || strchr("-._~", byte) != NULL) {
            buf_putc(out, *name);
        } else {
            buf_putc(out, '%');
            buf_putc(out, digits[byte >> 4]);
            buf_putc(out, digits[byte & 15]);
        }
    }
}

const char *
attachment_disposition(struct arena *arena, const char *name)
{
    struct buf out = {0};
    const char *text;

    buf_puts(&out, "attachment; filename=\"");
    for (const char *at = name; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;

        if ((byte & 0xC0U) != 0x80U) /* one for each character */
            buf_putc(&out, byte >= 0x80 || byte == '%' || byte == '\'' ? '_' : *at);
    }
    buf_puts(&out, "\"; filename*=UTF-8''");
    attachment_name_encode(&out, name);
    text = arena_strndup(arena, out.data, out.len);
    buf_clear(&out);
    return text;
}
