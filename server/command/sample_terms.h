#ifndef TCRD_COMMAND_SAMPLE_TERMS_H
#define TCRD_COMMAND_SAMPLE_TERMS_H
#include "server/command/sample_int.h"
#include "server/form/contract.h"
/* sample_terms - days, payment, deductions, rights and plans of a contract whose parties, type and
 * amounts are there already. Pure.
 */
void sample_terms_fill(int leaf, const struct sample_draw *draw, struct arena *arena,
    struct sample_random *random, struct contract *form);
/* The check character of a Chinese application number of 12 digits. */
char sample_patent_check(const char *digits);
#endif
