#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/contracts/contract_checklist.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* contract.checklist: the lines that certify will ask, with what a machine has answered; for
 * another type on request, because the registrar may determine one. */

struct checklist_get {
    enum { LINES_START, LINES_READ } at;
    struct act act;
};

static enum call_next
lines_answer(struct call *call, const struct act *act)
{
    const char *type = call_arg(call, "contract_type");
    const struct codes *codes = api_codes(call->api);
    struct fault_list ignored = {.arena = call->arena};
    struct contract contract;
    int32_t day = clock_today();
    json_t *context;
    json_t *filed;
    json_t *answer;

    if (call_db_failed(call, &act->before))
        return CALL_FAIL;
    if (db_rows(&act->before) == 0)
        return act_not_found(call, NULL);
    if (codes == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    if (type != NULL && codes_find(codes, "contract_type", type, day) == NULL)
        return call_bad_param(call, "contract_type", "不是代码表 contract_type 的代码",
            "not a code of the list contract_type");
    context = json_loads(db_text(&act->before, 0, BEFORE_CONTEXT), 0, NULL);
    filed = json_loads(db_text(&act->before, 0, BEFORE_BODY), 0, NULL);
    contract_parse(call->arena, filed, &contract, &ignored);
    if (type != NULL)
        contract.contract_type = type;
    date_parse(json_string_value(json_object_get(context, "rules_day")), &day);
    answer = json_pack("{s:O, s:s?, s:o}", "rule_set", json_object_get(context, "rule_set"),
        "contract_type", contract.contract_type, "items",
        contract_checklist_lines(call, &contract, day, context));
    buf_puts(&call->reply.body, act_dump(call, answer));
    json_decref(filed);
    json_decref(context);
    return CALL_DONE;
}

static enum call_next
checklist_step(struct call *call, void *state)
{
    struct checklist_get *self = state;

    switch (self->at) {
    case LINES_START:
        self->act.act = "certify";
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        self->at = LINES_READ;
        return act_look(call, &self->act);
    case LINES_READ:
        return lines_answer(call, &self->act);
    }
    return CALL_FAIL;
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {"contract_type", PARAM_IN_QUERY, PARAM_TEXT, "lines of this type instead of the filed one"},
    {0},
};

const struct method contract_checklist_method = {
    .name = "contract.checklist",
    .verb = "GET",
    .path = "/v1/contracts/{id}/checklist",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_BUREAU | ROLE_AUDITOR,
    .flags = METHOD_READS_RECORD,
    .status = 200,
    .params = params,
    .summary_en = "The lines that certification asks, with what a machine sees in the form",
    .summary_zh = "审查要点清单,含系统预先核对的结果",
    .state_size = sizeof(struct checklist_get),
    .step = checklist_step,
};
