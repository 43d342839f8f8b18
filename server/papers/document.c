#include "server/papers/document.h"

#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/money.h"

enum { NAME_MAX = 40 };

json_t *
document_form_read(
    struct arena *arena, const json_t *from, bool with_private, struct contract *contract)
{
    struct fault_list faults = {.arena = arena};
    const char *filed = json_string_value(json_object_get(from, "filed"));
    json_t *body = filed == NULL ? json_object() : json_loads(filed, 0, NULL);
    json_t *merged = NULL;
    struct buf text = {0};
    json_t *form;

    contract_overlay(arena, body, json_object_get(from, "determined"), &merged, &faults);
    contract_parse(arena, merged, contract, &faults);
    buf_putc(&text, '{');
    contract_write(&text, contract, with_private);
    buf_putc(&text, '}');
    form = json_loadb(text.data, text.len, 0, NULL);
    buf_clear(&text);
    json_decref(merged);
    json_decref(body);
    return form;
}

static void
set_usual_values(struct document *document)
{
    static const char *const days[] = {
        "submitted_on", "accepted_on", "due_on", "registered_on", "changed_on", "day"};
    const struct contract *contract = &document->contract;

    document_set(document, "project_name", contract->project_name);
    document_set(document, "seller", contract->seller.name);
    document_set(document, "buyer", contract->buyer.name);
    document_set(document, "party", contract_registering_party(contract)->name);
    document_set(document, "agency", document_data(document, "agency"));
    document_set(document, "point", document_data(document, "point"));
    document_set(document, "area", document_data(document, "area"));
    document_set(document, "number", document_data(document, "number"));
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
        document_set(document, days[i], document_date(document, document_data(document, days[i])));
}

void
document_init(struct document *document, struct arena *arena, const struct codes *codes,
    const struct conf *conf, const char *kind, json_t *data, bool with_private)
{
    *document = (struct document){.arena = arena,
        .codes = codes,
        .conf = conf,
        .kind = kind,
        .data = data,
        .values = json_object()};
    date_parse(document_data(document, "day"), &document->day);
    document->form = document_form_read(arena, data,
        with_private && json_is_true(json_object_get(data, "shows_private")), &document->contract);
    set_usual_values(document);
}

void
document_clear(struct document *document)
{
    json_decref(document->data);
    json_decref(document->form);
    json_decref(document->values);
    document->data = document->form = document->values = NULL;
}

const char *
document_data(const struct document *document, const char *name)
{
    return json_string_value(json_object_get(document->data, name));
}

void
document_set(struct document *document, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_new(document->values, name, json_string(value));
}

/* Fill in {name}; a name without a value stays as it is ({page} is for the helper). What is filled
 * in is not looked at again. */
static void
fill_in(const struct document *document, struct buf *out, const char *text)
{
    while (*text != '\0') {
        size_t len = *text == '{' ? strcspn(text, "}") : 0;
        const char *value = NULL;

        if (len > 1 && len < NAME_MAX && text[len] == '}')
            value = json_string_value(json_object_getn(document->values, text + 1, len - 1));
        if (value != NULL) {
            buf_puts(out, value);
            text += len + 1;
        } else {
            buf_putc(out, *text++);
        }
    }
}

const char *
document_text(const struct document *document, const char *key)
{
    const json_t *row = json_object_get(json_object_get(document->data, "texts"), key);
    const char *text = json_string_value(json_object_get(row, "text"));
    const char *article = json_string_value(json_object_get(row, "article"));
    struct buf out = {0};
    const char *copy;

    if (text == NULL)
        return NULL;
    fill_in(document, &out, text);
    if (article != NULL)
        buf_printf(&out, "（依据：%s）", article);
    copy = arena_strndup(document->arena, out.data == NULL ? "" : out.data, out.len);
    buf_clear(&out);
    return copy;
}

const char *
document_date(const struct document *document, const char *day)
{
    struct civil civil;
    int32_t number;

    if (day == NULL || !date_parse(day, &number))
        return NULL;
    civil = date_to_civil(number);
    return arena_printf(document->arena, "%d年%d月%d日", civil.year, civil.month, civil.day);
}

const char *
document_code(const struct document *document, const char *list, const char *code)
{
    const struct code *row =
        code == NULL ? NULL : codes_find(document->codes, list, code, document->day);

    return row == NULL ? code : arena_strdup(document->arena, row->name_zh);
}

const char *
document_money(const struct document *document, int64_t fen)
{
    char text[MONEY_TEXT_BYTES];

    return arena_printf(document->arena, "%s元", money_format(fen, text));
}

void
document_begin(struct document *document, enum document_look look)
{
    const char *number = document_data(document, "number");
    const char *event = document_data(document, "event");
    const char *title = document_text(document,
        arena_printf(document->arena, "title_%s", event == NULL ? document->kind : event));
    struct model_head head = {.title = title == NULL ? document_text(document, "title") : title,
        .author = document_text(document, "issuer"),
        .day = document->day,
        .framed = look == DOCUMENT_FRAMED,
        .landscape = look == DOCUMENT_LANDSCAPE};

    /* Before the contract has a number of its own, its id tells one paper from another. */
    document_set(document, "title", head.title);
    document_set(document, "case", document_data(document, "contract_id"));
    if (number == NULL)
        document_set(document, "number",
            arena_printf(document->arena, "〔%s〕", document_data(document, "contract_id")));
    head.foot = document_text(document, "foot");
    head.subtitle = document_text(document, number == NULL ? "subtitle_case" : "subtitle");
    model_begin(document->out, &head);
}

void
document_close(struct document *document, const char *qr, const char *caption)
{
    char day[DATE_TEXT_BYTES];
    const char *const lines[] = {document_text(document, "issuer"),
        document_date(document, date_format(document->day, day)), NULL};

    model_closing(document->out, lines, document->conf->paper_seal_file, qr, caption);
    model_end(document->out);
}
