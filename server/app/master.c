#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"
#include "server/app/app.h"
#include "server/app/app_int.h"
#include "server/app/files.h"
#include "server/app/listen.h"
#include "server/app/nightly.h"

enum { BACKOFF_MIN_MS = 100, BACKOFF_MAX_MS = 5000, YOUNG_MS = 2000, KILL_GRACE_MS = 3000 };

struct child {
    pid_t pid; /* 0: not running */
    int64_t born_us;
    int64_t spawn_at_us;
    int backoff_ms;
};

struct master {
    struct conf conf;
    const char *config_file;
    struct app_worker template; /* what every worker gets */
    struct app_shared *shared;
    int alive[2]; /* the workers hold the reading end: end of file tells them that the master is
                     gone */
    struct child children[APP_WORKERS_MAX];
    int worker_count;
    pid_t nightly_pid;
    int nightly_minute;
    int64_t nightly_at_us; /* monotonic; 0: never */
    sigset_t signals;
};

static enum log_level
level_from_name(const char *name)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};

    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], name) == 0)
            return (enum log_level)i;
    return LOG_LEVEL_INFO;
}

static int
load_files(struct master *master, struct err *err)
{
    struct app_worker *template = &master->template;

    if (app_file_read(&template->tls_cert, master->conf.tls_cert_file, err) < 0 ||
        app_file_read(&template->tls_key, master->conf.tls_key_file, err) < 0)
        return -1;
    if (master->conf.tls_client_ca_file[0] != '\0' &&
        app_file_read(&template->tls_client_ca, master->conf.tls_client_ca_file, err) < 0)
        return -1;
    return app_password_read(&template->db_password, master->conf.db_password_file, err);
}

static void
clear_files(struct app_worker *template)
{
    app_file_clear(&template->tls_cert);
    app_file_clear(&template->tls_key);
    app_file_clear(&template->tls_client_ca);
    if (template->db_password != NULL)
        secret_clear(template->db_password, strlen(template->db_password));
    free(template->db_password);
    template->db_password = NULL;
}

static int
open_listeners(struct master *master, struct err *err)
{
    const struct conf *conf = &master->conf;
    struct app_worker *template = &master->template;

    template->http_fd = app_listen(conf->listen_address, conf->http_port, conf->backlog, err);
    if (template->http_fd < 0)
        return -1;
    template->rpc_fd = app_listen(conf->listen_address, conf->rpc_port, conf->backlog, err);
    if (template->rpc_fd < 0)
        return -1;
    template->admin_fd = app_listen("127.0.0.1", conf->admin_port, conf->backlog, err);
    return template->admin_fd < 0 ? -1 : 0;
}

/* As many descriptors as connections may need; the hard limit is what the system grants. */
static void
raise_limits(const struct conf *conf)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)conf->connections_max + 256;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= need)
        return;
    limit.rlim_cur =
        limit.rlim_max == RLIM_INFINITY || limit.rlim_max > need ? need : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < need)
        log_warn("app", "few_descriptors", "have=%llu want=%llu",
            (unsigned long long)limit.rlim_cur, (unsigned long long)need);
}

static int
drop_privileges(const char *user)
{
    const struct passwd *entry;

    if (*user == '\0' || geteuid() != 0)
        return 0;
    entry = getpwnam(user);
    if (entry == NULL) {
        log_error("app", "no_such_user", "user=%s", log_safe(user));
        return -1;
    }
    if (initgroups(user, entry->pw_gid) < 0 || setgid(entry->pw_gid) < 0 ||
        setuid(entry->pw_uid) < 0)
        return -1;
    return 0;
}

static void
run_worker(struct master *master, int index)
{
    struct app_worker worker = master->template;
    int status;

    sigprocmask(SIG_UNBLOCK, &master->signals, NULL);
    signal(SIGINT,
        SIG_IGN); /* Ctrl-C reaches the whole group; the master tells the workers to drain */
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    close(master->alive[1]);
    if (drop_privileges(master->conf.user) < 0)
        _exit(1);
    worker.index = index;
    status = app_worker_run(&worker);
    clear_files(&master->template);
    conf_clear(&master->conf);
    exit(status);
}

static void
spawn(struct master *master, int index)
{
    struct child *child = &master->children[index];
    pid_t pid = fork();

    if (pid == 0)
        run_worker(master, index);
    child->born_us = clock_mono_us();
    if (pid < 0) {
        log_error("app", "fork", "why=%s", strerror(errno));
        child->spawn_at_us = child->born_us + BACKOFF_MAX_MS * 1000;
        return;
    }
    child->pid = pid;
    log_info("app", "worker_started", "worker=%d worker_pid=%d", index, (int)pid);
}

