#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/fields.h"
#include "server/codes/codes_csv.h"

static struct codes *codes;

static const struct field part_fields[] = {
    {"amount", FIELD_MONEY, FIELD_REQUIRED, .min = 1, .max = 10000},
    {"note", FIELD_LINES, .max = 5},
    {0},
};
static const struct field one_code[] = {{"", FIELD_CODE, .list = "ip_type"}, {0}};
static const struct field one_text[] = {{"", FIELD_TEXT, .max = 3}, {0}};
static const struct field all_fields[] = {
    {"text", FIELD_TEXT, .max = 4, .help = "a line"},
    {"lines", FIELD_LINES, .max = 8},
    {.name = "money", .type = FIELD_MONEY},
    {.name = "day", .type = FIELD_DATE},
    {.name = "past", .type = FIELD_DATE, .flags = FIELD_NOT_FUTURE},
    {.name = "coming", .type = FIELD_DATE, .flags = FIELD_NOT_PAST},
    {.name = "flag", .type = FIELD_BOOL},
    {"number", FIELD_INT, .min = 2, .max = 5},
    {"open", FIELD_INT, .min = -1},
    {.name = "id", .type = FIELD_ID},
    {"code", FIELD_CODE, .list = "contract_type"},
    {"choice", FIELD_CHOICE, .list = "alpha|beta|be"},
    {.name = "credit_code", .type = FIELD_CREDIT_CODE},
    {"object", FIELD_OBJECT, .fields = part_fields},
    {.name = "free", .type = FIELD_OBJECT},
    {"parts", FIELD_LIST, .max = 2, .fields = part_fields},
    {"codes", FIELD_LIST, .max = 3, .min = 2, .fields = one_code},
    {"texts", FIELD_LIST, .max = 3, .fields = one_text},
    {.name = "any", .type = FIELD_ANY},
    {0},
};

/* The body must be read into `want`, with the faults "pointer rule" one a line, in order. */
static void
expect(const struct field *fields, const char *body, const char *want, const char *want_faults)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    json_t *json = json_loads(body, 0, NULL);
    json_t *read;
    json_t *wanted = json_loads(want, 0, NULL);
    const char *found = "";

    assert_non_null(json);
    assert_non_null(wanted);
    read = fields_read(&faults, codes, fields, json);
    for (int i = 0; i < faults.count; i++) {
        found =
            arena_printf(arena, "%s%s %s\n", found, faults.items[i].pointer, faults.items[i].rule);
        assert_true(strlen(faults.items[i].zh) > 0 && strlen(faults.items[i].en) > 0);
        assert_string_not_equal(faults.items[i].en, "not as required");
    }
    if (strcmp(found, want_faults) != 0)
        fail_msg("%s: faults %s instead of %s", body, found, want_faults);
    if (!json_equal(read, wanted))
        fail_msg("%s was read as %s", body, json_dumps(read, 0));
    json_decref(json);
    json_decref(read);
    json_decref(wanted);
    arena_free(arena);
}

