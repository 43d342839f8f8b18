#include "tests/unit/judge_fixture.h"

/* What every filing must have, in which codes, and how faults are told. */

static void
test_good_body(void **state)
{
    static const struct rule_case cases[] = {{{{"/row_key", "\"1\""}}, "", ""}};

    (void)state;
    EXPECT_ALL(cases);
}

static void
test_presence(void **state)
{
    static const struct rule_case cases[] = {
        {{{"/project_name", "-"}}, "/project_name contract.required", ""},
        {{{"/project_name", "null"}}, "/project_name contract.required", ""},
        {{{"/project_name", "\" \\u3000\""}}, "/project_name contract.required", ""},
        {{{"/contract_type", "-"}}, "/contract_type contract.required", ""},
        {{{"/signed_on", "-"}}, "/signed_on contract.required", ""},
        {{{"/term_begins_on", "-"}}, "/term_begins_on contract.required", ""},
        {{{"/term_ends_on", "-"}}, "/term_ends_on contract.required", ""},
        {{{"/total_amount", "-"}}, "/total_amount contract.required", ""},
        {{{"/payment_method", "-"}}, "/payment_method contract.required", ""},
        {{{"/is_related", "-"}}, "/is_related contract.required", ""},
        {{{"/plan_source", "-"}}, "/plan_source contract.required", ""},
        {{{"/ip_types", "[]"}}, "/ip_types contract.required", ""},
        {{{"/technical_field", "-"}}, "/technical_field contract.required", ""},
        {{{"/objective", "-"}}, "/objective contract.required", ""},
        {{{"/service_industry", "-"}}, "/service_industry contract.required", ""},
        {{{"/undertaking", "-"}}, "/undertaking contract.required", ""},
        {{{"/deductions/0/kind", "-"}}, "/deductions/0/kind contract.required", ""},
        {{{"/deductions/0/amount", "-"}}, "/deductions/0/amount contract.required", ""},
        {{{"/deductions/0/note", "-"}}, "", ""},
        {{{"/currency", "-"}}, "", ""},
        {{{"/filed_as", "-"}}, "", ""},
        {{{"/seller", "-"}}, "/seller contract.required", ""},
        {{{"/buyer", "-"}}, "/buyer contract.required", ""},
        {{{"/seller/name", "-"}}, "/seller/name contract.required", ""},
        {{{"/seller/address", "-"}}, "/seller/address contract.required", ""},
        {{{"/seller/party_type", "-"}}, "/seller/party_type contract.required", ""},
        {{{"/seller/credit_code", "-"}}, "/seller/credit_code contract.required_organisation", ""},
        {{{"/seller/industry", "-"}}, "/seller/industry contract.required_organisation", ""},
        {{{"/seller/representative", "-"}}, "/seller/representative contract.required_organisation",
            ""},
        {{{"/seller/region", "-"}}, "/seller/region contract.required_home", ""},
        {{{"/seller/contact", "-"}},
            "/seller/contact/name contract.required_seller\n/seller/contact/phone "
            "contract.required_seller",
            ""},
        {{{"/seller/contact/phone", "-"}}, "/seller/contact/phone contract.required_seller", ""},
        {{{"/buyer/representative", "-"}}, "/buyer/representative contract.required_organisation",
            ""},
        {{{"/co_buyers", "[{\"name\":\"x\"}]"}},
            "/co_buyers/0/credit_code contract.required_organisation\n/co_buyers/0/region "
            "contract.required_home\n"
            "/co_buyers/0/party_type contract.required\n/co_buyers/0/industry "
            "contract.required_organisation\n"
            "/co_buyers/0/representative contract.required_organisation\n/co_buyers/0/address "
            "contract.required",
            ""},
        {{{"/intermediary", "{\"name\":\"x\"}"}},
            "/intermediary/credit_code contract.required_organisation\n"
            "/intermediary_fee contract.required_intermediary",
            ""},
        {{{"/intermediary", "{\"name\":\"x\",\"credit_code\":\"91110108551385082Q\"}"},
             {"/intermediary_fee", "0"}},
            "", ""},
        {{{"/ip_rights", "[{\"kind\":\"11\"}]"}},
            "/ip_rights/0/number contract.required_right_number", ""},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void
test_codes_of_fields(void **state)
{
    static const struct rule_case cases[] = {
        {{{"/contract_type", "\"1\""}}, "/contract_type contract.code_leaf", ""},
        {{{"/contract_type", "\"199\""}}, "/contract_type contract.code", ""},
        {{{"/payment_method", "\"8\""}}, "/payment_method contract.code", ""},
        {{{"/currency", "\"RMB\""}},
            "/currency contract.code\n/foreign_amount contract.required_currency\n"
            "/exchange_rate contract.required_currency\n/exchange_rate_on "
            "contract.required_currency",
            ""},
        {{{"/plan_source", "\"88\""}}, "/plan_source contract.code", ""},
        {{{"/plan_source", "\"1\""}}, "", ""},
        {{{"/ip_types/0", "\"8\""}}, "/ip_types/0 contract.code", ""},
        {{{"/ip_types/1", "\"11\""}}, "", ""},
        {{{"/technical_field", "\"12\""}}, "/technical_field contract.code", ""},
        {{{"/technical_subfield", "\"0501\""}}, "", ""},
        {{{"/technical_subfield", "\"0101\""}}, "/technical_subfield contract.subfield", ""},
        {{{"/objective", "\"99\""}}, "/objective contract.code", ""},
        {{{"/service_industry", "\"C\""}}, "/service_industry contract.code_leaf", ""},
        {{{"/service_industry", "\"98\""}}, "/service_industry contract.code", ""},
        {{{"/deductions/0/kind", "\"tech\""}}, "/deductions/0/kind contract.code", ""},
        {{{"/deductions/0/kind", "\"x_none\""}}, "/deductions/0/kind contract.code", ""},
        {{{"/seller/industry", "\"C\""}}, "/seller/industry contract.code_leaf", ""},
        {{{"/seller/country", "\"999\""}}, "/seller/country contract.code", ""},
        {{{"/seller/party_type", "\"E\""}}, "/seller/party_type party.type_group", ""},
        {{{"/seller/party_type", "\"100\""}}, "", ""},
        {{{"/seller/party_type", "\"0221\""}}, "", ""},
        {{{"/seller/party_type", "\"999\""}}, "/seller/party_type contract.code", ""},
        {{{"/seller/region", "\"371300\""}}, "/seller/region party.region_county", ""},
        {{{"/seller/region", "\"370000\""}}, "/seller/region party.region_county", ""},
        {{{"/seller/region", "\"710000\""}}, "/seller/region party.region_county", ""},
        {{{"/seller/region", "\"371399\""}}, "/seller/region contract.code", ""},
        {{{"/seller/region", "\"371371\""}}, "/seller/region party.region_is_zone", ""},
        {{{"/seller/region", "\"441900\""}}, "", ""},
        {{{"/seller/region", "\"110101\""}}, "", ""},
        {{{"/seller/region", "\"659001\""}}, "", ""},
        {{{"/seller/zone", "\"371371\""}}, "", ""},
        {{{"/seller/zone", "\"371373\""}}, "", ""},
        {{{"/seller/zone", "\"371302\""}}, "/seller/zone party.zone", ""},
        {{{"/seller/zone", "\"371379\""}}, "/seller/zone contract.code", ""},
        {{{"/buyer/zone", "\"371371\""}}, "/buyer/zone party.zone_city", ""},
        {{{"/royalty/base", "\"7\""}, {"/royalty/rate_type", "\"1\""},
             {"/payment_method", "\"3\""}},
            "/royalty/base contract.code", ""},
    };

    (void)state;
    EXPECT_ALL(cases);
}

/* Fifteen things wrong, syntax and rules mixed: one answer names all of them and nothing else. */
static void
test_all_at_once(void **state)
{
    static const struct change changes[] = {
        {"/project_name", "\"\""},
        {"/contract_type", "\"1\""},
        {"/signed_on", "\"2026-02-30\""},
        {"/term_ends_on", "\"2026-03-01\""},
        {"/deductions/0/amount", "\"1300000.00\""},
        {"/ip_types", "[\"2\",\"9\"]"},
        {"/undertaking", "false"},
        {"/technical_field", "\"77\""},
        {"/seller/credit_code", "\"91371323MA3C00003X\""},
        {"/seller/region", "\"371300\""},
        {"/seller/contact/phone", "null"},
        {"/buyer/party_type", "\"E\""},
        {"/buyer/address", "\"a\\u0007\""},
        {"/classified", "true"},
        {"/colour", "\"red\""},
    };
    static const char *const wanted[] = {
        "/project_name contract.required",
        "/contract_type contract.code_leaf",
        "/signed_on form.date",
        "/term_ends_on contract.term_order",
        "/deductions contract.deductions_sum",
        "/ip_types/1 contract.ip_type_none",
        "/undertaking contract.undertaking",
        "/technical_field contract.code",
        "/seller/credit_code party.credit_code",
        "/seller/region party.region_county",
        "/seller/contact/phone contract.required_seller",
        "/buyer/party_type party.type_group",
        "/buyer/address form.text_characters",
        "/classified contract.classified",
        "/colour form.unknown_field",
    };
    struct verdict verdict;
    json_t *body = load(good_body);
    char *lines;

    (void)state;
    for (size_t i = 0; i < 15; i++)
        edit(body, changes[i].pointer, changes[i].json);
    judge(&verdict, body);
    lines = fault_lines(&verdict.refusals);
    for (size_t i = 0; i < 15; i++)
        if (strstr(lines, wanted[i]) == NULL)
            fail_msg("no %s in\n%s", wanted[i], lines);
    assert_int_equal(verdict.refusals.count, 15);
    assert_int_equal(verdict.hints.count, 0);
    free(lines);
    json_decref(body);
    arena_free(verdict.arena);
}

/* Articles come from laws in force only, and no text repeats what was filed. */
static void
test_articles_and_texts(void **state)
{
    struct verdict verdict;
    json_t *body = load(good_body);

    (void)state;
    edit(body, "/clauses/restrictive", "true");
    edit(body, "/seller/credit_code", "\"SECRETSECRETSECRET\"");
    edit(body, "/technology_amount", "\"1.00\"");
    edit(body, "/term_ends_on", "\"2026-03-19\"");
    judge(&verdict, body);
    assert_int_equal(verdict.refusals.count, 3);
    for (int i = 0; i < verdict.refusals.count; i++) {
        const struct fault *fault = &verdict.refusals.items[i];

        assert_null(strstr(fault->zh, "SECRET"));
        assert_null(strstr(fault->en, "SECRET"));
        if (strcmp(fault->rule, "contract.restrictive") == 0) {
            assert_string_equal(fault->article, "《中华人民共和国民法典》第八百五十条");
        } else if (strcmp(fault->rule, "party.credit_code") == 0) {
            assert_string_equal(fault->article, "GB 32100-2015");
        } else {
            assert_string_equal(fault->rule, "contract.technology_amount");
            assert_null(fault->article);
            assert_string_equal(
                fault->zh, "技术交易额：技术交易额须等于合同成交额减扣除项目（应为950000.00）");
        }
    }
    assert_int_equal(verdict.hints.count, 1);
    assert_string_equal(verdict.hints.items[0].rule, "contract.term_over");
    assert_null(verdict.hints.items[0].article);
    json_decref(body);
    arena_free(verdict.arena);
}

/* Code lists count on the day that is asked for, and the severity of a rule row decides where its
 * fault goes. */
static void
test_rows_rule(void **state)
{
    struct codes *few = codes_new();
    struct code old = {.list = "contract_type",
        .code = "102",
        .name_zh = "z",
        .name_en = "e",
        .parent = "",
        .valid_from = INT32_MIN,
        .valid_to = day("2026-03-31")};
    struct rule_row hint = {.rule = {.id = "contract.code",
                                .severity = RULE_HINT,
                                .article = "x",
                                .zh = "z",
                                .en = "e"},
        .kind = RULE_FORM,
        .region = "",
        .group = "",
        .value = "",
        .valid_from = INT32_MIN,
        .valid_to = INT32_MAX};
    struct arena *arena = arena_new();
    struct fault_list refusals = {.arena = arena};
    struct fault_list hints = {.arena = arena};
    struct contract contract;
    json_t *body = load(good_body);
    bool is_hint = false;

    (void)state;
    codes_add(few, &old);
    codes_add_rule(few, &hint);
    codes_seal(few);
    contract_parse(arena, body, &contract, &refusals);
    contract_check(&contract, few, day("2026-03-31"), &refusals, &hints);
    assert_int_equal(refusals.count, 0);
    for (int i = 0; i < hints.count; i++)
        assert_string_not_equal(hints.items[i].pointer, "/contract_type");
    hints.count = 0;
    contract_check(&contract, few, day("2026-04-01"), &refusals, &hints);
    for (int i = 0; i < hints.count; i++)
        is_hint = is_hint || strcmp(hints.items[i].pointer, "/contract_type") == 0;
    assert_true(is_hint);
    assert_null(hints.items[0].article);
    codes_free(few);
    json_decref(body);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_body),
        cmocka_unit_test(test_presence),
        cmocka_unit_test(test_codes_of_fields),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_articles_and_texts),
        cmocka_unit_test(test_rows_rule),
    };

    return cmocka_run_group_tests(tests, load_codes, free_codes);
}
