#include "server/command/sample_basis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { PROVINCES = 100 }; /* two digits */

struct blocks {
    const struct sample_basis_rows *rows;
    const struct sample_places *places;
    struct sample_rows *made;
    bool is_named[PROVINCES];
    sample_basis_say_fn say;
    void *ctx;
};

void
sample_basis_add(struct sample_basis_rows *rows, const struct sample_basis_row *row)
{
    if (rows->count == rows->cap) {
        rows->cap = rows->cap == 0 ? 64 : rows->cap * 2;
        rows->items = xrealloc(rows->items, (size_t)rows->cap * sizeof(*rows->items));
    }
    rows->items[rows->count++] = *row;
}

void
sample_basis_clear(struct sample_basis_rows *rows)
{
    free(rows->items);
    *rows = (struct sample_basis_rows){0};
}

enum sample_basis
sample_basis_named(const char *name)
{
    static const struct {
        const char *name;
        enum sample_basis basis;
    } names[] = {{"output", SAMPLE_OUTPUT}, {"registered", SAMPLE_OUTPUT},
        {"absorbed", SAMPLE_ABSORBED}, {"local", SAMPLE_LOCAL}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].basis;
    return SAMPLE_BASES;
}

static int
province_of(const char *code)
{
    return (code[0] - '0') * 10 + code[1] - '0';
}

static void
name_area(struct blocks *self, const struct sample_area *area)
{
    for (int i = area->first; i < area->last; i++)
        self->is_named[province_of(self->places->counties[i].code)] = true;
}

/* The province on the other side of what is not local. False: the file names all of them. */
static bool
find_elsewhere(const struct blocks *self, char *region, struct sample_area *area)
{
    for (int i = 0; i < PROVINCES; i++) {
        snprintf(region, 3, "%02d", i);
        if (!self->is_named[i] && sample_area_find(self->places, region, area) && i > 0)
            return true;
    }
    return false;
}

/* What a number leaves when its local part is taken off. */
static int64_t
rest_of(struct blocks *self, const struct sample_row *whole, const char *column, int64_t number,
    int64_t local)
{
    if (number == SAMPLE_OPEN)
        return SAMPLE_OPEN;
    if (local == SAMPLE_OPEN) {
        self->say(self->ctx, whole->line, column, "the local row of this place leaves it open");
        return SAMPLE_OPEN;
    }
    if (local > number)
        self->say(self->ctx, whole->line, column, "is less than the local row of this place has");
    return number - local;
}

static void
judge_rest(struct blocks *self, const struct sample_row *rest)
{
    bool is_money_open = rest->total == SAMPLE_OPEN || rest->technology == SAMPLE_OPEN;

    if (rest->count < 0 && rest->count != SAMPLE_OPEN)
        return; /* told */
    if (!is_money_open && rest->technology > rest->total)
        self->say(self->ctx, rest->line, "technology_amount",
            "without the local part it is more than the total amount");
    if (rest->count == 0 && rest->total > 0)
        self->say(self->ctx, rest->line, "total_amount",
            "without the local part there are no contracts for it");
    if (rest->count > 0 && rest->total != SAMPLE_OPEN && rest->total < rest->count)
        self->say(self->ctx, rest->line, "total_amount",
            "without the local part it is too small for its contracts");
}

static void
add_block(struct blocks *self, const struct sample_row *row, const struct sample_area *seller,
    const char *seller_region, const struct sample_area *buyer)
{
    struct sample_rows *made = self->made;
    struct sample_row block = *row;

    block.seller = *seller;
    block.buyer = *buyer;
    snprintf(block.seller_region, sizeof(block.seller_region), "%s", seller_region);
    if (made->count == made->cap) {
        made->cap = made->cap == 0 ? 64 : made->cap * 2;
        made->items = xrealloc(made->items, (size_t)made->cap * sizeof(*made->items));
    }
    made->items[made->count++] = block;
}

/* NULL: there is none. */
static const struct sample_basis_row *
find_local(const struct sample_basis_rows *rows, const struct sample_basis_row *of)
{
    for (int i = 0; i < rows->count; i++)
        if (rows->items[i].basis == SAMPLE_LOCAL && strcmp(rows->items[i].key, of->key) == 0)
            return &rows->items[i];
    return NULL;
}

