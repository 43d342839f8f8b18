#include "server/contracts/contract_checklist.h"

#include <string.h>

#include "common/clock.h"
#include "server/api/api.h"
#include "server/form/contract_sight.h"

/* One judgement: what was asked, what was given, what is kept. */
struct judgement {
    struct call *call;
    const struct contract *contract;
    const json_t *context;
    const json_t *given;
    bool others; /* "*": all that is not named is passed */
    json_t *kept;
};

/* A line as it is asked. */
struct asked {
    const char *rule;
    const char *article; /* NULL without */
    const char *zh;
    const char *en;
    enum sight sight;
    bool is_flag; /* of a party or a finding, not of the law's list */
};

static void
keep(struct judgement *self, const struct asked *asked, const char *by, const char *note)
{
    json_t *line = json_pack("{s:s, s:b, s:s}", "rule", asked->rule, "answer", 1, "by", by);

    if (note != NULL)
        json_object_set_new(line, "note", json_string(note));
    if (!asked->is_flag && asked->sight == SIGHT_FAILED)
        json_object_set_new(line, "machine", json_false());
    json_array_append_new(self->kept, line);
}

static const json_t *
find_given(const json_t *given, const char *rule, size_t *index)
{
    for (*index = 0; *index < json_array_size(given); (*index)++) {
        const json_t *line = json_array_get(given, *index);
        const char *name = json_string_value(json_object_get(line, "rule"));

        if (name != NULL && strcmp(name, rule) == 0)
            return line;
    }
    return NULL;
}

/* A line that the form speaks against is passed by its name and with a reason, never among others.
 */
static void
judge_line(struct judgement *self, const struct asked *asked)
{
    struct fault_list *faults = &self->call->faults;
    size_t index;
    const json_t *line = find_given(self->given, asked->rule, &index);
    const char *note = json_string_value(json_object_get(line, "note"));
    const char *pointer = arena_printf(faults->arena, "/checklist/%zu", index);

    if (line != NULL && !json_is_true(json_object_get(line, "answer")))
        fault_add(faults, pointer, asked->rule, asked->article, asked->zh, asked->en);
    else if (line != NULL && asked->sight == SIGHT_FAILED && note == NULL)
        call_fault_more(self->call, arena_printf(faults->arena, "%s/note", pointer),
            "certify.waiver_note", asked->zh, asked->en);
    else if (line != NULL)
        keep(self, asked, "registrar", note);
    else if (asked->sight == SIGHT_PASSED)
        keep(self, asked, "machine", NULL);
    else if (asked->sight == SIGHT_OPEN && self->others)
        keep(self, asked, "all_others", NULL);
    else
        fault_add(faults, "/checklist", asked->rule, asked->article, asked->zh, asked->en);
}

static bool
holds_word(const json_t *words, const char *word)
{
    const json_t *item;
    size_t index;

    json_array_foreach(words, index, item)
    {
        if (strcmp(json_string_value(item), word) == 0)
            return true;
    }
    return false;
}

/* The words of what was given. */
static void
read_given(struct judgement *self, int32_t rules_day)
{
    const struct codes *codes = api_codes(self->call->api);
    const json_t *line;
    size_t index;

    json_array_foreach(self->given, index, line)
    {
        const char *rule = json_string_value(json_object_get(line, "rule"));

        if (rule == NULL) /* told as a fault of the body */
            continue;
        if (strcmp(rule, "*") == 0)
            self->others = json_is_true(json_object_get(line, "answer"));
        else if (!holds_word(json_object_get(self->context, "lines"), rule) &&
                 !holds_word(json_object_get(self->context, "confirmed"), rule) &&
                 codes_find(codes, "rule_checklist", rule, rules_day) == NULL)
            call_fault(self->call, arena_printf(self->call->arena, "/checklist/%zu/rule", index),
                "certify.checklist_rule");
    }
}

/* The line after last that must be answered; NULL at the end. */
static const struct rule_row *
next_line(
    const struct codes *codes, const char *contract_type, int32_t day, const struct rule_row *last)
{
    do {
        last = contract_type == NULL ? NULL : codes_checklist_next(codes, contract_type, day, last);
    } while (last != NULL && !last->is_required);
    return last;
}

