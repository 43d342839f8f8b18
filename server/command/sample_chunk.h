#ifndef TCRD_COMMAND_SAMPLE_CHUNK_H
#define TCRD_COMMAND_SAMPLE_CHUNK_H
#include "common/buf.h"
#include "server/command/sample_contract.h"
/* sample_chunk - contracts as the rows that filing, accepting and certifying leave behind, in the
 * form that COPY BINARY takes. Pure.
 *
 * Every column is ready: the database has nothing to compute. What a release counts with follows
 * sql/functions/fact_add.sql; tests/integration/test_sample.py compares.
 */
enum sample_table {
    SAMPLE_CONTRACT,
    SAMPLE_RELEASE,
    SAMPLE_FACT,
    SAMPLE_CERTIFICATE,
    SAMPLE_TERM, /* of income_term: only terms that are not over */
    SAMPLE_TABLES
};

struct sample_stored { /* what the command decides beside the contract itself */
    int64_t id;
    int64_t agency_id;
    int64_t account_id;
    int64_t point_id;
    int64_t registrar_id;
    int32_t days[SAMPLE_ACTS];
    int32_t due_on;
    int32_t today;
    int64_t seqs[SAMPLE_ACTS];
    int64_t seconds[SAMPLE_ACTS];
    const char *rule_set;     /* in force on the day of acceptance */
    const int64_t *size_from; /* see struct sample_day */
    const char *number;
};

struct sample_chunk { /* zero-initialised: empty */
    struct buf tables[SAMPLE_TABLES];
    int64_t count; /* of contracts */
};

void sample_chunk_add(struct sample_chunk *chunk, const struct sample_contract *contract,
    const struct sample_stored *stored);
/* The end of each COPY; nothing is added after it. */
void sample_chunk_end(struct sample_chunk *chunk);
/* Empty, memory is kept. */
void sample_chunk_reset(struct sample_chunk *chunk);
void sample_chunk_clear(struct sample_chunk *chunk);
#endif
