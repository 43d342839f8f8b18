#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "server/api/method.h"
#include "server/app/routes.h"
#include "server/command/command_csv.h"
#include "server/command/command_sql.h"
#include "server/command/migrate_int.h"

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
has_suffix(const char *name, const char *suffix)
{
    size_t len = strlen(name);

    return *name != '.' && len > strlen(suffix) && strcmp(name + len - strlen(suffix), suffix) == 0;
}

int
migrate_names_read(
    struct migrate_names *names, const char *folder, const char *suffix, struct err *err)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (dir == NULL)
        return err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
    while ((entry = readdir(dir)) != NULL) {
        if (!has_suffix(entry->d_name, suffix))
            continue;
        names->names = xrealloc(names->names, (size_t)(names->count + 1) * sizeof(*names->names));
        names->names[names->count++] = xstrdup(entry->d_name);
    }
    closedir(dir);
    if (names->count == 0)
        return err_set(err, ERR_IO, "%s: no file ends in %s", folder, suffix);
    qsort(names->names, (size_t)names->count, sizeof(*names->names), compare_names);
    return 0;
}

void
migrate_names_clear(struct migrate_names *names)
{
    for (int i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct migrate_names){0};
}

int
migrate_part_loaded(
    struct migrate *self, const char *name, const struct buf *text, char *hex, struct err *err)
{
    uint8_t digest[SHA256_BYTES];
    const char *const params[] = {name, hex};
    PGresult *res;
    int rows;

    sha256_of(text->data, text->len, digest);
    hex_format(digest, sizeof(digest), hex);
    if ((res = command_query(self->db, err, sql_part_is_loaded, 2, params)) == NULL)
        return -1;
    rows = PQntuples(res);
    PQclear(res);
    return rows;
}

int
migrate_part_store(struct migrate *self, const char *name, const char *hex, struct err *err)
{
    const char *const params[] = {name, hex};

    return command_exec(self->db, err, sql_part_store, 2, params);
}

/* Functions
 * ---------------------------------------------------------------------------------------------------------
 */

static int
append_file(
    struct buf *text, const char *sql_dir, const char *folder, const char *name, struct err *err)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s%s%s", sql_dir, folder, *folder == '\0' ? "" : "/", name);
    return command_read_file(path, text, err);
}

static int
load_functions(struct migrate *self, const struct migrate_names *files, struct err *err)
{
    struct buf text = {0};
    int result = append_file(&text, self->sql_dir, "", "functions_reset.sql", err);

    if (result == 0)
        result = command_script(self->db, err, "functions_reset.sql", text.data);
    /* What several functions need comes first, the rest in the order of names. */
    for (int i = -1; result == 0 && i < files->count; i++) {
        const char *name = i < 0 ? "common.sql" : files->names[i];

        if (i >= 0 && strcmp(name, "common.sql") == 0)
            continue;
        text.len = 0;
        result = append_file(&text, self->sql_dir, "functions", name, err);
        if (result == 0)
            result = command_script(self->db, err, name, text.data);
    }
    buf_clear(&text);
    return result;
}

int
migrate_functions(struct migrate *self, struct err *err)
{
    struct migrate_names files = {0};
    struct buf all = {0};
    char folder[4096];
    char hex[SHA256_HEX_BYTES] = "";
    int loaded = -1;
    int result = -1;

    snprintf(folder, sizeof(folder), "%s/functions", self->sql_dir);
    if (migrate_names_read(&files, folder, ".sql", err) < 0)
        goto done;
    for (int i = 0; i < files.count; i++)
        if (append_file(&all, self->sql_dir, "functions", files.names[i], err) < 0)
            goto done;
    loaded = migrate_part_loaded(self, "functions", &all, hex, err);
    if (loaded > 0)
        result = 0;
    else if (loaded == 0 && load_functions(self, &files, err) == 0 &&
             migrate_part_store(self, "functions", hex, err) == 0) {
        printf("loaded functions (%d files)\n", files.count);
        self->changes++;
        result = 0;
    }

done:
    buf_clear(&all);
    migrate_names_clear(&files);
    return result;
}

/* Codes, rules, parameters, calendar
 * -------------------------------------------------------------------------------- */

/* Files whose rows are not only a code list. Their statements take the rows, and the name where
 * they ask for it. */
