#include "server/paper/paper_office.h"

#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "server/paper/paper_pdf.h"

enum { DAY_S = 86400 };

void
office_begin(struct office *office, struct buf *out, const json_t *model)
{
    const char *created = paper_text(model, "created");
    char text[sizeof("2026-03-18")];
    int32_t day = 0;

    snprintf(text, sizeof(text), "%.10s", created);
    if (!date_parse(text, &day))
        day = 0;
    memset(office, 0, sizeof(*office));
    office->out = out;
    office->zip.entries = office->entries;
    office->zip.time = (int64_t)day * DAY_S;
}

void
office_part(struct office *office, const char *name, const void *data, size_t len)
{
    if (office->zip.count == OFFICE_PARTS_MAX)
        return;
    zip_out_open(&office->zip, office->out, name);
    zip_out_data(&office->zip, office->out, data, len);
    zip_out_close(&office->zip, office->out);
}

void
office_end(struct office *office)
{
    zip_out_end(&office->zip, office->out);
}

void
office_text_n(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte == '&')
            buf_puts(out, "&amp;");
        else if (byte == '<')
            buf_puts(out, "&lt;");
        else if (byte == '>')
            buf_puts(out, "&gt;");
        else if (byte == '"')
            buf_puts(out, "&quot;");
        else if (byte >= 0x20 || byte == '\n' || byte == '\t')
            buf_putc(out, (char)byte);
    }
}

void
office_text(struct buf *out, const char *text)
{
    office_text_n(out, text, strlen(text));
}

bool
office_is_number(const char *text)
{
    size_t digits;

    text += *text == '-';
    digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15)
        return false;
    text += digits;
    if (*text == '\0')
        return true;
    if (*text != '.')
        return false;
    digits = strspn(text + 1, "0123456789");
    return digits > 0 && digits <= 9 && text[1 + digits] == '\0';
}
