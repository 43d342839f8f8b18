#include "tests/unit/contract_fixture.h"

#include "server/form/contract_columns.h"
#include "server/form/contract_form.h"

/* A change after registration: what it may name, what it does to the filed text and to what was
 * determined before. */

struct change_case {
    const char *proposed;
    const char *faults; /* one line each */
};

static void
test_faults(void **state)
{
    static const struct change_case cases[] = {
        {"{}", ""},
        {"{\"total_amount\":\"1.00\",\"seller\":{\"name\":\"新名\"},\"instalments\":[]}", ""},
        {"{\"filed_as\":null,\"row_key\":null}", ""},
        {"{\"filed_as\":\"agent\"}", "/proposed/filed_as form.not_changeable"},
        {"{\"undertaking\":true,\"row_key\":\"k\",\"classified\":false,\"filler\":\"x\","
         "\"filled_on\":\"2026-01-01\"}",
            "/proposed/undertaking form.not_changeable\n/proposed/row_key form.not_changeable\n"
            "/proposed/classified form.not_changeable\n/proposed/filler form.not_changeable\n"
            "/proposed/filled_on form.not_changeable"},
        {"{\"nonsense\":1,\"seller\":{\"nonsense\":1}}",
            "/proposed/nonsense form.unknown_field\n"
            "/proposed/seller/nonsense form.unknown_field"},
        {"{\"seller\":\"x\",\"license\":[],\"buyer\":{\"contact\":1}}",
            "/proposed/seller form.type\n/proposed/license form.type\n"
            "/proposed/buyer/contact form.type"},
        {"[]", "/proposed form.type"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena *arena = arena_new();
        struct fault_list faults = {.arena = arena};
        json_t *filed = load(good_body);
        json_t *proposed = load(cases[i].proposed);
        json_t *merged;
        char *found;
        bool changed;

        changed = contract_change(filed, proposed, &merged, &faults);
        assert_int_equal(changed, faults.count == 0);
        found = fault_lines(&faults);
        assert_string_equal(found, cases[i].faults);
        free(found);
        json_decref(merged);
        json_decref(proposed);
        json_decref(filed);
        arena_free(arena);
    }
}

static void
test_values_are_laid_over_the_filed_text(void **state)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    json_t *filed = load(good_body);
    json_t *before = json_deep_copy(filed);
    json_t *proposed =
        load("{\"deductions\":[],\"seller\":{\"contact\":{\"phone\":\"1\"},\"name\":null},"
             "\"intermediary\":{\"name\":\"中介\"},\"related\":{},\"technology_amount\":\"5.00\"}");
    json_t *merged;

    (void)state;
    assert_true(contract_change(filed, proposed, &merged, &faults));
    assert_true(json_equal(filed, before)); /* the filed copy is not touched */
    assert_int_equal(json_array_size(json_object_get(merged, "deductions")), 0);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(merged, "seller"), "name")),
        "沂水精工密封件有限公司");
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(json_object_get(merged, "seller"), "contact"), "name")),
        "李敏");
    assert_string_equal(
        json_string_value(json_object_get(
            json_object_get(json_object_get(merged, "seller"), "contact"), "phone")),
        "1");
    assert_non_null(json_object_get(merged, "intermediary"));
    assert_null(json_object_get(merged, "related")); /* {} takes an optional part away */
    assert_non_null(json_object_get(merged, "technology_amount")); /* stated, so compared */
    json_decref(merged);
    json_decref(proposed);
    json_decref(before);
    json_decref(filed);
    arena_free(arena);
}

static void
test_a_determination_takes_no_part_away(void **state)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    json_t *filed = load(good_body);
    json_t *determined = load("{\"intermediary\":{},\"seller\":{}}");
    json_t *merged;

    (void)state;
    edit(filed, "/intermediary", "{\"name\":\"中介\"}");
    assert_true(contract_overlay(arena, filed, determined, &merged, &faults));
    assert_non_null(json_object_get(merged, "intermediary"));
    json_decref(merged);
    json_decref(determined);
    json_decref(filed);
    arena_free(arena);
}

