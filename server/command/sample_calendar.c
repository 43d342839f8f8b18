#include "server/command/sample_calendar.h"

#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/mem.h"
#include "server/command/command_db.h"
#include "server/command/sample_params.h"
#include "server/command/sample_sql.h"

/* "100000000,1000000000": rising; what is not there is never reached. */
static void
read_sizes(const char *text, int64_t *size_from)
{
    for (int i = 0; i < SAMPLE_SIZES; i++) {
        char *end;

        size_from[i] = *text == '\0' ? INT64_MAX : strtoll(text, &end, 10);
        if (*text != '\0')
            text = *end == ',' ? end + 1 : "";
    }
}

int
sample_calendar_read(
    struct sample_calendar *calendar, PGconn *db, int32_t first, int32_t last, struct err *err)
{
    char from[DATE_TEXT_BYTES];
    char to[DATE_TEXT_BYTES];
    const char *const params[] = {date_format(first, from), date_format(last, to)};
    PGresult *res = command_query(db, err, sql_sample_days, 2, params);
    int result = 0;

    if (res == NULL)
        return -1;
    calendar->first = first;
    calendar->count = PQntuples(res);
    calendar->days = xcalloc((size_t)calendar->count + 1, sizeof(*calendar->days));
    for (int i = 0; i < calendar->count && result == 0; i++) {
        calendar->days[i].is_working = *PQgetvalue(res, i, 0) == 't';
        if (!date_parse(PQgetvalue(res, i, 1), &calendar->days[i].due_on))
            result = err_set(err, ERR_INTERNAL, "no time limit for a decision is known");
        calendar->days[i].rule_set = PQgetisnull(res, i, 2) ? NULL : PQgetvalue(res, i, 2);
        read_sizes(PQgetvalue(res, i, 3), calendar->days[i].size_from);
    }
    calendar->texts = res;
    return result;
}

void
sample_calendar_clear(struct sample_calendar *calendar)
{
    free(calendar->days);
    PQclear(calendar->texts);
    *calendar = (struct sample_calendar){0};
}

struct sample_day *
sample_calendar_day(const struct sample_calendar *calendar, int32_t day)
{
    return &calendar->days[day - calendar->first];
}

int32_t
sample_calendar_back(const struct sample_calendar *calendar, int32_t day, int steps)
{
    int at = day - calendar->first;

    while (at > 0 && !calendar->days[at].is_working)
        at--;
    for (; steps > 0 && at > 0; steps--)
        do
            at--;
        while (at > 0 && !calendar->days[at].is_working);
    return calendar->first + at;
}

double *
sample_calendar_curve(const struct sample_calendar *calendar, int32_t first, int32_t last)
{
    int count = last - first + 1;
    double *curve = xcalloc((size_t)count, sizeof(*curve));
    double sum = 0;

    for (int i = 0; i < count; i++) {
        if (sample_calendar_day(calendar, first + i)->is_working)
            sum += sample_months[date_to_civil(first + i).month - 1];
        curve[i] = sum;
    }
    for (int i = 0; i < count; i++) /* a period without a worked day: a holiday asked for by name */
        curve[i] = sum > 0 ? curve[i] / sum : (double)(i + 1) / count;
    return curve;
}

int64_t
sample_calendar_number(struct sample_calendar *calendar, int64_t base)
{
    for (int i = 0; i < calendar->count; i++) {
        struct sample_day *day = &calendar->days[i];

        day->before = base;
        for (int act = 0; act < SAMPLE_ACTS; act++) {
            int64_t count = day->acts[act];

            day->acts[act] = base + 1;
            base += count;
        }
        day->count = base - day->before;
    }
    return base;
}

int64_t
sample_calendar_second(const struct sample_calendar *calendar, int32_t day, int64_t number)
{
    const struct sample_day *at = sample_calendar_day(calendar, day);
    const int64_t opening = 30 * 60; /* 8:30 in Asia/Shanghai is 0:30 UTC */
    const int64_t hours = 9 * 3600;

    return (int64_t)day * 86400 + opening + hours * (number - at->before) / (at->count + 1);
}
