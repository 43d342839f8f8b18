#ifndef TCRD_API_STORE_H
#define TCRD_API_STORE_H
#include "server/api/call.h"
/* store - the steps of methods that are no act on a contract: one row in C, one function in SQL.
 *
 * store_step hands the call to tcr.store_<room>_<verb>, fetch_step to tcr.fetch_<room>_<verb>
 * ("hold.place": tcr.store_hold_place), see sql/functions/store.sql. The function gets one JSON
 * object: the parameters of path and query and the members of the body (method->fields), all by
 * their names, checked and typed: PARAM_INT a positive number, PARAM_BOOL true or false, PARAM_DATE
 * a day, PARAM_TEXT a clean line of at most 200 characters. A parameter "limit" is always there (at
 * most STORE_PAGE_MAX); "cursor" should be a PARAM_INT.
 *
 * store_step keeps the order of checks: when a header is missing or the request has faults, it asks
 * SQL for what comes before them (visibility, key, If-Match, state) and only then answers.
 * method->prepare() may add to the object, and faults to the call.
 */
enum { STORE_PAGE = 50, STORE_PAGE_MAX = 200 };

struct store_state {
    enum { STORE_START, STORE_LOOKED, STORE_DONE } at;
    const char *args; /* JSON text */
    struct db_call db;
    struct db_call look;
};

/* state is a struct store_state, alone or as the first member of a larger state. */
enum call_next store_step(struct call *call, void *state);
enum call_next fetch_step(struct call *call, void *state);

/* The same question as this call with another cursor, for Link: rel="next". In the call's arena. */
const char *store_next_link(struct call *call, const char *cursor);

extern const struct db_stmt sql_store;
extern const struct db_stmt sql_store_look;
extern const struct db_stmt sql_fetch;
extern const struct db_stmt sql_fetch_report;
#endif
