#include <stdlib.h>
#include <string.h>

#include "server/stats/stats_int.h"
#include "server/stats/stats_sql.h"

static int
compare_rows(const void *a, const void *b)
{
    const struct stats_row *const *left = a;
    const struct stats_row *const *right = b;

    return strcmp((*left)->sort_key, (*right)->sort_key);
}

void
stats_rows_sort(struct stats_row **rows, int count)
{
    if (count > 1)
        qsort(rows, (size_t)count, sizeof(struct stats_row *), compare_rows);
}

const char *
stats_row_key(struct arena *arena, const struct stats_question *question,
    const struct stats_row *row, uint64_t dims)
{
    size_t len = 0;
    char *text;

    for (int i = 0; i < question->by_count; i++)
        if (dims & UINT64_C(1) << question->by[i])
            len += (row->keys[i] == NULL ? 0 : strlen(row->keys[i])) + 1;
    text = arena_alloc(arena, len + 1);
    text[len] = '\0';
    len = 0;
    for (int i = 0; i < question->by_count; i++)
        if (dims & UINT64_C(1) << question->by[i]) {
            size_t part = row->keys[i] == NULL ? 0 : strlen(row->keys[i]);

            if (part > 0)
                memcpy(text + len, row->keys[i], part);
            len += part;
            text[len++] = '|';
        }
    return text;
}

/* Texts with U+001F between into the members of the row; an empty one is NULL. */
static void
read_texts(struct arena *arena, const char **texts, int count, const char *joined)
{
    char *rest = arena_strdup(arena, joined);

    for (int i = 0; i < count; i++) {
        char *text = strsep(&rest, "\x1f");

        texts[i] = text == NULL || *text == '\0' ? NULL : text;
    }
}

static void
read_row(struct arena *arena, const struct stats_question *question, const struct db_call *db,
    int at, struct stats_row *row)
{
    read_texts(arena, row->keys, question->by_count, db_text(db, at, STATISTICS_ROW_KEYS));
    read_texts(arena, row->names, question->by_count, db_text(db, at, STATISTICS_ROW_NAMES));
    for (int value = 0; value < VALUE_NUMBER; value++)
        row->values[value] = db_int(db, at, STATISTICS_ROW_VALUES + value);
    for (int value = 0; value < VALUE_COMPARED; value++) {
        row->whole[value] = db_int(db, at, STATISTICS_ROW_WHOLES + value);
        row->rank[value] = db_int(db, at, STATISTICS_ROW_RANKS + value);
    }
    row->has_target = !db_is_null(db, at, STATISTICS_ROW_TARGET);
    row->target = db_int(db, at, STATISTICS_ROW_TARGET);
    row->has_gdp = !db_is_null(db, at, STATISTICS_ROW_GDP);
    row->gdp = db_int(db, at, STATISTICS_ROW_GDP);
}

static struct stats_table *
table_of(struct stats_answer *answer, const char *part)
{
    if (strcmp(part, "now") == 0)
        return &answer->now;
    return strcmp(part, "base") == 0 ? &answer->base : &answer->prev;
}

/* As many as were counted; they are counted again as they are read. */
static void
make_rows(struct arena *arena, struct stats_table *table)
{
    table->rows = arena_zalloc(arena, (size_t)table->count * sizeof(struct stats_row));
    table->count = 0;
}

bool
stats_table_is_too_large(const struct stats_answer *answer)
{
    return answer->now.count > STATS_ROWS_MAX || answer->base.count > STATS_ROWS_MAX ||
           answer->prev.count > STATS_ROWS_MAX;
}

bool
stats_table_read(struct arena *arena, const struct stats_question *question,
    const struct db_call *db, struct stats_answer *answer)
{
    int rows = db_rows(db);

    if (rows == 0)
        return false;
    answer->as_of_seq = db_int(db, 0, STATISTICS_ROW_AS_OF_SEQ);
    answer->has_closed_day = !db_is_null(db, 0, STATISTICS_ROW_CLOSED_ON);
    if (answer->has_closed_day)
        answer->closed_on = db_date(db, 0, STATISTICS_ROW_CLOSED_ON);
    if (!db_is_null(db, 0, STATISTICS_ROW_COVERAGE))
        answer->coverage = arena_strdup(arena, db_text(db, 0, STATISTICS_ROW_COVERAGE));
    for (int i = 1; i < rows; i++)
        table_of(answer, db_text(db, i, STATISTICS_ROW_PART))->count++;
    if (!stats_table_is_too_large(answer)) {
        make_rows(arena, &answer->now);
        make_rows(arena, &answer->base);
        make_rows(arena, &answer->prev);
        for (int i = 1; i < rows; i++) {
            struct stats_table *table = table_of(answer, db_text(db, i, STATISTICS_ROW_PART));

            read_row(arena, question, db, i, &table->rows[table->count++]);
        }
    }
    /* A period that has not begun has no figures, not even zero. */
    if (question->range.has_first && question->range.first > question->today)
        answer->now.count = 0;
    return true;
}
