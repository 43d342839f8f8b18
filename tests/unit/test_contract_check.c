#include "tests/unit/contract_fixture.h"

#include "common/digest.h"

static struct codes *codes;

/* What contract_parse() and contract_check() find together, hints apart, on 2026-04-01. */
struct verdict {
    struct arena *arena;
    struct contract contract;
    struct fault_list refusals;
    struct fault_list hints;
};

static void
judge(struct verdict *verdict, const json_t *body)
{
    verdict->arena = arena_new();
    verdict->refusals = (struct fault_list){.arena = verdict->arena};
    verdict->hints = (struct fault_list){.arena = verdict->arena};
    contract_parse(verdict->arena, body, &verdict->contract, &verdict->refusals);
    contract_check(
        &verdict->contract, codes, day("2026-04-01"), &verdict->refusals, &verdict->hints);
}

struct change {
    const char *pointer;
    const char *json;
};

struct rule_case {
    struct change changes[5];
    const char *refusals;
    const char *hints;
};

static void
expect(const struct rule_case *rule_case)
{
    struct verdict verdict;
    json_t *body = load(good_body);
    char *refusals;
    char *hints;

    for (int i = 0; i < 5 && rule_case->changes[i].pointer != NULL; i++)
        edit(body, rule_case->changes[i].pointer, rule_case->changes[i].json);
    judge(&verdict, body);
    refusals = fault_lines(&verdict.refusals);
    hints = fault_lines(&verdict.hints);
    if (strcmp(refusals, rule_case->refusals) != 0 || strcmp(hints, rule_case->hints) != 0)
        fail_msg("%s = %s: found \"%s\" and hints \"%s\", wanted \"%s\" and \"%s\"",
            rule_case->changes[0].pointer, rule_case->changes[0].json, refusals, hints,
            rule_case->refusals, rule_case->hints);
    free(refusals);
    free(hints);
    json_decref(body);
    arena_free(verdict.arena);
}

static void
expect_all(const struct rule_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(&cases[i]);
}

#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof((cases)[0]))

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

static void
test_identities(void **state)
{
    static const struct rule_case cases[] = {
        {{{"/seller/credit_code", "\"91371300MA00001460\""}}, "", ""},
        {{{"/seller/credit_code", "\"91371300MA0000146Y\""}},
            "/seller/credit_code party.credit_code", ""},
        {{{"/seller/credit_code", "\"9137130\""}}, "/seller/credit_code party.credit_code", ""},
        {{{"/seller/parent_code", "\"91110000100003962T\""}},
            "/seller/parent_code party.credit_code", ""},
        {{{"/seller/id_number", "\"11010519491231002X\""}}, "/seller/id_number party.identity_kind",
            ""},
        {{{"/seller/party_type", "\"600\""}},
            "/seller/id_number contract.required_person\n/seller/credit_code party.identity_kind",
            ""},
        {{{"/seller",
             "{\"name\":\"王芳\",\"id_number\":\"11010519491231002X\",\"party_type\":\"600\","
             "\"region\":"
             "\"371302\",\"address\":\"x\",\"contact\":{\"name\":\"y\",\"phone\":\"1\"}}"}},
            "", ""},
        {{{"/buyer", "{\"name\":\"王芳\",\"id_number\":\"110105194912310021\",\"party_type\":"
                     "\"600\",\"region\":"
                     "\"371302\",\"address\":\"x\"}"}},
            "/buyer/id_number party.id_number", ""},
        {{{"/buyer/country", "\"304\""}, {"/buyer/region", "-"}, {"/buyer/credit_code", "-"},
             {"/buyer/party_type", "\"500\""}, {"/buyer/representative", "-"}},
            "", ""},
        {{{"/buyer/country", "\"304\""}, {"/buyer/party_type", "\"500\""}},
            "/buyer/region party.abroad_region", ""},
        {{{"/buyer/country", "\"304\""}, {"/buyer/region", "-"}}, "",
            "/buyer/party_type party.type_home"},
        {{{"/buyer/party_type", "\"500\""}}, "/buyer/party_type party.type_abroad", ""},
        {{{"/seller/is_listed", "true"}, {"/seller/scale", "\"3\""}}, "", ""},
        {{{"/seller/is_listed", "true"}, {"/seller/party_type", "\"0221\""}},
            "/seller/is_listed party.enterprise_only", ""},
        {{{"/seller/in_national_zone", "true"}, {"/seller/party_type", "\"700\""}},
            "/seller/in_national_zone party.enterprise_only", ""},
        {{{"/seller/is_listed", "false"}, {"/seller/party_type", "\"0221\""}}, "", ""},
        {{{"/seller/scale", "\"3\""}, {"/seller/party_type", "\"021\""}},
            "/seller/scale party.enterprise_only", ""},
        {{{"/seller/is_rd_organisation", "true"}, {"/seller/party_type", "\"021\""}}, "", ""},
        {{{"/buyer/credit_code", "\"91371323MA3C00003Q\""}},
            "/buyer/credit_code contract.self_deal", ""},
        {{{"/co_buyers", "[{\"name\":\"x\",\"credit_code\":\"91371323MA3C00003Q\",\"party_type\":"
                         "\"150\",\"region\":\"371302\","
                         "\"industry\":\"29\",\"representative\":\"r\",\"address\":\"a\",\"share\":"
                         "\"100.5\"}]"}},
            "/co_buyers/0/credit_code contract.self_deal\n/co_buyers contract.share_sum", ""},
        {{{"/co_buyers",
             "[{\"name\":\"x\",\"credit_code\":\"91371300MA0000023Y\",\"party_type\":\"150\","
             "\"region\":\"371302\","
             "\"industry\":\"29\",\"representative\":\"r\",\"address\":\"a\",\"share\":\"0\"}]"}},
            "/co_buyers/0/share contract.above_zero\n/co_buyers/0/credit_code contract.party_twice",
            ""},
        {{{"/seller/parent_code", "\"914403001922038216\""},
             {"/buyer/parent_code", "\"914403001922038216\""}},
            "", "/is_related contract.related_parent"},
        {{{"/seller/parent_code", "\"91371300MA0000023Y\""}}, "",
            "/is_related contract.related_parent"},
        {{{"/buyer/parent_code", "\"91371323MA3C00003Q\""}, {"/is_related", "true"}}, "", ""},
    };

    (void)state;
    EXPECT_ALL(cases);
}

