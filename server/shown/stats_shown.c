#include "server/shown/stats_shown.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "common/mem.h"
#include "server/shown/stats_span.h"

enum {
    DISTRICT_MAX = 999999,
    TYPE_MAX = 9,
    FIELD_MAX = 99,
    BULK_MIN = 1000,
    CROSS_WORK_MIN = 50000000,
    CROSS_WORK = 12500
};

/* A part that comes in or goes, on a closed day. */
struct event {
    int closing;
    int month;
    int part;
    int sign;
};

struct cell {
    uint64_t key;   /* 0: an empty place of the table */
    int last_month; /* of its time; INT_MAX: it has no end */
    bool is_cross;  /* of two of district, type and field: judged after all others */
    int fineness;   /* levels: sums are judged before their parts */
    int contracts;
    int parties[SPAN_KINDS][STATS_CELL_MIN]; /* three are enough to know */
    int party_count[SPAN_KINDS];
    int *moved; /* events since the cell was last shown */
    int moved_count;
    int moved_room;
    bool is_moved; /* since the last opening */
    bool is_shown;
};

struct replay {
    const struct stats_part *parts;
    struct event *events;
    int event_count;
    struct cell *cells; /* a hash table */
    size_t size;        /* a power of two */
    size_t used;
    uint64_t *moved; /* keys of the cells that moved since the last opening */
    size_t moved_count;
    size_t moved_room;
    int opened; /* events that the last opening knew */
    int known;  /* events so far */
    struct stats_span *span;
    int *factors; /* by part, scratch */
    struct span_term *terms;
};

static const int unit_months[] = {
    [UNIT_YEAR] = 12, [UNIT_HALF] = 6, [UNIT_QUARTER] = 3, [UNIT_MONTH] = 1};

int
stats_code_number(const char *text)
{
    if (text == NULL)
        return -1;
    text += *text >= 'A' && *text <= 'Z';
    return *text != '\0' && strlen(text) <= 6 && strspn(text, "0123456789") == strlen(text)
               ? (int)strtol(text, NULL, 10)
               : -1;
}

static bool
is_code(bool is_asked, int code, int max)
{
    return !is_asked || (code >= 0 && code <= max);
}

uint64_t
stats_place_key(const struct stats_place *place)
{
    bool is_typed = place->has_type || place->has_type4;
    uint64_t key = 1;

    if (!is_code(place->has_district, place->district, DISTRICT_MAX) ||
        !is_code(is_typed, place->type, TYPE_MAX) ||
        !is_code(place->has_field, place->field, FIELD_MAX) || place->unit > UNIT_MONTH)
        return 0;
    key = key << 3 | (uint64_t)(place->unit + 1);
    key = key << 16 |
          (place->unit == UNIT_RANGE ? 0 : (uint64_t)(place->month / unit_months[place->unit]));
    key = key << 20 | (place->has_district ? (uint64_t)place->district + 1 : 0);
    key = key << 5 | (place->has_type ? (uint64_t)place->type + 1
                         : is_typed   ? (uint64_t)place->type + TYPE_MAX + 2
                                      : 0);
    return key << 7 | (place->has_field ? (uint64_t)place->field + 1 : 0);
}

static size_t
slot_of(const struct replay *replay, uint64_t key)
{
    size_t at = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (replay->size - 1);

    while (replay->cells[at].key != 0 && replay->cells[at].key != key)
        at = (at + 1) & (replay->size - 1);
    return at;
}

static void
grow(struct replay *replay)
{
    struct cell *cells = replay->cells;
    size_t size = replay->size;

    replay->size = size == 0 ? 1024 : size * 2;
    replay->cells = xcalloc(replay->size, sizeof(struct cell));
    for (size_t i = 0; i < size; i++)
        if (cells[i].key != 0)
            replay->cells[slot_of(replay, cells[i].key)] = cells[i];
    free(cells);
}

