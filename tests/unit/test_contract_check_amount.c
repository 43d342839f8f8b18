#include "tests/unit/judge_fixture.h"

/* What is paid, in which currency, and for how long. */

static void
test_amounts(void **state)
{
    static const struct rule_case cases[] = {
        {{{"/total_amount", "0"}},
            "/total_amount contract.above_zero\n/deductions contract.deductions_sum", ""},
        {{{"/deductions", "[]"}, {"/total_amount", "\"0.01\""}}, "", ""},
        {{{"/deductions/0/amount", "0"}}, "/deductions/0/amount contract.above_zero", ""},
        {{{"/deductions/0/amount", "\"1200000.00\""}}, "", ""},
        {{{"/deductions/0/amount", "\"1200000.01\""}}, "/deductions contract.deductions_sum", ""},
        {{{"/deductions/1", "{\"kind\":\"x_other\",\"amount\":\"950000.01\"}"}},
            "/deductions contract.deductions_sum", ""},
        {{{"/technology_amount", "\"950000.00\""}}, "", ""},
        {{{"/technology_amount", "\"950000.01\""}}, "/technology_amount contract.technology_amount",
            ""},
        {{{"/technology_amount", "0"}}, "/technology_amount contract.technology_amount", ""},
        {{{"/instalments",
             "[{\"amount\":\"600000.00\"},{\"due_on\":\"2027-01-01\",\"amount\":\"600000.00\"}]"}},
            "", ""},
        {{{"/instalments", "[{\"amount\":\"600000.00\"},{\"amount\":\"600000.01\"}]"}},
            "/instalments contract.instalments_sum", ""},
        {{{"/mixed", "true"}}, "", ""},
        {{{"/mixed", "true"}, {"/deductions", "-"}}, "/mixed contract.mixed_amount", ""},
        {{{"/payment_method", "\"3\""}},
            "/royalty/base contract.required_royalty\n/royalty/rate_type contract.required_royalty",
            ""},
        {{{"/payment_method", "\"4\""}},
            "/royalty/initial_fee contract.required_initial_fee\n/royalty/base "
            "contract.required_royalty\n"
            "/royalty/rate_type contract.required_royalty",
            ""},
        {{{"/payment_method", "\"4\""}, {"/amount_basis", "\"initial_fee\""},
             {"/royalty", "{\"initial_fee\":\"1200000.00\",\"base\":\"4\",\"rate_type\":\"1\","
                          "\"rate_percent\":"
                          "\"2.5\"}"}},
            "", ""},
        {{{"/payment_method", "\"4\""}, {"/royalty", "{\"initial_fee\":\"1200000.01\",\"base\":"
                                                     "\"4\",\"rate_type\":\"1\",\"rate_percent\":"
                                                     "\"100.1\"}"}},
            "/royalty/initial_fee contract.initial_fee_total\n/royalty/rate_percent "
            "contract.rate_percent",
            ""},
        {{{"/royalty/base", "\"1\""}}, "", "/royalty contract.royalty_unused"},
        {{{"/amount_basis", "\"initial_fee\""}}, "/amount_basis contract.amount_basis", ""},
        {{{"/amount_basis", "\"minimum_guarantee\""}}, "/amount_basis contract.amount_basis", ""},
        {{{"/new_input", "5"}, {"/new_output", "6"}}, "",
            "/new_input contract.expected_values\n/new_output contract.expected_values"},
        {{{"/new_input", "5"}, {"/contract_type", "\"201\""}}, "", ""},
    };

    (void)state;
    EXPECT_ALL(cases);
}

#define DOLLARS(amount, rate, total)                                                               \
    {"/currency", "\"USD\""}, {"/foreign_amount", amount}, {"/exchange_rate", rate},               \
        {"/exchange_rate_on", "\"2026-03-17\""},                                                   \
    {                                                                                              \
        "/total_amount", total                                                                     \
    }

/* The hints of a contract in dollars that was signed on 2026-03-18. */
static void
expect_quoted(const char *day, const char *expected)
{
    struct verdict verdict;
    json_t *body = load(good_body);
    char *hints;

    edit(body, "/currency", "\"USD\"");
    edit(body, "/foreign_amount", "\"100000.00\"");
    edit(body, "/exchange_rate", "\"7.1234\"");
    edit(body, "/exchange_rate_on", day);
    edit(body, "/total_amount", "\"712340.00\"");
    judge(&verdict, body);
    hints = fault_lines(&verdict.hints);
    assert_string_equal(hints, expected);
    free(hints);
    arena_free(verdict.arena);
    json_decref(body);
}

