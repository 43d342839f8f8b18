#ifndef TCRD_REGISTERS_REGISTERS_H
#define TCRD_REGISTERS_REGISTERS_H
#include "server/api/method.h"
/* registers - who files, decides and mediates: agencies and what belongs to them.
 *
 * Rows of methods only; what they do stands in sql/functions/agency.sql.
 */
extern const struct method agency_list_method;
extern const struct method agency_get_method;
extern const struct method agency_add_method;
#endif
