#include "server/shown/stats_span.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { COLOURS = 3, BASES = SPAN_KINDS * COLOURS };

/* Some five seconds: a record in which ever so much was changed is not gone through without end. */
static const int64_t work_max = INT64_C(1250000000);

/* 2^61 - 1 */
static const uint64_t prime = UINT64_C(0x1fffffffffffffff);
__extension__ typedef unsigned __int128 wide;

/* A vector without its zeros. */
struct sparse {
    int count;
    int *columns; /* ascending */
    uint64_t *values;
    int pivot; /* in a basis: a column where the value is one */
};

/* Rows in the order in which they came: the pivot of a row is zero in all later ones, and one in
 * its own. */
struct basis {
    struct sparse *rows;
    int count;
    int room;
    int *row_of; /* by column: whose pivot it is; -1: none */
};

/* The space in some of the columns, as three bases for each kind of party. */
struct view {
    bool has_known;
    struct basis bases[BASES];
    uint8_t *colour_of[SPAN_KINDS]; /* by party: 1 to COLOURS; 0: none yet */
};
enum { VIEWS = 2 };

struct stats_span {
    const struct span_column *columns;
    int count;
    struct view views[VIEWS];
    /* Scratch of one reduction: a vector with its zeros, the columns that were touched, and the
     * rows to take off, the earliest first (a heap). */
    uint64_t *values;
    uint8_t *is_touched;
    int *touched;
    int touched_count;
    int *heap;
    int heap_count;
    int64_t work; /* numbers that were taken off so far */
};

static uint64_t
times(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    uint64_t sum = (uint64_t)(product & prime) + (uint64_t)(product >> 61);

    return sum >= prime ? sum - prime : sum;
}

static uint64_t
minus(uint64_t a, uint64_t b)
{
    return a >= b ? a - b : a + prime - b;
}

/* a^(prime - 2) */
static uint64_t
inverse(uint64_t a)
{
    uint64_t result = 1;

    for (uint64_t e = prime - 2; e > 0; e >>= 1) {
        if (e & 1)
            result = times(result, a);
        a = times(a, a);
    }
    return result;
}

static void
basis_init(struct basis *basis, int columns)
{
    basis->row_of = xmalloc(((size_t)columns + 1) * sizeof(int));
    for (int column = 0; column < columns; column++)
        basis->row_of[column] = -1;
}

static void
sparse_clear(struct sparse *vector)
{
    free(vector->columns);
    free(vector->values);
}

static void
basis_clear(struct basis *basis)
{
    for (int row = 0; row < basis->count; row++)
        sparse_clear(&basis->rows[row]);
    free(basis->rows);
    free(basis->row_of);
}

static void
view_init(struct view *view, bool has_known, int columns, int parties)
{
    view->has_known = has_known;
    for (int i = 0; i < BASES; i++)
        basis_init(&view->bases[i], columns);
    for (int kind = 0; kind < SPAN_KINDS; kind++)
        view->colour_of[kind] = xcalloc((size_t)parties + 1, 1);
}

static void
view_clear(struct view *view)
{
    for (int i = 0; i < BASES; i++)
        basis_clear(&view->bases[i]);
    for (int kind = 0; kind < SPAN_KINDS; kind++)
        free(view->colour_of[kind]);
}

struct stats_span *
stats_span_new(const struct span_column *columns, int count, int parties)
{
    struct stats_span *span = xcalloc(1, sizeof(*span));
    size_t size = (size_t)count + 1;

    span->columns = columns;
    span->count = count;
    for (int i = 0; i < VIEWS; i++)
        view_init(&span->views[i], i == 0, count, parties);
    span->values = xcalloc(size, sizeof(uint64_t));
    span->is_touched = xcalloc(size, 1);
    span->touched = xmalloc(size * sizeof(int));
    span->heap = xmalloc(size * sizeof(int));
    return span;
}

