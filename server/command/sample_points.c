#include "server/command/sample_points.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/date.h"
#include "common/mem.h"
#include "server/command/command_db.h"
#include "server/command/sample_sql.h"

static int64_t
int_at(const PGresult *res, int row, int column)
{
    return strtoll(PQgetvalue(res, row, column), NULL, 10);
}

static int
read_filers(struct sample_points *points, PGconn *db, struct err *err)
{
    char count[8];
    const char *const params[] = {count};
    PGresult *res;

    snprintf(count, sizeof(count), "%d", SAMPLE_AGENCIES);
    if ((res = command_query(db, err, sql_sample_filers, 1, params)) == NULL)
        return -1;
    for (int i = 0; i < PQntuples(res) && i < SAMPLE_AGENCIES; i++) {
        points->agencies[i].agency_id = int_at(res, i, 0);
        points->agencies[i].account_id = int_at(res, i, 1);
    }
    PQclear(res);
    return 0;
}

/* The width of the serial in "year:4,region:4,point:2,serial:6". */
static int
serial_width(const char *layout)
{
    const char *at = strstr(layout, "serial:");

    return at == NULL ? 0 : atoi(at + strlen("serial:"));
}

static int
read_layouts(struct sample_points *points, PGconn *db, struct err *err)
{
    PGresult *res = command_query(db, err, sql_sample_layouts, 0, NULL);
    int result = 0;

    if (res == NULL)
        return -1;
    for (int i = 0; i < PQntuples(res) && i < 8 && result == 0; i++) {
        snprintf(
            points->layouts[i].text, sizeof(points->layouts[i].text), "%s", PQgetvalue(res, i, 0));
        points->layouts[i].serial_width = serial_width(points->layouts[i].text);
        if (!date_parse(PQgetvalue(res, i, 1), &points->layouts[i].first) ||
            !date_parse(PQgetvalue(res, i, 2), &points->layouts[i].last) ||
            points->layouts[i].serial_width < 1 || points->layouts[i].serial_width > 18)
            result = err_set(err, ERR_CONFIG, "registration_number.layout is not understood");
        points->layout_count++;
    }
    PQclear(res);
    return result;
}

/* The place of a point in items; added when it is not there yet. */
static int
take_point(struct sample_points *points, const PGresult *res, int row)
{
    int64_t id = int_at(res, row, 0);
    struct sample_point *point;

    for (int i = points->count - 1; i >= 0; i--)
        if (points->items[i].id == id)
            return i;
    points->items = xrealloc(points->items, (size_t)(points->count + 1) * sizeof(*points->items));
    point = &points->items[points->count];
    point->id = id;
    point->registrar_id = int_at(res, row, 1);
    snprintf(point->number_region, sizeof(point->number_region), "%s", PQgetvalue(res, row, 2));
    snprintf(point->code, sizeof(point->code), "%s", PQgetvalue(res, row, 3));
    point->serials = xcalloc((size_t)points->day_count, sizeof(*point->serials));
    point->lasts = xcalloc((size_t)points->day_count / 365 + 2, sizeof(*point->lasts));
    return points->count++;
}

static int
read_points(struct sample_points *points, struct sample_places *places, PGconn *db, struct err *err)
{
    struct buf list = {0};
    PGresult *res;
    int row = 0;

    for (int i = 0; i < places->count; i++)
        if (places->counties[i].is_used)
            buf_printf(&list, "%s%s", list.len == 0 ? "" : ",", places->counties[i].code);
    res = command_query(db, err, sql_sample_points, 1, (const char *const[]){list.data});
    buf_clear(&list);
    if (res == NULL)
        return -1;
    for (int i = 0; i < places->count && row < PQntuples(res); i++)
        if (places->counties[i].is_used)
            places->counties[i].point = take_point(points, res, row++);
    PQclear(res);
    return 0;
}

struct sample_points *
sample_points_new(
    PGconn *db, struct sample_places *places, int32_t first, int32_t last, struct err *err)
{
    struct sample_points *points = xcalloc(1, sizeof(*points));

    points->first = first;
    points->day_count = last - first + 1;
    if (read_filers(points, db, err) == 0 && read_layouts(points, db, err) == 0 &&
        read_points(points, places, db, err) == 0)
        return points;
    sample_points_free(points);
    return NULL;
}

void
sample_points_free(struct sample_points *points)
{
    if (points == NULL)
        return;
    for (int i = 0; i < points->count; i++) {
        free(points->items[i].serials);
        free(points->items[i].lasts);
    }
    free(points->items);
    free(points);
}

void
sample_points_count(struct sample_points *points, int point, int32_t day)
{
    points->items[point].serials[day - points->first]++;
}

static int
year_at(const struct sample_points *points, int day)
{
    return date_to_civil(points->first + day).year;
}

static int
layout_at(const struct sample_points *points, int32_t day)
{
    for (int i = 0; i < points->layout_count; i++)
        if (day >= points->layouts[i].first && day <= points->layouts[i].last)
            return i;
    return -1;
}

