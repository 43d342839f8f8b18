#include "server/command/sample_contract.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/date.h"
#include "server/api/json_text.h"
#include "server/command/sample_party.h"
#include "server/command/sample_terms.h"
#include "server/command/sample_title.h"

enum { TITLE_SPREAD = 1000, BUYERS_MIN = 20, BUYERS_MAX = 2000, FORM_DEPTH = 16 };
/* So many from the first contract on are judged, then one of so many. */
enum { JUDGED_ALL = 20000, JUDGED_EVERY = 16 };

/* The field that a right belongs to: varieties of plants to agriculture, and so on. */
static int
field_of_leaf(int leaf)
{
    static const char *const fields[][2] = {{"205", "01"}, {"304", "01"}, {"206", "09"},
        {"305", "09"}, {"207", "04"}, {"306", "04"}, {"208", "11"}};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (strcmp(fields[i][0], sample_leaves[leaf].code) == 0)
            for (int field = 0; field < SAMPLE_FIELDS; field++)
                if (strcmp(sample_fields[field].code, fields[i][1]) == 0)
                    return field;
    return SAMPLE_OPEN;
}

void
sample_contracts_init(struct sample_contracts *contracts, const struct codes *codes, uint64_t seed)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    json_t *nothing = json_object();
    struct sample_random random = sample_random_of(seed, UINT64_MAX, 0);

    *contracts = (struct sample_contracts){.codes = codes};
    contract_parse(arena, nothing, &contracts->blank, &faults);
    for (int leaf = 0; leaf < SAMPLE_LEAVES; leaf++)
        contracts->own_fields[leaf] = field_of_leaf(leaf);
    for (int field = 0; field < SAMPLE_FIELDS; field++)
        for (int leaf = 0; leaf < SAMPLE_LEAVES; leaf++)
            contracts->titles[field][leaf] = sample_random_below(&random, TITLE_SPREAD);
    json_decref(nothing);
    arena_free(arena);
}

static int
choose_leaf(const struct sample_contracts *contracts, const struct sample_row *row, int type,
    struct sample_random *random)
{
    double weights[SAMPLE_LEAVES];

    if (row->leaf != SAMPLE_OPEN)
        return row->leaf;
    for (int i = 0; i < SAMPLE_LEAVES; i++) {
        int own = contracts->own_fields[i];

        weights[i] = sample_leaves[i].code[0] != '1' + type ? 0 : sample_leaves[i].share;
        if (row->field != SAMPLE_OPEN && own != SAMPLE_OPEN && own != row->field)
            weights[i] = 0;
    }
    return sample_random_weighted(random, weights, SAMPLE_LEAVES);
}

static int
choose_field(const struct sample_contracts *contracts, const struct sample_row *row, int leaf,
    struct sample_random *random)
{
    double weights[SAMPLE_FIELDS];

    if (row->field != SAMPLE_OPEN)
        return row->field;
    if (contracts->own_fields[leaf] != SAMPLE_OPEN)
        return contracts->own_fields[leaf];
    for (int i = 0; i < SAMPLE_FIELDS; i++)
        weights[i] = sample_fields[i].count;
    return sample_random_weighted(random, weights, SAMPLE_FIELDS);
}

/* How many of a kind there are in a county, in one field where the kind works in one. */
static int
crowd_of(enum sample_kind kind, int field, int enterprises)
{
    double share = sample_fields[field].count / 100;

    switch (kind) {
    case SAMPLE_ENTERPRISE:
        return enterprises * share < 3 ? 3 : (int)(enterprises * share);
    case SAMPLE_UNIVERSITY:
        return 2;
    case SAMPLE_INSTITUTE:
        return 4;
    case SAMPLE_GOVERNMENT:
        return 10;
    default:
        return 8;
    }
}

static bool
has_one_field(enum sample_kind kind)
{
    return kind == SAMPLE_ENTERPRISE || kind == SAMPLE_INSTITUTE;
}

void
sample_contract_skip(struct sample_contracts *contracts, const struct sample_row *row,
    const struct sample_draw *draw)
{
    struct sample_random random = draw->random;
    int leaf = choose_leaf(contracts, row, draw->type, &random);

    contracts->titles[choose_field(contracts, row, leaf, &random)][leaf]++;
    contracts->made++;
}

static struct sample_party_key
choose_seller(const struct sample *sample, const struct sample_row *row,
    const struct sample_draw *draw, int field, struct sample_random *random)
{
    return sample_party_choose(&sample->places, &row->seller, draw->county, draw->seller_kind,
        has_one_field(draw->seller_kind) ? field : 0,
        crowd_of(draw->seller_kind, field, row->population), random);
}

/* The area of a buyer whom the row leaves open; empty: abroad. */
static struct sample_area
choose_area(const struct sample *sample, int county, struct sample_random *random)
{
    double percent = 100 * sample_random_unit(random);

    if (percent < sample_abroad)
        return (struct sample_area){0, 0, NULL, false};
    if (percent < sample_abroad + sample_same_city)
        return sample_area_around(&sample->places, county, 4);
    if (percent < sample_abroad + sample_same_city + sample_same_province)
        return sample_area_around(&sample->places, county, 2);
    return (struct sample_area){0, sample->places.count, NULL, false};
}

