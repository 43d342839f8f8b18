#ifndef TCRD_FORM_CONTRACT_SIGHT_H
#define TCRD_FORM_CONTRACT_SIGHT_H
#include "server/form/contract.h"
/* contract_sight - what a machine sees of a line of the checklist in the form itself.
 *
 * Which line asks for which sight is data: the word in the value of the line's row
 * (sql/codes/rule_checklist.csv), so that another regime or a bureau can ask otherwise.
 */
enum sight {
    SIGHT_OPEN,   /* the form does not tell: for the registrar */
    SIGHT_PASSED, /* the line is passed, or does not apply to this contract */
    SIGHT_FAILED  /* the form speaks against it: passing it takes the registrar's own word */
};

/* today: the day of the decision. SIGHT_OPEN for a word that nobody knows, and for "". */
enum sight contract_sight(const char *word, const struct contract *contract, int32_t today);
/* Is it one of the words? */
bool contract_sight_known(const char *word);
#endif
