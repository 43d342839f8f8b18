#ifndef TCRD_COMMAND_SAMPLE_MAKE_H
#define TCRD_COMMAND_SAMPLE_MAKE_H
#include <sys/types.h>

#include "server/command/sample_chunk.h"
/* sample_make - processes that make the contracts of a load while PostgreSQL stores them.
 *
 * Each maker goes through all contracts in their order, so that shares, numbers and titles come out
 * the same however many makers there are, and makes every chunk whose turn is its own. Makers are
 * forked after the plan is complete; they end when the caller does.
 */
enum { SAMPLE_MAKERS_MAX = 4 };

struct sample_makers { /* zero-initialised: none */
    struct {
        pid_t pid;
        int fd; /* chunks come out of it */
    } items[SAMPLE_MAKERS_MAX];
    int count;
    int64_t next; /* chunk */
};

/* first_id: of the first contract; last_seq: see struct sample. 0 or -1; then call
 * sample_makers_stop() all the same. */
int sample_makers_start(struct sample_makers *makers, struct sample *sample,
    const struct codes *codes, int64_t first_id, struct err *err);
/* The next chunk: 1, 0 after the last one, -1 with err. */
int sample_makers_next(struct sample_makers *makers, struct sample_chunk *chunk, struct err *err);
void sample_makers_stop(struct sample_makers *makers);
#endif
