#include "server/http/http_server.h"

#include <stdlib.h>

#include "common/mem.h"
#include "server/api/api.h"
#include "server/http/http_int.h"

static struct http_server *
server_new(struct event_base *base)
{
    struct http_server *server = xcalloc(1, sizeof(*server));

    server->group = conn_group_new(base);
    TAILQ_INIT(&server->conns);
    return server;
}

struct http_server *
http_server_new(
    struct event_base *base, struct api *api, const struct conf *conf, struct net_limits *limits)
{
    struct http_server *server = server_new(base);

    (void)conf;   /* limits and deadlines read it */
    (void)limits; /* each connection knows its own */
    server->api = api;
    server->routes = http_routes_new(api_methods(api));
    return server;
}

struct http_server *
http_server_new_simple(struct event_base *base, const struct conf *conf, struct net_limits *limits,
    http_simple_fn fn, void *ctx)
{
    struct http_server *server = server_new(base);

    (void)conf;
    (void)limits;
    server->simple = fn;
    server->simple_ctx = ctx;
    return server;
}

void
http_server_accept(void *ctx, struct conn *conn)
{
    struct http_server *server = ctx;

    http_conn_new(server, conn);
}

void
http_server_drain(struct http_server *server)
{
    struct http_conn *http, *next;

    server->draining = true;
    for (http = TAILQ_FIRST(&server->conns); http != NULL; http = next) {
        next = TAILQ_NEXT(http, link);
        http_conn_drain(http);
    }
}

int
http_server_open(const struct http_server *server)
{
    return conn_group_open(server->group);
}

void
http_server_free(struct http_server *server)
{
    struct http_conn *http;

    if (server == NULL)
        return;
    while ((http = TAILQ_FIRST(&server->conns)) != NULL)
        http_conn_free(http);
    conn_group_free(server->group);
    http_routes_free(server->routes);
    free(server);
}
