#include <math.h>
#include <string.h>

#include "common/date.h"
#include "common/money.h"
#include "server/command/sample_int.h"
#include "server/command/sample_points.h"

/* Worked days that a case takes at the point, and that it waits before. */
enum { DECISION_DAYS_MAX = 9, WAITING_DAYS_MAX = 4 };

/* Wan yuan: lognormal below the tail, Pareto in it. */
static double
draw_size(struct sample_random *random)
{
    double size;

    if (sample_random_percent(random, sample_tail_share)) {
        double cut = pow(sample_tail_from / sample_tail_to, sample_tail_alpha);
        double unit = 1 - sample_random_unit(random) * (1 - cut);

        return sample_tail_from * pow(unit, -1 / sample_tail_alpha);
    }
    for (int tries = 0; tries < 8; tries++) {
        size = exp(sample_body_mu + sample_body_sigma * sample_random_normal(random));
        if (size < sample_tail_from)
            return size;
    }
    return sample_tail_from / 2;
}

static int64_t
draw_step(struct sample_random *random)
{
    double percent = 100 * sample_random_unit(random);

    if (percent < sample_round_wan)
        return 1000000;
    return percent < 85 ? 100000 : percent < 93 ? 10000 : percent < 98 ? 100 : 1;
}

static int32_t
draw_day(const struct sample_row *row, int64_t number, struct sample_random *random)
{
    double at = ((double)number + sample_random_unit(random)) / (double)row->count;
    int low = 0;
    int high = row->last - row->first;

    while (low < high) {
        int middle = (low + high) / 2;

        if (row->curve[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return row->first + low;
}

void
sample_draw(const struct sample *self, const struct sample_row *row, int64_t number,
    struct sample_draw *draw)
{
    uint64_t place = (uint64_t)(row - self->rows.items);
    struct sample_random random = sample_random_of(self->seed, place, (uint64_t)number);
    double kinds[SAMPLE_KINDS];

    for (int i = 0; i < SAMPLE_KINDS; i++)
        kinds[i] = sample_kinds[i].seller;
    draw->registered_on = draw_day(row, number, &random);
    draw->accepted_on = sample_calendar_back(
        &self->calendar, draw->registered_on, sample_random_below(&random, DECISION_DAYS_MAX + 1));
    draw->submitted_on = sample_calendar_back(
        &self->calendar, draw->accepted_on, sample_random_below(&random, WAITING_DAYS_MAX + 1));
    draw->type = sample_random_weighted(&random, row->types, SAMPLE_TYPES);
    draw->seller_kind = (enum sample_kind)sample_random_weighted(&random, kinds, SAMPLE_KINDS);
    draw->county = sample_area_pick(&self->places, &row->seller, sample_random_unit(&random));
    draw->weight =
        draw_size(&random) * sample_types[draw->type].size * sample_kinds[draw->seller_kind].size;
    if (draw->weight > row->weight_cap)
        draw->weight = row->weight_cap;
    draw->step = draw_step(&random);
    draw->may_be_full = sample_random_percent(&random, sample_full);
    draw->part = (0.05 + 0.9 * sample_random_unit(&random)) * sample_types[draw->type].part;
    draw->random = random;
}

/* Sellers of a county who share a row's contracts. */
static int
population_of(const struct sample_row *row)
{
    int64_t each = row->count / (row->seller.last - row->seller.first) / 4;

    return each < 6 ? 6 : each > 30000 ? 30000 : (int)each;
}

static void
plan_row(struct sample *self, struct sample_row *row)
{
    /* A contract of a sixth of everything is the most that a figure of a city can bear. */
    row->weight_cap = (double)row->count * sample_mean / 6;
    if (row->weight_cap < 10 * sample_tail_from)
        row->weight_cap = 10 * sample_tail_from;
    row->curve = sample_calendar_curve(&self->calendar, row->first, row->last);
    row->population = population_of(row);
    for (int64_t i = 0; i < row->count; i++) {
        struct sample_draw draw;

        sample_draw(self, row, i, &draw);
        row->weight_sum += draw.weight;
        self->places.counties[draw.county].is_used = true;
        sample_calendar_day(&self->calendar, draw.submitted_on)->acts[SAMPLE_SUBMIT]++;
        sample_calendar_day(&self->calendar, draw.accepted_on)->acts[SAMPLE_ACCEPT]++;
        sample_calendar_day(&self->calendar, draw.registered_on)->acts[SAMPLE_CERTIFY]++;
    }
    self->count += row->count;
}

/* A total that the row leaves open: as the distribution has it, at the price level of the year. */
static void
choose_total(struct sample_row *row)
{
    int year = date_to_civil(row->first).year;
    double unit = 1e6 * sample_mean_of(row->seller_region, year) / sample_mean;
    double total = row->weight_sum * unit;

    if (row->total != SAMPLE_OPEN)
        return;
    row->total = total > (double)MONEY_MAX_FEN ? MONEY_MAX_FEN : (int64_t)total / 100 * 100;
    if (row->total < row->technology)
        row->total = row->technology;
    if (row->total < row->count)
        row->total = row->count;
}

int
sample_plan_days(struct sample *self, struct err *err)
{
    __int128 sum = 0;

    for (int i = 0; i < self->rows.count; i++) {
        struct sample_row *row = &self->rows.items[i];

        plan_row(self, row);
        choose_total(row);
        sum += row->total;
    }
    if (sum > INT64_MAX / 4)
        return err_set(err, ERR_SYNTAX, "the total amounts together are too large");
    return self->count == 0 ? err_set(err, ERR_SYNTAX, "there are no contracts to make") : 0;
}

static struct sample_share
share_of(const struct sample_draw *draw, int64_t total)
{
    return (struct sample_share){total, (double)total * sample_types[draw->type].full_penalty,
        draw->may_be_full, draw->part};
}

static void
plan_amounts(struct sample *self, struct sample_row *row)
{
    struct sample_turnover_sums sums = {0};
    struct sample_split split;
    double published = row->has_type ? -1 : sample_turnover_of(row->seller_region);
    double natural = 0;

    if (row->count == 0) {
        row->total = row->technology = 0;
        return;
    }
    sample_split_init(&row->split, row->total, row->count, row->weight_sum);
    split = row->split;
    for (int64_t i = 0; i < row->count; i++) {
        struct sample_draw draw;
        struct sample_share share;

        sample_draw(self, row, i, &draw);
        share = share_of(&draw, sample_split_next(&split, draw.weight, draw.step));
        sample_turnover_add(&sums, &share);
        natural += (double)share.amount * sample_types[draw.type].turnover;
        sample_points_count(
            self->points, self->places.counties[draw.county].point, draw.registered_on);
    }
    if (row->technology == SAMPLE_OPEN)
        row->technology =
            (int64_t)(published < 0 ? natural : published * (double)row->total) / 100 * 100;
    if (row->technology > row->total)
        row->technology = row->total;
    sample_turnover_aim(&row->turnover, &sums, row->technology);
}

void
sample_plan_amounts(struct sample *self)
{
    for (int i = 0; i < self->rows.count; i++)
        plan_amounts(self, &self->rows.items[i]);
}

void
sample_next_amounts(
    struct sample_row *row, const struct sample_draw *draw, int64_t *total, int64_t *technology)
{
    struct sample_share share;

    *total = sample_split_next(&row->split, draw->weight, draw->step);
    share = share_of(draw, *total);
    *technology = sample_turnover_next(&row->turnover, &share);
}
