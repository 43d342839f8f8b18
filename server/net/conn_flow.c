#include <assert.h>
#include <string.h>

#include "server/net/conn_int.h"

/* Bytes in and out of one connection: bounded work per turn, nothing kept between requests. */

enum {
    READ_BYTES = 16 * 1024,  /* a whole TLS record */
    READ_ROUNDS = 4,         /* per turn, so that one busy peer does not starve the others */
    WRITE_BYTES = 16 * 1024, /* one TLS record: progress is seen after each */
    WRITE_ROUNDS = 16,
    WRITE_PROGRESS_BYTES = 64 * 1024, /* a peer that takes this much gets a new write deadline */
    OUTPUT_MAX = 16 * 1024 * 1024
};

/* One buffer of an idle worker waits for the next connection that has something to say: nearly all
 * requests come, are read and are consumed before the next. One thread per process. Under
 * AddressSanitizer none waits: it must see the use of freed memory. */
static char *spare_input;

static void
open_input(struct conn *conn)
{
    if (conn->in.data == NULL && spare_input != NULL) {
        conn->in = (struct buf){.data = spare_input, .cap = READ_BYTES + 1};
        spare_input = NULL;
    }
    buf_reserve(&conn->in, READ_BYTES);
}

static void
close_input(struct conn *conn)
{
#ifndef __SANITIZE_ADDRESS__
    if (conn->in.cap == READ_BYTES + 1 && spare_input == NULL) {
        spare_input = conn->in.data;
        conn->in = (struct buf){0};
    }
#endif
    buf_clear(&conn->in);
    conn->in_at = 0;
}

/* False: nothing came. *more tells whether it is worth asking again in this turn: the descriptor
 * reports what it still has, the next record of TLS may be in memory already. */
static bool
read_once(struct conn *conn, bool *more)
{
    enum io_result result;
    size_t got = 0;

    if (conn->in_at > 0) {
        buf_drop(&conn->in, conn->in_at);
        conn->in_at = 0;
    }
    open_input(conn);
    result = io_read(&conn->io, conn->in.data + conn->in.len, READ_BYTES, &got);
    switch (result) {
    case IO_DONE:
        conn->in.len += got;
        conn->in.data[conn->in.len] = '\0';
        *more = got == READ_BYTES || io_holds_input(&conn->io);
        return true;
    case IO_WANT_WRITE:
        conn->read_needs_write = true;
        event_add(&conn->write_event, NULL);
        break;
    case IO_WANT_READ:
        break;
    case IO_EOF:
        conn->eof = true;
        event_del(&conn->read_event);
        break;
    case IO_FAILED:
        conn->failed = true;
        break;
    }
    if (conn->in.len == 0)
        close_input(conn);
    return false;
}

void
conn_receive(struct conn *conn)
{
    bool told_eof = conn->eof;
    bool data = conn->again;
    bool more = true;
    int rounds = 0;

    conn->again = false;
    conn->read_needs_write = false;
    if (!conn->paused && !conn->eof)
        while (rounds < READ_ROUNDS && more && read_once(conn, &more))
            rounds++;
    if (rounds == READ_ROUNDS && io_holds_input(&conn->io))
        conn_queue_turn(conn);
    if (data || rounds > 0)
        conn_emit(conn, CONN_DATA);
    if (conn->state != CONN_AT_OPEN)
        return;
    if (conn->failed)
        conn_fail(conn);
    else if (conn->eof && !told_eof)
        conn_emit(conn, CONN_EOF);
}

const char *
conn_input(const struct conn *conn, size_t *len)
{
    *len = conn->in.len - conn->in_at;
    return *len > 0 ? conn->in.data + conn->in_at : "";
}

void
conn_consume(struct conn *conn, size_t len)
{
    assert(len <= conn->in.len - conn->in_at);
    conn->in_at += len;
    if (conn->in_at < conn->in.len || conn->in.data == NULL)
        return;
    /* Nothing is kept between requests: memory of idle connections, and credentials. */
    secret_clear(conn->in.data, conn->in.len);
    close_input(conn);
}

void
conn_pause(struct conn *conn)
{
    conn->paused = true;
    event_del(&conn->read_event);
}

void
conn_resume(struct conn *conn)
{
    if (!conn->paused)
        return;
    conn->paused = false;
    if (conn->state != CONN_AT_OPEN || conn->eof || conn->failed)
        return;
    event_add(&conn->read_event, NULL);
    if (io_holds_input(&conn->io)) /* the descriptor will not report these bytes */
        conn_queue_turn(conn);
}

