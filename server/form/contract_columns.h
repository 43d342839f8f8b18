#ifndef TCRD_FORM_CONTRACT_COLUMNS_H
#define TCRD_FORM_CONTRACT_COLUMNS_H
#include "common/arena.h"
#include "server/form/contract.h"
/* contract_columns - what of a contract stands in columns of its own in tcr.contract, for figures,
 * lists and searches. */

/* Those that figures count and a registrar may determine, by name; a new reference. */
json_t *contract_counted_columns(const struct contract *contract);
/* All of them by name, a new reference; key is the duplicate key, SHA256_BYTES. */
json_t *contract_columns(
    struct arena *arena, const struct contract *contract, const uint8_t *duplicate_key);

/* The identities of all parties, parted by commas; "" without. */
const char *contract_party_codes(struct arena *arena, const struct contract *contract);
/* The region of a party; NULL abroad, or when it could not be read. */
const char *contract_party_region(const struct party *party);
#endif
