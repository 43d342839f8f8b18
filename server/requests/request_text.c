#include <string.h>

#include "common/clock.h"
#include "common/money.h"
#include "server/api/api.h"
#include "server/form/contract_columns.h"
#include "server/requests/request_int.h"

/* A registered contract has two layers: the filed text, which a change restates, and the
 * registrar's values over it, which an objection asks to be other. A newer layer wins: what a
 * change names is no longer determined as it was before. */

/* One reading of a contract with everything that is wrong with it. */
static void
judge(struct call *call, const json_t *json, bool is_determined, struct contract *contract,
    struct fault_list *faults)
{
    struct fault_list hints = {.arena = call->arena};

    contract_parse(call->arena, json, contract, faults);
    contract->is_determined = is_determined;
    contract_check(contract, api_codes(call->api), clock_today(), faults, &hints);
}

/* Values into into; null says nothing. */
static void
put(json_t *into, const json_t *values)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)values, name, value)
    {
        json_t *member = json_object_get(into, name);

        if (json_is_object(member) && json_is_object(value))
            put(member, value);
        else if (!json_is_null(value))
            json_object_set_new(into, name, json_deep_copy(value));
    }
}

/* Faults of an overlay are told below /determined; here they may belong to what was proposed. */
static void
repoint(struct call *call, int from, const char *pointer)
{
    static const char told[] = "/determined";

    for (int i = from; i < call->faults.count; i++) {
        struct fault *fault = &call->faults.items[i];

        if (strncmp(fault->pointer, told, sizeof(told) - 1) == 0)
            fault->pointer =
                arena_printf(call->arena, "%s%s", pointer, fault->pointer + sizeof(told) - 1);
    }
}

static bool
is_same(const struct contract *one, const struct contract *other)
{
    struct buf a = {0};
    struct buf b = {0};
    bool same;

    contract_write(&a, one, true);
    contract_write(&b, other, true);
    same = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    buf_clear(&a);
    buf_clear(&b);
    return same;
}

static void
seal(struct request_text *text)
{
    buf_putc(&text->body, '{');
    contract_write(&text->body, &text->stated, true);
    buf_putc(&text->body, '}');
    sha256_of(text->body.data, text->body.len, text->body_sha256);
}

/* The texts before and after, each in both layers; their faults. */
static void
compare(struct call *call, struct request_text *text, const struct request_values *values,
    const json_t *const json[4])
{
    struct contract *filed = arena_alloc(call->arena, sizeof(*filed));
    struct contract *before = arena_alloc(call->arena, sizeof(*before));
    struct fault_list old = {.arena = call->arena};
    struct fault_list found = {.arena = call->arena};

    judge(call, json[0], false, filed, &old);
    judge(call, json[1], true, before, &old);
    judge(call, json[2], false, &text->stated, &found);
    judge(call, json[3], true, &text->after, &found);
    contract_new_faults(
        &call->faults, values->pointer, &found, &old, values->proposed, values->determined);
    text->is_same = is_same(before, &text->after);
    text->is_restated = values->restates && !is_same(filed, &text->stated);
}

bool
request_text_read(struct call *call, struct request_text *text, const struct request_values *values)
{
    int before_count = call->faults.count;
    json_t *filed = json_loads(values->filed, 0, NULL);
    json_t *json[4] = {filed, NULL, NULL, NULL};
    struct fault_list ignored = {.arena = call->arena};
    int count;

    text->determined = values->earlier == NULL ? json_object() : json_deep_copy(values->earlier);
    json_object_del(text->determined, "technology_amount");
    contract_overlay(call->arena, filed, text->determined, &json[1], &ignored);
    contract_change(filed, values->restates ? values->proposed : NULL, &json[2], &call->faults);
    if (values->restates)
        contract_forget(text->determined, values->proposed);
    else
        put(text->determined, values->proposed);
    put(text->determined, values->determined);
    count = call->faults.count;
    contract_overlay(call->arena, json[2], text->determined, &json[3], &call->faults);
    repoint(call, count, values->pointer);
    compare(call, text, values, (const json_t *const *)json);
    if (call->faults.count == before_count && values->restates)
        seal(text);
    for (int i = 0; i < 4; i++)
        json_decref(json[i]);
    return call->faults.count == before_count;
}

void
request_text_clear(struct request_text *text)
{
    json_decref(text->determined);
    text->determined = NULL;
    buf_clear(&text->body);
}

const char *
request_columns(struct call *call, const struct request_text *text)
{
    uint8_t key[SHA256_BYTES];

    contract_duplicate_key(&text->stated, key);
    return act_dump(call, contract_columns(call->arena, &text->after, key));
}

json_t *
request_determined(const struct request_text *text)
{
    const struct contract *after = &text->after;
    json_t *determined = json_deep_copy(text->determined);
    char total[MONEY_TEXT_BYTES];
    char technology[MONEY_TEXT_BYTES];

    json_object_set_new(determined, "contract_type", json_string(after->contract_type));
    json_object_set_new(determined, "technical_field", json_string(after->technical_field));
    json_object_set_new(
        determined, "total_amount", json_string(money_format(after->total_amount, total)));
    json_object_set_new(determined, "technology_amount",
        json_string(money_format(after->technology_amount, technology)));
    return determined;
}

json_t *
request_differences(const struct request_text *text)
{
    json_t *determined = request_determined(text);
    json_t *differences;
    struct buf stated = {0};
    json_t *filed;

    buf_putc(&stated, '{');
    contract_write(&stated, &text->stated, true);
    buf_putc(&stated, '}');
    filed = json_loads(stated.data, 0, NULL);
    differences = contract_differences(filed, determined);
    buf_clear(&stated);
    json_decref(filed);
    json_decref(determined);
    return differences;
}
