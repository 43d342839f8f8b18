#ifndef TCRD_SHOWN_SHOWN_JOB_H
#define TCRD_SHOWN_SHOWN_JOB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "server/shown/stats_shown.h"
/* shown_job - the question which amounts an agency is shown, and its answer, as bytes between a
 * worker and its helper process. Pure.
 *
 * Numbers of 32 bits in network order: how many contracts there are, the closed day, then of each
 * contract the members of struct stats_part in their order. The answer: the keys in their order, 64
 * bits each.
 */

/* The worker: begin, then add each contract. */
void shown_job_begin(struct buf *out, int count, int32_t closed_on);
void shown_job_add(struct buf *out, const struct stats_part *part);

/* The helper. False: the bytes are no such question, why says in what (it lives as long as the
 * program). */
bool shown_job_make(const void *data, size_t len, struct buf *made, const char **why);

/* The worker: the answer as stats_shown_has() reads it. False: it is none. */
bool shown_job_read(const struct buf *made, struct buf *shown);
#endif