static void
make_block(struct blocks *self, const struct sample_basis_row *basis_row)
{
    const struct sample_row *row = &basis_row->row;
    const struct sample_basis_row *local = find_local(self->rows, basis_row);
    struct sample_row rest = *row;
    struct sample_area elsewhere;
    char region[3];

    if (basis_row->basis == SAMPLE_LOCAL) {
        add_block(self, row, &row->seller, row->seller_region, &row->seller);
        return;
    }
    if (local != NULL) {
        rest.count = rest_of(self, row, "count", row->count, local->row.count);
        rest.total = rest_of(self, row, "total_amount", row->total, local->row.total);
        rest.technology =
            rest_of(self, row, "technology_amount", row->technology, local->row.technology);
        judge_rest(self, &rest);
    }
    if (rest.count == 0)
        return;
    if (!find_elsewhere(self, region, &elsewhere))
        self->say(self->ctx, row->line, "region",
            "the file names every province: there is none left for the other side");
    else if (basis_row->basis == SAMPLE_OUTPUT)
        add_block(self, &rest, &row->seller, row->seller_region, &elsewhere);
    else
        add_block(self, &rest, &elsewhere, region, &row->seller);
}

static bool
is_overlapping(const struct sample_row *a, const struct sample_row *b)
{
    bool has_common_type = false;

    for (int i = 0; i < SAMPLE_TYPES; i++)
        has_common_type = has_common_type || (a->types[i] > 0 && b->types[i] > 0);
    return a->first <= b->last && b->first <= a->last && a->seller.first < b->seller.last &&
           b->seller.first < a->seller.last && has_common_type &&
           (a->leaf == SAMPLE_OPEN || b->leaf == SAMPLE_OPEN || a->leaf == b->leaf) &&
           (a->field == SAMPLE_OPEN || b->field == SAMPLE_OPEN || a->field == b->field) &&
           (a->seller.zone == NULL || b->seller.zone == NULL ||
               strcmp(a->seller.zone, b->seller.zone) == 0) &&
           !(a->seller.is_county && b->seller.zone != NULL) &&
           !(b->seller.is_county && a->seller.zone != NULL);
}

/* A total beside its parts would be met by contracts of its own, and so would neither. */
static void
check_parts(struct blocks *self)
{
    const struct sample_basis_rows *rows = self->rows;

    for (int i = 0; i < rows->count; i++)
        for (int j = 0; j < i; j++) {
            const struct sample_basis_row *a = &rows->items[i];
            const struct sample_basis_row *b = &rows->items[j];
            bool is_pair = a->basis != b->basis && strcmp(a->key, b->key) == 0;
            bool is_apart =
                a->basis != b->basis && a->basis != SAMPLE_LOCAL && b->basis != SAMPLE_LOCAL;

            if (!is_pair && !is_apart && is_overlapping(&a->row, &b->row)) {
                char text[96];

                snprintf(text, sizeof(text), "counts contracts of line %d as well: leave one out",
                    b->row.line);
                self->say(self->ctx, a->row.line, "region", text);
                break;
            }
        }
}

void
sample_basis_blocks(const struct sample_basis_rows *rows, const struct sample_places *places,
    const char *region, struct sample_rows *made, sample_basis_say_fn say, void *ctx)
{
    struct blocks self = {.rows = rows, .places = places, .made = made, .say = say, .ctx = ctx};
    struct sample_area own;

    if (sample_area_find(places, region, &own))
        name_area(&self, &own);
    for (int i = 0; i < made->count; i++) {
        name_area(&self, &made->items[i].seller);
        name_area(&self, &made->items[i].buyer);
        if (made->items[i].buyer.first == made->items[i].buyer.last)
            say(ctx, made->items[i].line, "buyer_region",
                "needed beside rows with a basis: buyers anywhere would be absorbed there");
    }
    for (int i = 0; i < rows->count; i++)
        name_area(&self, &rows->items[i].row.seller);
    check_parts(&self);
    for (int i = 0; i < rows->count; i++)
        make_block(&self, &rows->items[i]);
}