static const char *
citable(const struct rule *rule)
{
    return rule->is_final && *rule->article != '\0' ? rule->article : NULL;
}

static struct asked
asked_line(const struct rule_row *line, const struct contract *contract)
{
    return (struct asked){line->rule.id, citable(&line->rule), line->rule.zh, line->rule.en,
        contract_sight(line->value, contract, clock_today()), false};
}

/* A flag or finding, by its word: something speaks against the contract. */
static struct asked
asked_flag(const struct codes *codes, const char *id)
{
    const struct rule *rule = codes_rule(codes, id);

    return (struct asked){
        id, NULL, rule == NULL ? id : rule->zh, rule == NULL ? id : rule->en, SIGHT_FAILED, true};
}

/* What no answer to a line passes: papers that are not there, a finding that was confirmed. */
static void
judge_bars(struct judgement *self)
{
    struct call *call = self->call;
    const json_t *word;
    size_t index;

    json_array_foreach(json_object_get(self->context, "confirmed"), index, word)
        contract_confirmed_fault(call, json_string_value(word));
    /* Other determined values may ask for other papers: the database says which. */
    if (json_object_get(call->body, "determined") != NULL)
        return;
    json_array_foreach(json_object_get(self->context, "papers_missing"), index, word)
        call_fault_more(call, "/attachments", "accept.attachment_missing", json_string_value(word),
            json_string_value(word));
}

void
contract_confirmed_fault(struct call *call, const char *finding)
{
    call_fault_more(call, "/checklist", "certify.confirmed", finding, finding);
}

json_t *
contract_checklist_judge(struct call *call, const struct contract *contract, int32_t rules_day,
    const json_t *context, const json_t *given)
{
    const struct codes *codes = api_codes(call->api);
    struct judgement self = {call, contract, context, given, false, json_array()};
    const struct rule_row *line = NULL;
    const json_t *word;
    size_t index;

    read_given(&self, rules_day);
    while ((line = next_line(codes, contract->contract_type, rules_day, line)) != NULL) {
        struct asked asked = asked_line(line, contract);

        judge_line(&self, &asked);
    }
    json_array_foreach(json_object_get(context, "lines"), index, word)
    {
        struct asked asked = asked_flag(codes, json_string_value(word));

        judge_line(&self, &asked);
    }
    judge_bars(&self);
    return self.kept;
}

static void
show_line(json_t *lines, const struct asked *asked, const char *group, json_t *answer)
{
    json_array_append_new(
        lines, json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o}", "rule", asked->rule, "group", group,
                   "zh", asked->zh, "en", asked->en, "article", asked->article, "answer", answer));
}

static json_t *
sight_json(enum sight sight)
{
    if (sight == SIGHT_OPEN)
        return json_null();
    return json_boolean(sight == SIGHT_PASSED);
}

json_t *
contract_checklist_lines(
    struct call *call, const struct contract *contract, int32_t rules_day, const json_t *context)
{
    const struct codes *codes = api_codes(call->api);
    json_t *lines = json_array();
    const struct rule_row *line = NULL;
    const json_t *word;
    size_t index;

    while ((line = next_line(codes, contract->contract_type, rules_day, line)) != NULL) {
        const char *sign = line->kind == RULE_EXCLUSION ? "-" : "+";
        struct asked asked = asked_line(line, contract);

        show_line(lines, &asked,
            strcmp(line->group, "GEN") == 0 ? line->group
                                            : arena_printf(call->arena, "%s%s", line->group, sign),
            sight_json(asked.sight));
    }
    json_array_foreach(json_object_get(context, "lines"), index, word)
    {
        struct asked asked = asked_flag(codes, json_string_value(word));

        show_line(lines, &asked, "", json_null());
    }
    json_array_foreach(json_object_get(context, "confirmed"), index, word)
    {
        struct asked asked = asked_flag(codes, json_string_value(word));

        show_line(lines, &asked, "", json_false());
    }
    return lines;
}
