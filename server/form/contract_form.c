#include "server/form/contract_form.h"

#include <stdio.h>
#include <string.h>

#include "server/form/contract.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define AT(member) offsetof(struct deduction, member)
static const struct form_field deduction_fields[] = {
    {"kind", FORM_CODE, AT(kind), .need = NEED_ALWAYS, .pick = PICK_DEDUCTION,
        .list = "amount_item", .zh = "类别", .en = "kind",
        .help_zh = "非技术性费用的类别（x_ 开头）",
        .help_en = "kind of non-technical cost (x_...)"},
    {"amount", FORM_MONEY, AT(amount), .need = NEED_ALWAYS, .marks = FORM_ABOVE_ZERO, .zh = "金额",
        .en = "amount"},
    {"note", FORM_TEXT, AT(note), .max = 200, .zh = "说明", .en = "note"},
};
static const struct form deduction_form = {
    deduction_fields, COUNT(deduction_fields), sizeof(struct deduction)};
#undef AT

#define AT(member) offsetof(struct instalment, member)
static const struct form_field instalment_fields[] = {
    {"due_on", FORM_DATE, AT(due_on), .zh = "付款日期", .en = "due on"},
    {"amount", FORM_MONEY, AT(amount), .zh = "金额", .en = "amount"},
};
static const struct form instalment_form = {
    instalment_fields, COUNT(instalment_fields), sizeof(struct instalment)};
#undef AT

#define AT(member) offsetof(struct royalty, member)
static const struct form_field royalty_fields[] = {
    {"initial_fee", FORM_MONEY, AT(initial_fee), .need = NEED_INITIAL_FEE, .marks = FORM_ABOVE_ZERO,
        .zh = "入门费", .en = "initial fee"},
    {"base", FORM_CODE, AT(base), .need = NEED_ROYALTY, .list = "royalty_base", .zh = "提成基数",
        .en = "base"},
    {"rate_type", FORM_CODE, AT(rate_type), .need = NEED_ROYALTY, .list = "royalty_rate_type",
        .zh = "提成比例类型", .en = "kind of rate"},
    {"rate_percent", FORM_DECIMAL, AT(rate_percent), .max = 4, .marks = FORM_ABOVE_ZERO,
        .zh = "提成比例（%）", .en = "rate in percent"},
};
static const struct form royalty_form = {
    royalty_fields, COUNT(royalty_fields), sizeof(struct royalty)};
#undef AT

#define AT(member) offsetof(struct ip_right, member)
static const struct form_field ip_right_fields[] = {
    {"kind", FORM_CODE, AT(kind), .list = "ip_type", .zh = "类型", .en = "kind"},
    {"number", FORM_TEXT, AT(number), .max = 100, .need = NEED_RIGHT_KIND, .zh = "编号",
        .en = "number", .help_zh = "专利号、登记号等",
        .help_en = "patent number, registration number"},
    {"expires_on", FORM_DATE, AT(expires_on), .zh = "有效期至", .en = "expires on",
        .help_zh = "许可期限不得超过此日", .help_en = "a licence must end by this day"},
};
static const struct form ip_right_form = {
    ip_right_fields, COUNT(ip_right_fields), sizeof(struct ip_right)};
#undef AT

#define AT(member) offsetof(struct license, member)
static const struct form_field license_fields[] = {
    {"mode", FORM_CODE, AT(mode), .need = NEED_LICENCE, .list = "license_mode", .zh = "许可方式",
        .en = "mode"},
    {"years", FORM_DECIMAL, AT(years), .max = 2, .need = NEED_LICENCE, .marks = FORM_ABOVE_ZERO,
        .zh = "许可年限", .en = "years", .help_zh = "满五年与企业所得税优惠有关",
        .help_en = "five years or more matters for income tax"},
};
static const struct form license_form = {
    license_fields, COUNT(license_fields), sizeof(struct license)};
#undef AT

#define AT(member) offsetof(struct import_certificate, member)
static const struct form_field import_fields[] = {
    {"number", FORM_TEXT, AT(number), .max = 100, .need = NEED_IMPORT, .zh = "编号",
        .en = "number"},
    {"date", FORM_DATE, AT(date), .need = NEED_IMPORT, .zh = "日期", .en = "date"},
};
static const struct form import_form = {
    import_fields, COUNT(import_fields), sizeof(struct import_certificate)};
#undef AT

