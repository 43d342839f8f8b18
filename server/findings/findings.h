#ifndef TCRD_FINDINGS_FINDINGS_H
#define TCRD_FINDINGS_FINDINGS_H
#include "server/api/method.h"
/* findings - one contract, one registration: near duplicates and anomalies for who decides.
 *
 * Rows of methods only; what they do stands in sql/functions/finding.sql (answers and the work
 * list), findings_search.sql (the rules) and findings_mark.sql (how they find at ten million
 * contracts). None of it is ever shown to an agency.
 */
extern const struct method finding_list_method;
extern const struct method finding_open_method;
extern const struct method finding_answer_method;
#endif
