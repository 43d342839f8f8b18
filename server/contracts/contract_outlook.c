#include "server/contracts/contract_outlook.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

enum { OUTLOOK_SLOTS = 256 };

/* Of this worker, which is one thread. */
static struct outlook slots[OUTLOOK_SLOTS];
static struct {
    char version[VERSION_BYTES];
    int64_t until_us;
} rules;

static struct outlook *
slot_of(const char *region)
{
    unsigned hash = 5381;

    for (; *region != '\0'; region++)
        hash = hash * 33 + (unsigned char)*region;
    return &slots[hash % OUTLOOK_SLOTS];
}

const char *
outlook_region(const struct contract *contract)
{
    const struct party *party = contract_registering_party(contract);

    if (party == NULL || party->region == NULL || party->region == contract_bad_text ||
        strlen(party->region) >= sizeof(slots[0].region))
        return "";
    return party->region;
}

const struct outlook *
outlook_find(const char *region)
{
    const struct outlook *slot = slot_of(region);

    return slot->until_us > clock_mono_us() && strcmp(slot->region, region) == 0 &&
                   strcmp(slot->rules, rules.version) == 0
               ? slot
               : NULL;
}

static void
keep_text(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text == NULL ? "" : text);
}

bool
outlook_rules_known(void)
{
    int64_t now_us = clock_mono_us();

    if (rules.until_us > now_us)
        return true;
    /* The caller asks: what comes in before it has the answer needs not ask as well. */
    rules.until_us = now_us + ASKING_MS * 1000;
    return false;
}

void
outlook_keep_rules(const char *version)
{
    keep_text(rules.version, sizeof(rules.version), version);
    rules.until_us = clock_mono_us() + RULES_MS * 1000;
}

static struct outlook_bound
read_bound(const struct db_call *db, int is_total)
{
    if (db_is_null(db, 0, is_total))
        return (struct outlook_bound){.lowest = VALUE_ABSENT};
    return (struct outlook_bound){db_bool(db, 0, is_total), db_int(db, 0, is_total + 1)};
}

const struct outlook *
outlook_keep(const char *region, const struct db_call *db)
{
    struct outlook *slot = slot_of(region);

    *slot = (struct outlook){.until_us = clock_mono_us() + OUTLOOK_MS * 1000};
    keep_text(slot->region, sizeof(slot->region), region);
    slot->is_known = db_rows(db) > 0;
    if (!slot->is_known) {
        keep_text(slot->rules, sizeof(slot->rules), rules.version);
        return slot;
    }
    outlook_keep_rules(db_text(db, 0, OUTLOOK_VERSION));
    keep_text(slot->rules, sizeof(slot->rules), rules.version);
    keep_text(slot->point_name, sizeof(slot->point_name), db_text(db, 0, OUTLOOK_POINT));
    slot->province = read_bound(db, OUTLOOK_PROVINCE);
    slot->expert = read_bound(db, OUTLOOK_EXPERT);
    keep_text(
        slot->decision_due.on, sizeof(slot->decision_due.on), db_text(db, 0, OUTLOOK_DECISION));
    slot->decision_due.is_provisional = db_bool(db, 0, OUTLOOK_DECISION + 1);
    keep_text(slot->expert_due.on, sizeof(slot->expert_due.on), db_text(db, 0, OUTLOOK_EXPERT_DUE));
    slot->expert_due.is_provisional = db_bool(db, 0, OUTLOOK_EXPERT_DUE + 1);
    return slot;
}

static bool
is_met(struct outlook_bound bound, const struct contract *contract)
{
    int64_t amount = bound.is_total ? contract->total_amount : contract->technology_amount;

    return bound.lowest != VALUE_ABSENT && amount != VALUE_ABSENT && amount != VALUE_BAD &&
           amount >= bound.lowest;
}

const char *
outlook_route(const struct outlook *outlook, const struct contract *contract)
{
    if (is_met(outlook->province, contract))
        return "province";
    return is_met(outlook->expert, contract) ? "expert" : "point";
}
