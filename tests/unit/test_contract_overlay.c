#include "tests/unit/judge_fixture.h"

/* What the registrar determines over what was filed, judged together. */

static void
setup_determined(struct verdict *verdict, const char *filed_edit, const char *filed_value,
    const char *determined)
{
    json_t *filed = load(good_body);
    json_t *values = load(determined);
    json_t *merged;

    if (filed_edit != NULL)
        edit(filed, filed_edit, filed_value);
    verdict->arena = arena_new();
    verdict->refusals = (struct fault_list){.arena = verdict->arena};
    verdict->hints = (struct fault_list){.arena = verdict->arena};
    contract_overlay(verdict->arena, filed, values, &merged, &verdict->refusals);
    contract_parse(verdict->arena, merged, &verdict->contract, &verdict->refusals);
    verdict->contract.is_determined = true;
    contract_check(
        &verdict->contract, codes, day("2026-04-01"), &verdict->refusals, &verdict->hints);
    json_decref(filed);
    json_decref(values);
    json_decref(merged);
}

static void
test_overlay(void **state)
{
    static const struct {
        const char *determined;
        const char *lines;
    } cases[] = {
        {"null", ""},
        {"{}", ""},
        {"{\"contract_type\":\"501\",\"technical_field\":\"03\",\"ip_types\":[\"9\"],\"plan_"
         "source\":\"4\","
         "\"objective\":\"12\"}",
            ""},
        {"{\"seller\":{\"region\":\"371302\",\"zone\":\"371371\"},\"buyer\":{\"region\":\"370202\"}"
         "}",
            ""},
        {"{\"contract_type\":null}", ""},
        {"{\"contract_type\":\"1\"}", "/contract_type contract.code_leaf"},
        {"{\"total_amount\":\"200000.00\"}", "/deductions contract.deductions_sum"},
        {"{\"total_amount\":1.5}", "/total_amount form.real"},
        {"{\"project_name\":\"x\"}", "/determined/project_name form.not_determinable"},
        {"{\"technology_amount\":\"1.00\"}", "/determined/technology_amount form.not_determinable"},
        {"{\"seller\":{\"name\":\"x\"}}", "/determined/seller/name form.not_determinable"},
        {"{\"seller\":5}", "/determined/seller form.type"},
        {"{\"clauses\":{\"training\":true}}", "/determined/clauses form.not_determinable"},
        {"{\"colour\":1,\"seller\":{\"colour\":1}}",
            "/determined/colour form.unknown_field\n/determined/seller/colour form.unknown_field"},
        {"[]", "/determined form.type"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct verdict verdict;
        char *lines;

        setup_determined(&verdict, NULL, NULL, cases[i].determined);
        lines = fault_lines(&verdict.refusals);
        if (strcmp(lines, cases[i].lines) != 0)
            fail_msg("%s: found \"%s\", wanted \"%s\"", cases[i].determined, lines, cases[i].lines);
        free(lines);
        arena_free(verdict.arena);
    }
}

static void
test_overlay_values(void **state)
{
    struct verdict verdict;

    (void)state;
    setup_determined(&verdict, "/technology_amount", "\"950000.00\"",
        "{\"total_amount\":\"1000000.00\",\"deductions\":[],\"contract_type\":\"501\"}");
    assert_int_equal(verdict.refusals.count, 0);
    assert_int_equal(verdict.contract.technology_amount, 100000000);
    assert_string_equal(verdict.contract.contract_type, "501");
    assert_string_equal(verdict.contract.seller.region, "371323");
    arena_free(verdict.arena);
    /* instalments that the registrar cannot change do not stand in the way of a lower total */
    setup_determined(&verdict, "/instalments", "[{\"amount\":\"1200000.00\"}]",
        "{\"total_amount\":\"1000000.00\"}");
    assert_int_equal(verdict.refusals.count, 0);
    arena_free(verdict.arena);
    /* "" takes a zone away, null leaves it */
    setup_determined(&verdict, "/seller/zone", "\"371371\"", "{\"seller\":{\"zone\":\"\"}}");
    assert_int_equal(verdict.refusals.count, 0);
    assert_null(verdict.contract.seller.zone);
    arena_free(verdict.arena);
    setup_determined(&verdict, "/seller/zone", "\"371371\"", "{\"seller\":{\"zone\":null}}");
    assert_string_equal(verdict.contract.seller.zone, "371371");
    arena_free(verdict.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_overlay_values),
    };

    return cmocka_run_group_tests(tests, load_codes, free_codes);
}
