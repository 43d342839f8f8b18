#include <stdio.h>
#include <string.h>

#include "common/digest.h"
#include "server/api/text.h"
#include "server/form/contract.h"

char
contract_type_main(const char *contract_type)
{
    if (contract_type == NULL || contract_type[0] < '1' || contract_type[0] > '5')
        return '\0';
    return contract_type[0];
}

bool
contract_is_import(const struct contract *contract)
{
    return contract->filed_as != NULL && strcmp(contract->filed_as, "import_buyer") == 0;
}

const struct party *
contract_registering_party(const struct contract *contract)
{
    return contract_is_import(contract) ? &contract->buyer : &contract->seller;
}

const struct party *
contract_filing_party(const struct contract *contract)
{
    if (contract->filed_as != NULL && strcmp(contract->filed_as, "intermediary") == 0)
        return &contract->intermediary;
    if (contract->filed_as != NULL && strcmp(contract->filed_as, "agent") == 0)
        return NULL;
    return contract_registering_party(contract);
}

enum party_kind
party_kind(const struct party *party)
{
    if (party->country != NULL && strcmp(party->country, "142") != 0)
        return PARTY_ABROAD;
    if (party->party_type != NULL)
        return strcmp(party->party_type, "600") == 0 ? PARTY_PERSON : PARTY_ORGANISATION;
    return party->id_number != NULL && party->credit_code == NULL ? PARTY_PERSON
                                                                  : PARTY_ORGANISATION;
}

const char *
party_identity(const struct party *party)
{
    if (party->credit_code != NULL)
        return party->credit_code;
    return party->id_number != NULL ? party->id_number : party->foreign_id;
}

/* What identifies the party stands before it; a party without a number is known by country and
 * name. The line feed at the end keeps neighbours apart: neither an identity nor a folded name
 * holds one. */
static void
add_identity(struct buf *text, const struct party *party)
{
    const char *country = party->country == NULL ? "" : party->country;

    if (party->credit_code != NULL) {
        buf_printf(text, "credit %s", party->credit_code);
    } else if (party_identity(party) != NULL) {
        buf_printf(text, "%s %s %s", party->id_number != NULL ? "id" : "foreign", country,
            party_identity(party));
    } else {
        buf_printf(text, "name %s ", country);
        text_fold(text, party->name == NULL ? "" : party->name);
    }
    buf_putc(text, '\n');
}

void
contract_duplicate_key(const struct contract *contract, uint8_t *out)
{
    struct buf text = {0};

    add_identity(&text, &contract->seller);
    add_identity(&text, &contract->buyer);
    text_fold(&text, contract->project_name == NULL ? "" : contract->project_name);
    buf_printf(&text, "\n%d\n%lld\n", (int)contract->signed_on, (long long)contract->total_amount);
    sha256_of(text.data, text.len, out);
    buf_clear(&text);
}
