#include "server/codes/codes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/mem.h"

struct codes {
    struct arena *text; /* every string the rows point to */
    struct code *rows;  /* sealed: by list, code, first valid day */
    size_t count;
    size_t cap;
    struct rule_row *rules; /* sealed: by id, area, first valid day */
    size_t rule_count;
    size_t rule_cap;
    const char **lists; /* sealed: names in order, NULL at the end */
    uint32_t *slots;   /* open addressing: 1 + index of the first row of a list and code; 0: free */
    size_t slot_count; /* a power of two; 0 until sealed */
};

struct codes *
codes_new(void)
{
    struct codes *codes = xcalloc(1, sizeof(*codes));

    codes->text = arena_new();
    return codes;
}

void
codes_free(struct codes *codes)
{
    if (codes == NULL)
        return;
    arena_free(codes->text);
    free(codes->rows);
    free(codes->rules);
    free(codes->lists);
    free(codes->slots);
    free(codes);
}

/* Neighbouring rows nearly always share their list, so its name is kept once per run of rows. */
static const char *
keep_list(struct codes *codes, const char *list)
{
    if (codes->count > 0 && strcmp(codes->rows[codes->count - 1].list, list) == 0)
        return codes->rows[codes->count - 1].list;
    return arena_strdup(codes->text, list);
}

void
codes_add(struct codes *codes, const struct code *code)
{
    struct code *row;

    assert(codes->slot_count == 0);
    if (codes->count == codes->cap) {
        codes->cap = codes->cap == 0 ? 1024 : codes->cap * 2;
        codes->rows = xrealloc(codes->rows, codes->cap * sizeof(*codes->rows));
    }
    row = &codes->rows[codes->count];
    *row = *code;
    row->list = keep_list(codes, code->list);
    row->code = arena_strdup(codes->text, code->code);
    row->name_zh = arena_strdup(codes->text, code->name_zh);
    row->name_en = arena_strdup(codes->text, code->name_en);
    row->parent = *code->parent == '\0' ? "" : arena_strdup(codes->text, code->parent);
    row->is_leaf = true;
    codes->count++;
}

void
codes_add_rule(struct codes *codes, const struct rule_row *row)
{
    struct rule_row *to;

    assert(codes->slot_count == 0);
    if (codes->rule_count == codes->rule_cap) {
        codes->rule_cap = codes->rule_cap == 0 ? 256 : codes->rule_cap * 2;
        codes->rules = xrealloc(codes->rules, codes->rule_cap * sizeof(*codes->rules));
    }
    to = &codes->rules[codes->rule_count++];
    *to = *row;
    to->rule.id = arena_strdup(codes->text, row->rule.id);
    to->rule.article = arena_strdup(codes->text, row->rule.article);
    to->rule.zh = arena_strdup(codes->text, row->rule.zh);
    to->rule.en = arena_strdup(codes->text, row->rule.en);
    to->region = arena_strdup(codes->text, row->region);
    to->group = arena_strdup(codes->text, row->group);
    to->value = arena_strdup(codes->text, row->value);
}

