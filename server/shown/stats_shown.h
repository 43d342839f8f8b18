#ifndef TCRD_SHOWN_STATS_SHOWN_H
#define TCRD_SHOWN_STATS_SHOWN_H
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "server/shown/stats_unit.h"
/* stats_shown - which amounts of the area an agency is shown. Pure.
 *
 * A cell is of a time (all, a year, half, quarter, month) and of one district, type or field, or of
 * all; or it is a cross, of a year and of two of them. Finer ones are never shown. Every closed day
 * is gone through in the order of time, whatever is asked now, and at the days when amounts move
 * every cell that moved and whose time is over is judged, crosses after all others, sums before
 * their parts and of those the large ones. A cell is shown if it holds
 * STATS_CELL_MIN contracts, sellers and buyers, and if stats_span admits its sum beside all that
 * was shown before: then no combination of answers, of whatever tables and days, is of less than
 * STATS_CELL_MIN sellers and buyers, nor when the contracts of the agency itself, which it knows,
 * are taken off. Until a cell that moved is judged, it is not shown. What is decided of a day never
 * depends on a later one.
 */

enum {
    STATS_PARTS_MAX = 60000, /* contracts of the area among which is looked for what can be shown */
    STATS_CELL_MIN = 3       /* contracts, sellers, buyers: below this an agency sees no amounts */
};

/* A contract as it counted. Codes below zero: not a code that a table could have. */
struct stats_part {
    int32_t closing; /* the closed day by which it came in */
    int month;       /* since the year 0 */
    bool is_gone;
    int32_t gone_closing;
    int gone_month;
    int district;
    int contract_type;
    int contract_type4;
    int technical_field;
    bool is_own;
    int seller; /* numbers below the count of parts and one */
    int buyer;
};

/* A cell of a table: where nothing is said, all are taken together. */
struct stats_place {
    enum stats_unit unit; /* UNIT_RANGE: of all time */
    int month;            /* one of its months */
    bool has_district;
    int district;
    bool has_type;
    bool has_type4; /* beside has_type: nothing more */
    int type;       /* of five, or of four */
    bool has_field;
    int field;
};

/* 0: there is no such cell. */
uint64_t stats_place_key(const struct stats_place *place);

/* The number that a code of digits is, behind a letter if it has one; -1: it is none. */
int stats_code_number(const char *text);

/* The keys of the cells that are shown as of a closed day, for stats_shown_has(). Parts in the
 * order in which they came in. */
void stats_shown_find(
    const struct stats_part *parts, int count, int32_t closed_on, struct buf *shown);
bool stats_shown_has(const struct buf *shown, uint64_t key);
#endif
