#include "server/api/json_digest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/mem.h"
#include "server/api/json_text.h"

enum { DEPTH_MAX = 32 };

static void
add_sized(struct sha256 *digest, char type, const char *data, size_t len)
{
    uint8_t head[9] = {(uint8_t)type};

    memcpy(head + 1, &len, sizeof(len));
    sha256_add(digest, head, sizeof(head));
    sha256_add(digest, data, len);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_object(struct sha256 *digest, const json_t *object)
{
    enum { STACK_NAMES = 64 };
    size_t count = json_object_size(object);
    const char *stack[STACK_NAMES];
    const char **names = count <= STACK_NAMES ? stack : xmalloc(count * sizeof(*names));
    size_t at = 0;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value) names[at++] = name;
    qsort(names, count, sizeof(*names), compare_names);
    add_sized(digest, '{', "", 0);
    for (size_t i = 0; i < count; i++) {
        add_sized(digest, 'k', names[i], strlen(names[i]));
        json_digest_add(digest, json_object_get(object, names[i]));
    }
    add_sized(digest, '}', "", 0);
    if (names != stack)
        free(names);
}

void
json_digest_add(struct sha256 *digest, const json_t *value)
{
    char text[64];
    size_t index;
    json_t *item;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        add_object(digest, value);
        break;
    case JSON_ARRAY:
        add_sized(digest, '[', "", 0);
        json_array_foreach(value, index, item) json_digest_add(digest, item);
        add_sized(digest, ']', "", 0);
        break;
    case JSON_STRING:
        add_sized(digest, 's', json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        add_sized(digest, 'i', text, strlen(text));
        break;
    case JSON_REAL:
        snprintf(text, sizeof(text), "%a", json_real_value(value));
        add_sized(digest, 'r', text, strlen(text));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        add_sized(digest, json_is_true(value) ? 't' : 'f', "", 0);
        break;
    case JSON_NULL:
        add_sized(digest, 'n', "", 0);
        break;
    }
}

json_t *
json_read_object(const char *text, size_t len, struct err *err)
{
    struct json_text_fault fault;
    json_t *value = json_text_read(text, len, DEPTH_MAX, &fault);

    if (value == NULL && fault.is_too_deep) {
        err_rule_more(err, ERR_SYNTAX, "json.depth", "%d", DEPTH_MAX);
        return NULL;
    }
    if (value == NULL) {
        err_rule_more(err, ERR_SYNTAX, "json.text", "%zu", fault.at);
        return NULL;
    }
    if (!json_is_object(value)) {
        json_decref(value);
        err_rule(err, ERR_SYNTAX, "refused.body_needed");
        return NULL;
    }
    return value;
}
