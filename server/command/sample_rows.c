#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/mem.h"
#include "server/command/sample_int.h"

/* A registration point gives at most 999,999 numbers a year. */
enum { RECENT_YEARS = 5, YEAR_MAX = 900000 };
static const double yearly_growth = 1.113; /* of the national count, 2013-2022 */

void
sample_rows_clear(struct sample_rows *rows)
{
    for (int i = 0; i < rows->count; i++)
        free(rows->items[i].curve);
    free(rows->items);
    *rows = (struct sample_rows){0};
}

static struct sample_row
row_of_year(int year, const char *region, const struct sample_area *area, int32_t last_day)
{
    struct sample_row row = {.leaf = SAMPLE_OPEN,
        .field = SAMPLE_OPEN,
        .total = SAMPLE_OPEN,
        .technology = SAMPLE_OPEN,
        .seller = *area};

    snprintf(row.period, sizeof(row.period), "%04d", year % 10000);
    snprintf(row.seller_region, sizeof(row.seller_region), "%.6s", region);
    row.first = date_from_civil((struct civil){year, 1, 1});
    row.last = date_from_civil((struct civil){year, 12, 31});
    if (row.last > last_day)
        row.last = last_day;
    for (int i = 0; i < SAMPLE_TYPES; i++)
        row.types[i] = sample_types[i].count;
    return row;
}

int
sample_rows_recent(struct sample_rows *rows, int64_t size, const char *region,
    const struct sample_places *places, int32_t last_day, struct err *err)
{
    int year = date_to_civil(last_day + 1).year - 1; /* the last one that is over */
    int years = RECENT_YEARS;
    double growth = yearly_growth;
    double last_share = (1 - 1 / growth) / (1 - pow(growth, -years));
    struct sample_area area;
    double *weights;
    int64_t *counts;

    if (!sample_area_find(places, region, &area))
        return err_set(
            err, ERR_CONFIG, "the region %s of the installation has no counties", region);
    if ((double)size * last_share > YEAR_MAX) {
        years = (int)((size + YEAR_MAX - 1) / YEAR_MAX);
        years = years < RECENT_YEARS ? RECENT_YEARS : years;
        growth = 1;
    }
    if (years > 30)
        return err_set(
            err, ERR_SYNTAX, "--size %" PRId64 " is too many for the region %s", size, region);
    weights = xcalloc((size_t)years, sizeof(*weights));
    counts = xcalloc((size_t)years, sizeof(*counts));
    rows->items = xcalloc((size_t)years, sizeof(*rows->items));
    rows->cap = years;
    for (int i = 0; i < years; i++)
        weights[i] = pow(growth, i);
    sample_apportion(size, weights, 0, years, counts);
    for (int i = 0; i < years; i++) {
        rows->items[rows->count] = row_of_year(year - years + 1 + i, region, &area, last_day);
        rows->items[rows->count++].count = counts[i];
    }
    free(counts);
    free(weights);
    return 0;
}

/* How many contracts a row without a count would have by itself. */
static double
expected_count(const struct sample_row *row, const struct sample_places *places)
{
    double mean = sample_mean_of(row->seller_region, date_to_civil(row->first).year);

    if (row->total != SAMPLE_OPEN)
        return (double)row->total / 1e6 / mean;
    return sample_area_yearly(places, &row->seller) * (row->last - row->first + 1) / 365;
}

static void
limit_count(struct sample_row *row, int64_t count)
{
    row->count = count < 1 ? 1 : count;
    if (row->total != SAMPLE_OPEN && row->count > row->total)
        row->count = row->total;
}

static int
share_size(struct sample_rows *rows, const struct sample_places *places, int open, int64_t left,
    struct err *err)
{
    double *weights = xcalloc((size_t)open, sizeof(*weights));
    int64_t *counts = xcalloc((size_t)open, sizeof(*counts));
    int at = 0;
    int result = 0;

    for (int i = 0; i < rows->count; i++)
        if (rows->items[i].count == SAMPLE_OPEN)
            weights[at++] = expected_count(&rows->items[i], places) + 1e-9;
    sample_apportion(left, weights, 1, open, counts);
    at = 0;
    for (int i = 0; i < rows->count && result == 0; i++) {
        struct sample_row *row = &rows->items[i];

        if (row->count != SAMPLE_OPEN)
            continue;
        limit_count(row, counts[at]);
        if (row->count != counts[at++])
            result = err_set(err, ERR_SYNTAX,
                "line %d: --size asks for more contracts than its total amount has fen", row->line);
    }
    free(counts);
    free(weights);
    return result;
}

int
sample_rows_count(struct sample_rows *rows, const char *file, const struct sample_places *places,
    int64_t size, struct err *err)
{
    int64_t given = 0;
    int open = 0;

    for (int i = 0; i < rows->count; i++) {
        if (rows->items[i].count == SAMPLE_OPEN)
            open++;
        else
            given += rows->items[i].count;
    }
    if (size != SAMPLE_OPEN) {
        if (open == 0 ? size != given : size - given < open)
            return err_set(err, ERR_SYNTAX,
                "%s: --size %" PRId64 " does not go with rows of %" PRId64
                " contracts and %d rows without a count",
                file, size, given, open);
        return open == 0 ? 0 : share_size(rows, places, open, size - given, err);
    }
    for (int i = 0; i < rows->count; i++)
        if (rows->items[i].count == SAMPLE_OPEN) /* its total amount is given, then */
            limit_count(&rows->items[i], (int64_t)(expected_count(&rows->items[i], places) + 0.5));
    return 0;
}
