#include "tests/unit/contract_fixture.h"

#include "common/digest.h"

/* What is made of a filing: its canonical text, its key against duplicates; and the schema of all
 * of them. */

/* parse and write as one step; the text is the caller's to free */
static char *
canonical(const char *json, bool with_private)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    struct contract contract;
    struct buf out = {0};
    json_t *body = load(json);

    contract_parse(arena, body, &contract, &faults);
    assert_int_equal(faults.count, 0);
    buf_putc(&out, '{');
    contract_write(&out, &contract, with_private);
    buf_putc(&out, '}');
    json_decref(body);
    arena_free(arena);
    return out.data;
}

static const char full_body[] = "{\"row_key\":\"r\\\"1\",\"rate_per\":100,\"currency\":\"JPY\","
                                "\"exchange_rate\":\"4.7500\",\"foreign_amount\":5,"
                                "\"exchange_rate_on\":\"2026-01-01\",\"summary\":\"一\\n二\","
                                "\"technology_amount\":\"1.00\",\"total_amount\":10,"
                                "\"deductions\":[{\"note\":\"n\",\"amount\":3,\"kind\":\"x_other\"}"
                                ",{}],\"instalments\":[{\"amount\":\"1.00\"}],"
                                "\"ip_types\":[\"2\",\"11\"],\"ip_rights\":[{\"kind\":\"11\","
                                "\"number\":\"ZL\",\"expires_on\":\"2030-01-01\"}],"
                                "\"license\":{\"years\":\"5.50\",\"mode\":\"1\"},\"clauses\":{"
                                "\"training\":false},\"related\":{\"event\":\" \"},"
                                "\"seller\":{\"name\":\"n\",\"id_number\":\"1\",\"foreign_id\":"
                                "\"f\",\"party_type\":\"600\",\"contact\":{\"name\":"
                                "\"c\",\"phone\":\"p\"}},\"co_sellers\":[{\"name\":\"co\","
                                "\"share\":1200}],\"is_related\":true}";

static void
test_canonical(void **state)
{
    char *first;
    char *second;

    (void)state;
    first = canonical(good_body, true);
    second = canonical(first, true);
    assert_string_equal(first, second);
    assert_non_null(strstr(first,
        "\"total_amount\":\"1200000.00\",\"technology_amount\":\"950000.00\",\"deductions\":["
        "{\"kind\":\"x_equipment\",\"amount\":\"250000.00\",\"note\":\"试验台\"}]"));
    assert_null(strstr(first, "\"related\""));
    free(first);
    free(second);
    first = canonical(full_body, true);
    second = canonical(first, true);
    assert_string_equal(first, second);
    assert_string_equal(first, "{\"amount_basis\":\"fixed\",\"total_amount\":\"10.00\","
                               "\"deductions\":[{\"kind\":\"x_other\",\"amount\":"
                               "\"3.00\",\"note\":\"n\"},{}],\"instalments\":[{\"amount\":\"1.00\"}"
                               "],\"currency\":\"JPY\",\"foreign_amount\":"
                               "\"5.00\",\"exchange_rate\":\"4.75\",\"rate_per\":100,\"exchange_"
                               "rate_on\":\"2026-01-01\",\"is_related\":true,"
                               "\"ip_types\":[\"2\",\"11\"],\"ip_rights\":[{\"kind\":\"11\","
                               "\"number\":\"ZL\",\"expires_on\":\"2030-01-01\"}],"
                               "\"license\":{\"mode\":\"1\",\"years\":\"5.5\"},\"summary\":"
                               "\"一\\u000a二\",\"clauses\":{\"training\":false},"
                               "\"filed_as\":\"seller\",\"seller\":{\"name\":\"n\",\"id_number\":"
                               "\"1\",\"foreign_id\":\"f\",\"country\":"
                               "\"142\",\"party_type\":\"600\",\"contact\":{\"name\":\"c\","
                               "\"phone\":\"p\"}},\"co_sellers\":[{\"name\":\"co\","
                               "\"country\":\"142\",\"share\":\"1200\"}],\"row_key\":\"r\\\"1\"}");
    free(first);
    free(second);
    first = canonical(full_body, false);
    assert_null(strstr(first, "id_number"));
    assert_null(strstr(first, "foreign_id"));
    assert_null(strstr(first, "contact\""));
    assert_null(strstr(first, "\"phone\""));
    assert_non_null(strstr(first, "\"name\":\"n\""));
    free(first);
    first = canonical("{}", false);
    assert_string_equal(
        first, "{\"amount_basis\":\"fixed\",\"currency\":\"CNY\",\"filed_as\":\"seller\"}");
    free(first);
}

