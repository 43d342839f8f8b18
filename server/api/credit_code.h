#ifndef TCRD_API_CREDIT_CODE_H
#define TCRD_API_CREDIT_CODE_H
#include <stdbool.h>
#include <stdint.h>
/* credit_code - the two identity codes of China: GB 32100-2015 for organisations, GB 11643-1999 for
 * people. */
enum { CREDIT_CODE_LENGTH = 18, ID_NUMBER_LENGTH = 18 };

enum credit_code_verdict {
    CREDIT_CODE_OK,
    CREDIT_CODE_SYNTAX,       /* not 18 characters of 0-9 and A-Z without I O S V Z, or no region in
                                 places 3 to 8 */
    CREDIT_CODE_ORGANISATION, /* the organisation code inside (places 9 to 17, GB 11714) has another
                                 check character */
    CREDIT_CODE_CHECK         /* another check character in place 18 */
};

enum credit_code_verdict credit_code_check(const char *text);
/* Writes the check characters of places 17 and 18 of a code whose first 16 places are filled; text
 * has 19 bytes. False when those places are malformed. */
bool credit_code_complete(char *text);

enum id_number_verdict {
    ID_NUMBER_OK,
    ID_NUMBER_SYNTAX, /* not 17 digits and a digit or X */
    ID_NUMBER_BIRTH,  /* no day of the calendar between 1900 and today */
    ID_NUMBER_CHECK
};

enum id_number_verdict id_number_check(const char *text, int32_t today);
/* The check character of the first 17 digits. */
char id_number_check_digit(const char *text);
#endif
