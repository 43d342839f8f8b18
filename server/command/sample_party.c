#include "server/command/sample_party.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "server/api/credit_code.h"
#include "server/command/sample_words.h"

/* One party in so many of a county with a development zone lives in the zone. */
enum { ZONE_EVERY = 6, BRAND_COUNT = SAMPLE_BRANDS * SAMPLE_BRANDS };
static const uint64_t parties_seed = 20220101; /* the same parties in every load */

static struct sample_random
random_of(const struct sample_party_key *key, int number)
{
    uint64_t who = (uint64_t)key->county * 4 + (uint64_t)key->is_buyer * 2;

    return sample_random_of(parties_seed, who,
        (((uint64_t)key->kind * SAMPLE_FIELDS + (uint64_t)key->field) << 32) + (uint64_t)number);
}

struct sample_party_key
sample_party_choose(const struct sample_places *places, const struct sample_area *area, int county,
    enum sample_kind kind, int field, int crowd, struct sample_random *random)
{
    /* A few have most of the contracts: half of them go to a quarter of the crowd. */
    double unit = sample_random_unit(random);
    struct sample_party_key key = {false, kind, county, field, (int)(unit * unit * crowd)};
    bool has_zone = kind != SAMPLE_ABROAD && sample_zone_of(places->counties[county].code) != NULL;

    if (has_zone && area->zone != NULL)
        key.number = key.number / ZONE_EVERY * ZONE_EVERY + ZONE_EVERY - 1;
    else if (has_zone && area->is_county && key.number % ZONE_EVERY == ZONE_EVERY - 1)
        key.number--;
    return key;
}

void
sample_credit_code(
    const struct sample_places *places, const struct sample_party_key *key, char *code)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const char *const prefixes[SAMPLE_KINDS] = {"91", "12", "12", "12", "11", "91"};
    /* Every bit of the key is in it, and multiplying by an odd number loses none. */
    uint64_t id = (((uint64_t)key->kind * SAMPLE_FIELDS + (uint64_t)key->field) << 1 |
                      (uint64_t)key->is_buyer)
                      << 15 |
                  (uint64_t)key->number;

    id = (id + 5479) * UINT64_C(0x5bd1e995) % (UINT64_C(1) << 23);
    snprintf(code, CREDIT_CODE_LENGTH + 1, "%s%s", prefixes[key->kind],
        places->counties[key->county].code);
    if (key->kind == SAMPLE_ENTERPRISE)
        memcpy(code + 8, "MA", 2);
    else
        memcpy(code + 8, "4T", 2);
    for (int at = 15; at >= 10; at--) {
        code[at] = alphabet[id % 31];
        id /= 31;
    }
    credit_code_complete(code);
}

const char *
sample_person(struct arena *arena, struct sample_random *random)
{
    const char *surname = sample_surnames[sample_random_below(random, SAMPLE_SURNAMES)];
    const char *given = sample_given[sample_random_below(random, SAMPLE_GIVEN)];
    const char *second = sample_given[sample_random_below(random, SAMPLE_GIVEN)];

    return arena_printf(
        arena, "%s%s%s", surname, given, sample_random_percent(random, 30) ? "" : second);
}

/* No two of the same county, kind and field have the same name. */
static void
fill_enterprise(const struct sample_places *places, const struct sample_party_key *key,
    struct arena *arena, struct party *out)
{
    struct sample_random random = random_of(key, key->number % BRAND_COUNT);
    const struct sample_field *field = &sample_fields[key->field];
    int start = sample_random_below(&random, SAMPLE_BUSINESSES);
    int round = key->number / BRAND_COUNT;
    struct sample_random crowd = random_of(key, -1);
    int brand = (key->number * 607 + sample_random_below(&crowd, BRAND_COUNT)) % BRAND_COUNT;
    int form =
        sample_random_percent(&random, 85) ? 0 : 1 + sample_random_below(&random, SAMPLE_FORMS - 1);
    char place[SAMPLE_PLACE_BYTES];

    if (sample_random_percent(&random, 50))
        sample_city_short(places, key->county, place);
    else
        sample_place_short(places, key->county, place);
    form = (form + round / SAMPLE_BUSINESSES) % SAMPLE_FORMS;
    out->name = arena_printf(arena, "%s%s%s%s%s", place, sample_brand_first[brand / SAMPLE_BRANDS],
        sample_brand_second[brand % SAMPLE_BRANDS],
        field->businesses[(start + round) % SAMPLE_BUSINESSES], sample_forms[form]);
    out->industry = field->makers[sample_random_below(&random, 4)];
    if (form == 1)
        out->party_type = "160";
    else if (sample_random_percent(&random, 65))
        out->party_type = "150";
    else
        out->party_type = sample_random_percent(&random, 75)   ? "170"
                          : sample_random_percent(&random, 70) ? "110"
                                                               : "310";
    out->is_listed = form == 1 && sample_random_percent(&random, 10) ? FLAG_TRUE : FLAG_ABSENT;
    out->scale = sample_random_percent(&random, 6)    ? "1"
                 : sample_random_percent(&random, 21) ? "2"
                 : sample_random_percent(&random, 68) ? "3"
                                                      : "4";
}

