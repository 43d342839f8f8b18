#include "tests/unit/contract_fixture.h"

#include "server/form/contract_fault.h"
#include "server/form/contract_form.h"

struct change {
    const char *pointer;
    const char *json;
};

/* Parses the good body with up to three edits and compares the faults, one line each. */
static void
expect_faults(const struct change *changes, int count, const char *lines)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    struct contract contract;
    json_t *body = load(good_body);
    char *found;

    for (int i = 0; i < count && changes[i].pointer != NULL; i++)
        edit(body, changes[i].pointer, changes[i].json);
    contract_parse(arena, body, &contract, &faults);
    found = fault_lines(&faults);
    if (strcmp(found, lines) != 0)
        fail_msg("%s = %s: found \"%s\", wanted \"%s\"", changes[0].pointer, changes[0].json, found,
            lines);
    free(found);
    json_decref(body);
    arena_free(arena);
}

static void
test_good_body(void **state)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    struct contract contract;
    json_t *body = load(good_body);

    (void)state;
    contract_parse(arena, body, &contract, &faults);
    assert_int_equal(faults.count, 0);
    assert_string_equal(contract.project_name, "有机硅耐高低温高端密封件联合开发");
    assert_int_equal(contract.signed_on, day("2026-03-18"));
    assert_int_equal(contract.total_amount, 120000000);
    assert_int_equal(contract.technology_amount, 95000000);
    assert_true(contract.technology_stated == VALUE_ABSENT);
    assert_int_equal(contract.deductions.count, 1);
    assert_string_equal(contract.deductions.items[0].note, "试验台");
    assert_string_equal(contract.ip_types.items[0], "2");
    assert_int_equal(contract.is_related, FLAG_FALSE);
    assert_int_equal(contract.mixed, FLAG_ABSENT);
    assert_string_equal(contract.amount_basis, "fixed");
    assert_string_equal(contract.seller.country, "142");
    assert_string_equal(contract.seller.contact.phone, "0539-2250000");
    assert_int_equal(contract.buyer.contact.state, FORM_ABSENT);
    assert_int_equal(contract.intermediary.state, FORM_ABSENT);
    assert_null(contract.seller.zone);
    assert_null(contract.related.project);
    assert_true(contract_registering_party(&contract) == &contract.seller);
    assert_true(contract_filing_party(&contract) == &contract.seller);
    assert_int_equal(contract_type_main(contract.contract_type), '1');
    json_decref(body);
    arena_free(arena);
}

