#include "tests/unit/contract_fixture.h"

#include "server/form/contract_sight.h"

/* What a machine sees of a line of the checklist, and that the shipped rows ask for nothing else.
 */

static enum sight
see(const char *word, const char *pointer, const char *value, const char *today)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    struct contract *contract = arena_alloc(arena, sizeof(*contract));
    json_t *body = load(good_body);
    enum sight sight;

    if (pointer != NULL)
        edit(body, pointer, value);
    contract_parse(arena, body, contract, &faults);
    sight = contract_sight(word, contract, day(today));
    json_decref(body);
    arena_free(arena);
    return sight;
}

static void
test_words(void **state)
{
    static const char rights[] =
        "[{\"kind\":\"11\",\"number\":\"ZL1\",\"expires_on\":\"2026-06-30\"}]";
    static const struct {
        const char *word;
        const char *pointer;
        const char *value;
        const char *today;
        enum sight sight;
    } cases[] = {
        {"amounts_stated", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"amounts_stated", "/total_amount", "-", "2026-04-01", SIGHT_FAILED},
        {"in_chinese", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"in_chinese", "/foreign_language", "true", "2026-04-01", SIGHT_OPEN},
        {"licence_within_patent", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"licence_within_patent", "/contract_type", "\"301\"", "2026-04-01", SIGHT_OPEN},
        {"mixed_amount_explicit", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"mixed_amount_explicit", "/mixed", "true", "2026-04-01", SIGHT_OPEN},
        {"not_mixed", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"not_mixed", "/mixed", "true", "2026-04-01", SIGHT_FAILED},
        {"no_construction", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"no_construction", "/clauses", "{\"construction\":true}", "2026-04-01", SIGHT_FAILED},
        {"no_principal_contract", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"no_principal_contract", "/principal_contract", "\"X-1\"", "2026-04-01", SIGHT_FAILED},
        {"no_restrictive_clause", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"no_restrictive_clause", "/clauses", "{\"restrictive\":true}", "2026-04-01", SIGHT_FAILED},
        {"no_right_expired", NULL, NULL, "2026-04-01", SIGHT_OPEN},
        {"no_right_expired", "/ip_rights", rights, "2026-06-30", SIGHT_OPEN},
        {"no_right_expired", "/ip_rights", rights, "2026-07-01", SIGHT_FAILED},
        {"no_technical_secret", NULL, NULL, "2026-04-01", SIGHT_OPEN},
        {"no_technical_secret", "/ip_types", "[\"11\"]", "2026-04-01", SIGHT_PASSED},
        {"outside_any_plan", NULL, NULL, "2026-04-01", SIGHT_PASSED},
        {"outside_any_plan", "/plan_source", "\"1\"", "2026-04-01", SIGHT_OPEN},
        {"term_not_over", NULL, NULL, "2028-03-17", SIGHT_OPEN},
        {"term_not_over", NULL, NULL, "2028-03-18", SIGHT_FAILED},
        {"term_not_over", "/term_ends_on", "-", "2028-03-18", SIGHT_OPEN},
        {"", NULL, NULL, "2026-04-01", SIGHT_OPEN},
        {"no_such_word", NULL, NULL, "2026-04-01", SIGHT_OPEN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (see(cases[i].word, cases[i].pointer, cases[i].value, cases[i].today) != cases[i].sight)
            fail_msg("case %zu: %s", i, cases[i].word);
}

static void
test_shipped_rows(void **state)
{
    struct err err;
    struct codes *codes = codes_read_directory("sql/codes", &err);
    const struct rule_row *rows;
    int seen = 0;
    int count;

    (void)state;
    assert_non_null(codes);
    rows = codes_rules(codes, &count);
    for (int i = 0; i < count; i++) {
        bool is_line = rows[i].kind == RULE_CRITERION || rows[i].kind == RULE_EXCLUSION;

        if (!is_line || *rows[i].value == '\0')
            continue;
        seen++;
        if (!contract_sight_known(rows[i].value))
            fail_msg("%s asks for %s", rows[i].rule.id, rows[i].value);
    }
    assert_true(seen > 10);
    assert_string_equal(codes_rule_on(codes, "R99", day("2026-04-01"))->value, "note");
    codes_free(codes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_shipped_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
