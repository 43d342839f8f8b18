#include "server/bulletin/bulletin_file.h"

#include <string.h>

#include "common/job_frame.h"
#include "server/api/method.h"

const struct bulletin_form bulletin_forms[] = {
    {"json", 0, FORMAT_JSON},
    {"docx", JOB_DOCX, FORMAT_DOCX},
    {"xlsx", JOB_XLSX, FORMAT_XLSX},
    {"pdf", JOB_PDF, FORMAT_PDF},
    {0},
};

const struct bulletin_form *
bulletin_form_find(const char *name)
{
    for (const struct bulletin_form *form = bulletin_forms; form->name != NULL; form++)
        if (strcmp(form->name, name) == 0)
            return form;
    return NULL;
}

void
bulletin_job_write(struct buf *out, const struct bulletin_form *form, const struct conf *conf,
    const char *document, size_t len)
{
    if (form->job != JOB_DOCX || *conf->bulletin_template == '\0') {
        buf_add(out, document, len);
        return;
    }
    buf_puts(out, "{\"template\":");
    buf_json_string(out, conf->bulletin_template);
    buf_putc(out, ',');
    buf_add(out, document + 1, len - 1); /* behind the brace that PostgreSQL begins with */
}
