#include "server/command/sample_params.h"

#include <math.h>
#include <string.h>

/* Counts: Hunan 2017 (S55), 1.5 for licences (assumption, taken from the others in proportion).
 * Size: national 2020H1 (S04), Hunan 2017 (S55): amount share against count share.
 * Turnover: Hunan 2017 (S55); licences as transfers. Shape per contract: assumption. */
const struct sample_type_params sample_types[SAMPLE_TYPES] = {
    {37.7, 1.10, 0.865, 1.0, 1}, /* development */
    {3.8, 1.00, 0.966, 1.0, 1},  /* transfer */
    {1.5, 1.00, 0.966, 1.0, 1},  /* licence */
    {10.5, 0.31, 0.547, 0.8, 2}, /* consulting */
    {46.5, 1.10, 0.509, 0.6, 4}, /* service */
};

/* Sellers: S04 (national 2020H1, by count); size from the amount shares of S04 and S15.
 * Buyers: enterprises 75 percent of the amount (S03b), the rest is an assumption. Abroad by count
 * is an assumption: 9.3 percent of the amount in S01. */
const struct sample_kind_params sample_kinds[SAMPLE_KINDS] = {
    [SAMPLE_ENTERPRISE] = {69.1, 76.0, 1.29},
    [SAMPLE_UNIVERSITY] = {17.2, 3.0, 0.27},
    [SAMPLE_INSTITUTE] = {9.7, 4.0, 0.45},
    [SAMPLE_OTHER] = {3.9, 8.0, 0.45},
    [SAMPLE_GOVERNMENT] = {0, 9.0, 1},
    [SAMPLE_ABROAD] = {0, 0, 1},
};
const double sample_abroad = 1.5;

/* Quarters 0.12 0.18 0.26 0.44 and December 0.22 (assumptions anchored on S04 S06 S08 S11). */
const double sample_months[SAMPLE_MONTHS] = {4, 3, 5, 5.5, 6, 6.5, 8, 8, 10, 10, 12, 22};

/* Buyer in the same province: 73.2 of count (S26, Anhui 2022H1); the part of the city is an
 * assumption. */
const double sample_same_city = 40;
const double sample_same_province = 33.2;

const double sample_round_wan = 60; /* assumption */
const double sample_full = 60;      /* assumption */
const double sample_planned = 14.3; /* S04, national 2020H1 */

/* fit_amounts.py on S02 (national 2019) and S16 (Anhui); the cap is 100 yi yuan. */
const double sample_tail_share = 4.369;
const double sample_body_mu = 3.746;
const double sample_body_sigma = 1.49;
const double sample_tail_alpha = 0.921;
const double sample_tail_from = 1000;
const double sample_tail_to = 1000000;
const double sample_mean = 462.7; /* S02 */

/* The longest prefix holds. Mean per contract and turnover / amount; 0: not published. */
static const struct {
    const char *region;
    double mean;
    int mean_year;
    double turnover;
} regions[] = {
    {"11", 801.2, 2023, 0.802},   /* Beijing: S35, S34 (2015) */
    {"15", 0, 0, 0.648},          /* Inner Mongolia 2023H1: S45 */
    {"1502", 0, 0, 0.592},        /* Baotou 2023H1: S44 */
    {"34", 164.14, 2013, 0},      /* Anhui 2011-2015: S16 */
    {"3713", 494.4, 2022, 0.103}, /* Linyi 2022: seed 004; 2023H1 736.7 */
    {"43", 354.9, 2017, 0.618},   /* Hunan 2017: S55 */
    {"44", 869.9, 2020, 0.765},   /* Guangdong 2020: S28 */
    {"4401", 0, 0, 0.658},        /* Guangzhou 2020: S28 */
    {"4403", 0, 0, 0.987},        /* Shenzhen 2020: S28 */
    {"4453", 0, 0, 0.059},        /* Yunfu 2020: S28 */
};
enum { REGION_COUNT = sizeof(regions) / sizeof(regions[0]) };

/* National mean: 462.7 in 2019 (S02), 618.6 in 2022 (derived from S09): 10.2 percent a year. */
static const double mean_growth = 1.102;

double
sample_mean_of(const char *region, int year)
{
    double mean = sample_mean;
    int mean_year = 2019;

    for (int i = 0; i < REGION_COUNT; i++)
        if (regions[i].mean > 0 &&
            strncmp(region, regions[i].region, strlen(regions[i].region)) == 0) {
            mean = regions[i].mean;
            mean_year = regions[i].mean_year;
        }
    return mean * pow(mean_growth, year - mean_year);
}

double
sample_turnover_of(const char *region)
{
    double turnover = -1;

    for (int i = 0; i < REGION_COUNT; i++)
        if (regions[i].turnover > 0 &&
            strncmp(region, regions[i].region, strlen(regions[i].region)) == 0)
            turnover = regions[i].turnover;
    return turnover;
}

/* Beijing S35, Jiangsu S08, Hubei S15, Guangdong S28, Shandong S39; the others are what is left of
 * the national 772,507 (S09), in steps by size of economy (assumption). */
double
sample_province_count(const char *region)
{
    static const struct {
        const char *province;
        double count;
    } counts[] = {{"11", 106552}, {"32", 82555}, {"42", 76719}, {"44", 39845}, {"37", 40000},
        {"31", 38000}, {"33", 40000}, {"34", 28000}, {"61", 60000}, {"51", 25000}, {"43", 25000},
        {"41", 22000}, {"12", 12000}, {"21", 20000}, {"13", 15000}};

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (strncmp(region, counts[i].province, 2) == 0)
            return counts[i].count;
    return 6000;
}
