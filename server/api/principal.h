#ifndef TCRD_API_PRINCIPAL_H
#define TCRD_API_PRINCIPAL_H
#include <stdint.h>
/* principal - who is calling: the account behind a credential, with its roles as bits.
 *
 * The names of the roles stand here once: the table of methods, the permission rows in SQL (written
 * by tcrd migrate) and the command line all use them.
 */
enum role {
    ROLE_AGENCY = 1 << 0,
    ROLE_REGISTRAR = 1 << 1,
    ROLE_REVIEWER = 1 << 2,
    ROLE_COUNTY = 1 << 3,
    ROLE_BUREAU = 1 << 4,
    ROLE_AUDITOR = 1 << 5,
    ROLE_ADMINISTRATOR = 1 << 6
};
enum { ROLE_COUNT = 7, ROLE_PUBLIC = 0 };

struct principal {
    int64_t account_id; /* 0: anonymous */
    unsigned roles;
    int64_t agency_id;    /* 0: none */
    char agency_code[33]; /* the agency's own credit code; "" when it may file in the names of
                             others (a service point) */
    char region[7]; /* area of a registrar, county or bureau account; "" = the installation's */
    char name[65];
    int32_t credential_last_day; /* days since 1970; INT32_MAX: no end */
};

const char *role_name(int index); /* 0 .. ROLE_COUNT-1 */
/* Bit of a role name, or 0. */
unsigned role_from_name(const char *name);
#endif
