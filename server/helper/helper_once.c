#include "server/helper/helper_once.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/job_frame.h"
#include "server/helper/helper_spawn.h"

static int
send_all(int fd, const struct buf *out, struct err *err)
{
    size_t at = 0;

    while (at < out->len) {
        ssize_t sent = send(fd, out->data + at, out->len - at, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return err_set(err, ERR_IO, "tcrd-paper: %s", strerror(errno));
        at += (size_t)sent;
    }
    return 0;
}

/* Until in holds len bytes. */
static int
read_up_to(int fd, struct buf *in, size_t len, struct err *err)
{
    buf_reserve(in, len);
    while (in->len < len) {
        ssize_t got = read(fd, in->data + in->len, len - in->len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_set(err, ERR_IO, "tcrd-paper: %s",
                got == 0          ? "it ended without an answer"
                : errno == EAGAIN ? "no answer in time"
                                  : strerror(errno));
        in->len += (size_t)got;
    }
    return 0;
}

static int
take_answer(const struct buf *in, struct buf *made, struct err *err)
{
    static struct job_frame frame;
    json_t *facts;

    if (job_frame_read(in->data, in->len, &frame) < 0)
        return err_set(err, ERR_IO, "tcrd-paper: its answer cannot be read");
    if (frame.kind == JOB_DONE && frame.part_count == 1) {
        buf_add(made, frame.parts[0].data, frame.parts[0].len);
        return 0;
    }
    facts = json_loadb(frame.json, frame.json_len, 0, NULL);
    err_set(err, ERR_IO, "tcrd-paper: %.150s",
        json_is_string(json_object_get(facts, "why"))
            ? json_string_value(json_object_get(facts, "why"))
            : "nothing was made");
    json_decref(facts);
    return -1;
}

static int
ask(int fd, uint32_t kind, const struct buf *json, struct buf *made, struct err *err)
{
    struct job_frame frame = {.kind = kind, .id = 1, .json = json->data, .json_len = json->len};
    struct buf out = {0};
    struct buf in = {0};
    int result = -1;
    size_t bytes;

    job_frame_write(&out, &frame);
    if (send_all(fd, &out, err) < 0 || read_up_to(fd, &in, JOB_HEAD_BYTES, err) < 0)
        goto done;
    bytes = job_frame_bytes(in.data, in.len);
    if (bytes == SIZE_MAX)
        err_set(err, ERR_IO, "tcrd-paper: its answer cannot be read");
    else if (read_up_to(fd, &in, bytes, err) == 0)
        result = take_answer(&in, made, err);

done:
    buf_clear(&out);
    buf_clear(&in);
    return result;
}

int
helper_once(const struct conf *conf, uint32_t kind, const struct buf *json, struct buf *made,
    struct err *err)
{
    struct timeval wait = {
        .tv_sec = conf->paper_timeout_ms / 1000, .tv_usec = conf->paper_timeout_ms % 1000 * 1000};
    int fd = -1;
    pid_t pid;
    int result;

    if (json->len > JOB_JSON_MAX)
        return err_set(err, ERR_IO, "the document is too large");
    pid = helper_spawn(conf->paper_helper, &fd, err);
    if (pid < 0)
        return -1;
    fcntl(fd, F_SETFL, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    result = ask(fd, kind, json, made, err);
    close(fd);
    if (result < 0)
        kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return result;
}
