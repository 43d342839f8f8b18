#include "common/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
checked(void *memory)
{
    if (memory == NULL) {
        fputs("tcrd: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *
xmalloc(size_t size)
{
    return checked(malloc(size == 0 ? 1 : size));
}

void *
xcalloc(size_t count, size_t size)
{
    return checked(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size));
}

void *
xrealloc(void *old, size_t size)
{
    return checked(realloc(old, size == 0 ? 1 : size));
}

char *
xstrdup(const char *text)
{
    return checked(strdup(text));
}