static void
test_filed_as(void **state)
{
    static const char foreign_seller[] =
        "{\"name\":\"Muster GmbH\",\"country\":\"304\",\"party_type\":\"500\","
        "\"foreign_id\":\"HRB 1\",\"address\":\"x\",\"contact\":{\"name\":\"y\","
        "\"phone\":\"1\"}}";
    static const struct rule_case cases[] = {
        {{{"/seller", foreign_seller}, {"/filed_as", "\"import_buyer\""},
             {"/import_certificate", "{\"number\":\"1\",\"date\":\"2026-03-19\"}"}},
            "", ""},
        {{{"/seller", foreign_seller}, {"/filed_as", "\"import_buyer\""}},
            "/import_certificate/number contract.required_import\n/import_certificate/date "
            "contract.required_import",
            ""},
        {{{"/seller", foreign_seller}}, "/filed_as contract.seller_abroad", ""},
        {{{"/seller", foreign_seller}, {"/filed_as", "\"agent\""}},
            "/filed_as contract.seller_abroad", "/filed_as contract.power_of_attorney"},
        {{{"/filed_as", "\"import_buyer\""},
             {"/import_certificate", "{\"number\":\"1\",\"date\":\"2026-03-19\"}"}},
            "/seller/country contract.import_seller", ""},
        {{{"/seller", foreign_seller}, {"/filed_as", "\"import_buyer\""},
             {"/import_certificate", "{\"number\":\"1\",\"date\":\"2026-03-19\"}"},
             {"/buyer/country", "\"502\""}, {"/buyer/region", "-"}},
            "/buyer/country contract.import_buyer", "/buyer/party_type party.type_home"},
        {{{"/filed_as", "\"intermediary\""}}, "/intermediary contract.intermediary_missing", ""},
        {{{"/intermediary_fee", "\"5.00\""}}, "/intermediary_fee contract.fee_without_intermediary",
            ""},
        {{{"/intermediary", "{\"name\":\"x\",\"credit_code\":\"91371323MA3C00003Q\"}"},
             {"/intermediary_fee", "0"}},
            "", "/intermediary contract.intermediary_party"},
        {{{"/co_buyers",
             "[{\"name\":\"x\",\"credit_code\":\"91110108551385082Q\",\"region\":\"370102\","
             "\"party_type\":\"150\",\"industry\":\"29\",\"representative\":\"r\","
             "\"address\":\"a\",\"share\":\"100\"}]"}},
            "", "/co_buyers contract.share_whole"},
    };

    (void)state;
    EXPECT_ALL(cases);
}

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
        cmocka_unit_test(test_good_body),
        cmocka_unit_test(test_presence),
        cmocka_unit_test(test_codes_of_fields),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_filed_as),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_currency),
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_articles_and_texts),
        cmocka_unit_test(test_rows_rule),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_overlay_values),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_duplicate_key),
        cmocka_unit_test(test_schema),
    };

    return cmocka_run_group_tests(tests, load_codes, free_codes);
}