static void
test_what_a_change_names_is_no_longer_determined(void **state)
{
    static const struct {
        const char *determined;
        const char *newer;
        const char *left;
    } cases[] = {
        {"{\"total_amount\":\"1.00\",\"technical_field\":\"05\"}", "{\"total_amount\":\"2.00\"}",
            "{\"technical_field\":\"05\"}"},
        {"{\"seller\":{\"region\":\"371302\",\"zone\":\"371371\"}}", "{\"seller\":{\"zone\":\"\"}}",
            "{\"seller\":{\"region\":\"371302\"}}"},
        {"{\"seller\":{\"region\":\"371302\"}}", "{\"seller\":{\"name\":\"x\"},\"summary\":\"y\"}",
            "{\"seller\":{\"region\":\"371302\"}}"},
        {"{\"objective\":\"1\"}", "{\"objective\":null}", "{\"objective\":\"1\"}"},
        {"{\"deductions\":[{\"kind\":\"x\"}]}", "{\"deductions\":[]}", "{}"},
        {"{\"ip_types\":[\"2\"]}", "[]", "{\"ip_types\":[\"2\"]}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *values = load(cases[i].determined);
        json_t *newer = load(cases[i].newer);
        json_t *left = load(cases[i].left);

        contract_forget(values, newer);
        assert_true(json_equal(values, left));
        json_decref(values);
        json_decref(newer);
        json_decref(left);
    }
}

static void
test_personal_data_are_hidden(void **state)
{
    json_t *values =
        load("{\"seller\":{\"name\":\"甲\",\"id_number\":\"1\",\"foreign_id\":\"2\","
             "\"contact\":{\"phone\":\"3\"}},\"buyer\":{\"contact\":7},\"co_buyers\":["
             "{\"name\":\"乙\",\"id_number\":\"4\"},5],\"co_sellers\":6,\"summary\":\"丙\"}");
    json_t *left =
        load("{\"seller\":{\"name\":\"甲\"},\"buyer\":{},\"co_buyers\":[{\"name\":\"乙\"},"
             "5],\"co_sellers\":6,\"summary\":\"丙\"}");
    json_t *nothing = load("[1]");

    (void)state;
    contract_hide_private(values);
    assert_true(json_equal(values, left));
    contract_hide_private(nothing);
    contract_hide_private(NULL);
    json_decref(values);
    json_decref(left);
    json_decref(nothing);
}

/* Every field is either determined by a registrar, changed on request, or lasting; a lasting field
 * is never determined. */
static void
test_marks_of_the_form(void **state)
{
    static const char *const lasting[] = {
        "classified", "undertaking", "filed_as", "filler", "filled_on", "row_key"};
    const struct form *form = contract_form();
    size_t count = 0;

    (void)state;
    for (int i = 0; i < form->count; i++) {
        if (!(form->fields[i].marks & FORM_LASTING))
            continue;
        assert_true(count < sizeof(lasting) / sizeof(lasting[0]));
        assert_string_equal(form->fields[i].name, lasting[count++]);
        assert_false(form->fields[i].marks & FORM_DETERMINABLE);
    }
    assert_int_equal(count, sizeof(lasting) / sizeof(lasting[0]));
}

static void
test_columns(void **state)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    uint8_t key[32] = {0xab};
    struct contract contract;
    json_t *body = load(good_body);
    json_t *columns;
    json_t *counted;
    const char *name;
    json_t *value;

    (void)state;
    contract_parse(arena, body, &contract, &faults);
    columns = contract_columns(arena, &contract, key);
    counted = contract_counted_columns(&contract);
    assert_int_equal(json_integer_value(json_object_get(columns, "technology_amount")), 95000000);
    assert_string_equal(json_string_value(json_object_get(columns, "signed_on")), "2026-03-18");
    assert_int_equal(json_array_size(json_object_get(columns, "party_codes")), 2);
    assert_memory_equal(
        json_string_value(json_object_get(columns, "duplicate_key")), "\\xab0000", 8);
    assert_true(json_is_null(json_object_get(columns, "seller_zone")));
    json_object_foreach(counted, name, value)
        assert_true(json_equal(value, json_object_get(columns, name)));
    assert_int_equal(json_object_size(counted), 9);
    json_decref(columns);
    json_decref(counted);
    json_decref(body);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_values_are_laid_over_the_filed_text),
        cmocka_unit_test(test_a_determination_takes_no_part_away),
        cmocka_unit_test(test_what_a_change_names_is_no_longer_determined),
        cmocka_unit_test(test_personal_data_are_hidden),
        cmocka_unit_test(test_marks_of_the_form),
        cmocka_unit_test(test_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