static void
start_nightly(struct master *master)
{
    pid_t pid;

    master->nightly_at_us =
        clock_mono_us() + nightly_wait_us(master->nightly_minute, clock_wall_us() + 1000000);
    if (master->nightly_pid != 0)
        return;
    pid = fork();
    if (pid == 0) {
        sigprocmask(SIG_UNBLOCK, &master->signals, NULL);
        if (master->config_file != NULL)
            execl("/proc/self/exe", "tcrd", "--config", master->config_file, "aggregate",
                (char *)NULL);
        else
            execl("/proc/self/exe", "tcrd", "aggregate", (char *)NULL);
        _exit(127);
    }
    master->nightly_pid = pid < 0 ? 0 : pid;
    log_info("app", "nightly_started", "job_pid=%d", (int)pid);
}

static void
nightly_ended(struct master *master, int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    master->nightly_pid = 0;
    atomic_fetch_add(&master->shared->version, 1); /* it closes days */
    atomic_fetch_add(&master->shared->nightly_runs, 1);
    atomic_fetch_add(&master->shared->nightly_failures, code != 0);
    atomic_store(&master->shared->nightly_status, (uint64_t)(code < 0 ? 255 : code));
    if (code == 0)
        log_info("app", "nightly_done", "status=0");
    else
        log_error("app", "nightly_failed", "status=%d", code);
}

