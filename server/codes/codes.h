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

/* What a broken rule says: the part of a row that becomes a fault. */
struct rule {
    const char *id; /* "contract.term_order" */
    enum { RULE_REFUSAL, RULE_WAIVABLE, RULE_HINT } severity;
    const char *article; /* "" without */
    bool is_final;       /* only then may the article be cited */
    const char *zh;
    const char *en;
};

/* A kind of row of tcr.rule; the words are those of the database, in this order. */
enum rule_kind {
    RULE_SET,       /* a regime; value is its name, "R2026" */
    RULE_FORM,      /* a rule of the form or of the procedure */
    RULE_TYPE,      /* a contract type; group says which lines of the checklist are asked */
    RULE_CRITERION, /* a line of the checklist that must hold */
    RULE_EXCLUSION, /* a line that must not */
    RULE_REASON,    /* a reason of refusal */
    RULE_PARAMETER, /* a term, a bound, a word of the law */
    RULE_KIND_COUNT
};

/* A row of the law. Several rows of one id hold on different days, a parameter also in different
 * areas. */
struct rule_row {
    struct rule rule;
    enum rule_kind kind;
    const char *region; /* of a parameter: where it holds; "": everywhere */
    const char *group;  /* of types and lines: "GEN", "DEV", "TRF", "CON", "SRV", "TRN", "MED" */
    const char *value;  /* of parameters and sets; of a line: what a machine sees of it, see
                           form/contract_sight.h; of a reason: "note" when it needs one */
    bool is_required;   /* of lines: false for those that only explain */
    bool is_enabled;
    int32_t valid_from; /* as in struct code */
    int32_t valid_to;
};

struct codes *codes_new(void);
void codes_free(struct codes *codes); /* accepts NULL */
/* Text is copied. Call codes_seal() once after the last row: it sorts, finds leaves and builds the
 * index. */
void codes_add(struct codes *codes, const struct code *code);
void codes_add_rule(struct codes *codes, const struct rule_row *row);
void codes_seal(struct codes *codes);

/* The row that is valid on day, or NULL. */
const struct code *codes_find(
    const struct codes *codes, const char *list, const char *code, int32_t day);
/* Every row of a list in code order: first row and count; NULL for an unknown list. */
const struct code *codes_list(const struct codes *codes, const char *list, int *count);
/* Names of all lists, in order; ends with NULL. */
const char *const *codes_lists(const struct codes *codes);

/* The row of an id that holds everywhere on day, switched on or not; NULL: none. */
const struct rule_row *codes_rule_on(const struct codes *codes, const char *id, int32_t day);
/* The same for today, for faults; outside its validity the row that comes nearest. NULL: unknown.
 */
const struct rule *codes_rule(const struct codes *codes, const char *id);
/* The regime of a day, "R2026"; NULL: none. */
const char *codes_rule_set(const struct codes *codes, int32_t day);
/* The value of a parameter for an area ("371302"; NULL: everywhere) on a day: of the rows that are
 * switched on, the one of the closest area. NULL: none. */
const char *codes_parameter(
    const struct codes *codes, const char *name, const char *region, int32_t day);
/* The lines of the checklist for a type on a day, one after the other in the order of their ids:
 * last is NULL for the first; NULL at the end. Lines that are switched off are left out; those
 * that are not required are there. */
const struct rule_row *codes_checklist_next(
    const struct codes *codes, const char *contract_type, int32_t day, const struct rule_row *last);
/* Every row, by id, area and first valid day. */
const struct rule_row *codes_rules(const struct codes *codes, int *count);
/* By its word ("criterion"); RULE_KIND_COUNT: unknown. */
enum rule_kind codes_rule_kind(const char *word);
#endif
