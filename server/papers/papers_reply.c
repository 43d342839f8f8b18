#include "server/papers/papers_int.h"

void
papers_reply(struct call *call, const struct document *document, struct helper_job *job)
{
    const char *title = json_string_value(json_object_get(document->values, "title"));
    const char *number = document_data(document, "number");

    if (number == NULL)
        number = document_data(document, "contract_id");
    call->reply.body = job->made;
    job->made = (struct buf){0};
    call->reply.content_type = format_type(job->kind == JOB_ZIP ? FORMAT_ZIP : FORMAT_PDF);
    call->reply.filename =
        arena_printf(call->arena, "%s-%s.%s", title == NULL ? document->kind : title,
            number == NULL ? "" : number, job->kind == JOB_ZIP ? "zip" : "pdf");
}
