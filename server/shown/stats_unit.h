#ifndef TCRD_SHOWN_STATS_UNIT_H
#define TCRD_SHOWN_STATS_UNIT_H
/* stats_unit - the periods of the calendar. */

/* What a row of an answer spans, in the order of enum stats_dim; UNIT_RANGE: all of the range. */
enum stats_unit { UNIT_RANGE = -1, UNIT_YEAR, UNIT_HALF, UNIT_QUARTER, UNIT_MONTH, UNIT_DAY };
#endif
