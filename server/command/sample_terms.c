#include "server/command/sample_terms.h"

#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "server/command/sample_words.h"

static void
fill_days(const struct sample_draw *draw, struct sample_random *random, struct contract *form)
{
    /* Shortest and longest term in days, by main type. */
    static const int terms[SAMPLE_TYPES][2] = {
        {180, 1095}, {180, 730}, {365, 1095}, {60, 365}, {90, 730}};
    int shortest = terms[draw->type][0];
    int longest = terms[draw->type][1];
    double unit = sample_random_unit(random);

    /* Most are filed within weeks of the signing, some after months. */
    form->signed_on = draw->submitted_on - 2 - (int32_t)(unit * unit * 58);
    form->term_begins_on = form->signed_on;
    if (sample_random_percent(random, 25))
        form->term_begins_on += 1 + sample_random_below(random, 15);
    form->term_ends_on =
        form->term_begins_on + shortest + sample_random_below(random, longest - shortest);
    form->filled_on = draw->submitted_on;
}

static void
fill_instalments(struct arena *arena, struct sample_random *random, struct contract *form)
{
    static const int percents[][3] = {{30, 40, 30}, {30, 60, 10}, {50, 40, 10}, {20, 50, 30}};
    const int *percent = percents[sample_random_below(random, 4)];
    int32_t days = form->term_ends_on - form->term_begins_on;
    int64_t left = form->total_amount;
    struct instalment *items = arena_zalloc(arena, 3 * sizeof(*items));

    if (form->total_amount < 100)
        return;
    for (int i = 0; i < 3; i++) {
        items[i].state = FORM_GIVEN;
        items[i].due_on = form->term_begins_on + days * i / 2;
        items[i].amount = i == 2 ? left : form->total_amount / 100 * percent[i];
        left -= items[i].amount;
    }
    form->instalments = (struct instalment_list){items, 3};
}

static void
fill_payment(const struct sample_draw *draw, struct arena *arena, struct sample_random *random,
    struct contract *form)
{
    if (draw->type == 2 && sample_random_percent(random, 30)) {
        form->payment_method = "4";
        form->amount_basis = "initial_fee";
        form->royalty.state = FORM_GIVEN;
        form->royalty.initial_fee = form->total_amount;
        form->royalty.base = "4";
        form->royalty.rate_type = "1";
        form->royalty.rate_percent = 5000 * (1 + sample_random_below(random, 10));
        return;
    }
    form->payment_method = sample_random_percent(random, 45) ? "1" : "2";
    if (*form->payment_method == '2' && sample_random_percent(random, 60))
        fill_instalments(arena, random, form);
}

/* Everything that is no technology, in one to three lines. */
static void
fill_deductions(struct arena *arena, struct sample_random *random, struct contract *form)
{
    static const char *const kinds[] = {
        "x_equipment", "x_material", "x_instrument", "x_parts", "x_other"};
    static const int starts[] = {0, 0, 0, 1, 1, 2, 4}; /* equipment most of all */
    int64_t left = form->total_amount - form->technology_amount;
    int lines = left < 3000000 ? 1 : 1 + sample_random_below(random, 3);
    int kind = starts[sample_random_below(random, 7)];
    struct deduction *items;

    if (left == 0)
        return;
    items = arena_zalloc(arena, (size_t)lines * sizeof(*items));
    for (int i = 0; i < lines; i++) {
        int64_t part = left;

        if (i + 1 < lines)
            part =
                (int64_t)((double)left * (0.3 + 0.5 * sample_random_unit(random))) / 10000 * 10000;
        items[i] = (struct deduction){FORM_GIVEN, kinds[(kind + i) % 5], part, NULL};
        left -= part;
    }
    form->deductions = (struct deduction_list){items, lines};
}

char
sample_patent_check(const char *digits)
{
    static const int weights[] = {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5};
    int sum = 0;

    for (int i = 0; i < 12; i++)
        sum += (digits[i] - '0') * weights[i];
    return "0123456789X"[sum % 11];
}

/* A patent for an invention filed some years before the contract; it holds for twenty years. */
static void
fill_patent(struct arena *arena, struct sample_random *random, struct contract *form)
{
    struct civil civil = date_to_civil(form->signed_on);
    struct ip_right *right = arena_zalloc(arena, sizeof(*right));
    char digits[40];

    civil.year -= 2 + sample_random_below(random, 5);
    snprintf(digits, sizeof(digits), "%04u1%07d", (unsigned)civil.year % 10000,
        sample_random_below(random, 10000000));
    civil.year += 20;
    if (civil.day > 28)
        civil.day = 28;
    right->state = FORM_GIVEN;
    right->kind = "11";
    right->number = arena_printf(arena, "ZL%s.%c", digits, sample_patent_check(digits));
    right->expires_on = date_from_civil(civil);
    form->ip_rights = (struct ip_right_list){right, 1};
}

static void
fill_rights(int leaf, struct arena *arena, struct sample_random *random, struct contract *form)
{
    double weights[SAMPLE_RIGHTS];
    const char **types = arena_alloc(arena, sizeof(*types));

    for (int i = 0; i < SAMPLE_RIGHTS; i++)
        weights[i] = sample_rights[i].share;
    types[0] = sample_leaves[leaf].ip;
    if (types[0] == NULL)
        types[0] = sample_rights[sample_random_weighted(random, weights, SAMPLE_RIGHTS)].code;
    form->ip_types = (struct code_list){types, 1};
    if (sample_leaves[leaf].ip != NULL && strcmp(types[0], "11") == 0 &&
        form->contract_type[2] == '1')
        fill_patent(arena, random, form);
}

static void
fill_licence(struct sample_random *random, struct contract *form)
{
    int days = form->term_ends_on - form->term_begins_on;

    form->license.state = FORM_GIVEN;
    form->license.mode = sample_random_percent(random, 60)   ? "3"
                         : sample_random_percent(random, 50) ? "1"
                                                             : "2";
    form->license.years = days < 730 ? 100 : 200;
}

static const char *
choose_plan(struct sample_random *random)
{
    static const char *const plans[] = {"102", "2", "3", "4"};
    /* Shares of the planned: national 2013 (S03b), the plans of cities are an assumption. */
    static const double weights[] = {21, 21, 28, 30};

    if (!sample_random_percent(random, sample_planned))
        return "9";
    return plans[sample_random_weighted(random, weights, 4)];
}

void
sample_terms_fill(int leaf, const struct sample_draw *draw, struct arena *arena,
    struct sample_random *random, struct contract *form)
{
    fill_days(draw, random, form);
    fill_payment(draw, arena, random, form);
    fill_deductions(arena, random, form);
    fill_rights(leaf, arena, random, form);
    if (draw->type == 2)
        fill_licence(random, form);
    form->plan_source = choose_plan(random);
    form->is_related = sample_random_percent(random, 3) ? FLAG_TRUE : FLAG_FALSE;
    form->undertaking = FLAG_TRUE;
}
