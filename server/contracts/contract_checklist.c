#include "server/contracts/contract_checklist.h"

#include <string.h>

#include "server/api/api.h"

/* What the form itself answers. A line that does not apply to the contract is passed. */
static bool
amounts_stated(const struct contract *contract)
{
    return contract->total_amount > 0 && contract->technology_amount >= 0;
}

static bool
no_restrictive_clause(const struct contract *contract)
{
    return contract->clauses.restrictive != FLAG_TRUE;
}

static bool
not_foreign_language(const struct contract *contract)
{
    return contract->foreign_language != FLAG_TRUE;
}

static bool
not_mixed(const struct contract *contract)
{
    return contract->mixed != FLAG_TRUE;
}

static bool
outside_any_plan(const struct contract *contract)
{
    return contract->plan_source != NULL && strcmp(contract->plan_source, "9") == 0;
}

/* contract_check() has refused a licence beyond the life of its patent; who named no right with its
 * end is asked. */
static bool
licence_within_patent(const struct contract *contract)
{
    bool has_end = false;

    if (contract->contract_type == NULL || strcmp(contract->contract_type, "301") != 0)
        return true;
    for (int i = 0; i < contract->ip_rights.count; i++)
        has_end = has_end || contract->ip_rights.items[i].expires_on > DATE_BAD;
    return has_end;
}

static bool
no_technical_secret(const struct contract *contract)
{
    for (int i = 0; i < contract->ip_types.count; i++)
        if (strcmp(contract->ip_types.items[i], "2") == 0)
            return false;
    return true;
}

static bool
no_construction(const struct contract *contract)
{
    return contract->clauses.construction != FLAG_TRUE;
}

static bool
no_principal_contract(const struct contract *contract)
{
    return contract->principal_contract == NULL;
}

static const struct {
    const char *rule;
    bool (*is_passed)(const struct contract *contract);
} machine[] = {
    {"G06", no_restrictive_clause},
    {"G07", amounts_stated},
    {"G08", not_foreign_language},
    {"G09", not_mixed},
    {"G10", outside_any_plan},
    {"T05", no_technical_secret},
    {"T06", licence_within_patent},
    {"SX2", no_construction},
    {"PX3", no_principal_contract},
};

static bool
machine_passes(const char *rule, const struct contract *contract)
{
    for (size_t i = 0; i < sizeof(machine) / sizeof(machine[0]); i++)
        if (strcmp(machine[i].rule, rule) == 0)
            return machine[i].is_passed(contract);
    return false;
}

/* One judgement: what was asked, what was given, what is kept. */
struct judgement {
    struct call *call;
    const struct contract *contract;
    const json_t *given;
    bool others; /* "*": all that is not named is passed */
    json_t *kept;
};

static void
keep(struct judgement *self, const char *rule, const char *by, const char *note)
{
    json_t *line = json_pack("{s:s, s:b, s:s}", "rule", rule, "answer", 1, "by", by);

    if (note != NULL)
        json_object_set_new(line, "note", json_string(note));
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

/* is_waiver: the line says that something speaks against it; passing it takes a reason. */
static void
judge_line(struct judgement *self, const char *rule, const char *article, const char *zh,
    const char *en, bool is_waiver)
{
    struct fault_list *faults = &self->call->faults;
    size_t index;
    const json_t *line = find_given(self->given, rule, &index);
    const char *note = json_string_value(json_object_get(line, "note"));
    const char *pointer = arena_printf(faults->arena, "/checklist/%zu", index);

    if (line != NULL && !json_is_true(json_object_get(line, "answer")))
        fault_add(faults, pointer, rule, article, zh, en);
    else if (line != NULL && is_waiver && note == NULL)
        call_fault(
            self->call, arena_printf(faults->arena, "%s/note", pointer), "certify.waiver_note");
    else if (line != NULL)
        keep(self, rule, "registrar", note);
    else if (!is_waiver && machine_passes(rule, self->contract))
        keep(self, rule, "machine", NULL);
    else if (!is_waiver && self->others)
        keep(self, rule, "all_others", NULL);
    else
        fault_add(faults, "/checklist", rule, article, zh, en);
}

/* The words of what was given. */
static void
read_given(struct judgement *self, int32_t rules_day, const json_t *extra)
{
    const struct codes *codes = api_codes(self->call->api);
    const json_t *line;
    size_t index;

    json_array_foreach(self->given, index, line)
    {
        const char *rule = json_string_value(json_object_get(line, "rule"));
        bool is_known = false;

        if (rule == NULL) /* told as a fault of the body */
            continue;
        if (strcmp(rule, "*") == 0) {
            self->others = json_is_true(json_object_get(line, "answer"));
            continue;
        }
        for (size_t i = 0; i < json_array_size(extra); i++)
            is_known = is_known || strcmp(json_string_value(json_array_get(extra, i)), rule) == 0;
        if (!is_known && codes_find(codes, "rule_checklist", rule, rules_day) == NULL)
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

json_t *
contract_checklist_judge(struct call *call, const struct contract *contract, int32_t rules_day,
    const json_t *extra, const json_t *given)
{
    const struct codes *codes = api_codes(call->api);
    struct judgement self = {call, contract, given, false, json_array()};
    const struct rule_row *line = NULL;

    read_given(&self, rules_day, extra);
    while ((line = next_line(codes, contract->contract_type, rules_day, line)) != NULL)
        judge_line(&self, line->rule.id, citable(&line->rule), line->rule.zh, line->rule.en, false);
    for (size_t i = 0; i < json_array_size(extra); i++) {
        const char *id = json_string_value(json_array_get(extra, i));
        const struct rule *rule = codes_rule(codes, id);

        judge_line(
            &self, id, NULL, rule == NULL ? id : rule->zh, rule == NULL ? id : rule->en, true);
    }
    return self.kept;
}

static void
show_line(json_t *lines, const struct rule *rule, const char *group, bool is_passed)
{
    json_array_append_new(
        lines, json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o}", "rule", rule->id, "group", group, "zh",
                   rule->zh, "en", rule->en, "article", citable(rule), "answer",
                   is_passed ? json_true() : json_null()));
}

json_t *
contract_checklist_lines(
    struct call *call, const struct contract *contract, int32_t rules_day, const json_t *extra)
{
    const struct codes *codes = api_codes(call->api);
    json_t *lines = json_array();
    const struct rule_row *line = NULL;

    while ((line = next_line(codes, contract->contract_type, rules_day, line)) != NULL) {
        const char *sign = line->kind == RULE_EXCLUSION ? "-" : "+";

        show_line(lines, &line->rule,
            strcmp(line->group, "GEN") == 0 ? line->group
                                            : arena_printf(call->arena, "%s%s", line->group, sign),
            machine_passes(line->rule.id, contract));
    }
    for (size_t i = 0; i < json_array_size(extra); i++) {
        const char *id = json_string_value(json_array_get(extra, i));
        const struct rule *rule = codes_rule(codes, id);
        struct rule unknown = {.id = id, .article = "", .zh = id, .en = id};

        show_line(lines, rule == NULL ? &unknown : rule, "", false);
    }
    return lines;
}
