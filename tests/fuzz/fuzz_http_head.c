/* Any bytes as a request head, at once and in two pieces: the verdict must be the same and within
 * the bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "server/http/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_head whole = {0};
    struct http_head parts = {0};
    struct err err, parts_err;
    size_t cut = size / 2;
    char *first = xmalloc(cut + 1);
    int done, parts_done;

    done = http_head_check(&whole, (const char *)data, size, &err);
    memcpy(first, data, cut);
    parts_done = http_head_check(&parts, first, cut, &parts_err);
    if (parts_done == 0)
        parts_done = http_head_check(&parts, (const char *)data, size, &parts_err);
    if (done != parts_done || (done < 0 && err.code != parts_err.code))
        abort();
    if (done == 1 && (whole.len != parts.len || whole.len > size || whole.len > HTTP_HEAD_MAX + 2))
        abort();
    free(first);
    return 0;
}
