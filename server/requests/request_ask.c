#include <string.h>

#include "server/api/api.h"
#include "server/requests/request_int.h"
#include "server/requests/requests.h"

/* request.change, .cancel, .correct, .object: something is asked for about a registered contract.
 * What is proposed is judged like a filing, so that nobody waits for the registrar to hear of a
 * fault. The asking is a release; the contract stays as it is. */

struct ask_kind {
    const char *act;
    const char *reason; /* what the reason code must be for */
    bool proposes;
    bool restates; /* see struct request_values */
};

struct request_ask {
    enum { ASK_START, ASK_LOOKED, ASK_STORED } at;
    struct act act;
};

static const struct field paper_fields[] = {
    {.name = "", .type = FIELD_TEXT, .max = 200},
    {.name = NULL},
};

#define REASON_FIELD(flag)                                                                         \
    {                                                                                              \
        .name = "reason", .type = FIELD_CODE, .flags = flag, .list = "change_cancel_revoke_reason" \
    }
#define NOTE_FIELD(flag)                                                                           \
    {                                                                                              \
        .name = "note", .type = FIELD_LINES, .flags = flag, .max = NOTE_MAX                        \
    }
#define PAPERS_FIELD                                                                               \
    {                                                                                              \
        .name = "papers", .type = FIELD_LIST, .max = REQUEST_PAPERS_MAX, .fields = paper_fields,   \
        .help = "names of attachments of this contract"                                            \
    }
#define PROPOSED_FIELD(flag)                                                                       \
    {                                                                                              \
        .name = "proposed", .type = FIELD_OBJECT, .flags = flag,                                   \
        .help = "fields of the form as they shall become; {} takes an optional part away, a list " \
                "replaces the list"                                                                \
    }

static const struct field change_fields[] = {
    REASON_FIELD(FIELD_REQUIRED),
    NOTE_FIELD(0),
    PROPOSED_FIELD(FIELD_REQUIRED),
    PAPERS_FIELD,
    {.name = NULL},
};

static const struct field cancel_fields[] = {
    REASON_FIELD(FIELD_REQUIRED),
    NOTE_FIELD(0),
    PAPERS_FIELD,
    {.name = "benefits",
        .type = FIELD_LIST,
        .max = REQUEST_BENEFITS_MAX,
        .fields = request_benefit_fields,
        .help = "already taken on this registration"},
    {.name = NULL},
};

static const struct field object_fields[] = {
    REASON_FIELD(0),
    NOTE_FIELD(FIELD_REQUIRED),
    PROPOSED_FIELD(0),
    PAPERS_FIELD,
    {.name = "on_behalf_of",
        .type = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .list = "party|tax|finance",
        .help = "a party asks through its agency; for tax and finance the registrar or the bureau "
                "enters it"},
    {.name = "document",
        .type = FIELD_TEXT,
        .max = DOCUMENT_MAX,
        .help = "number of the authority's document"},
    {.name = NULL},
};

static const struct ask_kind change = {"request_change", "change", true, true};
static const struct ask_kind correct = {"request_correct", "change", true, true};
static const struct ask_kind cancel = {"request_cancel", "cancel", false, false};
static const struct ask_kind object = {"request_object", "object", true, false};

/* Tax and finance ask by a document of theirs. */
static void
check_document(struct call *call)
{
    const char *name = json_string_value(json_object_get(call->body, "on_behalf_of"));

    if (name != NULL && strcmp(name, "party") != 0 &&
        json_object_get(call->body, "document") == NULL)
        call_fault(call, "/document", "request.document");
}

static void
check_proposed(
    struct call *call, const struct act *act, const struct ask_kind *kind, const json_t *context)
{
    const json_t *proposed = json_object_get(call->body, "proposed");
    struct request_values values = {
        .filed = db_text(&act->before, 0, BEFORE_BODY),
        .earlier = json_object_get(context, "determined"),
        .proposed = proposed,
        .restates = kind->restates,
        .pointer = "/proposed",
    };
    struct request_text text = {0};

    if (!json_is_object(proposed))
        return;
    if (request_text_read(call, &text, &values) && text.is_same)
        call_fault(call, "/proposed", "request.nothing_changed");
    request_text_clear(&text);
}

/* What the release and the request keep: personal data of what is proposed stand apart. */
static const char *
ask_detail(struct call *call)
{
    json_t *body = call->body;
    json_t *whole = json_deep_copy(json_object_get(body, "proposed"));

    contract_hide_private(json_object_get(body, "proposed"));
    if (whole != NULL && !json_equal(whole, json_object_get(body, "proposed")))
        json_object_set(body, "proposed_private", whole);
    json_decref(whole);
    request_write_benefits(call);
    return act_dump(call, json_incref(body));
}

