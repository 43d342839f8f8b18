#ifndef TCRD_NET_CONN_IO_H
#define TCRD_NET_CONN_IO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/net/openssl.h"
/* conn_io - bytes through one descriptor, plain or TLS, never blocking. The only caller of SSL_read
 * and SSL_write.
 *
 * The error queue of OpenSSL belongs to the thread and not to a connection: it is emptied before
 * and after each call. After IO_FAILED the connection is broken and io_finish() sends nothing.
 */
enum io_result { IO_DONE, IO_WANT_READ, IO_WANT_WRITE, IO_EOF, IO_FAILED };

struct conn_io {
    int fd;
    SSL *ssl; /* NULL: plain */
    bool broken;
};

void io_init(struct conn_io *io, int fd, SSL *ssl); /* takes over both */
void io_clear(struct conn_io *io);                  /* closes */
enum io_result io_handshake(struct conn_io *io);
enum io_result io_read(struct conn_io *io, void *data, size_t cap, size_t *got);
/* Bytes that were refused with IO_WANT_* must be offered again first, at any address. */
enum io_result io_write(struct conn_io *io, const void *data, size_t len, size_t *put);
/* Bytes that TLS holds already: the descriptor will not report them. */
bool io_holds_input(const struct conn_io *io);
/* The end of our stream: close_notify, then half-close. */
void io_finish(struct conn_io *io);
/* Read and throw away what comes on the descriptor. IO_WANT_READ: more may come; IO_EOF, IO_FAILED:
 * nothing will. */
enum io_result io_discard(struct conn_io *io);
/* SHA-256 of the verified certificate of the peer; false without one. */
bool io_peer_cert(const struct conn_io *io, uint8_t digest[32]);
#endif
