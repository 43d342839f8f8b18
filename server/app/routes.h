#ifndef TCRD_APP_ROUTES_H
#define TCRD_APP_ROUTES_H
#include "server/api/method.h"
#include "server/db/db.h"
/* routes - the one list of every method and of every statement, each ending with NULL. */
const struct method *const *app_methods(void);
const struct db_stmt *const *app_stmts(void);
#endif
