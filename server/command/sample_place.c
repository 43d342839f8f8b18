#include "server/command/sample_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "server/command/sample_params.h"

static const char region_list[] = "region_cn_all";

/* The zones of Linyi and the county that each of them stands beside. */
static const struct {
    const char *zone;
    const char *county;
} zones[] = {{"371371", "371311"}, {"371372", "371312"}, {"371373", "371327"}};
enum { ZONE_COUNT = sizeof(zones) / sizeof(zones[0]) };

static bool
ends_in(const char *text, const char *end)
{
    size_t len = strlen(text);

    return len > strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/* Codes 71 to 80 of a city are statistical zones beside its counties. */
static bool
is_zone_code(const char *code)
{
    return strcmp(code + 4, "71") >= 0 && strcmp(code + 4, "80") <= 0;
}

static double
county_weight(const char *name)
{
    return ends_in(name, "区") ? 3 : ends_in(name, "市") ? 2 : 1;
}

/* Within a province by kind of county, between provinces by their contracts. */
static void
weigh(struct sample_places *places)
{
    double upto = 0;

    for (int from = 0, to; from < places->count; from = to) {
        double sum = 0;
        double province = sample_province_count(places->counties[from].code);

        for (to = from; to < places->count &&
                        strncmp(places->counties[from].code, places->counties[to].code, 2) == 0;
             to++)
            sum += county_weight(places->counties[to].name);
        for (int i = from; i < to; i++) {
            upto += county_weight(places->counties[i].name) / sum * province;
            places->counties[i].upto = upto;
        }
    }
}

void
sample_places_init(struct sample_places *places, const struct codes *codes)
{
    int rows = 0;
    const struct code *row = codes_list(codes, region_list, &rows);

    places->codes = codes;
    places->count = 0;
    places->counties = xcalloc((size_t)(rows == 0 ? 1 : rows), sizeof(*places->counties));
    for (; rows > 0; rows--, row++) {
        struct sample_county county = {row->code, row->name_zh, 0, false, -1};

        if (row->is_leaf && strlen(row->code) == 6 && strcmp(row->code + 2, "0000") != 0 &&
            !is_zone_code(row->code) &&
            (places->count == 0 ||
                strcmp(places->counties[places->count - 1].code, row->code) != 0))
            places->counties[places->count++] = county;
    }
    weigh(places);
}

void
sample_places_clear(struct sample_places *places)
{
    free(places->counties);
    *places = (struct sample_places){0};
}

bool
sample_area_find(const struct sample_places *places, const char *region, struct sample_area *area)
{
    size_t len = strlen(region);

    *area = (struct sample_area){0, 0, NULL, false};
    if (strcmp(region, "00") == 0) {
        area->last = places->count;
        return places->count > 0;
    }
    if ((len != 2 && len != 4 && len != 6) || strspn(region, "0123456789") != len)
        return false;
    for (int i = 0; i < ZONE_COUNT; i++)
        if (strcmp(region, zones[i].zone) == 0) {
            area->zone = zones[i].zone;
            region = zones[i].county;
        }
    while (len > 2 && strncmp(region + len - 2, "00", 2) == 0)
        len -= 2;
    while (
        area->first < places->count && strncmp(places->counties[area->first].code, region, len) < 0)
        area->first++;
    for (area->last = area->first; area->last < places->count &&
                                   strncmp(places->counties[area->last].code, region, len) == 0;)
        area->last++;
    area->is_county = len == 6 && area->zone == NULL;
    return area->first < area->last;
}

struct sample_area
sample_area_around(const struct sample_places *places, int county, int digits)
{
    const char *code = places->counties[county].code;
    struct sample_area area = {county, county + 1, NULL, false};

    while (
        area.first > 0 && strncmp(places->counties[area.first - 1].code, code, (size_t)digits) == 0)
        area.first--;
    while (area.last < places->count &&
           strncmp(places->counties[area.last].code, code, (size_t)digits) == 0)
        area.last++;
    return area;
}

int
sample_area_pick(const struct sample_places *places, const struct sample_area *area, double unit)
{
    double before = area->first == 0 ? 0 : places->counties[area->first - 1].upto;
    double at = before + unit * sample_area_yearly(places, area);
    int low = area->first;
    int high = area->last - 1;

    while (low < high) {
        int middle = (low + high) / 2;

        if (places->counties[middle].upto > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

double
sample_area_yearly(const struct sample_places *places, const struct sample_area *area)
{
    double before = area->first == 0 ? 0 : places->counties[area->first - 1].upto;

    return places->counties[area->last - 1].upto - before;
}

const char *
sample_zone_of(const char *county)
{
    for (int i = 0; i < ZONE_COUNT; i++)
        if (strcmp(zones[i].county, county) == 0)
            return zones[i].zone;
    return NULL;
}

static const char *
area_name(const struct sample_places *places, int county, int digits)
{
    char code[7] = "000000";
    const struct code *row;

    memcpy(code, places->counties[county].code, (size_t)digits);
    row = codes_find(places->codes, region_list, code, 0);
    return row == NULL ? "" : row->name_zh;
}

/* Levels that are there for the form only. */
static bool
is_filler(const char *name)
{
    return *name == '\0' || strcmp(name, "市辖区") == 0 || strcmp(name, "县") == 0 ||
           strstr(name, "直辖") != NULL;
}

/* Chinese characters have three bytes here. Long names are those of autonomous areas: two
 * characters are how they are called. */
static void
shorten(const char *name, char *out)
{
    static const char *const ends[] = {"特别行政区", "地区", "市", "区", "县", "省", "盟", "旗"};
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends_in(name, ends[i]) && len - strlen(ends[i]) >= 6) {
            len -= strlen(ends[i]);
            break;
        }
    if (len > 12)
        len = 6;
    snprintf(out, SAMPLE_PLACE_BYTES, "%.*s", (int)len, name);
}

void
sample_place_short(const struct sample_places *places, int county, char *out)
{
    shorten(places->counties[county].name, out);
}

void
sample_city_short(const struct sample_places *places, int county, char *out)
{
    const char *name = area_name(places, county, 4);

    shorten(is_filler(name) ? area_name(places, county, 2) : name, out);
}

void
sample_place_long(const struct sample_places *places, int county, char *out)
{
    const char *city = area_name(places, county, 4);

    snprintf(out, SAMPLE_PLACE_BYTES, "%s%s%s", area_name(places, county, 2),
        is_filler(city) ? "" : city, places->counties[county].name);
}
