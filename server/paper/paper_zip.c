#include "server/paper/paper_zip.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <zip.h>

enum { WHY_BYTES = 200 };

static int
add_entry(zip_t *zip, const json_t *entry, const struct job_frame *job, time_t at, char *why)
{
    const char *name = json_string_value(json_object_get(entry, "name"));
    const json_t *part = json_object_get(entry, "part");
    json_int_t number = json_integer_value(part);
    zip_source_t *source;
    zip_int64_t index;

    if (name == NULL || !json_is_integer(part) || number < 0 || number >= job->part_count) {
        snprintf(why, WHY_BYTES, "entries: a name and the number of a part are needed");
        return -1;
    }
    source = zip_source_buffer(zip, job->parts[number].data, job->parts[number].len, 0);
    index = source == NULL ? -1 : zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        snprintf(why, WHY_BYTES, "entries: %s", zip_strerror(zip));
        return -1;
    }
    if (json_is_true(json_object_get(entry, "stored")))
        zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0);
    zip_file_set_mtime(zip, (zip_uint64_t)index, at, 0);
    return 0;
}

static int
add_entries(zip_t *zip, const json_t *model, const struct job_frame *job, char *why)
{
    time_t at = (time_t)json_integer_value(json_object_get(model, "at"));
    const json_t *entry;
    size_t index;

    json_array_foreach(json_object_get(model, "entries"), index, entry)
    {
        if (add_entry(zip, entry, job, at, why) < 0)
            return -1;
    }
    return 0;
}

static int
read_back(zip_source_t *archive, struct buf *out)
{
    zip_int64_t got = -1;
    char piece[65536];

    if (zip_source_open(archive) < 0)
        return -1;
    while ((got = zip_source_read(archive, piece, sizeof(piece))) > 0)
        buf_add(out, piece, (size_t)got);
    zip_source_close(archive);
    return got < 0 ? -1 : 0;
}

int
paper_zip_make(const json_t *model, const struct job_frame *job, struct buf *out, char *why)
{
    zip_error_t error;
    zip_source_t *archive;
    zip_t *zip = NULL;
    int result = -1;

    zip_error_init(&error);
    archive = zip_source_buffer_create(NULL, 0, 0, &error);
    if (archive != NULL)
        zip = zip_open_from_source(archive, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (zip == NULL) {
        snprintf(why, WHY_BYTES, "%s", zip_error_strerror(&error));
        goto done;
    }
    zip_source_keep(archive);
    if (add_entries(zip, model, job, why) < 0) {
        zip_discard(zip);
    } else if (zip_close(zip) < 0) {
        snprintf(why, WHY_BYTES, "%s", zip_strerror(zip));
        zip_discard(zip);
    } else if (read_back(archive, out) < 0) {
        snprintf(why, WHY_BYTES, "the archive cannot be read back");
    } else {
        result = 0;
    }

done:
    if (archive != NULL)
        zip_source_free(archive);
    zip_error_fini(&error);
    return result;
}
