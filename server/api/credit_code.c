#include "server/api/credit_code.h"

#include <stddef.h>
#include <string.h>

#include "common/date.h"

/* 31 characters; a value of 30 is Y and a remainder of 31 is 0 (published code often has these two
 * wrong). */
static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static char
check_of_code(const char *text)
{
    int weight = 1;
    int sum = 0;

    for (int i = 0; i < 17; i++) {
        sum += (int)(strchr(alphabet, text[i]) - alphabet) * weight;
        weight = weight * 3 % 31;
    }
    return alphabet[(31 - sum % 31) % 31];
}

/* GB 11714: letters count from A = 10 through the whole Latin alphabet, unlike in GB 32100. */
static char
check_of_organisation(const char *text)
{
    static const int weights[] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 8; i++)
        sum += (text[i] <= '9' ? text[i] - '0' : text[i] - 'A' + 10) * weights[i];
    sum = 11 - sum % 11;
    return sum == 10 ? 'X' : sum == 11 ? '0' : (char)('0' + sum);
}

/* The first count places: characters of the alphabet, digits where the region of the registering
 * office stands. */
static bool
is_formed(const char *text, int count)
{
    for (int i = 0; i < count; i++) {
        if (text[i] == '\0' || strchr(alphabet, text[i]) == NULL)
            return false;
        if (i >= 2 && i < 8 && (text[i] < '0' || text[i] > '9'))
            return false;
    }
    return true;
}

enum credit_code_verdict
credit_code_check(const char *text)
{
    if (!is_formed(text, CREDIT_CODE_LENGTH) || text[CREDIT_CODE_LENGTH] != '\0')
        return CREDIT_CODE_SYNTAX;
    if (check_of_code(text) != text[17])
        return CREDIT_CODE_CHECK;
    if (check_of_organisation(text + 8) != text[16])
        return CREDIT_CODE_ORGANISATION;
    return CREDIT_CODE_OK;
}

bool
credit_code_complete(char *text)
{
    if (!is_formed(text, 16))
        return false;
    text[16] = check_of_organisation(text + 8);
    text[17] = check_of_code(text);
    text[18] = '\0';
    return true;
}

char
id_number_check_digit(const char *text)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 17; i++)
        sum += (text[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

enum id_number_verdict
id_number_check(const char *text, int32_t today)
{
    char birth[11] = "";
    int32_t day;

    if (strspn(text, "0123456789") < 17 || strlen(text) != ID_NUMBER_LENGTH ||
        strchr("0123456789X", text[17]) == NULL)
        return ID_NUMBER_SYNTAX;
    memcpy(birth, text + 6, 4);
    birth[4] = '-';
    memcpy(birth + 5, text + 10, 2);
    birth[7] = '-';
    memcpy(birth + 8, text + 12, 2);
    if (!date_parse(birth, &day) || day > today)
        return ID_NUMBER_BIRTH;
    return id_number_check_digit(text) == text[17] ? ID_NUMBER_OK : ID_NUMBER_CHECK;
}
