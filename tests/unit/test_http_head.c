/* The strict check of a raw request head: what passes, what is refused with which status, and that
 * the answer does not depend on how the bytes arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "server/http/http_head.h"

#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"

/* len 0: strlen(text) */
struct head_case {
    enum err_code expected;
    const char *text;
    size_t len;
};

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct head_case good[] = {
    {ERR_NONE, GET HOST "\r\n", 0},
    {ERR_NONE, "\r\n" GET HOST "\r\n", 0},
    {ERR_NONE, "GET /a/b?c=d&e=%20+ HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NONE, "POST /v1/contracts HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0},
    {ERR_NONE, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NONE, "GET https://a/ HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NONE, "GET / HTTP/1.0\r\n\r\n", 0},
    {ERR_NONE, GET HOST "X-Empty:\r\n\r\n", 0},
    {ERR_NONE, GET HOST "X-Tab:\ta\tb\t\r\n\r\n", 0},
    {ERR_NONE, GET HOST "X-Text: \xe6\xb2\x82 \xff\r\n\r\n", 0},
    {ERR_NONE, GET HOST "!#$%&'*+-.^_`|~09azAZ: token\r\n\r\n", 0},
    {ERR_NONE, GET HOST "X: a: b: c\r\n\r\n", 0},
    {ERR_NONE, "PUT /~a-b_c.d!$&'()*+,;=:@ HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NONE, "DELETE / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NONE, "HEAD / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NONE, "PATCH / HTTP/1.1\r\n" HOST "\r\n", 0},
};

static const struct head_case bad[] = {
    /* the request line: its parts */
    {ERR_SYNTAX, "\r\n\r\n" GET HOST "\r\n", 0},
    {ERR_SYNTAX, "\n" GET HOST "\r\n", 0},
    {ERR_SYNTAX, " GET / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "\tGET / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET\r\n\r\n", 0},
    {ERR_SYNTAX, "GET \r\n\r\n", 0},
    {ERR_SYNTAX, "GET /\r\n\r\n", 0},
    {ERR_SYNTAX, "GET / \r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET  / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /  HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1.1 \r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / a HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /\tHTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "/ HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "HTTP/1.1 200 OK\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "G,ET / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET: / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "G\x01T / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "G\xc3\x89T / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, BYTES("\0GET / HTTP/1.1\r\n\r\n")},
    {ERR_SYNTAX, BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
    {ERR_SYNTAX, "{\"jsonrpc\": \"2.0\"}\r\n\r\n", 0},
    /* the method */
    {ERR_NOT_IMPLEMENTED, "get / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "Get / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "GETS / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "GE / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "TRACE / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "PROPFIND / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "SOURCE / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "QUERY / HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "M-SEARCH * HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_NOT_IMPLEMENTED, "BREW /pot HTTP/1.1\r\n" HOST "\r\n", 0},
    /* the version */
    {ERR_HTTP_VERSION, "GET / HTTP/0.9\r\n" HOST "\r\n", 0},
    {ERR_HTTP_VERSION, "GET / HTTP/1.2\r\n" HOST "\r\n", 0},
    {ERR_HTTP_VERSION, "GET / HTTP/1.9\r\n" HOST "\r\n", 0},
    {ERR_HTTP_VERSION, "GET / HTTP/2.0\r\n" HOST "\r\n", 0},
    {ERR_HTTP_VERSION, "GET / HTTP/3.1\r\n" HOST "\r\n", 0},
    {ERR_HTTP_VERSION, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/2\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1.\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1.10\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/01.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1,1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1.x\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/-1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP /1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / http/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTPS/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / ICE/1.0\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / RTSP/1.0\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1.255\r\n" HOST "\r\n", 0},
    /* the target */
    {ERR_SYNTAX, "GET index HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET * HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "OPTIONS ** HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET ?a=b HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /#part HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /a\"b HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /<script> HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /a\\b HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /a^b HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /a`b HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /{id} HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /a|b HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /?a[]=1 HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /% HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /%4 HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /%zz HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /?q=%u4e2d HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /\xe6\xb2\x82 HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /a\x7f HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET /a\x01 HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, BYTES("GET /a\0b HTTP/1.1\r\n\r\n")},
    {ERR_SYNTAX, "GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET https:// HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET file:///etc/passwd HTTP/1.1\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, "GET a:443 HTTP/1.1\r\n" HOST "\r\n", 0},
    /* ends of lines */
    {ERR_SYNTAX, "GET / HTTP/1.1\nHost: a\n\n", 0},
    {ERR_SYNTAX, GET "Host: a\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1.1\rHost: a\r\r", 0},
    {ERR_SYNTAX, GET "Host: a\rX: b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "\r\r\n", 0},
    {ERR_SYNTAX, GET HOST "\rX", 0},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, GET HOST "X: \rTransfer-Encoding: chunked\r\n\r\n", 0},
    {ERR_SYNTAX, "GET / HTTP/1.1\n" HOST "\r\n", 0},
    /* header lines */
    {ERR_SYNTAX, GET HOST "X-A : b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X-A\t: b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST " folded\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "\tfolded\r\n\r\n", 0},
    {ERR_SYNTAX, GET " Host: a\r\n\r\n", 0},
    {ERR_SYNTAX, GET "Content-Length:\r\n 5\r\n" HOST "\r\n", 0},
    {ERR_SYNTAX, GET HOST "Transfer-Encoding:\r\n chunked\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST " \r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST ": value\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST ":\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "no colon\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "nocolon\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X A: b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X(A): b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X\"A: b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X/A: b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X@A: b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X[A]: b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X\xc3\xa9: b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X-A: b\x01\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X-A: b\x0b\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X-A: b\x1f\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X-A: b\x7f\r\n\r\n", 0},
    {ERR_SYNTAX, GET HOST "X-A: \x1b[2J\r\n\r\n", 0},
    {ERR_SYNTAX, BYTES(GET HOST "X-A: a\0b\r\n\r\n")},
    {ERR_SYNTAX, BYTES(GET HOST "X\0A: b\r\n\r\n")},
    {ERR_SYNTAX, GET "GET / HTTP/1.1\r\n\r\n", 0},
};

/* Feeds step bytes at a time from a copy of exactly the right size, so that the sanitizer sees a
 * read past the end. */
static int
check(const char *text, size_t len, size_t step, size_t *head_len, enum err_code *code)
{
    struct http_head head = {0};
    struct err err = {0};
    int done = 0;

    for (size_t fed = step < len ? step : len;; fed = fed + step < len ? fed + step : len) {
        char *copy = malloc(fed);

        assert_non_null(copy);
        memcpy(copy, text, fed);
        done = http_head_check(&head, copy, fed, &err);
        free(copy);
        if (done != 0 || fed == len)
            break;
    }
    *head_len = head.len;
    *code = done < 0 ? err.code : ERR_NONE;
    if (done < 0)
        assert_non_null(err.rule);
    return done;
}

static size_t
case_len(const struct head_case *one)
{
    return one->len > 0 ? one->len : strlen(one->text);
}

static void
test_good_heads_pass_however_they_arrive(void **state)
{
    enum err_code code;
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        for (size_t step = 1; step <= 64; step = step * 4) {
            if (check(good[i].text, case_len(&good[i]), step, &len, &code) != 1)
                fail_msg("refused (%d): %s", (int)code, good[i].text);
            assert_int_equal(len, case_len(&good[i]));
        }
    }
}

static void
test_bad_heads_are_refused_however_they_arrive(void **state)
{
    static const size_t steps[] = {1, 3, 17, 100000};
    enum err_code code;
    size_t len;

    (void)state;
    assert_true(sizeof(bad) / sizeof(bad[0]) >= 100);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (size_t s = 0; s < 4; s++) {
            if (check(bad[i].text, case_len(&bad[i]), steps[s], &len, &code) != -1)
                fail_msg("not refused in steps of %zu: %s", steps[s], bad[i].text);
            if (code != bad[i].expected)
                fail_msg("code %d, expected %d: %s", (int)code, (int)bad[i].expected, bad[i].text);
        }
    }
}

static void
test_every_cut_of_a_good_head_waits_for_more(void **state)
{
    static const char text[] = "\r\n" GET HOST "Accept: */*\r\n\r\n";
    enum err_code code;
    size_t len;

    (void)state;
    for (size_t cut = 0; cut < sizeof(text) - 1; cut++)
        assert_int_equal(check(text, cut, 1, &len, &code), 0);
}

static void
test_what_follows_the_head_is_not_looked_at(void **state)
{
    static const char text[] = GET HOST "\r\n\x01\x02 not HTTP \n";
    enum err_code code;
    size_t len;

    (void)state;
    assert_int_equal(check(text, sizeof(text) - 1, sizeof(text) - 1, &len, &code), 1);
    assert_int_equal(len, strlen(GET HOST "\r\n"));
}

static void
add_many(struct buf *out, char byte, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_putc(out, byte);
}

static enum err_code
code_of(struct buf *text)
{
    enum err_code code;
    size_t len;

    check(text->data, text->len, text->len, &len, &code);
    buf_clear(text);
    return code;
}

static void
test_limits_of_target_head_and_fields(void **state)
{
    struct buf text = {0};
    enum err_code code;
    size_t len;

    (void)state;
    buf_puts(&text, "GET /");
    add_many(&text, 'a', HTTP_TARGET_MAX - 1);
    buf_puts(&text, " HTTP/1.1\r\n\r\n");
    assert_int_equal(code_of(&text), ERR_NONE);

    buf_puts(&text, "GET /");
    add_many(&text, 'a', HTTP_TARGET_MAX);
    buf_puts(&text, " HTTP/1.1\r\n\r\n");
    assert_int_equal(code_of(&text), ERR_URI_TOO_LONG);

    buf_puts(&text, "GET /"); /* no end of the line is needed for the verdict */
    add_many(&text, 'a', 9000);
    assert_int_equal(code_of(&text), ERR_URI_TOO_LONG);

    buf_puts(&text, GET "X: ");
    add_many(&text, 'a', HTTP_HEAD_MAX - strlen(GET "X: \r\n\r\n"));
    buf_puts(&text, "\r\n\r\n");
    assert_int_equal(text.len, HTTP_HEAD_MAX);
    assert_int_equal(check(text.data, text.len, 1000, &len, &code), 1);
    assert_int_equal(code_of(&text), ERR_NONE);

    buf_puts(&text, GET "X: ");
    add_many(&text, 'a', HTTP_HEAD_MAX);
    assert_int_equal(code_of(&text), ERR_HEAD_TOO_LARGE);

    buf_puts(&text, GET);
    for (int i = 0; i <= HTTP_FIELDS_MAX; i++)
        buf_puts(&text, "A:b\r\n");
    assert_int_equal(code_of(&text), ERR_HEAD_TOO_LARGE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_heads_pass_however_they_arrive),
        cmocka_unit_test(test_bad_heads_are_refused_however_they_arrive),
        cmocka_unit_test(test_every_cut_of_a_good_head_waits_for_more),
        cmocka_unit_test(test_what_follows_the_head_is_not_looked_at),
        cmocka_unit_test(test_limits_of_target_head_and_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
