#include "server/api/json_memory.h"

#include <jansson.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__ /* it must see each use of freed memory */
enum { USE_CHUNKS = 0 };
#else
enum { USE_CHUNKS = 1 };
#endif

/* A chunk lies at a multiple of its size, so the chunk of a piece is found by cutting its address
 * off. */
enum { CHUNK_BYTES = 64 * 1024, PIECE_MAX_BYTES = 8 * 1024, SPARE_MAX = 32 };

struct chunk {
    struct chunk *next; /* among the spare ones */
    size_t bytes;
    size_t used;   /* bytes, this head included */
    size_t pieces; /* alive */
};

static struct chunk *current;
static struct chunk *spare;
static int spare_count;

static struct chunk *
chunk_new(size_t bytes)
{
    struct chunk *chunk = spare;

    if (bytes == CHUNK_BYTES && chunk != NULL) {
        spare = chunk->next;
        spare_count--;
    } else {
        chunk = aligned_alloc(CHUNK_BYTES, bytes);
        if (chunk == NULL)
            return NULL; /* jansson reports it */
    }
    chunk->bytes = bytes;
    chunk->used = sizeof(*chunk);
    chunk->pieces = 0;
    return chunk;
}

static void *
cut(struct chunk *chunk, size_t size)
{
    void *piece = (char *)chunk + chunk->used;

    chunk->used += size;
    chunk->pieces++;
    return piece;
}

void *
json_memory_get(size_t size)
{
    const size_t align = alignof(max_align_t);

    size = (size + align - 1) / align * align;
    if (size > PIECE_MAX_BYTES) {
        struct chunk *own =
            chunk_new((size + sizeof(*own) + CHUNK_BYTES - 1) / CHUNK_BYTES * CHUNK_BYTES);

        return own == NULL ? NULL : cut(own, size);
    }
    if (current == NULL || current->used + size > CHUNK_BYTES) {
        struct chunk *full = current;

        current = chunk_new(CHUNK_BYTES);
        if (current == NULL) {
            current = full;
            return NULL;
        }
    }
    return cut(current, size);
}

void
json_memory_put(void *piece)
{
    struct chunk *chunk = (struct chunk *)((uintptr_t)piece & ~(uintptr_t)(CHUNK_BYTES - 1));

    if (piece == NULL || --chunk->pieces > 0)
        return;
    if (chunk == current) {
        chunk->used = sizeof(*chunk);
        return;
    }
    if (chunk->bytes != CHUNK_BYTES || spare_count == SPARE_MAX) {
        free(chunk);
        return;
    }
    chunk->next = spare;
    spare = chunk;
    spare_count++;
}

void
json_memory_use(void)
{
    if (USE_CHUNKS)
        json_set_alloc_funcs(json_memory_get, json_memory_put);
}
