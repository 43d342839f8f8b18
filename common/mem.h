#ifndef TCRD_COMMON_MEM_H
#define TCRD_COMMON_MEM_H
#include <stddef.h>
/* mem - allocation that cannot fail.
 *
 * The x*alloc family aborts when memory is exhausted: the master then respawns the worker, and
 * nothing but unfinished requests is lost. Any size that a peer controls is checked against a limit
 * before it reaches these functions. The caller owns the result and gives it back with free().
 */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
#endif
