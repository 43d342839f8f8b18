#include "server/form/contract_sight.h"

#include <string.h>

static enum sight
passed_if(bool is_so)
{
    return is_so ? SIGHT_PASSED : SIGHT_FAILED;
}

static enum sight
amounts_stated(const struct contract *contract, int32_t today)
{
    (void)today;
    return passed_if(contract->total_amount > 0 && contract->technology_amount >= 0);
}

static enum sight
no_restrictive_clause(const struct contract *contract, int32_t today)
{
    (void)today;
    return passed_if(contract->clauses.restrictive != FLAG_TRUE);
}

/* Whether the Chinese copy is there and conforms is seen in the papers. */
static enum sight
in_chinese(const struct contract *contract, int32_t today)
{
    (void)today;
    return contract->foreign_language == FLAG_TRUE ? SIGHT_OPEN : SIGHT_PASSED;
}

/* Where the technology part of a wider contract must have been concluded as a contract of its own.
 */
static enum sight
not_mixed(const struct contract *contract, int32_t today)
{
    (void)today;
    return passed_if(contract->mixed != FLAG_TRUE);
}

/* Where its amount must be explicit, the rest of the contract stands in the deductions. */
static enum sight
mixed_amount_explicit(const struct contract *contract, int32_t today)
{
    (void)today;
    if (contract->mixed != FLAG_TRUE)
        return SIGHT_PASSED;
    return contract->deductions.count > 0 ? SIGHT_OPEN : SIGHT_FAILED;
}

static enum sight
outside_any_plan(const struct contract *contract, int32_t today)
{
    (void)today;
    return contract->plan_source != NULL && strcmp(contract->plan_source, "9") == 0 ? SIGHT_PASSED
                                                                                    : SIGHT_OPEN;
}

static enum sight
no_technical_secret(const struct contract *contract, int32_t today)
{
    (void)today;
    for (int i = 0; i < contract->ip_types.count; i++)
        if (strcmp(contract->ip_types.items[i], "2") == 0)
            return SIGHT_OPEN;
    return SIGHT_PASSED;
}

/* contract_check() has refused a licence beyond the life of its patent; who named no right with its
 * end is asked. */
static enum sight
licence_within_patent(const struct contract *contract, int32_t today)
{
    (void)today;
    if (contract->contract_type == NULL || strcmp(contract->contract_type, "301") != 0)
        return SIGHT_PASSED;
    for (int i = 0; i < contract->ip_rights.count; i++)
        if (contract->ip_rights.items[i].expires_on > DATE_BAD)
            return SIGHT_PASSED;
    return SIGHT_OPEN;
}

static enum sight
no_right_expired(const struct contract *contract, int32_t today)
{
    for (int i = 0; i < contract->ip_rights.count; i++) {
        int32_t end = contract->ip_rights.items[i].expires_on;

        if (end > DATE_BAD && end < today)
            return SIGHT_FAILED;
    }
    return SIGHT_OPEN;
}

/* A term that ran when it was filed may be over when it is decided. */
static enum sight
term_not_over(const struct contract *contract, int32_t today)
{
    return contract->term_ends_on > DATE_BAD && contract->term_ends_on < today ? SIGHT_FAILED
                                                                               : SIGHT_OPEN;
}

static enum sight
no_construction(const struct contract *contract, int32_t today)
{
    (void)today;
    return passed_if(contract->clauses.construction != FLAG_TRUE);
}

static enum sight
no_principal_contract(const struct contract *contract, int32_t today)
{
    (void)today;
    return passed_if(contract->principal_contract == NULL);
}

static const struct {
    const char *word;
    enum sight (*see)(const struct contract *contract, int32_t today);
} sights[] = {
    {"amounts_stated", amounts_stated},
    {"in_chinese", in_chinese},
    {"licence_within_patent", licence_within_patent},
    {"mixed_amount_explicit", mixed_amount_explicit},
    {"no_construction", no_construction},
    {"no_principal_contract", no_principal_contract},
    {"no_restrictive_clause", no_restrictive_clause},
    {"no_right_expired", no_right_expired},
    {"no_technical_secret", no_technical_secret},
    {"not_mixed", not_mixed},
    {"outside_any_plan", outside_any_plan},
    {"term_not_over", term_not_over},
};
enum { SIGHT_COUNT = sizeof(sights) / sizeof(sights[0]) };

enum sight
contract_sight(const char *word, const struct contract *contract, int32_t today)
{
    for (int i = 0; i < SIGHT_COUNT; i++)
        if (strcmp(sights[i].word, word) == 0)
            return sights[i].see(contract, today);
    return SIGHT_OPEN;
}

bool
contract_sight_known(const char *word)
{
    for (int i = 0; i < SIGHT_COUNT; i++)
        if (strcmp(sights[i].word, word) == 0)
            return true;
    return false;
}
