#ifndef TCRD_HTTP_HTTP_INT_H
#define TCRD_HTTP_HTTP_INT_H
#include <sys/queue.h>

#include "server/http/http_head.h"
#include "server/http/http_parse.h"
#include "server/http/http_reply.h"
#include "server/http/http_route.h"
#include "server/http/http_server.h"
#include "server/net/conn.h"
/* What http_server.c, http_conn.c and http_dispatch.c share. */
struct call;
struct call_wire;
struct http_conn;

TAILQ_HEAD(http_conn_list, http_conn);

struct http_server {
    struct api *api; /* NULL: a simple server */
    struct http_routes *routes;
    http_simple_fn simple;
    void *simple_ctx;
    struct conn_group *group;
    struct http_conn_list conns;
    size_t body_bytes; /* of all requests that are being read */
    bool draining;
};

enum http_at {
    HTTP_AT_START,  /* TLS handshake */
    HTTP_AT_IDLE,   /* between requests */
    HTTP_AT_HEAD,   /* some bytes of a head are there */
    HTTP_AT_BODY,   /* the head is read */
    HTTP_AT_STREAM, /* the call is reading the body */
    HTTP_AT_CALL,   /* waiting for the answer of a call */
    HTTP_AT_END     /* closed; freed by the outermost function that uses it */
};

struct http_conn {
    TAILQ_ENTRY(http_conn) link;
    struct http_server *server;
    struct conn *conn;
    enum http_at at;
    int busy;              /* functions on the stack that use it */
    struct http_head head; /* while at HTTP_AT_HEAD */
    struct http_req *req;  /* while at HTTP_AT_BODY, and until its call has started; while at
                              HTTP_AT_STREAM */
    struct call *call;     /* while at HTTP_AT_STREAM or HTTP_AT_CALL */
    bool waits_for_body;   /* its deadline is set */
    bool body_wanted;      /* at HTTP_AT_STREAM: the call has asked for the body */
    bool body_left;        /* at HTTP_AT_STREAM: some of it is still to come */
    int64_t left;          /* of an answer that flows: bytes still owed; negative: it is broken */
    bool chunked;          /* it ends with a last chunk instead */
    bool unsized;          /* or with the connection */
    bool eof;              /* the peer sends no more */
    /* What of the request its answer depends on. */
    bool head_only;
    bool old_version;
    bool keep_alive;
    struct net_rate rate;
};

extern const struct call_wire http_wire; /* delivers to a struct http_conn */

void http_conn_new(struct http_server *server, struct conn *conn);
void http_conn_drain(struct http_conn *http);
/* Detach its call, free it, leave conn alone. */
void http_conn_free(struct http_conn *http);

/* Send reply, which gets the fields that belong to the connection, and be ready for the next
 * request or close. */
void http_conn_reply(struct http_conn *http, struct http_reply *reply);
/* A refusal without a call. fatal: the framing is undefined, so the connection ends. */
void http_conn_refuse(struct http_conn *http, const struct err *err, const char *allow, bool fatal);

void http_conn_drop_request(struct http_conn *http);

/* http_stream.c: a call whose body or answer flows. */
void http_stream_open(struct http_conn *http); /* before its call starts */
void http_stream_read(struct http_conn *http); /* hand over what is buffered */
void http_stream_timed_out(struct http_conn *http);
bool http_stream_is_full(const struct http_conn *http); /* the call takes no more for now */
/* Of http_wire. */
void http_stream_want(void *peer);
void http_stream_begin(void *peer, const struct call *call);
bool http_stream_write(void *peer, const void *data, size_t len);
/* The call is over. False: the peer did not get all of it, so the connection must end. */
bool http_stream_end(struct http_conn *http, bool failed);

/* Only the head is there. True: its method takes the body as it comes, and is under way or was
 * answered. */
bool http_dispatch_stream(struct http_conn *http);
/* A complete request stands in http->req: answer it, now or by a call. */
void http_dispatch(struct http_conn *http);
/* Only the head is there and the client asks whether to send the body: 0, or -1 with a refusal that
 * was sent. */
int http_dispatch_early(struct http_conn *http);
#endif
