#ifndef TCRD_PAPER_PAPER_ZIP_H
#define TCRD_PAPER_PAPER_ZIP_H
#include <jansson.h>

#include "common/buf.h"
#include "common/job_frame.h"
/* paper_zip - names and parts become an archive, in memory only.
 *
 * {"at": seconds since 1970, "entries": [{"name": "登记证明.pdf", "part": 0, "stored"?: bool}]}:
 * names are UTF-8, `at` is the time of every entry, stored ones are not compressed. The same job
 * gives the same bytes.
 */
/* 0 with the archive in out, or -1 with why (200 bytes). */
int paper_zip_make(const json_t *model, const struct job_frame *job, struct buf *out, char *why);
#endif
