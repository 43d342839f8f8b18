#include "server/api/fault.h"

#include <string.h>

void
fault_add(struct fault_list *list, const char *pointer, const char *rule, const char *article,
    const char *zh, const char *en)
{
    struct arena *arena = list->arena;
    struct fault *fault;

    if (list->count == FAULTS_MAX)
        return;
    if (list->count == list->cap) {
        int cap = list->cap == 0 ? 16 : list->cap * 2;
        struct fault *items = arena_alloc(arena, (size_t)cap * sizeof(*items));

        if (list->count > 0)
            memcpy(items, list->items, (size_t)list->count * sizeof(*items));
        list->items = items;
        list->cap = cap;
    }
    fault = &list->items[list->count++];
    fault->pointer = arena_strdup(arena, pointer);
    fault->rule = arena_strdup(arena, rule);
    fault->article = article == NULL || *article == '\0' ? NULL : arena_strdup(arena, article);
    fault->zh = arena_strdup(arena, zh);
    fault->en = arena_strdup(arena, en);
}
