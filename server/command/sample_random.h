#ifndef TCRD_COMMAND_SAMPLE_RANDOM_H
#define TCRD_COMMAND_SAMPLE_RANDOM_H
#include <stdint.h>
/* sample_random - numbers that look random and are the same for the same seed (splitmix64). Pure.
 *
 * Every contract and every party has a generator of its own, made from what names it; so the order
 * in which they are made changes nothing.
 */
struct sample_random {
    uint64_t state;
};

struct sample_random sample_random_of(uint64_t seed, uint64_t first, uint64_t second);
uint64_t sample_random_next(struct sample_random *random);
/* Above 0 and below 1. */
double sample_random_unit(struct sample_random *random);
/* 0 to count - 1; count is not 0. */
int sample_random_below(struct sample_random *random, int count);
/* True in percent of all cases. */
int sample_random_percent(struct sample_random *random, double percent);
/* A position of weights, in proportion to them; at least one is above 0. */
int sample_random_weighted(struct sample_random *random, const double *weights, int count);
/* Normal distribution, mean 0, deviation 1. */
double sample_random_normal(struct sample_random *random);
#endif
