#ifndef TCRD_STATS_STATS_PERIOD_H
#define TCRD_STATS_STATS_PERIOD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/shown/stats_unit.h"
/* stats_period - periods and ranges of days. Pure. */

/* A range of days, both ends included; an end may be open. An empty one has first > last. */
struct stats_range {
    bool has_first;
    bool has_last;
    int32_t first; /* days since 1970 */
    int32_t last;
};

/* 2022, 2022H1, 2022Q2, 2022-06, 2022-06-30, 2022M1-10. False: none of these. */
bool stats_period_parse(const char *text, struct stats_range *range);

/* The same days of last year. A period that today lies in is compared up to the same day of last
 * year only; the end of February goes with the end of February. */
struct stats_range stats_range_year_before(struct stats_range range, int32_t today);

/* The range in which every unit is the one before: for UNIT_RANGE as many months or days before it.
 * A unit that today lies in is compared up to the same day of the one before. False: an open range
 * has nothing before it. */
bool stats_range_period_before(
    struct stats_range range, enum stats_unit unit, int32_t today, struct stats_range *before);

/* A year, half, quarter or month of the calendar, or open at both ends. */
bool stats_range_is_natural(struct stats_range range);

/* Whole calendar months, or open. */
bool stats_range_is_months(struct stats_range range);

enum { STATS_LABEL_BYTES = 16 };
/* The label of the same period one year earlier: 2022H1 -> 2021H1. label begins with a year. */
void stats_label_year_before(const char *label, char *before);
/* The first day of the period of a label, 2022Q2 -> 2022-04-01. */
int32_t stats_label_day(const char *label);
int32_t stats_label_last_day(const char *label);
/* The label of the unit that a day lies in. */
void stats_label_of(int32_t day, enum stats_unit unit, char *label);
/* The day that many months or, for UNIT_DAY, one day earlier; the end of a month stays one. */
int32_t stats_day_before(int32_t day, enum stats_unit unit);
#endif
