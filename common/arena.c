#include "common/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Blocks of the usual size are kept for the next request, so that a busy worker does not ask malloc
 * for them. Under AddressSanitizer they are not: it must see the use of freed memory. */
#ifdef __SANITIZE_ADDRESS__
enum { SPARE_BLOCKS_MAX = 0 };
#else
enum { SPARE_BLOCKS_MAX = 256 };
#endif
enum { ARENA_BLOCK_BYTES = 8 * 1024 };

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct block *blocks; /* the first one is being filled */
};

static struct block *spare; /* one thread per process */
static int spare_count;

static struct block *
block_new(size_t size)
{
    struct block *block = spare;

    if (size == ARENA_BLOCK_BYTES && block != NULL) {
        spare = block->next;
        spare_count--;
    } else {
        block = xmalloc(sizeof(*block) + size);
    }
    block->next = NULL;
    block->used = 0;
    block->size = size;
    return block;
}

static void
block_free(struct block *block)
{
    if (block->size != ARENA_BLOCK_BYTES || spare_count == SPARE_BLOCKS_MAX) {
        free(block);
        return;
    }
    block->next = spare;
    spare = block;
    spare_count++;
}

struct arena *
arena_new(void)
{
    struct arena *arena = xmalloc(sizeof(*arena));

    arena->blocks = block_new(ARENA_BLOCK_BYTES);
    return arena;
}

void
arena_free(struct arena *arena)
{
    struct block *block;

    if (arena == NULL)
        return;
    while ((block = arena->blocks) != NULL) {
        arena->blocks = block->next;
        block_free(block);
    }
    free(arena);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct block *block = arena->blocks;
    void *place;

    size = (size + align - 1) / align * align;
    if (block->size - block->used < size) {
        if (size > ARENA_BLOCK_BYTES /
                       4) { /* big pieces get a block of their own behind the current one */
            struct block *own = block_new(size);

            own->used = size;
            own->next = block->next;
            block->next = own;
            return own->data;
        }
        block = block_new(ARENA_BLOCK_BYTES);
        block->next = arena->blocks;
        arena->blocks = block;
    }
    place = block->data + block->used;
    block->used += size;
    return place;
}

void *
arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_list again;
    char *text;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    text = arena_alloc(arena, (size_t)(len < 0 ? 0 : len) + 1);
    text[0] = '\0';
    vsnprintf(text, (size_t)(len < 0 ? 0 : len) + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
