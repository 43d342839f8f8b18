#ifndef TCRD_COMMON_DATE_H
#define TCRD_COMMON_DATE_H
#include <stdbool.h>
#include <stdint.h>
/* date - civil days as the number of days since 1970-01-01 (proleptic Gregorian); no time zone
 * inside. */
enum { DATE_TEXT_BYTES = 16 };
struct civil {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
};

/* "2026-03-18" exactly; false when malformed, not in the calendar, or outside 1900..2199. */
bool date_parse(const char *text, int32_t *day);
char *date_format(int32_t day, char *text); /* text has DATE_TEXT_BYTES; returns it */
int32_t date_from_civil(struct civil civil);
struct civil date_to_civil(int32_t day);
bool date_is_weekend(int32_t day);
int date_days_in_month(int year, int month);
#endif
