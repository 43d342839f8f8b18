#ifndef TCRD_RPC_RPC_SERVER_H
#define TCRD_RPC_RPC_SERVER_H
#include "common/conf.h"
/* rpc_server - everything of one worker that speaks JSON-RPC 2.0 over TLS, one JSON text a line.
 *
 * Calls of one connection run side by side and are answered as they finish; a batch is answered as
 * one line when its last call has. `session.open` binds a token to the connection; what follows it
 * on the line waits for its outcome. At the end: stop the listener, rpc_server_drain(), wait until
 * rpc_server_open() is 0 or patience ends, rpc_server_free().
 */
struct api;
struct conn;
struct event_base;
struct net_limits;
struct rpc_server;

/* All borrowed; limits outlives the server. */
struct rpc_server *rpc_server_new(
    struct event_base *base, struct api *api, const struct conf *conf, struct net_limits *limits);
/* Takes over conn. */
void rpc_server_accept(void *server, struct conn *conn);
/* Each connection gets the answers to the lines that it has sent and is closed then; an idle one
 * after a second. */
void rpc_server_drain(struct rpc_server *server);
/* Connections, those that are still sending their last answer included. */
int rpc_server_open(const struct rpc_server *server);
/* Cuts off what is left; calls under way run on without a peer. Never from inside an event of a
 * connection. Accepts NULL. */
void rpc_server_free(struct rpc_server *server);
#endif
