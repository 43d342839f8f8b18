#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "common/money.h"
#include "server/api/text.h"
#include "server/form/contract.h"
#include "server/form/contract_fault.h"
#include "server/form/contract_form.h"

/* What the table's readers assume about contract.h. */
_Static_assert(sizeof(enum flag) == sizeof(int32_t), "flags are read as int32_t");
_Static_assert(sizeof(enum form_state) == sizeof(int32_t), "states are read as int32_t");
_Static_assert(sizeof(struct form_items) == sizeof(struct party_list), "lists share one shape");

const char contract_bad_text[] = "";

enum { CODE_BYTES_MAX = 32, DECIMAL_WHOLE_DIGITS = 9 };

struct parse {
    struct arena *arena;
    struct fault_list *faults;
};

static void parse_object(struct parse *parse, const struct form *form, const json_t *json,
    void *base, const struct form_path *path);

static void
fail(struct parse *parse, const struct form_path *path, const char *rule, const char *detail_zh,
    const char *detail_en)
{
    char pointer[POINTER_BYTES];

    form_path_format(path, pointer);
    contract_fault(parse->faults, contract_parse_rule(rule), pointer, detail_zh, detail_en);
}

static void
fail_type(
    struct parse *parse, const struct form_path *path, const char *want_zh, const char *want_en)
{
    char zh[64];
    char en[64];

    snprintf(zh, sizeof(zh), "应为%s", want_zh);
    snprintf(en, sizeof(en), "must be %s", want_en);
    fail(parse, path, "form.type", zh, en);
}

static void
fail_count(struct parse *parse, const struct form_path *path, const char *rule, int max)
{
    bool is_text = strcmp(rule, "form.text_length") == 0;
    char zh[64];
    char en[64];

    snprintf(zh, sizeof(zh), is_text ? "最多%d字" : "最多%d项", max);
    snprintf(en, sizeof(en), is_text ? "at most %d characters" : "at most %d items", max);
    fail(parse, path, rule, zh, en);
}

static void
put(const struct form_field *field, void *base, const void *value, size_t size)
{
    memcpy((char *)base + field->offset, value, size);
}

static void
put_text(const struct form_field *field, void *base, const char *text)
{
    put(field, base, &text, sizeof(text));
}

static const char *
parse_free_text(struct parse *parse, const struct form_field *field, const json_t *json,
    const struct form_path *path)
{
    const char *out = NULL;

    switch (text_clean(parse->arena, json_string_value(json), json_string_length(json), field->max,
        (field->marks & FORM_LINES) != 0, &out)) {
    case TEXT_OK:
    case TEXT_BLANK:
        return out;
    case TEXT_CHARACTERS:
        fail(parse, path, "form.text_characters", NULL, NULL);
        break;
    case TEXT_LENGTH:
        fail_count(parse, path, "form.text_length", field->max);
        break;
    }
    return contract_bad_text;
}

/* Codes and identity codes: short visible ASCII. Whether they mean anything is for contract_check()
 * to say. */
static const char *
parse_code_text(struct parse *parse, const json_t *json, const struct form_path *path)
{
    const char *text = json_string_value(json);
    size_t len = json_string_length(json);

    if (strspn(text, " ") == len)
        return NULL;
    for (size_t i = 0; i < len; i++)
        if (len > CODE_BYTES_MAX || text[i] <= 0x20 || text[i] >= 0x7F) {
            fail(parse, path, "form.code_syntax", NULL, NULL);
            return contract_bad_text;
        }
    return arena_strndup(parse->arena, text, len);
}

static const char *
parse_zip_code(struct parse *parse, const json_t *json, const struct form_path *path)
{
    const char *text = json_string_value(json);
    size_t len = json_string_length(json);

    if (strspn(text, " ") == len)
        return NULL;
    if (len != 6 || strspn(text, "0123456789") != 6) {
        fail(parse, path, "form.zip_code", NULL, NULL);
        return contract_bad_text;
    }
    return arena_strndup(parse->arena, text, len);
}

