#include <stdlib.h>
#include <string.h>

#include "common/money.h"
#include "server/api/api_error.h"
#include "server/contracts/contract_int.h"

enum { STATE_BYTES_USUAL = 512 };

void
answer_text(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, ",\"%s\":", name);
    if (value == NULL)
        buf_puts(out, "null");
    else
        buf_json_string(out, value);
}

void
answer_money(struct buf *out, const char *name, int64_t fen)
{
    char text[MONEY_TEXT_BYTES];

    buf_printf(out, ",\"%s\":\"%s\"", name, money_format(fen, text));
}

void
contract_state_read(struct contract_state *state, const struct db_call *db, int first)
{
    state->id = db_int(db, 0, first + STATE_ID);
    state->seq = db_int(db, 0, first + STATE_SEQ);
    state->status = db_text(db, 0, first + STATE_STATUS);
    state->agency_id = db_int(db, 0, first + STATE_AGENCY);
    state->submitted_on = db_text(db, 0, first + STATE_SUBMITTED_ON);
    state->accepted_on = db_text(db, 0, first + STATE_ACCEPTED_ON);
    state->due_on = db_text(db, 0, first + STATE_DUE_ON);
    state->due_is_provisional = db_bool(db, 0, first + STATE_DUE_IS_PROVISIONAL);
    state->registered_on = db_text(db, 0, first + STATE_REGISTERED_ON);
    state->number = db_text(db, 0, first + STATE_NUMBER);
    state->route = db_text(db, 0, first + STATE_ROUTE);
    state->rule_set = db_text(db, 0, first + STATE_RULE_SET);
    state->assignee = db_text(db, 0, first + STATE_ASSIGNEE);
    state->check_code = db_text(db, 0, first + STATE_CHECK_CODE);
    state->detail = db_text(db, 0, first + STATE_DETAIL);
    state->pending = db_text(db, 0, first + STATE_PENDING);
    state->holds = NULL;
    state->correction = NULL;
    state->refusal = NULL;
}

static void
answer_member(struct buf *out, const char *name, const json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    buf_printf(out, ",\"%s\":%s", name, text == NULL ? "null" : text);
    free(text);
}

/* What the last deciding act determined: null before it. The filer is told where that differs from
 * the filing, and why. */
static void
answer_determined(struct buf *out, const char *detail)
{
    json_t *whole = detail == NULL ? NULL : json_loads(detail, 0, NULL);

    answer_member(out, "determined", json_object_get(whole, "determined"));
    if (whole != NULL) {
        answer_member(out, "differences", json_object_get(whole, "differences"));
        answer_member(out, "reason", json_object_get(whole, "reason"));
    }
    json_decref(whole);
}

void
contract_answer(struct call *call, const struct contract_state *state, const char *members,
    size_t len, const struct fault_list *hints, const struct fault_list *faults)
{
    struct buf *out = &call->reply.body;

    buf_reserve(out, len + STATE_BYTES_USUAL);
    buf_printf(out, "{\"id\":\"%lld\"", (long long)state->id);
    answer_text(out, "status", state->status);
    buf_printf(out, ",\"seq\":%lld,\"agency\":\"%lld\"", (long long)state->seq,
        (long long)state->agency_id);
    answer_text(out, "submitted_on", state->submitted_on);
    answer_text(out, "accepted_on", state->accepted_on);
    answer_text(out, "due_on", state->due_on);
    if (state->due_on != NULL)
        buf_printf(out, ",\"due_is_provisional\":%s", state->due_is_provisional ? "true" : "false");
    answer_text(out, "registered_on", state->registered_on);
    answer_text(out, "registration_number", state->number);
    if (state->check_code != NULL)
        answer_text(out, "check_code", state->check_code);
    answer_text(out, "route", state->route);
    answer_text(out, "rule_set", state->rule_set);
    answer_text(out, "assignee", state->assignee);
    if (state->pending != NULL)
        buf_printf(out, ",\"requests\":%s", state->pending);
    if (state->holds != NULL)
        buf_printf(out, ",\"holds\":%s", state->holds);
    if (state->correction != NULL)
        buf_printf(out, ",\"correction\":%s", state->correction);
    if (state->refusal != NULL)
        buf_printf(out, ",\"refusal\":%s", state->refusal);
    buf_putc(out, ',');
    buf_add(out, members, len);
    answer_determined(out, state->detail);
    if (hints != NULL) {
        buf_puts(out, ",\"hints\":");
        fault_list_write(out, hints);
    }
    if (faults != NULL) {
        buf_puts(out, ",\"faults\":");
        fault_list_write(out, faults);
    }
    buf_putc(out, '}');
    call->reply.has_etag = true;
    call->reply.etag = state->seq;
}

void
contract_members(struct call *call, struct buf *out, const char *body, bool with_private)
{
    struct fault_list faults = {.arena = call->arena};
    struct contract contract;
    json_t *json;

    if (with_private) {
        buf_add(out, body + 1, strlen(body) - 2);
        return;
    }
    json = json_loads(body, 0, NULL);
    contract_parse(call->arena, json, &contract, &faults);
    contract_write(out, &contract, false);
    json_decref(json);
}
