#include "server/rpc/rpc_server.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "server/api/api.h"
#include "server/rpc/rpc_int.h"

static int
by_name(const void *a, const void *b)
{
    const struct method *const *left = a;
    const struct method *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

struct rpc_server *
rpc_server_new(
    struct event_base *base, struct api *api, const struct conf *conf, struct net_limits *limits)
{
    struct rpc_server *server = xcalloc(1, sizeof(*server));
    const struct method *const *methods = api_methods(api);

    (void)limits; /* each connection knows its own */
    server->api = api;
    server->conf = conf;
    server->group = conn_group_new(base);
    TAILQ_INIT(&server->conns);
    while (methods[server->method_count] != NULL)
        server->method_count++;
    server->methods = xcalloc(server->method_count + 1, sizeof(struct method *));
    memcpy(server->methods, methods, server->method_count * sizeof(struct method *));
    qsort(server->methods, server->method_count, sizeof(struct method *), by_name);
    return server;
}

void
rpc_server_accept(void *ctx, struct conn *conn)
{
    struct rpc_server *server = ctx;

    rpc_conn_new(server, conn);
}

void
rpc_server_drain(struct rpc_server *server)
{
    struct rpc_conn *rpc, *next;

    server->draining = true;
    for (rpc = TAILQ_FIRST(&server->conns); rpc != NULL; rpc = next) {
        next = TAILQ_NEXT(rpc, link);
        rpc_conn_drain(rpc);
    }
}

int
rpc_server_open(const struct rpc_server *server)
{
    return conn_group_open(server->group);
}

void
rpc_server_free(struct rpc_server *server)
{
    struct rpc_conn *rpc;

    if (server == NULL)
        return;
    while ((rpc = TAILQ_FIRST(&server->conns)) != NULL)
        rpc_conn_free(rpc);
    conn_group_free(server->group);
    free(server->methods);
    free(server);
}
