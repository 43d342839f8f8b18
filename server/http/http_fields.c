#include "server/http/http_fields.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { KEY_MAX = 255, UNKNOWN_TEXT_BYTES = 120, TRACE_BYTES = 55, THOUSAND = 1000 };

/* ---- decoding ---- */

static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return (digit | 0x20) - 'a' + 10;
}

/* Length of the UTF-8 character at text (NUL-terminated), 0 when it is not one, or is a control
 * character. */
static size_t
character_len(const unsigned char *text)
{
    unsigned char first = text[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t point = first & (0x7fU >> (len == 1 ? 0 : len));

    if (len == 1)
        return first < 0x20 || first == 0x7f ? 0 : 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        point = (point << 6) | (text[i] & 0x3f);
    }
    if ((len == 3 && point < 0x800) || (len == 4 && (point < 0x10000 || point > 0x10ffff)))
        return 0;
    if ((point >= 0xd800 && point <= 0xdfff) || (point >= 0x80 && point < 0xa0))
        return 0;
    return len;
}

const char *
http_decode(struct arena *arena, const char *text, size_t len, bool plus_is_space)
{
    char *out = arena_alloc(arena, len + 1);
    size_t out_len = 0;
    size_t step;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && i + 2 < len && isxdigit((unsigned char)text[i + 1]) &&
            isxdigit((unsigned char)text[i + 2])) {
            out[out_len++] = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else if (text[i] == '%') {
            return NULL;
        } else {
            out[out_len++] = plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    out[out_len] = '\0';
    for (size_t i = 0; i < out_len; i += step) {
        step = character_len((const unsigned char *)out + i);
        if (step == 0)
            return NULL;
    }
    return out;
}

/* ---- the query ---- */

static bool
is_query_param(const struct method *method, const char *name)
{
    for (const struct method_param *param = method->params; param != NULL && param->name != NULL;
         param++)
        if (param->in == PARAM_IN_QUERY && strcmp(param->name, name) == 0)
            return true;
    return false;
}

static const struct call_arg *
arg_find(const struct call_arg *args, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(args[i].name, name) == 0)
            return &args[i];
    return NULL;
}

/* Names as they were sent (ASCII, see http_head.c), so that a cut never splits a character. */
static void
unknown_add(char *unknown, const char *name, size_t len)
{
    size_t at = strlen(unknown);

    if (len == 0)
        name = "(empty)";
    snprintf(unknown + at, UNKNOWN_TEXT_BYTES - at, "%s%.*s", at > 0 ? ", " : "",
        (int)(len == 0 || len > 40 ? 40 : len), name);
}

static void
refuse_param(struct fault_list *faults, const char *name, const char *rule, const char *zh,
    const char *en, struct err *err)
{
    if (faults->count == 0)
        err_rule_more(err, ERR_SYNTAX, rule, "%s", name);
    fault_add_param(faults, name, strlen(name), rule, zh, en);
}

/* One "name=value" of len bytes, whose name the method has. */
static void
read_param(struct arena *arena, struct call_arg arg, const char *value, size_t len,
    struct call_arg *args, int *count, struct fault_list *faults, struct err *err)
{
    arg.value = http_decode(arena, value, len, true);
    if (arg_find(args, *count, arg.name) != NULL)
        refuse_param(faults, arg.name, "query.duplicate", "重复出现", "stands more than once", err);
    else if (arg.value == NULL)
        refuse_param(faults, arg.name, "query.value", "不是百分号编码的UTF-8文本",
            "is not percent-encoded UTF-8 text", err);
    else if (*count == HTTP_ARGS_MAX)
        refuse_param(faults, arg.name, "query.value", "参数过多", "is one too many", err);
    else
        args[(*count)++] = arg;
}

int
http_query_read(struct arena *arena, const char *query, const struct method *method,
    struct call_arg *args, int *count, struct fault_list *faults, struct err *err)
{
    char unknown[UNKNOWN_TEXT_BYTES] = "";
    int before = faults->count;
    size_t len, name_len;
    struct call_arg arg = {0};

