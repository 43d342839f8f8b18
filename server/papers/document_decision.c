#include <string.h>

#include "server/form/contract_form.h"
#include "server/papers/document.h"

/* Decisions after registration: what was changed, that it was cancelled or revoked, and why. */

enum { LABEL_BYTES = 256 };

/* A text of its own for one kind of change, else the one for all. */
static const char *
text_of_event(struct document *document, const char *key)
{
    const char *event = document_data(document, "event");
    const char *text = document_text(document, arena_printf(document->arena, "%s_%s", key, event));

    return text == NULL ? document_text(document, key) : text;
}

static void
write_number(struct document *document)
{
    struct model_rows rows;

    model_rows_begin(&rows, document->out);
    model_row(&rows, "登记编号", document_data(document, "number"));
    model_row(&rows, "登记日期", document_date(document, document_data(document, "registered_on")));
    model_row(&rows, "申请编号",
        json_string_value(json_object_get(json_object_get(document->data, "detail"), "request")));
    model_row(&rows, "版本号",
        arena_printf(document->arena, "%lld",
            (long long)json_integer_value(json_object_get(document->data, "seq"))));
    model_rows_end(&rows);
}

static const char *
value_at(struct document *document, const char *pointer, const json_t *value)
{
    const struct form_field *field = contract_form_find(pointer);

    if (field == NULL || value == NULL || json_is_null(value))
        return "（无）";
    return document_value(document, field, value);
}

/* Field by field, the contract before and after; personal data do not take part. */
static void
write_differences(struct document *document)
{
    static const struct model_column columns[] = {
        {"内容", 5, false}, {"变更前", 8, false}, {"变更后", 8, false}, {NULL, 0, false}};
    struct contract contract;
    json_t *before = document_form_read(
        document->arena, json_object_get(document->data, "before"), false, &contract);
    json_t *differences = contract_differences(before, document->form);
    const json_t *difference;
    size_t index;

    model_table_begin(document->out, columns);
    json_array_foreach(differences, index, difference)
    {
        const char *pointer = json_string_value(json_object_get(difference, "pointer"));
        char label[LABEL_BYTES];

        contract_form_label(pointer, true, label, sizeof(label));
        model_row_begin(document->out);
        model_cell(document->out, label[0] == '\0' ? pointer : label);
        model_cell(
            document->out, value_at(document, pointer, json_object_get(difference, "before")));
        model_cell(
            document->out, value_at(document, pointer, json_object_get(difference, "after")));
        model_row_end(document->out);
    }
    model_table_end(document->out);
    json_decref(differences);
    json_decref(before);
}

/* The coded ground and what was written beside it. */
static void
write_reason(struct document *document, const char *code_name)
{
    const json_t *detail = json_object_get(document->data, "detail");
    const char *code = json_string_value(json_object_get(detail, code_name));
    const char *note = json_string_value(json_object_get(detail, "note"));
    const char *paper = json_string_value(json_object_get(detail, "document"));

    if (code == NULL && note == NULL && paper == NULL)
        return;
    model_list_begin(document->out);
    if (code != NULL)
        model_item(document->out, document_code(document, "change_cancel_revoke_reason", code));
    if (note != NULL)
        model_item(document->out, note);
    if (paper != NULL)
        model_item(document->out, arena_printf(document->arena, "依据文书：%s", paper));
    model_list_end(document->out);
}

static void
write_benefits(struct document *document)
{
    static const struct model_column columns[] = {
        {"政策", 10, false}, {"年度", 3, false}, {"金额", 5, true}, {NULL, 0, false}};
    const json_t *benefits = json_object_get(json_object_get(document->data, "detail"), "benefits");
    const json_t *benefit;
    size_t index;

    if (json_array_size(benefits) == 0)
        return;
    model_paragraph(document->out, document_text(document, "benefits"), true);
    model_table_begin(document->out, columns);
    json_array_foreach(benefits, index, benefit)
    {
        const json_t *year = json_object_get(benefit, "year");
        const char *amount = json_string_value(json_object_get(benefit, "amount"));

        model_row_begin(document->out);
        model_cell(document->out, document_code(document, "tax_policy",
                                      json_string_value(json_object_get(benefit, "kind"))));
        model_cell(document->out,
            arena_printf(document->arena, "%lld", (long long)json_integer_value(year)));
        model_cell(
            document->out, arena_printf(document->arena, "%s元", amount == NULL ? "" : amount));
        model_row_end(document->out);
    }
    model_table_end(document->out);
}

void
document_change(struct document *document)
{
    document_begin(document, DOCUMENT_PLAIN);
    model_paragraph(document->out, document_text(document, "addressee"), false);
    model_paragraph(document->out, text_of_event(document, "lead"), true);
    write_number(document);
    write_differences(document);
    write_reason(document, "code");
    model_paragraph(document->out, document_text(document, "effect"), true);
    document_close(document, NULL, NULL);
}

static void
write_end(struct document *document, const char *code_name)
{
    static const char *const texts[] = {"effect", "remedy_reconsideration", "remedy_litigation"};

    document_begin(document, DOCUMENT_PLAIN);
    model_paragraph(document->out, document_text(document, "addressee"), false);
    model_paragraph(document->out, document_text(document, "lead"), true);
    write_reason(document, code_name);
    write_number(document);
    document_write_case(document);
    write_benefits(document);
    for (int i = 0; i < 3; i++)
        model_paragraph(document->out, document_text(document, texts[i]), true);
    document_close(document, NULL, NULL);
}

void
document_cancellation(struct document *document)
{
    write_end(document, "code");
}

void
document_revocation(struct document *document)
{
    write_end(document, "ground");
}
