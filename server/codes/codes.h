#ifndef TCRD_CODES_CODES_H
#define TCRD_CODES_CODES_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
/* codes - the code tables and rule rows in memory, as they stand in the database; read-only between
 * two loads.
 *
 * One struct codes per worker, built from the rows of tcr.codes_load() and replaced as a whole.
 * Pointers into it are valid until the next load, so nothing keeps them longer than one turn of the
 * event loop; calls copy what they need. The same struct can be built from the files of sql/codes
 * (unit tests, tcrd sample), see codes_csv.h.
 */
struct codes;

struct code {
    const char *list; /* "contract_type" */
    const char *code;
    const char *name_zh;
    const char *name_en;
    const char *parent; /* "" without */
    bool is_leaf;       /* no other code of the list names it as parent */
    int32_t valid_from; /* days since 1970; INT32_MIN: no limit */
    int32_t valid_to;   /* inclusive; INT32_MAX: no limit */
};

/* A rule of the form or of the procedure, one row of sql/codes/rule.csv. */
struct rule {
    const char *id; /* "contract.term_order" */
    enum { RULE_REFUSAL, RULE_WAIVABLE, RULE_HINT } severity;
    const char *article; /* "" without */
    bool is_final;       /* only then may the article be cited */
    const char *zh;
    const char *en;
};

struct codes *codes_new(void);
void codes_free(struct codes *codes); /* accepts NULL */
/* Text is copied. Call codes_seal() once after the last row: it sorts, finds leaves and builds the
 * index. */
void codes_add(struct codes *codes, const struct code *code);
void codes_add_rule(struct codes *codes, const struct rule *rule);
void codes_seal(struct codes *codes);

/* The row that is valid on day, or NULL. */
const struct code *codes_find(
    const struct codes *codes, const char *list, const char *code, int32_t day);
/* Every row of a list in code order: first row and count; NULL for an unknown list. */
const struct code *codes_list(const struct codes *codes, const char *list, int *count);
/* Names of all lists, in order; ends with NULL. */
const char *const *codes_lists(const struct codes *codes);
const struct rule *codes_rule(const struct codes *codes, const char *id); /* NULL: unknown */
#endif
