#include "server/act/act.h"
#include "server/attachments/attachment_int.h"

bool
attachment_contract(struct call *call, int64_t *contract_id)
{
    const char *text = call_arg(call, "id");

    call->audit_object = arena_printf(call->arena, "contract %.40s", text == NULL ? "" : text);
    if (act_parse_id(text, contract_id))
        return true;
    call_refuse(call, ERR_NOT_FOUND, "refused.no_contract");
    return false;
}
