#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "server/codes/codes_csv.h"

enum { COLUMNS_MAX = 20 };

/* The file whose rows are being taken. Columns are known by their names in the first record. */
struct source {
    struct codes *codes;
    const char *file;
    char list[64];
    char columns[COLUMNS_MAX][32];
    int column_count;
    /* of the record at hand */
    int number;
    char **fields;
};

/* "" when the file has no such column. */
static const char *
field(const struct source *source, const char *column)
{
    for (int i = 0; i < source->column_count; i++)
        if (strcmp(source->columns[i], column) == 0)
            return source->fields[i];
    return "";
}

static int
bad_record(const struct source *source, const char *why, struct err *err)
{
    return err_set(err, ERR_SYNTAX, "%s: record %d: %s", source->file, source->number, why);
}

/* The header must begin with the columns of want, separated by commas. */
static int
take_header(struct source *source, const char *want, char **fields, int count, struct err *err)
{
    char line[512] = "";
    size_t used = 0;

    for (int i = 0; i < count && used < sizeof(line); i++)
        used += (size_t)snprintf(
            line + used, sizeof(line) - used, "%s%s", i == 0 ? "" : ",", fields[i]);
    if (count > COLUMNS_MAX || strncmp(line, want, strlen(want)) != 0 ||
        (line[strlen(want)] != '\0' && line[strlen(want)] != ','))
        return err_set(err, ERR_SYNTAX, "%s: the header must begin with %s", source->file, want);
    for (int i = 0; i < count; i++)
        snprintf(source->columns[i], sizeof(source->columns[i]), "%s", fields[i]);
    source->column_count = count;
    return 0;
}

/* A day or no limit. */
static int
take_day(const struct source *source, const char *column, int32_t *day, struct err *err)
{
    const char *text = field(source, column);

    if (*text != '\0' && !date_parse(text, day))
        return bad_record(source, "a day is YYYY-MM-DD or empty", err);
    return 0;
}

/* The place of word in words, which end with NULL; -1: none. */
static int
word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* What every row of the law has; the rest is filled by who calls. */
static int
take_rule_row(const struct source *source, struct rule_row *row, struct err *err)
{
    static const char *const severities[] = {"refusal", "waivable", "hint", NULL};
    static const char *const proofs[] = {"final", "draft", "practice", "proposed", NULL};
    const char *severity = field(source, "severity");
    int proof = word_index(proofs, field(source, "proof"));
    int at = *severity == '\0' ? 0 : word_index(severities, severity);

    row->rule.severity = (at == 1 ? RULE_WAIVABLE : at == 2 ? RULE_HINT : RULE_REFUSAL);
    row->rule.article = field(source, "article");
    row->rule.is_final = proof == 0;
    row->region = field(source, "region");
    if (row->value == NULL)
        row->value = "";
    row->is_required = strcmp(field(source, "is_required"), "false") != 0;
    row->is_enabled = strcmp(field(source, "is_enabled"), "false") != 0;
    row->valid_from = INT32_MIN;
    row->valid_to = INT32_MAX;
    if (at < 0 || proof < 0)
        return bad_record(source, "unknown severity or proof", err);
    if (take_day(source, "valid_from", &row->valid_from, err) < 0 ||
        take_day(source, "valid_to", &row->valid_to, err) < 0)
        return -1;
    codes_add_rule(source->codes, row);
    return 0;
}

/* Lists that are rows of the law as well. */
static int
take_listed_rule(const struct source *source, const struct code *code, struct err *err)
{
    struct rule_row row = {.rule = {.id = code->code, .zh = code->name_zh, .en = code->name_en},
        .value = field(source, "value")};
    char group[8];

    if (strcmp(source->list, "contract_type") == 0) {
        row.kind = RULE_TYPE;
        row.group = field(source, "applies_to");
    } else if (strcmp(source->list, "refusal_reason") == 0) {
        row.kind = RULE_REASON;
        row.group = "";
    } else if (strcmp(source->list, "rule_checklist") == 0) {
        row.kind = strchr(code->parent, '-') != NULL ? RULE_EXCLUSION : RULE_CRITERION;
        snprintf(group, sizeof(group), "%.*s", (int)strcspn(code->parent, "+-"), code->parent);
        row.group = group;
    } else {
        return 0;
    }
    return take_rule_row(source, &row, err);
}

