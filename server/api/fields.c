#include "server/api/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "common/money.h"
#include "server/api/credit_code.h"
#include "server/api/text.h"

struct reader {
    struct fault_list *faults;
    const struct codes *codes;
};

static json_t *read_object(const struct reader *reader, const struct field *fields,
    const json_t *object, const char *pointer);
static json_t *read_value(const struct reader *reader, const struct field *field,
    const json_t *value, const char *pointer);

/* Always NULL, for `return fail(...)`. */
static json_t *
fail(const struct reader *reader, const char *pointer, const char *rule, const char *detail_zh,
    const char *detail_en)
{
    fault_add_rule(reader->faults, reader->codes, pointer, rule, detail_zh, detail_en);
    return NULL;
}

static json_t *
fail_type(const struct reader *reader, const char *pointer, const char *zh, const char *en)
{
    struct arena *arena = reader->faults->arena;

    return fail(reader, pointer, "body.type", arena_printf(arena, "须为%s", zh),
        arena_printf(arena, "must be %s", en));
}

static json_t *
fail_bounds(
    const struct reader *reader, const struct field *field, const char *pointer, const char *rule)
{
    struct arena *arena = reader->faults->arena;
    long long min = field->min;
    long long max = field->max;

    if (max == 0)
        return fail(reader, pointer, rule, arena_printf(arena, "至少%lld", min),
            arena_printf(arena, "at least %lld", min));
    return fail(reader, pointer, rule, arena_printf(arena, "%lld至%lld", min, max),
        arena_printf(arena, "%lld to %lld", min, max));
}

static json_t *
fail_money(const struct reader *reader, const struct field *field, const char *pointer)
{
    struct arena *arena = reader->faults->arena;
    char min[MONEY_TEXT_BYTES];
    char max[MONEY_TEXT_BYTES];

    money_format(field->min, min);
    money_format(field->max == 0 ? MONEY_MAX_FEN : field->max, max);
    return fail(reader, pointer, "body.number", arena_printf(arena, "%s至%s", min, max),
        arena_printf(arena, "%s to %s", min, max));
}

static json_t *
read_text(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    struct arena *arena = reader->faults->arena;
    const char *out = NULL;

    switch (text_clean(arena, json_string_value(value), json_string_length(value), (int)field->max,
        field->type == FIELD_LINES, &out)) {
    case TEXT_OK:
        return json_string(out);
    case TEXT_BLANK:
        if ((field->flags & FIELD_REQUIRED) != 0 || field->name[0] == '\0')
            return fail(reader, pointer, "body.required", NULL, NULL);
        break;
    case TEXT_CHARACTERS:
        return fail(reader, pointer, "body.text_characters", NULL, NULL);
    case TEXT_LENGTH:
        return fail(reader, pointer, "body.text_length",
            arena_printf(arena, "最多%lld字", (long long)field->max),
            arena_printf(arena, "at most %lld characters", (long long)field->max));
    }
    return NULL;
}

/* RFC 6901; a step is not looked at further. */
static json_t *
read_pointer(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    json_t *read = read_text(reader, field, value, pointer);
    const char *text = json_string_value(read);
    bool is_pointer = text == NULL || *text == '/';

    for (const char *at = text; is_pointer && at != NULL && *at != '\0'; at++)
        is_pointer = *at != '~' || at[1] == '0' || at[1] == '1';
    if (is_pointer)
        return read;
    json_decref(read);
    return fail(reader, pointer, "body.pointer", NULL, NULL);
}

static json_t *
read_money(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    int64_t fen = -1;

    if (json_is_integer(value)) {
        json_int_t yuan = json_integer_value(value);

        if (yuan >= 0 && yuan <= MONEY_MAX_FEN / 100)
            fen = (int64_t)yuan * 100;
    } else if (json_is_string(value)) {
        if (!money_parse(json_string_value(value), &fen))
            fen = -1;
    }
    if (fen < 0)
        return fail(reader, pointer, "body.money", NULL, NULL);
    if (fen < field->min || (field->max > 0 && fen > field->max))
        return fail_money(reader, field, pointer);
    return json_integer(fen);
}

static json_t *
read_date(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    const char *text = json_string_value(value);
    int32_t day;

    if (!date_parse(text, &day))
        return fail(reader, pointer, "body.date", NULL, NULL);
    if ((field->flags & FIELD_NOT_PAST) && day < clock_today())
        return fail(reader, pointer, "body.date_past", NULL, NULL);
    if ((field->flags & FIELD_NOT_FUTURE) && day > clock_today())
        return fail(reader, pointer, "body.date_future", NULL, NULL);
    return json_string(text);
}

static json_t *
read_int(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value))
        return fail_type(reader, pointer, "整数", "a whole number");
    if (number < field->min || (field->max != 0 && number > field->max))
        return fail_bounds(reader, field, pointer, "body.number");
    return json_integer(number);
}

static json_t *
read_id(const struct reader *reader, const json_t *value, const char *pointer)
{
    const char *text = json_string_value(value);
    json_int_t number = json_integer_value(value);

    if (text != NULL && *text >= '1' && *text <= '9' && strlen(text) <= 19) {
        char *end;

        errno = 0;
        number = strtoll(text, &end, 10);
        if (*end != '\0' || errno != 0)
            number = 0;
    }
    if (number <= 0)
        return fail(reader, pointer, "body.id", NULL, NULL);
    return json_integer(number);
}

