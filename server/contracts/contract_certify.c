#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/api/json_in.h"
#include "server/contracts/contract_checklist.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"
#include "server/contracts/determination.h"

/* contract.certify: the registrar determines, the contract gets its number, certificate and fact.
 * The filed copy never changes: determined values are laid over it, the whole is judged like a
 * filing, and figures count the result. */

struct contract_certify {
    enum { CERTIFY_START, CERTIFY_LOOKED, CERTIFY_STORED } at;
    struct act act;
    struct determination determination;
    json_t *context;   /* what tcr.act_core_context() says */
    json_t *checklist; /* the answers to keep */
};

static void
certify_clear(void *state)
{
    struct contract_certify *self = state;

    determination_clear(&self->determination);
    json_decref(self->context);
    json_decref(self->checklist);
}

static void
judge(struct call *call, struct contract_certify *self)
{
    static const char *const members[] = {
        "determined", "reason", "checklist", "registration_number", NULL};
    const json_t *given;
    int32_t rules_day = clock_today();

    json_in_known(&call->faults, call->body, "", members);
    self->act.number =
        json_in_text(&call->faults, call->body, "", "registration_number", 24, false);
    given = json_in_array(&call->faults, call->body, "", "checklist", CHECKLIST_MAX, false);
    determination_read(call, &self->determination, db_text(&self->act.before, 0, BEFORE_BODY));
    self->context = json_loads(db_text(&self->act.before, 0, BEFORE_CONTEXT), 0, NULL);
    date_parse(json_string_value(json_object_get(self->context, "rules_day")), &rules_day);
    self->checklist = contract_checklist_judge(call, &self->determination.contract, rules_day,
        json_object_get(self->context, "lines"), given);
}

/* Kept in the release: the determination, and who answered which line. */
static const char *
certify_detail(struct call *call, struct contract_certify *self)
{
    json_t *detail = determination_detail(call, &self->determination);

    json_object_set(detail, "checklist", self->checklist);
    return act_dump(call, detail);
}

static enum call_next
looked(struct call *call, struct contract_certify *self)
{
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    self->at = CERTIFY_STORED;
    if (is_replay)
        return act_send(call, &self->act);
    if (api_codes(call->api) == NULL)
        return call_fail(call, ERR_UNAVAILABLE, "the code tables are not loaded yet");
    judge(call, self);
    if (call->faults.count > 0)
        return call_fail_faults(call);
    self->act.columns = determination_columns(call, &self->determination);
    self->act.detail = certify_detail(call, self);
    return act_send(call, &self->act);
}

static enum call_next
contract_certify_step(struct call *call, void *state)
{
    struct contract_certify *self = state;

    switch (self->at) {
    case CERTIFY_START:
        self->act.act = "certify";
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        self->at = CERTIFY_LOOKED;
        return act_look(call, &self->act);
    case CERTIFY_LOOKED:
        return looked(call, self);
    case CERTIFY_STORED:
        return contract_act_done(call, &self->act, &self->determination.hints);
    }
    return CALL_FAIL;
}

static json_t *
certify_schema(void)
{
    return json_pack("{s:s, s:b, s:{s:{s:s, s:s}, s:{s:s, s:i}, s:{s:s, s:i, s:{s:s, s:[s,s], "
                     "s:{s:{s:s, s:s}, s:{s:s}, "
                     "s:{s:s, s:i}}}}, s:{s:s, s:s}}}",
        "type", "object", "additionalProperties", 0, "properties", "determined", "type", "object",
        "description", "fields of the form that the registrar determines otherwise", "reason",
        "type", "string", "maxLength", 500, "checklist", "type", "array", "maxItems", CHECKLIST_MAX,
        "items", "type", "object", "required", "rule", "answer", "properties", "rule", "type",
        "string", "description", "a line of rule_checklist, or * for all that are not named",
        "answer", "type", "boolean", "note", "type", "string", "maxLength", 500,
        "registration_number", "type", "string", "pattern", "^[0-9]{16}$");
}

static const struct method_param params[] = {
    {"id", PARAM_IN_PATH, PARAM_TEXT, "id of the contract"},
    {0},
};

const struct method contract_certify_method = {
    .name = "contract.certify",
    .verb = "POST",
    .path = "/v1/contracts/{id}/certify",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = params,
    .body_schema = certify_schema,
    .summary_en = "Register the contract: determined values, number, certificate, figure",
    .summary_zh = "予以登记:核定、编号、出具登记证明并计入统计",
    .state_size = sizeof(struct contract_certify),
    .step = contract_certify_step,
    .clear = certify_clear,
};
