#include <stdlib.h>

#include "server/admin/admin.h"
#include "server/api/api.h"

static enum call_next
openapi_get_step(struct call *call, void *state)
{
    char *text = openapi_write(api_methods(call->api));

    (void)state;
    buf_puts(&call->reply.body, text);
    free(text);
    return CALL_DONE;
}

const struct method openapi_get_method = {
    .name = "openapi.get",
    .verb = "GET",
    .path = "/openapi.json",
    .flags = METHOD_PUBLIC,
    .status = 200,
    .summary_en = "This document",
    .summary_zh = "本接口文档",
    .step = openapi_get_step,
};
