#include "server/command/command_csv.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/mem.h"
#include "server/api/text.h"
#include "server/codes/codes_csv.h"

enum { COLUMNS_MAX = 24, FIELD_CHARACTERS_MAX = 10000 };

struct csv_rows {
    const char *file;
    char *columns[COLUMNS_MAX];
    int column_count;
    struct buf *json;
    struct arena *arena;
    int count;
};

static int
take_header(struct csv_rows *rows, char **fields, int count, struct err *err)
{
    if (count > COLUMNS_MAX)
        return err_set(err, ERR_SYNTAX, "%s: too many columns", rows->file);
    for (int i = 0; i < count; i++)
        rows->columns[rows->column_count++] = xstrdup(fields[i]);
    return 0;
}

/* What stands in the record is shown and printed, so it keeps to the characters of a text. */
static bool
is_clean(struct arena *arena, const char *field)
{
    const char *clean;
    enum text_verdict verdict =
        text_clean(arena, field, strlen(field), FIELD_CHARACTERS_MAX, true, &clean);

    return verdict == TEXT_OK || verdict == TEXT_BLANK;
}

static int
take_row(void *ctx, int number, char **fields, int count, struct err *err)
{
    struct csv_rows *rows = ctx;

    if (number == 1)
        return take_header(rows, fields, count, err);
    if (count != rows->column_count)
        return err_set(err, ERR_SYNTAX, "%s: record %d: %d columns are needed", rows->file, number,
            rows->column_count);
    for (int i = 0; i < count; i++)
        if (!is_clean(rows->arena, fields[i]))
            return err_set(err, ERR_SYNTAX,
                "%s: record %d: %s is not UTF-8, holds control characters or invisible format "
                "characters, or is too long",
                rows->file, number, rows->columns[i]);
    buf_puts(rows->json, rows->count++ == 0 ? "{" : ",{");
    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_putc(rows->json, ',');
        buf_json_string(rows->json, rows->columns[i]);
        buf_putc(rows->json, ':');
        buf_json_string(rows->json, fields[i]);
    }
    buf_putc(rows->json, '}');
    return 0;
}

int
command_read_csv(const char *file, struct buf *rows, struct err *err)
{
    struct csv_rows self = {.file = file, .json = rows, .arena = arena_new()};
    int result;

    buf_putc(rows, '[');
    result = csv_read(file, take_row, &self, err);
    buf_putc(rows, ']');
    for (int i = 0; i < self.column_count; i++)
        free(self.columns[i]);
    arena_free(self.arena);
    return result;
}
