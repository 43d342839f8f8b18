#include "tests/unit/contract_fixture.h"

#include "server/api/credit_code.h"

static void
test_credit_codes(void **state)
{
    static const struct {
        const char *code;
        enum credit_code_verdict verdict;
    } cases[] = {
        {"914403001922038216", CREDIT_CODE_OK},
        {"9144030071526726XG", CREDIT_CODE_OK},
        {"91440300708461136T", CREDIT_CODE_OK},
        {"91110108551385082Q", CREDIT_CODE_OK},
        {"91371323MA3C00003Q", CREDIT_CODE_OK},
        /* the two that code with the common fault in its last two values gets wrong */
        {"91371300MA0000023Y", CREDIT_CODE_OK},
        {"91371300MA00001460", CREDIT_CODE_OK},
        {"91371300MA00000230", CREDIT_CODE_CHECK},
        {"91371300MA0000146Y", CREDIT_CODE_CHECK},
        /* published, and wrong */
        {"91110000100003962T", CREDIT_CODE_CHECK},
        {"9133010057462616XH", CREDIT_CODE_CHECK},
        {"914403001922038217", CREDIT_CODE_CHECK},
        {"", CREDIT_CODE_SYNTAX},
        {"91440300192203821", CREDIT_CODE_SYNTAX},
        {"9144030019220382166", CREDIT_CODE_SYNTAX},
        {"91440300192203821I", CREDIT_CODE_SYNTAX},
        {"91440300192203821O", CREDIT_CODE_SYNTAX},
        {"91440300192203821S", CREDIT_CODE_SYNTAX},
        {"91440300192203821V", CREDIT_CODE_SYNTAX},
        {"91440300192203821Z", CREDIT_CODE_SYNTAX},
        {"91371323ma3c00003q", CREDIT_CODE_SYNTAX},
        {"9137132AMA3C00003Q", CREDIT_CODE_SYNTAX},
        {" 1371323MA3C00003Q", CREDIT_CODE_SYNTAX},
        {"９１３７１３", CREDIT_CODE_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (credit_code_check(cases[i].code) != cases[i].verdict)
            fail_msg("%s: %d", cases[i].code, (int)credit_code_check(cases[i].code));
}

/* A right last character over a wrong organisation code, made by trying. */
static void
test_organisation_check(void **state)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char code[] = "91371323MA3C00004Q";
    int seen = 0;

    (void)state;
    for (const char *last = alphabet; *last != '\0'; last++) {
        code[17] = *last;
        assert_int_not_equal(credit_code_check(code), CREDIT_CODE_OK);
        seen += credit_code_check(code) == CREDIT_CODE_ORGANISATION;
    }
    assert_int_equal(seen, 1);
}

/* Exactly one pair of check characters fits each body, and changing any one character is noticed.
 */
static void
test_complete(void **state)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char code[19];
    bool has_x = false;

    (void)state;
    for (int n = 0; n < 2000; n++) {
        snprintf(code, sizeof(code), "91371302MA3%05d", n * 7);
        assert_true(credit_code_complete(code));
        assert_int_equal(credit_code_check(code), CREDIT_CODE_OK);
        has_x = has_x || code[16] == 'X';
        for (int place = 0; place < 18; place++) {
            char kept = code[place];

            code[place] = alphabet[(strchr(alphabet, kept) - alphabet + 1) % 10];
            if (code[place] != kept)
                assert_int_not_equal(credit_code_check(code), CREDIT_CODE_OK);
            code[place] = kept;
        }
    }
    assert_true(has_x);
    strcpy(code, "9137130");
    assert_false(credit_code_complete(code));
}

static void
test_id_numbers(void **state)
{
    static const struct {
        const char *number;
        enum id_number_verdict verdict;
    } cases[] = {
        {"11010519491231002X", ID_NUMBER_OK},    /* the example of GB 11643 itself */
        {"440524188001010014", ID_NUMBER_BIRTH}, /* the other one: born before 1900 */
        {"110105194912310021", ID_NUMBER_CHECK},
        {"11010519491231002x", ID_NUMBER_SYNTAX},
        {"110105194902290020", ID_NUMBER_BIRTH},
        {"110105194913310020", ID_NUMBER_BIRTH},
        {"110105209912310020", ID_NUMBER_BIRTH},
        {"11010519491231002", ID_NUMBER_SYNTAX},
        {"11010519491231002XX", ID_NUMBER_SYNTAX},
        {"1101051949123100X2", ID_NUMBER_SYNTAX},
        {"", ID_NUMBER_SYNTAX},
        {"110105491231002", ID_NUMBER_SYNTAX},
    };
    char number[] = "37130220260401001?";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (id_number_check(cases[i].number, day("2026-04-01")) != cases[i].verdict)
            fail_msg("%s: %d", cases[i].number,
                (int)id_number_check(cases[i].number, day("2026-04-01")));
    number[17] = id_number_check_digit(number);
    assert_int_equal(id_number_check(number, day("2026-04-01")), ID_NUMBER_OK);
    assert_int_equal(id_number_check(number, day("2026-03-31")), ID_NUMBER_BIRTH);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credit_codes),
        cmocka_unit_test(test_organisation_check),
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_id_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
