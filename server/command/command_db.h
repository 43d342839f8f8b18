#ifndef TCRD_COMMAND_COMMAND_DB_H
#define TCRD_COMMAND_COMMAND_DB_H
#include <libpq-fe.h>

#include "common/buf.h"
#include "common/conf.h"
#include "common/err.h"
/* command_db - the database as the commands see it: one blocking connection as the owner of the
 * schema.
 *
 * Commands are short-lived and alone, so they use libpq's blocking calls. Errors carry PostgreSQL's
 * primary message and SQLSTATE; DETAIL lines hold contents of rows and are never shown.
 */

/* Connect as db.owner (password from db.owner_password_file if set). NULL with err; the caller
 * gives it to PQfinish(). */
PGconn *command_connect(const struct conf *conf, struct err *err);

/* One statement with text parameters (NULL: SQL null). The caller owns the result; NULL with err.
 */
PGresult *command_query(
    PGconn *db, struct err *err, const char *sql, int param_count, const char *const *params);
/* The same without a result to read. 0 or -1. */
int command_exec(
    PGconn *db, struct err *err, const char *sql, int param_count, const char *const *params);
/* The text of a script, several statements; where names it in an error. 0 or -1. */
int command_script(PGconn *db, struct err *err, const char *where, const char *script);

/* The whole of a text file, appended to text. 0 or -1. */
int command_read_file(const char *file, struct buf *text, struct err *err);
/* Connect, call one function that changes something, print done (unless NULL) and its answer,
 * disconnect: exit status. */
int command_call(const struct conf *conf, const char *command, const char *done, const char *sql,
    int param_count, const char *const *params);
/* Connect, ask, print the rows as aligned columns under their names, disconnect: exit status. */
int command_show(const struct conf *conf, const char *command, const char *sql, int param_count,
    const char *const *params);
/* Say on standard error what went wrong; always returns 1, the exit status of a command that
 * failed. */
int command_failed(const char *command, const struct err *err);
#endif
