#ifndef TCRD_COMMAND_SAMPLE_COPY_H
#define TCRD_COMMAND_SAMPLE_COPY_H
#include <libpq-fe.h>

#include "common/buf.h"
#include "server/command/sample_contract.h"
/* sample_copy - contracts on their way into the database, chunk by chunk.
 *
 * While PostgreSQL stores one chunk, the next one is being made: memory holds two at most.
 */
struct sample_stored { /* what the command decides beside the contract itself */
    int64_t agency_id;
    int64_t account_id;
    int64_t point_id;
    int64_t registrar_id;
    int32_t days[SAMPLE_ACTS];
    int32_t due_on;
    int64_t seqs[SAMPLE_ACTS];
    int64_t seconds[SAMPLE_ACTS];
    const char *number;
};

struct sample_copy {
    PGconn *db;
    struct buf rows; /* COPY BINARY */
    int count;       /* in rows */
    bool is_storing; /* PostgreSQL is busy with the chunk before */
};

/* Makes the temporary table. 0 or -1. */
int sample_copy_open(struct sample_copy *copy, PGconn *db, struct err *err);
/* 0 or -1; a full chunk is sent. */
int sample_copy_add(struct sample_copy *copy, const struct sample_contract *contract,
    const struct sample_stored *stored, struct err *err);
/* Send what is left and wait until everything is stored. 0 or -1. */
int sample_copy_finish(struct sample_copy *copy, struct err *err);
void sample_copy_clear(struct sample_copy *copy);
#endif
