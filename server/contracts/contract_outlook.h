#ifndef TCRD_CONTRACTS_CONTRACT_OUTLOOK_H
#define TCRD_CONTRACTS_CONTRACT_OUTLOOK_H
#include "server/api/call.h"
#include "server/form/contract.h"
/* contract_outlook - who would decide a filing of today, by which route and until when.
 *
 * That hangs on the region, the day and the rules only, so a worker keeps what the record says of a
 * region for a second (OUTLOOK_MS) as long as the rules stand: whether they do is asked every few
 * milliseconds (RULES_MS). A filing program checks thousands of contracts in a row. Storing asks
 * the record itself, in the same transaction.
 */
enum {
    OUTLOOK_MS = 1000,
    RULES_MS = 5,
    ASKING_MS = 10,
    POINT_NAME_BYTES = 256,
    VERSION_BYTES = 64,
    DAY_BYTES = 12
};

/* Columns of sql_filing_outlook; of two that belong together, the first. */
enum {
    OUTLOOK_POINT,
    OUTLOOK_PROVINCE,
    OUTLOOK_EXPERT = OUTLOOK_PROVINCE + 2,
    OUTLOOK_DECISION = OUTLOOK_EXPERT + 2,
    OUTLOOK_EXPERT_DUE = OUTLOOK_DECISION + 2,
    OUTLOOK_BROKER = OUTLOOK_EXPERT_DUE + 2,
    OUTLOOK_VERSION
};

/* As tcr.threshold_read() tells it. */
struct outlook_bound {
    bool is_total;
    int64_t lowest; /* fen that meet it; VALUE_ABSENT: there is no bound */
};

struct outlook {
    char region[8];            /* "" of a party abroad or without a region */
    char rules[VERSION_BYTES]; /* tcr.codes_version() that it was made of */
    int64_t until_us;
    bool is_known; /* there is a point for it */
    char point_name[POINT_NAME_BYTES];
    struct outlook_bound province, expert;
    struct {
        char on[DAY_BYTES];
        bool is_provisional;
    } decision_due, expert_due;
};

/* The region of the registering party as the record knows it; "" without. */
const char *outlook_region(const struct contract *contract);
/* Were the rules looked at just now, or is somebody at it (for ASKING_MS at most)? If not, ask with
 * sql_rules_version and give the answer to outlook_keep_rules(). */
bool outlook_rules_known(void);
void outlook_keep_rules(const char *version);
/* What is known of the region under these rules and still fresh, or NULL: then ask with
 * sql_filing_outlook and give the answer to outlook_keep(). Valid until the next turn of the event
 * loop. */
const struct outlook *outlook_find(const char *region);
const struct outlook *outlook_keep(const char *region, const struct db_call *db);
/* "point", "expert" or "province"; amounts may be VALUE_ABSENT or VALUE_BAD. */
const char *outlook_route(const struct outlook *outlook, const struct contract *contract);
#endif
