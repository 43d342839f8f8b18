#ifndef TCRD_API_ANSWER_CACHE_H
#define TCRD_API_ANSWER_CACHE_H
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
/* answer_cache - answers that stay right until something moves, kept by one worker.
 *
 * An answer is kept under a digest of everything that it depends on but the record (the question,
 * who looks, the day), with the version of the record that was read before the record was asked.
 * It is found only while that version is still the one that all workers see (api_version()), so it
 * is never older than what somebody was told has happened. The least recently used go first.
 */
struct answer_cache;

enum {
    ANSWER_KEY_BYTES = 32,
    ANSWER_CACHE_ANSWERS = 256,
    ANSWER_CACHE_BYTES = 8 << 20,       /* of all bodies */
    ANSWER_CACHE_ANSWER_BYTES = 1 << 20 /* of one; a larger one is not kept */
};

struct cached_answer {
    const char *content_type; /* lives as long as the program */
    char disposition[96];     /* "": none */
    char coverage[160];       /* "": none */
    int64_t as_of_seq;        /* -1: none */
    struct buf body;
};

struct answer_cache *answer_cache_new(void);
void answer_cache_free(struct answer_cache *cache); /* accepts NULL */
/* NULL: none of this version. Valid until the next call. */
const struct cached_answer *answer_cache_find(
    struct answer_cache *cache, const uint8_t *key, uint64_t version);
/* Copies answer. */
void answer_cache_keep(struct answer_cache *cache, const uint8_t *key, uint64_t version,
    const struct cached_answer *answer);

size_t answer_cache_bytes(const struct answer_cache *cache);
#endif
