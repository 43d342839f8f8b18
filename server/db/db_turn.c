#include "server/db/db_turn.h"

#include <sys/eventfd.h>
#include <unistd.h>

int
db_turn_init(struct db_turn *turn, int workers)
{
    for (int i = 0; i < workers; i++) {
        turn->wake[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (turn->wake[i] < 0)
            return -1;
    }
    return 0;
}

static bool
try_take(struct db_turn *turn, int worker)
{
    int nobody = 0;

    return atomic_compare_exchange_strong(&turn->holder, &nobody, worker + 1) ||
           nobody == worker + 1;
}

bool
db_turn_take(struct db_turn *turn, int worker)
{
    const uint64_t bit = UINT64_C(1) << worker;

    if (try_take(turn, worker))
        return true;
    atomic_fetch_or(&turn->waiting, bit);
    /* Whoever held it may have given it back before it could see the bit. */
    if (!try_take(turn, worker))
        return false;
    atomic_fetch_and(&turn->waiting, ~bit);
    return true;
}

void
db_turn_give(struct db_turn *turn, int worker)
{
    const uint64_t one = 1;
    int holder = worker + 1;
    uint64_t waiting;

    if (!atomic_compare_exchange_strong(&turn->holder, &holder, 0))
        return;
    waiting = atomic_exchange(&turn->waiting, 0);
    for (int i = 0; waiting != 0; i++, waiting >>= 1)
        if ((waiting & 1) != 0 && write(turn->wake[i], &one, sizeof(one)) < 0)
            continue; /* its counter is full: it is awake already */
}
