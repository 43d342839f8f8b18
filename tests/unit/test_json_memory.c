#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/api/json_memory.h"

enum { SLOTS = 3000, TURNS = 200000, SIZE_MAX_BYTES = 200 * 1024 };

struct slot {
    unsigned char *piece;
    size_t size;
    unsigned char mark;
};

static unsigned state = 12345;

static unsigned
next_random(void)
{
    state = state * 1103515245u + 12345u;
    return state >> 8;
}

/* Mostly small pieces, now and then one that needs a chunk, or several, of its own. */
static size_t
next_size(void)
{
    unsigned kind = next_random() % 100;

    if (kind == 0)
        return next_random() % SIZE_MAX_BYTES;
    return kind < 5 ? next_random() % 9000 : next_random() % 200;
}

static void
check(const struct slot *slot)
{
    for (size_t i = 0; i < slot->size; i++)
        assert_int_equal(slot->piece[i], slot->mark);
}

/* Whatever the order of getting and putting, nobody writes into another's piece. */
static void
test_pieces_keep_apart(void **arg)
{
    static struct slot slots[SLOTS];

    (void)arg;
    for (int turn = 0; turn < TURNS; turn++) {
        struct slot *slot = &slots[next_random() % SLOTS];

        if (slot->piece != NULL) {
            check(slot);
            json_memory_put(slot->piece);
        }
        slot->size = next_size();
        slot->mark = (unsigned char)next_random();
        slot->piece = json_memory_get(slot->size);
        assert_non_null(slot->piece);
        assert_int_equal((uintptr_t)slot->piece % _Alignof(max_align_t), 0);
        memset(slot->piece, slot->mark, slot->size);
        if (next_random() % 3 == 0) {
            json_memory_put(slot->piece);
            slot->piece = NULL;
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].piece == NULL)
            continue;
        check(&slots[i]);
        json_memory_put(slots[i].piece);
    }
    json_memory_put(NULL);
}

/* What was put back is used again: the same work a thousand times needs the memory of one. */
static void
test_memory_is_used_again(void **arg)
{
    uintptr_t low = UINTPTR_MAX;
    uintptr_t high = 0;

    (void)arg;
    for (int round = 0; round < 1000; round++) {
        void *pieces[400];

        for (int i = 0; i < 400; i++) {
            pieces[i] = json_memory_get(120);
            low = (uintptr_t)pieces[i] < low ? (uintptr_t)pieces[i] : low;
            high = (uintptr_t)pieces[i] > high ? (uintptr_t)pieces[i] : high;
        }
        for (int i = 0; i < 400; i++)
            json_memory_put(pieces[i]);
    }
    assert_true(high - low < 400u * 128u * 1000u / 10u);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_keep_apart),
        cmocka_unit_test(test_memory_is_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