void
conn_again(struct conn *conn)
{
    conn->again = true;
    conn_queue_turn(conn);
}

void
conn_on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;
    enum io_result result;

    (void)fd;
    (void)what;
    if (conn->state == CONN_AT_LINGER) {
        result = io_discard(&conn->io);
        if (result == IO_EOF || result == IO_FAILED)
            conn_die(conn);
        return;
    }
    if (conn->state == CONN_AT_HANDSHAKE)
        conn_handshake(conn);
    if (conn->state == CONN_AT_OPEN && !conn->failed)
        conn_receive(conn);
    if (conn->write_needs_read)
        conn_on_writable(conn->io.fd, EV_WRITE, conn);
}

/* ---- output ---- */

static void
watch_output(struct conn *conn)
{
    event_add(&conn->write_event, NULL);
    if (event_pending(&conn->write_timer, EV_TIMEOUT, NULL) &&
        conn->progress < WRITE_PROGRESS_BYTES)
        return;
    conn->progress = 0;
    event_add(&conn->write_timer,
        deadline_after(limits_deadlines(conn->limits, conn->base), DEADLINE_WRITE));
}

static void
output_done(struct conn *conn)
{
    buf_clear(&conn->out);
    conn->out_at = 0;
    conn->progress = 0;
    event_del(&conn->write_event);
    event_del(&conn->write_timer);
    if (conn->state == CONN_AT_DRAIN)
        conn_finish_close(conn);
    else
        conn_emit(conn, CONN_DRAINED);
}

static void
flush(struct conn *conn)
{
    size_t len, put;

    conn->write_needs_read = false;
    for (int round = 0; conn->out_at < conn->out.len && round < WRITE_ROUNDS; round++) {
        len = conn->out.len - conn->out_at;
        if (len > WRITE_BYTES)
            len = WRITE_BYTES;
        put = 0;
        switch (io_write(&conn->io, conn->out.data + conn->out_at, len, &put)) {
        case IO_DONE:
            conn->out_at += put;
            conn->progress += put;
            continue;
        case IO_WANT_WRITE:
            break;
        case IO_WANT_READ:
            conn->write_needs_read = true;
            event_add(&conn->read_event, NULL);
            return;
        case IO_EOF:
        case IO_FAILED:
            conn_fail(conn);
            return;
        }
        break;
    }
    if (conn->out_at < conn->out.len)
        watch_output(conn);
    else
        output_done(conn);
}

void
conn_queue_flush(struct conn *conn)
{
    if (conn->flush_queued || conn->failed)
        return;
    conn->flush_queued = true;
    event_active(&conn->write_event, EV_WRITE, 0);
}

static int
output_ready(struct conn *conn)
{
    size_t waiting = conn->out.len - conn->out_at;

    assert(conn->state == CONN_AT_OPEN);
    if (waiting > OUTPUT_MAX)
        return -1;
    if (conn->out_at > waiting) { /* moves fewer bytes than it frees */
        buf_drop(&conn->out, conn->out_at);
        conn->out_at = 0;
    }
    return 0;
}

int
conn_write(struct conn *conn, const void *data, size_t len)
{
    if (output_ready(conn) < 0)
        return -1;
    buf_add(&conn->out, data, len);
    conn_queue_flush(conn);
    return 0;
}

int
conn_write_buf(struct conn *conn, struct buf *buf)
{
    int done = 0;

    if (conn->out.data != NULL) {
        done = conn_write(conn, buf->data, buf->len);
        buf_clear(buf);
        return done;
    }
    assert(conn->state == CONN_AT_OPEN);
    conn->out = *buf;
    *buf = (struct buf){0};
    conn_queue_flush(conn);
    return 0;
}

size_t
conn_output_len(const struct conn *conn)
{
    return conn->out.len - conn->out_at;
}

void
conn_on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;

    (void)fd;
    (void)what;
    conn->flush_queued = false;
    if (conn->state == CONN_AT_HANDSHAKE) {
        conn_handshake(conn);
        return;
    }
    if (conn->read_needs_write && conn->state == CONN_AT_OPEN) {
        event_del(&conn->write_event);
        conn_receive(conn);
    }
    if ((conn->state == CONN_AT_OPEN || conn->state == CONN_AT_DRAIN) && !conn->failed &&
        conn->out.data != NULL)
        flush(conn);
}
