#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "server/form/contract_check_int.h"
#include "server/form/contract_fault.h"

static void
check_days(const struct check *check)
{
    const struct contract *contract = check->contract;
    bool has_begin = has_date(contract->term_begins_on);
    bool has_end = has_date(contract->term_ends_on);

    if (has_date(contract->signed_on) && contract->signed_on > check->today)
        check_fail(check, "contract.signed_in_future", "/signed_on");
    if (has_begin && has_end && contract->term_ends_on < contract->term_begins_on)
        check_fail(check, "contract.term_order", "/term_ends_on");
    else if (has_end && contract->term_ends_on < check->today)
        check_fail(check, "contract.term_over", "/term_ends_on");
    if (has_begin && has_date(contract->signed_on) &&
        contract->term_begins_on < contract->signed_on)
        check_fail(check, "contract.term_before_signing", "/term_begins_on");
}

static void
check_statements(const struct check *check)
{
    const struct contract *contract = check->contract;

    if (contract->undertaking == FLAG_FALSE)
        check_fail(check, "contract.undertaking", "/undertaking");
    if (contract->clauses.restrictive == FLAG_TRUE)
        check_fail(check, "contract.restrictive", "/clauses/restrictive");
    if (contract->classified == FLAG_TRUE)
        check_fail(check, "contract.classified", "/classified");
    if (contract->foreign_language == FLAG_TRUE)
        check_fail(check, "contract.chinese_copy", "/foreign_language");
}

static void
check_ip_types(const struct check *check)
{
    const struct code_list *types = &check->contract->ip_types;
    char pointer[POINTER_BYTES];

    for (int i = 0; i < types->count; i++) {
        bool is_twice = false;

        for (int before = 0; before < i; before++)
            is_twice = is_twice || (has_text(types->items[i]) &&
                                       text_is(types->items[before], types->items[i]));
        snprintf(pointer, sizeof(pointer), "/ip_types/%d", i);
        if (is_twice)
            check_fail(check, "contract.ip_type_twice", pointer);
        else if (types->count > 1 && text_is(types->items[i], "9"))
            check_fail(check, "contract.ip_type_none", pointer);
    }
}

/* The last day of a licence that begins on day: whole years by the calendar, the rest by days. */
static int32_t
license_end(int32_t day, int64_t years_hundredths)
{
    struct civil civil = date_to_civil(day);
    int64_t years = years_hundredths / 100;

    if (years > 200)
        years = 200;
    civil.year += (int)years;
    if (civil.day > date_days_in_month(civil.year, civil.month))
        civil.day = date_days_in_month(civil.year, civil.month);
    return date_from_civil(civil) + (int32_t)(years_hundredths % 100 * 365 / 100) - 1;
}

static void
check_rights(const struct check *check)
{
    const struct contract *contract = check->contract;
    bool is_licence = contract_type_main(contract->contract_type) == '3';
    int32_t last = has_date(contract->term_ends_on) ? contract->term_ends_on : INT32_MIN;
    char pointer[POINTER_BYTES];

    if (has_date(contract->term_begins_on) && has_value(contract->license.years) &&
        license_end(contract->term_begins_on, contract->license.years) > last)
        last = license_end(contract->term_begins_on, contract->license.years);
    for (int i = 0; i < contract->ip_rights.count; i++) {
        const struct ip_right *right = &contract->ip_rights.items[i];

        snprintf(pointer, sizeof(pointer), "/ip_rights/%d/kind", i);
        if (text_is(right->kind, "9"))
            check_fail(check, "contract.right_kind", pointer);
        if (!has_date(right->expires_on))
            continue;
        snprintf(pointer, sizeof(pointer), "/ip_rights/%d/expires_on", i);
        if (is_licence && last > right->expires_on)
            check_fail(check,
                has_text(right->kind) && right->kind[0] == '1' ? "contract.licence_beyond_patent"
                                                               : "contract.licence_beyond_right",
                pointer);
        else if (has_date(contract->signed_on) && right->expires_on < contract->signed_on)
            check_fail(check, "contract.right_expired", pointer);
    }
}

static void
check_licence(const struct check *check)
{
    const struct contract *contract = check->contract;
    char main_type = contract_type_main(contract->contract_type);

    if (has_value(contract->license.years) && contract->license.years > 100 * 100)
        check_fail_with(
            check, "contract.licence_years", "/license/years", "不超过100", "at most 100");
    if (contract->license.state == FORM_GIVEN && main_type != '\0' && main_type != '3')
        check_fail(check, "contract.licence_unused", "/license");
}

static void
check_subfield(const struct check *check)
{
    const struct contract *contract = check->contract;
    const struct code *row;

    if (!has_text(contract->technical_field) || !has_text(contract->technical_subfield))
        return;
    row = codes_find(
        check->codes, "tech_field_sub_proposed", contract->technical_subfield, check->today);
    if (row != NULL && strcmp(row->parent, contract->technical_field) != 0)
        check_fail(check, "contract.subfield", "/technical_subfield");
}

void
check_terms(const struct check *check)
{
    check_days(check);
    check_statements(check);
    check_ip_types(check);
    check_rights(check);
    check_licence(check);
    check_subfield(check);
}