/* The word of the table itself, so that it needs no copy beyond its end mark. */
static const char *
parse_choice(struct parse *parse, const struct form_field *field, const json_t *json,
    const struct form_path *path)
{
    size_t len = json_string_length(json);
    const char *text = json_string_value(json);
    const char *word = field->list;

    while (len > 0 && word != NULL) {
        size_t word_len = strcspn(word, "|");

        if (word_len == len && memcmp(word, text, len) == 0)
            return arena_strndup(parse->arena, word, len);
        word = word[word_len] == '|' ? word + word_len + 1 : NULL;
    }
    fail(parse, path, "form.choice", field->list, field->list);
    return contract_bad_text;
}

static void
parse_text(struct parse *parse, const struct form_field *field, const json_t *json, void *base,
    const struct form_path *path)
{
    const char *text = contract_bad_text;

    if (!json_is_string(json))
        fail_type(parse, path, "字符串", "a string");
    else if (field->type == FORM_TEXT)
        text = parse_free_text(parse, field, json, path);
    else if (field->type == FORM_CHOICE)
        text = parse_choice(parse, field, json, path);
    else if (field->type == FORM_ZIP_CODE)
        text = parse_zip_code(parse, json, path);
    else
        text = parse_code_text(parse, json, path);
    put_text(field, base, text == NULL ? field->initial : text);
}

static int64_t
parse_money(struct parse *parse, const json_t *json, const struct form_path *path)
{
    int64_t fen;

    if (json_is_real(json)) {
        fail(parse, path, "form.real", NULL, NULL);
        return VALUE_BAD;
    }
    if (json_is_integer(json)) {
        json_int_t yuan = json_integer_value(json);

        if (yuan >= 0 && yuan <= MONEY_MAX_FEN / 100)
            return (int64_t)yuan * 100;
    } else if (json_is_string(json)) {
        const char *text = json_string_value(json);

        if (strlen(text) == json_string_length(json) && money_parse(text, &fen))
            return fen;
    } else {
        fail_type(parse, path, "字符串或整数", "a string or a whole number");
        return VALUE_BAD;
    }
    fail(parse, path, "form.money", NULL, NULL);
    return VALUE_BAD;
}

/* "7.1234" times ten to the power of digits; at most digits places after the point. */
static bool
read_decimal(const char *text, size_t len, int digits, int64_t *out)
{
    size_t whole = strspn(text, "0123456789");
    size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    int64_t value = 0;

    if (whole == 0 || whole > DECIMAL_WHOLE_DIGITS || (whole > 1 && text[0] == '0') ||
        part > (size_t)digits)
        return false;
    if ((text[whole] == '.' && part == 0) || whole + part + (part > 0) != len)
        return false;
    for (size_t i = 0; i < whole; i++)
        value = value * 10 + (text[i] - '0');
    for (size_t i = 0; i < (size_t)digits; i++)
        value = value * 10 + (i < part ? text[whole + 1 + i] - '0' : 0);
    *out = value;
    return true;
}

static int64_t
parse_decimal(struct parse *parse, const struct form_field *field, const json_t *json,
    const struct form_path *path)
{
    char text[32];
    char zh[64];
    char en[64];
    int64_t value;

    if (json_is_real(json)) {
        fail(parse, path, "form.real", NULL, NULL);
        return VALUE_BAD;
    }
    if (json_is_integer(json)) {
        int len = snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(json));

        if (read_decimal(text, (size_t)len, field->max, &value))
            return value;
    } else if (json_is_string(json)) {
        if (read_decimal(json_string_value(json), json_string_length(json), field->max, &value))
            return value;
    } else {
        fail_type(parse, path, "字符串或整数", "a string or a whole number");
        return VALUE_BAD;
    }
    snprintf(zh, sizeof(zh), "最多%d位小数", field->max);
    snprintf(en, sizeof(en), "at most %d digits after the point", field->max);
    fail(parse, path, "form.decimal", zh, en);
    return VALUE_BAD;
}