#define AT(member) offsetof(struct clauses, member)
static const struct form_field clauses_fields[] = {
    {"training", FORM_FLAG, AT(training), .zh = "含技术培训条款", .en = "training"},
    {"construction", FORM_FLAG, AT(construction), .zh = "含建设工程条款",
        .en = "construction works"},
    {"restrictive", FORM_FLAG, AT(restrictive), .zh = "含限制性条款", .en = "restrictive clause",
        .help_zh = "非法垄断技术、妨碍技术进步或侵害他人技术成果的条款",
        .help_en = "monopolises technology, hinders progress or infringes another's result"},
};
static const struct form clauses_form = {
    clauses_fields, COUNT(clauses_fields), sizeof(struct clauses)};
#undef AT

#define AT(member) offsetof(struct related, member)
static const struct form_field related_fields[] = {
    {"project", FORM_TEXT, AT(project), .max = 200, .zh = "科技计划项目编号", .en = "plan project"},
    {"achievement", FORM_TEXT, AT(achievement), .max = 200, .zh = "科技成果", .en = "achievement"},
    {"demand", FORM_TEXT, AT(demand), .max = 200, .zh = "技术需求", .en = "demand"},
    {"event", FORM_TEXT, AT(event), .max = 200, .zh = "对接活动", .en = "matchmaking event"},
    {"voucher", FORM_TEXT, AT(voucher), .max = 200, .zh = "创新券", .en = "innovation voucher"},
};
static const struct form related_form = {
    related_fields, COUNT(related_fields), sizeof(struct related)};
#undef AT

#define AT(member) offsetof(struct contact, member)
static const struct form_field contact_fields[] = {
    {"name", FORM_TEXT, AT(name), .max = 100, .need = NEED_SELLER, .zh = "姓名", .en = "name"},
    {"phone", FORM_TEXT, AT(phone), .max = 50, .need = NEED_SELLER, .zh = "电话", .en = "phone"},
};
static const struct form contact_form = {
    contact_fields, COUNT(contact_fields), sizeof(struct contact)};
#undef AT

