#include <string.h>

#include "server/form/contract_check_int.h"
#include "server/form/contract_fault.h"

bool
text_is(const char *text, const char *wanted)
{
    return text != NULL && strcmp(text, wanted) == 0;
}

void
check_fail_with(const struct check *check, const char *id, const char *pointer,
    const char *detail_zh, const char *detail_en)
{
    const struct rule *rule = codes_rule(check->codes, id);
    struct rule unknown = {.id = id,
        .severity = RULE_REFUSAL,
        .article = "",
        .zh = "不符合规则",
        .en = "breaks a rule"};

    if (rule == NULL)
        rule = &unknown;
    contract_fault(rule->severity == RULE_REFUSAL ? check->refusals : check->hints, rule, pointer,
        detail_zh, detail_en);
}

void
check_fail(const struct check *check, const char *rule, const char *pointer)
{
    check_fail_with(check, rule, pointer, NULL, NULL);
}

bool
is_country_known(const struct check *check, const struct party *party)
{
    return has_text(party->country) &&
           codes_find(check->codes, "country_customs_common", party->country, check->today) != NULL;
}

bool
is_enterprise(const struct check *check, const struct party *party)
{
    const char *type = party->party_type;

    for (int level = 0; level < 5 && has_text(type) && *type != '\0'; level++) {
        const struct code *row = codes_find(check->codes, "party_type", type, check->today);

        if (row == NULL)
            return false;
        if (strcmp(row->parent, "E") == 0)
            return true;
        type = row->parent;
    }
    return false;
}

void
contract_check(const struct contract *contract, const struct codes *codes, int32_t today,
    struct fault_list *refusals, struct fault_list *hints)
{
    struct check check = {contract, codes, today, refusals, hints};

    if (contract->state != FORM_GIVEN)
        return;
    check_form(&check);
    check_terms(&check);
    check_amounts(&check);
    check_parties(&check);
}