static int64_t
parse_rate_per(struct parse *parse, const json_t *json, const struct form_path *path)
{
    if (json_is_integer(json) && (json_integer_value(json) == 1 || json_integer_value(json) == 100))
        return (int64_t)json_integer_value(json);
    fail(parse, path, "form.rate_per", NULL, NULL);
    return VALUE_BAD;
}

static void
parse_value(struct parse *parse, const struct form_field *field, const json_t *json, void *base,
    const struct form_path *path)
{
    int64_t value;

    if (field->type == FORM_MONEY)
        value = parse_money(parse, json, path);
    else if (field->type == FORM_DECIMAL)
        value = parse_decimal(parse, field, json, path);
    else
        value = parse_rate_per(parse, json, path);
    put(field, base, &value, sizeof(value));
}

static void
parse_date(struct parse *parse, const struct form_field *field, const json_t *json, void *base,
    const struct form_path *path)
{
    int32_t day = DATE_BAD;

    if (!json_is_string(json))
        fail_type(parse, path, "字符串", "a string");
    else if (!date_parse(json_string_value(json), &day) || json_string_length(json) != 10)
        fail(parse, path, "form.date", NULL, NULL);
    put(field, base, &day, sizeof(day));
}

static void
parse_flag(struct parse *parse, const struct form_field *field, const json_t *json, void *base,
    const struct form_path *path)
{
    enum flag flag = json_is_true(json) ? FLAG_TRUE : FLAG_FALSE;

    if (!json_is_boolean(json)) {
        fail_type(parse, path, "true或false", "true or false");
        flag = FLAG_BAD;
    }
    put(field, base, &flag, sizeof(flag));
}

/* Room for the items of a list, or a fault; *items is set either way. */
static bool
open_list(struct parse *parse, const struct form_field *field, const json_t *json, size_t item_size,
    struct form_items *items, const struct form_path *path)
{
    size_t count = json_array_size(json);

    *items = (struct form_items){NULL, -1};
    if (!json_is_array(json)) {
        fail_type(parse, path, "数组", "an array");
        return false;
    }
    if (count > (size_t)field->max) {
        fail_count(parse, path, "form.list_length", field->max);
        return false;
    }
    items->items = count == 0 ? NULL : arena_zalloc(parse->arena, count * item_size);
    items->count = (int)count;
    return true;
}

static void
parse_codes(struct parse *parse, const struct form_field *field, const json_t *json, void *base,
    const struct form_path *path)
{
    struct form_items items;

    if (open_list(parse, field, json, sizeof(const char *), &items, path)) {
        const char **codes = items.items;

        for (int i = 0; i < items.count; i++) {
            const json_t *item = json_array_get(json, (size_t)i);
            struct form_path step = {path, NULL, i};

            codes[i] = contract_bad_text;
            if (!json_is_string(item)) {
                fail_type(parse, &step, "字符串", "a string");
            } else if ((codes[i] = parse_code_text(parse, item, &step)) == NULL) {
                codes[i] = contract_bad_text; /* blank: a list has no absent items */
                fail(parse, &step, "form.code_syntax", NULL, NULL);
            }
        }
    }
    put(field, base, &items, sizeof(items));
}

static void
parse_list(struct parse *parse, const struct form_field *field, const json_t *json, void *base,
    const struct form_path *path)
{
    struct form_items items;

    if (open_list(parse, field, json, field->form->size, &items, path))
        for (int i = 0; i < items.count; i++) {
            struct form_path step = {path, NULL, i};
            const json_t *item = json_array_get(json, (size_t)i);

            /* null would be "absent", but an item that is not there has no place in a list */
            parse_object(parse, field->form, json_is_null(item) ? json : item,
                (char *)items.items + (size_t)i * field->form->size, &step);
        }
    put(field, base, &items, sizeof(items));
}

