#ifndef TCRD_COMMON_BUF_H
#define TCRD_COMMON_BUF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* buf - a growing byte string on the heap.
 *
 * Zero-initialised means empty. data is always NUL-terminated once something was added, so text can
 * be read directly. The owner calls buf_clear() at the end; a length that a peer controls is
 * bounded by the caller.
 */
struct buf {
    char *data;
    size_t len;
    size_t cap;
};

void buf_clear(struct buf *buf); /* frees; leaves it empty */
void buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char byte);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drop the first len bytes. */
void buf_drop(struct buf *buf, size_t len);

/* A JSON string literal with its quotes; text is valid UTF-8. */
void buf_json_string(struct buf *buf, const char *text);
void buf_json_string_n(struct buf *buf, const char *text, size_t len);
/* A field of a CSV line (RFC 4180), quoted only where needed. */
void buf_csv_field(struct buf *buf, const char *text);
#endif
