#include "server/helper/helper_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { JOB_FD = 3 };

static int
program_beside(char *path, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", path, size - 1);
    char *slash;

    if (len < 0)
        return -1;
    path[len] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL)
        return -1;
    return snprintf(slash + 1, size - (size_t)(slash + 1 - path), "tcrd-paper") < 0 ? -1 : 0;
}

static int
spawn(const char *program, int theirs, pid_t *pid)
{
    static const int defaults[] = {SIGINT, SIGHUP, SIGPIPE, SIGTERM, SIGCHLD};
    const char *const passed[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "FONTCONFIG_FILE"};
    char *const argv[] = {(char[]){"tcrd-paper"}, NULL};
    char values[3][512];
    char *env[5] = {(char[]){"LC_ALL=C.UTF-8"}};
    int env_count = 1;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t set;
    int result;

    for (int i = 0; i < 3; i++) {
        const char *value = getenv(passed[i]);

        if (value != NULL && snprintf(values[i], sizeof(values[i]), "%s=%s", passed[i], value) <
                                 (int)sizeof(values[i]))
            env[env_count++] = values[i];
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, theirs, JOB_FD);
    posix_spawn_file_actions_addclosefrom_np(&actions, JOB_FD + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        sigaddset(&set, defaults[i]);
    posix_spawnattr_setsigdefault(&attributes, &set);
    result = posix_spawn(pid, program, &actions, &attributes, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result;
}

pid_t
helper_spawn(const char *program, int *fd, struct err *err)
{
    char beside[PATH_MAX];
    int pair[2];
    pid_t pid;
    int result;

    if (*program == '\0') {
        if (program_beside(beside, sizeof(beside)) < 0)
            return err_set(err, ERR_IO, "/proc/self/exe: %s", strerror(errno));
        program = beside;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    result = spawn(program, pair[1], &pid);
    close(pair[1]);
    if (result != 0) {
        close(pair[0]);
        return err_set(err, ERR_IO, "%.180s: %s", program, strerror(result));
    }
    *fd = pair[0];
    return pid;
}
