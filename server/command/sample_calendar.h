#ifndef TCRD_COMMAND_SAMPLE_CALENDAR_H
#define TCRD_COMMAND_SAMPLE_CALENDAR_H
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
/* sample_calendar - the days of a load: which are worked, when a decision is due, and which numbers
 * of the sequence belong to each day.
 *
 * The acts of a day stand in the order submit, accept, certify; so the sequence follows the days,
 * and the acts of one contract come in their order, in whatever order contracts are made.
 */
enum { SAMPLE_SUBMIT, SAMPLE_ACCEPT, SAMPLE_CERTIFY, SAMPLE_ACTS, SAMPLE_SIZES = 7 };

struct sample_day {
    bool is_working;
    int32_t due_on;                  /* of a contract accepted on this day */
    const char *rule_set;            /* in force; NULL: none */
    int64_t size_from[SAMPLE_SIZES]; /* fen from which a contract is in the next size class */
    int64_t acts[SAMPLE_ACTS];       /* first counted, then the next number of each kind */
    int64_t before;                  /* the last number of the day before */
    int64_t count;                   /* of all acts */
};

struct sample_calendar {
    int32_t first;
    int count;
    struct sample_day *days;
    PGresult *texts; /* of the days */
};

/* Days first to last from the database. 0 or -1. */
int sample_calendar_read(
    struct sample_calendar *calendar, PGconn *db, int32_t first, int32_t last, struct err *err);
void sample_calendar_clear(struct sample_calendar *calendar);
struct sample_day *sample_calendar_day(const struct sample_calendar *calendar, int32_t day);
/* The worked day that lies steps worked days before day; day itself with 0 steps when it is worked,
 * else the last one before it. Never before the first day of the calendar. */
int32_t sample_calendar_back(const struct sample_calendar *calendar, int32_t day, int steps);

/* Share of contracts registered up to each day of a period: last - first + 1 rising numbers, the
 * last one is 1. The caller gives it to free(). */
double *sample_calendar_curve(const struct sample_calendar *calendar, int32_t first, int32_t last);

/* After counting: number the acts from base + 1 on. Returns the last number. */
int64_t sample_calendar_number(struct sample_calendar *calendar, int64_t base);
/* When within its day a numbered act happened, as seconds since 1970: office hours, in the order of
 * the numbers. */
int64_t sample_calendar_second(const struct sample_calendar *calendar, int32_t day, int64_t number);
#endif
