#include "tests/bench/connection.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void
connection_open(struct connection *self, SSL_CTX *tls, const struct sockaddr_in *to,
    const char *host, int epoll)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = self};
    int one = 1;

    self->epoll = epoll;
    self->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (self->fd < 0 || connect(self->fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
        err(1, "connect");
    setsockopt(self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    self->ssl = SSL_new(tls);
    if (self->ssl == NULL || SSL_set_fd(self->ssl, self->fd) != 1 ||
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(self->ssl), host) != 1)
        errx(1, "TLS cannot be set up");
    if (SSL_connect(self->ssl) != 1)
        errx(1, "TLS handshake: %s", ERR_reason_error_string(ERR_get_error()));
    if (fcntl(self->fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd, &event) < 0)
        err(1, "epoll");
}

void
connection_close(struct connection *self)
{
    if (self->ssl == NULL)
        return;
    epoll_ctl(self->epoll, EPOLL_CTL_DEL, self->fd, NULL);
    SSL_shutdown(self->ssl);
    SSL_free(self->ssl);
    close(self->fd);
    self->ssl = NULL;
}

static void
watch(struct connection *self, bool wants_write)
{
    struct epoll_event event = {
        .events = wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = self};

    if (wants_write == self->wants_write)
        return;
    self->wants_write = wants_write;
    if (epoll_ctl(self->epoll, EPOLL_CTL_MOD, self->fd, &event) < 0)
        err(1, "epoll");
}

static enum progress
go_on_writing(struct connection *self)
{
    ERR_clear_error();
    while (self->out_sent < self->out_len) {
        int sent =
            SSL_write(self->ssl, self->out + self->out_sent, (int)(self->out_len - self->out_sent));

        if (sent <= 0) {
            if (SSL_get_error(self->ssl, sent) != SSL_ERROR_WANT_WRITE)
                return PROGRESS_BROKEN;
            watch(self, true);
            return PROGRESS_WAIT;
        }
        self->out_sent += (size_t)sent;
    }
    watch(self, false);
    return PROGRESS_WAIT;
}

/* Value of a header of the answer, or NULL. */
static const char *
header(const struct connection *self, const char *end, const char *name)
{
    size_t len = strlen(name);

    for (const char *line = strstr(self->answer, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
            return line + 3 + len;
    return NULL;
}

/* Is the answer complete? */
static enum progress
judge(struct connection *self)
{
    const char *end;
    const char *length;

    self->answer[self->in_len] = '\0';
    if (self->in_wanted == 0) {
        if ((end = strstr(self->answer, "\r\n\r\n")) == NULL)
            return self->in_len < ANSWER_BYTES_MAX ? PROGRESS_WAIT : PROGRESS_BROKEN;
        length = header(self, end, "content-length");
        if (strncmp(self->answer, "HTTP/1.1 ", 9) != 0 || length == NULL)
            return PROGRESS_BROKEN;
        self->status = atoi(self->answer + 9);
        self->in_wanted = (size_t)(end + 4 - self->answer) + strtoul(length, NULL, 10);
        if (self->in_wanted > ANSWER_BYTES_MAX)
            return PROGRESS_BROKEN;
    }
    if (self->in_len > self->in_wanted)
        return PROGRESS_BROKEN; /* nobody asked for more */
    return self->in_len == self->in_wanted ? PROGRESS_ANSWERED : PROGRESS_WAIT;
}

enum progress
connection_send(struct connection *self)
{
    self->out_sent = 0;
    self->in_len = 0;
    self->in_wanted = 0;
    self->status = 0;
    return go_on_writing(self);
}

enum progress
connection_go_on(struct connection *self)
{
    enum progress progress = PROGRESS_WAIT;

    if (self->wants_write && go_on_writing(self) == PROGRESS_BROKEN)
        return PROGRESS_BROKEN;
    ERR_clear_error();
    while (progress == PROGRESS_WAIT) {
        int got = SSL_read(
            self->ssl, self->answer + self->in_len, (int)(ANSWER_BYTES_MAX - self->in_len));

        if (got <= 0)
            return SSL_get_error(self->ssl, got) == SSL_ERROR_WANT_READ ? PROGRESS_WAIT
                                                                        : PROGRESS_BROKEN;
        self->in_len += (size_t)got;
        progress = judge(self);
    }
    return progress;
}
