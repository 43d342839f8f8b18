#include "server/command/sample_apportion.h"

#include <math.h>

/* Round numbers in fen: 1 wan yuan, 1000 yuan, 100 yuan, 1 yuan, 1 fen. */
static const int64_t steps[] = {1000000, 100000, 10000, 100, 1};
enum { STEP_COUNT = sizeof(steps) / sizeof(steps[0]) };

/* The largest multiple of step, or of the next smaller round number, that is above zero and not
 * above wanted. */
static int64_t
round_down(double wanted, int64_t step)
{
    for (int i = 0; i < STEP_COUNT; i++)
        if (steps[i] <= step && wanted >= (double)steps[i])
            return (int64_t)floor(wanted / (double)steps[i]) * steps[i];
    return 0;
}

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

void
sample_split_init(struct sample_split *split, int64_t total, int64_t pieces, double weight_sum)
{
    split->left = total;
    split->pieces_left = pieces;
    split->scale = (double)(total - pieces) / weight_sum; /* one fen each is beyond doubt */
    split->carry = 0;
}

int64_t
sample_split_next(struct sample_split *split, double weight, int64_t step)
{
    double wanted = 1 + weight * split->scale + split->carry;
    int64_t piece = round_down(wanted, step);

    split->pieces_left--;
    piece =
        split->pieces_left == 0 ? split->left : clamp(piece, 1, split->left - split->pieces_left);
    split->carry = wanted - (double)piece;
    split->left -= piece;
    return piece;
}

/* Four buckets for each doubling. */
static int
bucket_of(double key)
{
    int bucket = key < 1 ? 0 : (int)(4 * log2(key)) + 1;

    return bucket < SAMPLE_KEY_BUCKETS ? bucket : SAMPLE_KEY_BUCKETS - 1;
}

void
sample_turnover_add(struct sample_turnover_sums *sums, const struct sample_share *share)
{
    sums->amount += share->amount;
    if (share->may_be_full) {
        sums->full[bucket_of(share->key)] += (double)share->amount;
        sums->part[bucket_of(share->key)] += (double)share->amount * share->part;
    } else {
        sums->rest_part += (double)share->amount * share->part;
    }
}

void
sample_turnover_aim(
    struct sample_turnover *turnover, const struct sample_turnover_sums *sums, int64_t target)
{
    /* What is full takes at most this part of the target, so that the others have some too. */
    double most = 0.6 * (double)target;
    double full = 0;
    double rest;
    double drawn = sums->rest_part;
    int bucket = 0;

    while (bucket < SAMPLE_KEY_BUCKETS && full + sums->full[bucket] <= most)
        full += sums->full[bucket++];
    turnover->full_buckets = bucket;
    for (; bucket < SAMPLE_KEY_BUCKETS; bucket++)
        drawn += sums->part[bucket];
    rest = (double)sums->amount - full;
    turnover->drawn = rest > 0 ? drawn / rest : 0.5;
    turnover->wanted = rest > 0 ? ((double)target - full) / rest : 1;
    turnover->amount_left = sums->amount;
    turnover->left = target;
    turnover->carry = 0;
}

/* The part as drawn, moved so that all parts together have the wanted mean: towards 0 or 1, never
 * past them. */
static double
moved_part(const struct sample_turnover *turnover, double part)
{
    if (turnover->wanted <= turnover->drawn)
        return part * (turnover->wanted / turnover->drawn);
    return 1 - (1 - part) * ((1 - turnover->wanted) / (1 - turnover->drawn));
}

int64_t
sample_turnover_next(struct sample_turnover *turnover, const struct sample_share *share)
{
    int64_t piece = share->amount;
    int64_t after = turnover->amount_left - share->amount;
    int64_t low = turnover->left > after ? turnover->left - after : 0;
    int64_t high = share->amount < turnover->left ? share->amount : turnover->left;

    if (!share->may_be_full || bucket_of(share->key) >= turnover->full_buckets) {
        double wanted = (double)share->amount * moved_part(turnover, share->part) + turnover->carry;

        piece = clamp(round_down(wanted, wanted >= 1e7 ? 1000000 : 10000), low, high);
        turnover->carry = wanted - (double)piece;
    }
    piece = clamp(piece, low, high);
    turnover->amount_left = after;
    turnover->left -= piece;
    return piece;
}

void
sample_apportion(int64_t total, const double *weights, int64_t least, int count, int64_t *out)
{
    double sum = 0;
    double before = 0;
    int64_t given = 0;

    if (least * count > total)
        least = total / count;
    total -= least * count;
    for (int i = 0; i < count; i++)
        sum += weights[i];
    for (int i = 0; i < count; i++) {
        int64_t upto;

        before += weights[i];
        upto = i + 1 == count ? total : (int64_t)floor((double)total * (before / sum) + 0.5);
        upto = clamp(upto, given, total);
        out[i] = least + upto - given;
        given = upto;
    }
}
