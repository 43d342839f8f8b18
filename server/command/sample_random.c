#include "server/command/sample_random.h"

#include <math.h>

static uint64_t
mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

struct sample_random
sample_random_of(uint64_t seed, uint64_t first, uint64_t second)
{
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);

    return (struct sample_random){mix(mix(mix(seed + step) + first + step) + second + step)};
}

uint64_t
sample_random_next(struct sample_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(random->state);
}

double
sample_random_unit(struct sample_random *random)
{
    return ((double)(sample_random_next(random) >> 11) + 0.5) / 9007199254740992.0;
}

int
sample_random_below(struct sample_random *random, int count)
{
    return (int)(((sample_random_next(random) >> 32) * (uint64_t)count) >> 32);
}

int
sample_random_percent(struct sample_random *random, double percent)
{
    return sample_random_unit(random) * 100 < percent;
}

int
sample_random_weighted(struct sample_random *random, const double *weights, int count)
{
    double sum = 0;
    double at;
    int i = 0;

    for (int k = 0; k < count; k++)
        sum += weights[k];
    at = sample_random_unit(random) * sum;
    while (i + 1 < count && at >= weights[i])
        at -= weights[i++];
    while (i > 0 && weights[i] <= 0) /* rounding may have carried past the last weight */
        i--;
    return i;
}

double
sample_random_normal(struct sample_random *random)
{
    double radius = sqrt(-2 * log(sample_random_unit(random)));

    return radius * cos(6.283185307179586 * sample_random_unit(random));
}
