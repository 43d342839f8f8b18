#include "server/api/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Control and format characters: they cannot be seen, and some reorder what stands around them. */
static bool
is_forbidden(utf8proc_int32_t point, bool lines)
{
    if (point < 0x20)
        return !(lines && (point == '\n' || point == '\t'));
    if (point < 0x7F)
        return false;
    if (point < 0xA0)
        return true;
    return point == 0x061C ||
           (point >= 0x200B && point <= 0x200F && point != 0x200C && point != 0x200D) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) ||
           point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB) ||
           (point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE ||
           (point >= 0xE0000 && point <= 0xE0FFF);
}

/* Ranges whose characters are in NFC whatever stands beside them, as long as the neighbours are in
 * these ranges too. */
static bool
is_stable(utf8proc_int32_t point)
{
    return point < 0x300 || (point >= 0x4E00 && point <= 0x9FFF) ||
           (point >= 0x3400 && point <= 0x4DBF) || (point >= 0x3000 && point <= 0x3029) ||
           (point >= 0xFF01 && point <= 0xFFEE) || (point >= 0x2010 && point <= 0x2027) ||
           (point >= 0x2030 && point <= 0x205E);
}

struct scan {
    int points;
    bool is_stable;
    bool is_allowed;
};

static struct scan
scan_text(const char *text, size_t len, bool lines)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    const utf8proc_uint8_t *end = at + len;
    struct scan scan = {0, true, true};

    while (at < end) {
        utf8proc_int32_t point = *at;
        utf8proc_ssize_t used = 1;

        if (point >= 0x80)
            used = utf8proc_iterate(at, end - at, &point);
        if (used <= 0 || is_forbidden(point, lines)) {
            scan.is_allowed = false;
            return scan;
        }
        if (point >= 0x300 && !is_stable(point))
            scan.is_stable = false;
        scan.points++;
        at += used;
    }
    return scan;
}

/* The length of a space at text, 0 without: ASCII, no-break and ideographic; line feeds where lines
 * are allowed. */
static size_t
space_at(const char *text, size_t len, bool lines)
{
    if (len >= 1 && (*text == ' ' || (lines && (*text == '\n' || *text == '\t'))))
        return 1;
    if (len >= 2 && memcmp(text, "\xC2\xA0", 2) == 0)
        return 2;
    return len >= 3 && memcmp(text, "\xE3\x80\x80", 3) == 0 ? 3 : 0;
}

static void
trim(const char **text, size_t *len, bool lines)
{
    size_t space;

    while ((space = space_at(*text, *len, lines)) > 0) {
        *text += space;
        *len -= space;
    }
    while (*len > 0) {
        size_t back = 1;

        while (back < *len && ((unsigned char)(*text)[*len - back] & 0xC0U) == 0x80U)
            back++;
        if (space_at(*text + *len - back, back, lines) != back)
            return;
        *len -= back;
    }
}

static enum text_verdict
normalise(struct arena *arena, const char *text, size_t len, int max, const char **out)
{
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t made_len = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len,
        &made, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    enum text_verdict verdict = TEXT_CHARACTERS;

    if (made_len >= 0) {
        struct scan scan = scan_text((const char *)made, (size_t)made_len, true);

        verdict = scan.points > max ? TEXT_LENGTH : TEXT_OK;
        if (verdict == TEXT_OK)
            *out = arena_strndup(arena, (const char *)made, (size_t)made_len);
    }
    free(made);
    return verdict;
}

enum text_verdict
text_clean(struct arena *arena, const char *text, size_t len, int max, bool lines, const char **out)
{
    struct scan scan;

    trim(&text, &len, lines);
    if (len == 0)
        return TEXT_BLANK;
    scan = scan_text(text, len, lines);
    if (!scan.is_allowed)
        return TEXT_CHARACTERS;
    if (!scan.is_stable &&
        scan.points <= max * 4) /* composing takes marks away, never three of four for good text */
        return normalise(arena, text, len, max, out);
    if (scan.points > max)
        return TEXT_LENGTH;
    *out = arena_strndup(arena, text, len);
    return TEXT_OK;
}

static bool
counts_in_title(utf8proc_int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
        return false;
    default:
        return true;
    }
}

void
text_fold(struct buf *out, const char *text)
{
    utf8proc_uint8_t *folded = utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)text);
    const utf8proc_uint8_t *at = folded == NULL ? (const utf8proc_uint8_t *)text : folded;

    while (*at != '\0') {
        utf8proc_int32_t point;
        utf8proc_ssize_t used = utf8proc_iterate(at, -1, &point);

        if (used <= 0)
            break;
        if (counts_in_title(point))
            buf_add(out, at, (size_t)used);
        at += used;
    }
    free(folded);
}
