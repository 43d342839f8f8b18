#include "server/api/fields.h"
#include "server/api/store.h"
#include "server/contracts/contracts.h"

/* contract.batch: one act on many contracts, each for itself: what can be done is done, and each
 * item says what became of it. */

enum { ITEMS_MAX = 200 };

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
    .step = store_step,
};
