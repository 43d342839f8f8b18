#ifndef TCRD_COMMAND_SAMPLE_COPY_H
#define TCRD_COMMAND_SAMPLE_COPY_H
#include <libpq-fe.h>

#include "server/command/sample_chunk.h"
/* sample_copy - chunks of contracts into the tables of the record, by COPY. Inside the caller's
 * transaction.
 *
 * An empty record is filled without indexes, triggers and keys between tables, and its rows are
 * written once and for all (COPY FREEZE); everything is built when the last row is there. All of it
 * belongs to the transaction: a load that is broken off leaves the empty tables with their indexes,
 * and no bytes on the disk.
 */
/* Hold back other writers. Is the record empty? 0 or -1. */
int sample_copy_lock(PGconn *db, bool *is_empty, struct err *err);
/* Only with an empty record. 0 or -1. */
int sample_copy_unindex(PGconn *db, struct err *err);
int sample_copy_chunk(PGconn *db, bool is_empty, const struct sample_chunk *chunk, struct err *err);
/* After sample_copy_unindex() and the last chunk. 0 or -1. */
int sample_copy_index(PGconn *db, struct err *err);
#endif
