#ifndef TCRD_API_JSON_MEMORY_H
#define TCRD_API_JSON_MEMORY_H
#include <stddef.h>
/* json_memory - memory of JSON trees: many small pieces that die together.
 *
 * A tree of a filing is some three hundred allocations, and malloc was a fifth of what a filing
 * cost the daemon. Pieces are cut from chunks in turn; a chunk is used again when all its pieces
 * are gone. Large pieces have a chunk of their own. One thread per process. Call json_memory_use()
 * once, before the first JSON value is made.
 */
void json_memory_use(void);

/* What jansson is given; NULL when the system has no memory left. */
void *json_memory_get(size_t size);
void json_memory_put(void *piece); /* accepts NULL */
#endif
