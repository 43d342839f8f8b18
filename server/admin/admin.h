#ifndef TCRD_ADMIN_ADMIN_H
#define TCRD_ADMIN_ADMIN_H
#include "server/api/method.h"
/* admin - methods about the daemon itself and its tables, for app/routes.c. */
extern const struct method code_lists_method;  /* GET /v1/codes */
extern const struct method code_list_method;   /* GET /v1/codes/{list} */
extern const struct method openapi_get_method; /* GET /openapi.json */
#endif