static struct sample_party_key
choose_buyer(const struct sample *sample, const struct sample_row *row,
    const struct sample_draw *draw, int field, struct sample_random *random)
{
    struct sample_area area = row->buyer;
    enum sample_kind kind = SAMPLE_ABROAD;
    int enterprises = row->population;
    double kinds[SAMPLE_KINDS];
    struct sample_party_key key;
    int county = 0;

    if (area.first == area.last)
        area = choose_area(sample, draw->county, random);
    for (int i = 0; i < SAMPLE_KINDS; i++)
        kinds[i] = sample_kinds[i].buyer;
    if (area.first < area.last) {
        kind = (enum sample_kind)sample_random_weighted(random, kinds, SAMPLE_KINDS);
        county = sample_area_pick(&sample->places, &area, sample_random_unit(random));
    }
    enterprises = enterprises < BUYERS_MIN   ? BUYERS_MIN
                  : enterprises > BUYERS_MAX ? BUYERS_MAX
                                             : enterprises;
    if (sample_random_percent(random, 40)) /* who needs it works in something else */
        field = sample_random_below(random, SAMPLE_FIELDS);
    key = sample_party_choose(&sample->places, &area, county, kind, has_one_field(kind) ? field : 0,
        crowd_of(kind, field, enterprises), random);
    key.is_buyer = true;
    return key;
}

static const char *
contract_number(
    struct sample_contracts *contracts, const struct sample_draw *draw, struct arena *arena)
{
    static const char *const types[SAMPLE_TYPES] = {"KF", "ZR", "XK", "ZX", "FW"};
    struct civil civil = date_to_civil(draw->submitted_on);

    return arena_printf(
        arena, "%s-%d-%06" PRId64, types[draw->type], civil.year, ++contracts->made);
}

/* Read it again as it is written, and judge that as of the day of submission. */
static int
judge(const struct sample_contracts *contracts, const struct sample_contract *made,
    const struct sample_draw *draw, struct arena *arena, struct err *err)
{
    struct fault_list faults = {.arena = arena};
    struct fault_list hints = {.arena = arena};
    struct contract *form = arena_zalloc(arena, sizeof(*form));
    struct json_text_fault unread;
    json_t *json = json_text_read(made->body.data, made->body.len, FORM_DEPTH, &unread);

    contract_parse(arena, json, form, &faults);
    contract_check(form, contracts->codes, draw->submitted_on, &faults, &hints);
    json_decref(json);
    if (faults.count > 0)
        return err_set(err, ERR_INTERNAL, "made a contract that breaks the rule %.60s at %.100s",
            faults.items[0].rule, faults.items[0].pointer);
    if (form->total_amount != made->form.total_amount ||
        form->technology_amount != made->form.technology_amount)
        return err_set(err, ERR_INTERNAL, "made a contract that reads as other amounts");
    return 0;
}

int
sample_contract_make(struct sample_contracts *contracts, const struct sample *sample,
    const struct sample_row *row, const struct sample_draw *draw, int64_t total, int64_t technology,
    struct arena *arena, struct sample_contract *out, struct err *err)
{
    struct sample_random random = draw->random;
    struct contract *form = &out->form;
    int leaf = choose_leaf(contracts, row, draw->type, &random);
    int field = choose_field(contracts, row, leaf, &random);
    struct sample_party_key seller = choose_seller(sample, row, draw, field, &random);
    struct sample_party_key buyer = choose_buyer(sample, row, draw, field, &random);
    char title[SAMPLE_TITLE_BYTES];

    *form = contracts->blank;
    sample_title(field, leaf, contracts->titles[field][leaf]++, title);
    form->project_name = arena_strdup(arena, title);
    form->contract_no = contract_number(contracts, draw, arena);
    form->contract_type = sample_leaves[leaf].code;
    form->technical_field = sample_fields[field].code;
    form->objective = sample_fields[field].objective;
    form->total_amount = total;
    form->technology_amount = technology;
    sample_party_fill(&sample->places, &seller, arena, &form->seller);
    sample_party_fill(&sample->places, &buyer, arena, &form->buyer);
    if (seller.kind == SAMPLE_UNIVERSITY)
        form->seller.unit = sample_fields[field].faculty;
    form->service_industry = form->buyer.industry != NULL
                                 ? form->buyer.industry
                                 : sample_fields[field].users[sample_random_below(&random, 4)];
    sample_terms_fill(leaf, draw, arena, &random, form);
    out->body.len = 0;
    buf_putc(&out->body, '{');
    contract_write(&out->body, form, true);
    buf_putc(&out->body, '}');
    sha256_of(out->body.data, out->body.len, out->body_sha256);
    contract_duplicate_key(form, out->duplicate_key);
    if (contracts->made > JUDGED_ALL && contracts->made % JUDGED_EVERY != 0)
        return 0;
    return judge(contracts, out, draw, arena, err);
}