void
stats_span_free(struct stats_span *span)
{
    if (span == NULL)
        return;
    for (int i = 0; i < VIEWS; i++)
        view_clear(&span->views[i]);
    free(span->values);
    free(span->is_touched);
    free(span->touched);
    free(span->heap);
    free(span);
}

static void
heap_add(struct stats_span *span, int row)
{
    int at = span->heap_count++;

    while (at > 0 && span->heap[(at - 1) / 2] > row) {
        span->heap[at] = span->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    span->heap[at] = row;
}

static int
heap_take(struct stats_span *span)
{
    int least = span->heap[0];
    int last = span->heap[--span->heap_count];
    int at = 0;
    int child;

    while ((child = 2 * at + 1) < span->heap_count) {
        if (child + 1 < span->heap_count && span->heap[child + 1] < span->heap[child])
            child++;
        if (span->heap[child] >= last)
            break;
        span->heap[at] = span->heap[child];
        at = child;
    }
    span->heap[at] = last;
    return least;
}

/* A column that is looked at for the first time brings the row of its pivot. */
static void
touch(struct stats_span *span, const struct basis *basis, int column)
{
    if (span->is_touched[column])
        return;
    span->is_touched[column] = 1;
    span->touched[span->touched_count++] = column;
    if (basis->row_of[column] >= 0)
        heap_add(span, basis->row_of[column]);
}

static int
compare_columns(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* What is left in the scratch, which is empty afterwards. */
static struct sparse
take_rest(struct stats_span *span)
{
    size_t size = (size_t)span->touched_count + 1;
    struct sparse rest = {
        .columns = xmalloc(size * sizeof(int)), .values = xmalloc(size * sizeof(uint64_t))};

    qsort(span->touched, (size_t)span->touched_count, sizeof(int), compare_columns);
    for (int i = 0; i < span->touched_count; i++) {
        int column = span->touched[i];

        if (span->values[column] != 0) {
            rest.columns[rest.count] = column;
            rest.values[rest.count++] = span->values[column];
        }
        span->values[column] = 0;
        span->is_touched[column] = 0;
    }
    span->touched_count = 0;
    return rest;
}

/* The sum in the columns of the view, less its part in the space: zero in every pivot, and zero
 * altogether if it can be worked out. A row that is taken off touches pivots of later rows only. */
static struct sparse
reduce(struct stats_span *span, const struct view *view, const struct basis *basis,
    const struct span_term *terms, int count)
{
    for (int i = 0; i < count; i++) {
        if (span->columns[terms[i].column].is_known && !view->has_known)
            continue;
        touch(span, basis, terms[i].column);
        span->values[terms[i].column] =
            terms[i].factor > 0 ? (uint64_t)terms[i].factor : prime - (uint64_t)-terms[i].factor;
    }
    while (span->heap_count > 0) {
        const struct sparse *row = &basis->rows[heap_take(span)];
        uint64_t factor = span->values[row->pivot];

        span->work += row->count;
        for (int i = 0; i < row->count && factor != 0; i++) {
            int column = row->columns[i];

            touch(span, basis, column);
            span->values[column] = minus(span->values[column], times(factor, row->values[i]));
        }
    }
    return take_rest(span);
}

/* Columns that could be a pivot, each of another party without a colour; the latest ones, which
 * later sums hold most rarely. */
struct choice {
    int columns[COLOURS];
    int count;
};

/* A column of a party that has the colour is better than any other: it leaves the others free. */
static struct choice
choose(const struct stats_span *span, const struct view *view, const struct sparse *rest, int kind,
    int colour, bool may_bind)
{
    struct choice choice = {.count = 0};

    for (int i = rest->count - 1; i >= 0; i--) {
        int party = span->columns[rest->columns[i]].party[kind];
        bool is_new = may_bind && view->colour_of[kind][party] == 0;

        if (view->colour_of[kind][party] == colour)
            return (struct choice){.columns = {rest->columns[i]}, .count = 1};
        for (int j = 0; j < choice.count; j++)
            is_new = is_new && span->columns[choice.columns[j]].party[kind] != party;
        if (is_new && choice.count < COLOURS)
            choice.columns[choice.count++] = rest->columns[i];
    }
    return choice;
}

/* One pivot for each colour, no two of one party. False: there are none. */
static bool
find_pivots(const struct stats_span *span, const struct view *view, struct sparse *rests, int kind,
    enum span_claim claim)
{
    struct choice choices[COLOURS];
    int party[COLOURS];

    for (int c = 0; c < COLOURS; c++)
        choices[c] =
            choose(span, view, &rests[c], kind, c + 1, claim == SPAN_FIRST || kind != SPAN_SELLER);
    for (int i = 0; i < choices[0].count; i++)
        for (int j = 0; j < choices[1].count; j++)
            for (int k = 0; k < choices[2].count; k++) {
                rests[0].pivot = choices[0].columns[i];
                rests[1].pivot = choices[1].columns[j];
                rests[2].pivot = choices[2].columns[k];
                for (int c = 0; c < COLOURS; c++)
                    party[c] = span->columns[rests[c].pivot].party[kind];
                if (party[0] != party[1] && party[0] != party[2] && party[1] != party[2])
                    return true;
            }
    return false;
}

/* Takes rest. */
static void
add_row(struct basis *basis, struct sparse *rest)
{
    uint64_t factor = 0;

    for (int i = 0; i < rest->count; i++)
        if (rest->columns[i] == rest->pivot)
            factor = inverse(rest->values[i]);
    for (int i = 0; i < rest->count; i++)
        rest->values[i] = times(rest->values[i], factor);
    if (basis->count == basis->room) {
        basis->room = basis->room == 0 ? 64 : basis->room * 2;
        basis->rows = xrealloc(basis->rows, (size_t)basis->room * sizeof(struct sparse));
    }
    basis->row_of[rest->pivot] = basis->count;
    basis->rows[basis->count++] = *rest;
    *rest = (struct sparse){.count = 0};
}

/* May the sum be told in this view? rests: what it adds to each basis, nothing if it can be worked
 * out. */
static bool
is_safe(struct stats_span *span, const struct view *view, const struct span_term *terms, int count,
    enum span_claim claim, struct sparse *rests)
{
    rests[0] = reduce(span, view, &view->bases[0], terms, count);
    if (rests[0].count == 0)
        return true;
    for (int i = 1; i < BASES; i++)
        rests[i] = reduce(span, view, &view->bases[i], terms, count);
    for (int kind = 0; kind < SPAN_KINDS; kind++)
        if (!find_pivots(span, view, rests + kind * COLOURS, kind, claim))
            return false;
    return true;
}

/* Takes rests. */
static void
add_rows(const struct stats_span *span, struct view *view, struct sparse *rests)
{
    if (rests[0].count == 0)
        return;
    for (int i = 0; i < BASES; i++) {
        int kind = i / COLOURS;

        view->colour_of[kind][span->columns[rests[i].pivot].party[kind]] =
            (uint8_t)(i % COLOURS + 1);
        add_row(&view->bases[i], &rests[i]);
    }
}

bool
stats_span_admit(
    struct stats_span *span, const struct span_term *terms, int count, enum span_claim claim)
{
    struct sparse rests[VIEWS][BASES] = {{{.count = 0}}};
    bool is_admitted = span->work < work_max;

    for (int i = 0; i < VIEWS && is_admitted; i++)
        is_admitted = is_safe(span, &span->views[i], terms, count, claim, rests[i]);
    for (int i = 0; i < VIEWS && is_admitted; i++)
        add_rows(span, &span->views[i], rests[i]);
    for (int i = 0; i < VIEWS; i++)
        for (int j = 0; j < BASES; j++)
            sparse_clear(&rests[i][j]);
    return is_admitted;
}

int64_t
stats_span_work(const struct stats_span *span)
{
    return span->work;
}