static void
test_currency(void **state)
{
    static const struct rule_case cases[] = {
        {{DOLLARS("\"100000.00\"", "\"7.1234\"", "\"712340.00\"")}, "", ""},
        {{DOLLARS("\"100000.00\"", "\"7.1234\"", "\"712341.00\"")}, "", ""},
        {{DOLLARS("\"100000.00\"", "\"7.1234\"", "\"712339.00\"")}, "", ""},
        {{DOLLARS("\"100000.00\"", "\"7.1234\"", "\"712341.01\"")},
            "/total_amount contract.foreign_conversion", ""},
        {{DOLLARS("\"100000.00\"", "\"7.1234\"", "\"712338.99\"")},
            "/total_amount contract.foreign_conversion", ""},
        /* 100000.01 x 7.123450 = 712345.0712345, half up 712345.07 */
        {{DOLLARS("\"100000.01\"", "\"7.12345\"", "\"712346.07\"")}, "", ""},
        {{DOLLARS("\"100000.01\"", "\"7.12345\"", "\"712346.08\"")},
            "/total_amount contract.foreign_conversion", ""},
        /* 2000000.01 x 0.5 = 1000000.005: half up 1000000.01, so one yuan above it is still allowed
         */
        {{DOLLARS("\"2000000.01\"", "\"0.5\"", "\"1000001.01\"")}, "", ""},
        {{DOLLARS("\"2000000.01\"", "\"0.5\"", "\"999999.00\"")},
            "/total_amount contract.foreign_conversion", ""},
        {{DOLLARS("\"10000000000000.00\"", "\"999999999.999999\"", "\"1200000.00\"")},
            "/total_amount contract.foreign_conversion", ""},
        {{DOLLARS("0", "\"0\"", "\"1200000.00\"")},
            "/foreign_amount contract.above_zero\n/exchange_rate contract.above_zero\n"
            "/total_amount contract.foreign_conversion",
            ""},
        {{{"/currency", "\"USD\""}},
            "/foreign_amount contract.required_currency\n/exchange_rate "
            "contract.required_currency\n"
            "/exchange_rate_on contract.required_currency",
            ""},
        {{{"/foreign_amount", "\"1.00\""}}, "/foreign_amount contract.foreign_unused", ""},
        {{{"/exchange_rate", "\"7\""}, {"/exchange_rate_on", "\"2026-03-18\""}},
            "/exchange_rate contract.foreign_unused\n/exchange_rate_on contract.foreign_unused",
            ""},
    };
    struct verdict verdict;
    json_t *body = load(good_body);
    char *refusals;

    (void)state;
    EXPECT_ALL(cases);
    expect_quoted("\"2026-03-17\"", "");
    expect_quoted(
        "\"2026-03-15\"", "/exchange_rate_on contract.exchange_rate_quoted"); /* a Sunday */
    expect_quoted("\"1999-03-18\"", "/exchange_rate_on contract.exchange_rate_quoted");
    expect_quoted("\"2026-03-09\"", ""); /* nine days, as a long holiday takes */
    expect_quoted("\"2026-03-06\"", "/exchange_rate_on contract.exchange_rate_quoted"); /* twelve */
    /* 30,000,000 yen at 4.7531 yuan for 100; quoted after the signing */
    edit(body, "/currency", "\"JPY\"");
    edit(body, "/foreign_amount", "30000000");
    edit(body, "/exchange_rate", "\"4.7531\"");
    edit(body, "/rate_per", "100");
    edit(body, "/exchange_rate_on", "\"2026-03-19\"");
    edit(body, "/total_amount", "\"1425930.00\"");
    judge(&verdict, body);
    refusals = fault_lines(&verdict.refusals);
    assert_string_equal(refusals, "/exchange_rate_on contract.exchange_rate_day");
    free(refusals);
    arena_free(verdict.arena);
    json_decref(body);
}

