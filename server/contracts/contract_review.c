#include <string.h>

#include "server/api/api.h"
#include "server/api/fields.h"
#include "server/contracts/contract_checklist.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"
#include "server/contracts/determination.h"

/* Acts around a decision that is not the registrar's alone: escalate to a second reviewer, forward
 * to the province and enter what it decided, assign the case to a colleague. */

enum { NOTE_MAX = 500, REASONS_MAX = 200 };

struct review_act {
    enum { REVIEW_START, REVIEW_LOOKED, REVIEW_STORED } at;
    struct act act;
    struct determination determination; /* of the province */
};

static void
review_clear(void *state)
{
    struct review_act *self = state;

    determination_clear(&self->determination);
}

/* Faults of the body go to call->faults; without any, act.detail and act.columns are what the act
 * brings along. */
typedef void (*judge_fn)(struct call *call, struct review_act *self);

static enum call_next
review_looked(struct call *call, struct review_act *self, judge_fn judge)
{
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    if (!is_replay && api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    if (!is_replay && judge != NULL)
        judge(call, self);
    if (!is_replay && call->faults.count > 0)
        return call_fail_faults(call);
    if (self->act.detail == NULL)
        self->act.detail = act_dump(call, json_incref(call->body));
    self->at = REVIEW_STORED;
    return act_send(call, &self->act);
}

static enum call_next
review_step(struct call *call, struct review_act *self, const char *act, judge_fn judge)
{
    switch (self->at) {
    case REVIEW_START:
        self->act.act = act;
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        self->at = REVIEW_LOOKED;
        return act_look(call, &self->act);
    case REVIEW_LOOKED:
        return review_looked(call, self, judge);
    case REVIEW_STORED:
        return contract_act_done(call, &self->act, NULL);
    }
    return CALL_FAIL;
}

/* Who hands a case on may think other values right, and by them another one decides. They count
 * for the route alone: nothing is determined before the decision. */
static void
judge_assessed(struct call *call, struct review_act *self)
{
    json_t *detail;

    if (json_object_get(call->body, "determined") == NULL)
        return;
    determination_read(call, &self->determination, db_text(&self->act.before, 0, BEFORE_BODY));
    if (call->faults.count > 0)
        return;
    detail = json_pack("{s:o}", "assessed", determination_detail(call, &self->determination));
    json_object_set(detail, "note", json_object_get(call->body, "note"));
    self->act.detail = act_dump(call, detail);
}

/* The province registered it under its own number, or refused it. */
static void
judge_decision(struct call *call, struct review_act *self)
{
    bool refuses = strcmp(self->act.act, "record_refusal") == 0;
    const char *decided_on = json_string_value(json_object_get(call->body, "decided_on"));
    json_t *context = json_loads(db_text(&self->act.before, 0, BEFORE_CONTEXT), 0, NULL);
    const char *accepted_on = json_string_value(json_object_get(context, "accepted_on"));
    const json_t *finding;
    size_t index;
    json_t *detail;

    if (decided_on != NULL && accepted_on != NULL && strcmp(decided_on, accepted_on) < 0)
        call_fault(call, "/decided_on", "decision.decided_on");
    json_array_foreach(json_object_get(context, "confirmed"), index, finding)
        contract_confirmed_fault(call, json_string_value(finding));
    json_decref(context);
    self->act.number = json_string_value(json_object_get(call->body, "registration_number"));
    if (!refuses && self->act.number == NULL)
        call_fault(call, "/registration_number", "decision.number");
    if (refuses && json_array_size(json_object_get(call->body, "reasons")) == 0)
        call_fault(call, "/reasons", "decision.reasons");
    contract_judge_reasons(call);
    determination_read(call, &self->determination, db_text(&self->act.before, 0, BEFORE_BODY));
    if (refuses || call->faults.count > 0)
        return;
    self->act.columns = determination_columns(call, &self->determination);
    detail = determination_detail(call, &self->determination);
    json_object_set(detail, "decided_on", json_object_get(call->body, "decided_on"));
    json_object_set(detail, "note", json_object_get(call->body, "note"));
    self->act.detail = act_dump(call, detail);
}

static enum call_next
escalate_step(struct call *call, void *state)
{
    return review_step(call, state, "escalate", judge_assessed);
}

static enum call_next
forward_step(struct call *call, void *state)
{
    return review_step(call, state, "forward", judge_assessed);
}

static enum call_next
assign_step(struct call *call, void *state)
{
    return review_step(call, state, "assign", NULL);
}

static enum call_next
record_decision_step(struct call *call, void *state)
{
    const char *decision = json_string_value(json_object_get(call->body, "decision"));
    bool refuses = decision != NULL && strcmp(decision, "refused") == 0;

    return review_step(call, state, refuses ? "record_refusal" : "record_decision", judge_decision);
}

static const struct field hand_on_fields[] = {
    {"note", FIELD_LINES, .max = NOTE_MAX, .help = "for the next one who looks at the case"},
    {"determined", FIELD_OBJECT,
        .help = "fields of the form that the registrar would determine otherwise, when the route "
                "follows from them; who decides determines anew"},
    {"reason", FIELD_LINES, .max = NOTE_MAX, .help = "why these values differ"},
    {0},
};

static const struct field assign_fields[] = {
    {"assignee", FIELD_TEXT, .max = 64,
        .help = "name of a registrar or reviewer of the point; null takes the case from everybody"},
    {0},
};

static const struct field decision_fields[] = {
    {"decision", FIELD_CHOICE, FIELD_REQUIRED, .list = "registered|refused"},
    {"decided_on", FIELD_DATE, FIELD_REQUIRED | FIELD_NOT_FUTURE, .help = "not before acceptance"},
    {"registration_number", FIELD_TEXT, .max = 24,
        .help = "the province's, of 16 digits; none of a series that tcrd numbers itself"},
    {"reasons", FIELD_LIST, .max = REASONS_MAX, .fields = contract_reason_fields,
        .help = "of a refusal"},
    {"determined", FIELD_OBJECT, .help = "fields that the province determined otherwise"},
    {"reason", FIELD_LINES, .max = NOTE_MAX, .help = "why the determined values differ"},
    {"note", FIELD_LINES, .max = NOTE_MAX},
    {0},
};

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

const struct method contract_escalate_method = {
    .name = "contract.escalate",
    .verb = "POST",
    .path = "/v1/contracts/{id}/escalate",
    .roles = ROLE_REGISTRAR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .fields = hand_on_fields,
    .summary_en = "Ask for expert review: another person decides, within the longer term",
    .summary_zh = "提交专家审核:由他人复核,适用较长期限",
    .state_size = sizeof(struct review_act),
    .step = escalate_step,
    .clear = review_clear,
};

const struct method contract_forward_method = {
    .name = "contract.forward",
    .verb = "POST",
    .path = "/v1/contracts/{id}/forward",
    .roles = ROLE_REGISTRAR,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .fields = hand_on_fields,
    .summary_en =
        "Forward a contract above the point's limit to the province, from an expert review too",
    .summary_zh = "超出本登记点限额的合同报省级部门,专家审核中的亦可",
    .state_size = sizeof(struct review_act),
    .step = forward_step,
    .clear = review_clear,
};

const struct method contract_assign_method = {
    .name = "contract.assign",
    .verb = "POST",
    .path = "/v1/contracts/{id}/assign",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .fields = assign_fields,
    .summary_en = "Assign an open case to a registrar or reviewer of the point",
    .summary_zh = "将案件分派给本登记点的登记员或复核员",
    .state_size = sizeof(struct review_act),
    .step = assign_step,
    .clear = review_clear,
};

const struct method contract_record_decision_method = {
    .name = "contract.record_decision",
    .verb = "POST",
    .path = "/v1/contracts/{id}/record_decision",
    .roles = ROLE_REGISTRAR,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .fields = decision_fields,
    .summary_en = "Enter what the province decided: its number and day, or its reasons",
    .summary_zh = "录入省级部门的决定:编号和日期,或不予登记的理由",
    .state_size = sizeof(struct review_act),
    .step = record_decision_step,
    .clear = review_clear,
};
