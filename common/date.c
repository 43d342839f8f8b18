#include "common/date.h"

#include <stdio.h>
#include <string.h>

static bool
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool
date_is_weekend(int32_t day)
{
    int weekday = (int)((day % 7 + 7 + 3) % 7); /* 0: Monday; 1970-01-01 was a Thursday */

    return weekday >= 5;
}

int
date_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days are counted in years that begin in March, so that the leap day is the last one (400 years =
 * 146097 days). */
int32_t
date_from_civil(struct civil civil)
{
    int year = civil.month <= 2 ? civil.year - 1 : civil.year;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (civil.month + (civil.month > 2 ? -3 : 9)) + 2) / 5 + civil.day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

struct civil
date_to_civil(int32_t day)
{
    int32_t shifted = day + 719468;
    int32_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int32_t day_of_era = shifted - era * 146097;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month_index = (5 * day_of_year + 2) / 153;
    struct civil civil;

    civil.day = day_of_year - (153 * month_index + 2) / 5 + 1;
    civil.month = month_index < 10 ? month_index + 3 : month_index - 9;
    civil.year = year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0);
    return civil;
}

bool
date_parse(const char *text, int32_t *day)
{
    struct civil civil;

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    for (int i = 0; i < 10; i++)
        if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9'))
            return false;
    civil.year =
        (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    civil.month = (text[5] - '0') * 10 + (text[6] - '0');
    civil.day = (text[8] - '0') * 10 + (text[9] - '0');
    if (civil.year < 1900 || civil.year > 2199 || civil.month < 1 || civil.month > 12)
        return false;
    if (civil.day < 1 || civil.day > date_days_in_month(civil.year, civil.month))
        return false;
    *day = date_from_civil(civil);
    return true;
}

char *
date_format(int32_t day, char *text)
{
    struct civil civil = date_to_civil(day);

    snprintf(text, DATE_TEXT_BYTES, "%04u-%02u-%02u", (unsigned)civil.year % 10000,
        (unsigned)civil.month % 100, (unsigned)civil.day % 100);
    return text;
}
