#ifndef TCRD_COMMON_ARENA_H
#define TCRD_COMMON_ARENA_H
#include <stddef.h>
/* arena - memory of one request: many small allocations, one free.
 *
 * Everything handed out lives until arena_free(); nothing is given back singly. Alignment suits any
 * type.
 */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* accepts NULL */

void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size); /* zeroed */
char *arena_strdup(struct arena *arena, const char *text);
/* Copy of len bytes with a NUL after them. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#endif
