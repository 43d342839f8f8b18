/* Any bytes as a file, as its name and as the headers around it: verdicts that do not depend on how
 * the bytes are cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/digest.h"
#include "common/mem.h"
#include "server/attachments/attachment_header.h"
#include "server/attachments/attachment_name.h"
#include "server/attachments/attachment_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
look(const uint8_t *data, size_t size, size_t step)
{
    struct attachment_look look = {0};

    for (size_t at = 0; at < size; at += step) {
        size_t len = size - at < step ? size - at : step;
        char *piece = xmalloc(len); /* exact: a read past the end is seen */

        memcpy(piece, data + at, len);
        attachment_look_add(&look, piece, len);
        free(piece);
    }
    return attachment_look_type(&look);
}

static void
read_texts(const char *text)
{
    struct arena *arena = arena_new();
    uint8_t sha256[SHA256_BYTES];
    const char *name = attachment_name_read(arena, text);
    const char *again;

    if (name != NULL) {
        again = attachment_name_read(arena, name);
        if (again == NULL || strcmp(again, name) != 0 || strchr(name, '/') != NULL)
            abort();
        if (strpbrk(attachment_disposition(arena, name), "\r\n") != NULL)
            abort();
        attachment_extension_fits(name, "application/pdf");
    }
    attachment_media_type(arena, text);
    attachment_digest_read(text, sha256);
    attachment_tag_matches(text, "a");
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xmalloc(size + 1);

    if (strcmp(look(data, size, size + 1), look(data, size, size % 7 + 1)) != 0)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    read_texts(text);
    free(text);
    return 0;
}
