#include "server/command/bulletin.h"

#include <errno.h>
#include <string.h>

#include "server/bulletin/bulletin_file.h"
#include "server/command/command.h"
#include "server/command/command_db.h"
#include "server/command/command_sql.h"
#include "server/helper/helper_once.h"

const char command_bulletin_help[] =
    "Usage: tcrd bulletin PERIOD [--format docx|xlsx|pdf|json] [--lang zh|en] [--version N]\n"
    "                     [--out FILE]\n"
    "\n"
    "Writes the bulletin of a month, quarter, half or year (2026-05, 2026Q2, 2026H1, 2026), as\n"
    "db.owner: the issued file to the byte, or a draft of what stands in the record now.\n"
    "\n"
    "  --format NAME  docx (default), xlsx, pdf or json\n"
    "  --lang NAME    zh (default) or en\n"
    "  --version N    1 as it was issued, 2 and on its corrigenda, 0 a draft of today\n"
    "                 (default: the newest that was issued, else the draft)\n"
    "  --out FILE     where to (default: bulletin-PERIOD.FORMAT here; - is standard output)\n"
    "\n"
    "Examples:\n"
    "  tcrd bulletin 2026Q2\n"
    "  tcrd bulletin 2025 --format pdf --out /srv/bulletin/2025.pdf\n";

enum { OPTION_FORMAT, OPTION_LANG, OPTION_VERSION, OPTION_OUT };

struct bulletin {
    const char *period;
    const char *lang;
    const char *version; /* NULL: the newest */
    const char *out;     /* NULL: a name of its own */
    const struct bulletin_form *form;
};

static int
read_args(struct bulletin *self, const struct command_args *args)
{
    const char *format = args->values[OPTION_FORMAT];

    self->period = args->words[0];
    self->lang = args->values[OPTION_LANG] == NULL ? "zh" : args->values[OPTION_LANG];
    self->version = args->values[OPTION_VERSION];
    self->out = args->values[OPTION_OUT];
    self->form = bulletin_form_find(format == NULL ? "docx" : format);
    if (self->form == NULL)
        return command_misused("bulletin", "%s: docx, xlsx, pdf or json", format);
    if (strcmp(self->lang, "zh") != 0 && strcmp(self->lang, "en") != 0)
        return command_misused("bulletin", "%s: zh or en", self->lang);
    if (self->version != NULL && (*self->version == '\0' || strlen(self->version) > 6 ||
                                     strspn(self->version, "0123456789") != strlen(self->version)))
        return command_misused("bulletin", "%s: not a version", self->version);
    return 0;
}

/* What the record has, into body. 1: a file as it was issued, 0: a document to make one from, -1
 * with err. */
static int
read_record(const struct bulletin *self, const struct conf *conf, struct buf *body, struct err *err)
{
    const char *const params[] = {self->period, self->version, self->form->name, self->lang};
    PGconn *db = command_connect(conf, err);
    PGresult *res = db == NULL ? NULL : command_query(db, err, sql_bulletin_find, 4, params);
    int state = -1;

    if (res != NULL && PQntuples(res) == 0) {
        err_set(err, ERR_NOT_FOUND, "%.20s: there is no such bulletin", self->period);
    } else if (res != NULL) {
        size_t len;
        unsigned char *bytes = PQunescapeBytea((const unsigned char *)PQgetvalue(res, 0, 1), &len);

        state = strcmp(PQgetvalue(res, 0, 0), "issued") == 0;
        buf_add(body, bytes, len);
        PQfreemem(bytes);
    }
    PQclear(res);
    PQfinish(db);
    return state;
}

static int
make_file(const struct bulletin *self, const struct conf *conf, const struct buf *document,
    struct buf *made, struct err *err)
{
    struct buf json = {0};
    int result;

    bulletin_job_write(&json, self->form, conf, document->data, document->len);
    result = helper_once(conf, self->form->job, &json, made, err);
    buf_clear(&json);
    return result;
}

static int
write_file(const struct bulletin *self, const struct buf *made, struct err *err)
{
    char name[64];
    const char *file = self->out;
    FILE *out;
    bool is_written;

    snprintf(name, sizeof(name), "bulletin-%.20s.%s", self->period, self->form->name);
    if (file == NULL)
        file = name;
    out = strcmp(file, "-") == 0 ? stdout : fopen(file, "wb");
    if (out == NULL)
        return err_set(err, ERR_IO, "%.150s: %s", file, strerror(errno));
    is_written = fwrite(made->data, 1, made->len, out) == made->len;
    if ((out == stdout ? fflush(out) : fclose(out)) != 0 || !is_written)
        return err_set(err, ERR_IO, "%.150s: %s", file, strerror(errno));
    if (out != stdout)
        printf("%s\n", file);
    return 0;
}

int
command_bulletin(const struct conf *conf, int argc, char **argv)
{
    static const struct option options[] = {{"format", required_argument, NULL, OPTION_FORMAT},
        {"lang", required_argument, NULL, OPTION_LANG},
        {"version", required_argument, NULL, OPTION_VERSION},
        {"out", required_argument, NULL, OPTION_OUT}, {0}};
    struct command_args args;
    struct bulletin self = {0};
    struct buf body = {0};
    struct buf made = {0};
    struct err err = {0};
    int state;

    if (command_args_read(&args, "bulletin", options, 1, 1, argc, argv) != 0 ||
        read_args(&self, &args) != 0)
        return 2;
    state = read_record(&self, conf, &body, &err);
    if (state >= 0 && (state == 1 || self.form->job == 0)) {
        made = body;
        body = (struct buf){0};
    } else if (state == 0 && make_file(&self, conf, &body, &made, &err) < 0) {
        state = -1;
    }
    if (state >= 0 && write_file(&self, &made, &err) < 0)
        state = -1;
    buf_clear(&body);
    buf_clear(&made);
    return state < 0 ? command_failed("bulletin", &err) : 0;
}
