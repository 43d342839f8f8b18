#include "server/papers/document_model.h"

#include <stdio.h>
#include <string.h>

#include "common/date.h"

enum { SHORT_CHARACTERS = 18 }; /* of a value that shares its row */

/* A comma, unless this is the first item of a list. */
static void
separate(struct buf *out)
{
    if (out->len > 0 && out->data[out->len - 1] != '[')
        buf_putc(out, ',');
}

static void
member(struct buf *out, const char *name, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    buf_printf(out, ",\"%s\":", name);
    buf_json_string(out, text);
}

void
model_begin(struct buf *out, const struct model_head *head)
{
    char day[DATE_TEXT_BYTES];

    buf_printf(out, "{\"created\":\"%sT00:00:00+08:00\"", date_format(head->day, day));
    member(out, "title", head->title);
    member(out, "subtitle", head->subtitle);
    member(out, "author", head->author);
    member(out, "foot", head->foot);
    if (head->landscape)
        buf_puts(out, ",\"landscape\":true");
    if (head->framed)
        buf_puts(out, ",\"framed\":true");
    buf_puts(out, ",\"blocks\":[");
}

void
model_end(struct buf *out)
{
    buf_puts(out, "]}");
}

void
model_heading(struct buf *out, const char *text)
{
    separate(out);
    buf_puts(out, "{\"type\":\"heading\"");
    member(out, "text", text);
    buf_putc(out, '}');
}

void
model_paragraph(struct buf *out, const char *text, bool indent)
{
    if (text == NULL || *text == '\0')
        return;
    separate(out);
    buf_puts(out, "{\"type\":\"paragraph\"");
    member(out, "text", text);
    if (indent)
        buf_puts(out, ",\"indent\":true");
    buf_putc(out, '}');
}

/* ---- rows ---- */

void
model_rows_begin(struct model_rows *rows, struct buf *out)
{
    *rows = (struct model_rows){.out = out};
}

static void
put_row(struct model_rows *rows, const char *const *texts, int count)
{
    struct buf *out = rows->out;

    if (!rows->has_any) {
        separate(out);
        buf_puts(out, "{\"type\":\"rows\",\"rows\":[");
        rows->has_any = true;
    }
    separate(out);
    buf_putc(out, '[');
    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        buf_json_string(out, texts[i]);
    }
    buf_putc(out, ']');
}

static void
put_half(struct model_rows *rows)
{
    if (rows->label[0] == '\0')
        return;
    put_row(rows, (const char *const[]){rows->label, rows->value.data}, 2);
    rows->label[0] = '\0';
}

static bool
is_short(const char *text)
{
    int count = 0;

    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xC0U) != 0x80U;
        if (count > SHORT_CHARACTERS || *text == '\n')
            return false;
    }
    return true;
}

void
model_row(struct model_rows *rows, const char *label, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    if (!is_short(value)) {
        put_half(rows);
        put_row(rows, (const char *const[]){label, value}, 2);
    } else if (rows->label[0] == '\0') {
        snprintf(rows->label, sizeof(rows->label), "%s", label);
        rows->value.len = 0;
        buf_puts(&rows->value, value);
    } else {
        put_row(rows, (const char *const[]){rows->label, rows->value.data, label, value}, 4);
        rows->label[0] = '\0';
    }
}

void
model_rows_end(struct model_rows *rows)
{
    put_half(rows);
    if (rows->has_any)
        buf_puts(rows->out, "]}");
    buf_clear(&rows->value);
}

/* ---- tables and lists ---- */

void
model_table_begin(struct buf *out, const struct model_column *columns)
{
    separate(out);
    buf_puts(out, "{\"type\":\"table\",\"columns\":[");
    for (; columns->title != NULL; columns++) {
        separate(out);
        buf_printf(out, "{\"width\":%d", columns->width);
        member(out, "title", columns->title);
        if (columns->is_right)
            member(out, "align", "right");
        buf_putc(out, '}');
    }
    buf_puts(out, "],\"rows\":[");
}

void
model_row_begin(struct buf *out)
{
    separate(out);
    buf_putc(out, '[');
}

void
model_cell(struct buf *out, const char *text)
{
    separate(out);
    buf_json_string(out, text == NULL ? "" : text);
}

void
model_row_end(struct buf *out)
{
    buf_putc(out, ']');
}

void
model_table_end(struct buf *out)
{
    buf_puts(out, "]}");
}

void
model_list_begin(struct buf *out)
{
    separate(out);
    buf_puts(out, "{\"type\":\"list\",\"items\":[");
}

void
model_item(struct buf *out, const char *text)
{
    separate(out);
    buf_json_string(out, text);
}

void
model_list_end(struct buf *out)
{
    buf_puts(out, "]}");
}

void
model_closing(struct buf *out, const char *const *lines, const char *seal, const char *qr,
    const char *caption)
{
    separate(out);
    buf_puts(out, "{\"type\":\"closing\"");
    member(out, "seal", seal);
    member(out, "qr", qr);
    member(out, "caption", caption);
    buf_puts(out, ",\"lines\":[");
    for (; *lines != NULL; lines++) {
        separate(out);
        buf_json_string(out, *lines);
    }
    buf_puts(out, "]}");
}
