#ifndef TCRD_RPC_RPC_FRAME_H
#define TCRD_RPC_RPC_FRAME_H
#include <stdbool.h>
#include <stddef.h>
/* rpc_frame - lines out of a byte stream, and the look at a line before any JSON parser sees it.
 * Pure. */
enum { RPC_LINE_MAX = 1048576, RPC_DEPTH_MAX = 64 };

/* How far the input has been looked at; zero-initialised, and set back by the caller's
 * conn_consume() through rpc_frame_taken(). */
struct rpc_frame {
    size_t scanned;
};

/* data holds everything that is not taken yet. 1: a line of *line_len bytes stands at data, its LF
 * behind it; 0: more is needed; -1: the line is longer than RPC_LINE_MAX. */
int rpc_frame_next(struct rpc_frame *frame, const char *data, size_t len, size_t *line_len);
void rpc_frame_taken(struct rpc_frame *frame);

/* Only spaces, tabs and CR? */
bool rpc_line_is_blank(const char *line, size_t len);
#endif
