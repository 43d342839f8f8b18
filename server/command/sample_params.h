#ifndef TCRD_COMMAND_SAMPLE_PARAMS_H
#define TCRD_COMMAND_SAMPLE_PARAMS_H
#include <stdint.h>
/* sample_params - what is known of real contracts, as numbers: shares are percent, amounts are wan
 * yuan (10,000 yuan). Pure.
 *
 * From the project's golden/generator_params.csv; the comments give its source marks (S01 ...) or
 * say that a value is an assumption.
 */
enum { SAMPLE_TYPES = 5, SAMPLE_FIELDS = 11, SAMPLE_MONTHS = 12 };

enum sample_kind {
    SAMPLE_ENTERPRISE,
    SAMPLE_UNIVERSITY,
    SAMPLE_INSTITUTE,
    SAMPLE_OTHER,
    SAMPLE_GOVERNMENT, /* buyers only, like the next */
    SAMPLE_ABROAD,
    SAMPLE_KINDS
};

/* By the first digit of the contract type, 1 to 5. */
struct sample_type_params {
    double count;        /* share of the number of contracts */
    double size;         /* mean amount against that of all types */
    double turnover;     /* technology amount / total amount */
    double part;         /* factor of the part of contracts that are not all technology */
    double full_penalty; /* counts as so many times its amount where the small ones are taken first
                          */
};
extern const struct sample_type_params sample_types[SAMPLE_TYPES];

struct sample_kind_params {
    double seller; /* share of the number of contracts */
    double buyer;
    double size;
};
extern const struct sample_kind_params sample_kinds[SAMPLE_KINDS];

extern const double sample_months[SAMPLE_MONTHS]; /* share of the year's contracts */

/* Where the buyer is, seen from the seller. */
extern const double sample_same_city;
extern const double sample_same_province;
extern const double sample_abroad;

extern const double sample_round_wan;  /* multiples of 1 wan yuan */
extern const double sample_full;       /* technology amount = total amount */
extern const double sample_planned;    /* inside a government plan */
extern const double sample_tail_share; /* of the number of contracts, 1000 wan yuan and more */
extern const double sample_body_mu;    /* lognormal below that */
extern const double sample_body_sigma;
extern const double sample_tail_alpha; /* Pareto above that */
extern const double sample_tail_from;
extern const double sample_tail_to;

/* The mean of the distribution above, and that of a region (a prefix of digits) and year. */
extern const double sample_mean;
double sample_mean_of(const char *region, int year);
/* Published technology amount / total amount of a region; below zero when none was. */
double sample_turnover_of(const char *region);
/* Contracts of a province (two digits) a year, roughly. */
double sample_province_count(const char *region);
#endif
