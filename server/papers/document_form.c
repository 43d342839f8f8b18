#include <string.h>

#include "common/date.h"
#include "server/form/contract_form.h"
#include "server/papers/document.h"

/* The registration form: every field of the table of the form that has a value, in its order and
 * with its Chinese name. */

enum { COLUMNS_MAX = 8 };

static const char *
choice_name(const char *word)
{
    static const struct {
        const char *word;
        const char *zh;
    } names[] = {{"fixed", "固定总额"}, {"initial_fee", "入门费"},
        {"minimum_guarantee", "最低保证金额"}, {"seller", "卖方"}, {"import_buyer", "进口买方"},
        {"intermediary", "中介方"}, {"agent", "代理人"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].word, word) == 0)
            return names[i].zh;
    return word;
}

static const char *
code_value(struct document *document, const struct form_field *field, const char *code)
{
    const char *name = document_code(document, field->list, code);

    return strcmp(name, code) == 0 ? code : arena_printf(document->arena, "%s（%s）", name, code);
}

static const char *
codes_value(struct document *document, const struct form_field *field, const json_t *codes)
{
    const char *text = "";
    const json_t *code;
    size_t index;

    json_array_foreach(codes, index, code)
    {
        text = arena_printf(document->arena, "%s%s%s", text, index == 0 ? "" : "、",
            code_value(document, field, json_string_value(code)));
    }
    return text;
}

static const char *
list_value(struct document *document, const struct form_field *field, const json_t *items)
{
    const char *text = "";
    const json_t *item;
    size_t index;

    json_array_foreach(items, index, item)
    {
        text = arena_printf(document->arena, "%s%s%zu.", text, index == 0 ? "" : "\n", index + 1);
        for (int i = 0; i < field->form->count; i++) {
            const struct form_field *inner = &field->form->fields[i];
            const char *value = document_value(document, inner, json_object_get(item, inner->name));

            if (value != NULL)
                text = arena_printf(document->arena, "%s %s：%s", text, inner->zh, value);
        }
    }
    return text;
}

static const char *
object_value(struct document *document, const struct form_field *field, const json_t *value)
{
    json_t *items = json_pack("[O]", value);
    const char *text = list_value(document, field, items);

    json_decref(items);
    return text + strlen("1. ");
}

const char *
document_value(struct document *document, const struct form_field *field, const json_t *value)
{
    const char *text = json_string_value(value);

    switch (field->type) {
    case FORM_OBJECT:
        return json_object_size(value) == 0 ? NULL : object_value(document, field, value);
    case FORM_LIST:
        return json_array_size(value) == 0 ? NULL : list_value(document, field, value);
    case FORM_CODE:
        return text == NULL ? NULL : code_value(document, field, text);
    case FORM_CODES:
        return value == NULL ? NULL : codes_value(document, field, value);
    case FORM_CHOICE:
        return text == NULL ? NULL : choice_name(text);
    case FORM_MONEY:
        return text == NULL ? NULL : arena_printf(document->arena, "%s元", text);
    case FORM_DATE:
        return document_date(document, text);
    case FORM_FLAG:
        return value == NULL ? NULL : json_is_true(value) ? "是" : "否";
    case FORM_RATE_PER:
        return value == NULL
                   ? NULL
                   : arena_printf(document->arena, "%lld", (long long)json_integer_value(value));
    default:
        return text;
    }
}

static bool
is_plain(const struct form_field *field)
{
    return field->type != FORM_OBJECT && field->type != FORM_LIST;
}

/* A small list (deductions, instalments, rights) as a table. */
static void
write_table(struct document *document, const struct form_field *list, const json_t *items)
{
    const struct form *form = list->form;
    struct model_column columns[COLUMNS_MAX] = {{"序号", 2, false}};
    int count = form->count < COLUMNS_MAX - 2 ? form->count : COLUMNS_MAX - 2;
    const json_t *item;
    size_t index;

    model_heading(document->out, list->zh);
    for (int i = 0; i < count; i++)
        columns[i + 1] = (struct model_column){
            form->fields[i].zh, form->fields[i].type == FORM_TEXT ? 9 : 6, false};
    model_table_begin(document->out, columns);
    json_array_foreach(items, index, item)
    {
        model_row_begin(document->out);
        model_cell(document->out, arena_printf(document->arena, "%zu", index + 1));
        for (int i = 0; i < count; i++)
            model_cell(document->out, document_value(document, &form->fields[i],
                                          json_object_get(item, form->fields[i].name)));
        model_row_end(document->out);
    }
    model_table_end(document->out);
}

/* The plain members, and those of small objects inside (a contact), below one heading. */
static void
write_members(struct document *document, struct model_rows *rows, const struct form *form,
    const json_t *values)
{
    for (int i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];
        const json_t *value = json_object_get(values, field->name);

        if (is_plain(field))
            model_row(rows, field->zh, document_value(document, field, value));
        else if (field->type == FORM_OBJECT && value != NULL)
            for (int j = 0; j < field->form->count; j++) {
                const struct form_field *inner = &field->form->fields[j];

                model_row(rows, arena_printf(document->arena, "%s%s", field->zh, inner->zh),
                    document_value(document, inner, json_object_get(value, inner->name)));
            }
    }
}

static void
write_object(
    struct document *document, const char *title, const struct form *form, const json_t *values)
{
    struct model_rows rows;

    model_heading(document->out, title);
    model_rows_begin(&rows, document->out);
    write_members(document, &rows, form, values);
    model_rows_end(&rows);
}

static void
write_list(struct document *document, const struct form_field *field, const json_t *items)
{
    const json_t *item;
    size_t index;

    if (json_array_size(items) == 0)
        return;
    if (field->form->count < COLUMNS_MAX - 1) {
        write_table(document, field, items);
        return;
    }
    json_array_foreach(items, index, item)
    {
        write_object(document, arena_printf(document->arena, "%s（%zu）", field->zh, index + 1),
            field->form, item);
    }
}

static void
write_state(struct document *document)
{
    struct model_rows rows;

    model_rows_begin(&rows, document->out);
    model_row(&rows, "登记编号", document_data(document, "number"));
    model_row(&rows, "状态",
        document_code(document, "contract_status", document_data(document, "contract_status")));
    model_row(&rows, "申报单位", document_data(document, "agency"));
    model_row(&rows, "登记机构", document_data(document, "point"));
    model_row(&rows, "申报日期", document_date(document, document_data(document, "submitted_on")));
    model_row(&rows, "受理日期", document_date(document, document_data(document, "accepted_on")));
    model_row(&rows, "登记日期", document_date(document, document_data(document, "registered_on")));
    model_rows_end(&rows);
}

void
document_form(struct document *document)
{
    const struct form *form = contract_form();
    struct model_rows rows;

    document_begin(document, DOCUMENT_PLAIN);
    write_state(document);
    model_heading(document->out, "合同");
    model_rows_begin(&rows, document->out);
    for (int i = 0; i < form->count; i++)
        if (is_plain(&form->fields[i]))
            model_row(&rows, form->fields[i].zh,
                document_value(document, &form->fields[i],
                    json_object_get(document->form, form->fields[i].name)));
    model_rows_end(&rows);
    for (int i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];
        const json_t *value = json_object_get(document->form, field->name);

        if (field->type == FORM_OBJECT && value != NULL)
            write_object(document, field->zh, field->form, value);
        else if (field->type == FORM_LIST && value != NULL)
            write_list(document, field, value);
    }
    document_close(document, NULL, NULL);
}
