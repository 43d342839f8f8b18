#include <stdio.h>
#include <string.h>

#include "server/form/contract_check_int.h"
#include "server/form/contract_fault.h"

/* Everybody on one side of the contract: the main party first, then the co-parties. */
struct side {
    const struct party *main;
    const char *main_pointer;
    const struct party_list *others;
    const char *others_pointer;
};

static const struct party *
side_party(const struct side *side, int at)
{
    return at == 0 ? side->main : &side->others->items[at - 1];
}

static void
fail_party(const struct check *check, const struct side *side, int at, const char *rule,
    const char *member)
{
    char pointer[POINTER_BYTES];

    if (at == 0)
        snprintf(pointer, sizeof(pointer), "%s%s", side->main_pointer, member);
    else
        snprintf(pointer, sizeof(pointer), "%s/%d%s", side->others_pointer, at - 1, member);
    check_fail(check, rule, pointer);
}

static void
check_identity_kind(const struct check *check, const struct side *side, int at)
{
    const struct party *party = side_party(side, at);
    bool is_person = text_is(party->party_type, "600");

    if (is_person && has_text(party->credit_code))
        fail_party(check, side, at, "party.identity_kind", "/credit_code");
    if (!is_person && has_text(party->party_type) && has_text(party->id_number))
        fail_party(check, side, at, "party.identity_kind", "/id_number");
}

static void
check_place(const struct check *check, const struct side *side, int at)
{
    const struct party *party = side_party(side, at);
    bool is_home = text_is(party->country, "142");

    if (!is_country_known(check, party))
        return;
    if (!is_home && has_text(party->region))
        fail_party(check, side, at, "party.abroad_region", "/region");
    if (!is_home && has_text(party->zone))
        fail_party(check, side, at, "party.abroad_region", "/zone");
    if (is_home && has_text(party->zone) && has_text(party->region) &&
        strncmp(party->zone, party->region, 4) != 0)
        fail_party(check, side, at, "party.zone_city", "/zone");
    if (is_home && text_is(party->party_type, "500"))
        fail_party(check, side, at, "party.type_abroad", "/party_type");
    if (!is_home && has_text(party->party_type) && strchr("123", party->party_type[0]) != NULL)
        fail_party(check, side, at, "party.type_home", "/party_type");
}

static void
check_side(const struct check *check, const struct side *side)
{
    for (int at = 0; at <= side->others->count; at++) {
        if (side_party(side, at)->state != FORM_GIVEN)
            continue;
        check_identity_kind(check, side, at);
        check_place(check, side, at);
    }
}

/* The member that shows both to be the same party; NULL when they are not known to be. */
static const char *
same_party(const struct party *a, const struct party *b)
{
    if (has_text(a->credit_code) && has_text(b->credit_code) &&
        strcmp(a->credit_code, b->credit_code) == 0)
        return "/credit_code";
    if (has_text(a->id_number) && has_text(b->id_number) && strcmp(a->id_number, b->id_number) == 0)
        return "/id_number";
    if (has_text(a->foreign_id) && has_text(b->foreign_id) && has_text(a->country) &&
        has_text(b->country) && strcmp(a->foreign_id, b->foreign_id) == 0 &&
        strcmp(a->country, b->country) == 0)
        return "/foreign_id";
    return NULL;
}

static void
check_self_deal(const struct check *check, const struct side *sellers, const struct side *buyers)
{
    for (int b = 0; b <= buyers->others->count; b++)
        for (int s = 0; s <= sellers->others->count; s++) {
            const char *member = same_party(side_party(sellers, s), side_party(buyers, b));

            if (member != NULL) {
                fail_party(check, buyers, b, "contract.self_deal", member);
                break;
            }
        }
}

/* Who stands between the parties is normally none of them. */
static void
check_intermediary(const struct check *check, const struct side *side)
{
    for (int at = 0; at <= side->others->count; at++) {
        const char *member = same_party(side_party(side, at), &check->contract->intermediary);

        if (member == NULL)
            continue;
        check_fail(check, "contract.intermediary_party", "/intermediary");
        return;
    }
}

static void
check_twice(const struct check *check, const struct side *side)
{
    for (int at = 1; at <= side->others->count; at++)
        for (int before = 0; before < at; before++) {
            const char *member = same_party(side_party(side, before), side_party(side, at));

            if (member != NULL) {
                fail_party(check, side, at, "contract.party_twice", member);
                break;
            }
        }
}

static void
check_shares(const struct check *check, const struct side *side)
{
    int64_t sum = 0;

    for (int i = 0; i < side->others->count; i++)
        if (has_value(side->others->items[i].share))
            sum += side->others->items[i].share;
    if (sum > 100 * 100)
        check_fail_with(check, "contract.share_sum", side->others_pointer, "合计不超过100%",
            "at most 100% together");
    if (sum == 100 * 100)
        check_fail(check, "contract.share_whole", side->others_pointer);
}

static bool
same_text(const char *a, const char *b)
{
    return has_text(a) && has_text(b) && strcmp(a, b) == 0;
}

static void
check_related(const struct check *check)
{
    const struct party *seller = &check->contract->seller;
    const struct party *buyer = &check->contract->buyer;

    if (check->contract->is_related == FLAG_FALSE &&
        (same_text(seller->parent_code, buyer->parent_code) ||
            same_text(seller->parent_code, buyer->credit_code) ||
            same_text(seller->credit_code, buyer->parent_code)))
        check_fail(check, "contract.related_parent", "/is_related");
}

static void
check_filed_as(const struct check *check)
{
    const struct contract *contract = check->contract;
    const struct party *seller = &contract->seller;
    const struct party *buyer = &contract->buyer;
    bool is_import = contract_is_import(contract);

    if (text_is(contract->filed_as, "intermediary") && contract->intermediary.state == FORM_ABSENT)
        check_fail(check, "contract.intermediary_missing", "/intermediary");
    if (text_is(contract->filed_as, "agent"))
        check_fail(check, "contract.power_of_attorney", "/filed_as");
    if (seller->state == FORM_GIVEN && is_country_known(check, seller)) {
        if (is_import && text_is(seller->country, "142"))
            check_fail(check, "contract.import_seller", "/seller/country");
        if (!is_import && has_text(contract->filed_as) && !text_is(seller->country, "142"))
            check_fail(check, "contract.seller_abroad", "/filed_as");
    }
    if (is_import && buyer->state == FORM_GIVEN && is_country_known(check, buyer) &&
        !text_is(buyer->country, "142"))
        check_fail(check, "contract.import_buyer", "/buyer/country");
}

void
check_parties(const struct check *check)
{
    const struct contract *contract = check->contract;
    const struct party_list nobody = {NULL, 0};
    const struct side sellers = {&contract->seller, "/seller",
        contract->co_sellers.count < 0 ? &nobody : &contract->co_sellers, "/co_sellers"};
    const struct side buyers = {&contract->buyer, "/buyer",
        contract->co_buyers.count < 0 ? &nobody : &contract->co_buyers, "/co_buyers"};
    const struct side middle = {&contract->intermediary, "/intermediary", &nobody, ""};

    check_side(check, &sellers);
    check_side(check, &buyers);
    check_side(check, &middle);
    check_self_deal(check, &sellers, &buyers);
    check_twice(check, &sellers);
    check_twice(check, &buyers);
    check_intermediary(check, &sellers);
    check_intermediary(check, &buyers);
    check_shares(check, &sellers);
    check_shares(check, &buyers);
    check_related(check);
    check_filed_as(check);
}