static void
test_terms(void **state)
{
    static const struct rule_case cases[] = {
        {{{"/signed_on", "\"2026-04-01\""}, {"/term_begins_on", "\"2026-04-01\""}}, "", ""},
        {{{"/signed_on", "\"2026-04-02\""}, {"/term_begins_on", "\"2026-04-02\""}},
            "/signed_on contract.signed_in_future", ""},
        {{{"/term_ends_on", "\"2026-03-18\""}}, "", "/term_ends_on contract.term_over"},
        {{{"/term_ends_on", "\"2026-04-01\""}}, "", ""},
        {{{"/term_ends_on", "\"2026-03-17\""}}, "/term_ends_on contract.term_order", ""},
        {{{"/term_begins_on", "\"2026-03-17\""}}, "",
            "/term_begins_on contract.term_before_signing"},
        {{{"/signed_on", "\"2019-01-01\""}}, "", ""},
        {{{"/undertaking", "false"}}, "/undertaking contract.undertaking", ""},
        {{{"/classified", "true"}}, "/classified contract.classified", ""},
        {{{"/clauses/restrictive", "true"}}, "/clauses/restrictive contract.restrictive", ""},
        {{{"/clauses/restrictive", "false"}, {"/clauses/training", "true"}}, "", ""},
        {{{"/foreign_language", "true"}}, "", "/foreign_language contract.chinese_copy"},
        {{{"/ip_types", "[\"9\"]"}}, "", ""},
        {{{"/ip_types", "[\"2\",\"9\"]"}}, "/ip_types/1 contract.ip_type_none", ""},
        {{{"/ip_types", "[\"9\",\"2\"]"}}, "/ip_types/0 contract.ip_type_none", ""},
        {{{"/ip_types", "[\"2\",\"3\",\"2\"]"}}, "/ip_types/2 contract.ip_type_twice", ""},
        {{{"/contract_type", "\"301\""}},
            "/license/mode contract.required_licence\n/license/years contract.required_licence",
            ""},
        {{{"/contract_type", "\"301\""}, {"/license", "{\"mode\":\"3\",\"years\":\"2\"}"}}, "", ""},
        {{{"/contract_type", "\"301\""}, {"/license", "{\"mode\":\"4\",\"years\":\"0\"}"}},
            "/license/mode contract.code\n/license/years contract.above_zero", ""},
        {{{"/contract_type", "\"301\""}, {"/license", "{\"mode\":\"3\",\"years\":101}"}},
            "/license/years contract.licence_years", ""},
        {{{"/license", "{\"mode\":\"3\",\"years\":\"2\"}"}}, "",
            "/license contract.licence_unused"},
        {{{"/contract_type", "\"301\""}, {"/license", "{\"mode\":\"3\",\"years\":\"2\"}"},
             {"/ip_rights",
                 "[{\"kind\":\"11\",\"number\":\"ZL1\",\"expires_on\":\"2028-03-17\"}]"}},
            "", ""},
        {{{"/contract_type", "\"301\""}, {"/license", "{\"mode\":\"3\",\"years\":\"2\"}"},
             {"/ip_rights",
                 "[{\"kind\":\"11\",\"number\":\"ZL1\",\"expires_on\":\"2028-03-16\"}]"}},
            "/ip_rights/0/expires_on contract.licence_beyond_patent", ""},
        {{{"/contract_type", "\"303\""}, {"/license", "{\"mode\":\"3\",\"years\":\"2.5\"}"},
             {"/ip_rights", "[{\"kind\":\"3\",\"number\":\"1\",\"expires_on\":\"2028-03-17\"}]"}},
            "/ip_rights/0/expires_on contract.licence_beyond_right", ""},
        {{{"/contract_type", "\"201\""},
             {"/ip_rights",
                 "[{\"kind\":\"11\",\"number\":\"ZL1\",\"expires_on\":\"2026-03-17\"}]"}},
            "", "/ip_rights/0/expires_on contract.right_expired"},
        {{{"/ip_rights", "[{\"kind\":\"9\",\"number\":\"1\"}]"}},
            "/ip_rights/0/kind contract.right_kind", ""},
    };

    (void)state;
    EXPECT_ALL(cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_currency),
        cmocka_unit_test(test_terms),
    };

    return cmocka_run_group_tests(tests, load_codes, free_codes);
}