static void
test_faults(void **state)
{
    static const struct {
        struct change change;
        const char *lines;
    } cases[] = {
        {{"/colour", "1"}, "/colour form.unknown_field"},
        {{"/seller/colour", "null"}, "/seller/colour form.unknown_field"},
        {{"/seller/share", "\"10\""}, "/seller/share form.unknown_field"},
        {{"/deductions/0/vat", "1"}, "/deductions/0/vat form.unknown_field"},
        {{"/id", "\"7\""}, "/id form.unknown_field"},
        {{"/project_name", "7"}, "/project_name form.type"},
        {{"/project_name", "[]"}, "/project_name form.type"},
        {{"/project_name", "true"}, "/project_name form.type"},
        {{"/project_name", "\"a\\tb\""}, "/project_name form.text_characters"},
        {{"/project_name", "\"ab\\n\""}, "/project_name form.text_characters"},
        {{"/project_name", "\"a\\u007fb\""}, "/project_name form.text_characters"},
        {{"/project_name", "\"a\\u0085b\""}, "/project_name form.text_characters"},
        {{"/project_name", "\"a\\u202eb\""}, "/project_name form.text_characters"},
        {{"/project_name", "\"a\\u2066b\""}, "/project_name form.text_characters"},
        {{"/project_name", "\"a\\u200fb\""}, "/project_name form.text_characters"},
        {{"/project_name", "\"\\ufeffab\""}, "/project_name form.text_characters"},
        {{"/project_name", "\"a\\uffffb\""}, "/project_name form.text_characters"},
        {{"/summary", "\"a\\nb\\tc\""}, ""},
        {{"/summary", "\"a\\rb\""}, "/summary form.text_characters"},
        {{"/contract_type", "102"}, "/contract_type form.type"},
        {{"/contract_type", "\"1 02\""}, "/contract_type form.code_syntax"},
        {{"/contract_type", "\"一〇二\""}, "/contract_type form.code_syntax"},
        {{"/contract_type", "\"123456789012345678901234567890123\""},
            "/contract_type form.code_syntax"},
        {{"/total_amount", "1200000.5"}, "/total_amount form.real"},
        {{"/total_amount", "1e6"}, "/total_amount form.real"},
        {{"/total_amount", "\"1,200,000.00\""}, "/total_amount form.money"},
        {{"/total_amount", "\"1200000.005\""}, "/total_amount form.money"},
        {{"/total_amount", "\"-1.00\""}, "/total_amount form.money"},
        {{"/total_amount", "-1"}, "/total_amount form.money"},
        {{"/total_amount", "9223372036854775807"}, "/total_amount form.money"},
        {{"/total_amount", "\"\""}, "/total_amount form.money"},
        {{"/total_amount", "\"10000000000000.01\""}, "/total_amount form.money"},
        {{"/total_amount", "{}"}, "/total_amount form.type"},
        {{"/total_amount", "1200000"}, ""},
        {{"/total_amount", "\"1200000\""}, ""},
        {{"/signed_on", "\"2026-02-30\""}, "/signed_on form.date"},
        {{"/signed_on", "\"18.03.2026\""}, "/signed_on form.date"},
        {{"/signed_on", "20260318"}, "/signed_on form.type"},
        {{"/is_related", "\"false\""}, "/is_related form.type"},
        {{"/is_related", "0"}, "/is_related form.type"},
        {{"/undertaking", "1"}, "/undertaking form.type"},
        {{"/filed_as", "\"buyer\""}, "/filed_as form.choice"},
        {{"/filed_as", "\"seller|import_buyer\""}, "/filed_as form.choice"},
        {{"/filed_as", "\"\""}, "/filed_as form.choice"},
        {{"/rate_per", "10"}, "/rate_per form.rate_per"},
        {{"/rate_per", "\"100\""}, "/rate_per form.rate_per"},
        {{"/exchange_rate", "7.1"}, "/exchange_rate form.real"},
        {{"/exchange_rate", "\"7.1234567\""}, "/exchange_rate form.decimal"},
        {{"/exchange_rate", "\"7.\""}, "/exchange_rate form.decimal"},
        {{"/exchange_rate", "\"07\""}, "/exchange_rate form.decimal"},
        {{"/exchange_rate", "\"1234567890\""}, "/exchange_rate form.decimal"},
        {{"/exchange_rate", "-7"}, "/exchange_rate form.decimal"},
        {{"/exchange_rate", "\"7.100000\""}, ""},
        {{"/license/years", "5"}, ""},
        {{"/ip_types", "\"2\""}, "/ip_types form.type"},
        {{"/ip_types/1", "3"}, "/ip_types/1 form.type"},
        {{"/ip_types/1", "null"}, "/ip_types/1 form.type"},
        {{"/ip_types/1", "\"\""}, "/ip_types/1 form.code_syntax"},
        {{"/ip_types", "[\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\"]"},
            "/ip_types form.list_length"},
        {{"/deductions", "{}"}, "/deductions form.type"},
        {{"/deductions/1", "null"}, "/deductions/1 form.type"},
        {{"/deductions/1", "5"}, "/deductions/1 form.type"},
        {{"/seller", "\"x\""}, "/seller form.type"},
        {{"/seller/contact", "[]"}, "/seller/contact form.type"},
        {{"/seller/zip_code", "\"27600\""}, "/seller/zip_code form.zip_code"},
        {{"/seller/zip_code", "\"000000\""}, ""},
        {{"/seller/zip_code", "\"27600a\""}, "/seller/zip_code form.zip_code"},
        {{"/seller/credit_code", "913713"}, "/seller/credit_code form.type"},
        {{"/a~b", "1"}, "/a~0b form.unknown_field"},
        {{"/related", "null"}, ""},
        {{"/seller", "null"}, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_faults(&cases[i].change, 1, cases[i].lines);
}

static char *
repeat(const char *piece, int count)
{
    struct buf text = {0};

    buf_putc(&text, '"');
    for (int i = 0; i < count; i++)
        buf_puts(&text, piece);
    buf_putc(&text, '"');
    return text.data;
}

/* Lengths count code points, after composing and without the spaces at both ends. */
static void
test_lengths(void **state)
{
    static const struct {
        const char *pointer;
        const char *piece;
        int count;
        const char *lines;
    } cases[] = {
        {"/contract_no", "a", 100, ""},
        {"/contract_no", "a", 101, "/contract_no form.text_length"},
        {"/project_name", "技", 200, ""},
        {"/project_name", "技", 201, "/project_name form.text_length"},
        {"/project_name", "😀", 200, ""},
        {"/project_name", "😀", 201, "/project_name form.text_length"},
        {"/project_name", "e\\u0301", 200, ""},
        {"/project_name", "e\\u0301", 201, "/project_name form.text_length"},
        {"/project_name", "\\u0301", 100000, "/project_name form.text_length"},
        {"/contract_no", " ", 5000, ""},
        {"/summary", "容", 2000, ""},
        {"/summary", "容", 2001, "/summary form.text_length"},
        {"/deductions/0/note", "注", 200, ""},
        {"/deductions/0/note", "注", 201, "/deductions/0/note form.text_length"},
        {"/row_key", "k", 64, ""},
        {"/row_key", "k", 65, "/row_key form.text_length"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *json = repeat(cases[i].piece, cases[i].count);
        struct change change = {cases[i].pointer, json};

        expect_faults(&change, 1, cases[i].lines);
        free(json);
    }
}

static void
test_list_limits(void **state)
{
    static const struct {
        const char *name;
        int max;
    } lists[] = {{"deductions", 100}, {"instalments", 200}, {"ip_rights", 50}, {"co_sellers", 20},
        {"co_buyers", 20}};

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (int over = 0; over < 2; over++) {
            json_t *list = json_array();
            char *text;
            char pointer[32];
            char lines[64] = "";
            struct change change = {pointer, NULL};

            for (int n = 0; n < lists[i].max + over; n++)
                json_array_append_new(list, json_object());
            text = json_dumps(list, 0);
            change.json = text;
            snprintf(pointer, sizeof(pointer), "/%s", lists[i].name);
            if (over)
                snprintf(lines, sizeof(lines), "/%s form.list_length", lists[i].name);
            expect_faults(&change, 1, lines);
            free(text);
            json_decref(list);
        }
}

static void
test_texts(void **state)
{
    static const struct {
        const char *json;
        const char *text; /* NULL: absent */
    } cases[] = {
        {"\" a b \"", "a b"},
        {"\"\\u3000标题\\u3000\"", "标题"},
        {"\"\\u00a0x\\u00a0\"", "x"},
        {"\"\"", NULL},
        {"\"  \\u3000 \"", NULL},
        {"null", NULL},
        {"\"e\\u0301\"", "\xC3\xA9"},
        {"\"\\u212b\"", "\xC3\x85"},
        {"\"\\u304b\\u3099\"", "\xE3\x81\x8C"},
        {"\"\\uf900\"", "\xE8\xB1\x88"},
        {"\"Ａ１\"", "Ａ１"}, /* NFC, not NFKC: width stays */
        {"\"𠀀\"", "𠀀"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena *arena = arena_new();
        struct fault_list faults = {.arena = arena};
        struct contract contract;
        json_t *body = load(good_body);

        edit(body, "/project_name", cases[i].json);
        contract_parse(arena, body, &contract, &faults);
        assert_int_equal(faults.count, 0);
        if (cases[i].text == NULL)
            assert_null(contract.project_name);
        else
            assert_string_equal(contract.project_name, cases[i].text);
        json_decref(body);
        arena_free(arena);
    }
}

/* U+0000 cannot come through the JSON reader as tcrd uses it, but no text may hold it in any case.
 */
static void
test_nul_bytes(void **state)
{
    static const char *const names[] = {
        "project_name", "contract_type", "total_amount", "signed_on", "filed_as", "exchange_rate"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct arena *arena = arena_new();
        struct fault_list faults = {.arena = arena};
        struct contract contract;
        json_t *body = load(good_body);

        json_object_set_new(body, names[i], json_stringn("1\0x", 3));
        contract_parse(arena, body, &contract, &faults);
        assert_int_equal(faults.count, 1);
        json_decref(body);
        arena_free(arena);
    }
}

static void
test_no_object(void **state)
{
    static const char *const texts[] = {"null", "[]", "5", "\"x\""};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct arena *arena = arena_new();
        struct fault_list faults = {.arena = arena};
        struct contract contract;
        json_t *body = load(texts[i]);

        contract_parse(arena, body, &contract, &faults);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.items[0].pointer, "");
        assert_string_equal(faults.items[0].rule, "form.type");
        assert_int_equal(contract.state, FORM_BAD);
        json_decref(body);
        arena_free(arena);
    }
}

static void
test_fault_texts(void **state)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    struct contract contract;
    json_t *body = load(good_body);

    (void)state;
    edit(body, "/deductions/0/amount", "1.5");
    edit(body, "/contract_no", "5");
    contract_parse(arena, body, &contract, &faults);
    assert_int_equal(faults.count, 2);
    assert_string_equal(faults.items[0].zh, "合同编号：JSON 类型不对（应为字符串）");
    assert_string_equal(faults.items[0].en, "contract number: wrong JSON type (must be a string)");
    assert_string_equal(
        faults.items[1].zh, "扣除项目（第1项）/金额：不接受带小数的JSON数字，请写成字符串");
    assert_string_equal(faults.items[1].en,
        "deductions 1/amount: a JSON number with a fraction is refused: write a string");
    assert_null(faults.items[0].article);
    json_decref(body);
    arena_free(arena);
}

/* A key as long as the body allows is cut in the answer, at a character, and 2,000 of them are
 * bounded. */
static void
test_hostile_keys(void **state)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    struct contract contract;
    json_t *body = json_object();
    json_t *pointer;
    char *key = repeat("键", 100000);

    (void)state;
    json_object_set_new(body, key, json_true());
    contract_parse(arena, body, &contract, &faults);
    assert_int_equal(faults.count, 1);
    assert_true(strlen(faults.items[0].pointer) < POINTER_BYTES);
    pointer = json_string(faults.items[0].pointer); /* NULL if a character were cut in two */
    assert_non_null(pointer);
    json_decref(pointer);
    for (int i = 0; i < 2000; i++) {
        char name[16];

        snprintf(name, sizeof(name), "k%d", i);
        json_object_set_new(body, name, json_true());
    }
    contract_parse(arena, body, &contract, &faults);
    assert_int_equal(faults.count, FAULTS_MAX);
    free(key);
    json_decref(body);
    arena_free(arena);
}

