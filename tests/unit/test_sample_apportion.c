#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/money.h"
#include "server/command/sample_apportion.h"
#include "server/command/sample_random.h"

enum { PIECES_MAX = 3000 };

/* A block of contracts with random weights: heavy tails, or all the same. */
struct block {
    int count;
    double weights[PIECES_MAX];
    int64_t steps[PIECES_MAX];
    struct sample_share shares[PIECES_MAX];
    double weight_sum;
    int64_t total;
};

static int64_t
random_amount(struct sample_random *random, int64_t least, int64_t most)
{
    return least + (int64_t)(sample_random_unit(random) * (double)(most - least));
}

static void
draw(struct block *block, struct sample_random *random)
{
    static const int64_t steps[] = {1000000, 100000, 10000, 100, 1};
    bool is_flat = sample_random_percent(random, 20);

    block->count =
        1 + sample_random_below(random, sample_random_percent(random, 30) ? 5 : PIECES_MAX);
    block->weight_sum = 0;
    for (int i = 0; i < block->count; i++) {
        double unit = sample_random_unit(random);

        block->weights[i] = is_flat ? 1 : 1 / (unit * unit);
        block->steps[i] = steps[sample_random_below(random, 5)];
        block->weight_sum += block->weights[i];
    }
    switch (sample_random_below(random, 4)) {
    case 0: /* not a fen to spare */
        block->total = block->count;
        break;
    case 1:
        block->total = random_amount(random, block->count, 2 * (int64_t)block->count);
        break;
    case 2:
        block->total = random_amount(random, block->count, 1000000 * (int64_t)block->count);
        break;
    default:
        block->total = random_amount(random, block->count, MONEY_MAX_FEN);
    }
}

static void
split(struct block *block, struct sample_random *random)
{
    struct sample_split split;
    int64_t sum = 0;

    sample_split_init(&split, block->total, block->count, block->weight_sum);
    for (int i = 0; i < block->count; i++) {
        int64_t piece = sample_split_next(&split, block->weights[i], block->steps[i]);

        assert_true(piece > 0);
        sum += piece;
        block->shares[i] =
            (struct sample_share){piece, (double)piece * (1 + sample_random_below(random, 4)),
                sample_random_percent(random, 60), 0.05 + 0.9 * sample_random_unit(random)};
    }
    assert_int_equal(sum, block->total);
    assert_int_equal(split.left, 0);
}

static void
turn_over(const struct block *block, int64_t target)
{
    struct sample_turnover_sums sums = {0};
    struct sample_turnover turnover;
    int64_t sum = 0;

    for (int i = 0; i < block->count; i++)
        sample_turnover_add(&sums, &block->shares[i]);
    sample_turnover_aim(&turnover, &sums, target);
    for (int i = 0; i < block->count; i++) {
        int64_t piece = sample_turnover_next(&turnover, &block->shares[i]);

        assert_in_range(piece, 0, block->shares[i].amount);
        sum += piece;
    }
    assert_int_equal(sum, target);
}

static void
test_any_totals_are_met_exactly(void **state)
{
    struct sample_random random = sample_random_of(2022, 1, 1);
    struct block *block = xmalloc(sizeof(*block));

    (void)state;
    for (int round = 0; round < 1500; round++) {
        draw(block, &random);
        split(block, &random);
        turn_over(block, 0);
        turn_over(block, block->total);
        turn_over(block, random_amount(&random, 0, block->total));
        turn_over(block, block->total / 10);
    }
    free(block);
}

/* The figures of Linyi 2022: most contracts are all technology, the money is not. */
static void
test_shape(void **state)
{
    struct sample_random random = sample_random_of(7, 7, 7);
    struct block *block = xmalloc(sizeof(*block));
    struct sample_split split;
    struct sample_turnover_sums sums = {0};
    struct sample_turnover turnover;
    int round = 0;
    int full = 0;

    (void)state;
    block->count = 3000;
    block->weight_sum = 0;
    for (int i = 0; i < block->count; i++) {
        double unit = sample_random_unit(&random);

        block->weights[i] = 1 / unit;
        block->weight_sum += block->weights[i];
    }
    sample_split_init(&split, INT64_C(1565800000000), block->count, block->weight_sum);
    for (int i = 0; i < block->count; i++) {
        int64_t piece = sample_split_next(&split, block->weights[i], i % 10 < 6 ? 1000000 : 1);

        round += piece % 1000000 == 0;
        block->shares[i] = (struct sample_share){piece, (double)piece,
            sample_random_percent(&random, 60), 0.05 + 0.9 * sample_random_unit(&random)};
        sample_turnover_add(&sums, &block->shares[i]);
    }
    assert_in_range(round, 1790, 1810);
    sample_turnover_aim(&turnover, &sums, INT64_C(160800000000));
    for (int i = 0; i < block->count; i++)
        full += sample_turnover_next(&turnover, &block->shares[i]) == block->shares[i].amount;
    assert_in_range(full, 750, 1900);
    assert_int_equal(turnover.left, 0);
    free(block);
}

static void
test_whole_parts(void **state)
{
    struct sample_random random = sample_random_of(1, 2, 3);

    (void)state;
    for (int round = 0; round < 3000; round++) {
        double weights[64];
        int64_t parts[64];
        int count = 1 + sample_random_below(&random, 64);
        int64_t least = sample_random_below(&random, 2);
        int64_t total = count * least + sample_random_below(&random, 100000);
        double weight_sum = 0;
        int64_t sum = 0;

        for (int i = 0; i < count; i++)
            weight_sum += weights[i] = sample_random_unit(&random);
        sample_apportion(total, weights, least, count, parts);
        for (int i = 0; i < count; i++) {
            double fair = (double)least + (double)(total - least * count) * weights[i] / weight_sum;

            assert_true(parts[i] >= least);
            assert_true((double)parts[i] > fair - 1.01 && (double)parts[i] < fair + 1.01);
            sum += parts[i];
        }
        assert_int_equal(sum, total);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_totals_are_met_exactly),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_whole_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
