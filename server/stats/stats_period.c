#include "server/stats/stats_period.h"

#include <stdio.h>
#include <string.h>

#include "common/date.h"

enum { YEAR_DIGITS = 4, YEAR_MIN = 1900, YEAR_MAX = 2199 };

static bool
year_parse(const char *text, int *year)
{
    *year = 0;
    for (int i = 0; i < YEAR_DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *year = *year * 10 + (text[i] - '0');
    }
    return *year >= YEAR_MIN && *year <= YEAR_MAX;
}

/* One of 1 to max at *text, without leading zero; moves *text behind it. 0: none. */
static int
small_number(const char **text, int max)
{
    int value = 0;

    if (**text == '0')
        return 0;
    while (**text >= '0' && **text <= '9' && value <= max)
        value = value * 10 + (*(*text)++ - '0');
    return value <= max ? value : 0;
}

static void
set_months(struct stats_range *range, int year, int first_month, int last_month)
{
    range->has_first = true;
    range->has_last = true;
    range->first = date_from_civil((struct civil){year, first_month, 1});
    range->last =
        date_from_civil((struct civil){year, last_month, date_days_in_month(year, last_month)});
}

/* 2022M1-10: text stands behind the M. */
static bool
span_parse(const char *text, int year, struct stats_range *range)
{
    int from = small_number(&text, 12);
    int to;

    if (from == 0 || *text++ != '-')
        return false;
    to = small_number(&text, 12);
    if (to < from || *text != '\0')
        return false;
    set_months(range, year, from, to);
    return true;
}

static bool
month_or_day_parse(const char *text, int year, struct stats_range *range)
{
    char first_day[DATE_TEXT_BYTES];

    if (strlen(text) == 10) {
        range->has_first = true;
        range->has_last = true;
        if (!date_parse(text, &range->first))
            return false;
        range->last = range->first;
        return true;
    }
    if (strlen(text) != 7)
        return false;
    snprintf(first_day, sizeof(first_day), "%s-01", text);
    if (!date_parse(first_day, &range->first))
        return false;
    set_months(range, year, date_to_civil(range->first).month, date_to_civil(range->first).month);
    return true;
}

bool
stats_period_parse(const char *text, struct stats_range *range)
{
    const char *rest;
    int year;
    int part;

    if (!year_parse(text, &year))
        return false;
    rest = text + YEAR_DIGITS;
    switch (*rest) {
    case '\0':
        set_months(range, year, 1, 12);
        return true;
    case '-':
        return month_or_day_parse(text, year, range);
    case 'M':
        return span_parse(rest + 1, year, range);
    case 'H':
    case 'Q': {
        int parts = *rest == 'H' ? 2 : 4;
        int months = 12 / parts;

        rest++;
        part = small_number(&rest, parts);
        if (part == 0 || *rest != '\0')
            return false;
        set_months(range, year, (part - 1) * months + 1, part * months);
        return true;
    }
    default:
        return false;
    }
}

static bool
is_month_end(struct civil civil)
{
    return civil.day == date_days_in_month(civil.year, civil.month);
}

struct stats_range
stats_range_year_before(struct stats_range range, int32_t today)
{
    bool is_running =
        (!range.has_first || range.first <= today) && (!range.has_last || range.last >= today);
    int32_t last = is_running ? today : range.last;
    struct stats_range before = {.has_first = range.has_first, .has_last = true};
    struct civil civil;

    if (range.has_first) {
        /* 29 February has no like day in a common year: such a range begins on 1 March. */
        civil = date_to_civil(range.first);
        civil.year--;
        if (civil.day > date_days_in_month(civil.year, civil.month)) {
            civil.month = 3;
            civil.day = 1;
        }
        before.first = date_from_civil(civil);
    }
    civil = date_to_civil(last);
    if (civil.month == 2 && is_month_end(civil) && !is_running &&
        !(range.has_first && range.first == last))
        civil.day = date_days_in_month(civil.year - 1, 2);
    else if (civil.day > date_days_in_month(civil.year - 1, civil.month))
        civil.day = date_days_in_month(civil.year - 1, civil.month);
    civil.year--;
    before.last = date_from_civil(civil);
    return before;
}

