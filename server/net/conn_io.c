#include "server/net/conn_io.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/digest.h"

enum { DISCARD_BYTES = 16 * 1024, DISCARD_ROUNDS = 8 };

void
io_init(struct conn_io *io, int fd, SSL *ssl)
{
    io->fd = fd;
    io->ssl = ssl;
    io->broken = false;
}

void
io_clear(struct conn_io *io)
{
    SSL_free(io->ssl);
    close(io->fd);
    io->ssl = NULL;
    io->fd = -1;
}

static enum io_result
tls_result(struct conn_io *io, int returned)
{
    int why = SSL_get_error(io->ssl, returned);

    ERR_clear_error();
    switch (why) {
    case SSL_ERROR_WANT_READ:
        return IO_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return IO_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return IO_EOF;
    default: /* after these SSL_shutdown must not be called */
        io->broken = true;
        return IO_FAILED;
    }
}

static enum io_result
plain_result(struct conn_io *io, enum io_result again)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return again;
    io->broken = true;
    return IO_FAILED;
}

enum io_result
io_handshake(struct conn_io *io)
{
    int done;

    if (io->ssl == NULL)
        return IO_DONE;
    ERR_clear_error();
    done = SSL_do_handshake(io->ssl);
    if (done == 1)
        return IO_DONE;
    return tls_result(io, done);
}

enum io_result
io_read(struct conn_io *io, void *data, size_t cap, size_t *got)
{
    ssize_t len;
    int done;

    if (io->ssl != NULL) {
        ERR_clear_error();
        done = SSL_read_ex(io->ssl, data, cap, got);
        return done == 1 ? IO_DONE : tls_result(io, done);
    }
    len = recv(io->fd, data, cap, 0);
    if (len < 0)
        return plain_result(io, IO_WANT_READ);
    *got = (size_t)len;
    return len == 0 ? IO_EOF : IO_DONE;
}

enum io_result
io_write(struct conn_io *io, const void *data, size_t len, size_t *put)
{
    ssize_t sent;
    int done;

    if (io->ssl != NULL) {
        ERR_clear_error();
        done = SSL_write_ex(io->ssl, data, len, put);
        return done == 1 ? IO_DONE : tls_result(io, done);
    }
    sent = send(io->fd, data, len, MSG_NOSIGNAL);
    if (sent < 0)
        return plain_result(io, IO_WANT_WRITE);
    *put = (size_t)sent;
    return IO_DONE;
}

bool
io_holds_input(const struct conn_io *io)
{
    return io->ssl != NULL && SSL_has_pending(io->ssl) == 1;
}

void
io_finish(struct conn_io *io)
{
    if (io->broken)
        return;
    if (io->ssl != NULL) {
        ERR_clear_error();
        SSL_shutdown(io->ssl); /* once: we do not wait for the answer */
        ERR_clear_error();
    }
    shutdown(io->fd, SHUT_WR);
}

enum io_result
io_discard(struct conn_io *io)
{
    char waste[DISCARD_BYTES];
    ssize_t len;

    for (int round = 0; round < DISCARD_ROUNDS; round++) {
        len = recv(io->fd, waste, sizeof(waste), 0);
        if (len < 0)
            return plain_result(io, IO_WANT_READ);
        if (len == 0)
            return IO_EOF;
    }
    return IO_WANT_READ;
}

bool
io_peer_cert(const struct conn_io *io, uint8_t digest[32])
{
    unsigned char *der = NULL;
    X509 *cert;
    int len;

    if (io->ssl == NULL)
        return false;
    cert = SSL_get0_peer_certificate(io->ssl);
    if (cert == NULL || SSL_get_verify_result(io->ssl) != X509_V_OK)
        return false;
    len = i2d_X509(cert, &der);
    if (len <= 0) {
        ERR_clear_error();
        return false;
    }
    sha256_of(der, (size_t)len, digest);
    OPENSSL_free(der);
    return true;
}
