#include "server/api/call_stream.h"

#include <assert.h>

#include "server/api/api_int.h"

static void
want_body(struct call *call)
{
    struct call_private *private = call->private;

    if (private->wire != NULL && !private->body_is_complete)
    private->wire->want_body(private->peer);
}

enum call_body
call_body_take(struct call *call, struct buf *piece)
{
    struct call_private *private = call->private;

    if (private->is_broken)
        return CALL_BODY_BROKEN;
    if (private->piece.len < CALL_PIECE_BYTES && !private->body_is_complete)
        return CALL_BODY_NONE;
    if (private->piece.len == 0)
        return CALL_BODY_END;
    buf_clear(piece);
    *piece = private->piece;
    private->piece = (struct buf){0};
    want_body(call);
    return CALL_BODY_PIECE;
}

enum call_next
call_wait_body(struct call *call)
{
    call->private->waits_for = CALL_WAITS_BODY;
    want_body(call);
    return CALL_WAIT;
}

size_t
call_body_room(const struct call *call)
{
    const struct call_private *private = call->private;

    return private->body_is_complete ? 0 : CALL_PIECE_BYTES - private->piece.len;
}

void
call_body_add(struct call *call, const void *data, size_t len)
{
    struct buf *piece = &call->private->piece;

    assert(len <= call_body_room(call));
    if (piece->data == NULL)
        buf_reserve(piece, CALL_PIECE_BYTES); /* once: growing would double */
    buf_add(piece, data, len);
}

void
call_body_added(struct call *call, bool is_complete)
{
    struct call_private *private = call->private;

    private->body_is_complete = is_complete;
    if (private->waits_for == CALL_WAITS_BODY &&
        (is_complete || private->piece.len == CALL_PIECE_BYTES))
        call_run(call);
}

void
call_reply_begin(struct call *call)
{
    struct call_private *private = call->private;

    call_audit_read(call);
    private->has_begun = true;
    if (private->wire == NULL)
    private->is_broken = true;
    else private->wire->begin(private->peer, call);
}

void
call_reply_audit(struct call *call)
{
    call->private->is_audited = false;
    call_audit_read(call);
}

enum call_next
call_reply_write(struct call *call, const void *data, size_t len)
{
    struct call_private *private = call->private;

    if (private->is_broken || private->wire == NULL)
        return CALL_FAIL;
    if (private->wire->write(private->peer, data, len))
        return CALL_DONE;
    private->waits_for = CALL_WAITS_ROOM;
    return CALL_WAIT;
}

void
call_reply_room(struct call *call)
{
    if (call->private->waits_for == CALL_WAITS_ROOM)
        call_run(call);
}

bool
call_reply_has_begun(const struct call *call)
{
    return call->private->has_begun;
}