/* The rules known without the database say the same as their rows. */
static void
test_rule_rows(void **state)
{
    struct err err;
    struct codes *codes = codes_read_directory("sql/codes", &err);

    (void)state;
    assert_non_null(codes);
    for (const struct rule *rule = contract_parse_rules(); rule->id != NULL; rule++) {
        const struct rule *row = codes_rule(codes, rule->id);

        assert_non_null(row);
        assert_string_equal(rule->zh, row->zh);
        assert_string_equal(rule->en, row->en);
        assert_string_equal(rule->article, row->article);
        assert_int_equal(rule->severity, row->severity);
        assert_int_equal(rule->is_final, row->is_final);
    }
    codes_free(codes);
}

/* Every code list that the table names is there. */
static void
check_lists(const struct form *form, const struct codes *codes)
{
    int count;

    for (int i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];

        assert_non_null(field->zh);
        assert_non_null(field->en);
        if (field->type == FORM_CODE || field->type == FORM_CODES)
            assert_non_null(codes_list(codes, field->list, &count));
        if (field->form != NULL)
            check_lists(field->form, codes);
    }
}

static void
test_table(void **state)
{
    struct err err;
    struct codes *codes = codes_read_directory("sql/codes", &err);
    char label[64];

    (void)state;
    check_lists(contract_form(), codes);
    assert_string_equal(contract_form_find("/seller/contact/phone")->name, "phone");
    assert_string_equal(contract_form_find("/co_buyers/3/share")->name, "share");
    assert_string_equal(contract_form_find("/ip_types/0")->name, "ip_types");
    assert_null(contract_form_find("/seller/share"));
    assert_null(contract_form_find("/seller/0"));
    assert_null(contract_form_find("/nothing"));
    assert_null(contract_form_find(""));
    contract_form_label("/seller/name", true, label, sizeof(label));
    assert_string_equal(label, "卖方/名称");
    contract_form_label("/seller/name", true, label, 8);
    assert_string_equal(label, "卖方/");
    codes_free(codes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_body),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_list_limits),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_no_object),
        cmocka_unit_test(test_fault_texts),
        cmocka_unit_test(test_hostile_keys),
        cmocka_unit_test(test_rule_rows),
        cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
