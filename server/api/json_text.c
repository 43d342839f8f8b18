#include "server/api/json_text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"

struct reader {
    const unsigned char *start;
    const unsigned char *at;
    const unsigned char *end;
    int depth_left;
    bool is_too_deep;
    struct buf scratch; /* text of a string that has escapes, or of a number */
};

static json_t *read_value(struct reader *in);

static void
skip_space(struct reader *in)
{
    while (in->at < in->end &&
           (*in->at == ' ' || *in->at == '\n' || *in->at == '\r' || *in->at == '\t'))
        in->at++;
}

static bool
is_next(const struct reader *in, unsigned char byte)
{
    return in->at < in->end && *in->at == byte;
}

static bool
take(struct reader *in, unsigned char byte)
{
    if (!is_next(in, byte))
        return false;
    in->at++;
    return true;
}

static bool
is_tail(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Length of the character of several bytes at p, or 0: not UTF-8 (overlong, surrogate, past
 * U+10FFFF, cut off). */
static size_t
character_len(const unsigned char *p, const unsigned char *end)
{
    size_t left = (size_t)(end - p);

    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        return left >= 2 && is_tail(p[1]) ? 2 : 0;
    if ((p[0] & 0xf0) == 0xe0) {
        if (left < 3 || !is_tail(p[1]) || !is_tail(p[2]))
            return 0;
        return (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ? 0 : 3;
    }
    if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        if (left < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3]))
            return 0;
        return (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) ? 0 : 4;
    }
    return 0;
}

/* Go on to the next quote, escape or bad byte. */
static void
skip_plain(struct reader *in)
{
    while (in->at < in->end) {
        size_t len = 1;

        if (*in->at >= 0x80)
            len = character_len(in->at, in->end);
        else if (*in->at < 0x20 || *in->at == '"' || *in->at == '\\')
            return;
        if (len == 0)
            return;
        in->at += len;
    }
}

static int
read_hex4(struct reader *in)
{
    int code = 0;

    if (in->end - in->at < 4)
        return -1;
    for (int i = 0; i < 4; i++, in->at++) {
        unsigned char byte = *in->at;
        int digit = byte >= '0' && byte <= '9'   ? byte - '0'
                    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                 : -1;

        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

static void
add_character(struct buf *out, uint32_t code)
{
    if (code < 0x80) {
        buf_putc(out, (char)code);
    } else if (code < 0x800) {
        buf_putc(out, (char)(0xc0 | code >> 6));
        buf_putc(out, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        buf_putc(out, (char)(0xe0 | code >> 12));
        buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (code & 0x3f)));
    } else {
        buf_putc(out, (char)(0xf0 | code >> 18));
        buf_putc(out, (char)(0x80 | (code >> 12 & 0x3f)));
        buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (code & 0x3f)));
    }
}

/* Behind "\u". A zero byte would end the text in C; half a surrogate pair is no character. */
static bool
read_unicode_escape(struct reader *in)
{
    int high = read_hex4(in);
    int low;

    if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
        return false;
    if (high < 0xd800 || high > 0xdbff) {
        add_character(&in->scratch, (uint32_t)high);
        return true;
    }
    if (!take(in, '\\') || !take(in, 'u') || (low = read_hex4(in)) < 0xdc00 || low > 0xdfff)
        return false;
    add_character(
        &in->scratch, 0x10000 + ((uint32_t)(high - 0xd800) << 10 | (uint32_t)(low - 0xdc00)));
    return true;
}

static bool
read_escape(struct reader *in)
{
    static const char names[] = "\"\\/bfnrt";
    static const char bytes[] = "\"\\/\b\f\n\r\t";
    const char *found;

    if (in->at == in->end)
        return false;
    if (*in->at == 'u') {
        in->at++;
        return read_unicode_escape(in);
    }
    found = *in->at == '\0' ? NULL : strchr(names, *in->at);
    if (found == NULL)
        return false;
    in->at++;
    buf_putc(&in->scratch, bytes[found - names]);
    return true;
}

/* At the opening quote. *text is inside the input or inside scratch, until the next string. */
static bool
read_text(struct reader *in, const char **text, size_t *len)
{
    const unsigned char *from = ++in->at;

    skip_plain(in);
    if (is_next(in, '"')) {
        *text = (const char *)from;
        *len = (size_t)(in->at++ - from);
        return true;
    }
    in->scratch.len = 0;
    buf_add(&in->scratch, from, (size_t)(in->at - from));
    while (take(in, '\\')) {
        if (!read_escape(in))
            return false;
        from = in->at;
        skip_plain(in);
        buf_add(&in->scratch, from, (size_t)(in->at - from));
    }
    *text = in->scratch.data;
    *len = in->scratch.len;
    return take(in, '"');
}

