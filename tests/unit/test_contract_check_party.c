#include "tests/unit/judge_fixture.h"

/* Who the parties are, and which of them files. */

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_filed_as),
    };

    return cmocka_run_group_tests(tests, load_codes, free_codes);
}
