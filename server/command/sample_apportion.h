#ifndef TCRD_COMMAND_SAMPLE_APPORTION_H
#define TCRD_COMMAND_SAMPLE_APPORTION_H
#include <stdbool.h>
#include <stdint.h>
/* sample_apportion - give out a total piece by piece so that the pieces add up to it exactly. Pure.
 *
 * Both kinds of money go the same way: a wish in floating point, rounded down to a round number,
 * what rounding left is carried to the next piece, and bounds in integers that keep the rest
 * possible. So the sums are exact whatever the wishes were, and no piece needs to know the others.
 */

/* Total amounts: every piece is above zero. */
struct sample_split {
    int64_t left;        /* fen not given out yet */
    int64_t pieces_left; /* left >= pieces_left */
    double scale;        /* fen for one unit of weight */
    double carry;
};
/* total >= pieces >= 1; the weights to come add up to weight_sum > 0. */
void sample_split_init(
    struct sample_split *split, int64_t total, int64_t pieces, double weight_sum);
/* The next piece; a multiple of step where it is large enough for that, except the last one. */
int64_t sample_split_next(struct sample_split *split, double weight, int64_t step);

/* What one contract says about its technology amount, before the target of its row is known. */
struct sample_share {
    int64_t amount;   /* its total amount */
    double key;       /* the smaller, the sooner it is all technology */
    bool may_be_full; /* technology amount = total amount, if the target allows */
    double part;      /* else this part of it, above 0 and below 1, scaled to the target */
};

/* Technology amounts: 0 to the amount of the contract each. First all shares are added, then the
 * target is set, then each share is taken in the same order. */
enum { SAMPLE_KEY_BUCKETS = 256 };
struct sample_turnover_sums {        /* zero-initialised: nothing added */
    double full[SAMPLE_KEY_BUCKETS]; /* amounts that may be full, by bucket of the key */
    double part[SAMPLE_KEY_BUCKETS]; /* amount x part of the same */
    double rest_part;                /* amount x part of all others */
    int64_t amount;
};
void sample_turnover_add(struct sample_turnover_sums *sums, const struct sample_share *share);

struct sample_turnover {
    int64_t amount_left;
    int64_t left;
    int full_buckets; /* below this bucket what may be full is full */
    double wanted;    /* mean part of those that are not full: wanted, and as drawn */
    double drawn;
    double carry;
};
/* 0 <= target <= sum of the amounts added. */
void sample_turnover_aim(
    struct sample_turnover *turnover, const struct sample_turnover_sums *sums, int64_t target);
int64_t sample_turnover_next(struct sample_turnover *turnover, const struct sample_share *share);

/* total in count whole parts in proportion to weights (at least one above 0): they add up to it,
 * each is less than one away from its share, or at least least where there is enough. */
void sample_apportion(int64_t total, const double *weights, int64_t least, int count, int64_t *out);
#endif
