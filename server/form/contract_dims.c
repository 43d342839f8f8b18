#include "server/form/contract.h"

/* Figures count the first kind of intellectual property, and the unit of the party that registers.
 */

static const char *
flag_text(enum flag flag)
{
    return flag == FLAG_TRUE ? "t" : "f";
}

void
contract_dims(struct buf *out, const struct contract *contract)
{
    const struct party *party = contract_registering_party(contract);
    const char *const parts[] = {
        contract->seller.party_type,
        contract->buyer.party_type,
        contract->ip_types.count > 0 ? contract->ip_types.items[0] : NULL,
        contract->service_industry,
        contract->plan_source,
        flag_text(contract->is_related),
        flag_text(contract->secrecy_requested),
        contract->seller.country,
        contract->buyer.country,
        party == NULL ? NULL : party->unit,
        contract->broker,
        contract->related.event,
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (i > 0)
            buf_putc(out, '\x1f');
        if (parts[i] != NULL)
            buf_puts(out, parts[i]);
    }
}