#define AT(member) offsetof(struct party, member)
static const struct form_field party_fields[] = {
    {"name", FORM_TEXT, AT(name), .max = 200, .need = NEED_ALWAYS, .zh = "名称", .en = "name"},
    {"credit_code", FORM_CREDIT_CODE, AT(credit_code), .need = NEED_CREDIT_CODE,
        .zh = "统一社会信用代码", .en = "unified social credit code", .help_zh = "GB 32100，18 位",
        .help_en = "GB 32100, 18 characters"},
    {"id_number", FORM_ID_NUMBER, AT(id_number), .need = NEED_ID_NUMBER, .marks = FORM_PRIVATE,
        .zh = "公民身份号码", .en = "identity number", .help_zh = "GB 11643，18 位，仅自然人",
        .help_en = "GB 11643, 18 characters, natural persons only"},
    {"foreign_id", FORM_TEXT, AT(foreign_id), .max = 100, .marks = FORM_PRIVATE_OF_PERSON,
        .zh = "境外证件号", .en = "foreign registration number"},
    {"country", FORM_CODE, AT(country), .list = "country_customs_common", .initial = "142",
        .zh = "国别（地区）", .en = "country", .help_zh = "海关三位代码，142 为中国",
        .help_en = "three-digit customs code, 142 is China"},
    {"region", FORM_CODE, AT(region), .need = NEED_HOME, .pick = PICK_COUNTY,
        .marks = FORM_DETERMINABLE, .list = "region_cn_all", .zh = "行政区划", .en = "region",
        .help_zh = "GB/T 2260 县级六位代码", .help_en = "GB/T 2260, six digits, county level"},
    {"zone", FORM_CODE, AT(zone), .pick = PICK_ZONE, .marks = FORM_DETERMINABLE,
        .list = "region_linyi", .zh = "开发区", .en = "development zone",
        .help_zh = "与所在县区并列填写", .help_en = "beside the county, never instead of it"},
    {"party_type", FORM_CODE, AT(party_type), .need = NEED_PARTY, .pick = PICK_PARTY_TYPE,
        .list = "party_type", .zh = "性质", .en = "kind of party"},
    {"industry", FORM_CODE, AT(industry), .need = NEED_ORGANISATION, .pick = PICK_LEAF,
        .list = "industry_gbt4754_2017", .zh = "国民经济行业", .en = "industry",
        .help_zh = "GB/T 4754 两位大类", .help_en = "GB/T 4754 division, two digits"},
    {"representative", FORM_TEXT, AT(representative), .max = 100, .need = NEED_ORGANISATION,
        .zh = "法定代表人", .en = "legal representative"},
    {"address", FORM_TEXT, AT(address), .max = 300, .need = NEED_PARTY, .zh = "通讯地址",
        .en = "address"},
    {"zip_code", FORM_ZIP_CODE, AT(zip_code), .zh = "邮政编码", .en = "postcode"},
    {"contact", FORM_OBJECT, AT(contact), .marks = FORM_PRIVATE, .form = &contact_form,
        .zh = "联系人", .en = "contact"},
    {"unit", FORM_TEXT, AT(unit), .max = 200, .zh = "二级单位", .en = "unit",
        .help_zh = "学院、研究所等", .help_en = "faculty or institute"},
    {"project_leader", FORM_TEXT, AT(project_leader), .max = 100, .zh = "项目负责人",
        .en = "project leader"},
    {"parent_code", FORM_CREDIT_CODE, AT(parent_code), .zh = "上级单位信用代码",
        .en = "credit code of the parent"},
    {"is_transfer_agency", FORM_FLAG, AT(is_transfer_agency), .zh = "技术转移机构",
        .en = "technology transfer agency"},
    {"is_rd_organisation", FORM_FLAG, AT(is_rd_organisation), .zh = "研发机构",
        .en = "R&D organisation"},
    {"is_converted_institute", FORM_FLAG, AT(is_converted_institute), .zh = "转制科研院所",
        .en = "converted research institute"},
    {"in_national_zone", FORM_FLAG, AT(in_national_zone), .marks = FORM_ENTERPRISE,
        .zh = "国家高新区内企业", .en = "in a national high-tech zone"},
    {"is_listed", FORM_FLAG, AT(is_listed), .marks = FORM_ENTERPRISE, .zh = "上市公司",
        .en = "listed"},
    {"scale", FORM_CODE, AT(scale), .marks = FORM_ENTERPRISE, .list = "enterprise_scale",
        .zh = "企业规模", .en = "enterprise scale"},
    {"share", FORM_DECIMAL, AT(share), .max = 2, .marks = FORM_ABOVE_ZERO, .zh = "份额（%）",
        .en = "share in percent"},
};
/* Only co-sellers and co-buyers have a share: the last row. */
static const struct form party_form = {party_fields, COUNT(party_fields) - 1, sizeof(struct party)};
static const struct form co_party_form = {party_fields, COUNT(party_fields), sizeof(struct party)};
#undef AT

