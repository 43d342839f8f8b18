#ifndef TCRD_COMMAND_SAMPLE_WORDS_H
#define TCRD_COMMAND_SAMPLE_WORDS_H
#include "server/command/sample_params.h"
/* sample_words - the words that names and titles are made of. Pure data. */
enum {
    SAMPLE_SUBJECTS = 16,
    SAMPLE_MODIFIERS = 12,
    SAMPLE_BUSINESSES = 6,
    SAMPLE_ENDINGS = 5,
    SAMPLE_LEAVES = 24
};

struct sample_field {
    const char *code;
    double count;                              /* share of the number of contracts, percent */
    const char *objective;                     /* soc_eco_objective */
    const char *faculty;                       /* of a university */
    const char *makers[4];                     /* industries of who sells it */
    const char *users[4];                      /* industries that it serves */
    const char *businesses[SAMPLE_BUSINESSES]; /* in names of companies */
    const char *modifiers[SAMPLE_MODIFIERS];   /* title = modifier + subject + ending */
    const char *subjects[SAMPLE_SUBJECTS];
};
extern const struct sample_field sample_fields[SAMPLE_FIELDS];

struct sample_leaf {
    const char *code;
    double share;                        /* within its main type, percent */
    const char *ip;                      /* kind of right that it is about; NULL: any */
    const char *endings[SAMPLE_ENDINGS]; /* of titles; no ending stands at two leaves */
};
extern const struct sample_leaf sample_leaves[SAMPLE_LEAVES];

enum {
    SAMPLE_BRANDS = 40,
    SAMPLE_FORMS = 4,
    SAMPLE_SURNAMES = 48,
    SAMPLE_GIVEN = 40,
    SAMPLE_ROADS = 16,
    SAMPLE_COUNTRIES = 8,
    SAMPLE_RIGHTS = 10
};
extern const char *const sample_brand_first[SAMPLE_BRANDS];
extern const char *const sample_brand_second[SAMPLE_BRANDS];
extern const char *const sample_forms[SAMPLE_FORMS];
extern const char *const sample_surnames[SAMPLE_SURNAMES];
extern const char *const sample_given[SAMPLE_GIVEN];
extern const char *const sample_roads[SAMPLE_ROADS];
/* Customs code, name of a company there. */
extern const char *const sample_countries[SAMPLE_COUNTRIES][2];
/* Kinds of intellectual property and their share of the number of contracts. */
extern const struct sample_right {
    const char *code;
    double share;
} sample_rights[SAMPLE_RIGHTS];
#endif
