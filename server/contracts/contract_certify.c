#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "common/money.h"
#include "server/api/api.h"
#include "server/api/json_in.h"
#include "server/contracts/contract_checklist.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"

/* contract.certify: the registrar determines, the contract gets its number, certificate and fact.
 * The filed copy never changes: determined values are laid over it, the whole is judged like a
 * filing, and figures count the result. */

struct contract_certify {
    enum { CERTIFY_START, CERTIFY_LOOKED, CERTIFY_STORED } at;
    struct act act;
    struct filing filing; /* filed with the determined values over it */
    json_t *filed;        /* the filed text */
    json_t *context;      /* what tcr.act_core_context() says */
    json_t *checklist;    /* the answers to keep */
};

static void
certify_clear(void *state)
{
    struct contract_certify *self = state;

    json_decref(self->filed);
    json_decref(self->context);
    json_decref(self->checklist);
}

/* What was filed, with the determined values over it. */
static void
read_determined(struct call *call, struct contract_certify *self, const json_t *determined)
{
    json_t *merged = NULL;

    self->filed = json_loads(db_text(&self->act.before, 0, BEFORE_BODY), 0, NULL);
    if (contract_overlay(call->arena, self->filed, determined, &merged, &call->faults)) {
        contract_parse(call->arena, merged, &self->filing.contract, &call->faults);
        self->filing.contract.is_determined = true;
        self->filing.hints.arena = call->arena;
        if (determined != NULL)
            contract_check(&self->filing.contract, api_codes(call->api), clock_today(),
                &call->faults, &self->filing.hints);
    }
    json_decref(merged);
}

static void
judge(struct call *call, struct contract_certify *self)
{
    static const char *const members[] = {
        "determined", "reason", "checklist", "registration_number", NULL};
    const json_t *determined;
    const json_t *given;
    const char *reason;
    int32_t rules_day = clock_today();

    json_in_known(&call->faults, call->body, "", members);
    determined = json_in_object(&call->faults, call->body, "", "determined");
    reason = json_in_text(&call->faults, call->body, "", "reason", 500, false);
    self->act.number =
        json_in_text(&call->faults, call->body, "", "registration_number", 24, false);
    given = json_in_array(&call->faults, call->body, "", "checklist", CHECKLIST_MAX, false);
    if (determined != NULL && json_object_size(determined) > 0 && reason == NULL)
        fault_add(&call->faults, "/reason", "certify.reason", NULL, "核定与申报不一致时须说明理由",
            "a reason is needed where the determined values differ from the filed ones");
    read_determined(call, self, determined);
    self->context = json_loads(db_text(&self->act.before, 0, BEFORE_CONTEXT), 0, NULL);
    date_parse(json_string_value(json_object_get(self->context, "rules_day")), &rules_day);
    self->checklist = contract_checklist_judge(
        call, &self->filing.contract, rules_day, json_object_get(self->context, "lines"), given);
}

static json_t *
text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

/* The columns that figures read; everything else of the contract stays as it was filed. */
static const char *
determined_columns(struct call *call, const struct contract *contract)
{
    return act_dump(call, json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o}", "contract_type",
                              contract->contract_type, "technical_field", contract->technical_field,
                              "total_amount", (json_int_t)contract->total_amount,
                              "technology_amount", (json_int_t)contract->technology_amount,
                              "seller_region", text_or_null(contract->seller.region), "seller_zone",
                              text_or_null(contract->seller.zone), "buyer_region",
                              text_or_null(contract->buyer.region), "buyer_zone",
                              text_or_null(contract->buyer.zone)));
}

/* Kept in the release: what the registrar stated and why, the values that count, where they differ
 * from the filed ones, and who answered which line. */
static const char *
certify_detail(struct call *call, struct contract_certify *self)
{
    const struct contract *contract = &self->filing.contract;
    const json_t *stated = json_object_get(call->body, "determined");
    json_t *determined = json_is_object(stated) ? json_deep_copy(stated) : json_object();
    char total[MONEY_TEXT_BYTES];
    char technology[MONEY_TEXT_BYTES];
    json_t *reason = json_object_get(call->body, "reason");
    json_t *differences;

    json_object_set_new(determined, "contract_type", json_string(contract->contract_type));
    json_object_set_new(determined, "technical_field", json_string(contract->technical_field));
    json_object_set_new(
        determined, "total_amount", json_string(money_format(contract->total_amount, total)));
    json_object_set_new(determined, "technology_amount",
        json_string(money_format(contract->technology_amount, technology)));
    differences = contract_differences(self->filed, determined);
    return act_dump(call,
        json_pack("{s:o, s:o, s:O, s:O}", "determined", determined, "differences", differences,
            "reason", reason == NULL ? json_null() : reason, "checklist", self->checklist));
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
    self->act.columns = determined_columns(call, &self->filing.contract);
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
        return contract_act_done(call, &self->act, &self->filing.hints);
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
