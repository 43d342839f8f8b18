#ifndef TCRD_HTTP_HTTP_SERVER_H
#define TCRD_HTTP_HTTP_SERVER_H
#include "common/buf.h"
#include "common/conf.h"
/* http_server - everything of one worker that speaks HTTP/1.1 on one port.
 *
 * http_server_new() serves the table of methods; http_server_new_simple() serves GET and HEAD of a
 * few plain paths (the admin port). http_server_accept() is what a listener calls. At the end: stop
 * the listeners, http_server_drain(), wait until http_server_open() is 0 or patience ends,
 * http_server_free().
 */
struct api;
struct conn;
struct event_base;
struct http_server;
struct net_limits;

/* Writes the body and returns the HTTP status; *content_type is preset to text/plain. 404 without a
 * body for an unknown path. */
typedef int (*http_simple_fn)(
    void *ctx, const char *path, struct buf *body, const char **content_type);

/* All borrowed; limits outlives the server. */
struct http_server *http_server_new(
    struct event_base *base, struct api *api, const struct conf *conf, struct net_limits *limits);
struct http_server *http_server_new_simple(struct event_base *base, const struct conf *conf,
    struct net_limits *limits, http_simple_fn fn, void *ctx);
/* Takes over conn. */
void http_server_accept(void *server, struct conn *conn);
/* Take no new requests: each connection gets the answer to what it has sent, the last one with
 * `Connection: close`. One that was idle is given a second for a request that is on its way. */
void http_server_drain(struct http_server *server);
/* Connections, those that are still sending their last answer included. */
int http_server_open(const struct http_server *server);
/* Cuts off what is left; calls under way run on without a peer. Never from inside an event of a
 * connection. Accepts NULL. */
void http_server_free(struct http_server *server);
#endif
