#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

void
buf_clear(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

void
buf_reserve(struct buf *buf, size_t more)
{
    size_t need = buf->len + more + 1;

    if (need <= buf->cap)
        return;
    if (need < buf->cap * 2)
        need = buf->cap * 2;
    if (need < 256)
        need = 256;
    buf->data = xrealloc(buf->data, need);
    buf->cap = need;
}

void
buf_add(struct buf *buf, const void *data, size_t len)
{
    buf_reserve(buf, len);
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void
buf_puts(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void
buf_putc(struct buf *buf, char byte)
{
    buf_reserve(buf, 1);
    buf->data[buf->len++] = byte;
    buf->data[buf->len] = '\0';
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return;
    buf_reserve(buf, (size_t)len);
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void
buf_drop(struct buf *buf, size_t len)
{
    if (len >= buf->len) {
        buf->len = 0;
        if (buf->data != NULL)
            buf->data[0] = '\0';
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len + 1);
    buf->len -= len;
}

void
buf_json_string_n(struct buf *buf, const char *text, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    const char *plain = text;
    const char *end = text + len;

    buf_reserve(buf, len + 2);
    buf_putc(buf, '"');
    for (const char *at = text; at < end; at++) {
        unsigned char byte = (unsigned char)*at;
        char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};

        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        buf_add(buf, plain, (size_t)(at - plain));
        if (byte == '"' || byte == '\\') {
            escape[1] = (char)byte;
            buf_add(buf, escape, 2);
        } else {
            buf_add(buf, escape, sizeof(escape));
        }
        plain = at + 1;
    }
    buf_add(buf, plain, (size_t)(end - plain));
    buf_putc(buf, '"');
}

void
buf_json_string(struct buf *buf, const char *text)
{
    buf_json_string_n(buf, text, strlen(text));
}

void
buf_csv_field(struct buf *buf, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        buf_puts(buf, text);
        return;
    }
    buf_putc(buf, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buf_putc(buf, '"');
        buf_putc(buf, *text);
    }
    buf_putc(buf, '"');
}
