#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "common/money.h"
#include "server/form/contract_check_int.h"

enum { CURRENCY_TOLERANCE_FEN = 100 };

/* "应为950000.00" and its English twin. */
static void
fail_amount(const struct check *check, const char *rule, const char *pointer, const char *word_zh,
    const char *word_en, int64_t fen)
{
    char amount[MONEY_TEXT_BYTES];
    char zh[96];
    char en[96];

    money_format(fen, amount);
    snprintf(zh, sizeof(zh), "%s%s", word_zh, amount);
    snprintf(en, sizeof(en), "%s %s", word_en, amount);
    check_fail_with(check, rule, pointer, zh, en);
}

static void
check_deductions(const struct check *check)
{
    const struct contract *contract = check->contract;
    int64_t sum = 0;

    for (int i = 0; i < contract->deductions.count; i++) {
        if (!has_value(contract->deductions.items[i].amount))
            return;
        sum += contract->deductions.items[i].amount;
    }
    if (!has_value(contract->total_amount) || contract->deductions.count < 0)
        return;
    if (sum > contract->total_amount)
        fail_amount(check, "contract.deductions_sum", "/deductions", "最多", "at most",
            contract->total_amount);
    else if (has_value(contract->technology_stated) &&
             contract->technology_stated != contract->total_amount - sum)
        fail_amount(check, "contract.technology_amount", "/technology_amount", "应为", "must be",
            contract->total_amount - sum);
}

static void
check_instalments(const struct check *check)
{
    const struct contract *contract = check->contract;
    int64_t sum = 0;

    for (int i = 0; i < contract->instalments.count; i++)
        if (has_value(contract->instalments.items[i].amount))
            sum += contract->instalments.items[i].amount;
    if (has_value(contract->total_amount) && !contract->is_determined &&
        sum > contract->total_amount)
        fail_amount(check, "contract.instalments_sum", "/instalments", "最多", "at most",
            contract->total_amount);
}

static void
check_royalty(const struct check *check)
{
    const struct contract *contract = check->contract;
    bool has_fee = text_is(contract->payment_method, "4");
    bool is_royalty = has_fee || text_is(contract->payment_method, "3");

    if (!has_text(contract->payment_method))
        return;
    if (text_is(contract->amount_basis, "initial_fee") && !has_fee)
        check_fail(check, "contract.amount_basis", "/amount_basis");
    if (text_is(contract->amount_basis, "minimum_guarantee") && !is_royalty)
        check_fail(check, "contract.amount_basis", "/amount_basis");
    if (contract->royalty.state == FORM_GIVEN && !is_royalty)
        check_fail(check, "contract.royalty_unused", "/royalty");
    if (is_royalty && has_value(contract->royalty.initial_fee) &&
        has_value(contract->total_amount) && !contract->is_determined &&
        contract->royalty.initial_fee > contract->total_amount)
        fail_amount(check, "contract.initial_fee_total", "/royalty/initial_fee", "最多", "at most",
            contract->total_amount);
    if (has_value(contract->royalty.rate_percent) && contract->royalty.rate_percent > 100 * 10000)
        check_fail_with(
            check, "contract.rate_percent", "/royalty/rate_percent", "不超过100", "at most 100");
}

/* total = foreign_amount x exchange_rate / rate_per, half up to the fen, one yuan of difference
 * allowed. The product of the largest amount and rate has 31 digits and needs 128 bits. */
static void
check_conversion(const struct check *check)
{
    const struct contract *contract = check->contract;
    int64_t per = has_value(contract->rate_per) ? contract->rate_per : 1;
    __int128 scale = (__int128)per * 1000000;
    __int128 product;
    __int128 expected;
    __int128 difference;

    if (contract->rate_per == VALUE_BAD || contract->is_determined ||
        !has_value(contract->total_amount) || !has_value(contract->foreign_amount) ||
        !has_value(contract->exchange_rate))
        return;
    product = (__int128)contract->foreign_amount * contract->exchange_rate;
    expected = (product + scale / 2) / scale;
    difference = expected - contract->total_amount;
    if (difference < 0)
        difference = -difference;
    if (difference <= CURRENCY_TOLERANCE_FEN)
        return;
    if (expected <= MONEY_MAX_FEN)
        fail_amount(check, "contract.foreign_conversion", "/total_amount", "折合应为", "converted",
            (int64_t)expected);
    else
        check_fail(check, "contract.foreign_conversion", "/total_amount");
}

/* Rates are quoted on working days, and no holiday stops that for so long. */
enum { QUOTE_GAP_DAYS = 10 };

static void
check_rate_day(const struct check *check)
{
    int32_t quoted = check->contract->exchange_rate_on;
    int32_t signed_on = check->contract->signed_on;

    if (!has_date(quoted) || !has_date(signed_on))
        return;
    if (quoted > signed_on)
        check_fail(check, "contract.exchange_rate_day", "/exchange_rate_on");
    else if (signed_on - quoted > QUOTE_GAP_DAYS || date_is_weekend(quoted))
        check_fail(check, "contract.exchange_rate_quoted", "/exchange_rate_on");
}

static void
check_currency(const struct check *check)
{
    const struct contract *contract = check->contract;

    if (!has_text(contract->currency))
        return;
    if (!text_is(contract->currency, "CNY")) {
        check_conversion(check);
        check_rate_day(check);
        return;
    }
    if (has_value(contract->foreign_amount))
        check_fail(check, "contract.foreign_unused", "/foreign_amount");
    if (has_value(contract->exchange_rate))
        check_fail(check, "contract.foreign_unused", "/exchange_rate");
    if (has_date(contract->exchange_rate_on))
        check_fail(check, "contract.foreign_unused", "/exchange_rate_on");
}

static void
check_rest(const struct check *check)
{
    const struct contract *contract = check->contract;
    char main_type = contract_type_main(contract->contract_type);

    /* A technology amount in the body is no substitute: it is dropped or recomputed wherever a
     * contract is stored. */
    if (contract->mixed == FLAG_TRUE && contract->deductions.count == 0)
        check_fail(check, "contract.mixed_amount", "/mixed");
    if (has_value(contract->intermediary_fee) && contract->intermediary.state == FORM_ABSENT)
        check_fail(check, "contract.fee_without_intermediary", "/intermediary_fee");
    if (main_type == '1' || main_type == '4' || main_type == '5') {
        if (has_value(contract->new_input))
            check_fail(check, "contract.expected_values", "/new_input");
        if (has_value(contract->new_output))
            check_fail(check, "contract.expected_values", "/new_output");
    }
}

void
check_amounts(const struct check *check)
{
    check_deductions(check);
    check_instalments(check);
    check_royalty(check);
    check_currency(check);
    check_rest(check);
}
