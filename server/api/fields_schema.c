#include <string.h>

#include "server/api/fields.h"

/* The JSON Schema of a body from the same table that reads it. */

static json_t *
words_of(const char *list)
{
    json_t *words = json_array();

    for (const char *word = list; *word != '\0';) {
        size_t len = strcspn(word, "|");

        json_array_append_new(words, json_stringn(word, len));
        word += len + (word[len] == '|');
    }
    return words;
}

static json_t *
schema_of_string(const struct field *field)
{
    json_t *schema = json_pack("{s:s}", "type", "string");

    switch (field->type) {
    case FIELD_DATE:
        json_object_set_new(schema, "format", json_string("date"));
        break;
    case FIELD_CODE:
        json_object_set_new(schema, "x-code-list", json_string(field->list));
        break;
    case FIELD_CHOICE:
        json_object_set_new(schema, "enum", words_of(field->list));
        break;
    case FIELD_CREDIT_CODE:
        json_object_set_new(schema, "pattern", json_string("^[0-9A-HJ-NPQRTUWXY]{18}$"));
        break;
    case FIELD_POINTER:
        json_object_set_new(schema, "format", json_string("json-pointer"));
        break;
    default:
        json_object_set_new(schema, "maxLength", json_integer(field->max));
        break;
    }
    return schema;
}

static json_t *
schema_of_int(const struct field *field)
{
    json_t *schema = json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)field->min);

    if (field->max != 0)
        json_object_set_new(schema, "maximum", json_integer(field->max));
    return schema;
}

static json_t *schema_of(const struct field *field);

static json_t *
schema_of_list(const struct field *field)
{
    bool is_required = (field->flags & FIELD_REQUIRED) != 0;
    json_t *items =
        field->fields->name[0] == '\0' ? schema_of(field->fields) : fields_schema(field->fields);

    return json_pack("{s:s, s:I, s:I, s:o}", "type", "array", "minItems",
        (json_int_t)(field->min == 0 && is_required ? 1 : field->min), "maxItems",
        (json_int_t)field->max, "items", items);
}

static json_t *
schema_of(const struct field *field)
{
    switch (field->type) {
    case FIELD_MONEY:
        return json_pack("{s:[s, s], s:s}", "type", "string", "integer", "pattern",
            "^(0|[1-9][0-9]*)(\\.[0-9]{2})?$");
    case FIELD_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case FIELD_INT:
        return schema_of_int(field);
    case FIELD_ID:
        return json_pack(
            "{s:[s, s], s:s}", "type", "string", "integer", "pattern", "^[1-9][0-9]*$");
    case FIELD_OBJECT:
        return field->fields == NULL ? json_pack("{s:s}", "type", "object")
                                     : fields_schema(field->fields);
    case FIELD_LIST:
        return schema_of_list(field);
    case FIELD_ANY:
        return json_object();
    default:
        return schema_of_string(field);
    }
}

json_t *
fields_schema(const struct field *fields)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    json_t *schema;

    for (; fields->name != NULL; fields++) {
        json_t *member = schema_of(fields);

        if (fields->help != NULL)
            json_object_set_new(member, "description", json_string(fields->help));
        json_object_set_new(properties, fields->name, member);
        if (fields->flags & FIELD_REQUIRED)
            json_array_append_new(required, json_string(fields->name));
    }
    schema = json_pack(
        "{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0, "properties", properties);
    if (json_array_size(required) > 0)
        json_object_set_new(schema, "required", required);
    else
        json_decref(required);
    return schema;
}
