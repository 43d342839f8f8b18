#include "server/command/import.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/mem.h"
#include "server/api/fields.h"
#include "server/command/command.h"
#include "server/command/command_csv.h"
#include "server/command/command_db.h"
#include "server/command/command_sql.h"
#include "server/command/sample_codes.h"
#include "server/reference/reference.h"

const char command_import_help[] =
    "Usage: tcrd import targets|gdp|peers FILE [--dry-run]\n"
    "       tcrd import external FILE --source NAME --day DAY [--dry-run]\n"
    "\n"
    "Reads values that the record does not make itself from a CSV file (UTF-8, names of columns\n"
    "in the first record), as db.owner: all of the file or nothing, every bad record named. What\n"
    "holds already is not stored again; a new value stands beside the older ones, so answers as\n"
    "of an earlier number of the sequence stay as they were.\n"
    "\n"
    "targets   region,year,measure,basis,value,pace,source,day: a target of a place and a year;\n"
    "          measure is count, total_amount or technology_amount, basis registered (when "
    "empty),\n"
    "          output, absorbed or local; pace is empty (the same every day) or twelve whole\n"
    "          percentages with blanks between, due at the end of each month, the last one 100\n"
    "gdp       region,year,value,source,day: in yuan\n"
    "peers     region,period,count,total_amount,technology_amount,source,day: what another city\n"
    "          published for 2022, 2022H1, 2022Q2, 2022-06 or 2022M1-10\n"
    "external  number,registered_on,contract_type,technical_field,project_name,seller_name,\n"
    "          seller_region,buyer_name,buyer_region,total_amount,technology_amount,is_withdrawn:\n"
    "          contracts registered by the province or in other places\n"
    "\n"
    "  --source NAME  who registered the contracts, the same name every time\n"
    "  --day DAY      day of the file\n"
    "  --dry-run      check all of it and keep nothing\n"
    "\n"
    "Exit status: 0 done, 1 a bad record or another failure, 2 called wrongly.\n"
    "\n"
    "Example:\n"
    "  tcrd import external province-2026Q1.csv --source 山东省科技厅 --day 2026-04-08\n";

enum { FIELDS_MAX = 24 };

struct import {
    const struct reference_file *kind;
    const char *file;
    struct field fields[FIELDS_MAX + 1]; /* of a record */
    struct codes *codes;
    json_t *items; /* what was read of the good records */
    int *numbers;  /* of their records in the file */
    int item_count;
    int record_count;
    int faults;
};

/* Records and members
 * ---------------------------------------------------------------------------------------------- */

static void
add_fields(struct import *self, const struct field *fields, const char *without)
{
    int count = 0;

    while (self->fields[count].name != NULL)
        count++;
    for (; fields != NULL && fields->name != NULL && count < FIELDS_MAX; fields++)
        if (without == NULL || strcmp(fields->name, without) != 0)
            self->fields[count++] = *fields;
    self->fields[count] = (struct field){0};
}

static const struct field *
list_of(const struct reference_file *kind)
{
    const struct field *field = kind->method->fields;

    while (strcmp(field->name, kind->list) != 0)
        field++;
    return field;
}

static json_t *
number_of(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits <= 18 && text[digits] == '\0'
               ? json_integer(strtoll(text, NULL, 10))
               : json_string(text);
}

/* Numbers with blanks between. */
static json_t *
numbers_of(const char *text)
{
    json_t *list = json_array();
    char word[32];

    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        size_t len = strcspn(text, " ");

        snprintf(word, sizeof(word), "%.*s", (int)len, text);
        json_array_append_new(list, number_of(word));
        text += len;
    }
    return list;
}

/* The text of a column as its member has it in a body. */
static json_t *
member_of(const struct field *field, const char *text)
{
    switch (field->type) {
    case FIELD_INT:
        return number_of(text);
    case FIELD_BOOL:
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ? json_boolean(*text == 't')
                                                                       : json_string(text);
    case FIELD_LIST:
        return numbers_of(text);
    default:
        return json_string(text);
    }
}

