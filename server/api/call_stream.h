#ifndef TCRD_API_CALL_STREAM_H
#define TCRD_API_CALL_STREAM_H
#include "server/api/call.h"
/* call_stream - bodies and answers that are never held in memory as a whole.
 *
 * Only of methods with METHOD_STREAM_IN or METHOD_STREAM_OUT, and only when call->streams: the
 * other wire hands them over as JSON.
 *
 * In: nothing of the body is read before the step asks for it, so whatever the head and the record
 * can refuse costs no bytes. The step takes pieces of CALL_PIECE_BYTES (the last one is shorter)
 * and stores one while the next is filled; a wire that finds no room stops reading its socket. So
 * at most two pieces of a body are in memory.
 *
 * Out: the step announces length and type with call_reply_begin() and then writes piece by piece;
 * when the wire has enough waiting it says so, and the step goes on when that has left.
 */
enum { CALL_PIECE_BYTES = 65536 };

/* ---- for steps ---- */

enum call_body {
    CALL_BODY_PIECE,  /* *piece holds the next bytes */
    CALL_BODY_END,    /* everything was taken */
    CALL_BODY_NONE,   /* wait: return call_wait_body(call) */
    CALL_BODY_BROKEN, /* the rest will never come; nobody hears an answer */
};
/* Takes the next piece; what piece held before is dropped. */
enum call_body call_body_take(struct call *call, struct buf *piece);
enum call_next call_wait_body(struct call *call);

/* Send the head of the answer: status, content_type, length, etag_text, disposition,
 * content_digest and as_of_seq of call->reply. Without a length the answer ends where the step
 * does: after CALL_DONE it is whole, after CALL_FAIL the peer is told that it is not. Leaves the
 * audit row of a read: a peer that turns away later has read as well. To HEAD nothing more is sent,
 * whatever is written. */
void call_reply_begin(struct call *call);
/* One more audit row, with what call->audit_object says by now. */
void call_reply_audit(struct call *call);
/* CALL_DONE: room for more; CALL_WAIT: return it, the step is called again when there is;
 * CALL_FAIL: the peer is gone. */
enum call_next call_reply_write(struct call *call, const void *data, size_t len);

/* ---- for wires ---- */

/* wire->want_body: there is room for more of the body; read it in a later turn, not inside. After
 * adding what is there, call_body_added() once; it may run the call to its end. */
size_t call_body_room(const struct call *call);
void call_body_add(struct call *call, const void *data, size_t len); /* at most the room */
void call_body_added(struct call *call, bool is_complete);
/* What write() refused has left: may run the call to its end. */
void call_reply_room(struct call *call);
bool call_reply_has_begun(const struct call *call);
#endif
