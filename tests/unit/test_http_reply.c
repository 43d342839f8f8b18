/* The text of an answer: one piece, right lengths, no line break out of a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/http/http_reply.h"

static bool
has(const struct buf *out, const char *text)
{
    return strstr(out->data, text) != NULL;
}

static void
test_a_full_answer(void **state)
{
    struct http_reply reply = {.status = 201,
        .content_type = "application/json",
        .body = "{\"id\":\"12\"}",
        .body_len = 11,
        .location = "/v1/contracts/12",
        .link_next = "/v1/contracts?cursor=a",
        .request_id = "0123456789abcdef0123456789abcdef",
        .has_etag = true,
        .etag = INT64_MIN,
        .took_us = 12345,
        .rate = {
            .limited = true, .burst = 1000, .window_s = 10, .remaining = 0, .full_after_s = 7}};
    struct buf out = {0};

    (void)state;
    http_reply_write(&out, &reply);
    assert_int_equal(strncmp(out.data, "HTTP/1.1 201 Created\r\nDate: ", 28), 0);
    assert_true(has(&out, " GMT\r\n"));
    assert_true(has(&out, "\r\nContent-Type: application/json\r\nContent-Length: 11\r\n"));
    assert_true(has(&out, "\r\nX-Request-Id: 0123456789abcdef0123456789abcdef\r\n"));
    assert_true(has(&out, "\r\nLocation: /v1/contracts/12\r\n"));
    assert_true(has(&out, "\r\nLink: </v1/contracts?cursor=a>; rel=\"next\"\r\n"));
    assert_true(has(&out, "\r\nETag: \"-9223372036854775808\"\r\n"));
    assert_true(has(&out, "\r\nServer-Timing: app;dur=12.34\r\n"));
    assert_true(has(&out,
        "\r\nRateLimit-Policy: \"address\";q=1000;w=10\r\nRateLimit: \"address\";r=0;t=7\r\n"));
    assert_true(has(&out, "\r\nCache-Control: no-store\r\n"));
    assert_false(has(&out, "Connection:"));
    assert_false(has(&out, "Retry-After:"));
    assert_string_equal(out.data + out.len - 15, "\r\n\r\n{\"id\":\"12\"}");
    buf_clear(&out);
}

static void
test_answers_without_body(void **state)
{
    struct http_reply none = {.status = 204, .allow = "GET, OPTIONS", .close = true};
    struct http_reply head = {.status = 200,
        .content_type = "text/csv",
        .body = "abc",
        .body_len = 3,
        .head_only = true,
        .old_keep_alive = true};
    struct buf out = {0};

    (void)state;
    http_reply_write(&out, &none);
    assert_true(has(&out, "HTTP/1.1 204 No Content\r\n"));
    assert_true(has(&out, "\r\nAllow: GET, OPTIONS\r\n"));
    assert_true(has(&out, "\r\nConnection: close\r\n"));
    assert_false(has(&out, "Content-Length")); /* RFC 9110 8.6 */
    buf_clear(&out);
    http_reply_write(&out, &head);
    assert_true(has(&out, "\r\nContent-Length: 3\r\n"));
    assert_true(has(&out, "\r\nConnection: keep-alive\r\n"));
    assert_string_equal(out.data + out.len - 4, "\r\n\r\n");
    buf_clear(&out);
}

static void
test_refusals_say_what_to_do(void **state)
{
    struct http_reply reply = {
        .status = 401, .content_type = "application/problem+json", .body = "{}", .body_len = 2};
    struct buf out = {0};

    (void)state;
    http_reply_write(&out, &reply);
    assert_true(has(&out, "\r\nWWW-Authenticate: Bearer\r\n"));
    buf_clear(&out);
    reply.status = 429;
    reply.retry_after_s = 1;
    http_reply_write(&out, &reply);
    assert_true(has(&out, "HTTP/1.1 429 Too Many Requests\r\n"));
    assert_true(has(&out, "\r\nRetry-After: 1\r\n"));
    buf_clear(&out);
}

static void
test_small_times_keep_their_zero(void **state)
{
    struct http_reply reply = {.status = 200, .content_type = "a/b", .body = "", .took_us = 1099};
    struct buf out = {0};

    (void)state;
    http_reply_write(&out, &reply);
    assert_true(has(&out, "app;dur=1.09\r\n"));
    buf_clear(&out);
    reply.took_us = 5;
    http_reply_write(&out, &reply);
    assert_true(has(&out, "app;dur=0.00\r\n"));
    buf_clear(&out);
}

static void
test_no_line_break_gets_out_of_a_value(void **state)
{
    struct http_reply reply = {.status = 200,
        .content_type = "a/b",
        .body = "",
        .location = "/a\r\nSet-Cookie: x=\x01y\x7f"};
    struct buf out = {0};

    (void)state;
    http_reply_write(&out, &reply);
    assert_true(has(&out, "\r\nLocation: /aSet-Cookie: x=y\r\n"));
    buf_clear(&out);
}

static void
test_files_and_pages(void **state)
{
    struct http_reply file = {.status = 200,
        .content_type = "application/pdf",
        .body = "%PDF",
        .body_len = 4,
        .filename = "登记证明-2026 \"1\"\r\nX: y.pdf"};
    struct http_reply page = {
        .status = 200, .content_type = "text/html", .body = "", .policy = "default-src 'none'"};
    struct buf out = {0};

    (void)state;
    http_reply_write(&out, &file);
    assert_true(has(&out, "\r\nContent-Disposition: inline; filename=\"2026__1___X__y.pdf\"; "
                          "filename*=UTF-8''%E7%99%BB%E8%AE%B0%E8%AF%81%E6%98%8E-2026%20%221%22%0D"
                          "%0AX%3A%20y.pdf\r\n"));
    assert_false(has(&out, "Content-Security-Policy"));
    buf_clear(&out);
    http_reply_write(&out, &page);
    assert_true(has(&out, "\r\nContent-Security-Policy: default-src 'none'\r\n"
                          "Referrer-Policy: no-referrer\r\nX-Robots-Tag: noindex\r\n"));
    assert_false(has(&out, "Content-Disposition"));
    buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_answer),
        cmocka_unit_test(test_answers_without_body),
        cmocka_unit_test(test_refusals_say_what_to_do),
        cmocka_unit_test(test_small_times_keep_their_zero),
        cmocka_unit_test(test_no_line_break_gets_out_of_a_value),
        cmocka_unit_test(test_files_and_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
