#ifndef TCRD_AUTH_AUTH_H
#define TCRD_AUTH_AUTH_H
#include "server/api/api.h"
/* auth - who is calling, and the audit rows that are not part of an act's own transaction.
 *
 * A credential (API key or client certificate) is looked up by its SHA-256. What was found is
 * remembered for AUTH_CACHE_MS, so that a busy connection does not ask the database each time and a
 * revocation still works within a second; every database function checks account and role again.
 * One per worker; freed after the pool.
 */
struct event_base;
struct auth;

enum { AUTH_CACHE_MS = 500 };

struct auth *auth_new(struct event_base *base, struct db_pool *pool);
void auth_free(struct auth *auth);
struct api_auth auth_hooks(struct auth *auth);
/* Write out the audit rows collected so far; at the end of a drain. */
void auth_flush(struct auth *auth);
uint64_t auth_anonymous_denials(const struct auth *auth);

/* session.open: the account behind the credential (RPC clients open a connection with it). */
extern const struct method session_open_method;
extern const struct db_stmt sql_account_find;
extern const struct db_stmt sql_audit_add;
#endif