#define AT(member) offsetof(struct contract, member)
static const struct form_field contract_fields[] = {
    {"contract_no", FORM_TEXT, AT(contract_no), .max = 100, .zh = "合同编号",
        .en = "contract number", .help_zh = "当事人自己的编号",
        .help_en = "the parties' own number"},
    {"project_name", FORM_TEXT, AT(project_name), .max = 200, .need = NEED_ALWAYS, .zh = "项目名称",
        .en = "project name"},
    {"contract_type", FORM_CODE, AT(contract_type), .need = NEED_ALWAYS, .pick = PICK_LEAF,
        .marks = FORM_DETERMINABLE, .list = "contract_type", .zh = "合同类别",
        .en = "contract type", .help_zh = "三位小类代码", .help_en = "three-digit subtype"},
    {"signed_on", FORM_DATE, AT(signed_on), .need = NEED_ALWAYS, .zh = "签订日期",
        .en = "signed on"},
    {"term_begins_on", FORM_DATE, AT(term_begins_on), .need = NEED_ALWAYS, .zh = "有效期起",
        .en = "term begins on"},
    {"term_ends_on", FORM_DATE, AT(term_ends_on), .need = NEED_ALWAYS, .zh = "有效期止",
        .en = "term ends on"},
    {"amount_basis", FORM_CHOICE, AT(amount_basis), .list = "fixed|initial_fee|minimum_guarantee",
        .initial = "fixed", .zh = "金额依据", .en = "basis of the amount",
        .help_zh = "提成合同先按已确定的部分申报，其余以变更补充",
        .help_en = "royalty contracts file what is certain; the rest follows by a change"},
    {"total_amount", FORM_MONEY, AT(total_amount), .need = NEED_ALWAYS,
        .marks = FORM_DETERMINABLE | FORM_ABOVE_ZERO, .zh = "合同成交额", .en = "total amount",
        .help_zh = "合同总价，人民币元", .help_en = "whole price, in yuan"},
    {"technology_amount", FORM_MONEY, AT(technology_stated), .marks = FORM_COMPUTED,
        .zh = "技术交易额", .en = "technology amount",
        .help_zh = "等于合同成交额减各扣除项目，由系统计算",
        .help_en = "total less deductions; computed, and compared if given"},
    {"deductions", FORM_LIST, AT(deductions), .max = 100, .marks = FORM_DETERMINABLE,
        .form = &deduction_form, .zh = "扣除项目", .en = "deductions",
        .help_zh = "设备、仪器、零部件、原材料及其他非技术性费用",
        .help_en = "equipment, instruments, parts, materials, other non-technical cost"},
    {"instalments", FORM_LIST, AT(instalments), .max = 200, .form = &instalment_form,
        .zh = "分期付款", .en = "instalments"},
    {"payment_method", FORM_CODE, AT(payment_method), .need = NEED_ALWAYS, .list = "payment_method",
        .zh = "支付方式", .en = "payment method"},
    {"royalty", FORM_OBJECT, AT(royalty), .form = &royalty_form, .zh = "提成", .en = "royalty"},
    {"currency", FORM_CODE, AT(currency), .list = "currency", .initial = "CNY", .zh = "币种",
        .en = "currency"},
    {"foreign_amount", FORM_MONEY, AT(foreign_amount), .need = NEED_CURRENCY,
        .marks = FORM_ABOVE_ZERO, .zh = "外币金额", .en = "foreign amount"},
    {"exchange_rate", FORM_DECIMAL, AT(exchange_rate), .max = 6, .need = NEED_CURRENCY,
        .marks = FORM_ABOVE_ZERO, .zh = "汇率", .en = "exchange rate",
        .help_zh = "每 rate_per 单位外币折合人民币元", .help_en = "yuan for rate_per units"},
    {"rate_per", FORM_RATE_PER, AT(rate_per), .zh = "汇率单位", .en = "rate per",
        .help_zh = "1 或 100，默认 1；日元按 100 报价",
        .help_en = "1 or 100, default 1; yen is quoted per 100"},
    {"exchange_rate_on", FORM_DATE, AT(exchange_rate_on), .need = NEED_CURRENCY, .zh = "汇率日期",
        .en = "day of the rate", .help_zh = "不晚于签订日的最近报价日",
        .help_en = "last quoted day not after signing"},
    {"is_related", FORM_FLAG, AT(is_related), .need = NEED_ALWAYS, .zh = "关联交易",
        .en = "related-party deal"},
    {"plan_source", FORM_CODE, AT(plan_source), .need = NEED_ALWAYS, .marks = FORM_DETERMINABLE,
        .list = "plan_source", .zh = "计划来源", .en = "plan source"},
    {"ip_types", FORM_CODES, AT(ip_types), .max = 10, .need = NEED_ALWAYS,
        .marks = FORM_DETERMINABLE, .list = "ip_type", .zh = "知识产权类型",
        .en = "kinds of intellectual property", .help_zh = "统计按第一项；9（未涉及）须单独填写",
        .help_en = "figures count the first; 9 (none) stands alone"},
    {"ip_rights", FORM_LIST, AT(ip_rights), .max = 50, .form = &ip_right_form, .zh = "所涉权利",
        .en = "rights"},
    {"technical_field", FORM_CODE, AT(technical_field), .need = NEED_ALWAYS, .pick = PICK_LEAF,
        .marks = FORM_DETERMINABLE, .list = "tech_field", .zh = "技术领域",
        .en = "technical field"},
    {"technical_subfield", FORM_CODE, AT(technical_subfield), .list = "tech_field_sub_proposed",
        .zh = "技术子领域", .en = "technical subfield"},
    {"objective", FORM_CODE, AT(objective), .need = NEED_ALWAYS, .marks = FORM_DETERMINABLE,
        .list = "soc_eco_objective", .zh = "社会经济目标", .en = "socio-economic objective"},
    {"service_industry", FORM_CODE, AT(service_industry), .need = NEED_ALWAYS, .pick = PICK_LEAF,
        .list = "industry_gbt4754_2017", .zh = "技术服务的国民经济行业",
        .en = "industry that the technology serves"},
    {"new_input", FORM_MONEY, AT(new_input), .zh = "预计新增投入",
        .en = "expected added investment", .help_zh = "仅转让、许可合同",
        .help_en = "transfer and licence only"},
    {"new_output", FORM_MONEY, AT(new_output), .zh = "预计新增产值",
        .en = "expected added output value", .help_zh = "仅转让、许可合同",
        .help_en = "transfer and licence only"},
    {"license", FORM_OBJECT, AT(license), .form = &license_form, .zh = "许可", .en = "licence"},
    {"import_certificate", FORM_OBJECT, AT(import_certificate), .form = &import_form,
        .zh = "技术进口合同登记证书", .en = "certificate of technology import"},
    {"principal_contract", FORM_TEXT, AT(principal_contract), .max = 200, .zh = "主合同",
        .en = "principal contract", .help_zh = "咨询、服务所属的转让或开发合同",
        .help_en = "the transfer or development that a consulting or service belongs to"},
    {"summary", FORM_TEXT, AT(summary), .max = 2000, .marks = FORM_LINES, .zh = "技术内容摘要",
        .en = "summary"},
    {"clauses", FORM_OBJECT, AT(clauses), .form = &clauses_form, .zh = "条款", .en = "clauses"},
    {"mixed", FORM_FLAG, AT(mixed), .zh = "混合合同", .en = "mixed contract",
        .help_zh = "技术部分含于其他合同中，其金额必须明确",
        .help_en = "technology part inside a wider contract; its amount must be explicit"},
    {"foreign_language", FORM_FLAG, AT(foreign_language), .zh = "外文合同",
        .en = "foreign-language text"},
    {"classified", FORM_FLAG, AT(classified), .marks = FORM_LASTING, .zh = "涉密合同",
        .en = "classified"},
    {"secrecy_requested", FORM_FLAG, AT(secrecy_requested), .zh = "要求保密",
        .en = "secrecy requested"},
    {"undertaking", FORM_FLAG, AT(undertaking), .need = NEED_ALWAYS, .marks = FORM_LASTING,
        .zh = "真实性承诺", .en = "undertaking", .help_zh = "必须为 true",
        .help_en = "must be true"},
    {"filed_as", FORM_CHOICE, AT(filed_as), .list = "seller|import_buyer|intermediary|agent",
        .marks = FORM_LASTING, .initial = "seller", .zh = "申报身份", .en = "filed as"},
    {"seller", FORM_OBJECT, AT(seller), .need = NEED_ALWAYS, .marks = FORM_WHOLE,
        .form = &party_form, .zh = "卖方", .en = "seller"},
    {"co_sellers", FORM_LIST, AT(co_sellers), .max = 20, .form = &co_party_form, .zh = "共同卖方",
        .en = "co-sellers"},
    {"buyer", FORM_OBJECT, AT(buyer), .need = NEED_ALWAYS, .marks = FORM_WHOLE, .form = &party_form,
        .zh = "买方", .en = "buyer"},
    {"co_buyers", FORM_LIST, AT(co_buyers), .max = 20, .form = &co_party_form, .zh = "共同买方",
        .en = "co-buyers"},
    {"intermediary", FORM_OBJECT, AT(intermediary), .marks = FORM_WHOLE, .form = &party_form,
        .zh = "中介方", .en = "intermediary"},
    {"intermediary_fee", FORM_MONEY, AT(intermediary_fee), .need = NEED_INTERMEDIARY,
        .zh = "中介服务费", .en = "intermediary fee"},
    {"broker", FORM_TEXT, AT(broker), .max = 64, .zh = "技术经理人", .en = "broker"},
    {"filler", FORM_TEXT, AT(filler), .max = 100, .marks = FORM_LASTING, .zh = "填报人",
        .en = "filled in by"},
    {"filled_on", FORM_DATE, AT(filled_on), .marks = FORM_LASTING, .zh = "填报日期",
        .en = "filled in on"},
    {"related", FORM_OBJECT, AT(related), .form = &related_form, .zh = "关联信息",
        .en = "related records"},
    {"row_key", FORM_TEXT, AT(row_key), .max = 64, .marks = FORM_LASTING, .zh = "申报方行标识",
        .en = "the filer's own key", .help_zh = "在同一申报单位内唯一",
        .help_en = "unique within an agency"},
};
static const struct form form = {contract_fields, COUNT(contract_fields), sizeof(struct contract)};
#undef AT