    for (; query != NULL && *query != '\0'; query += len + (query[len] == '&')) {
        len = strcspn(query, "&");
        if (len == 0)
            continue;
        name_len = strcspn(query, "=&");
        arg.name = http_decode(arena, query, name_len, true);
        if (arg.name == NULL || !is_query_param(method, arg.name)) {
            unknown_add(unknown, query, name_len);
            fault_add_param(faults, query, name_len, "query.unknown", "没有该参数",
                "there is no such parameter");
            continue;
        }
        name_len += name_len < len; /* the sign */
        read_param(arena, arg, query + name_len, len - name_len, args, count, faults, err);
    }
    if (unknown[0] != '\0')
        return err_rule_more(err, ERR_SYNTAX, "query.unknown", "%s", unknown);
    return faults->count > before ? -1 : 0;
}

/* ---- media types ---- */

static bool
is_element(const char *text, size_t len, const char *name)
{
    return strlen(name) == len && strncasecmp(text, name, len) == 0;
}

/* One `name=value` of a parameter list, spaces and quotes removed. Returns the rest of the list,
 * NULL at its end. */
static const char *
next_param(const char *list, struct call_arg *span, size_t *name_len, size_t *value_len)
{
    list += strspn(list, "; \t");
    if (*list == '\0' || *list == ',')
        return NULL;
    span->name = list;
    *name_len = strcspn(list, "=;, \t");
    list += *name_len;
    list += strspn(list, " \t");
    span->value = "";
    *value_len = 0;
    if (*list != '=')
        return list;
    list++;
    if (*list == '"') {
        span->value = ++list;
        *value_len = strcspn(list, "\"");
        return list + *value_len + (list[*value_len] == '"');
    }
    span->value = list;
    *value_len = strcspn(list, ";, \t");
    return list + *value_len;
}

bool
http_is_json(const char *content_type, const char *content_encoding)
{
    size_t len, name_len, value_len;
    struct call_arg param;

    if (content_encoding != NULL && *content_encoding != '\0' &&
        strcasecmp(content_encoding, "identity") != 0)
        return false;
    if (content_type == NULL)
        return false;
    len = strcspn(content_type, "; \t");
    if (!is_element(content_type, len, "application/json") || strchr(content_type, ',') != NULL)
        return false;
    for (content_type += len;;) {
        content_type += strspn(content_type, " \t");
        if (*content_type != ';')
            return *content_type == '\0';
        content_type = next_param(content_type, &param, &name_len, &value_len);
        if (content_type == NULL)
            return true;
        if (is_element(param.name, name_len, "charset") &&
            !is_element(param.value, value_len, "utf-8"))
            return false;
    }
}

/* "0.5" in thousandths; anything unreadable counts as 1, as if it had not been sent. */
static int
quality(const char *text, size_t len)
{
    int value = 0;
    int unit = THOUSAND;
    bool fraction = false;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' && !fraction) {
            fraction = true;
        } else if (text[i] >= '0' && text[i] <= '9' && (fraction || value == 0)) {
            if (fraction)
                unit /= 10;
            value += (text[i] - '0') * unit;
        } else {
            return THOUSAND;
        }
    }
    return len == 0 || value > THOUSAND ? THOUSAND : value;
}

/* How much one type is wanted: the most exact range that matches it decides. */
struct wish {
    const char *type;
    int exactness; /* 0: no range matches */
    int quality;
};

static void
wish_update(struct wish *wish, const char *range, size_t len, int value)
{
    size_t family = strcspn(wish->type, "/") + 1;
    int exactness = 0;

    if (is_element(range, len, wish->type))
        exactness = 3;
    else if (len == family + 1 && range[family] == '*' &&
             strncasecmp(range, wish->type, family) == 0)
        exactness = 2;
    else if (is_element(range, len, "*/*") || is_element(range, len, "*"))
        exactness = 1;
    if (exactness == 0 || exactness < wish->exactness)
        return;
    if (exactness > wish->exactness || value > wish->quality)
        wish->quality = value;
    wish->exactness = exactness;
}

