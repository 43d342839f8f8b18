#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/date.h"
#include "server/api/api.h"
#include "server/api/fields.h"
#include "server/contracts/contract_checklist.h"
#include "server/contracts/contract_int.h"
#include "server/contracts/contracts.h"
#include "server/contracts/determination.h"

/* contract.certify: the registrar determines, the contract gets its number, certificate and fact.
 * The filed copy never changes: determined values are laid over it, the whole is judged like a
 * filing, and figures count the result. */

enum { NOTE_MAX = 500 };

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
    int32_t rules_day = clock_today();

    self->act.number = json_string_value(json_object_get(call->body, "registration_number"));
    determination_read(call, &self->determination, db_text(&self->act.before, 0, BEFORE_BODY));
    self->context = json_loads(db_text(&self->act.before, 0, BEFORE_CONTEXT), 0, NULL);
    date_parse(json_string_value(json_object_get(self->context, "rules_day")), &rules_day);
    self->checklist = contract_checklist_judge(call, &self->determination.contract, rules_day,
        self->context, json_object_get(call->body, "checklist"));
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
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
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

static const struct field line_fields[] = {
    {"rule", FIELD_TEXT, FIELD_REQUIRED, .max = 64,
        .help = "a line of contract.checklist, or * for all that are not named and that the "
                "machine does not answer false"},
    {"answer", FIELD_BOOL, FIELD_REQUIRED,
        .help = "true: criterion met, exclusion does not apply, flag may be passed over"},
    {"note", FIELD_LINES, .max = NOTE_MAX,
        .help = "needed to pass over a flag, a finding, or a line that the machine answers false"},
    {0},
};

static const struct field certify_fields[] = {
    {"determined", FIELD_OBJECT,
        .help = "fields of the form that the registrar determines otherwise"},
    {"reason", FIELD_LINES, .max = NOTE_MAX, .help = "why the determined values differ"},
    {"checklist", FIELD_LIST, .max = CHECKLIST_MAX, .fields = line_fields},
    {"registration_number", FIELD_TEXT, .max = 24, .help = "where the national system numbers"},
    {0},
};

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
    .fields = certify_fields,
    .summary_en = "Register the contract: determined values, number, certificate, figure",
    .summary_zh = "予以登记:核定、编号、出具登记证明并计入统计",
    .state_size = sizeof(struct contract_certify),
    .step = contract_certify_step,
    .clear = certify_clear,
};
