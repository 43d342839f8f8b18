#ifndef TCRD_COMMAND_SAMPLE_CONTRACT_H
#define TCRD_COMMAND_SAMPLE_CONTRACT_H
#include "common/buf.h"
#include "common/digest.h"
#include "server/command/sample_int.h"
#include "server/command/sample_words.h"
#include "server/form/contract.h"
/* sample_contract - a whole contract out of a draw, judged like a filing of its day: each of the
 * first 20,000 and a part of the others, which are made by the same rules. */

struct sample_contracts {
    const struct codes *codes;
    struct contract blank; /* nothing given */
    /* Titles given out, see sample_title.h; they begin at another place with another seed. */
    int64_t titles[SAMPLE_FIELDS][SAMPLE_LEAVES];
    int own_fields[SAMPLE_LEAVES]; /* of sample_fields; SAMPLE_OPEN: any */
    int64_t made;
};
void sample_contracts_init(
    struct sample_contracts *contracts, const struct codes *codes, uint64_t seed);

/* One contract as it is stored. Texts live in the arena, body in the buffer. */
struct sample_contract {
    struct contract form;
    struct buf body; /* JSON; cleared by the owner */
    uint8_t body_sha256[SHA256_BYTES];
    uint8_t duplicate_key[SHA256_BYTES];
};
/* Fill out (its body buffer is used again). -1 with err when the contract breaks a rule of the
 * form, which is a mistake of this program. */
int sample_contract_make(struct sample_contracts *contracts, const struct sample *sample,
    const struct sample_row *row, const struct sample_draw *draw, int64_t total, int64_t technology,
    struct arena *arena, struct sample_contract *out, struct err *err);
/* Somebody else makes this one: the next ones are as if it had been made here. */
void sample_contract_skip(struct sample_contracts *contracts, const struct sample_row *row,
    const struct sample_draw *draw);
#endif