static void
test_good_values(void **state)
{
    (void)state;
    expect(all_fields, "{}", "{}", "");
    expect(all_fields, "{\"text\":null,\"money\":null,\"any\":null,\"parts\":null}", "{}", "");
    expect(all_fields, "{\"text\":\"  \",\"lines\":\"\\u3000\\n\",\"code\":\"\"}", "{}", "");
    expect(all_fields, "{\"text\":\"\\u3000e\\u0301e\\u0301e\\u0301e\\u0301 \"}",
        "{\"text\":\"\\u00e9\\u00e9\\u00e9\\u00e9\"}", "");
    expect(all_fields, "{\"lines\":\"a\\n\\tb\"}", "{\"lines\":\"a\\n\\tb\"}", "");
    expect(all_fields, "{\"money\":\"123.45\"}", "{\"money\":12345}", "");
    expect(all_fields, "{\"money\":7}", "{\"money\":700}", "");
    expect(all_fields, "{\"money\":\"10000000000000.00\"}", "{\"money\":1000000000000000}", "");
    expect(all_fields, "{\"day\":\"2024-02-29\",\"flag\":false,\"number\":2,\"open\":-1}",
        "{\"day\":\"2024-02-29\",\"flag\":false,\"number\":2,\"open\":-1}", "");
    expect(all_fields, "{\"id\":\"9223372036854775807\"}", "{\"id\":9223372036854775807}", "");
    expect(all_fields, "{\"id\":12,\"choice\":\"be\"}", "{\"id\":12,\"choice\":\"be\"}", "");
    expect(all_fields, "{\"code\":\"102\",\"credit_code\":\"91371323MA3C00003Q\"}",
        "{\"code\":\"102\",\"credit_code\":\"91371323MA3C00003Q\"}", "");
    expect(all_fields,
        "{\"object\":{\"amount\":\"0.01\"},\"free\":{\"x\":[1]},\"any\":[{\"y\":null}],"
        "\"parts\":[{\"amount\":100,\"note\":\"a\"}],\"codes\":[\"1\",\"2\"],\"texts\":[]}",
        "{\"object\":{\"amount\":1},\"free\":{\"x\":[1]},\"any\":[{\"y\":null}],"
        "\"parts\":[{\"amount\":10000,\"note\":\"a\"}],\"codes\":[\"1\",\"2\"],\"texts\":[]}",
        "");
}

static void
test_every_fault_at_once(void **state)
{
    (void)state;
    expect(all_fields,
        "{\"text\":\"12345\",\"lines\":7,\"money\":1.5,\"day\":\"2023-02-29\",\"flag\":1,"
        "\"number\":6,\"open\":-2,\"id\":0,\"code\":\"x\",\"choice\":\"bet\",\"credit_code\":\"1\","
        "\"object\":[],\"free\":\"\\u0061\",\"parts\":{},\"codes\":[\"1\"],\"texts\":[1,\"abcd\"]}",
        "{\"texts\":[]}",
        "/text body.text_length\n/lines body.type\n/money body.money\n/day body.date\n"
        "/flag body.type\n/number body.number\n/open body.number\n/id body.id\n/code body.code\n"
        "/choice body.choice\n/credit_code body.credit_code\n/object body.type\n/free body.type\n"
        "/parts body.type\n/codes body.list_length\n/texts/0 body.type\n"
        "/texts/1 body.text_length\n");
    expect(all_fields, "{\"parts\":[{\"note\":\"123456\",\"a/b~\":1},{\"amount\":\"100.01\"},3]}",
        "{}", "/parts body.list_length\n");
    expect(all_fields, "{\"parts\":[{\"note\":\"123456\",\"a/b~\":1},{\"amount\":\"100.01\"}]}",
        "{\"parts\":[{},{}]}",
        "/parts/0/amount body.required\n/parts/0/note body.text_length\n"
        "/parts/0/a~1b~0 body.unknown\n/parts/1/amount body.number\n");
    expect(all_fields, "{\"text\":\"a\\u202eb\",\"lines\":\"a\\u0007\",\"texts\":[\"\\u3000\"]}",
        "{\"texts\":[]}",
        "/text body.text_characters\n/lines body.text_characters\n/texts/0 body.required\n");
    expect(all_fields, "{\"text\":\"a\\nb\",\"money\":\"-1.00\",\"id\":\"12x\"}", "{}",
        "/text body.text_characters\n/money body.money\n/id body.id\n");
    expect(all_fields, "{\"money\":\"10000000000000.01\",\"id\":\"9223372036854775808\"}", "{}",
        "/money body.money\n/id body.id\n");
}

static void
test_required(void **state)
{
    static const struct field needed[] = {
        {"text", FIELD_TEXT, FIELD_REQUIRED, .max = 9},
        {"list", FIELD_LIST, FIELD_REQUIRED, .max = 2, .fields = one_text},
        {0},
    };

    (void)state;
    expect(needed, "{}", "{}", "/text body.required\n/list body.required\n");
    expect(needed, "{\"text\":\" \\u3000\",\"list\":[]}", "{}",
        "/text body.required\n/list body.list_length\n");
}