static int
compare_rows(const void *left, const void *right)
{
    const struct code *a = left;
    const struct code *b = right;
    int order = strcmp(a->list, b->list);

    if (order == 0)
        order = strcmp(a->code, b->code);
    if (order == 0)
        order = (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
    return order;
}

static int
compare_rules(const void *left, const void *right)
{
    const struct rule_row *a = left;
    const struct rule_row *b = right;
    int order = strcmp(a->rule.id, b->rule.id);

    if (order == 0)
        order = strcmp(a->region, b->region);
    if (order == 0)
        order = (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
    return order;
}

/* FNV-1a over both words with a separator between them. */
static uint32_t
hash_key(const char *list, const char *code)
{
    uint32_t hash = 2166136261U;

    for (; *list != '\0'; list++)
        hash = (hash ^ (unsigned char)*list) * 16777619U;
    hash = (hash ^ 0xFFU) * 16777619U;
    for (; *code != '\0'; code++)
        hash = (hash ^ (unsigned char)*code) * 16777619U;
    return hash ^ (hash >> 15);
}

static struct code *
first_row(const struct codes *codes, const char *list, const char *code)
{
    size_t mask = codes->slot_count - 1;

    assert(codes->slot_count != 0);
    for (size_t at = hash_key(list, code) & mask; codes->slots[at] != 0; at = (at + 1) & mask) {
        struct code *row = &codes->rows[codes->slots[at] - 1];

        if (strcmp(row->code, code) == 0 && strcmp(row->list, list) == 0)
            return row;
    }
    return NULL;
}

static bool
same_code(const struct code *a, const struct code *b)
{
    return strcmp(a->code, b->code) == 0 && strcmp(a->list, b->list) == 0;
}

static void
index_rows(struct codes *codes)
{
    size_t mask;

    codes->slot_count = 64;
    while (codes->slot_count < codes->count * 2)
        codes->slot_count *= 2;
    codes->slots = xcalloc(codes->slot_count, sizeof(*codes->slots));
    mask = codes->slot_count - 1;
    for (size_t i = 0; i < codes->count; i++) {
        size_t at = hash_key(codes->rows[i].list, codes->rows[i].code) & mask;

        if (i > 0 && same_code(&codes->rows[i], &codes->rows[i - 1]))
            continue;
        while (codes->slots[at] != 0)
            at = (at + 1) & mask;
        codes->slots[at] = (uint32_t)i + 1;
    }
}

static void
find_leaves(struct codes *codes)
{
    const struct code *end = codes->rows + codes->count;

    for (size_t i = 0; i < codes->count; i++) {
        const struct code *row = &codes->rows[i];
        struct code *parent;

        if (*row->parent == '\0' || strcmp(row->parent, row->code) == 0)
            continue;
        parent = first_row(codes, row->list, row->parent);
        for (struct code *at = parent; at != NULL && at < end && same_code(at, parent); at++)
            at->is_leaf = false;
    }
}

static void
name_lists(struct codes *codes)
{
    size_t lists = 0;

    for (size_t i = 0; i < codes->count; i++)
        if (i == 0 || strcmp(codes->rows[i].list, codes->rows[i - 1].list) != 0)
            lists++;
    codes->lists = xcalloc(lists + 1, sizeof(*codes->lists));
    lists = 0;
    for (size_t i = 0; i < codes->count; i++)
        if (i == 0 || strcmp(codes->rows[i].list, codes->rows[i - 1].list) != 0)
            codes->lists[lists++] = codes->rows[i].list;
}

void
codes_seal(struct codes *codes)
{
    assert(codes->slot_count == 0);
    if (codes->count > 0)
        qsort(codes->rows, codes->count, sizeof(*codes->rows), compare_rows);
    if (codes->rule_count > 0)
        qsort(codes->rules, codes->rule_count, sizeof(*codes->rules), compare_rules);
    index_rows(codes);
    find_leaves(codes);
    name_lists(codes);
}

const struct code *
codes_find(const struct codes *codes, const char *list, const char *code, int32_t day)
{
    const struct code *end = codes->rows + codes->count;
    const struct code *first = first_row(codes, list, code);

    if (first == NULL)
        return NULL;
    for (const struct code *row = first; row < end && same_code(row, first); row++)
        if (row->valid_from <= day && day <= row->valid_to)
            return row;
    return NULL;
}

const struct code *
codes_list(const struct codes *codes, const char *list, int *count)
{
    size_t low = 0;
    size_t high = codes->count;
    size_t last;

    *count = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(codes->rows[middle].list, list) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (last = low; last < codes->count && strcmp(codes->rows[last].list, list) == 0; last++)
        ;
    if (last == low)
        return NULL;
    *count = (int)(last - low);
    return &codes->rows[low];
}

const char *const *
codes_lists(const struct codes *codes)
{
    assert(codes->slot_count != 0);
    return codes->lists;
}

const struct rule_row *
codes_rules(const struct codes *codes, int *count)
{
    assert(codes->slot_count != 0);
    *count = (int)codes->rule_count;
    return codes->rules;
}
