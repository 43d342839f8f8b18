#ifndef TCRD_BULLETIN_BULLETIN_H
#define TCRD_BULLETIN_BULLETIN_H
#include "server/api/method.h"
#include "server/db/db.h"
/* bulletin - the methods of this room and their statements, for app/routes.c.
 *
 * The text, the tables and every number of a bulletin come from SQL as one document in JSON
 * (sql/functions/bulletin_data.sql and bulletin_text.sql), which is the JSON form as well as the
 * model that the helper process makes the other forms from. An issued one is stored with its files
 * and answered to the byte.
 */
extern const struct method bulletin_get_method;
extern const struct method bulletin_list_method;
extern const struct method bulletin_issue_method;
extern const struct method bulletin_corrigendum_method;

extern const struct db_stmt sql_bulletin_get;
extern const struct db_stmt sql_bulletin_prepare;
#endif
