#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/shown/stats_span.h"

enum { COLUMNS = 12 };

/* Every contract of a seller and a buyer of its own. */
static void
fill(struct span_column *columns)
{
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = (struct span_column){{i, i}, false};
}

/* The sum of the contracts from first to last. */
static bool
admit_as(struct stats_span *span, int first, int last, enum span_claim claim)
{
    struct span_term terms[COLUMNS];
    int count = 0;

    for (int i = first; i <= last; i++)
        terms[count++] = (struct span_term){i, 1};
    return stats_span_admit(span, terms, count, claim);
}

static bool
admit(struct stats_span *span, int first, int last)
{
    return admit_as(span, first, last, SPAN_FIRST);
}

static void
test_three_are_enough(void **state)
{
    struct span_column columns[COLUMNS];
    struct stats_span *span;

    (void)state;
    fill(columns);
    span = stats_span_new(columns, COLUMNS, COLUMNS);
    assert_true(stats_span_admit(span, NULL, 0, SPAN_FIRST));
    assert_false(admit(span, 0, 0));
    assert_false(admit(span, 0, 1));
    assert_true(admit(span, 0, 2));
    assert_true(admit(span, 0, 2));
    stats_span_free(span);
}

static void
test_differences(void **state)
{
    struct span_column columns[COLUMNS];
    struct stats_span *span;

    (void)state;
    fill(columns);
    span = stats_span_new(columns, COLUMNS, COLUMNS);
    assert_true(admit(span, 0, 9));
    assert_false(admit(span, 0, 7)); /* two are left of the sum */
    assert_true(admit(span, 0, 4));
    assert_true(admit(span, 5, 9));  /* which follows from the two */
    assert_true(admit(span, 2, 6));  /* four beside the second sum, five beside the others */
    assert_false(admit(span, 2, 4)); /* 0 and 1 are the rest of the second */
    assert_false(admit(span, 0, 3));
    stats_span_free(span);
}

static void
test_parties(void **state)
{
    struct span_column columns[COLUMNS];
    struct stats_span *span;

    (void)state;
    fill(columns);
    columns[2].party[0] = 1; /* of three contracts two have one seller */
    columns[5].party[1] = 4; /* or one buyer */
    span = stats_span_new(columns, COLUMNS, COLUMNS);
    assert_false(admit(span, 0, 2));
    assert_false(admit(span, 3, 5));
    assert_true(admit(span, 0, 3));
    assert_true(admit(span, 4, 7));
    stats_span_free(span);
}

static void
test_what_is_known_does_not_protect(void **state)
{
    struct span_column columns[COLUMNS];
    struct stats_span *span;

    (void)state;
    fill(columns);
    for (int i = 0; i < 5; i++)
        columns[i].is_known = true;
    span = stats_span_new(columns, COLUMNS, COLUMNS);
    assert_false(admit(span, 0, 6)); /* two of seven are of others */
    assert_true(admit(span, 0, 4));  /* all are known */
    assert_true(admit(span, 3, 7));
    assert_false(admit(span, 1, 2)); /* nor may others tell what is known here */
    stats_span_free(span);
}

/* What came and what went: the factors of one contract cancel out over time. */
static void
test_negative_factors(void **state)
{
    struct span_column columns[COLUMNS];
    struct stats_span *span;
    const struct span_term change[] = {{0, -1}, {6, 1}, {7, 1}, {8, 1}};
    const struct span_term rest[] = {{1, 1}, {2, 1}, {6, 1}, {7, 1}, {8, 1}};
    const struct span_term two[] = {{1, 1}, {2, 1}};

    (void)state;
    fill(columns);
    span = stats_span_new(columns, COLUMNS, COLUMNS);
    assert_true(admit(span, 0, 2));
    assert_true(stats_span_admit(span, change, 4, SPAN_FIRST));
    assert_true(stats_span_admit(span, rest, 5, SPAN_FIRST)); /* the sum of both */
    assert_false(stats_span_admit(span, two, 2, SPAN_FIRST));
    stats_span_free(span);
}

/* A sum that stands back is told by the sellers that earlier sums bound, and binds buyers only. */
static void
test_standing_back(void **state)
{
    struct span_column columns[COLUMNS];
    struct stats_span *span;

    (void)state;
    fill(columns);
    for (int i = 6; i < COLUMNS; i++)
        columns[i].party[SPAN_SELLER] = i - 6; /* each seller twice */
    span = stats_span_new(columns, COLUMNS, COLUMNS);
    assert_false(admit_as(span, 0, 2, SPAN_STANDS_BACK));
    assert_true(admit(span, 0, 2));
    assert_true(admit_as(span, 0, 2, SPAN_STANDS_BACK));  /* it follows */
    assert_true(admit_as(span, 6, 8, SPAN_STANDS_BACK));  /* the same sellers */
    assert_false(admit_as(span, 5, 7, SPAN_STANDS_BACK)); /* one of them, 5, is free */
    assert_false(admit_as(span, 6, 7, SPAN_STANDS_BACK));
    assert_true(admit(span, 3, 5)); /* what stood back took none of these */
    stats_span_free(span);
}

/* Whatever was admitted, no difference or sum of two admitted sums is of one or two contracts. */
static void
test_pairs_of_random_sums(void **state)
{
    enum { SUMS = 300 };
    static int vectors[SUMS][COLUMNS];
    struct span_column columns[COLUMNS];
    struct stats_span *span;
    int admitted = 0;

    (void)state;
    fill(columns);
    srand(3);
    span = stats_span_new(columns, COLUMNS, COLUMNS);
    for (int n = 0; n < SUMS; n++) {
        struct span_term terms[COLUMNS];
        int count = 0;
        int vector[COLUMNS] = {0};

        for (int i = 0; i < COLUMNS; i++)
            if (rand() % 2 == 0) {
                vector[i] = 1;
                terms[count++] = (struct span_term){i, 1};
            }
        if (!stats_span_admit(span, terms, count, SPAN_FIRST))
            continue;
        for (int i = 0; i < COLUMNS; i++)
            vectors[admitted][i] = vector[i];
        for (int other = 0; other < admitted; other++) {
            int different = 0;

            for (int i = 0; i < COLUMNS; i++)
                different += vector[i] != vectors[other][i];
            assert_true(different == 0 || different > 2);
        }
        admitted++;
    }
    assert_true(admitted >= 2);
    stats_span_free(span);
}

static void
test_work(void **state)
{
    struct span_column columns[COLUMNS];
    struct stats_span *span;
    int64_t work;

    (void)state;
    fill(columns);
    span = stats_span_new(columns, COLUMNS, COLUMNS);
    assert_true(stats_span_work(span) == 0);
    assert_true(admit(span, 0, 5));
    assert_true(stats_span_work(span) == 0); /* there was nothing to take off */
    assert_false(admit(span, 2, 5));
    work = stats_span_work(span);
    assert_true(work > 0);
    assert_false(admit(span, 2, 5));
    assert_true(stats_span_work(span) == 2 * work);
    stats_span_free(span);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_are_enough),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_parties),
        cmocka_unit_test(test_what_is_known_does_not_protect),
        cmocka_unit_test(test_negative_factors),
        cmocka_unit_test(test_standing_back),
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_pairs_of_random_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