static struct cell *
find_cell(struct replay *replay, uint64_t key)
{
    struct cell *cell;

    if (replay->used * 2 >= replay->size)
        grow(replay);
    cell = &replay->cells[slot_of(replay, key)];
    if (cell->key == 0) {
        cell->key = key;
        replay->used++;
    }
    return cell;
}

static void
add_party(struct cell *cell, int kind, int party)
{
    for (int i = 0; i < cell->party_count[kind]; i++)
        if (cell->parties[kind][i] == party)
            return;
    if (cell->party_count[kind] < STATS_CELL_MIN)
        cell->parties[kind][cell->party_count[kind]++] = party;
}

static void
add_event(struct replay *replay, struct cell *cell, int at)
{
    const struct event *event = &replay->events[at];

    cell->contracts += event->sign;
    if (event->sign > 0) {
        add_party(cell, 0, replay->parts[event->part].seller);
        add_party(cell, 1, replay->parts[event->part].buyer);
    }
    if (cell->moved_count == cell->moved_room) {
        cell->moved_room = cell->moved_room == 0 ? 4 : cell->moved_room * 2;
        cell->moved = xrealloc(cell->moved, (size_t)cell->moved_room * sizeof(int));
    }
    cell->moved[cell->moved_count++] = at;
}

static void
move_cell(struct replay *replay, const struct stats_place *place, int at)
{
    uint64_t key = stats_place_key(place);
    struct cell *cell;

    if (key == 0)
        return;
    cell = find_cell(replay, key);
    cell->last_month =
        place->unit == UNIT_RANGE
            ? INT_MAX
            : (place->month / unit_months[place->unit] + 1) * unit_months[place->unit] - 1;
    cell->is_cross =
        (int)(place->has_type || place->has_type4) + place->has_district + place->has_field > 1;
    cell->fineness = (int)place->unit + 2 * (int)place->has_type + (int)place->has_type4 +
                     (int)place->has_district + (int)place->has_field;
    cell->is_shown = false;
    add_event(replay, cell, at);
    if (cell->is_moved)
        return;
    cell->is_moved = true;
    if (replay->moved_count == replay->moved_room) {
        replay->moved_room = replay->moved_room == 0 ? 256 : replay->moved_room * 2;
        replay->moved = xrealloc(replay->moved, replay->moved_room * sizeof(uint64_t));
    }
    replay->moved[replay->moved_count++] = key;
}

static void
move_places(
    struct replay *replay, int at, enum stats_unit unit, struct stats_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        places[i].unit = unit;
        places[i].month = replay->events[at].month;
        move_cell(replay, &places[i], at);
    }
}

/* Every cell that the event is in and that could be shown. Of crosses only years: finer ones would
 * be judged before these, and keep more of them from being shown than they are worth. */
static void
move_cells(struct replay *replay, int at)
{
    const struct stats_part *part = &replay->parts[replay->events[at].part];
    const int district = part->district;
    const int type = part->contract_type;
    const int type4 = part->contract_type4;
    const int field = part->technical_field;
    struct stats_place places[] = {
        {.has_district = false},
        {.has_district = true, .district = district},
        {.has_type4 = true, .type = type4},
        {.has_type = true, .type = type},
        {.has_field = true, .field = field},
    };
    struct stats_place crosses[] = {
        {.has_district = true, .district = district, .has_type4 = true, .type = type4},
        {.has_district = true, .district = district, .has_type = true, .type = type},
        {.has_district = true, .district = district, .has_field = true, .field = field},
        {.has_type4 = true, .type = type4, .has_field = true, .field = field},
        {.has_type = true, .type = type, .has_field = true, .field = field},
    };

    for (int unit = UNIT_RANGE; unit <= UNIT_MONTH; unit++)
        move_places(replay, at, (enum stats_unit)unit, places, sizeof(places) / sizeof(places[0]));
    move_places(replay, at, UNIT_YEAR, crosses, sizeof(crosses) / sizeof(crosses[0]));
}