static void
say_fault(struct import *self, int number, const char *pointer, const char *text)
{
    self->faults++;
    fprintf(stderr, "tcrd import: %s: record %d: ", self->file, number);
    if (*pointer != '\0')
        fprintf(stderr, "%s: ", pointer + 1);
    fprintf(stderr, "%s\n", text);
}

/* What fields make of texts, new reference; the faults are said. number 0: of the options. */
static json_t *
read_members(struct import *self, const struct field *fields, json_t *texts, int number)
{
    struct arena *arena = arena_new();
    struct fault_list faults = {.arena = arena};
    json_t *body = json_object();
    json_t *read;

    for (const struct field *field = fields; field->name != NULL; field++) {
        const char *text = json_string_value(json_object_get(texts, field->name));

        if (text != NULL && text[strspn(text, " ")] != '\0')
            json_object_set_new(body, field->name, member_of(field, text));
    }
    read = fields_read(&faults, self->codes, fields, body);
    for (int i = 0; i < faults.count; i++)
        say_fault(self, number, faults.items[i].pointer,
            arena_printf(arena, "%s (%s)", faults.items[i].zh, faults.items[i].en));
    if (faults.count > 0) {
        json_decref(read);
        read = NULL;
    }
    json_decref(body);
    arena_free(arena);
    return read;
}

/* Every column is known, and every column that must be there is. */
static int
check_header(const struct import *self, const json_t *row, struct err *err)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)row, name, value)
    {
        const struct field *field = self->fields;

        while (field->name != NULL && strcmp(field->name, name) != 0)
            field++;
        if (field->name == NULL)
            return err_set(
                err, ERR_SYNTAX, "%s: %s has no column %s", self->file, self->kind->name, name);
    }
    for (const struct field *field = self->fields; field->name != NULL; field++)
        if ((field->flags & FIELD_REQUIRED) != 0 && json_object_get(row, field->name) == NULL)
            return err_set(
                err, ERR_SYNTAX, "%s: the column %s is missing", self->file, field->name);
    return 0;
}

static int
read_records(struct import *self, const json_t *rows, struct err *err)
{
    json_t *row;
    size_t at;

    self->record_count = (int)json_array_size(rows);
    if (self->record_count == 0)
        return err_set(err, ERR_SYNTAX, "%s: there is no record", self->file);
    if (check_header(self, json_array_get(rows, 0), err) < 0)
        return -1;
    self->items = json_array();
    self->numbers = xmalloc((size_t)self->record_count * sizeof(*self->numbers));
    json_array_foreach(rows, at, row)
    {
        int number = (int)at + 2; /* the header is record 1 */
        json_t *item = read_members(self, self->fields, row, number);

        if (item == NULL)
            continue;
        json_array_append_new(self->items, item);
        self->numbers[self->item_count++] = number;
    }
    return 0;
}

static int
read_file(struct import *self, struct err *err)
{
    struct buf text = {0};
    json_t *rows = NULL;
    json_error_t wrong;
    int result = command_read_csv(self->file, &text, err);

    if (result == 0) {
        rows = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &wrong);
        result = rows != NULL ? read_records(self, rows, err)
                              : err_set(err, ERR_SYNTAX,
                                    "%s: not UTF-8, or two columns of one name", self->file);
    }
    json_decref(rows);
    buf_clear(&text);
    return result;
}

/* The file as one call: its records become the list of the body, beside what the options say. */
static int
join_records(struct import *self, const char *source, const char *day)
{
    json_t *texts = json_pack("{s:s, s:s}", "source", source, "day", day);
    json_t *call;

    self->fields[0] = (struct field){0};
    add_fields(self, self->kind->method->fields, self->kind->list);
    call = texts == NULL ? NULL : read_members(self, self->fields, texts, 0);
    json_decref(texts);
    if (call == NULL)
        return -1;
    json_object_set_new(call, self->kind->list, self->items);
    self->items = json_array();
    json_array_append_new(self->items, call);
    return 0;
}

/* The record
 * ---------------------------------------------------------------------------------------------- */

