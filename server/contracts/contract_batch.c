#include <string.h>

#include "server/api/fields.h"
#include "server/api/refusal.h"
#include "server/api/store.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* contract.batch: one act on many contracts, each for itself: what can be done is done, and each
 * item says what became of it. */

enum { ITEMS_MAX = 200 };

/* The record names rules; a client reads what they say. */
static void
tell(struct call *call)
{
    struct buf *body = &call->reply.body;
    json_t *answer = json_loadb(body->data, body->len, 0, NULL);
    json_t *item;
    size_t index;

    json_array_foreach(json_object_get(answer, "items"), index, item)
    {
        const char *outcome = json_string_value(json_object_get(item, "outcome"));

        if (strcmp(outcome, "ok") != 0)
            json_object_set_new(
                item, "faults", refusal_told(call, outcome, json_object_get(item, "faults")));
    }
    body->len = 0;
    buf_puts(body, act_dump(call, answer));
}

static enum call_next
batch_step(struct call *call, void *state)
{
    enum call_next next = store_step(call, state);

    if (next == CALL_DONE)
        tell(call);
    return next;
}

static const struct field item_fields[] = {
    {"id", FIELD_ID, FIELD_REQUIRED, .help = "of the contract"},
    {"seq", FIELD_INT, FIELD_REQUIRED, .help = "of the contract as it was read"},
    {0},
};

static const struct field batch_fields[] = {
    {"act", FIELD_CHOICE, FIELD_REQUIRED, .list = "accept|assign"},
    {"items", FIELD_LIST, FIELD_REQUIRED, .max = ITEMS_MAX, .min = 1, .fields = item_fields},
    {"assignee", FIELD_TEXT, .max = 64, .help = "of assign: see contract.assign"},
    {0},
};

const struct method contract_batch_method = {
    .name = "contract.batch",
    .verb = "POST",
    .path = "/v1/contracts/batch",
    .roles = ROLE_REGISTRAR,
    .flags = METHOD_BODY | METHOD_KEY,
    .status = 200,
    .fields = batch_fields,
    .summary_en = "Accept or assign many contracts; the answer tells the outcome of each",
    .summary_zh = "批量受理或批量分派,逐项返回结果",
    .state_size = sizeof(struct store_state),
    .step = batch_step,
};
