#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "common/money.h"
#include "server/form/contract.h"
#include "server/form/contract_form.h"

struct write {
    struct buf *out;
    const struct contract *contract;
    bool with_private;
};

static bool write_members(const struct write *write, const struct form *form, const void *base);

/* The shortest decimal: no zeros at the end, no point without digits after it. */
static void
write_decimal(struct buf *out, int64_t value, int digits)
{
    char text[40];
    int len;
    int64_t scale = 1;

    for (int i = 0; i < digits; i++)
        scale *= 10;
    len = snprintf(
        text, sizeof(text), "\"%" PRId64 ".%0*" PRId64, value / scale, digits, value % scale);
    while (text[len - 1] == '0')
        len--;
    if (text[len - 1] == '.')
        len--;
    text[len++] = '"';
    buf_add(out, text, (size_t)len);
}

static void
write_money(struct buf *out, int64_t fen)
{
    char text[MONEY_TEXT_BYTES];

    buf_putc(out, '"');
    buf_puts(out, money_format(fen, text));
    buf_putc(out, '"');
}

static void
write_date(struct buf *out, const struct form_field *field, const void *base)
{
    char text[DATE_TEXT_BYTES];
    int32_t day;

    memcpy(&day, (const char *)base + field->offset, sizeof(day));
    buf_putc(out, '"');
    buf_puts(out, date_format(day, text));
    buf_putc(out, '"');
}

static void
write_items(const struct write *write, const struct form_field *field, const void *base)
{
    struct form_items items = form_items(field, base);

    buf_putc(write->out, '[');
    for (int i = 0; i < items.count; i++) {
        if (i > 0)
            buf_putc(write->out, ',');
        if (field->type == FORM_CODES) {
            buf_json_string(write->out, ((const char **)items.items)[i]);
            continue;
        }
        buf_putc(write->out, '{');
        write_members(
            write, field->form, (const char *)items.items + (size_t)i * field->form->size);
        buf_putc(write->out, '}');
    }
    buf_putc(write->out, ']');
}

/* False: an object without members, which is not written. */
static bool
write_field(const struct write *write, const struct form_field *field, const void *base)
{
    enum flag flag;
    bool wrote = true;

    switch (field->type) {
    case FORM_MONEY:
        write_money(write->out, field->marks & FORM_COMPUTED ? write->contract->technology_amount
                                                             : form_value(field, base));
        return true;
    case FORM_DECIMAL:
        write_decimal(write->out, form_value(field, base), field->max);
        return true;
    case FORM_RATE_PER:
        buf_printf(write->out, "%" PRId64, form_value(field, base));
        return true;
    case FORM_DATE:
        write_date(write->out, field, base);
        return true;
    case FORM_FLAG:
        memcpy(&flag, (const char *)base + field->offset, sizeof(flag));
        buf_puts(write->out, flag == FLAG_TRUE ? "true" : "false");
        return true;
    case FORM_CODES:
    case FORM_LIST:
        write_items(write, field, base);
        return true;
    case FORM_OBJECT:
        buf_putc(write->out, '{');
        wrote = write_members(write, field->form, (const char *)base + field->offset);
        buf_putc(write->out, '}');
        return wrote;
    default:
        buf_json_string(write->out, form_text(field, base));
        return true;
    }
}

static bool
is_written(const struct write *write, const struct form_field *field, const void *base)
{
    if (!write->with_private && (field->marks & FORM_PRIVATE))
        return false;
    if (!write->with_private &&
        (field->marks & FORM_PRIVATE_OF_PERSON)) { /* only a party has such a field */
        const struct party *party = base;

        if (party->party_type != NULL && strcmp(party->party_type, "600") == 0)
            return false;
    }
    if (field->marks & FORM_COMPUTED)
        return write->contract->technology_amount != VALUE_ABSENT;
    return form_state(field, base) == FORM_GIVEN;
}

/* True when at least one member was written. */
static bool
write_members(const struct write *write, const struct form *form, const void *base)
{
    struct buf *out = write->out;
    bool any = false;

    for (int i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];
        size_t before = out->len;

        if (!is_written(write, field, base))
            continue;
        buf_puts(out, any ? ",\"" : "\"");
        buf_puts(out, field->name);
        buf_add(out, "\":", 2);
        if (write_field(write, field, base)) {
            any = true;
        } else {
            out->len = before;
            out->data[before] = '\0';
        }
    }
    return any;
}

void
contract_write(struct buf *out, const struct contract *contract, bool with_private)
{
    struct write write = {out, contract, with_private};

    write_members(&write, contract_form(), contract);
}
