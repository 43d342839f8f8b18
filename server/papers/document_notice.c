#include <stdio.h>

#include "server/form/contract_form.h"
#include "server/papers/document.h"

/* The notices of a case: accepted, to be corrected, not registered. */

enum { LABEL_BYTES = 256 };

void
document_write_case(struct document *document)
{
    const struct contract *contract = &document->contract;
    struct model_rows rows;

    model_rows_begin(&rows, document->out);
    model_row(&rows, "项目名称", contract->project_name);
    model_row(&rows, "合同编号", contract->contract_no);
    model_row(&rows, "合同类别", document_code(document, "contract_type", contract->contract_type));
    model_row(&rows, "卖方", contract->seller.name);
    model_row(&rows, "买方", contract->buyer.name);
    if (contract->total_amount > 0)
        model_row(&rows, "合同成交额", document_money(document, contract->total_amount));
    if (contract->technology_amount >= 0)
        model_row(&rows, "技术交易额", document_money(document, contract->technology_amount));
    model_row(&rows, "申报单位", document_data(document, "agency"));
    model_rows_end(&rows);
}

void
document_acceptance(struct document *document)
{
    document_begin(document, DOCUMENT_PLAIN);
    model_paragraph(document->out, document_text(document, "addressee"), false);
    model_paragraph(document->out, document_text(document, "lead"), true);
    document_write_case(document);
    model_paragraph(document->out, document_text(document, "clock"), true);
    if (json_is_true(json_object_get(document->data, "due_is_provisional")))
        model_paragraph(document->out, document_text(document, "provisional"), true);
    document_close(document, NULL, NULL);
}

/* Every fault of the return: where it is, in words, and what the registrar says. */
static void
write_faults(struct document *document)
{
    const json_t *detail = json_object_get(document->data, "detail");
    const json_t *fault;
    size_t index;

    model_list_begin(document->out);
    json_array_foreach(json_object_get(detail, "faults"), index, fault)
    {
        const char *pointer = json_string_value(json_object_get(fault, "pointer"));
        const char *note = json_string_value(json_object_get(fault, "note"));
        char label[LABEL_BYTES];

        contract_form_label(pointer == NULL ? "" : pointer, true, label, sizeof(label));
        model_item(document->out, arena_printf(document->arena, "%s：%s",
                                      label[0] == '\0' ? (pointer == NULL ? "" : pointer) : label,
                                      note == NULL ? "" : note));
    }
    model_list_end(document->out);
}

void
document_correction(struct document *document)
{
    const json_t *detail = json_object_get(document->data, "detail");
    const char *day = json_string_value(json_object_get(detail, "correct_by"));

    document_set(document, "correct_by",
        document_date(document, day == NULL ? document_data(document, "due_on") : day));
    document_begin(document, DOCUMENT_PLAIN);
    model_paragraph(document->out, document_text(document, "addressee"), false);
    model_paragraph(document->out, document_text(document, "lead"), true);
    write_faults(document);
    document_write_case(document);
    model_paragraph(document->out, document_text(document, "clock"), true);
    document_close(document, NULL, NULL);
}

/* A coded reason with its article, and what was written beside it. */
static const char *
reason_text(const struct document *document, const json_t *reason)
{
    const char *code = json_string_value(json_object_get(reason, "code"));
    const char *note = json_string_value(json_object_get(reason, "note"));
    const json_t *row =
        code == NULL ? NULL : json_object_get(json_object_get(document->data, "reasons"), code);
    const char *text = json_string_value(json_object_get(row, "text"));
    const char *article = json_string_value(json_object_get(row, "article"));

    if (text == NULL)
        text = code == NULL ? "" : document_code(document, "refusal_reason", code);
    if (article != NULL)
        text = arena_printf(document->arena, "%s（依据：%s）", text, article);
    return note == NULL ? text : arena_printf(document->arena, "%s：%s", text, note);
}

void
document_refusal(struct document *document)
{
    static const char *const remedies[] = {
        "remedy_reconsideration", "remedy_litigation", "remedy_again"};
    const json_t *detail = json_object_get(document->data, "detail");
    const json_t *reason;
    size_t index;

    document_begin(document, DOCUMENT_PLAIN);
    model_paragraph(document->out, document_text(document, "addressee"), false);
    model_paragraph(document->out, document_text(document, "lead"), true);
    model_list_begin(document->out);
    json_array_foreach(json_object_get(detail, "reasons"), index, reason)
    {
        model_item(document->out, reason_text(document, reason));
    }
    model_list_end(document->out);
    document_write_case(document);
    for (int i = 0; i < 3; i++)
        model_paragraph(document->out, document_text(document, remedies[i]), true);
    document_close(document, NULL, NULL);
}
