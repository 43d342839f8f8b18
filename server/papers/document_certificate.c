#include <string.h>

#include "common/date.h"
#include "common/money_zh.h"
#include "server/papers/document.h"

/* The certificate of registration. It is made again from its release whenever it is asked for, and
 * is the same for everybody: no identity number and no contact stands on it. */

static const char *
amount(struct document *document, int64_t fen)
{
    char capitals[MONEY_ZH_BYTES];

    return arena_printf(
        document->arena, "%s（人民币%s）", document_money(document, fen), money_zh(fen, capitals));
}

/* The code that tells an organisation; a person is told by the name alone. */
static const char *
party_code(const struct party *party)
{
    if (party_kind(party) == PARTY_PERSON)
        return "自然人";
    return party_identity(party);
}

static void
write_party(struct document *document, struct model_rows *rows, const char *title,
    const struct party *party)
{
    const char *code = party_code(party);

    if (party->state != FORM_GIVEN || party->name == NULL)
        return;
    model_row(rows, title,
        code == NULL ? party->name : arena_printf(document->arena, "%s\n%s", party->name, code));
}

static void
write_parties(
    struct document *document, struct model_rows *rows, const char *title, struct party_list list)
{
    for (int i = 0; i < list.count; i++)
        write_party(document, rows,
            list.count == 1 ? title : arena_printf(document->arena, "%s（%d）", title, i + 1),
            &list.items[i]);
}

/* "技术秘密、发明专利（ZL2023...，至2043年1月1日）": kinds of the contract, then the rights. */
static const char *
rights(struct document *document)
{
    const struct contract *contract = &document->contract;
    const char *text = "";

    for (int i = 0; i < contract->ip_types.count; i++)
        text = arena_printf(document->arena, "%s%s%s", text, i == 0 ? "" : "、",
            document_code(document, "ip_type", contract->ip_types.items[i]));
    for (int i = 0; i < contract->ip_rights.count; i++) {
        const struct ip_right *right = &contract->ip_rights.items[i];
        char day[DATE_TEXT_BYTES];

        text = arena_printf(document->arena, "%s\n%s %s%s%s", text,
            right->kind == NULL ? "" : document_code(document, "ip_type", right->kind),
            right->number == NULL ? "" : right->number,
            right->expires_on == DATE_ABSENT ? "" : " 有效期至",
            right->expires_on == DATE_ABSENT
                ? ""
                : document_date(document, date_format(right->expires_on, day)));
    }
    return text;
}

static const char *
term(struct document *document)
{
    const struct contract *contract = &document->contract;
    char day[DATE_TEXT_BYTES];

    return arena_printf(document->arena, "%s至%s",
        document_date(document, date_format(contract->term_begins_on, day)),
        document_date(document, date_format(contract->term_ends_on, day)));
}

static void
write_contract(struct document *document, struct model_rows *rows)
{
    const struct contract *contract = &document->contract;
    char main_type[2] = {contract_type_main(contract->contract_type), '\0'};
    const char *years =
        json_string_value(json_object_get(json_object_get(document->form, "license"), "years"));
    char day[DATE_TEXT_BYTES];

    model_row(rows, "项目名称", contract->project_name);
    model_row(rows, "合同编号", contract->contract_no);
    model_row(rows, "合同类型", document_code(document, "contract_type", main_type));
    model_row(rows, "合同类别", document_code(document, "contract_type", contract->contract_type));
    model_row(rows, "合同成交额", amount(document, contract->total_amount));
    model_row(rows, "技术交易额", amount(document, contract->technology_amount));
    write_party(document, rows, "卖方", &contract->seller);
    write_parties(document, rows, "共同卖方", contract->co_sellers);
    write_party(document, rows, "买方", &contract->buyer);
    write_parties(document, rows, "共同买方", contract->co_buyers);
    write_party(document, rows, "中介方", &contract->intermediary);
    model_row(rows, "签订日期", document_date(document, date_format(contract->signed_on, day)));
    model_row(rows, "有效期", term(document));
    model_row(rows, "知识产权", rights(document));
    model_row(rows, "许可方式", document_code(document, "license_mode", contract->license.mode));
    if (years != NULL)
        model_row(rows, "许可年限", arena_printf(document->arena, "%s年", years));
}

static void
write_decision(struct document *document, struct model_rows *rows)
{
    model_row(rows, "登记日期", document_date(document, document_data(document, "registered_on")));
    model_row(rows, "登记机构", document_data(document, "point"));
    model_row(rows, "登记员", document_data(document, "registrar"));
    model_row(rows, "版本号",
        arena_printf(document->arena, "%lld",
            (long long)json_integer_value(json_object_get(document->data, "seq"))));
    model_row(rows, "校验码", document_data(document, "check_code"));
}

const char *
document_check_url(const struct document *document)
{
    return arena_printf(document->arena, "%s/v1/certificates/%s?check=%s",
        document->conf->public_base_url, document_data(document, "number"),
        document_data(document, "check_code"));
}

void
document_certificate(struct document *document)
{
    struct model_rows rows;

    document_set(document, "check_address",
        arena_printf(document->arena, "%s/v1/certificates/%s", document->conf->public_base_url,
            document_data(document, "number")));
    document_begin(document, DOCUMENT_FRAMED);
    model_paragraph(document->out, document_text(document, "lead"), true);
    model_rows_begin(&rows, document->out);
    write_contract(document, &rows);
    write_decision(document, &rows);
    model_rows_end(&rows);
    if (document_data(document, "changed_on") != NULL)
        model_paragraph(document->out, document_text(document, "changed"), true);
    model_paragraph(document->out, document_text(document, "duty"), true);
    document_close(document, document_check_url(document), document_text(document, "check"));
}
