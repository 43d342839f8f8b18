#ifndef TCRD_RPC_RPC_INT_H
#define TCRD_RPC_RPC_INT_H
#include <sys/queue.h>

#include "server/net/conn.h"
#include "server/rpc/rpc_envelope.h"
#include "server/rpc/rpc_frame.h"
#include "server/rpc/rpc_server.h"
/* What rpc_server.c, rpc_conn.c and rpc_call.c share. */
struct rpc_batch;
struct rpc_call;
struct rpc_conn;

TAILQ_HEAD(rpc_conn_list, rpc_conn);
TAILQ_HEAD(rpc_call_list, rpc_call);

struct rpc_server {
    struct api *api;
    const struct conf *conf;
    const struct method **methods; /* sorted by name */
    size_t method_count;
    struct conn_group *group;
    struct rpc_conn_list conns;
    bool draining;
};

struct rpc_conn {
    TAILQ_ENTRY(rpc_conn) link;
    struct rpc_server *server;
    struct conn *conn;
    int busy; /* functions on the stack that use it */
    bool up;
    bool eof;     /* the peer sends no more */
    bool ended;   /* closed; freed by the outermost function that uses it */
    bool in_line; /* a part of a line is there, its deadline is set */
    struct rpc_frame frame;
    struct rpc_message message; /* the line whose requests are being started */
    size_t next;                /* its first request that has not been started */
    struct rpc_batch *batch;    /* of that line, NULL unless it is one */
    struct rpc_call_list calls; /* in flight */
    int in_flight;
    bool opening; /* a session.open is in flight: nothing else starts */
    char *token;  /* of the session, NULL without */
};

void rpc_conn_new(struct rpc_server *server, struct conn *conn);
void rpc_conn_drain(struct rpc_conn *rpc);
/* Detach its calls, free it, leave conn alone. */
void rpc_conn_free(struct rpc_conn *rpc);
/* Queue one answer or array of answers; adds the LF, takes over what is in line. */
void rpc_conn_send(struct rpc_conn *rpc, struct buf *line);
/* A call has ended outside of rpc_conn_run(): start what waited for it. */
void rpc_conn_go_on(struct rpc_conn *rpc);
void rpc_conn_set_token(struct rpc_conn *rpc, const char *token); /* copied */

/* Answers of one line that is a batch. Ends itself when every request of it has reported. */
struct rpc_batch *rpc_batch_new(size_t count);
/* One request less to wait for; answer (taken over) is empty for a notification. rpc NULL: the peer
 * is gone. */
void rpc_batch_report(struct rpc_batch *batch, struct rpc_conn *rpc, struct buf *answer);

/* Start request number rpc->next of rpc->message; its answer goes to rpc->batch or is sent. */
void rpc_call_start(struct rpc_conn *rpc);
/* The peer is gone: the call runs on, nothing is sent. */
void rpc_call_abandon(struct rpc_call *call);
/* A refusal without a call, id NULL: null. */
void rpc_write_refusal(
    struct rpc_conn *rpc, struct buf *out, const json_t *id, const struct err *err);
#endif
