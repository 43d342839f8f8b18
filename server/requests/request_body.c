#include <string.h>

#include "common/clock.h"
#include "common/money.h"
#include "server/api/api.h"
#include "server/requests/request_int.h"

/* What the bodies of this room share: coded reasons, benefits, papers. */

const struct field request_benefit_fields[] = {
    {.name = "kind", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .list = "tax_policy"},
    {.name = "year", .type = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1985, .max = 2199},
    {.name = "amount", .type = FIELD_MONEY, .flags = FIELD_REQUIRED, .min = 1, .help = "in yuan"},
    {.name = NULL},
};

const struct method_param request_contract_params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

const struct method_param request_id_params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the request"},
    {0},
};

void
request_check_reason(struct call *call, const char *member, const char *kind, const char *rule)
{
    const char *code = json_string_value(json_object_get(call->body, member));
    const struct code *row;

    if (code == NULL)
        return;
    row = codes_find(api_codes(call->api), "change_cancel_revoke_reason", code, clock_today());
    if (row == NULL || strcmp(row->parent, kind) != 0)
        call_fault(call, arena_printf(call->arena, "/%s", member), rule);
}

void
request_write_benefits(struct call *call)
{
    json_t *item;
    size_t index;
    char text[MONEY_TEXT_BYTES];

    json_array_foreach(json_object_get(call->body, "benefits"), index, item)
        json_object_set_new(item, "amount",
            json_string(money_format(json_integer_value(json_object_get(item, "amount")), text)));
}