static void
test_days_around_today(void **state)
{
    char today[DATE_TEXT_BYTES];
    char before[DATE_TEXT_BYTES];
    char after[DATE_TEXT_BYTES];
    char body[256];
    int32_t day = clock_today();

    (void)state;
    date_format(day, today);
    date_format(day - 1, before);
    date_format(day + 1, after);
    snprintf(body, sizeof(body), "{\"past\":\"%s\",\"coming\":\"%s\"}", today, today);
    expect(all_fields, body, body, "");
    snprintf(body, sizeof(body), "{\"past\":\"%s\",\"coming\":\"%s\"}", after, before);
    expect(all_fields, body, "{}", "/past body.date_future\n/coming body.date_past\n");
}

/* A hostile name makes a pointer of bounded length that is still UTF-8. */
static void
test_long_names(void **state)
{
    struct arena *arena = arena_new();
    char name[400] = "";
    const char *pointer;

    (void)state;
    for (int i = 0; i < 100; i++)
        strcat(name, "技");
    pointer = fault_pointer(arena, "/x", name);
    assert_int_equal(strlen(pointer), 3 + 63);
    for (int i = 0; i < 63; i++)
        name[i] = '/';
    name[63] = '\0';
    pointer = fault_pointer(arena, "", name);
    assert_int_equal(strlen(pointer), 1 + 64);
    assert_int_equal(strspn(pointer + 1, "~1"), 64);
    arena_free(arena);
}

static void
test_schema(void **state)
{
    static const struct field needed[] = {
        {"text", FIELD_TEXT, FIELD_REQUIRED, .max = 9, .help = "a line"},
        {"choice", FIELD_CHOICE, .list = "alpha|beta"},
        {"list", FIELD_LIST, FIELD_REQUIRED, .max = 2, .fields = one_code},
        {"parts", FIELD_LIST, .max = 3, .fields = part_fields},
        {0},
    };
    json_t *schema = fields_schema(needed);
    json_t *wanted = json_loads(
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"text\",\"list\"],"
        "\"properties\":{\"text\":{\"type\":\"string\",\"maxLength\":9,\"description\":\"a line\"},"
        "\"choice\":{\"type\":\"string\",\"enum\":[\"alpha\",\"beta\"]},"
        "\"list\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,\"items\":"
        "{\"type\":\"string\",\"x-code-list\":\"ip_type\"}},"
        "\"parts\":{\"type\":\"array\",\"minItems\":0,\"maxItems\":3,\"items\":{\"type\":"
        "\"object\","
        "\"additionalProperties\":false,\"required\":[\"amount\"],\"properties\":{"
        "\"amount\":{\"type\":[\"string\",\"integer\"],"
        "\"pattern\":\"^(0|[1-9][0-9]*)(\\\\.[0-9]{2})?$\"},"
        "\"note\":{\"type\":\"string\",\"maxLength\":5}}}}}}",
        0, NULL);

    (void)state;
    assert_non_null(wanted);
    assert_true(json_equal(schema, wanted));
    json_decref(schema);
    json_decref(wanted);
    schema = fields_schema(all_fields);
    assert_int_equal(json_object_size(json_object_get(schema, "properties")), 19);
    assert_null(json_object_get(schema, "required"));
    json_decref(schema);
}

static int
load_codes(void **state)
{
    struct err err;

    (void)state;
    codes = codes_read_directory("sql/codes", &err);
    return codes == NULL ? -1 : 0;
}

static int
free_codes(void **state)
{
    (void)state;
    codes_free(codes);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_values),
        cmocka_unit_test(test_every_fault_at_once),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_days_around_today),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_schema),
    };

    return cmocka_run_group_tests(tests, load_codes, free_codes);
}
