#ifndef TCRD_FORM_CONTRACT_CHECK_INT_H
#define TCRD_FORM_CONTRACT_CHECK_INT_H
#include "server/form/contract.h"
/* contract_check_int - what the files of contract_check() share. */
struct check {
    const struct contract *contract;
    const struct codes *codes;
    int32_t today;
    struct fault_list *refusals;
    struct fault_list *hints;
};

/* Adds a fault to the list that the severity of the rule names; a rule the codes do not have is a
 * refusal. */
void check_fail(const struct check *check, const char *rule, const char *pointer);
/* The same with the limit or the expected value. */
void check_fail_with(const struct check *check, const char *rule, const char *pointer,
    const char *detail_zh, const char *detail_en);

/* Given and readable. */
static inline bool
has_text(const char *text)
{
    return text != NULL && text != contract_bad_text;
}

static inline bool
has_value(int64_t value)
{
    return value != VALUE_ABSENT && value != VALUE_BAD;
}

static inline bool
has_date(int32_t day)
{
    return day != DATE_ABSENT && day != DATE_BAD;
}

bool text_is(const char *text, const char *wanted);
/* The party type hangs below the grouping node of enterprises. */
bool is_enterprise(const struct check *check, const struct party *party);
/* The country is of the list, so that what depends on it can be judged. */
bool is_country_known(const struct check *check, const struct party *party);

void check_form(
    const struct check *check); /* what the table says: presence, codes, single values */
void check_parties(const struct check *check);
void check_amounts(const struct check *check);
void check_terms(const struct check *check); /* days, rights, licence, undertakings */
#endif
