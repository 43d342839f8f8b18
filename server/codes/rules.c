#include <stddef.h>
#include <string.h>

#include "common/clock.h"
#include "server/codes/codes.h"

/* The rows of one id, in order: the first and how many. */
static const struct rule_row *
rows_of(const struct codes *codes, const char *id, int *count)
{
    int total;
    const struct rule_row *rows = codes_rules(codes, &total);
    int low = 0;
    int high = total;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (strcmp(rows[middle].rule.id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < total && strcmp(rows[low + *count].rule.id, id) == 0;)
        (*count)++;
    return *count == 0 ? NULL : rows + low;
}

static bool
holds(const struct rule_row *row, int32_t day)
{
    return row->valid_from <= day && day <= row->valid_to;
}

const struct rule_row *
codes_rule_on(const struct codes *codes, const char *id, int32_t day)
{
    int count;
    const struct rule_row *rows = rows_of(codes, id, &count);

    /* "" sorts before every area */
    for (int i = 0; i < count && *rows[i].region == '\0'; i++)
        if (holds(&rows[i], day))
            return &rows[i];
    return NULL;
}

const struct rule *
codes_rule(const struct codes *codes, const char *id)
{
    int32_t today = clock_today();
    const struct rule_row *row = codes_rule_on(codes, id, today);
    int count;

    if (row != NULL || (row = rows_of(codes, id, &count)) == NULL)
        return row == NULL ? NULL : &row->rule;
    while (count > 1 && row[1].valid_from <= today) {
        row++;
        count--;
    }
    return &row->rule;
}

const char *
codes_rule_set(const struct codes *codes, int32_t day)
{
    const struct rule_row *row = codes_rule_on(codes, "rule_set", day);

    return row == NULL ? NULL : row->value;
}

const char *
codes_parameter(const struct codes *codes, const char *name, const char *region, int32_t day)
{
    const char *value = NULL;
    int count;
    const struct rule_row *rows = rows_of(codes, name, &count);

    /* Of the areas that cover the region, a longer one sorts after a shorter one. */
    for (int i = 0; i < count; i++)
        if (rows[i].kind == RULE_PARAMETER && rows[i].is_enabled && holds(&rows[i], day) &&
            strncmp(region == NULL ? "" : region, rows[i].region, strlen(rows[i].region)) == 0)
            value = rows[i].value;
    return value;
}

const struct rule_row *
codes_checklist_next(
    const struct codes *codes, const char *contract_type, int32_t day, const struct rule_row *last)
{
    const struct rule_row *type = codes_rule_on(codes, contract_type, day);
    int count;
    const struct rule_row *rows = codes_rules(codes, &count);

    for (int i = last == NULL ? 0 : (int)(last - rows) + 1; i < count; i++) {
        const struct rule_row *row = &rows[i];

        if ((row->kind == RULE_CRITERION || row->kind == RULE_EXCLUSION) && row->is_enabled &&
            holds(row, day) &&
            (strcmp(row->group, "GEN") == 0 ||
                (type != NULL && type->kind == RULE_TYPE && strcmp(row->group, type->group) == 0)))
            return row;
    }
    return NULL;
}

enum rule_kind
codes_rule_kind(const char *word)
{
    static const char *const words[RULE_KIND_COUNT] = {
        "set", "form", "type", "criterion", "exclusion", "refusal", "parameter"};
    int kind = 0;

    while (kind < RULE_KIND_COUNT && strcmp(words[kind], word) != 0)
        kind++;
    return (enum rule_kind)kind;
}