static bool
skip_digits(struct reader *in)
{
    const unsigned char *from = in->at;

    while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
        in->at++;
    return in->at > from;
}

static json_t *
make_number(struct reader *in, bool is_real)
{
    char *end;
    double real;
    long long integer;

    errno = 0;
    if (is_real) {
        real = strtod(in->scratch.data, &end);
        return *end != '\0' || isinf(real) ? NULL : json_real(real);
    }
    integer = strtoll(in->scratch.data, &end, 10);
    return *end != '\0' || errno == ERANGE ? NULL : json_integer(integer);
}

static json_t *
read_number(struct reader *in)
{
    const unsigned char *from = in->at;
    bool is_real = false;

    take(in, '-');
    if (!take(in, '0') && !skip_digits(in))
        return NULL;
    if (take(in, '.')) {
        is_real = true;
        if (!skip_digits(in))
            return NULL;
    }
    if (is_next(in, 'e') || is_next(in, 'E')) {
        is_real = true;
        in->at++;
        if (!take(in, '+'))
            take(in, '-');
        if (!skip_digits(in))
            return NULL;
    }
    in->scratch.len = 0;
    buf_add(&in->scratch, from, (size_t)(in->at - from));
    return make_number(in, is_real);
}

static json_t *
read_word(struct reader *in, const char *word, json_t *value)
{
    size_t len = strlen(word);

    if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0)
        return NULL;
    in->at += len;
    return value;
}

/* One member; a name that is there already does not make the object grow. */
static bool
read_member(struct reader *in, json_t *object)
{
    size_t before = json_object_size(object);
    const char *text;
    size_t len;
    char *copy = NULL;
    json_t *value = NULL;
    bool stored;

    if (!is_next(in, '"') || !read_text(in, &text, &len))
        return false;
    if (text == in->scratch.data) /* the value uses scratch too */
        text = copy = xstrdup(text);
    skip_space(in);
    if (take(in, ':')) {
        skip_space(in);
        value = read_value(in);
    }
    stored = value != NULL && json_object_setn_new_nocheck(object, text, len, value) == 0;
    free(copy);
    return stored && json_object_size(object) > before;
}

static json_t *
read_object(struct reader *in)
{
    json_t *object = json_object();

    in->at++;
    skip_space(in);
    if (take(in, '}'))
        return object;
    do {
        skip_space(in);
        if (!read_member(in, object))
            goto fail;
        skip_space(in);
    } while (take(in, ','));
    if (take(in, '}'))
        return object;

fail:
    json_decref(object);
    return NULL;
}

static json_t *
read_array(struct reader *in)
{
    json_t *array = json_array();

    in->at++;
    skip_space(in);
    if (take(in, ']'))
        return array;
    do {
        skip_space(in);
        if (json_array_append_new(array, read_value(in)) < 0)
            goto fail;
        skip_space(in);
    } while (take(in, ','));
    if (take(in, ']'))
        return array;

fail:
    json_decref(array);
    return NULL;
}

static json_t *
read_nested(struct reader *in)
{
    json_t *value;

    if (in->depth_left == 0) {
        in->is_too_deep = true;
        return NULL;
    }
    in->depth_left--;
    value = *in->at == '{' ? read_object(in) : read_array(in);
    in->depth_left++;
    return value;
}

static json_t *
read_value(struct reader *in)
{
    const char *text;
    size_t len;

    if (in->at == in->end)
        return NULL;
    switch (*in->at) {
    case '{':
    case '[':
        return read_nested(in);
    case '"':
        return read_text(in, &text, &len) ? json_stringn_nocheck(text, len) : NULL;
    case 't':
        return read_word(in, "true", json_true());
    case 'f':
        return read_word(in, "false", json_false());
    case 'n':
        return read_word(in, "null", json_null());
    default:
        return read_number(in);
    }
}

json_t *
json_text_read(const char *text, size_t len, int depth_max, struct json_text_fault *fault)
{
    struct reader in = {.start = (const unsigned char *)text, .depth_left = depth_max};
    json_t *value = NULL;

    in.at = in.start;
    in.end = in.start + len;
    skip_space(&in);
    if (is_next(&in, '{') || is_next(&in, '['))
        value = read_value(&in);
    if (value != NULL)
        skip_space(&in);
    if (value != NULL && in.at < in.end) {
        json_decref(value);
        value = NULL;
    }
    buf_clear(&in.scratch);
    *fault =
        (struct json_text_fault){.at = (size_t)(in.at - in.start), .is_too_deep = in.is_too_deep};
    return value;
}
