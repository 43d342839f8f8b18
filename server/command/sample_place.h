#ifndef TCRD_COMMAND_SAMPLE_PLACE_H
#define TCRD_COMMAND_SAMPLE_PLACE_H
#include <stdbool.h>

#include "server/codes/codes.h"
/* sample_place - the counties of China with a weight for how much business is done there, and areas
 * of them. Pure; borrows the codes.
 */
struct sample_county {
    const char *code; /* six digits */
    const char *name;
    double upto;  /* weights of this county and of all before it */
    bool is_used; /* registers contracts */
    int point;    /* of struct sample_points; -1 while unknown */
};

struct sample_places {
    const struct codes *codes;
    struct sample_county *counties; /* in the order of codes */
    int count;
};

/* A range of counties; first == last: none. */
struct sample_area {
    int first;
    int last;
    const char *zone; /* only parties in this development zone; NULL: no such condition */
    bool is_county;   /* one county without its zones */
};

enum { SAMPLE_PLACE_BYTES = 96 };

void sample_places_init(struct sample_places *places, const struct codes *codes);
void sample_places_clear(struct sample_places *places);

/* 2, 4 or 6 digits, zeros at the end mean an area; or a development zone; or 00, the country.
 * False: no such area. */
bool sample_area_find(
    const struct sample_places *places, const char *region, struct sample_area *area);
/* The counties that share the first digits of their code with a county. */
struct sample_area sample_area_around(const struct sample_places *places, int county, int digits);
/* The county of an area that a number above 0 and below 1 falls on, by weight. */
int sample_area_pick(
    const struct sample_places *places, const struct sample_area *area, double unit);
/* Contracts that an area has in an ordinary year, roughly. */
double sample_area_yearly(const struct sample_places *places, const struct sample_area *area);
/* The development zone that lies in a county; NULL without. */
const char *sample_zone_of(const char *county);

/* Names without "city", "county" and the like, for names of companies. out has SAMPLE_PLACE_BYTES.
 */
void sample_place_short(const struct sample_places *places, int county, char *out);
void sample_city_short(const struct sample_places *places, int county, char *out);
/* Province, city and county as on an envelope; out has SAMPLE_PLACE_BYTES. */
void sample_place_long(const struct sample_places *places, int county, char *out);
#endif
