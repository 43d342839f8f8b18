#include "server/rpc/rpc_frame.h"

#include <string.h>

int
rpc_frame_next(struct rpc_frame *frame, const char *data, size_t len, size_t *line_len)
{
    const char *end = memchr(data + frame->scanned, '\n', len - frame->scanned);

    if (end == NULL) {
        frame->scanned = len;
        return len > RPC_LINE_MAX ? -1 : 0;
    }
    *line_len = (size_t)(end - data);
    return *line_len > RPC_LINE_MAX ? -1 : 1;
}

void
rpc_frame_taken(struct rpc_frame *frame)
{
    frame->scanned = 0;
}

bool
rpc_line_is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    return true;
}
