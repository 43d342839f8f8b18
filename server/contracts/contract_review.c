#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/api/json_in.h"
#include "server/api/refusal.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"
#include "server/contracts/determination.h"

/* Acts around a decision that is not the registrar's alone: escalate to a second reviewer, forward
 * to the province and enter what it decided, assign the case to a colleague. */

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

/* Faults of the body go to call->faults. */
typedef void (*judge_fn)(struct call *call, struct review_act *self);

static enum call_next
review_looked(struct call *call, struct review_act *self, judge_fn judge)
{
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    if (!is_replay)
        judge(call, self);
    if (call->faults.count > 0)
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

static void
judge_note(struct call *call, struct review_act *self)
{
    static const char *const members[] = {"note", NULL};

    (void)self;
    json_in_known(&call->faults, call->body, "", members);
    json_in_text(&call->faults, call->body, "", "note", 500, false);
}

static void
judge_assign(struct call *call, struct review_act *self)
{
    static const char *const members[] = {"assignee", NULL};

    (void)self;
    json_in_known(&call->faults, call->body, "", members);
    json_in_text(&call->faults, call->body, "", "assignee", 64, false);
}

/* The province registered it under its own number, or refused it. */
static void
judge_decision(struct call *call, struct review_act *self)
{
    static const char *const members[] = {"decision", "registration_number", "decided_on",
        "reasons", "determined", "reason", "note", NULL};
    bool refuses = strcmp(self->act.act, "record_refusal") == 0;
    int32_t accepted = DATE_ABSENT;
    int32_t day;
    json_t *context = json_loads(db_text(&self->act.before, 0, BEFORE_CONTEXT), 0, NULL);
    json_t *detail;

    json_in_known(&call->faults, call->body, "", members);
    json_in_text(&call->faults, call->body, "", "note", 500, false);
    self->act.number =
        json_in_text(&call->faults, call->body, "", "registration_number", 24, !refuses);
    date_parse(json_string_value(json_object_get(context, "accepted_on")), &accepted);
    if (json_in_text(&call->faults, call->body, "", "decided_on", 10, true) != NULL &&
        json_in_date(&call->faults, call->body, "", "decided_on", &day) &&
        (day > clock_today() || day < accepted))
        call_fault(call, "/decided_on", "decision.decided_on");
    if (refuses)
        contract_reasons_judge(call);
    determination_read(call, &self->determination, db_text(&self->act.before, 0, BEFORE_BODY));
    json_decref(context);
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
    return review_step(call, state, "escalate", judge_note);
}

static enum call_next
forward_step(struct call *call, void *state)
{
    return review_step(call, state, "forward", judge_note);
}

static enum call_next
assign_step(struct call *call, void *state)
{
    return review_step(call, state, "assign", judge_assign);
}

static enum call_next
record_decision_step(struct call *call, void *state)
{
    const char *decision = json_string_value(json_object_get(call->body, "decision"));
    bool refuses = decision != NULL && strcmp(decision, "refused") == 0;

    if (!refuses && (decision == NULL || strcmp(decision, "registered") != 0))
        return call_fail(call, ERR_SYNTAX, "decision: registered or refused is needed");
    return review_step(call, state, refuses ? "record_refusal" : "record_decision", judge_decision);
}

static json_t *
note_schema(void)
{
    return json_pack("{s:s, s:b, s:{s:{s:s, s:i}}}", "type", "object", "additionalProperties", 0,
        "properties", "note", "type", "string", "maxLength", 500);
}

static json_t *
assign_schema(void)
{
    return json_pack("{s:s, s:b, s:{s:{s:[s,s], s:s}}}", "type", "object", "additionalProperties",
        0, "properties", "assignee", "type", "string", "null", "description",
        "name of a registrar or reviewer of the point; null takes the case from everybody");
}

static json_t *
decision_schema(void)
{
    return json_pack("{s:s, s:[s,s], s:b, s:{s:{s:[s,s]}, s:{s:s, s:s}, s:{s:s, s:s}, s:{s:s}, "
                     "s:{s:s}, s:{s:s, s:i}, s:{s:s, s:i}}}",
        "type", "object", "required", "decision", "decided_on", "additionalProperties", 0,
        "properties", "decision", "enum", "registered", "refused", "registration_number", "type",
        "string", "pattern", "^[0-9]{16}$", "decided_on", "type", "string", "format", "date",
        "reasons", "type", "array", "determined", "type", "object", "reason", "type", "string",
        "maxLength", 500, "note", "type", "string", "maxLength", 500);
}

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
    .body_schema = note_schema,
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
    .body_schema = note_schema,
    .summary_en = "Forward a contract above the point's limit to the province",
    .summary_zh = "超出本登记点限额的合同报省级部门",
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
    .body_schema = assign_schema,
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
    .body_schema = decision_schema,
    .summary_en = "Enter what the province decided: its number and day, or its reasons",
    .summary_zh = "录入省级部门的决定:编号和日期,或不予登记的理由",
    .state_size = sizeof(struct review_act),
    .step = record_decision_step,
    .clear = review_clear,
};
