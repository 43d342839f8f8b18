#include "server/form/contract_fault.h"

#include <stdio.h>
#include <string.h>

#include "server/form/contract_form.h"

enum { LABEL_BYTES = 160, TEXT_BYTES = 640 };

static const struct rule parse_rules[] = {
    {"form.type", RULE_REFUSAL, "", false, "JSON 类型不对", "wrong JSON type"},
    {"form.unknown_field", RULE_REFUSAL, "", false, "表单没有这个字段",
        "the form has no such field"},
    {"form.text_length", RULE_REFUSAL, "", false, "文本过长", "text too long"},
    {"form.text_characters", RULE_REFUSAL, "", false, "含有控制字符或不可见的格式字符",
        "holds control characters or invisible format characters"},
    {"form.code_syntax", RULE_REFUSAL, "", false, "代码应为1至32个可见ASCII字符",
        "a code has 1 to 32 visible ASCII characters"},
    {"form.choice", RULE_REFUSAL, "", false, "不是允许的取值", "not one of the allowed words"},
    {"form.money", RULE_REFUSAL, "", false,
        "金额应为带两位小数的十进制字符串（如\"1200000.00\"）或整数元",
        "money is a decimal string with two digits (\"1200000.00\") or a whole number of yuan"},
    {"form.real", RULE_REFUSAL, "", false, "不接受带小数的JSON数字，请写成字符串",
        "a JSON number with a fraction is refused: write a string"},
    {"form.decimal", RULE_REFUSAL, "", false, "应为十进制字符串或整数",
        "must be a decimal string or a whole number"},
    {"form.rate_per", RULE_REFUSAL, "", false, "只能为1或100", "must be 1 or 100"},
    {"form.date", RULE_REFUSAL, "", false, "日期应为存在的日子，格式YYYY-MM-DD（1900至2199年）",
        "must be a day of the calendar as YYYY-MM-DD (1900 to 2199)"},
    {"form.zip_code", RULE_REFUSAL, "", false, "邮政编码应为6位数字", "a postcode has six digits"},
    {"form.list_length", RULE_REFUSAL, "", false, "项数过多", "too many items"},
    {"form.not_determinable", RULE_REFUSAL, "", false, "登记机构不能另行核定此字段",
        "the registrar cannot determine this field"},
    {"form.not_changeable", RULE_REFUSAL, "", false, "登记后不能变更此字段",
        "no change after registration touches this field"},
    {NULL, RULE_REFUSAL, "", false, "", ""},
};

const struct rule *
contract_parse_rules(void)
{
    return parse_rules;
}

const struct rule *
contract_parse_rule(const char *id)
{
    for (const struct rule *rule = parse_rules; rule->id != NULL; rule++)
        if (strcmp(rule->id, id) == 0)
            return rule;
    return NULL;
}

/* Adds one step with the escapes of RFC 6901; stops before a character that does not fit whole. */
static size_t
add_step(char *pointer, size_t used, const char *name)
{
    if (used + 1 < POINTER_BYTES)
        pointer[used++] = '/';
    while (*name != '\0') {
        size_t len = 1;

        while (((unsigned char)name[len] & 0xC0U) == 0x80U)
            len++;
        if (used + len + 1 >= POINTER_BYTES)
            break;
        if (*name == '~' || *name == '/') {
            pointer[used++] = '~';
            pointer[used++] = *name == '~' ? '0' : '1';
        } else {
            memcpy(pointer + used, name, len);
            used += len;
        }
        name += len;
    }
    pointer[used] = '\0';
    return used;
}

static size_t
format_path(const struct form_path *path, char *pointer)
{
    char number[16];
    size_t used;

    if (path == NULL)
        return 0;
    used = format_path(path->up, pointer);
    if (path->name != NULL)
        return add_step(pointer, used, path->name);
    snprintf(number, sizeof(number), "%d", path->index);
    return add_step(pointer, used, number);
}

void
form_path_format(const struct form_path *path, char *pointer)
{
    pointer[0] = '\0';
    format_path(path, pointer);
}

void
contract_fault(struct fault_list *list, const struct rule *rule, const char *pointer,
    const char *detail_zh, const char *detail_en)
{
    char label[LABEL_BYTES];
    char zh[TEXT_BYTES];
    char en[TEXT_BYTES];
    bool detailed = detail_zh != NULL && detail_en != NULL;

    contract_form_label(pointer, true, label, sizeof(label));
    snprintf(zh, sizeof(zh), "%s%s%s%s%s%s", label, *label == '\0' ? "" : "：", rule->zh,
        detailed ? "（" : "", detailed ? detail_zh : "", detailed ? "）" : "");
    contract_form_label(pointer, false, label, sizeof(label));
    snprintf(en, sizeof(en), "%s%s%s%s%s%s", label, *label == '\0' ? "" : ": ", rule->en,
        detailed ? " (" : "", detailed ? detail_en : "", detailed ? ")" : "");
    fault_add(list, pointer, rule->id, rule->is_final ? rule->article : NULL, zh, en);
}
