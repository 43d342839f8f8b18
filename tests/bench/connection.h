#ifndef TCRD_TESTS_BENCH_CONNECTION_H
#define TCRD_TESTS_BENCH_CONNECTION_H
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/request.h"
/* connection - one keep-alive HTTPS/1.1 connection of the load generator, one request at a time.
 *
 * Opened blocking (handshakes are not what is measured), then non-blocking in an epoll set. The
 * owner calls connection_go_on() for every event until it says that the answer is complete.
 */
enum { ANSWER_BYTES_MAX = 65536 };

enum progress {
    PROGRESS_WAIT,     /* for the next event */
    PROGRESS_ANSWERED, /* status and answer are set */
    PROGRESS_BROKEN    /* closed by the peer, or not HTTP */
};

struct connection {
    SSL *ssl;
    int fd;
    int epoll;
    bool wants_write; /* as the epoll set knows it */
    size_t out_len;
    size_t out_sent;
    size_t in_len;
    size_t in_wanted; /* length of the whole answer; 0: the head is not complete */
    int status;
    int64_t intended_us; /* when the request in flight should have been sent */
    struct connection *next_free;
    char out[REQUEST_BYTES_MAX];
    char answer[ANSWER_BYTES_MAX + 1]; /* head and body, terminated */
};

/* Connect, shake hands, check the certificate, enter epoll (with self as data). Ends the program on
 * failure. */
void connection_open(struct connection *self, SSL_CTX *tls, const struct sockaddr_in *to,
    const char *host, int epoll);
void connection_close(struct connection *self);

/* Start sending out[0..out_len). */
enum progress connection_send(struct connection *self);
enum progress connection_go_on(struct connection *self);
#endif
