#include "common/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool
money_parse(const char *text, int64_t *fen)
{
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;
    int64_t value = 0;

    if (digits == 0 || digits > 14 || (digits > 1 && text[0] == '0'))
        return false;
    if (*rest == '.') {
        if (strspn(rest + 1, "0123456789") != 2 || rest[3] != '\0')
            return false;
    } else if (*rest != '\0') {
        return false;
    }
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    value *= 100;
    if (*rest == '.')
        value += (rest[1] - '0') * 10 + (rest[2] - '0');
    if (value > MONEY_MAX_FEN)
        return false;
    *fen = value;
    return true;
}

char *
money_format(int64_t fen, char *text)
{
    uint64_t size = fen < 0 ? (uint64_t)0 - (uint64_t)fen : (uint64_t)fen;

    snprintf(text, MONEY_TEXT_BYTES, "%s%" PRIu64 ".%02u", fen < 0 ? "-" : "", size / 100,
        (unsigned)(size % 100));
    return text;
}

int64_t
divide_half_away(__int128 numerator, int64_t divisor)
{
    __int128 half = divisor / 2;
    __int128 quotient;

    /* An odd divisor has no tie, an even one ties exactly at half: adding half and cutting is right
     * for both. */
    if (numerator >= 0)
        quotient = (numerator + half) / divisor;
    else
        quotient = -((-numerator + half) / divisor);
    return (int64_t)quotient;
}

int64_t
ratio_percent_hundredths(int64_t part, int64_t whole)
{
    return divide_half_away((__int128)part * 10000, whole);
}

bool
ratio_format(int64_t part, int64_t whole, char *text)
{
    if (whole <= 0)
        return false;
    money_format(ratio_percent_hundredths(part, whole), text);
    return true;
}