static void
child_ended(struct master *master, pid_t pid, int status)
{
    if (pid == master->nightly_pid) {
        nightly_ended(master, status);
        return;
    }
    for (int i = 0; i < master->worker_count; i++) {
        struct child *child = &master->children[i];
        int64_t now = clock_mono_us();

        if (child->pid != pid)
            continue;
        child->pid = 0;
        db_turn_give(&master->shared->turn, i);
        if (now - child->born_us > YOUNG_MS * 1000)
            child->backoff_ms = 0;
        child->spawn_at_us = now + (int64_t)child->backoff_ms * 1000;
        child->backoff_ms = child->backoff_ms == 0 ? BACKOFF_MIN_MS : child->backoff_ms * 2;
        if (child->backoff_ms > BACKOFF_MAX_MS)
            child->backoff_ms = BACKOFF_MAX_MS;
        atomic_fetch_add(&master->shared->respawns, 1);
        log_error("app", "worker_ended", "worker=%d worker_pid=%d status=%d signal=%d", i, (int)pid,
            WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
}

static void
reap(struct master *master)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        child_ended(master, pid, status);
}

/* New workers with what was read again; the old ones finish what they have. */
static void
reload(struct master *master)
{
    struct app_worker old = master->template;
    struct conf conf;
    struct err err = {0};
    int waiting;

    if (conf_load(&conf, master->config_file, &err) < 0) {
        log_error("app", "reload", "why=%s", log_safe(err.msg));
        return;
    }
    waiting = conf_reload(&master->conf, &conf);
    conf_clear(&conf);
    master->template.tls_cert = master->template.tls_key = master->template.tls_client_ca =
        (struct app_file){0};
    master->template.db_password = NULL;
    if (load_files(master, &err) < 0) {
        log_error("app", "reload", "why=%s", log_safe(err.msg));
        clear_files(&master->template);
        master->template = old;
        return;
    }
    clear_files(&old);
    random_bytes(master->shared->ticket_keys, sizeof(master->shared->ticket_keys));
    log_info("app", "reloaded", "keys_that_need_a_restart=%d", waiting);
    for (int i = 0; i < master->worker_count; i++) {
        pid_t before = master->children[i].pid;

        spawn(master, i);
        if (before != 0)
            kill(before, SIGTERM);
    }
}

static int
running(const struct master *master)
{
    int count = 0;

    for (int i = 0; i < master->worker_count; i++)
        count += master->children[i].pid != 0;
    return count;
}

static void
stop_all(struct master *master)
{
    int64_t until =
        clock_mono_us() + ((int64_t)master->conf.drain_seconds * 1000 + KILL_GRACE_MS) * 1000;
    const struct timespec tick = {.tv_nsec = 50 * 1000000L};
    siginfo_t info;

    sd_notify(0, "STOPPING=1");
    log_info("app", "stopping", "workers=%d", running(master));
    for (int i = 0; i < master->worker_count; i++)
        if (master->children[i].pid != 0)
            kill(master->children[i].pid, SIGTERM);
    while (running(master) > 0 && clock_mono_us() < until) {
        int status;
        pid_t pid;

        sigtimedwait(&master->signals, &info, &tick);
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
            for (int i = 0; i < master->worker_count; i++)
                if (master->children[i].pid == pid)
                    master->children[i].pid = 0;
    }
    for (int i = 0; i < master->worker_count; i++)
        if (master->children[i].pid != 0)
            kill(master->children[i].pid, SIGKILL);
}

/* Start what is due; the time until something is due again, at most a minute. */
static int64_t
do_due(struct master *master)
{
    int64_t now = clock_mono_us();
    int64_t wait = INT64_C(60) * 1000000;

    for (int i = 0; i < master->worker_count; i++) {
        struct child *child = &master->children[i];

        if (child->pid != 0)
            continue;
        if (child->spawn_at_us <= now)
            spawn(master, i);
        else if (child->spawn_at_us - now < wait)
            wait = child->spawn_at_us - now;
    }
    if (master->nightly_at_us != 0 && master->nightly_at_us <= now)
        start_nightly(master);
    else if (master->nightly_at_us != 0 && master->nightly_at_us - now < wait)
        wait = master->nightly_at_us - now;
    return wait;
}

static void
supervise(struct master *master)
{
    for (;;) {
        int64_t wait_us = do_due(master);
        struct timespec wait = {
            .tv_sec = (time_t)(wait_us / 1000000), .tv_nsec = (long)(wait_us % 1000000) * 1000};
        siginfo_t info;
        int sig = sigtimedwait(&master->signals, &info, &wait);

        if (sig == SIGTERM || sig == SIGINT)
            return;
        if (sig == SIGHUP)
            reload(master);
        reap(master);
    }
}

static void
write_pid(const char *file)
{
    FILE *out = *file == '\0' ? NULL : fopen(file, "w");

    if (out == NULL)
        return;
    fprintf(out, "%d\n", (int)getpid());
    fclose(out);
}

static int
prepare(struct master *master, struct err *err)
{
    struct app_worker *template = &master->template;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    log_set_level(level_from_name(master->conf.log_level));
    if (master->conf.nightly_at[0] != '\0') {
        master->nightly_minute = nightly_minute(master->conf.nightly_at);
        if (master->nightly_minute < 0)
            return err_set(err, ERR_CONFIG, "nightly.at: HH:MM is needed");
        master->nightly_at_us =
            clock_mono_us() + nightly_wait_us(master->nightly_minute, clock_wall_us());
    }
    raise_limits(&master->conf);
    if (load_files(master, err) < 0 || open_listeners(master, err) < 0)
        return -1;
    master->worker_count = master->conf.workers > 0 ? master->conf.workers : (int)processors;
    if (master->worker_count > APP_WORKERS_MAX)
        master->worker_count = APP_WORKERS_MAX;
    master->shared = mmap(
        NULL, sizeof(*master->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (master->shared == MAP_FAILED ||
        db_turn_init(&master->shared->turn, master->worker_count) < 0 ||
        pipe2(master->alive, O_CLOEXEC | O_NONBLOCK) < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    random_bytes(master->shared->ticket_keys, sizeof(master->shared->ticket_keys));
    template->conf = &master->conf;
    template->shared = master->shared;
    template->worker_count = master->worker_count;
    template->master_fd = master->alive[0];
    return 0;
}

int
app_serve(const struct conf *conf, const char *config_file)
{
    struct master master = {.config_file = config_file};
    struct err err = {0};

    (void)conf; /* validated by the caller; the master keeps a copy of its own that reload may
                   change */
    if (conf_load(&master.conf, config_file, &err) < 0 || prepare(&master, &err) < 0) {
        log_error("app", "start", "why=%s", log_safe(err.msg));
        clear_files(&master.template);
        conf_clear(&master.conf);
        return 1;
    }
    sigemptyset(&master.signals);
    sigaddset(&master.signals, SIGCHLD);
    sigaddset(&master.signals, SIGTERM);
    sigaddset(&master.signals, SIGINT);
    sigaddset(&master.signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &master.signals, NULL);
    write_pid(master.conf.pid_file);
    log_info("app", "started", "version=%s http=%d rpc=%d admin=%d workers=%d", TCRD_VERSION,
        master.conf.http_port, master.conf.rpc_port, master.conf.admin_port, master.worker_count);
    do_due(&master);
    sd_notify(0, "READY=1");
    supervise(&master);
    stop_all(&master);
    if (master.conf.pid_file[0] != '\0')
        unlink(master.conf.pid_file);
    clear_files(&master.template);
    conf_clear(&master.conf);
    return 0;
}
