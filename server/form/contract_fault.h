#ifndef TCRD_FORM_CONTRACT_FAULT_H
#define TCRD_FORM_CONTRACT_FAULT_H
#include <stddef.h>

#include "server/api/fault.h"
#include "server/codes/codes.h"
/* contract_fault - how a broken rule is told: pointer, rule id, article where it may be cited,
 * label and text in two languages.
 *
 * The texts come from the rule row; a detail says the limit or the value expected. Details never
 * repeat what the filer wrote, because it may be personal data.
 */
enum { POINTER_BYTES = 160 };

/* Where a walk over the form stands; lives on the stack of the walk. */
struct form_path {
    const struct form_path *up; /* NULL: the body itself */
    const char *name;           /* NULL: item number index */
    int index;
};

/* The JSON Pointer of path, cut to POINTER_BYTES; name of the last step may come from a peer and is
 * escaped. */
void form_path_format(const struct form_path *path, char *pointer);

/* Adds the fault; details may be NULL. */
void contract_fault(struct fault_list *list, const struct rule *rule, const char *pointer,
    const char *detail_zh, const char *detail_en);

/* The rules that need no code lists, and are therefore known without the database;
 * sql/codes/rule.csv repeats them for those who read the rules there, and a test compares the two.
 * NULL: unknown. */
const struct rule *contract_parse_rule(const char *id);
/* All of them; ends with a NULL id. */
const struct rule *contract_parse_rules(void);
#endif