/* What the header says of one type, and whether that type beats what was best so far. */
static void
wish_read(struct wish *wish, const char *accept)
{
    size_t len, name_len, value_len;
    const char *range, *next;
    struct call_arg param;
    int value;

    for (; *accept != '\0'; accept += strcspn(accept, ",")) {
        accept += strspn(accept, ", \t");
        range = accept;
        len = strcspn(accept, ";, \t");
        value = THOUSAND;
        accept += len;
        while ((next = next_param(accept, &param, &name_len, &value_len)) != NULL) {
            if (is_element(param.name, name_len, "q"))
                value = quality(param.value, value_len);
            accept = next;
        }
        wish_update(wish, range, len, value);
    }
}

bool
http_accepts(const char *accept, unsigned formats, enum reply_format *format)
{
    struct wish best = {0};

    if (formats == 0)
        formats = FORMAT(JSON);
    for (*format = FORMAT_JSON; !(formats & 1U << *format);)
        ++*format;
    if (accept == NULL || *accept == '\0')
        return true;
    for (int i = 0; i < FORMAT_COUNT; i++) {
        struct wish wish = {.type = format_type((enum reply_format)i)};

        if (!(formats & 1U << i))
            continue;
        wish_read(&wish, accept);
        if (wish.quality > best.quality ||
            (wish.quality == best.quality && wish.quality > 0 && wish.exactness > best.exactness)) {
            best = wish;
            *format = (enum reply_format)i;
        }
    }
    return best.quality > 0;
}

/* ---- credential, key, tag, trace ---- */

void
http_credential_read(struct arena *arena, const char *authorization, struct credential *out)
{
    const char *token;
    size_t len;

    if (authorization == NULL)
        return;
    out->malformed = true;
    if (strncasecmp(authorization, "Bearer ", 7) != 0)
        return;
    token = authorization + 7 + strspn(authorization + 7, " ");
    len = strspn(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/");
    if (len == 0 || token[len + strspn(token + len, "=")] != '\0')
        return;
    out->malformed = false;
    out->bearer = arena_strdup(arena, token);
}

const char *
http_key_read(struct arena *arena, const char *value, struct err *err)
{
    size_t len = strlen(value);

    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value++;
        len -= 2;
        if (memchr(value, '"', len) != NULL || memchr(value, '\\', len) != NULL)
            len = 0;
    }
    for (size_t i = 0; i < len; i++)
        if (value[i] <= ' ' || value[i] >= 0x7f)
            len = 0;
    if (len == 0 || len > KEY_MAX) {
        err_rule_more(err, ERR_SYNTAX, "request.key", "%d", KEY_MAX);
        return NULL;
    }
    return arena_strndup(arena, value, len);
}

const char *
http_match_read(struct arena *arena, const char *value, struct err *err)
{
    size_t len = strlen(value);
    size_t sign = len > 2 && value[1] == '-' ? 1 : 0;
    size_t digits = len > 2 ? strspn(value + 1 + sign, "0123456789") : 0;

    if (digits == 0 || digits > 18 || value[0] != '"' || len != digits + sign + 2 ||
        value[len - 1] != '"') {
        err_rule(err, ERR_SYNTAX, "request.match");
        return NULL;
    }
    return arena_strndup(arena, value + 1, len - 2);
}

const char *
http_trace_read(const char *value)
{
    static const char shape[] = "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";

    if (value == NULL || strlen(value) != TRACE_BYTES || strncmp(value, "ff", 2) == 0)
        return NULL;
    for (size_t i = 0; i < TRACE_BYTES; i++) {
        bool hex = isdigit((unsigned char)value[i]) || (value[i] >= 'a' && value[i] <= 'f');

        if (shape[i] == 'h' ? !hex : value[i] != '-')
            return NULL;
    }
    return value;
}
