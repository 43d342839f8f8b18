#ifndef TCRD_ATTACHMENTS_ATTACHMENTS_H
#define TCRD_ATTACHMENTS_ATTACHMENTS_H
#include "server/api/method.h"
/* attachments - the files attached to a contract: put, get, list, remove.
 *
 * The bytes flow between the peer and PostgreSQL in pieces (api/call_stream.h) and are never in
 * memory as a whole. What is attached is kept in versions, each with its SHA-256; it becomes
 * visible in one transaction, with its audit row, after type, digest and limits were checked.
 */
struct db_stmt;

extern const struct method attachment_put_method;
extern const struct method attachment_get_method;
extern const struct method attachment_list_method;
extern const struct method attachment_remove_method;

extern const struct db_stmt sql_attachment_begin;
extern const struct db_stmt sql_attachment_piece_add;
extern const struct db_stmt sql_attachment_finish;
extern const struct db_stmt sql_attachment_abandon;
extern const struct db_stmt sql_attachment_open;
extern const struct db_stmt sql_attachment_piece_read;
#endif