static json_t *
read_code(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    const char *text = json_string_value(value);

    if (codes_find(reader->codes, field->list, text, clock_today()) == NULL)
        return fail(reader, pointer, "body.code", field->list, field->list);
    return json_string(text);
}

static json_t *
read_choice(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);

    for (const char *word = field->list; word != NULL; word = strchr(word, '|')) {
        if (*word == '|')
            word++;
        if (strcspn(word, "|") == len && memcmp(word, text, len) == 0)
            return json_string(text);
    }
    return fail(reader, pointer, "body.choice", field->list, field->list);
}

static json_t *
read_credit_code(const struct reader *reader, const json_t *value, const char *pointer)
{
    if (credit_code_check(json_string_value(value)) != CREDIT_CODE_OK)
        return fail(reader, pointer, "body.credit_code", NULL, NULL);
    return json_string(json_string_value(value));
}

static json_t *
read_list(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    const struct field *item_field = field->fields;
    struct field bounds = *field;
    int64_t size = (int64_t)json_array_size(value);
    json_t *list;
    json_t *item;
    size_t index;

    if (!json_is_array(value))
        return fail_type(reader, pointer, "数组", "an array");
    if ((field->flags & FIELD_REQUIRED) != 0 && bounds.min == 0)
        bounds.min = 1;
    if (size > bounds.max || size < bounds.min)
        return fail_bounds(reader, &bounds, pointer, "body.list_length");
    list = json_array();
    json_array_foreach(value, index, item)
    {
        const char *step = arena_printf(reader->faults->arena, "%s/%zu", pointer, index);
        json_t *read;

        if (item_field->name[0] == '\0')
            read = read_value(reader, item_field, item, step);
        else if (json_is_object(item))
            read = read_object(reader, item_field, item, step);
        else
            read = fail_type(reader, step, "对象", "an object");
        if (read != NULL)
            json_array_append_new(list, read);
    }
    return list;
}

static json_t *
read_string(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    if (!json_is_string(value))
        return fail_type(reader, pointer, "字符串", "a string");
    switch (field->type) {
    case FIELD_DATE:
        return read_date(reader, field, value, pointer);
    case FIELD_CODE:
        return read_code(reader, field, value, pointer);
    case FIELD_CHOICE:
        return read_choice(reader, field, value, pointer);
    case FIELD_CREDIT_CODE:
        return read_credit_code(reader, value, pointer);
    case FIELD_POINTER:
        return read_pointer(reader, field, value, pointer);
    default:
        return read_text(reader, field, value, pointer);
    }
}

/* A new reference; NULL with a fault. */
static json_t *
read_value(const struct reader *reader, const struct field *field, const json_t *value,
    const char *pointer)
{
    switch (field->type) {
    case FIELD_MONEY:
        return read_money(reader, field, value, pointer);
    case FIELD_BOOL:
        return json_is_boolean(value) ? json_incref((json_t *)(uintptr_t)value)
                                      : fail_type(reader, pointer, "true或false", "true or false");
    case FIELD_INT:
        return read_int(reader, field, value, pointer);
    case FIELD_ID:
        return read_id(reader, value, pointer);
    case FIELD_LIST:
        return read_list(reader, field, value, pointer);
    case FIELD_OBJECT:
        if (!json_is_object(value))
            return fail_type(reader, pointer, "对象", "an object");
        return field->fields == NULL ? json_deep_copy(value)
                                     : read_object(reader, field->fields, value, pointer);
    case FIELD_ANY:
        return json_deep_copy(value);
    default:
        return read_string(reader, field, value, pointer);
    }
}

static bool
is_blank(const json_t *value)
{
    const char *text = json_string_value(value);

    return value == NULL || json_is_null(value) ||
           (text != NULL && strspn(text, " ") == json_string_length(value));
}

static const struct field *
field_named(const struct field *fields, const char *name)
{
    for (; fields->name != NULL; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

static json_t *
read_object(const struct reader *reader, const struct field *fields, const json_t *object,
    const char *pointer)
{
    struct arena *arena = reader->faults->arena;
    json_t *out = json_object();
    const char *name;
    json_t *value;

    for (const struct field *field = fields; field->name != NULL; field++) {
        const char *step = fault_pointer(arena, pointer, field->name);
        json_t *read;

        value = json_object_get(object, field->name);
        if (!is_blank(value)) {
            read = read_value(reader, field, value, step);
            if (read != NULL)
                json_object_set_new(out, field->name, read);
        } else if (field->flags & FIELD_REQUIRED) {
            fail(reader, step, "body.required", NULL, NULL);
        }
    }
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (field_named(fields, name) == NULL)
            fail(reader, fault_pointer(arena, pointer, name), "body.unknown", NULL, NULL);
    }
    return out;
}

json_t *
fields_read(struct fault_list *faults, const struct codes *codes, const struct field *fields,
    const json_t *body)
{
    struct reader reader = {faults, codes};

    return read_object(&reader, fields, body, "");
}
