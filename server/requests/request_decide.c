#include <string.h>

#include "server/api/api.h"
#include "server/requests/request_int.h"
#include "server/requests/requests.h"

/* request.approve, .reject, .withdraw. An approval is the act of the request's kind: change,
 * correct, redetermine or cancel. The proposed values, and the registrar's over them, are judged
 * once more: the contract, codes and rules may have moved since. */

enum { REASONS_MAX = 20 };

struct request_decide {
    enum { DECIDE_START, DECIDE_LOOKED, DECIDE_STORED } at;
    struct act act;
    struct request_text text;
};

static const struct field approve_fields[] = {
    {.name = "determined",
        .type = FIELD_OBJECT,
        .help = "fields of the form that the registrar determines otherwise than proposed"},
    {.name = "note",
        .type = FIELD_LINES,
        .max = NOTE_MAX,
        .help = "required beside determined values"},
    {.name = "document",
        .type = FIELD_TEXT,
        .max = DOCUMENT_MAX,
        .help = "number of the province's decision, above the limit of the point"},
    {.name = "benefits",
        .type = FIELD_LIST,
        .max = REQUEST_BENEFITS_MAX,
        .fields = request_benefit_fields,
        .help = "already taken on this registration; of a cancellation"},
    {.name = NULL},
};

static const struct field reason_fields[] = {
    {.name = "", .type = FIELD_CODE, .list = "refusal_reason"},
    {.name = NULL},
};

static const struct field reject_fields[] = {
    {.name = "note", .type = FIELD_LINES, .flags = FIELD_REQUIRED, .max = NOTE_MAX},
    {.name = "reasons", .type = FIELD_LIST, .max = REASONS_MAX, .fields = reason_fields},
    {.name = NULL},
};

static const struct field withdraw_fields[] = {
    {.name = "note", .type = FIELD_LINES, .max = NOTE_MAX},
    {.name = NULL},
};

static void
decide_clear(void *state)
{
    struct request_decide *self = state;

    request_text_clear(&self->text);
}

/* What the release keeps besides the body of the act: which request it was. */
static const char *
decide_detail(struct call *call, const json_t *context)
{
    json_t *body = call->body;

    json_object_set_new(body, "request", json_string(call_arg(call, "id")));
    json_object_set(body, "kind", json_object_get(context, "kind"));
    json_object_set(body, "code", json_object_get(context, "reason"));
    /* As a certification calls it: why the determined values are what they are. */
    json_object_set(body, "reason", json_object_get(body, "note"));
    request_write_benefits(call);
    return act_dump(call, json_incref(body));
}

/* The new text of the contract; its columns go with the act. */
static void
approve_text(struct call *call, struct request_decide *self, const json_t *context)
{
    bool restates = strcmp(self->act.act, "redetermine") != 0;
    struct request_values values = {
        .filed = db_text(&self->act.before, 0, BEFORE_BODY),
        .earlier = json_object_get(context, "determined"),
        .proposed = json_object_get(context, "proposed"),
        .determined = json_object_get(call->body, "determined"),
        .restates = restates,
        .pointer = "/determined",
    };

    if (!request_text_read(call, &self->text, &values))
        return;
    if (self->text.is_same && !self->text.is_restated)
        call_fault(call, "/determined", "request.nothing_changed");
    self->act.columns = request_columns(call, &self->text);
    json_object_set_new(call->body, "determined", request_determined(&self->text));
    json_object_set_new(call->body, "differences", request_differences(&self->text));
    if (restates) {
        self->act.body = self->text.body.data;
        self->act.body_len = self->text.body.len;
        self->act.body_sha256 = self->text.body_sha256;
    }
}

static void
approve_judge(struct call *call, struct request_decide *self, const json_t *context)
{
    bool is_cancel = strcmp(self->act.act, "cancel") == 0;
    bool is_other = json_object_size(json_object_get(call->body, "determined")) > 0;

    if (is_other && json_object_get(call->body, "note") == NULL)
        call_fault(call, "/note", "request.note");
    if (is_cancel && is_other)
        call_fault(call, "/determined", "request.not_determined");
    if (!is_cancel && json_object_get(call->body, "benefits") != NULL)
        call_fault(call, "/benefits", "request.benefits");
    if (!is_cancel)
        approve_text(call, self, context);
}