static void
clear_field(const struct form_field *field, void *base)
{
    const int64_t no_value = VALUE_ABSENT;
    const int32_t no_date = DATE_ABSENT;
    const enum flag no_flag = FLAG_ABSENT;
    const struct form_items no_items = {NULL, 0};

    switch (field->type) {
    case FORM_MONEY:
    case FORM_DECIMAL:
    case FORM_RATE_PER:
        put(field, base, &no_value, sizeof(no_value));
        return;
    case FORM_DATE:
        put(field, base, &no_date, sizeof(no_date));
        return;
    case FORM_FLAG:
        put(field, base, &no_flag, sizeof(no_flag));
        return;
    case FORM_LIST:
    case FORM_CODES:
        put(field, base, &no_items, sizeof(no_items));
        return;
    case FORM_OBJECT:
        parse_object(NULL, field->form, NULL, (char *)base + field->offset, NULL);
        return;
    default:
        put_text(field, base, field->initial);
    }
}

static void
parse_field(struct parse *parse, const struct form_field *field, const json_t *json, void *base,
    const struct form_path *path)
{
    switch (field->type) {
    case FORM_MONEY:
    case FORM_DECIMAL:
    case FORM_RATE_PER:
        parse_value(parse, field, json, base, path);
        return;
    case FORM_DATE:
        parse_date(parse, field, json, base, path);
        return;
    case FORM_FLAG:
        parse_flag(parse, field, json, base, path);
        return;
    case FORM_LIST:
        parse_list(parse, field, json, base, path);
        return;
    case FORM_CODES:
        parse_codes(parse, field, json, base, path);
        return;
    case FORM_OBJECT:
        parse_object(parse, field->form, json, (char *)base + field->offset, path);
        return;
    default:
        parse_text(parse, field, json, base, path);
    }
}

static void
refuse_unknown(
    struct parse *parse, const struct form *form, const json_t *json, const struct form_path *path)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        struct form_path step = {path, key, 0};
        int at = 0;

        while (at < form->count && strcmp(form->fields[at].name, key) != 0)
            at++;
        if (at == form->count)
            fail(parse, &step, "form.unknown_field", NULL, NULL);
    }
}

/* json NULL or null: the object is absent and so is every member (parse and path are then not
 * used). */
static void
parse_object(struct parse *parse, const struct form *form, const json_t *json, void *base,
    const struct form_path *path)
{
    enum form_state state = json == NULL || json_is_null(json) ? FORM_ABSENT : FORM_GIVEN;
    size_t known = 0;

    if (state == FORM_GIVEN && !json_is_object(json)) {
        fail_type(parse, path, "对象", "an object");
        state = FORM_BAD;
    }
    memcpy(base, &state, sizeof(state));
    for (int i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];
        const json_t *value = state == FORM_GIVEN ? json_object_get(json, field->name) : NULL;
        struct form_path step = {path, field->name, 0};

        known += value != NULL;
        if (value == NULL || json_is_null(value))
            clear_field(field, base);
        else
            parse_field(parse, field, value, base, &step);
    }
    if (state == FORM_GIVEN && json_object_size(json) > known)
        refuse_unknown(parse, form, json, path);
}

/* Total less deductions, if all of them can be read. */
static int64_t
compute_technology_amount(const struct contract *contract)
{
    int64_t amount = contract->total_amount;

    if (amount == VALUE_ABSENT || amount == VALUE_BAD || contract->deductions.count < 0)
        return VALUE_ABSENT;
    for (int i = 0; i < contract->deductions.count; i++) {
        int64_t less = contract->deductions.items[i].amount;

        if (less == VALUE_ABSENT || less == VALUE_BAD)
            return VALUE_ABSENT;
        amount -= less;
    }
    return amount < 0 ? VALUE_ABSENT : amount;
}

void
contract_parse(
    struct arena *arena, const json_t *body, struct contract *out, struct fault_list *faults)
{
    struct parse parse = {arena, faults};

    memset(out, 0, sizeof(*out));
    if (body == NULL || json_is_null(body)) {
        parse_object(&parse, contract_form(), NULL, out, NULL);
        fail_type(&parse, NULL, "对象", "an object");
        out->state = FORM_BAD;
    } else {
        parse_object(&parse, contract_form(), body, out, NULL);
    }
    out->technology_amount = compute_technology_amount(out);
}
