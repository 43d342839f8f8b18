#ifndef TCRD_COMMAND_SAMPLE_PARTY_H
#define TCRD_COMMAND_SAMPLE_PARTY_H
#include <stdbool.h>

#include "server/command/sample_params.h"
#include "server/command/sample_place.h"
#include "server/command/sample_random.h"
#include "server/form/contract.h"
/* sample_party - companies, universities and others that do not exist, with names and valid credit
 * codes. Pure.
 *
 * Who somebody is follows from the key alone, never from the seed or the contract: so the same
 * party comes back in many contracts, in one load and in the next.
 */
struct sample_party_key {
    bool is_buyer; /* buyers are other parties than sellers */
    enum sample_kind kind;
    int county; /* not for SAMPLE_ABROAD */
    int field;  /* of sample_fields: what it works in */
    int number; /* below SAMPLE_PARTY_MAX */
};
enum { SAMPLE_PARTY_MAX = 1 << 15 };

/* Choose a party in an area; crowd: how many of the kind and field there are in a county. */
struct sample_party_key sample_party_choose(const struct sample_places *places,
    const struct sample_area *area, int county, enum sample_kind kind, int field, int crowd,
    struct sample_random *random);

/* Fill out, an empty party; texts go to the arena. */
void sample_party_fill(const struct sample_places *places, const struct sample_party_key *key,
    struct arena *arena, struct party *out);
/* Name of a person; in the arena. */
const char *sample_person(struct arena *arena, struct sample_random *random);
/* An 18-character code (GB 32100) that belongs to this key alone; code has 19 bytes. */
void sample_credit_code(
    const struct sample_places *places, const struct sample_party_key *key, char *code);
#endif
