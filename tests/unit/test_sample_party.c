#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "server/api/credit_code.h"
#include "server/codes/codes_csv.h"
#include "server/command/sample_party.h"
#include "server/command/sample_terms.h"
#include "server/command/sample_title.h"
#include "server/command/sample_words.h"

static struct codes *codes;
static struct sample_places places;

static int
set_up(void **state)
{
    struct err err = {0};

    (void)state;
    codes = codes_read_directory("sql/codes", &err);
    if (codes == NULL)
        return -1;
    sample_places_init(&places, codes);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    sample_places_clear(&places);
    codes_free(codes);
    return 0;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted neighbours that are equal; frees the texts. */
static int
count_twins(char **texts, int count)
{
    int twins = 0;

    qsort(texts, (size_t)count, sizeof(*texts), compare);
    for (int i = 1; i < count; i++)
        twins += strcmp(texts[i - 1], texts[i]) == 0;
    for (int i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
    return twins;
}

static void
test_areas(void **state)
{
    struct sample_area area;

    (void)state;
    assert_true(sample_area_find(&places, "3713", &area));
    assert_int_equal(area.last - area.first, 12);
    assert_true(sample_area_find(&places, "371300", &area));
    assert_int_equal(area.last - area.first, 12);
    assert_true(sample_area_find(&places, "430000", &area));
    assert_int_equal(area.last - area.first, 122);
    assert_true(sample_area_find(&places, "371302", &area));
    assert_true(area.is_county && area.last - area.first == 1);
    assert_true(sample_area_find(&places, "371372", &area));
    assert_string_equal(area.zone, "371372");
    assert_string_equal(places.counties[area.first].code, "371312");
    assert_false(sample_area_find(&places, "", &area));
    assert_false(sample_area_find(&places, "3", &area));
    assert_false(sample_area_find(&places, "371", &area));
    assert_false(sample_area_find(&places, "999999", &area));
    assert_false(sample_area_find(&places, "37x3", &area));
}

static void
test_pick_stays_inside(void **state)
{
    static const char *const regions[] = {"11", "3713", "371329", "65", "441900"};
    struct sample_random random = sample_random_of(1, 1, 1);
    struct sample_area area;

    (void)state;
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        assert_true(sample_area_find(&places, regions[i], &area));
        for (int n = 0; n < 2000; n++)
            assert_in_range(sample_area_pick(&places, &area, sample_random_unit(&random)),
                area.first, area.last - 1);
        assert_int_equal(sample_area_pick(&places, &area, 1e-17), area.first);
        assert_int_equal(sample_area_pick(&places, &area, 1 - 1e-16), area.last - 1);
    }
}

/* Every party of two counties: valid codes, no code twice, no name of a company twice. */
static void
test_codes_and_names(void **state)
{
    enum { NUMBERS = 3000 };
    int most = 2 * 2 * SAMPLE_FIELDS * NUMBERS * 2;
    char **credit_codes = xcalloc((size_t)most, sizeof(*credit_codes));
    char **names = xcalloc((size_t)most, sizeof(*names));
    int count = 0;
    int name_count = 0;
    struct sample_area area;

    (void)state;
    assert_true(sample_area_find(&places, "371312", &area));
    for (int who = 0; who < 2 * 2 * SAMPLE_FIELDS; who++)
        for (int number = 0; number < NUMBERS; number++) {
            struct sample_party_key key = {
                who % 2, SAMPLE_ENTERPRISE, area.first + who / 2 % 2, who / 4, number};
            struct arena *arena = arena_new();
            struct party party = {.country = "142"};
            char code[CREDIT_CODE_LENGTH + 1];

            sample_party_fill(&places, &key, arena, &party);
            assert_int_equal(credit_code_check(party.credit_code), CREDIT_CODE_OK);
            assert_memory_equal(party.credit_code + 2, party.region, 6);
            if (!key.is_buyer && who / 2 % 2 == 0 && key.field == 3)
                names[name_count++] = xstrdup(party.name);
            credit_codes[count++] = xstrdup(party.credit_code);
            key.kind = SAMPLE_INSTITUTE;
            sample_credit_code(&places, &key, code);
            assert_int_equal(credit_code_check(code), CREDIT_CODE_OK);
            credit_codes[count++] = xstrdup(code);
            arena_free(arena);
        }
    assert_int_equal(name_count, NUMBERS);
    assert_int_equal(count_twins(names, name_count), 0);
    assert_int_equal(count_twins(credit_codes, count), 0);
}

static void
test_titles_never_repeat(void **state)
{
    enum { NUMBERS = 1300 };
    int most = SAMPLE_FIELDS * SAMPLE_LEAVES * NUMBERS;
    char **titles = xcalloc((size_t)most, sizeof(*titles));
    int count = 0;

    (void)state;
    for (int field = 0; field < SAMPLE_FIELDS; field++)
        for (int leaf = 0; leaf < SAMPLE_LEAVES; leaf++)
            for (int number = 0; number < NUMBERS; number++) {
                char title[SAMPLE_TITLE_BYTES];

                sample_title(field, leaf, number, title);
                assert_true(strlen(title) > 12 && strlen(title) < 200);
                titles[count++] = xstrdup(title);
            }
    assert_int_equal(count_twins(titles, count), 0);
}

/* The words name codes that exist. */
static void
test_words(void **state)
{
    int count;
    double share = 0;
    double leaf_share = 0;

    (void)state;
    for (int i = 0; i < SAMPLE_FIELDS; i++) {
        const struct sample_field *field = &sample_fields[i];

        share += field->count;
        assert_non_null(codes_find(codes, "tech_field", field->code, 0));
        assert_non_null(codes_find(codes, "soc_eco_objective", field->objective, 0));
        for (int k = 0; k < 4; k++) {
            assert_non_null(codes_find(codes, "industry_gbt4754_2017", field->makers[k], 0));
            assert_non_null(codes_find(codes, "industry_gbt4754_2017", field->users[k], 0));
        }
    }
    assert_true(share > 99.9 && share < 100.1);
    for (int i = 0; i < SAMPLE_LEAVES; i++) {
        const struct code *code = codes_find(codes, "contract_type", sample_leaves[i].code, 0);

        leaf_share += sample_leaves[i].share;
        assert_non_null(code);
        assert_true(code->is_leaf);
        if (sample_leaves[i].ip != NULL)
            assert_non_null(codes_find(codes, "ip_type", sample_leaves[i].ip, 0));
    }
    assert_true(leaf_share > 499.9 && leaf_share < 500.1);
    assert_non_null(codes_list(codes, "contract_type", &count));
    /* every leaf can come up; type 3 has a row for each regime */
    assert_int_equal(count, SAMPLE_LEAVES + SAMPLE_TYPES + 1);
    for (int i = 0; i < SAMPLE_RIGHTS; i++)
        assert_non_null(codes_find(codes, "ip_type", sample_rights[i].code, 0));
    for (int i = 0; i < SAMPLE_COUNTRIES; i++)
        assert_non_null(codes_find(codes, "country_customs_common", sample_countries[i][0], 0));
}

static void
test_patent_check(void **state)
{
    (void)state;
    assert_int_equal(
        sample_patent_check("200810056418"), '9'); /* 2*2+8*5+1*6+5*9+6*2+4*3+1*4+8*5 = 163 */
    assert_int_equal(sample_patent_check("000000000000"), '0');
    assert_int_equal(sample_patent_check("500000000000"), 'X');
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_pick_stays_inside),
        cmocka_unit_test(test_codes_and_names),
        cmocka_unit_test(test_titles_never_repeat),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_patent_check),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