static enum call_next
ask_looked(struct call *call, struct request_ask *self, const struct ask_kind *kind)
{
    json_t *context;
    bool is_replay;

    if (act_looked(call, &self->act, &is_replay) == CALL_FAIL)
        return CALL_FAIL;
    self->at = ASK_STORED;
    if (is_replay)
        return act_send(call, &self->act);
    if (api_codes(call->api) == NULL)
        return call_refuse(call, ERR_UNAVAILABLE, "refused.unavailable");
    request_check_reason(call, "reason", kind->reason, "request.reason");
    context = json_loads(db_text(&self->act.before, 0, BEFORE_CONTEXT), 0, NULL);
    if (kind->proposes)
        check_proposed(call, &self->act, kind, context);
    if (kind == &object)
        check_document(call);
    json_decref(context);
    self->act.detail = ask_detail(call);
    if (call->faults.count > 0)
        return call_fail_faults(call);
    return act_send(call, &self->act);
}

static enum call_next
ask_stored(struct call *call, struct request_ask *self)
{
    json_t *extra;

    if (act_acted(call, &self->act) == CALL_FAIL)
        return CALL_FAIL;
    extra = json_loads(db_text(&self->act.db, 0, ACTED_EXTRA), 0, NULL);
    call->reply.location = arena_printf(
        call->arena, "/v1/requests/%s", json_string_value(json_object_get(extra, "id")));
    json_decref(extra);
    return act_answer_extra(call, &self->act);
}

static enum call_next
ask_step(struct call *call, struct request_ask *self, const struct ask_kind *kind)
{
    switch (self->at) {
    case ASK_START:
        self->act.act = kind->act;
        if (!act_contract_id(call, &self->act))
            return CALL_FAIL;
        self->at = ASK_LOOKED;
        return act_look(call, &self->act);
    case ASK_LOOKED:
        return ask_looked(call, self, kind);
    case ASK_STORED:
        return ask_stored(call, self);
    }
    return CALL_FAIL;
}

static enum call_next
change_step(struct call *call, void *state)
{
    return ask_step(call, state, &change);
}

static enum call_next
cancel_step(struct call *call, void *state)
{
    return ask_step(call, state, &cancel);
}

static enum call_next
correct_step(struct call *call, void *state)
{
    return ask_step(call, state, &correct);
}

static enum call_next
object_step(struct call *call, void *state)
{
    return ask_step(call, state, &object);
}

const struct method request_change_method = {
    .name = "request.change",
    .verb = "POST",
    .path = "/v1/contracts/{id}/change",
    .roles = ROLE_AGENCY,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 201,
    .params = request_contract_params,
    .fields = change_fields,
    .summary_en = "Ask to change a registered contract: reason, proposed values",
    .summary_zh = "申请变更登记:原因代码和变更后的内容",
    .state_size = sizeof(struct request_ask),
    .step = change_step,
};

const struct method request_cancel_method = {
    .name = "request.cancel",
    .verb = "POST",
    .path = "/v1/contracts/{id}/cancel",
    .roles = ROLE_AGENCY,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 201,
    .params = request_contract_params,
    .fields = cancel_fields,
    .summary_en = "Ask to cancel a registration: rescinded, annulled, void",
    .summary_zh = "申请注销登记:合同解除、被撤销或被宣告无效",
    .state_size = sizeof(struct request_ask),
    .step = cancel_step,
};

const struct method request_correct_method = {
    .name = "request.correct",
    .verb = "POST",
    .path = "/v1/contracts/{id}/correct",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 201,
    .params = request_contract_params,
    .fields = change_fields,
    .summary_en = "Ask to correct a clerical error, or open a correction as registrar; a second "
                  "person decides",
    .summary_zh = "申请更正登记信息,或由登记员依职权提出更正,由另一人审核",
    .state_size = sizeof(struct request_ask),
    .step = correct_step,
};

const struct method request_object_method = {
    .name = "request.object",
    .verb = "POST",
    .path = "/v1/contracts/{id}/object",
    .roles = ROLE_AGENCY | ROLE_REGISTRAR | ROLE_BUREAU,
    .flags = METHOD_BODY | METHOD_KEY | METHOD_MATCH,
    .status = 201,
    .params = request_contract_params,
    .fields = object_fields,
    .summary_en = "Object to the determined values, or enter that tax or finance ask to determine "
                  "them anew",
    .summary_zh = "对认定提出异议,或录入税务、财政机关的重新认定要求",
    .state_size = sizeof(struct request_ask),
    .step = object_step,
};
