#ifndef TCRD_BULLETIN_BULLETIN_FILE_H
#define TCRD_BULLETIN_BULLETIN_FILE_H
#include "common/buf.h"
#include "common/conf.h"
/* bulletin_file - the forms of a bulletin, shared by the methods and by the command. Pure. */
struct bulletin_form {
    const char *name; /* "docx", also the suffix */
    unsigned job;    /* kind of the job that makes it, common/job_frame.h; 0: the document itself */
    unsigned format; /* enum reply_format */
};
/* Ends with name NULL. */
extern const struct bulletin_form bulletin_forms[];
/* NULL: there is no such form. */
const struct bulletin_form *bulletin_form_find(const char *name);

/* The JSON text of a job: the document, and the bureau's template where the form takes one. */
void bulletin_job_write(struct buf *out, const struct bulletin_form *form, const struct conf *conf,
    const char *document, size_t len);
#endif
