#include <string.h>

#include "common/buf.h"
#include "server/form/contract.h"
#include "server/form/contract_form.h"

static json_t *schema_of_form(const struct form *form);

/* What makes a field required that is not always so; shown as x-required-when. */
static const char *
condition(enum form_need need)
{
    switch (need) {
    case NEED_CREDIT_CODE:
    case NEED_ORGANISATION:
        return "an organisation with country 142";
    case NEED_ID_NUMBER:
        return "a natural person with country 142";
    case NEED_HOME:
        return "country 142";
    case NEED_SELLER:
        return "seller and co-sellers";
    case NEED_PARTY:
        return "every party but an intermediary";
    case NEED_CURRENCY:
        return "currency is not CNY";
    case NEED_ROYALTY:
        return "payment_method is 3 or 4";
    case NEED_INITIAL_FEE:
        return "payment_method is 4";
    case NEED_LICENCE:
        return "contract_type is 3xx";
    case NEED_IMPORT:
        return "filed_as is import_buyer";
    case NEED_INTERMEDIARY:
        return "intermediary is given";
    case NEED_RIGHT_KIND:
        return "kind is given";
    case NEED_NO:
    case NEED_ALWAYS:
    case NEED_COUNT:
        break;
    }
    return NULL;
}

/* type, with null beside it where null may stand for absent. */
static json_t *
schema_type(const char *type, bool is_required)
{
    if (is_required)
        return json_string(type);
    return json_pack("[ss]", type, "null");
}

static void
set_text(json_t *schema, const char *key, const char *text)
{
    json_object_set_new(schema, key, json_string(text));
}

static void
describe_choice(json_t *schema, const struct form_field *field)
{
    json_t *words = json_array();

    for (const char *word = field->list; *word != '\0';) {
        size_t len = strcspn(word, "|");

        json_array_append_new(words, json_stringn(word, len));
        word += len + (word[len] == '|');
    }
    json_array_append_new(words, json_null());
    json_object_set_new(schema, "enum", words);
}

/* A decimal string, or an integer; never a JSON number with a fraction. */
static void
describe_number(json_t *schema, const struct form_field *field)
{
    struct buf pattern = {0};
    json_t *types = json_pack("[ss]", "string", "integer");

    if (field->type == FORM_MONEY)
        buf_puts(&pattern, "^(0|[1-9][0-9]{0,13})(\\.[0-9]{2})?$");
    else
        buf_printf(&pattern, "^(0|[1-9][0-9]{0,8})(\\.[0-9]{1,%d})?$", field->max);
    if (field->need != NEED_ALWAYS)
        json_array_append_new(types, json_string("null"));
    json_object_set_new(schema, "type", types);
    set_text(schema, "pattern", pattern.data);
    json_object_set_new(schema, "minimum", json_integer(0));
    buf_clear(&pattern);
}

static void
describe_list(json_t *schema, const struct form_field *field)
{
    json_t *item;

    json_object_set_new(schema, "type", schema_type("array", field->need == NEED_ALWAYS));
    json_object_set_new(schema, "maxItems", json_integer(field->max));
    if (field->type == FORM_LIST) {
        item = schema_of_form(field->form);
    } else {
        item = json_object();
        set_text(item, "type", "string");
        set_text(item, "x-code-list", field->list);
        json_object_set_new(schema, "minItems", json_integer(1));
        json_object_set_new(schema, "uniqueItems", json_true());
    }
    json_object_set_new(schema, "items", item);
}

static json_t *
schema_of_object(const struct form_field *field)
{
    json_t *schema = schema_of_form(field->form);

    json_object_set_new(schema, "type", schema_type("object", field->need == NEED_ALWAYS));
    return schema;
}

static void
describe_text(json_t *schema, const struct form_field *field)
{
    json_object_set_new(schema, "type", schema_type("string", field->need == NEED_ALWAYS));
    if (field->type == FORM_TEXT) {
        json_object_set_new(schema, "maxLength", json_integer(field->max));
    } else if (field->type == FORM_CREDIT_CODE) {
        set_text(schema, "pattern", "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$");
    } else if (field->type == FORM_ID_NUMBER) {
        set_text(schema, "pattern", "^[0-9]{17}[0-9X]$");
    } else if (field->type == FORM_ZIP_CODE) {
        set_text(schema, "pattern", "^[0-9]{6}$");
    } else if (field->type == FORM_CHOICE) {
        describe_choice(schema, field);
    } else {
        set_text(schema, "x-code-list", field->list);
        if (field->pick == PICK_LEAF)
            json_object_set_new(schema, "x-code-leaf", json_true());
    }
}

static void
describe_type(json_t *schema, const struct form_field *field)
{
    switch (field->type) {
    case FORM_MONEY:
    case FORM_DECIMAL:
        describe_number(schema, field);
        return;
    case FORM_RATE_PER:
        json_object_set_new(schema, "enum", json_pack("[iin]", 1, 100));
        json_object_set_new(schema, "default", json_integer(1));
        return;
    case FORM_DATE:
        json_object_set_new(schema, "type", schema_type("string", field->need == NEED_ALWAYS));
        set_text(schema, "format", "date");
        return;
    case FORM_FLAG:
        json_object_set_new(schema, "type", schema_type("boolean", field->need == NEED_ALWAYS));
        if (field->need == NEED_NO)
            json_object_set_new(schema, "default", json_false());
        return;
    case FORM_CODES:
    case FORM_LIST:
        describe_list(schema, field);
        return;
    default:
        describe_text(schema, field);
    }
}

static json_t *
schema_of_field(const struct form_field *field)
{
    json_t *schema = field->type == FORM_OBJECT ? schema_of_object(field) : json_object();
    struct buf text = {0};

    buf_printf(&text, "%s%s%s / %s%s%s", field->zh, field->help_zh ? "：" : "",
        field->help_zh ? field->help_zh : "", field->en, field->help_en ? ": " : "",
        field->help_en ? field->help_en : "");
    set_text(schema, "description", text.data);
    buf_clear(&text);
    if (field->type != FORM_OBJECT)
        describe_type(schema, field);
    if (field->initial != NULL)
        set_text(schema, "default", field->initial);
    if (condition(field->need) != NULL)
        set_text(schema, "x-required-when", condition(field->need));
    if (field->marks & FORM_DETERMINABLE)
        json_object_set_new(schema, "x-determinable", json_true());
    if (field->marks & FORM_LASTING)
        json_object_set_new(schema, "x-lasting", json_true());
    if (field->marks & (FORM_PRIVATE | FORM_PRIVATE_OF_PERSON))
        json_object_set_new(schema, "x-personal-data", json_true());
    return schema;
}

static json_t *
schema_of_form(const struct form *form)
{
    json_t *properties = json_object();
    json_t *required = json_array();

    for (int i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];

        json_object_set_new(properties, field->name, schema_of_field(field));
        if (field->need == NEED_ALWAYS)
            json_array_append_new(required, json_string(field->name));
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
        required, "additionalProperties", 0);
}

json_t *
contract_schema(void)
{
    json_t *schema = schema_of_form(contract_form());

    set_text(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
    set_text(schema, "title", "技术合同登记申报 / filing of a technology contract");
    return schema;
}
