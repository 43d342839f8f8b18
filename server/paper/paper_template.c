#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "common/mem.h"
#include "server/paper/paper_office.h"
#include "server/paper/paper_pdf.h"

/* The bureau's own document: every part is taken over as it is, but for the texts of document,
 * headers and footers. {{key}} is the paragraph of that key, or title, subtitle, document_number,
 * signer, issued_on; {{table:key}} alone in a paragraph is the table. What this bulletin does not
 * have is left empty. Word may break a placeholder into runs, so a paragraph is looked at as a
 * whole, and its text then stands in its first run. */

enum { WHY_BYTES = 200, DOCUMENT_BYTES_MAX = 32 * 1024 * 1024, KEY_BYTES = 64 };

#define TEXT_END "</w:t>"
#define PARAGRAPH_END "</w:p>"

/* ---- placeholders ---- */

static const char *
value_of(const json_t *model, const char *key)
{
    const json_t *block = docx_keyed(model, "paragraph", key);
    const char *text;

    if (block != NULL)
        return paper_text(block, "text");
    text = paper_text(model, key);
    return *text != '\0' ? text : paper_text(json_object_get(model, "issue"), key);
}

/* text is XML already; so is what is put into it. */
static void
fill_text(struct buf *out, const json_t *model, const char *text)
{
    for (;;) {
        const char *open = strstr(text, "{{");
        const char *close = open == NULL ? NULL : strstr(open, "}}");
        char key[KEY_BYTES] = "";

        if (close == NULL)
            break;
        buf_add(out, text, (size_t)(open - text));
        if ((size_t)(close - open) - 2 < sizeof(key))
            memcpy(key, open + 2, (size_t)(close - open) - 2);
        office_text(out, value_of(model, key));
        text = close + 2;
    }
    buf_puts(out, text);
}

/* ---- paragraphs ---- */

/* The next text of a run: its characters from *from to *to. False: there is none before end. */
static bool
next_text(const char *at, const char *end, const char **from, const char **to)
{
    while ((at = strstr(at, "<w:t")) != NULL && at < end) {
        const char *tag = strchr(at, '>');

        if (tag == NULL || tag >= end)
            return false;
        if ((at[4] == '>' || at[4] == ' ') && tag[-1] != '/') {
            *from = tag + 1;
            *to = strstr(*from, TEXT_END);
            return *to != NULL && *to < end;
        }
        at = tag;
    }
    return false;
}

static void
read_texts(struct buf *text, const char *at, const char *end)
{
    const char *from;
    const char *to;

    buf_puts(text, "");
    while (next_text(at, end, &from, &to)) {
        buf_add(text, from, (size_t)(to - from));
        at = to;
    }
}

/* The whole filled text goes into the first run, the others become empty. */
static void
put_filled(struct buf *out, const json_t *model, const char *text, const char *at, const char *end)
{
    const char *from;
    const char *to;
    bool is_first = true;

    while (next_text(at, end, &from, &to)) {
        buf_add(out, at, (size_t)(from - at));
        if (is_first)
            fill_text(out, model, text);
        is_first = false;
        at = to;
    }
    buf_add(out, at, (size_t)(end - at));
}

static void
fill_paragraph(struct buf *out, const json_t *model, const char *at, const char *end)
{
    struct buf text = {0};
    char key[KEY_BYTES];
    int len = 0;

    read_texts(&text, at, end);
    if (strstr(text.data, "{{") == NULL) {
        buf_add(out, at, (size_t)(end - at));
    } else if (sscanf(text.data, " {{table:%63[a-z0-9_]}} %n", key, &len) == 1 && len > 0 &&
               text.data[len] == '\0') {
        const json_t *table = docx_keyed(model, "table", key);

        if (table != NULL)
            docx_block(out, table);
        else
            buf_puts(out, "<w:p/>");
    } else {
        put_filled(out, model, text.data, at, end);
    }
    buf_clear(&text);
}

/* The last paragraph that begins before end: the innermost, where a frame holds paragraphs. */
static const char *
paragraph_begin(const char *at, const char *end)
{
    const char *found = NULL;

    while ((at = strstr(at, "<w:p")) != NULL && at < end) {
        if (at[4] == '>' || at[4] == ' ')
            found = at;
        at += 4;
    }
    return found;
}

static void
fill_part(struct buf *out, const json_t *model, const char *xml)
{
    const char *end;

    while ((end = strstr(xml, PARAGRAPH_END)) != NULL) {
        const char *begin = paragraph_begin(xml, end);

        end += strlen(PARAGRAPH_END);
        if (begin == NULL) {
            buf_add(out, xml, (size_t)(end - xml));
        } else {
            buf_add(out, xml, (size_t)(begin - xml));
            fill_paragraph(out, model, begin, end);
        }
        xml = end;
    }
    buf_puts(out, xml);
}

/* ---- the archive ---- */

static bool
has_texts(const char *name)
{
    return strcmp(name, "word/document.xml") == 0 || strncmp(name, "word/header", 11) == 0 ||
           strncmp(name, "word/footer", 11) == 0;
}

/* NULL, or the bytes of a part with a NUL behind them; the caller frees them. */
static char *
read_part(zip_t *zip, zip_uint64_t index, size_t *len)
{
    zip_stat_t stat;
    zip_file_t *file;
    char *data;

    if (zip_stat_index(zip, index, 0, &stat) < 0 || stat.size > DOCUMENT_BYTES_MAX)
        return NULL;
    file = zip_fopen_index(zip, index, 0);
    if (file == NULL)
        return NULL;
    *len = (size_t)stat.size;
    data = xmalloc(*len + 1);
    data[*len] = '\0';
    if (zip_fread(file, data, *len) != (zip_int64_t)*len) {
        free(data);
        data = NULL;
    }
    zip_fclose(file);
    return data;
}

static int
take_parts(zip_t *zip, struct office *office, const json_t *model)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);

    if (count < 1 || count > OFFICE_PARTS_MAX)
        return -1;
    for (zip_int64_t i = 0; i < count; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        struct buf filled = {0};
        size_t len;
        char *data = read_part(zip, (zip_uint64_t)i, &len);

        if (data == NULL || name == NULL || office->out->len > DOCUMENT_BYTES_MAX) {
            free(data);
            return -1;
        }
        if (has_texts(name)) {
            fill_part(&filled, model, data);
            office_part(office, name, filled.data, filled.len);
        } else {
            office_part(office, name, data, len);
        }
        buf_clear(&filled);
        free(data);
    }
    return 0;
}

int
docx_fill(const json_t *model, const char *file, struct buf *out, char *why)
{
    zip_t *zip = zip_open(file, ZIP_RDONLY, NULL);
    struct office office;
    int result = -1;

    office_begin(&office, out, model);
    if (zip != NULL)
        result = take_parts(zip, &office, model);
    if (result < 0)
        snprintf(why, WHY_BYTES, "the template of bulletins cannot be read");
    else
        office_end(&office); /* names of parts are the archive's */
    if (zip != NULL)
        zip_discard(zip);
    return result;
}
