#include "server/codes/codes_csv.h"

#include <dirent.h>
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

/* The file whose rows are being taken. */
struct source {
    struct codes *codes;
    const char *file;
    char list[64];
};

static int
check_header(
    const struct source *source, const char *want, char **fields, int count, struct err *err)
{
    char line[256] = "";
    size_t used = 0;

    for (int i = 0; i < count && used < sizeof(line); i++)
        used += (size_t)snprintf(
            line + used, sizeof(line) - used, "%s%s", i == 0 ? "" : ",", fields[i]);
    if (strcmp(line, want) != 0)
        return err_set(err, ERR_SYNTAX, "%s: the header must be %s", source->file, want);
    return 0;
}

static int
take_code(void *ctx, int number, char **fields, int count, struct err *err)
{
    const struct source *source = ctx;
    struct code code = {.list = source->list, .valid_from = INT32_MIN, .valid_to = INT32_MAX};

    if (number == 1)
        return check_header(source, "code,name_zh,name_en,parent,source", fields, count, err);
    if (count != 5 || *fields[0] == '\0' || *fields[1] == '\0')
        return err_set(err, ERR_SYNTAX, "%s: record %d: five columns, code and name_zh not empty",
            source->file, number);
    code.code = fields[0];
    code.name_zh = fields[1];
    code.name_en = fields[2];
    code.parent = fields[3];
    codes_add(source->codes, &code);
    return 0;
}

static int
take_rule(void *ctx, int number, char **fields, int count, struct err *err)
{
    static const char *const severities[] = {"refusal", "waivable", "hint"};
    static const char *const proofs[] = {"final", "draft", "practice", "proposed"};
    const struct source *source = ctx;
    struct rule rule = {0};
    int severity = 0;
    int proof = 0;

    if (number == 1)
        return check_header(source, "id,severity,article,proof,zh,en", fields, count, err);
    if (count != 6 || *fields[0] == '\0' || *fields[4] == '\0' || *fields[5] == '\0')
        return err_set(err, ERR_SYNTAX, "%s: record %d: six columns, id and texts not empty",
            source->file, number);
    while (severity < 3 && strcmp(fields[1], severities[severity]) != 0)
        severity++;
    while (proof < 4 && strcmp(fields[3], proofs[proof]) != 0)
        proof++;
    if (severity == 3 || proof == 4)
        return err_set(
            err, ERR_SYNTAX, "%s: record %d: unknown severity or proof", source->file, number);
    rule.id = fields[0];
    rule.severity = (severity == 0 ? RULE_REFUSAL : severity == 1 ? RULE_WAIVABLE : RULE_HINT);
    rule.article = fields[2];
    rule.is_final = proof == 0;
    rule.zh = fields[4];
    rule.en = fields[5];
    codes_add_rule(source->codes, &rule);
    return 0;
}

static int
read_file(struct codes *codes, const char *directory, const char *name, struct err *err)
{
    char file[4096];
    struct source source = {.codes = codes, .file = file};
    size_t stem = strlen(name) - strlen(".csv");

    if (stem >= sizeof(source.list) ||
        snprintf(file, sizeof(file), "%s/%s", directory, name) >= (int)sizeof(file))
        return err_set(err, ERR_IO, "%s: name too long", name);
    memcpy(source.list, name, stem);
    if (strcmp(source.list, "rule") == 0)
        return csv_read(file, take_rule, &source, err);
    return csv_read(file, take_code, &source, err);
}

/* calendar_day and parameter live beside the code lists and have columns of their own. */
static int
is_list_file(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".csv") == 0 &&
           strcmp(entry->d_name, "calendar_day.csv") != 0 &&
           strcmp(entry->d_name, "parameter.csv") != 0;
}

static int
refuse_twice(const struct codes *codes, struct err *err)
{
    for (const char *const *list = codes_lists(codes); *list != NULL; list++) {
        int count;
        const struct code *row = codes_list(codes, *list, &count);

        for (int i = 1; i < count; i++)
            if (strcmp(row[i].code, row[i - 1].code) == 0)
                return err_set(err, ERR_SYNTAX, "%s: code %s stands twice", *list, row[i].code);
    }
    return 0;
}

struct codes *
codes_read_directory(const char *directory, struct err *err)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_list_file, alphasort);
    struct codes *codes;
    int result = 0;

    if (count <= 0) {
        free(entries);
        err_set(err, ERR_IO, "%s: no code lists here", directory);
        return NULL;
    }
    codes = codes_new();
    for (int i = 0; i < count; i++) {
        if (result == 0)
            result = read_file(codes, directory, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    codes_seal(codes);
    if (result == 0)
        result = refuse_twice(codes, err);
    if (result < 0) {
        codes_free(codes);
        return NULL;
    }
    return codes;
}