const struct form *
contract_form(void)
{
    return &form;
}

static const struct form_field *
find_member(const struct form *in, const char *name, size_t len)
{
    for (int i = 0; in != NULL && i < in->count; i++)
        if (strncmp(in->fields[i].name, name, len) == 0 && in->fields[i].name[len] == '\0')
            return &in->fields[i];
    return NULL;
}

/* The next step of a pointer: a member, or (inside a list) an index, which leaves *field as it is
 * and sets *index. */
static const char *
walk_pointer(const char *at, const struct form_field **field, int *index)
{
    size_t len = strcspn(at + 1, "/");
    bool inside = *field != NULL && ((*field)->type == FORM_LIST || (*field)->type == FORM_CODES);

    if (inside && *index < 0 && len > 0 && strspn(at + 1, "0123456789") >= len) {
        *index = 0;
        for (size_t i = 1; i <= len && i < 8; i++)
            *index = *index * 10 + (at[i] - '0');
    } else {
        *field = find_member(*field == NULL ? &form : (*field)->form, at + 1, len);
        *index = -1;
    }
    return at + 1 + len;
}

const struct form_field *
contract_form_find(const char *pointer)
{
    const struct form_field *field = NULL;
    int index = -1;

    while (*pointer == '/') {
        pointer = walk_pointer(pointer, &field, &index);
        if (field == NULL)
            return NULL;
    }
    return field;
}

