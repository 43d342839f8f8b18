#ifndef TCRD_PAPERS_PAPERS_H
#define TCRD_PAPERS_PAPERS_H
#include "server/api/method.h"
#include "server/db/db.h"
/* papers - the methods of this room and their statements, for app/routes.c. */
extern const struct method document_get_method;
extern const struct method document_registrations_method;
extern const struct method document_dossier_method;
extern const struct method certificate_get_method;

extern const struct db_stmt sql_paper_data;
extern const struct db_stmt sql_paper_registrations;
extern const struct db_stmt sql_paper_dossier;
extern const struct db_stmt sql_paper_piece;
extern const struct db_stmt sql_certificate_check;
#endif