static const struct {
    const char *name;
    const char *sql;
} special_files[] = {{"rule", sql_rule_store}, {"rule_set", sql_rule_store},
    {"contract_type", sql_rule_store}, {"rule_checklist", sql_rule_store},
    {"refusal_reason", sql_rule_store}, {"parameter", sql_rule_store},
    {"paper_text", sql_paper_text_store}, {"calendar_day", sql_calendar_store}};

static int
store_rows(struct migrate *self, const char *name, const struct buf *rows, struct err *err)
{
    const char *const params[] = {rows->data, name};
    const char *sql = sql_code_store;
    PGresult *res;

    for (size_t i = 0; i < sizeof(special_files) / sizeof(special_files[0]); i++)
        if (strcmp(special_files[i].name, name) == 0)
            sql = special_files[i].sql;
    res = command_query(self->db, err, sql, strstr(sql, "$2") == NULL ? 1 : 2, params);
    if (res == NULL)
        return -1;
    printf("loaded %s (%s rows new or changed)\n", name, PQgetvalue(res, 0, 0));
    self->changes++;
    PQclear(res);
    return 0;
}

static int
load_reference_file(struct migrate *self, const char *file, struct err *err)
{
    struct buf rows = {0};
    char path[4096];
    char name[64];
    char part[80];
    char hex[SHA256_HEX_BYTES] = "";
    int loaded = -1;
    int result = -1;

    snprintf(path, sizeof(path), "%s/codes/%s", self->sql_dir, file);
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(file, "."), file);
    snprintf(part, sizeof(part), "codes/%s", name);
    if (command_read_csv(path, &rows, err) == 0)
        loaded = migrate_part_loaded(self, part, &rows, hex, err);
    if (loaded > 0 || (loaded == 0 && store_rows(self, name, &rows, err) == 0 &&
                          migrate_part_store(self, part, hex, err) == 0))
        result = 0;
    buf_clear(&rows);
    return result;
}

static int
store_installation(struct migrate *self, struct err *err)
{
    const char *const params[] = {self->conf->region};
    PGresult *res = command_query(self->db, err, sql_installation_store, 1, params);

    if (res == NULL)
        return -1;
    if (strcmp(PQgetvalue(res, 0, 0), self->conf->region) != 0)
        fprintf(stderr,
            "tcrd migrate: warning: the record belongs to region %s, the configuration says %s\n",
            PQgetvalue(res, 0, 0), self->conf->region);
    PQclear(res);
    return 0;
}

int
migrate_reference(struct migrate *self, struct err *err)
{
    struct migrate_names files = {0};
    char folder[4096];
    int result;

    snprintf(folder, sizeof(folder), "%s/codes", self->sql_dir);
    result = migrate_names_read(&files, folder, ".csv", err);
    for (int i = 0; result == 0 && i < files.count; i++)
        result = load_reference_file(self, files.names[i], err);
    migrate_names_clear(&files);
    return result < 0 ? -1 : store_installation(self, err);
}

/* Who may call what
 * -------------------------------------------------------------------------------------------------
 */

int
migrate_methods(struct migrate *self, struct err *err)
{
    struct buf json = {0};
    PGresult *res;
    int changed = -1;

    buf_putc(&json, '[');
    for (const struct method *const *method = app_methods(); *method != NULL; method++)
        for (int i = 0; i < ROLE_COUNT; i++) {
            if (((*method)->flags & METHOD_PUBLIC) != 0 || ((*method)->roles & 1u << i) == 0)
                continue;
            buf_printf(&json, "%s{\"method\":\"%s\",\"role\":\"%s\"}", json.len == 1 ? "" : ",",
                (*method)->name, role_name(i));
        }
    buf_putc(&json, ']');
    res = command_query(self->db, err, sql_method_role_store, 1, (const char *const[]){json.data});
    if (res != NULL)
        changed = atoi(PQgetvalue(res, 0, 0));
    PQclear(res);
    buf_clear(&json);
    if (changed > 0) {
        printf("set the roles of methods (%d rows changed)\n", changed);
        self->changes++;
    }
    return changed < 0 ? -1 : 0;
}

int
migrate_grants(struct migrate *self, struct err *err)
{
    const char *const params[] = {self->conf->db_user};
    struct buf text = {0};
    int result = append_file(&text, self->sql_dir, "", "grants.sql", err);

    if (result == 0)
        result = command_exec(self->db, err, sql_service_role_set, 1, params);
    if (result == 0)
        result = command_script(self->db, err, "grants.sql", text.data);
    buf_clear(&text);
    return result;
}
