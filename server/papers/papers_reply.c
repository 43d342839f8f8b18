#include "common/clock.h"
#include "server/api/api.h"
#include "server/papers/papers_int.h"

void
papers_reply_head(
    struct call *call, enum reply_format format, const char *title, const json_t *data)
{
    const char *number = json_string_value(json_object_get(data, "number"));

    if (number == NULL)
        number = json_string_value(json_object_get(data, "contract_id"));
    call->reply.content_type = format_type(format);
    call->reply.filename = arena_printf(call->arena, "%s-%s.%s", title == NULL ? "tcrd" : title,
        number == NULL ? "" : number, format == FORMAT_ZIP ? "zip" : "pdf");
}

void
papers_reply(struct call *call, const struct document *document, struct helper_job *job)
{
    papers_reply_head(call, FORMAT_PDF,
        json_string_value(json_object_get(document->values, "title")), document->data);
    call->reply.body = job->made;
    job->made = (struct buf){0};
}

enum call_next
papers_no_such(struct call *call, const char *status)
{
    const struct codes *codes = api_codes(call->api);
    const struct code *code =
        codes == NULL ? NULL : codes_find(codes, "contract_status", status, clock_today());

    return call_refuse_more(
        call, ERR_STATE, "refused.paper_state", code == NULL ? status : code->name_zh, status);
}