/* What moved since the cell was last shown; what came and went again is nothing. */
static int
find_terms(struct replay *replay, const struct cell *cell)
{
    int count = 0;

    for (int i = 0; i < cell->moved_count; i++) {
        const struct event *event = &replay->events[cell->moved[i]];

        replay->factors[event->part] += event->sign;
    }
    for (int i = 0; i < cell->moved_count; i++) {
        int part = replay->events[cell->moved[i]].part;

        if (replay->factors[part] != 0)
            replay->terms[count++] = (struct span_term){part, replay->factors[part]};
        replay->factors[part] = 0;
    }
    return count;
}

/* Crosses are looked at while the work is below what so many events may take: where it grows
 * faster, all of it is left to the other cells. */
static bool
has_room(const struct replay *replay)
{
    return stats_span_work(replay->span) < CROSS_WORK_MIN + (int64_t)replay->known * CROSS_WORK;
}

static void
judge(struct replay *replay, struct cell *cell)
{
    bool is_small = cell->contracts < STATS_CELL_MIN || cell->party_count[0] < STATS_CELL_MIN ||
                    cell->party_count[1] < STATS_CELL_MIN;

    cell->is_moved = false;
    cell->is_shown = !is_small && (!cell->is_cross || has_room(replay)) &&
                     stats_span_admit(replay->span, replay->terms, find_terms(replay, cell),
                         cell->is_cross ? SPAN_STANDS_BACK : SPAN_FIRST);
    if (cell->is_shown)
        cell->moved_count = 0;
}

static int
compare_cells(const void *a, const void *b)
{
    const struct cell *left = *(const struct cell *const *)a;
    const struct cell *right = *(const struct cell *const *)b;

    if (left->is_cross != right->is_cross)
        return left->is_cross ? 1 : -1;
    if (left->fineness != right->fineness)
        return left->fineness < right->fineness ? -1 : 1;
    if (left->contracts != right->contracts)
        return left->contracts > right->contracts ? -1 : 1;
    return left->key < right->key ? -1 : 1;
}

/* Judge the cells whose time is over with month_over: would a year be told of month by month, its
 * last month of few contracts would keep the whole from being told. is_whole: those without an end
 * as well. */
static void
judge_moved(struct replay *replay, int month_over, bool is_whole)
{
    struct cell **cells = xmalloc((replay->moved_count + 1) * sizeof(struct cell *));
    size_t count = 0;
    size_t left = 0;

    for (size_t i = 0; i < replay->moved_count; i++) {
        struct cell *cell = &replay->cells[slot_of(replay, replay->moved[i])];

        if (cell->last_month == INT_MAX ? is_whole : cell->last_month <= month_over)
            cells[count++] = cell;
        else
            replay->moved[left++] = cell->key;
    }
    qsort(cells, count, sizeof(struct cell *), compare_cells);
    for (size_t i = 0; i < count; i++)
        judge(replay, cells[i]);
    replay->moved_count = left;
    free(cells);
}

static int32_t
month_end(int32_t day)
{
    struct civil civil = date_to_civil(day);

    civil.day = date_days_in_month(civil.year, civil.month);
    return date_from_civil(civil);
}

static int
month_of(int32_t day)
{
    struct civil civil = date_to_civil(day);

    return civil.year * 12 + civil.month - 1;
}

/* Is all of a closed day known? One that closes earlier months as well is gone through as if these
 * had been closed before, and one that closes years month by month: that tells less than it might,
 * and much sooner. until: the day before the next that closes anything. */
static bool
is_closed(const struct replay *replay, int known, int32_t until)
{
    const struct event *event = &replay->events[known - 1];

    if (until >= event->closing)
        return true;
    return event[1].month != event->month &&
           (known - replay->opened >= BULK_MIN || event[1].month == month_of(event->closing));
}

