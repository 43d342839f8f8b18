#include "server/api/answer_cache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

struct slot {
    uint8_t key[ANSWER_KEY_BYTES];
    uint64_t version;
    uint64_t used; /* tick of the last use; 0: empty */
    struct cached_answer answer;
};

struct answer_cache {
    struct slot slots[ANSWER_CACHE_ANSWERS];
    uint64_t tick;
    size_t bytes;
};

struct answer_cache *
answer_cache_new(void)
{
    return xcalloc(1, sizeof(struct answer_cache));
}

static void
empty(struct answer_cache *cache, struct slot *slot)
{
    cache->bytes -= slot->answer.body.len;
    buf_clear(&slot->answer.body);
    slot->used = 0;
}

void
answer_cache_free(struct answer_cache *cache)
{
    if (cache == NULL)
        return;
    for (int i = 0; i < ANSWER_CACHE_ANSWERS; i++)
        empty(cache, &cache->slots[i]);
    free(cache);
}

static struct slot *
find(struct answer_cache *cache, const uint8_t *key)
{
    for (int i = 0; i < ANSWER_CACHE_ANSWERS; i++)
        if (cache->slots[i].used > 0 && memcmp(cache->slots[i].key, key, ANSWER_KEY_BYTES) == 0)
            return &cache->slots[i];
    return NULL;
}

/* Empty slots count as used longest ago. */
static struct slot *
oldest(struct answer_cache *cache, bool is_filled)
{
    struct slot *found = NULL;

    for (int i = 0; i < ANSWER_CACHE_ANSWERS; i++) {
        struct slot *slot = &cache->slots[i];

        if ((slot->used > 0 || !is_filled) && (found == NULL || slot->used < found->used))
            found = slot;
    }
    return found;
}

const struct cached_answer *
answer_cache_find(struct answer_cache *cache, const uint8_t *key, uint64_t version)
{
    struct slot *slot = find(cache, key);

    if (slot == NULL)
        return NULL;
    if (slot->version != version) {
        empty(cache, slot);
        return NULL;
    }
    slot->used = ++cache->tick;
    return &slot->answer;
}

void
answer_cache_keep(struct answer_cache *cache, const uint8_t *key, uint64_t version,
    const struct cached_answer *answer)
{
    size_t len = answer->body.len;
    struct slot *slot = find(cache, key);

    if (len > ANSWER_CACHE_ANSWER_BYTES)
        return;
    if (slot == NULL)
        slot = oldest(cache, false);
    empty(cache, slot);
    while (cache->bytes + len > ANSWER_CACHE_BYTES)
        empty(cache, oldest(cache, true));
    memcpy(slot->key, key, ANSWER_KEY_BYTES);
    slot->version = version;
    slot->used = ++cache->tick;
    slot->answer = *answer;
    slot->answer.body = (struct buf){0};
    buf_add(&slot->answer.body, answer->body.data, len);
    cache->bytes += len;
}

size_t
answer_cache_bytes(const struct answer_cache *cache)
{
    return cache->bytes;
}