static void
fill_university(const struct sample_places *places, const struct sample_party_key *key,
    struct arena *arena, struct party *out)
{
    static const char *const kinds[] = {
        "理工学院", "职业技术学院", "科技学院", "工程学院", "工程职业学院", "应用技术学院"};
    struct sample_random random = random_of(key, key->number);
    char place[SAMPLE_PLACE_BYTES];

    sample_place_short(places, key->county, place);
    out->name = arena_printf(arena, "%s%s", place, kinds[key->number % 6]);
    out->party_type = "0221";
    out->industry = "83";
    out->project_leader = sample_person(arena, &random);
}

static void
fill_institute(const struct sample_places *places, const struct sample_party_key *key,
    struct arena *arena, struct party *out)
{
    static const char *const kinds[] = {"研究院", "研究所", "产业技术研究院", "工程研究中心"};
    const struct sample_field *field = &sample_fields[key->field];

    out->name = arena_printf(arena, "%s%s%s", places->counties[key->county].name,
        field->businesses[key->number % SAMPLE_BUSINESSES],
        kinds[key->number / SAMPLE_BUSINESSES % 4]);
    out->party_type = "0211";
    out->industry = "73";
    out->is_rd_organisation = FLAG_TRUE;
}

static void
fill_other(const struct sample_places *places, const struct sample_party_key *key,
    struct arena *arena, struct party *out)
{
    static const struct {
        const char *name;
        const char *party_type;
        const char *industry;
    } kinds[] = {{"检验检测中心", "024", "74"}, {"中心医院", "0231", "84"},
        {"技术推广中心", "024", "75"}, {"人民医院", "0231", "84"}, {"勘测设计院", "024", "74"},
        {"农业科学院", "024", "73"}, {"产业技术协会", "030", "95"},
        {"公共资源服务中心", "024", "78"}};

    out->name = arena_printf(
        arena, "%s%s", places->counties[key->county].name, kinds[key->number % 8].name);
    out->party_type = kinds[key->number % 8].party_type;
    out->industry = kinds[key->number % 8].industry;
}

static void
fill_government(const struct sample_places *places, const struct sample_party_key *key,
    struct arena *arena, struct party *out)
{
    static const char *const offices[] = {"工业和信息化局", "科学技术局", "农业农村局",
        "交通运输局", "住房和城乡建设局", "水利局", "大数据局", "行政审批服务局", "自然资源局",
        "应急管理局"};

    out->name =
        arena_printf(arena, "%s%s", places->counties[key->county].name, offices[key->number % 10]);
    out->party_type = "0141";
    out->industry = "92";
}

static void
fill_abroad(const struct sample_party_key *key, struct arena *arena, struct party *out)
{
    const char *const *country = sample_countries[key->number % SAMPLE_COUNTRIES];

    out->country = country[0];
    out->name = country[1];
    out->party_type = "500";
    out->foreign_id = arena_printf(arena, "%s-%06d", country[0], 4180 + key->number % 8);
    out->address = arena_printf(arena, "%d Harbour Road", 3 + key->number % 8);
}

static void
fill_home(const struct sample_places *places, const struct sample_party_key *key,
    struct arena *arena, struct party *out)
{
    struct sample_random random = random_of(key, key->number + SAMPLE_PARTY_MAX);
    const char *county = places->counties[key->county].code;
    char place[SAMPLE_PLACE_BYTES];
    char code[CREDIT_CODE_LENGTH + 1];

    sample_credit_code(places, key, code);
    out->credit_code = arena_strdup(arena, code);
    out->region = county;
    if (key->number % ZONE_EVERY == ZONE_EVERY - 1)
        out->zone = sample_zone_of(county);
    if (key->kind == SAMPLE_ENTERPRISE && out->zone != NULL && strcmp(out->zone, "371371") == 0)
        out->in_national_zone = FLAG_TRUE;
    out->representative = sample_person(arena, &random);
    sample_place_long(places, key->county, place);
    out->address = arena_printf(arena, "%s%s%d号", place,
        sample_roads[sample_random_below(&random, SAMPLE_ROADS)],
        1 + sample_random_below(&random, 260));
    if (!key->is_buyer) {
        out->contact.state = FORM_GIVEN;
        out->contact.name = sample_person(arena, &random);
        /* Numbers that begin with 12 are nobody's mobile phone. */
        out->contact.phone =
            arena_printf(arena, "120%08d", sample_random_below(&random, 100000000));
    }
}

void
sample_party_fill(const struct sample_places *places, const struct sample_party_key *key,
    struct arena *arena, struct party *out)
{
    out->state = FORM_GIVEN;
    if (key->kind == SAMPLE_ABROAD) {
        fill_abroad(key, arena, out);
        return;
    }
    fill_home(places, key, arena, out);
    if (key->kind == SAMPLE_ENTERPRISE)
        fill_enterprise(places, key, arena, out);
    else if (key->kind == SAMPLE_UNIVERSITY)
        fill_university(places, key, arena, out);
    else if (key->kind == SAMPLE_INSTITUTE)
        fill_institute(places, key, arena, out);
    else if (key->kind == SAMPLE_OTHER)
        fill_other(places, key, arena, out);
    else
        fill_government(places, key, arena, out);
}
