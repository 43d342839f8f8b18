#ifndef TCRD_COMMON_JOB_FRAME_H
#define TCRD_COMMON_JOB_FRAME_H
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
/* job_frame - what a worker and its helper process (tcrd-paper) say to each other over a socket
 * pair. Pure: bytes in, frame out.
 *
 * A frame is four numbers of 32 bits (network order): kind, id, length of the JSON text, length of
 * all parts; then the JSON text (UTF-8, one object); then the parts, each its length (32 bits) and
 * its bytes. A job says in JSON what is to be made and carries pictures, files and the like as
 * parts. Its answer has the same id: JOB_DONE with what was made as part 0, or JOB_FAILED with
 * {"why": "..."}. A new kind of job is one number here and one row in server/paper/paper_main.c.
 */
enum job_kind {
    JOB_PDF = 1, /* the model of a document (server/paper/paper_pdf.h) becomes a PDF */
    JOB_DOCX,    /* ... a document that officers edit, perhaps by their own template */
    JOB_XLSX,    /* ... a workbook with a sheet for each table */
    JOB_SHOWN,   /* which amounts an agency is shown (server/shown/shown_job.h) */
    JOB_DONE = 0x100,
    JOB_FAILED = 0x101
};

enum {
    JOB_HEAD_BYTES = 16,
    JOB_PARTS_MAX = 256,
    JOB_JSON_MAX = 16 * 1024 * 1024,  /* the model of a long list of registrations */
    JOB_BYTES_MAX = 128 * 1024 * 1024 /* all parts together */
};

struct job_part {
    const void *data;
    size_t len;
};

struct job_frame {
    uint32_t kind;
    uint32_t id;
    const char *json; /* not NUL-terminated */
    size_t json_len;
    struct job_part parts[JOB_PARTS_MAX];
    int part_count;
};

/* The lengths must be inside the limits above. */
void job_frame_write(struct buf *out, const struct job_frame *frame);
/* What the head says the frame takes, head included; 0 when data is shorter than a head, SIZE_MAX
 * when the frame breaks a limit. */
size_t job_frame_bytes(const char *data, size_t len);
/* data holds the whole frame, job_frame_bytes() of it. Its texts and parts point into data. 0, or
 * -1: the parts do not add up. */
int job_frame_read(const char *data, size_t len, struct job_frame *frame);
#endif