static int
take_code(void *ctx, int number, char **fields, int count, struct err *err)
{
    struct source *source = ctx;
    struct code code = {.list = source->list, .valid_from = INT32_MIN, .valid_to = INT32_MAX};

    if (number == 1)
        return take_header(source, "code,name_zh,name_en,parent,source", fields, count, err);
    source->number = number;
    source->fields = fields;
    if (count != source->column_count || *fields[0] == '\0' || *fields[1] == '\0')
        return bad_record(source, "every column, code and name_zh not empty", err);
    code.code = fields[0];
    code.name_zh = fields[1];
    code.name_en = fields[2];
    code.parent = fields[3];
    if (take_day(source, "valid_from", &code.valid_from, err) < 0 ||
        take_day(source, "valid_to", &code.valid_to, err) < 0)
        return -1;
    codes_add(source->codes, &code);
    return take_listed_rule(source, &code, err);
}

/* A file of the law that is no list: its columns of id and texts, and the kind of its rows. */
static const struct law_file {
    const char *name;
    const char *header;
    enum rule_kind kind;
    const char *id; /* NULL: the first column */
    const char *zh;
    const char *en;
} law_files[] = {
    {"rule", "id,severity,article,proof,zh,en", RULE_FORM, NULL, "zh", "en"},
    {"rule_set", "id,name_zh,name_en", RULE_SET, "rule_set", "name_zh", "name_en"},
    {"parameter", "name,value,article,proof,source", RULE_PARAMETER, NULL, "zh", "en"},
};

static const struct law_file *
law_file_of(const char *name)
{
    for (size_t i = 0; i < sizeof(law_files) / sizeof(law_files[0]); i++)
        if (strcmp(law_files[i].name, name) == 0)
            return &law_files[i];
    return NULL;
}

static int
take_rule(void *ctx, int number, char **fields, int count, struct err *err)
{
    struct source *source = ctx;
    const struct law_file *file = law_file_of(source->list);
    struct rule_row row = {.kind = file->kind, .group = ""};

    if (number == 1)
        return take_header(source, file->header, fields, count, err);
    source->number = number;
    source->fields = fields;
    if (count != source->column_count || *fields[0] == '\0' || *field(source, file->zh) == '\0' ||
        *field(source, file->en) == '\0')
        return bad_record(source, "every column, id and texts not empty", err);
    row.rule.id = file->id == NULL ? fields[0] : file->id;
    row.rule.zh = field(source, file->zh);
    row.rule.en = field(source, file->en);
    row.value = file->kind == RULE_SET ? fields[0] : field(source, "value");
    return take_rule_row(source, &row, err);
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
    return csv_read(file, law_file_of(source.list) != NULL ? take_rule : take_code, &source, err);
}

/* The calendar and the texts of papers live beside the code lists and have columns of their own. */
static int
is_list_file(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".csv") == 0 &&
           strcmp(entry->d_name, "calendar_day.csv") != 0 &&
           strcmp(entry->d_name, "paper_text.csv") != 0;
}

/* Rows stand in order, so two that hold on one day are neighbours. */
static int
refuse_twice(const struct codes *codes, struct err *err)
{
    int count;
    const struct rule_row *rule = codes_rules(codes, &count);

    for (int i = 1; i < count; i++)
        if (strcmp(rule[i].rule.id, rule[i - 1].rule.id) == 0 &&
            strcmp(rule[i].region, rule[i - 1].region) == 0 &&
            rule[i].valid_from <= rule[i - 1].valid_to)
            return err_set(err, ERR_SYNTAX, "rule %s has two rows for one day", rule[i].rule.id);
    for (const char *const *list = codes_lists(codes); *list != NULL; list++) {
        const struct code *row = codes_list(codes, *list, &count);

        for (int i = 1; i < count; i++)
            if (strcmp(row[i].code, row[i - 1].code) == 0 &&
                row[i].valid_from <= row[i - 1].valid_to)
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
