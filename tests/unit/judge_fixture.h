#ifndef TCRD_TESTS_UNIT_JUDGE_FIXTURE_H
#define TCRD_TESTS_UNIT_JUDGE_FIXTURE_H
#include "tests/unit/contract_fixture.h"
/* judge_fixture - changes of the filing that breaks no rule, and the faults that are wanted then,
 * by the rules and lists of sql/codes. */

static struct codes *codes;

/* What contract_parse() and contract_check() find together, hints apart, on 2026-04-01. */
struct verdict {
    struct arena *arena;
    struct contract contract;
    struct fault_list refusals;
    struct fault_list hints;
};

static inline void
judge(struct verdict *verdict, const json_t *body)
{
    verdict->arena = arena_new();
    verdict->refusals = (struct fault_list){.arena = verdict->arena};
    verdict->hints = (struct fault_list){.arena = verdict->arena};
    contract_parse(verdict->arena, body, &verdict->contract, &verdict->refusals);
    contract_check(
        &verdict->contract, codes, day("2026-04-01"), &verdict->refusals, &verdict->hints);
}

struct change {
    const char *pointer;
    const char *json;
};

struct rule_case {
    struct change changes[5];
    const char *refusals;
    const char *hints;
};

static inline void
expect(const struct rule_case *rule_case)
{
    struct verdict verdict;
    json_t *body = load(good_body);
    char *refusals;
    char *hints;

    for (int i = 0; i < 5 && rule_case->changes[i].pointer != NULL; i++)
        edit(body, rule_case->changes[i].pointer, rule_case->changes[i].json);
    judge(&verdict, body);
    refusals = fault_lines(&verdict.refusals);
    hints = fault_lines(&verdict.hints);
    if (strcmp(refusals, rule_case->refusals) != 0 || strcmp(hints, rule_case->hints) != 0)
        fail_msg("%s = %s: found \"%s\" and hints \"%s\", wanted \"%s\" and \"%s\"",
            rule_case->changes[0].pointer, rule_case->changes[0].json, refusals, hints,
            rule_case->refusals, rule_case->hints);
    free(refusals);
    free(hints);
    json_decref(body);
    arena_free(verdict.arena);
}

static inline void
expect_all(const struct rule_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(&cases[i]);
}

#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof((cases)[0]))

static inline int
load_codes(void **state)
{
    struct err err;

    (void)state;
    codes = codes_read_directory("sql/codes", &err);
    return codes == NULL ? -1 : 0;
}

static inline int
free_codes(void **state)
{
    (void)state;
    codes_free(codes);
    return 0;
}
#endif
