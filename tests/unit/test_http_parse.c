/* One message through head check, llhttp and our own rules: framing, Host, headers that may stand
 * once, trailers, pipelining. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/http/http_head.h"
#include "server/http/http_parse.h"

#define HOST "Host: a\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

struct message_case {
    enum err_code expected; /* ERR_NONE with body NULL: not complete */
    const char *text;
    const char *body;
};

static const struct message_case cases[] = {
    /* bodies */
    {ERR_NONE, "GET / HTTP/1.1\r\n" HOST "\r\n", ""},
    {ERR_NONE, POST "\r\n", ""},
    {ERR_NONE, POST "Content-Length: 0\r\n\r\n", ""},
    {ERR_NONE, POST "Content-Length: 5\r\n\r\nhello", "hello"},
    {ERR_NONE, POST "Content-Length: 0005\r\n\r\nhello", "hello"},
    {ERR_NONE, POST "content-length:5\r\n\r\nhello", "hello"},
    {ERR_NONE, POST "Content-Length: 5\r\n\r\nhell", NULL},
    {ERR_NONE, "GET / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", "ab"},
    {ERR_NONE, "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", "ab"},
    {ERR_NONE, CHUNKED "5\r\nhello\r\n0\r\n\r\n", "hello"},
    {ERR_NONE, CHUNKED "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"},
    {ERR_NONE, CHUNKED "0\r\n\r\n", ""},
    {ERR_NONE, CHUNKED "00\r\n\r\n", ""},
    {ERR_NONE, CHUNKED "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
    {ERR_NONE, CHUNKED "a;name=value\r\n0123456789\r\n0;last\r\n\r\n", "0123456789"},
    {ERR_NONE, CHUNKED "5\r\nhello\r\n0\r\n", NULL},
    {ERR_NONE, CHUNKED "5\r\nhello\r\n", NULL},
    {ERR_NONE, POST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", ""},
    {ERR_NONE, POST "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nab", "ab"},
    {ERR_NONE, "GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", ""},
    {ERR_NONE, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", ""},
    {ERR_NONE, "GET https://a/ HTTP/1.1\r\n" HOST "\r\n", ""},
    {ERR_NONE, "GET https://A/ HTTP/1.1\r\n" HOST "\r\n", ""},
    /* Content-Length */
    {ERR_SYNTAX, POST "Content-Length: +5\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: -5\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 0x5\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 5 5\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 5, 5\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 5,6\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: five\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 5.0\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 5;\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: \"5\"\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length:\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: \r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 5\r\ncontent-length:\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Content-Length: 99999999999999999999999\r\n\r\n", NULL},
    {ERR_TOO_LARGE, POST "Content-Length: 1048577\r\n\r\n", NULL},
    {ERR_TOO_LARGE, POST "Content-Length: 9223372036854775807\r\n\r\n", NULL},
    {ERR_NONE, POST "Content-Length: 1048576\r\n\r\n", NULL},
    /* Transfer-Encoding */
    {ERR_SYNTAX, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: identity\r\n\r\nhello", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        NULL},
    {ERR_SYNTAX, POST "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        NULL},
    {ERR_SYNTAX, "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", NULL},
    /* chunks */
    {ERR_SYNTAX, CHUNKED "5\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5 \r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED " 5\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\t\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "+5\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "-5\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5h\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "g\r\n", NULL},
    {ERR_SYNTAX, CHUNKED ";a\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "\r\n5\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\r\nhelloX\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\r\nhello0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\r\nhello\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\r\nhello\r0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\r\nhello\r\n\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\r\nhello\r\n0\r\n\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\r\nhello\r\n0\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5\r\nhello\r\n0\r\n\rX", NULL},
    {ERR_SYNTAX, CHUNKED "5;a\nb\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5;a\rb\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "5;\x01\r\nhello\r\n0\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "fffffffffffffffff\r\nhello", NULL},
    {ERR_SYNTAX, CHUNKED "10000000000000005\r\nhello", NULL},
    /* trailers */
    {ERR_SYNTAX, CHUNKED "5\r\nhello\r\n0\r\nX: y\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "0\r\nContent-Length: 5\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "0\r\nHost: b\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "0\r\n: y\r\n\r\n", NULL},
    {ERR_SYNTAX, CHUNKED "0\r\n folded\r\n\r\n", NULL},
    /* Host */
    {ERR_SYNTAX, "GET / HTTP/1.1\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost:\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a\r\nhost:\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: https://a\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a:-1\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: [::g]\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: []\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.1\r\nHost: \xe6\xb2\x82\r\n\r\n", NULL},
    {ERR_SYNTAX, "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", NULL},
    {ERR_NONE, "GET / HTTP/1.0\r\n\r\n", ""},
    {ERR_NONE, "GET / HTTP/1.1\r\nHost: a:8443\r\n\r\n", ""},
    {ERR_NONE, "GET / HTTP/1.1\r\nHost: 127.0.0.1:8443\r\n\r\n", ""},
    {ERR_NONE, "GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", ""},
    {ERR_NONE, "GET / HTTP/1.1\r\nhost:  a.b-c_d.example \t\r\n\r\n", ""},
    {ERR_SYNTAX, "GET https://b/ HTTP/1.1\r\n" HOST "\r\n", NULL},
    {ERR_SYNTAX, "GET https://a:1/ HTTP/1.1\r\n" HOST "\r\n", NULL},
    {ERR_SYNTAX, "GET https://user@a/ HTTP/1.1\r\n" HOST "\r\n", NULL},
    /* headers that may stand once */
    {ERR_SYNTAX, POST "Authorization: Bearer a\r\nAuthorization: Bearer a\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Content-Type: application/json\r\nContent-Type: text/csv\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Idempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "If-Match: \"1\"\r\nIf-Match: \"2\"\r\n\r\n", NULL},
    {ERR_SYNTAX, POST "Idempotency-Key:\r\nIdempotency-Key: a\r\n\r\n", NULL},
    {ERR_NONE, POST "Accept: a/b\r\nAccept: c/d\r\nCookie: a\r\nCookie: b\r\n\r\n", ""},
    /* Expect */
    {ERR_EXPECTATION, POST "Expect: 200-ok\r\n\r\n", NULL},
    {ERR_EXPECTATION, POST "Expect:\r\n\r\n", NULL},
    {ERR_EXPECTATION, POST "Expect: 100-continue, x\r\n\r\n", NULL},
    {ERR_NONE, POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n1", "1"},
    {ERR_NONE, "POST / HTTP/1.0\r\nExpect: x\r\n\r\n", ""},
};

struct fed {
    struct http_req *req;
    struct err err;
    size_t used; /* of everything */
    int done;
};

static void
feed(struct fed *fed, const char *text, size_t len, size_t step)
{
    struct http_head head = {0};
    size_t used, more;

    *fed = (struct fed){.req = http_req_new()};
    fed->done = http_head_check(&head, text, len, &fed->err);
    if (fed->done <= 0)
        return;
    fed->done = http_req_head(fed->req, text + head.start, head.len - head.start, &fed->err);
    if (fed->done == 0)
        fed->done = http_req_bound(fed->req, &fed->err);
    fed->used = head.len;
    while (fed->done == 0) {
        more = len - fed->used < step ? len - fed->used : step;
        char *copy = malloc(more + 1); /* exact: a read past the end is seen by the sanitizer */

        assert_non_null(copy);
        memcpy(copy, text + fed->used, more);
        fed->done = http_req_body(fed->req, copy, more, &used, &fed->err);
        free(copy);
        fed->used += used;
        if (more == 0)
            break;
    }
}

static void
check_case(const struct message_case *one, size_t step)
{
    struct fed fed;

    feed(&fed, one->text, strlen(one->text), step);
    if (one->expected != ERR_NONE) {
        if (fed.done != -1 || fed.err.code != one->expected)
            fail_msg("done %d, code %d, expected %d: %s", fed.done, (int)fed.err.code,
                (int)one->expected, one->text);
        assert_non_null(fed.err.rule);
    } else if (one->body == NULL) {
        if (fed.done != 0)
            fail_msg("done %d, more expected: %s", fed.done, one->text);
    } else {
        if (fed.done != 1)
            fail_msg("done %d (%s): %s", fed.done, fed.err.rule, one->text);
        assert_int_equal(fed.used, strlen(one->text));
        assert_int_equal(fed.req->body.len, strlen(one->body));
        if (fed.req->body.len > 0)
            assert_memory_equal(fed.req->body.data, one->body, fed.req->body.len);
    }
    http_req_free(fed.req);
}

static void
test_messages_get_their_verdict_however_they_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_case(&cases[i], 1);
        check_case(&cases[i], 3);
        check_case(&cases[i], 100000);
    }
}

static void
test_a_message_ends_where_the_next_begins(void **state)
{
    static const char *const first[] = {"GET / HTTP/1.1\r\n" HOST "\r\n",
        POST "Content-Length: 2\r\n\r\nab", CHUNKED "2\r\nab\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"};
    struct buf text = {0};
    struct fed fed;

    (void)state;
    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
        buf_puts(&text, first[i]);
        buf_puts(&text, "GET /next HTTP/1.1\r\n" HOST "\r\n");
        feed(&fed, text.data, text.len, text.len);
        assert_int_equal(fed.done, 1);
        assert_int_equal(fed.used, strlen(first[i]));
        http_req_free(fed.req);
        buf_clear(&text);
    }
}

static void
test_what_is_read_from_a_head(void **state)
{
    static const char text[] =
        "PUT /v1/a%20b?c=d&e=? HTTP/1.1\r\nhOST: a\r\nAUTHORIZATION:Bearer  t \r\n"
        "content-type: application/json\r\nIdempotency-Key: k-1\r\nIf-Match: \"7\"\r\n"
        "Accept: text/csv\r\naccept: */*;q=0.1\r\nAccept-Language: zh-CN\r\ntraceparent: "
        "00-x\r\n\r\n";
    struct fed fed;

    (void)state;
    feed(&fed, text, strlen(text), 1);
    assert_int_equal(fed.done, 1);
    assert_string_equal(fed.req->verb, "PUT");
    assert_string_equal(fed.req->path, "/v1/a%20b");
    assert_string_equal(fed.req->query, "c=d&e=?");
    assert_string_equal(fed.req->host, "a");
    assert_string_equal(fed.req->authorization, "Bearer  t");
    assert_string_equal(fed.req->content_type, "application/json");
    assert_string_equal(fed.req->idempotency_key, "k-1");
    assert_string_equal(fed.req->if_match, "\"7\"");
    assert_string_equal(fed.req->accept, "text/csv, */*;q=0.1");
    assert_string_equal(fed.req->accept_language, "zh-CN");
    assert_string_equal(fed.req->traceparent, "00-x");
    assert_null(fed.req->content_encoding);
    http_req_free(fed.req);
}

static void
test_absolute_targets(void **state)
{
    static const char text[] = "GET https://a?x=1 HTTP/1.1\r\n" HOST "\r\n";
    static const char port[] = "GET http://a:80/p HTTP/1.1\r\nHost: a:80\r\n\r\n";
    struct fed fed;

    (void)state;
    feed(&fed, text, strlen(text), 100);
    assert_int_equal(fed.done, 1);
    assert_string_equal(fed.req->path, "/");
    assert_string_equal(fed.req->query, "x=1");
    http_req_free(fed.req);
    feed(&fed, port, strlen(port), 100);
    assert_int_equal(fed.done, 1);
    assert_string_equal(fed.req->path, "/p");
    assert_null(fed.req->query);
    http_req_free(fed.req);
}

static void
test_keep_alive(void **state)
{
    static const struct {
        const char *text;
        bool keep_alive;
    } table[] = {{"GET / HTTP/1.1\r\n" HOST "\r\n", true}, {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: x , Close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: x\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: closer\r\n\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false}};
    struct fed fed;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        feed(&fed, table[i].text, strlen(table[i].text), 100);
        assert_int_equal(fed.done, 1);
        if (fed.req->keep_alive != table[i].keep_alive)
            fail_msg("keep_alive %d: %s", fed.req->keep_alive, table[i].text);
        http_req_free(fed.req);
    }
}

static void
add_many(struct buf *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_puts(out, text);
}

static void
test_chunked_bodies_are_bounded(void **state)
{
    struct buf text = {0};
    struct fed fed;

    (void)state;
    buf_puts(&text, CHUNKED);
    add_many(&text, "80000\r\n", 1);
    add_many(&text, "aaaaaaaaaaaaaaaa", 0x80000 / 16);
    add_many(&text, "\r\n80000\r\n", 1);
    add_many(&text, "aaaaaaaaaaaaaaaa", 0x80000 / 16);
    add_many(&text, "\r\n", 1);
    feed(&fed, text.data, text.len, 16384);
    assert_int_equal(fed.done, 0);
    assert_int_equal(fed.req->body.len, HTTP_BODY_MAX);
    http_req_free(fed.req);

    buf_puts(&text, "1\r\na\r\n0\r\n\r\n");
    feed(&fed, text.data, text.len, 16384);
    assert_int_equal(fed.done, -1);
    assert_int_equal(fed.err.code, ERR_TOO_LARGE);
    http_req_free(fed.req);
    buf_clear(&text);

    buf_puts(&text, CHUNKED); /* one-byte chunks are legal */
    add_many(&text, "1\r\na\r\n", 10000);
    buf_puts(&text, "0\r\n\r\n");
    feed(&fed, text.data, text.len, 5000);
    assert_int_equal(fed.done, 1);
    http_req_free(fed.req);
    buf_clear(&text);

    buf_puts(&text, CHUNKED "1;a="); /* an extension without end is not */
    add_many(&text, "aaaaaaaaaaaaaaaa", 2000);
    feed(&fed, text.data, text.len, 5000);
    assert_int_equal(fed.done, -1);
    assert_int_equal(fed.err.code, ERR_SYNTAX);
    http_req_free(fed.req);
    buf_clear(&text);
}

struct sunk {
    struct buf bytes;
    int pieces;
};

static void
sink(void *ctx, const char *data, size_t len)
{
    struct sunk *sunk = ctx;

    buf_add(&sunk->bytes, data, len);
    sunk->pieces++;
}

/* A body with a sink is not collected and has no bound of its own. */
static void
test_a_body_may_flow(void **state)
{
    static const char head_text[] = "PUT /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
                                    "Content-Digest: a=:AA==:\r\nContent-Digest: b=:AA==:\r\n"
                                    "If-None-Match: \"x\"\r\n\r\n";
    struct buf text = {0};
    struct sunk sunk = {0};
    struct http_req *req = http_req_new();
    struct err err = {0};
    size_t used, at;
    int done = 0;

    (void)state;
    assert_int_equal(http_req_head(req, head_text, sizeof(head_text) - 1, &err), 0);
    assert_string_equal(req->content_digest, "a=:AA==:, b=:AA==:");
    assert_string_equal(req->if_none_match, "\"x\"");
    req->sink = sink;
    req->sink_ctx = &sunk;
    for (int i = 0; i < 3; i++) {
        buf_puts(&text, "80000\r\n");
        add_many(&text, "0123456789abcdef", 0x80000 / 16);
        buf_puts(&text, "\r\n");
    }
    buf_puts(&text, "0\r\n\r\nGET");
    for (at = 0; done == 0; at += used) {
        size_t len = text.len - at < 1000 ? text.len - at : 1000;

        done = http_req_body(req, text.data + at, len, &used, &err);
    }
    assert_int_equal(done, 1);
    assert_string_equal(text.data + at, "GET");
    assert_int_equal(req->body.len, 0);
    assert_int_equal(req->body_bytes, 3 * 0x80000);
    assert_int_equal(sunk.bytes.len, 3 * 0x80000);
    assert_true(sunk.pieces > 1000);
    assert_memory_equal(sunk.bytes.data + 0x80000, "0123456789abcdef", 16);
    buf_clear(&sunk.bytes);
    buf_clear(&text);
    http_req_free(req);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_get_their_verdict_however_they_arrive),
        cmocka_unit_test(test_a_message_ends_where_the_next_begins),
        cmocka_unit_test(test_what_is_read_from_a_head),
        cmocka_unit_test(test_absolute_targets),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_chunked_bodies_are_bounded),
        cmocka_unit_test(test_a_body_may_flow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
