#ifndef TCRD_API_STORE_INT_H
#define TCRD_API_STORE_INT_H
#include "server/api/call.h"
/* store_int - what store.c and fetch.c share. */

/* The argument of the SQL function as JSON text in the call's arena: parameters, members of the
 * body, and what method->prepare() makes of them. NULL: call->err says that a parameter cannot be
 * read. Sets call->audit_object from the path. */
const char *store_args(struct call *call);
#endif
