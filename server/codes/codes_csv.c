#include "server/codes/codes_csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { CSV_MAX_BYTES = 64 * 1024 * 1024 };

/* One file being read; text is cut and unquoted in place. */
struct csv {
    const char *file;
    char *text;
    char *at;
    char *end;
    char **fields;
    int count;
    int cap;
};

static int
csv_load(struct csv *csv, struct err *err)
{
    FILE *in = fopen(csv->file, "rb");
    long size;
    size_t got;

    if (in == NULL)
        return err_set(err, ERR_IO, "%s: %s", csv->file, strerror(errno));
    if (fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0 || size > CSV_MAX_BYTES ||
        fseek(in, 0, SEEK_SET) != 0) {
        fclose(in);
        return err_set(err, ERR_IO, "%s: not a readable file of a sensible size", csv->file);
    }
    csv->text = xmalloc((size_t)size + 1);
    got = fread(csv->text, 1, (size_t)size, in);
    fclose(in);
    csv->text[got] = '\0';
    csv->at = csv->text;
    csv->end = csv->text + got;
    if (got != (size_t)size || memchr(csv->text, '\0', got) != NULL)
        return err_set(err, ERR_IO, "%s: cannot be read as text", csv->file);
    if (strncmp(csv->text, "\xEF\xBB\xBF", 3) == 0) /* spreadsheets like to write one */
        csv->at += 3;
    return 0;
}

static void
csv_keep(struct csv *csv, char *field)
{
    if (csv->count == csv->cap) {
        csv->cap = csv->cap == 0 ? 16 : csv->cap * 2;
        csv->fields = xrealloc(csv->fields, (size_t)csv->cap * sizeof(*csv->fields));
    }
    csv->fields[csv->count++] = field;
}

/* Unquotes from the opening quote on; stops at the first byte after the closing one. */
static char *
csv_quoted(struct csv *csv)
{
    char *field = ++csv->at;
    char *out = field;

    while (csv->at < csv->end) {
        if (*csv->at == '"') {
            if (csv->at[1] != '"') {
                csv->at++;
                *out = '\0'; /* at the closing quote or before it, so the byte after it stays */
                return field;
            }
            csv->at++;
        }
        *out++ = *csv->at++;
    }
    return NULL;
}

/* One record into fields; 1, 0 at the end of the file, -1. */
static int
csv_record(struct csv *csv, int number, struct err *err)
{
    char *field;
    char stop;

    csv->count = 0;
    if (csv->at == csv->end)
        return 0;
    do {
        if (*csv->at == '"') {
            if ((field = csv_quoted(csv)) == NULL)
                return err_set(
                    err, ERR_SYNTAX, "%s: record %d: a quote is not closed", csv->file, number);
        } else {
            field = csv->at;
            csv->at += strcspn(csv->at, ",\"\r\n");
        }
        stop = *csv->at;
        if (stop == '\r' && csv->at[1] == '\n')
            *csv->at++ = '\0';
        else if (stop != ',' && stop != '\n' && stop != '\0')
            return err_set(
                err, ERR_SYNTAX, "%s: record %d: text beside a quote", csv->file, number);
        if (csv->at < csv->end)
            *csv->at++ = '\0';
        csv_keep(csv, field);
    } while (stop == ',');
    return 1;
}

int
csv_read(const char *file,
    int (*row)(void *ctx, int number, char **fields, int count, struct err *err), void *ctx,
    struct err *err)
{
    struct csv csv = {.file = file};
    int number = 0;
    int result = csv_load(&csv, err);

    while (result == 0) {
        int more = csv_record(&csv, ++number, err);

        if (more <= 0) {
            result = more;
            break;
        }
        result = row(ctx, number, csv.fields, csv.count, err);
    }
    free(csv.fields);
    free(csv.text);
    return result;
}