bool
stats_range_is_months(struct stats_range range)
{
    return (!range.has_first || date_to_civil(range.first).day == 1) &&
           (!range.has_last || is_month_end(date_to_civil(range.last)));
}

void
stats_label_year_before(const char *label, char *before)
{
    int year = 0;

    year_parse(label, &year);
    year--;
    for (int i = YEAR_DIGITS - 1; i >= 0; i--) {
        before[i] = (char)('0' + year % 10);
        year /= 10;
    }
    snprintf(before + YEAR_DIGITS, STATS_LABEL_BYTES - YEAR_DIGITS, "%s", label + YEAR_DIGITS);
}

static const int unit_months[] = {
    [UNIT_YEAR] = 12, [UNIT_HALF] = 6, [UNIT_QUARTER] = 3, [UNIT_MONTH] = 1};

static int32_t
months_before(int32_t day, int months)
{
    struct civil civil = date_to_civil(day);
    bool was_end = is_month_end(civil);
    int index = civil.year * 12 + civil.month - 1 - months;
    int last;

    civil.year = index / 12;
    civil.month = index % 12 + 1;
    last = date_days_in_month(civil.year, civil.month);
    if (was_end || civil.day > last)
        civil.day = last;
    return date_from_civil(civil);
}

int32_t
stats_day_before(int32_t day, enum stats_unit unit)
{
    return unit == UNIT_DAY ? day - 1 : months_before(day, unit_months[unit]);
}

bool
stats_range_period_before(
    struct stats_range range, enum stats_unit unit, int32_t today, struct stats_range *before)
{
    bool is_running =
        (!range.has_first || range.first <= today) && (!range.has_last || range.last >= today);
    int32_t last = is_running ? today : range.last;

    *before = range;
    before->has_last = true;
    if (unit != UNIT_RANGE) {
        if (range.has_first)
            before->first = stats_day_before(range.first, unit);
        before->last = stats_day_before(last, unit);
        return true;
    }
    if (!range.has_first || !range.has_last)
        return false;
    if (stats_range_is_months(range)) {
        struct civil from = date_to_civil(range.first);
        struct civil to = date_to_civil(range.last);
        int months = (to.year - from.year) * 12 + to.month - from.month + 1;

        before->first = months_before(range.first, months);
        before->last = is_running ? months_before(today, months) : range.first - 1;
        return true;
    }
    before->first = range.first - (range.last - range.first + 1);
    before->last = last - (range.last - range.first + 1);
    return true;
}

int32_t
stats_label_day(const char *label)
{
    struct stats_range range = {0};

    stats_period_parse(label, &range);
    return range.first;
}

int32_t
stats_label_last_day(const char *label)
{
    struct stats_range range = {0};

    stats_period_parse(label, &range);
    return range.last;
}

bool
stats_range_is_natural(struct stats_range range)
{
    struct civil first;
    struct civil last;
    int months;

    if (!range.has_first && !range.has_last)
        return true;
    if (!range.has_first || !range.has_last || !stats_range_is_months(range))
        return false;
    first = date_to_civil(range.first);
    last = date_to_civil(range.last);
    months = last.month - first.month + 1;
    return first.year == last.year && (months == 1 || months == 3 || months == 6 || months == 12) &&
           (first.month - 1) % months == 0;
}

void
stats_label_of(int32_t day, enum stats_unit unit, char *label)
{
    struct civil civil = date_to_civil(day);

    date_format(day, label); /* a day, and the year in front of everything else */
    if (unit == UNIT_DAY)
        return;
    label += YEAR_DIGITS;
    switch (unit) {
    case UNIT_HALF:
        *label++ = 'H';
        *label++ = (char)('0' + (civil.month + 5) / 6);
        break;
    case UNIT_QUARTER:
        *label++ = 'Q';
        *label++ = (char)('0' + (civil.month + 2) / 3);
        break;
    case UNIT_MONTH:
        label += 3;
        break;
    default:
        break;
    }
    *label = '\0';
}
