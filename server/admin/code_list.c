#include "common/clock.h"
#include "common/date.h"
#include "server/admin/admin.h"
#include "server/api/api.h"
#include "server/codes/codes.h"

static enum call_next
code_lists_step(struct call *call, void *state)
{
    const struct codes *codes = api_codes(call->api);
    struct buf *out = &call->reply.body;

    (void)state;
    if (codes == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    buf_puts(out, "{\"items\":[");
    for (const char *const *list = codes_lists(codes); *list != NULL; list++) {
        int count;

        codes_list(codes, *list, &count);
        buf_printf(out, "%s{\"list\":", list == codes_lists(codes) ? "" : ",");
        buf_json_string(out, *list);
        buf_printf(out, ",\"rows\":%d}", count);
    }
    buf_puts(out, "],\"next\":null}");
    return CALL_DONE;
}

static void
write_text(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, ",\"%s\":", name);
    if (value[0] == '\0')
        buf_puts(out, "null");
    else
        buf_json_string(out, value);
}

static void
write_day(struct buf *out, const char *name, int32_t day, int32_t open_end)
{
    char text[DATE_TEXT_BYTES];

    write_text(out, name, day == open_end ? "" : date_format(day, text));
}

static enum call_next
code_list_step(struct call *call, void *state)
{
    const struct codes *codes = api_codes(call->api);
    const char *on = call_arg(call, "on");
    struct buf *out = &call->reply.body;
    int32_t day = clock_today();
    const struct code *rows;
    const char *comma = "";
    int count = 0;

    (void)state;
    if (on != NULL && !date_parse(on, &day))
        return call_bad_param(call, "on", "须为日期 YYYY-MM-DD", "a day, YYYY-MM-DD, is needed");
    if (codes == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    rows = codes_list(codes, call_arg(call, "list"), &count);
    if (rows == NULL)
        return call_refuse(call, ERR_NOT_FOUND, "refused.no_list");
    buf_puts(out, "{\"items\":[");
    for (int i = 0; i < count; i++) {
        if (day < rows[i].valid_from || day > rows[i].valid_to)
            continue;
        buf_printf(out, "%s{\"code\":", comma);
        buf_json_string(out, rows[i].code);
        write_text(out, "name_zh", rows[i].name_zh);
        write_text(out, "name_en", rows[i].name_en);
        write_text(out, "parent", rows[i].parent);
        write_day(out, "valid_from", rows[i].valid_from, INT32_MIN);
        write_day(out, "valid_to", rows[i].valid_to, INT32_MAX);
        buf_putc(out, '}');
        comma = ",";
    }
    buf_puts(out, "],\"next\":null}");
    return CALL_DONE;
}

static const struct method_param params[] = {
    {"list", PARAM_IN_PATH, PARAM_TEXT, "name of the list"},
    {"on", PARAM_IN_QUERY, PARAM_DATE, "codes that are valid on this day; default today"},
    {0},
};

const struct method code_lists_method = {
    .name = "code.lists",
    .verb = "GET",
    .path = "/v1/codes",
    .flags = METHOD_PUBLIC,
    .status = 200,
    .summary_en = "Names of the code lists",
    .summary_zh = "代码表目录",
    .step = code_lists_step,
};

const struct method code_list_method = {
    .name = "code.list",
    .verb = "GET",
    .path = "/v1/codes/{list}",
    .flags = METHOD_PUBLIC,
    .status = 200,
    .params = params,
    .summary_en = "The rows of one code list",
    .summary_zh = "一个代码表的内容",
    .step = code_list_step,
};