/* Amounts move at the end of a month, and when as much came in as there was: between, what is told
 * of a few contracts each time would leave too little of the month to be told of. */
static bool
is_opening(const struct replay *replay, int known, int32_t until)
{
    const struct event *event = &replay->events[known - 1];

    return month_end(event->closing) <= until || event->month < month_of(event->closing) ||
           known - replay->opened >= replay->opened;
}

static void
open_cells(struct replay *replay, int known, int32_t until)
{
    const struct event *event = &replay->events[known - 1];
    bool is_whole = until >= event->closing;
    bool is_over = month_end(event->closing) <= until;

    judge_moved(
        replay, is_whole ? month_of(event->closing) - (is_over ? 0 : 1) : event->month, is_whole);
    replay->opened = known;
}

static int
compare_events(const void *a, const void *b)
{
    const struct event *left = a;
    const struct event *right = b;

    if (left->closing != right->closing)
        return left->closing < right->closing ? -1 : 1;
    if (left->month != right->month)
        return left->month < right->month ? -1 : 1;
    return left->part != right->part ? left->part - right->part : right->sign - left->sign;
}

static void
find_events(struct replay *replay, int count)
{
    replay->events = xmalloc(((size_t)count * 2 + 1) * sizeof(struct event));
    for (int i = 0; i < count; i++) {
        const struct stats_part *part = &replay->parts[i];

        replay->events[replay->event_count++] = (struct event){part->closing, part->month, i, 1};
        if (part->is_gone)
            replay->events[replay->event_count++] =
                (struct event){part->gone_closing, part->gone_month, i, -1};
    }
    qsort(replay->events, (size_t)replay->event_count, sizeof(struct event), compare_events);
}

static struct span_column *
find_columns(const struct stats_part *parts, int count)
{
    struct span_column *columns = xmalloc(((size_t)count + 1) * sizeof(struct span_column));

    for (int i = 0; i < count; i++)
        columns[i] = (struct span_column){{parts[i].seller, parts[i].buyer}, parts[i].is_own};
    return columns;
}

static int
compare_keys(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return left == right ? 0 : left < right ? -1 : 1;
}

static void
take_shown(struct replay *replay, struct buf *shown)
{
    for (size_t i = 0; i < replay->size; i++) {
        if (replay->cells[i].is_shown)
            buf_add(shown, &replay->cells[i].key, sizeof(uint64_t));
        free(replay->cells[i].moved);
    }
    if (shown->len > 0)
        qsort(shown->data, shown->len / sizeof(uint64_t), sizeof(uint64_t), compare_keys);
}

void
stats_shown_find(const struct stats_part *parts, int count, int32_t closed_on, struct buf *shown)
{
    struct replay replay = {.parts = parts};
    struct span_column *columns = find_columns(parts, count);

    find_events(&replay, count);
    replay.factors = xcalloc((size_t)count + 1, sizeof(int));
    replay.terms = xmalloc(((size_t)count + 1) * sizeof(struct span_term));
    replay.span = stats_span_new(columns, count, count + 1);
    for (int i = 0; i < replay.event_count; i++) {
        int32_t until = i + 1 < replay.event_count ? replay.events[i + 1].closing - 1 : closed_on;

        replay.known = i + 1;
        move_cells(&replay, i);
        if (is_closed(&replay, i + 1, until) && is_opening(&replay, i + 1, until))
            open_cells(&replay, i + 1, until);
    }
    take_shown(&replay, shown);
    stats_span_free(replay.span);
    free(replay.cells);
    free(replay.moved);
    free(replay.events);
    free(replay.factors);
    free(replay.terms);
    free(columns);
}

bool
stats_shown_has(const struct buf *shown, uint64_t key)
{
    return key != 0 && shown->len > 0 &&
           bsearch(&key, shown->data, shown->len / sizeof(uint64_t), sizeof(uint64_t),
               compare_keys) != NULL;
}