/* Appends as many whole characters as fit. */
static void
append(char *label, size_t size, const char *text)
{
    size_t used = strlen(label);
    size_t len = strlen(text);

    if (len > size - used - 1) {
        len = size - used - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U)
            len--;
    }
    memcpy(label + used, text, len);
    label[used + len] = '\0';
}

void
contract_form_label(const char *pointer, bool zh, char *label, size_t size)
{
    const struct form_field *field = NULL;
    char place[32];
    int index = -1;

    label[0] = '\0';
    while (*pointer == '/') {
        const struct form_field *before = field;

        pointer = walk_pointer(pointer, &field, &index);
        if (field == NULL)
            return;
        if (field == before && index >= 0) {
            snprintf(place, sizeof(place), zh ? "（第%d项）" : " %d", index + 1);
            append(label, size, place);
            continue;
        }
        if (before != NULL)
            append(label, size, "/");
        append(label, size, zh ? field->zh : field->en);
    }
}

const char *
form_text(const struct form_field *field, const void *base)
{
    const char *text;

    memcpy(&text, (const char *)base + field->offset, sizeof(text));
    return text;
}

int64_t
form_value(const struct form_field *field, const void *base)
{
    int64_t value;

    memcpy(&value, (const char *)base + field->offset, sizeof(value));
    return value;
}

struct form_items
form_items(const struct form_field *field, const void *base)
{
    struct form_items items;

    memcpy(&items, (const char *)base + field->offset, sizeof(items));
    return items;
}

enum form_state
form_state(const struct form_field *field, const void *base)
{
    int32_t small;
    int64_t value;

    switch (field->type) {
    case FORM_MONEY:
    case FORM_DECIMAL:
    case FORM_RATE_PER:
        value = form_value(field, base);
        return value == VALUE_ABSENT ? FORM_ABSENT : value == VALUE_BAD ? FORM_BAD : FORM_GIVEN;
    case FORM_DATE:
        memcpy(&small, (const char *)base + field->offset, sizeof(small));
        return small == DATE_ABSENT ? FORM_ABSENT : small == DATE_BAD ? FORM_BAD : FORM_GIVEN;
    case FORM_FLAG:
        memcpy(&small, (const char *)base + field->offset, sizeof(small));
        return small == FLAG_ABSENT ? FORM_ABSENT : small == FLAG_BAD ? FORM_BAD : FORM_GIVEN;
    case FORM_OBJECT:
        memcpy(&small, (const char *)base + field->offset, sizeof(small));
        return (enum form_state)small;
    case FORM_LIST:
    case FORM_CODES:
        value = form_items(field, base).count;
        return value == 0 ? FORM_ABSENT : value < 0 ? FORM_BAD : FORM_GIVEN;
    case FORM_TEXT:
    case FORM_CODE:
    case FORM_CHOICE:
    case FORM_CREDIT_CODE:
    case FORM_ID_NUMBER:
    case FORM_ZIP_CODE:
        break;
    }
    if (form_text(field, base) == NULL)
        return FORM_ABSENT;
    return form_text(field, base) == contract_bad_text ? FORM_BAD : FORM_GIVEN;
}
