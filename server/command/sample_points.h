#ifndef TCRD_COMMAND_SAMPLE_POINTS_H
#define TCRD_COMMAND_SAMPLE_POINTS_H
#include <libpq-fe.h>
#include <stdint.h>

#include "common/err.h"
#include "server/command/sample_place.h"
/* sample_points - who files and who decides, and the registration numbers that they give.
 *
 * Numbers are counted by point and day first; after sample_points_number() each point gives its
 * serials in the order of the days, gap-free within a year.
 */
enum { SAMPLE_AGENCIES = 5, SAMPLE_NUMBER_BYTES = 32 };

struct sample_point {
    int64_t id;
    int64_t registrar_id; /* account */
    char number_region[5];
    char code[3];
    int64_t *serials; /* by day: first counted, then the next serial */
    int64_t *lasts;   /* by year from the first on: the last serial that the load gives */
};

struct sample_points {
    struct {
        int64_t agency_id;
        int64_t account_id;
    } agencies[SAMPLE_AGENCIES];
    struct sample_point *items;
    int count;
    int32_t first; /* days */
    int day_count;
    struct {
        char text[64]; /* "year:4,region:4,point:2,serial:6" */
        int32_t first;
        int32_t last;
        int serial_width;
    } layouts[8];
    int layout_count;
};

/* Make what is missing - agencies, accounts without credentials, a point for every city of the
 * counties in use - and fill in the point of every county in use. NULL with err. */
struct sample_points *sample_points_new(
    PGconn *db, struct sample_places *places, int32_t first, int32_t last, struct err *err);
void sample_points_free(struct sample_points *points);

void sample_points_count(struct sample_points *points, int point, int32_t day);
/* Lock the counters of the points and turn the counts into serials. 0 or -1. */
int sample_points_number(struct sample_points *points, PGconn *db, struct err *err);
/* The next number of a point on a day; number has SAMPLE_NUMBER_BYTES, or is NULL: the number is
 * passed over. */
void sample_points_next(struct sample_points *points, int point, int32_t day, char *number);
/* Store the counters, the last number of the sequence, and an audit row about object. 0 or -1. */
int sample_points_store(const struct sample_points *points, PGconn *db, const char *seq,
    const char *object, const char *user, struct err *err);
#endif
