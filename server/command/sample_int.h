#ifndef TCRD_COMMAND_SAMPLE_INT_H
#define TCRD_COMMAND_SAMPLE_INT_H
#include "server/command/sample_apportion.h"
#include "server/command/sample_calendar.h"
#include "server/command/sample_params.h"
#include "server/command/sample_place.h"
#include "server/command/sample_random.h"
/* sample_int - what the files of the sample command share. */

enum { SAMPLE_OPEN = -1 }; /* a number that the totals leave open */

/* One row of the totals: a block of contracts that belong to no other row. */
struct sample_row {
    int line; /* of the file; 0 without a file */
    char period[16];
    int32_t first; /* days of registration, all of them over */
    int32_t last;
    char seller_region[7]; /* as it stands in the file; that of the installation without */
    struct sample_area seller;
    struct sample_area buyer; /* first == last: anywhere */
    bool has_type;
    double types[SAMPLE_TYPES]; /* weights of the main types */
    int leaf;                   /* of sample_leaves; SAMPLE_OPEN: any of the main type */
    int field;                  /* of sample_fields; SAMPLE_OPEN: any */
    int64_t count;
    int64_t total; /* fen */
    int64_t technology;

    /* Set by sample_plan() */
    double *curve; /* see sample_calendar_curve() */
    double weight_cap;
    double weight_sum;
    int population; /* sellers of a county among whom this row chooses */
    struct sample_split split;
    struct sample_turnover turnover;
    int64_t made;
};

struct sample_rows {
    struct sample_row *items;
    int count;
    int cap;
};
void sample_rows_clear(struct sample_rows *rows);

/* Read the file of totals; no day after last_day is used. Every fault goes to standard error with
 * line and column. 0 or -1 (err says how many). region: for rows without a seller's region.
 * has_size: sample_rows_count() will have a size to share. unit: amounts are in yuan with so many
 * zeros (4: wan, 8: yi). */
int sample_totals_read(struct sample_rows *rows, const char *file, const char *region,
    const struct sample_places *places, int32_t last_day, bool has_size, int unit, struct err *err);
/* Without a file: size contracts over the recent years. 0 or -1. */
int sample_rows_recent(struct sample_rows *rows, int64_t size, const char *region,
    const struct sample_places *places, int32_t last_day, struct err *err);
/* Choose the counts that are open; size is SAMPLE_OPEN without --size. 0 or -1. */
int sample_rows_count(struct sample_rows *rows, const char *file,
    const struct sample_places *places, int64_t size, struct err *err);

/* What is drawn for a contract before its amounts are known. */
struct sample_draw {
    int type; /* 0 to 4 */
    enum sample_kind seller_kind;
    int county; /* of the seller */
    int32_t submitted_on;
    int32_t accepted_on;
    int32_t registered_on;
    double weight;
    int64_t step; /* fen; the total amount is a multiple of it where it can be */
    bool may_be_full;
    double part;
    struct sample_random random; /* for everything else of the contract */
};

/* A load on its way. */
struct sample {
    uint64_t seed;
    struct sample_rows rows;
    struct sample_places places;
    struct sample_calendar calendar;
    struct sample_points *points;
    int64_t count; /* of all contracts */
};

/* The contract number `number` (from 0) of a row. */
void sample_draw(const struct sample *self, const struct sample_row *row, int64_t number,
    struct sample_draw *draw);
/* First pass: weights, acts by day, counties in use. 0 or -1. */
int sample_plan_days(struct sample *self, struct err *err);
/* Second pass, when counties have their points: totals, technology amounts, numbers by point and
 * day. */
void sample_plan_amounts(struct sample *self);
/* The share that row gives to its next contract; only in order. */
void sample_next_amounts(
    struct sample_row *row, const struct sample_draw *draw, int64_t *total, int64_t *technology);
#endif
