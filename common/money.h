#ifndef TCRD_COMMON_MONEY_H
#define TCRD_COMMON_MONEY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* money - integer fen inside, a decimal string of yuan with two digits outside ("1200000.00").
 *
 * The largest amount taken from a peer is MONEY_MAX_FEN (one hundred thousand yi yuan), so that
 * sums over ten million contracts stay inside 64 bits.
 */
#define MONEY_MAX_FEN INT64_C(1000000000000000) /* 10,000,000,000,000.00 yuan */
enum { MONEY_TEXT_BYTES = 32 };

/* Whole yuan, or yuan with exactly two digits; ASCII digits only, no sign, no leading zeros. False:
 * not money. */
bool money_parse(const char *text, int64_t *fen);
/* Signed; text has MONEY_TEXT_BYTES. Returns text. */
char *money_format(int64_t fen, char *text);

/* 100 * part / whole in percent with two decimals, half away from zero ("49.01").
 * False when whole <= 0: there is no such figure. */
bool ratio_format(int64_t part, int64_t whole, char *text);
/* part / whole as percent points times 100, half away from zero. whole > 0. */
int64_t ratio_percent_hundredths(int64_t part, int64_t whole);
/* numerator / divisor, half away from zero; divisor > 0. */
int64_t divide_half_away(__int128 numerator, int64_t divisor);
#endif
