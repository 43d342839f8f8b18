#ifndef TCRD_EXCHANGE_EXCHANGE_H
#define TCRD_EXCHANGE_EXCHANGE_H
#include "server/api/method.h"
#include "server/db/db.h"
/* exchange - the record as files of other programs; the methods of this room, for app/routes.c. */
extern const struct method export_contracts_method;

extern const struct db_stmt sql_export_open;
extern const struct db_stmt sql_export_contracts;
#endif
