#include "server/papers/dossier.h"

#include <stdlib.h>
#include <string.h>

#define HISTORY_NAME "历史.json"
#define FOLDER "附件/"

static const char *
text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

/* "05-技术合同登记证明.pdf": in order, and no two alike. */
static const char *
paper_name(struct arena *arena, int number, const json_t *paper)
{
    const json_t *texts = json_object_get(paper, "texts");
    const char *event = text_of(paper, "event");
    const json_t *title = json_object_get(texts, arena_printf(arena, "title_%s", event));
    const json_t *year = json_object_get(paper, "year");

    if (title == NULL)
        title = json_object_get(texts, "title");
    if (json_is_integer(year))
        return arena_printf(arena, "%02d-%s-%lld.pdf", number, text_of(title, "text"),
            (long long)json_integer_value(year));
    return arena_printf(arena, "%02d-%s.pdf", number, text_of(title, "text"));
}

static void
add_attachments(struct dossier *dossier, struct arena *arena, const json_t *attachments)
{
    const json_t *attachment;
    size_t index;

    json_array_foreach(attachments, index, attachment)
    {
        struct dossier_entry *entry = &dossier->entries[dossier->count++];

        entry->name = arena_printf(arena, "%s%s", FOLDER, text_of(attachment, "name"));
        entry->attachment_id = json_integer_value(json_object_get(attachment, "id"));
        entry->bytes = json_integer_value(json_object_get(attachment, "bytes"));
        entry->pieces = json_integer_value(json_object_get(attachment, "pieces"));
        entry->blocks = json_integer_value(json_object_get(attachment, "blocks"));
    }
}

void
dossier_init(struct dossier *dossier, struct arena *arena, json_t *data)
{
    const json_t *papers = json_object_get(data, "papers");
    const json_t *attachments = json_object_get(data, "attachments");
    size_t most = json_array_size(papers) + 1 + json_array_size(attachments);
    const json_t *paper;
    size_t index;

    *dossier = (struct dossier){.data = data};
    dossier->entries = arena_zalloc(arena, most * sizeof(*dossier->entries));
    json_array_foreach(papers, index, paper)
    {
        dossier->entries[dossier->count++].name = paper_name(arena, (int)index + 1, paper);
    }
    dossier->paper_count = dossier->count;
    dossier->entries[dossier->count++].name = HISTORY_NAME;
    add_attachments(dossier, arena, attachments);
}

void
dossier_clear(struct dossier *dossier)
{
    for (int i = 0; i < dossier->count; i++)
        buf_clear(&dossier->entries[i].made);
    dossier->count = 0;
    json_decref(dossier->data);
    dossier->data = NULL;
}

json_t *
dossier_paper(const struct dossier *dossier, int i)
{
    return json_incref(json_array_get(json_object_get(dossier->data, "papers"), (size_t)i));
}

void
dossier_write_history(struct dossier *dossier, struct arena *arena)
{
    bool with_private = json_is_true(json_object_get(dossier->data, "shows_private"));
    json_t *history = json_object_get(dossier->data, "history");
    struct dossier_entry *entry = &dossier->entries[dossier->paper_count];
    json_t *release;
    size_t index;
    char *text;

    json_array_foreach(json_object_get(history, "releases"), index, release)
    {
        struct contract contract;
        json_t *filed;

        if (json_is_null(json_object_get(release, "filed")))
            continue;
        filed = json_pack("{s:O}", "filed", json_object_get(release, "filed"));
        json_object_set_new(
            release, "filed", document_form_read(arena, filed, with_private, &contract));
        json_decref(filed);
    }
    text = json_dumps(history, JSON_INDENT(2));
    buf_puts(&entry->made, text);
    free(text);
}

uint64_t
dossier_bytes(const struct dossier *dossier)
{
    uint64_t bytes = ZIP_END_BYTES;

    for (int i = 0; i < dossier->count; i++) {
        const struct dossier_entry *entry = &dossier->entries[i];
        uint64_t len = entry->attachment_id > 0 ? (uint64_t)entry->bytes : entry->made.len;
        uint64_t blocks = entry->attachment_id > 0 ? (uint64_t)entry->blocks
                                                   : (len + ZIP_BLOCK_MAX - 1) / ZIP_BLOCK_MAX;

        bytes += zip_out_entry_bytes(entry->name, len, blocks);
    }
    return bytes;
}
