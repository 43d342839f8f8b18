#include "server/http/http_head.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { VERB_MAX = 32, IS_TOKEN = 1, IS_TARGET = 2 };

/* RFC 9110 tchar, and the characters of RFC 3986 that may stand in path and query ('%' is checked
 * apart). */
static uint8_t
class_of(unsigned char byte)
{
    bool alnum = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                 (byte >= 'a' && byte <= 'z');
    uint8_t class = 0;

    if (byte == '\0')
        return 0;
    if (alnum || strchr("!#$%&'*+-.^_`|~", byte) != NULL)
        class |= IS_TOKEN;
    if (alnum || strchr("-._~!$&'()*+,;=:@/?%", byte) != NULL)
        class |= IS_TARGET;
    return class;
}

static bool
all_of(const char *text, size_t len, uint8_t class)
{
    static uint8_t classes[256];

    if (classes['A'] == 0)
        for (int i = 0; i < 256; i++)
            classes[i] = class_of((unsigned char)i);
    for (size_t i = 0; i < len; i++)
        if ((classes[(unsigned char)text[i]] & class) == 0)
            return false;
    return true;
}

static bool
is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'F') ||
           (byte >= 'a' && byte <= 'f');
}

static int
check_target(const char *target, size_t len, bool is_options, struct err *err)
{
    if (len > HTTP_TARGET_MAX)
        return err_rule_more(err, ERR_URI_TOO_LONG, "http.target_length", "%d", HTTP_TARGET_MAX);
    if (!all_of(target, len, IS_TARGET))
        return err_rule(err, ERR_SYNTAX, "http.target");
    for (size_t i = 0; i < len; i++)
        if (target[i] == '%' && (i + 2 >= len || !is_hex(target[i + 1]) || !is_hex(target[i + 2])))
            return err_rule(err, ERR_SYNTAX, "http.target_percent");
    if (target[0] == '/' || (is_options && len == 1 && target[0] == '*'))
        return 0;
    if ((len > 8 && strncasecmp(target, "https://", 8) == 0) ||
        (len > 7 && strncasecmp(target, "http://", 7) == 0))
        return 0; /* http_parse.c compares its authority with Host */
    return err_rule(err, ERR_SYNTAX, "http.target_slash");
}

static int
check_version(const char *version, size_t len, struct err *err)
{
    if (len != 8 || memcmp(version, "HTTP/", 5) != 0 || version[5] < '0' || version[5] > '9' ||
        version[6] != '.' || version[7] < '0' || version[7] > '9')
        return err_rule(err, ERR_SYNTAX, "http.request_line");
    if (version[5] != '1' || version[7] > '1')
        return err_rule(err, ERR_HTTP_VERSION, "http.version");
    return 0;
}

static bool
is_known_verb(const char *verb, size_t len)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strlen(known[i]) == len && memcmp(known[i], verb, len) == 0)
            return true;
    return false;
}

static int
check_request_line(const char *line, size_t len, struct err *err)
{
    const char *space = memchr(line, ' ', len);
    const char *target, *version;
    size_t verb_len, target_len;

    verb_len = space != NULL ? (size_t)(space - line) : len;
    if (space == NULL || verb_len == 0 || verb_len > VERB_MAX || !all_of(line, verb_len, IS_TOKEN))
        return err_rule(err, ERR_SYNTAX, "http.request_line");
    target = space + 1;
    space = memchr(target, ' ', len - verb_len - 1);
    if (space == NULL || space == target)
        return err_rule(err, ERR_SYNTAX, "http.request_line");
    target_len = (size_t)(space - target);
    version = space + 1;
    if (check_version(version, (size_t)(line + len - version), err) < 0)
        return -1;
    if (!is_known_verb(line, verb_len))
        return err_rule(err, ERR_NOT_IMPLEMENTED, "http.verb");
    return check_target(target, target_len, verb_len == 7 && memcmp(line, "OPTIONS", 7) == 0, err);
}

static int
check_field(const char *line, size_t len, struct err *err)
{
    const char *colon = memchr(line, ':', len);

    if (line[0] == ' ' || line[0] == '\t')
        return err_rule(err, ERR_SYNTAX, "http.field_folded");
    if (colon == NULL || colon == line || !all_of(line, (size_t)(colon - line), IS_TOKEN))
        return err_rule(err, ERR_SYNTAX, "http.field");
    return 0;
}

/* A line without its CRLF. 1: that was the empty line at the end. */
static int
check_line(struct http_head *head, const char *line, size_t len, struct err *err)
{
    if (len == 0 && head->in_fields)
        return 1;
    if (len == 0 &&
        head->line == 0) { /* RFC 9112 2.2: one empty line before a request is passed over */
        head->start = 2;
        return 0;
    }
    if (!head->in_fields) {
        head->in_fields = true;
        return check_request_line(line, len, err);
    }
    if (++head->fields > HTTP_FIELDS_MAX)
        return err_rule_more(err, ERR_HEAD_TOO_LARGE, "http.fields", "%d", HTTP_FIELDS_MAX);
    return check_field(line, len, err);
}

static int
check_byte(const struct http_head *head, unsigned char byte, struct err *err)
{
    if (byte == '\n')
        return err_rule(err, ERR_SYNTAX, "http.line_end");
    if (byte == 0x7f || (byte < 0x20 && !(byte == '\t' && head->in_fields)))
        return err_rule(err, ERR_SYNTAX, "http.control");
    if (byte >= 0x80 && !head->in_fields)
        return err_rule(err, ERR_SYNTAX, "http.target");
    if (head->at == head->line && head->in_fields && (byte == ' ' || byte == '\t'))
        return err_rule(err, ERR_SYNTAX, "http.field_folded");
    if (!head->in_fields && head->at - head->line > HTTP_TARGET_MAX + VERB_MAX + 16)
        return err_rule_more(err, ERR_URI_TOO_LONG, "http.target_length", "%d", HTTP_TARGET_MAX);
    return 0;
}

int
http_head_check(struct http_head *head, const char *data, size_t len, struct err *err)
{
    int done;

    for (; head->at < len; head->at++) {
        if (head->at - head->start >= HTTP_HEAD_MAX)
            return err_rule_more(err, ERR_HEAD_TOO_LARGE, "http.head_length", "%d", HTTP_HEAD_MAX);
        if (head->after_cr) {
            if (data[head->at] != '\n')
                return err_rule(err, ERR_SYNTAX, "http.line_end");
            done = check_line(head, data + head->line, head->at - 1 - head->line, err);
            head->after_cr = false;
            head->line = head->at + 1;
            if (done != 0) {
                head->len = ++head->at;
                return done;
            }
        } else if (data[head->at] == '\r') {
            head->after_cr = true;
        } else if (check_byte(head, (unsigned char)data[head->at], err) < 0) {
            return -1;
        }
    }
    return 0;
}