static void
key_of(const char *pointer, const char *json, char *hex)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    struct contract contract;
    uint8_t key[SHA256_BYTES];
    json_t *body = load(good_body);

    if (pointer != NULL)
        edit(body, pointer, json);
    contract_parse(arena, body, &contract, &faults);
    contract_duplicate_key(&contract, key);
    hex_format(key, sizeof(key), hex);
    json_decref(body);
    arena_free(arena);
}

static void
test_duplicate_key(void **state)
{
    static const struct {
        const char *pointer;
        const char *json;
        bool is_same;
    } cases[] = {
        {"/project_name", "\"有机硅耐高低温高端密封件 联合开发。\"", true},
        {"/project_name", "\"《有机硅耐高低温-高端密封件》联合开发\"", true},
        {"/project_name", "\"有机硅耐高低温高端密封件联合开发2\"", false},
        {"/contract_no", "\"other\"", true},
        {"/row_key", "\"other\"", true},
        {"/contract_type", "\"101\"", true},
        {"/deductions", "[]", true},
        {"/seller/name", "\"other\"", true},
        {"/seller/credit_code", "\"914403001922038216\"", false},
        {"/buyer/credit_code", "\"914403001922038216\"", false},
        {"/signed_on", "\"2026-03-19\"", false},
        {"/total_amount", "\"1200000.01\"", false},
        {"/total_amount", "1200000", true},
    };
    char base[SHA256_HEX_BYTES];
    char other[SHA256_HEX_BYTES];

    (void)state;
    key_of(NULL, NULL, base);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        key_of(cases[i].pointer, cases[i].json, other);
        if ((strcmp(base, other) == 0) != cases[i].is_same)
            fail_msg("%s = %s", cases[i].pointer, cases[i].json);
    }
    key_of("/project_name", "\"ABC Ｔｅｓｔ①\"", base);
    key_of("/project_name", "\"abc test1\"", other);
    assert_string_equal(base, other);
}

static void
test_schema(void **state)
{
    json_t *schema = contract_schema();
    json_t *properties = json_object_get(schema, "properties");
    json_t *field;
    json_t *body = load(good_body);
    const char *key;
    json_t *value;

    (void)state;
    assert_int_equal(json_object_size(properties), 50);
    json_object_foreach(body, key, value) assert_non_null(json_object_get(properties, key));
    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
        "https://json-schema.org/draft/2020-12/schema");
    field = json_object_get(properties, "project_name");
    assert_int_equal(json_integer_value(json_object_get(field, "maxLength")), 200);
    assert_string_equal(json_string_value(json_object_get(field, "type")), "string");
    field = json_object_get(properties, "contract_type");
    assert_string_equal(json_string_value(json_object_get(field, "x-code-list")), "contract_type");
    assert_true(json_is_true(json_object_get(field, "x-determinable")));
    field = json_object_get(json_object_get(properties, "seller"), "properties");
    assert_non_null(json_object_get(field, "credit_code"));
    assert_null(json_object_get(field, "share"));
    field = json_object_get(
        json_object_get(json_object_get(properties, "co_sellers"), "items"), "properties");
    assert_non_null(json_object_get(field, "share"));
    json_decref(body);
    json_decref(schema);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_duplicate_key),
        cmocka_unit_test(test_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