/* A fault that the database found: of an item, or of one in the list of the only item. */
static void
say_found(struct import *self, const PGresult *res, int row)
{
    int item = atoi(PQgetvalue(res, row, 0)) - 1;
    const char *pointer = PQgetvalue(res, row, 1);
    const char *text = PQgetisnull(res, row, 3) ? PQgetvalue(res, row, 2) : PQgetvalue(res, row, 3);

    if (self->kind->list != NULL && *pointer != '\0') {
        char *rest;

        item = (int)strtol(pointer + 1 + strlen(self->kind->list) + 1, &rest, 10);
        pointer = rest;
    }
    say_fault(self, item >= 0 && item < self->item_count ? self->numbers[item] : 0, pointer, text);
}

/* The number of values stored, or -1 with err. */
static long
store_items(struct import *self, PGconn *db, struct err *err)
{
    char *items = json_dumps(self->items, JSON_COMPACT);
    PGresult *res = command_query(db, err, sql_reference_import, 3,
        (const char *const[]){self->kind->method->name, items, command_user()});
    long stored = -1;

    for (int row = 0; res != NULL && row < PQntuples(res); row++) {
        if (strcmp(PQgetvalue(res, row, 0), "0") == 0)
            stored = strtol(PQgetvalue(res, row, 3), NULL, 10);
        else
            say_found(self, res, row);
    }
    PQclear(res);
    free(items);
    return stored;
}

/* In a transaction that the caller opened. Exit status; *stored says how many. */
static int
import_file(struct import *self, PGconn *db, const char *source, const char *day, long *stored)
{
    struct err err = {0};

    self->codes = sample_codes_read(db, &err);
    if (self->codes == NULL || read_file(self, &err) < 0)
        return command_failed("import", &err);
    if (self->kind->list != NULL && join_records(self, source, day) < 0)
        return 1;
    if (self->item_count > 0) {
        *stored = store_items(self, db, &err);
        if (*stored < 0)
            return command_failed("import", &err);
    }
    return self->faults > 0;
}

static int
run(struct import *self, const struct conf *conf, const char *source, const char *day, bool dry)
{
    struct err err = {0};
    PGconn *db = command_connect(conf, &err);
    long stored = 0;
    int status = 1;

    if (db == NULL || command_exec(db, &err, "begin", 0, NULL) < 0) {
        PQfinish(db);
        return command_failed("import", &err);
    }
    status = import_file(self, db, source, day, &stored);
    if (status == 0 && !dry && command_exec(db, &err, "commit", 0, NULL) < 0)
        status = command_failed("import", &err);
    if (status == 0)
        printf("%d records: %ld values %s\n", self->record_count, stored,
            dry ? "would be stored; nothing was kept" : "stored");
    else if (self->faults > 0)
        fprintf(stderr, "tcrd import: %d faults; nothing was kept\n", self->faults);
    PQfinish(db);
    return status;
}

int
command_import(const struct conf *conf, int argc, char **argv)
{
    enum { SOURCE, DAY, DRY_RUN };
    static const struct option options[] = {{"source", required_argument, NULL, SOURCE},
        {"day", required_argument, NULL, DAY}, {"dry-run", no_argument, NULL, DRY_RUN}, {0}};
    struct import self = {.kind = reference_files};
    struct command_args args;
    bool has_options;
    int status;

    if (command_args_read(&args, "import", options, 2, 2, argc, argv) != 0)
        return 2;
    while (self.kind->name != NULL && strcmp(self.kind->name, args.words[0]) != 0)
        self.kind++;
    if (self.kind->name == NULL)
        return command_misused("import", "%s: nothing of that name is imported", args.words[0]);
    has_options = args.values[SOURCE] != NULL && args.values[DAY] != NULL;
    if (self.kind->list != NULL && !has_options)
        return command_misused("import", "%s needs --source and --day", self.kind->name);
    if (self.kind->list == NULL && (args.values[SOURCE] != NULL || args.values[DAY] != NULL))
        return command_misused("import", "%s has source and day in its columns", self.kind->name);
    self.file = args.words[1];
    add_fields(&self, self.kind->path, NULL);
    add_fields(&self,
        self.kind->list != NULL ? list_of(self.kind)->fields : self.kind->method->fields, NULL);
    status = run(&self, conf, args.values[SOURCE], args.values[DAY], args.values[DRY_RUN] != NULL);
    json_decref(self.items);
    free(self.numbers);
    codes_free(self.codes);
    return status;
}