/* Before faults: whose request it is, and whether it is open. The database looks again when it
 * decides. */
static bool
may_decide(struct call *call, const json_t *context)
{
    const char *status = json_string_value(json_object_get(context, "request_status"));

    if (json_is_true(json_object_get(context, "is_asker")))
        call_refuse(call, ERR_OWN_FILING, "refused.asker_decides");
    else if (strcmp(status, "pending") != 0)
        call_refuse(call, ERR_STATE, arena_printf(call->arena, "refused.request_%s", status));
    else
        return true;
    return false;
}

static enum call_next
decide_judged(struct call *call, struct request_decide *self, const json_t *context)
{
    if (strcmp(self->act.act, "request_withdraw") != 0 && !may_decide(call, context))
        return CALL_FAIL;
    if (strcmp(self->act.act, "request_approve") == 0) {
        self->act.act =
            arena_strdup(call->arena, json_string_value(json_object_get(context, "act")));
        approve_judge(call, self, context);
    }
    self->act.detail = decide_detail(call, context);
    if (call->faults.count > 0)
        return call_fail_faults(call);
    return act_send(call, &self->act);
}

static enum call_next
decide_looked(struct call *call, struct request_decide *self)
{
    enum call_next next;
    json_t *context;
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    self->at = DECIDE_STORED;
    if (is_replay)
        return act_send(call, &self->act);
    if (api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    context = json_loads(db_text(&self->act.before, 0, BEFORE_CONTEXT), 0, NULL);
    next = decide_judged(call, self, context);
    json_decref(context);
    return next;
}

static enum call_next
decide_step(struct call *call, struct request_decide *self, const char *act)
{
    switch (self->at) {
    case DECIDE_START:
        self->act.act = act;
        if (!act_child_id(call, &self->act, "request"))
            return CALL_FAIL;
        self->at = DECIDE_LOOKED;
        return act_look(call, &self->act);
    case DECIDE_LOOKED:
        return decide_looked(call, self);
    case DECIDE_STORED:
        if (act_acted(call, &self->act) == CALL_FAIL)
            return CALL_FAIL;
        return act_answer_extra(call, &self->act);
    }
    return CALL_FAIL;
}

static enum call_next
approve_step(struct call *call, void *state)
{
    return decide_step(call, state, "request_approve");
}

static enum call_next
reject_step(struct call *call, void *state)
{
    return decide_step(call, state, "request_reject");
}

static enum call_next
withdraw_step(struct call *call, void *state)
{
    return decide_step(call, state, "request_withdraw");
}

const struct method request_approve_method = {
    .name = "request.approve",
    .verb = "POST",
    .path = "/v1/requests/{id}/approve",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = request_id_params,
    .fields = approve_fields,
    .summary_en = "Approve a request: the contract changes, or its registration is cancelled, and "
                  "the figures follow",
    .summary_zh = "批准申请:变更、更正、重新认定或注销,统计随之调整",
    .state_size = sizeof(struct request_decide),
    .step = approve_step,
    .clear = decide_clear,
};

const struct method request_reject_method = {
    .name = "request.reject",
    .verb = "POST",
    .path = "/v1/requests/{id}/reject",
    .roles = ROLE_REGISTRAR | ROLE_REVIEWER,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = request_id_params,
    .fields = reject_fields,
    .summary_en = "Reject a request, with a note",
    .summary_zh = "驳回申请,并说明理由",
    .state_size = sizeof(struct request_decide),
    .step = reject_step,
    .clear = decide_clear,
};

const struct method request_withdraw_method = {
    .name = "request.withdraw",
    .verb = "POST",
    .path = "/v1/requests/{id}/withdraw",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_BUREAU,
    .flags = METHOD_BODY_OPTIONAL | METHOD_KEY | METHOD_MATCH,
    .status = 200,
    .params = request_id_params,
    .fields = withdraw_fields,
    .summary_en = "Withdraw a request before it is decided",
    .summary_zh = "在决定前撤回申请",
    .state_size = sizeof(struct request_decide),
    .step = withdraw_step,
    .clear = decide_clear,
};
