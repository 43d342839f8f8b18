#include "server/contracts/determination.h"

#include "common/clock.h"
#include "common/money.h"
#include "server/act/act.h"
#include "server/api/api.h"
#include "server/form/contract_columns.h"

/* A filing that was accepted is judged for what is determined otherwise, not once more as a whole.
 */
static void
add_new_faults(struct call *call, const json_t *filed, const struct fault_list *found)
{
    struct contract *before = arena_alloc(call->arena, sizeof(*before));
    struct fault_list old = {.arena = call->arena};
    struct fault_list hints = {.arena = call->arena};

    contract_parse(call->arena, filed, before, &old);
    before->is_determined = true;
    contract_check(before, api_codes(call->api), clock_today(), &old, &hints);
    contract_new_faults(
        &call->faults, "/determined", found, &old, json_object_get(call->body, "determined"), NULL);
}

void
determination_read(struct call *call, struct determination *self, const char *filed)
{
    const json_t *determined = json_object_get(call->body, "determined");
    struct fault_list found = {.arena = call->arena};
    json_t *merged = NULL;

    if (determined != NULL && json_object_size(determined) > 0 &&
        json_object_get(call->body, "reason") == NULL)
        call_fault(call, "/reason", "certify.reason");
    self->filed = json_loads(filed, 0, NULL);
    self->hints.arena = call->arena;
    contract_overlay(call->arena, self->filed, determined, &merged, &call->faults);
    contract_parse(call->arena, merged, &self->contract, &found);
    self->contract.is_determined = true;
    if (determined != NULL) {
        contract_check(&self->contract, api_codes(call->api), clock_today(), &found, &self->hints);
        add_new_faults(call, self->filed, &found);
    }
    json_decref(merged);
}

void
determination_clear(struct determination *self)
{
    json_decref(self->filed);
}

/* The columns that figures read; everything else of the contract stays as it was filed. */
const char *
determination_columns(struct call *call, const struct determination *self)
{
    return act_dump(call, contract_counted_columns(&self->contract));
}

json_t *
determination_detail(struct call *call, const struct determination *self)
{
    const struct contract *contract = &self->contract;
    const json_t *stated = json_object_get(call->body, "determined");
    json_t *determined = json_is_object(stated) ? json_deep_copy(stated) : json_object();
    char total[MONEY_TEXT_BYTES];
    char technology[MONEY_TEXT_BYTES];
    json_t *reason = json_object_get(call->body, "reason");

    json_object_set_new(determined, "contract_type", json_string(contract->contract_type));
    json_object_set_new(determined, "technical_field", json_string(contract->technical_field));
    json_object_set_new(
        determined, "total_amount", json_string(money_format(contract->total_amount, total)));
    json_object_set_new(determined, "technology_amount",
        json_string(money_format(contract->technology_amount, technology)));
    return json_pack("{s:o, s:o, s:O}", "determined", determined, "differences",
        contract_differences(self->filed, determined), "reason",
        reason == NULL ? json_null() : reason);
}
