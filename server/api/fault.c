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

enum { STEP_BYTES = 64 };

void
fault_add_param(struct fault_list *list, const char *name, size_t len, const char *rule,
    const char *zh, const char *en)
{
    if (len > STEP_BYTES) {
        len = STEP_BYTES;
        while (len > 0 && ((unsigned char)name[len] & 0xC0U) == 0x80U)
            len--;
    }
    fault_add(list, arena_printf(list->arena, "?%.*s", (int)len, name), rule, NULL, zh, en);
}

void
fault_add_rule(struct fault_list *list, const struct codes *codes, const char *pointer,
    const char *rule, const char *more_zh, const char *more_en)
{
    const struct rule *row = codes == NULL ? NULL : codes_rule(codes, rule);
    const char *zh = row == NULL ? "不符合要求" : row->zh;
    const char *en = row == NULL ? "not as required" : row->en;

    if (more_zh != NULL && more_en != NULL) {
        zh = arena_printf(list->arena, "%s：%s", zh, more_zh);
        en = arena_printf(list->arena, "%s: %s", en, more_en);
    }
    fault_add(list, pointer, rule, row != NULL && row->is_final ? row->article : NULL, zh, en);
}

const char *
fault_pointer(struct arena *arena, const char *pointer, const char *name)
{
    char step[STEP_BYTES + 1];
    size_t used = 0;

    while (*name != '\0') {
        size_t len = 1;

        while (((unsigned char)name[len] & 0xC0U) == 0x80U)
            len++;
        if (used + (len == 1 ? 2 : len) > STEP_BYTES)
            break;
        if (*name == '~' || *name == '/') {
            step[used++] = '~';
            step[used++] = *name == '~' ? '0' : '1';
        } else {
            memcpy(step + used, name, len);
            used += len;
        }
        name += len;
    }
    step[used] = '\0';
    return arena_printf(arena, "%s/%s", pointer, step);
}
