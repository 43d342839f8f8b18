#ifndef TCRD_HTTP_HTTP_ROUTE_H
#define TCRD_HTTP_HTTP_ROUTE_H
#include "common/arena.h"
#include "server/api/call.h"
#include "server/http/http_fields.h"
/* http_route - verb and path to method and path parameters, built from the table of methods. Pure.
 *
 * A template is a list of segments, each a fixed text or one {name}; fixed texts win over names. A
 * path is compared as it was sent, segment by segment: no dot segments, no double or trailing
 * slashes. HEAD goes where GET goes.
 */
struct http_routes;

struct http_match {
    const struct method *method;
    struct call_arg
        args[HTTP_ARGS_MAX]; /* of the path; http_query_read() adds those of the query */
    int arg_count;
    const char *allow; /* the verbs of this path, whenever the path exists */
};

/* methods ends with NULL and is borrowed, as are the texts in it. */
struct http_routes *http_routes_new(const struct method *const *methods);
/* Has any method of this verb METHOD_STREAM_IN? */
bool http_routes_stream(const struct http_routes *routes, const char *verb);
void http_routes_free(struct http_routes *routes); /* accepts NULL */

/* 0; or -1 with ERR_NOT_FOUND, ERR_NO_METHOD (allow is set), or ERR_SYNTAX when a parameter cannot
 * be decoded. verb OPTIONS never matches a method; "*" as path is every path. */
int http_route_find(const struct http_routes *routes, const char *verb, const char *path,
    struct arena *arena, struct http_match *match, struct err *err);
#endif