static int
check_serial(const struct sample_points *points, const struct sample_point *point, int day,
    int64_t serial, struct err *err)
{
    int layout = layout_at(points, points->first + day);
    int64_t limit = 1;

    if (layout < 0)
        return err_set(
            err, ERR_CONFIG, "no layout of registration numbers holds in %d", year_at(points, day));
    for (int i = 0; i < points->layouts[layout].serial_width; i++)
        limit *= 10;
    if (serial < limit)
        return 0;
    return err_set(err, ERR_POINT_FULL,
        "registration point %s%s has numbers for %" PRId64 " contracts in %d only: spread the"
        " totals over more cities or years",
        point->number_region, point->code, limit - 1, year_at(points, day));
}

/* Counts become the next serial of each day. res: point, year, last serial. */
static int
number_point(const struct sample_points *points, struct sample_point *point, const PGresult *res,
    struct err *err)
{
    int64_t serial = 0;
    int year = 0;

    for (int day = 0; day < points->day_count; day++) {
        int64_t count = point->serials[day];

        if (year_at(points, day) != year) {
            year = year_at(points, day);
            serial = 0;
            for (int row = 0; row < PQntuples(res); row++)
                if (int_at(res, row, 0) == point->id && int_at(res, row, 1) == year)
                    serial = int_at(res, row, 2);
        }
        point->serials[day] = serial + 1;
        serial += count;
        point->lasts[year - year_at(points, 0)] = serial;
        if (count > 0 && check_serial(points, point, day, serial, err) < 0)
            return -1;
    }
    return 0;
}

int
sample_points_number(struct sample_points *points, PGconn *db, struct err *err)
{
    struct buf ids = {0};
    struct buf years = {0};
    PGresult *res;
    int result = 0;

    for (int i = 0; i < points->count; i++)
        buf_printf(&ids, "%s%" PRId64, i == 0 ? "" : ",", points->items[i].id);
    for (int day = 0; day < points->day_count; day++)
        if (day == 0 || year_at(points, day) != year_at(points, day - 1))
            buf_printf(&years, "%s%d", day == 0 ? "" : ",", year_at(points, day));
    res =
        command_query(db, err, sql_sample_serials, 2, (const char *const[]){ids.data, years.data});
    buf_clear(&ids);
    buf_clear(&years);
    if (res == NULL)
        return -1;
    for (int i = 0; i < points->count && result == 0; i++)
        result = number_point(points, &points->items[i], res, err);
    PQclear(res);
    return result;
}

/* One part of the layout: its last width characters, zeros before it where it is shorter. */
static size_t
put_part(char *number, size_t at, const char *text, int width)
{
    int len = (int)strlen(text);

    for (; width > 0 && at + 1 < SAMPLE_NUMBER_BYTES; width--)
        number[at++] = width > len ? '0' : text[len - width];
    number[at] = '\0';
    return at;
}

void
sample_points_next(struct sample_points *points, int point, int32_t day, char *number)
{
    struct sample_point *item = &points->items[point];
    int64_t next = item->serials[day - points->first]++;
    const char *part;
    char year[16];
    char serial[24];
    size_t at = 0;

    if (number == NULL)
        return;
    part = points->layouts[layout_at(points, day)].text;
    snprintf(year, sizeof(year), "%d", date_to_civil(day).year);
    snprintf(serial, sizeof(serial), "%" PRId64, next);
    while (*part != '\0') {
        const char *width = strchr(part, ':');
        const char *text = *part == 'y'   ? year
                           : *part == 'r' ? item->number_region
                           : *part == 'p' ? item->code
                                          : serial;

        if (width == NULL)
            return;
        at = put_part(number, at, text, atoi(width + 1));
        part = width + 1 + strcspn(width + 1, ",");
        part += *part == ',';
    }
}

int
sample_points_store(const struct sample_points *points, PGconn *db, const char *seq,
    const char *object, const char *user, struct err *err)
{
    struct buf ids = {0};
    struct buf years = {0};
    struct buf serials = {0};
    int result;

    for (int i = 0; i < points->count; i++)
        for (int day = 0; day < points->day_count; day++) {
            const char *comma = ids.len == 0 ? "" : ",";

            if (day + 1 < points->day_count && year_at(points, day) == year_at(points, day + 1))
                continue;
            buf_printf(&ids, "%s%" PRId64, comma, points->items[i].id);
            buf_printf(&years, "%s%d", comma, year_at(points, day));
            buf_printf(&serials, "%s%" PRId64, comma,
                points->items[i].lasts[year_at(points, day) - year_at(points, 0)]);
        }
    result = command_exec(db, err, sql_sample_close, 6,
        (const char *const[]){seq, ids.data, years.data, serials.data, object, user});
    buf_clear(&ids);
    buf_clear(&years);
    buf_clear(&serials);
    return result;
}
