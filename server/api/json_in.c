#include "server/api/json_in.h"

#include <string.h>

#include "common/date.h"

static const char *
join(struct fault_list *faults, const char *pointer, const char *name)
{
    return arena_printf(faults->arena, "%s/%s", pointer, name);
}

static void
wrong_type(struct fault_list *faults, const char *pointer, const char *name, const char *zh,
    const char *en)
{
    fault_add(faults, join(faults, pointer, name), "body.type", NULL, zh, en);
}

/* Present and not null. */
static const json_t *
member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return value == NULL || json_is_null(value) ? NULL : value;
}

static const json_t *
needed(struct fault_list *faults, const json_t *object, const char *pointer, const char *name,
    bool required)
{
    const json_t *value = member(object, name);

    if (value == NULL && required)
        fault_add(faults, join(faults, pointer, name), "body.required", NULL, "必填", "required");
    return value;
}

void
json_in_known(
    struct fault_list *faults, const json_t *object, const char *pointer, const char *const *names)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        int i = 0;

        while (names[i] != NULL && strcmp(names[i], name) != 0)
            i++;
        if (names[i] == NULL)
            fault_add(faults, fault_pointer(faults->arena, pointer, name), "body.unknown", NULL,
                "未知字段", "unknown member");
    }
}

/* Characters of valid UTF-8, or -1 when one of them is a control character. */
static int
count_characters(const char *text)
{
    int count = 0;

    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f)
            return -1;
        count += (byte & 0xc0) != 0x80;
    }
    return count;
}

const char *
json_in_text(struct fault_list *faults, const json_t *object, const char *pointer, const char *name,
    int max, bool required)
{
    const json_t *value = needed(faults, object, pointer, name, required);
    const char *text = json_string_value(value);
    int count;

    if (value == NULL)
        return NULL;
    if (text == NULL) {
        wrong_type(faults, pointer, name, "须为文本", "must be a text");
        return NULL;
    }
    count = count_characters(text);
    if (count < 0 || count > max) {
        fault_add(faults, join(faults, pointer, name), "body.text", NULL,
            arena_printf(faults->arena, "不得含控制字符,且不超过%d个字符", max),
            arena_printf(faults->arena, "at most %d characters and no control characters", max));
        return NULL;
    }
    if (count == 0 && required)
        fault_add(faults, join(faults, pointer, name), "body.required", NULL, "必填", "required");
    return count == 0 ? NULL : text;
}

const json_t *
json_in_object(
    struct fault_list *faults, const json_t *object, const char *pointer, const char *name)
{
    const json_t *value = member(object, name);

    if (value == NULL || json_is_object(value))
        return value;
    wrong_type(faults, pointer, name, "须为对象", "must be an object");
    return NULL;
}

const json_t *
json_in_array(struct fault_list *faults, const json_t *object, const char *pointer,
    const char *name, int max, bool required)
{
    const json_t *value = needed(faults, object, pointer, name, required);

    if (value == NULL)
        return NULL;
    if (!json_is_array(value) || json_array_size(value) > (size_t)max ||
        (required && json_array_size(value) == 0)) {
        wrong_type(faults, pointer, name,
            arena_printf(faults->arena, "须为数组,%d至%d项", required, max),
            arena_printf(faults->arena, "must be an array of %d to %d items", required, max));
        return NULL;
    }
    return value;
}

int
json_in_bool(struct fault_list *faults, const json_t *object, const char *pointer, const char *name,
    bool required)
{
    const json_t *value = needed(faults, object, pointer, name, required);

    if (value == NULL)
        return -1;
    if (!json_is_boolean(value)) {
        wrong_type(faults, pointer, name, "须为 true 或 false", "must be true or false");
        return -1;
    }
    return json_is_true(value);
}

bool
json_in_date(struct fault_list *faults, const json_t *object, const char *pointer, const char *name,
    int32_t *day)
{
    const json_t *value = member(object, name);

    if (value == NULL)
        return false;
    if (json_is_string(value) && date_parse(json_string_value(value), day))
        return true;
    wrong_type(faults, pointer, name, "须为日期 YYYY-MM-DD", "must be a day, YYYY-MM-DD");
    return false;
}
