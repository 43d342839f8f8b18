#include "server/app/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 100, TRY_MS = 100 };

static int
try_bind(int fd, const struct addrinfo *info)
{
    const struct timespec wait = {.tv_nsec = TRY_MS * 1000000L};

    for (int i = 0; i < TRIES; i++) {
        if (bind(fd, info->ai_addr, info->ai_addrlen) == 0)
            return 0;
        if (errno != EADDRINUSE)
            return -1;
        nanosleep(&wait, NULL);
    }
    errno = EADDRINUSE;
    return -1;
}

int
app_listen(const char *address, int port, int backlog, struct err *err)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *info;
    const int on = 1;
    char service[16];
    int fd = -1;

    snprintf(service, sizeof(service), "%d", port);
    if (getaddrinfo(address, service, &hints, &info) != 0)
        return err_set(err, ERR_CONFIG, "listen.address: %s is not a numeric address", address);
    fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        try_bind(fd, info) < 0 || listen(fd, backlog) < 0) {
        err_set(err, ERR_IO, "%s port %d: %s", address, port, strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(info);
    return fd;
}
