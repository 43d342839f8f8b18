#include "common/date.h"
#include "server/auth/auth.h"

static enum call_next
session_open_step(struct call *call, void *state)
{
    struct buf *out = &call->reply.body;
    const char *comma = "";
    char day[DATE_TEXT_BYTES];

    (void)state;
    buf_puts(out, "{\"account\":");
    buf_json_string(out, call->principal.name);
    buf_puts(out, ",\"roles\":[");
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (!(call->principal.roles & (1u << i)))
            continue;
        buf_puts(out, comma);
        buf_json_string(out, role_name(i));
        comma = ",";
    }
    buf_puts(out, "],\"agency\":");
    if (call->principal.agency_id != 0)
        buf_printf(out, "\"%lld\"", (long long)call->principal.agency_id);
    else
        buf_puts(out, "null");
    buf_puts(out, ",\"credential_expires_on\":");
    if (call->principal.credential_last_day != INT32_MAX)
        buf_printf(out, "\"%s\"", date_format(call->principal.credential_last_day, day));
    else
        buf_puts(out, "null");
    buf_putc(out, '}');
    return CALL_DONE;
}

const struct method session_open_method = {
    .name = "session.open",
    .verb = "POST",
    .path = "/v1/session",
    .roles = (1u << ROLE_COUNT) - 1,
    .flags = METHOD_BODY_OPTIONAL,
    .status = 200,
    .summary_en = "Who am I: the account, roles and agency behind the credential, and its last "
                  "day. On the RPC wire, "
                  "params.token opens the "
                  "connection for this account",
    .summary_zh = "查询凭证对应的账户、角色、申报单位和有效期;在 RPC 连接上用 params.token 登录",
    .step = session_open_step,
};
