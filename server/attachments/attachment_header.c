#include "server/attachments/attachment_header.h"

#include <string.h>
#include <strings.h>

#include "common/base64.h"
#include "common/digest.h"

enum { SHA256_BASE64_BYTES = 44 };

static const char *
skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

static int
read_sha256(const char *value, uint8_t *sha256)
{
    struct buf bytes = {0};
    int result = -1;

    if (value[0] != ':' || strlen(value) < SHA256_BASE64_BYTES + 2 ||
        value[SHA256_BASE64_BYTES + 1] != ':' ||
        strchr("; \t,", value[SHA256_BASE64_BYTES + 2]) == NULL) /* or the end */
        return -1;
    if (base64_read(&bytes, value + 1, SHA256_BASE64_BYTES) == 0 && bytes.len == SHA256_BYTES) {
        memcpy(sha256, bytes.data, SHA256_BYTES);
        result = 1;
    }
    buf_clear(&bytes);
    return result;
}

int
attachment_digest_read(const char *content_digest, uint8_t *sha256)
{
    int found = 0;

    for (const char *at = skip_spaces(content_digest); *at != '\0';
         at = skip_spaces(at + (*at == ','))) {
        size_t len = strcspn(at, "=,");

        if (at[len] != '=' || len == 0)
            return -1;
        if (len == 7 && strncasecmp(at, "sha-256", 7) == 0) {
            found = read_sha256(at + len + 1, sha256);
            if (found < 0)
                return -1;
        }
        at += strcspn(at, ",");
    }
    return found;
}

const char *
attachment_digest_format(struct arena *arena, const uint8_t *sha256)
{
    struct buf text = {0};
    const char *copy;

    buf_puts(&text, "sha-256=:");
    base64_add(&text, sha256, SHA256_BYTES);
    buf_putc(&text, ':');
    copy = arena_strndup(arena, text.data, text.len);
    buf_clear(&text);
    return copy;
}

bool
attachment_tag_matches(const char *if_none_match, const char *tag)
{
    size_t tag_len = strlen(tag);

    if (if_none_match == NULL)
        return false;
    if (strcmp(if_none_match, "*") == 0)
        return true;
    for (const char *at = skip_spaces(if_none_match); *at != '\0'; at = skip_spaces(at)) {
        size_t len;

        if (strncmp(at, "W/", 2) == 0) /* compared weakly */
            at += 2;
        if (*at != '"')
            return false;
        len = strcspn(++at, "\"");
        if (at[len] == '"' && len == tag_len && memcmp(at, tag, len) == 0)
            return true;
        at += len;
        at = skip_spaces(at + (*at == '"'));
        if (*at++ != ',')
            return false;
    }
    return false;
}
