/* JSON-RPC lines: what is a request, what is refused with which code, ids that come back exactly,
 * params by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/rpc/rpc_envelope.h"
#include "server/rpc/rpc_frame.h"

#define V "\"jsonrpc\":\"2.0\""

static const struct method_param params_of_get[] = {{"id", PARAM_IN_PATH, PARAM_INT, ""},
    {"draft", PARAM_IN_QUERY, PARAM_BOOL, ""}, {"q", PARAM_IN_QUERY, PARAM_TEXT, ""}, {0}};
static const struct method get = {.name = "contract.get", .params = params_of_get};
static const struct method submit = {.name = "contract.submit", .flags = METHOD_BODY | METHOD_KEY};

/* Verdict of a line that is refused as a whole, or of its first request. */
struct line_case {
    enum err_code code;
    const char *line;
    const char *id; /* JSON text that is echoed; NULL: a notification */
};

static const struct line_case cases[] = {
    {ERR_NONE, "{" V ",\"method\":\"a\",\"id\":1}", "1"},
    {ERR_NONE, " \t{" V ",\"method\":\"a\",\"id\":\"x\",\"params\":{}}\r", "\"x\""},
    {ERR_NONE, "{" V ",\"method\":\"a\",\"id\":null}", "null"},
    {ERR_NONE, "{" V ",\"method\":\"a\",\"id\":\"\",\"params\":null}", "\"\""},
    {ERR_NONE, "{" V ",\"method\":\"\",\"id\":-9223372036854775808}", "-9223372036854775808"},
    {ERR_NONE, "{" V ",\"method\":\"a\",\"id\":9223372036854775807}", "9223372036854775807"},
    {ERR_NONE, "{" V ",\"method\":\"a\",\"id\":\"\\u0001\\\"\\\\\\/\xe6\xb2\x82\\ud83d\\ude00\"}",
        "\"\\u0001\\\"\\\\/\xe6\xb2\x82\xf0\x9f\x98\x80\""},
    {ERR_NONE, "{" V ",\"method\":\"a\"}", NULL},
    {ERR_NONE, "[{" V ",\"method\":\"a\",\"id\":1}]", "1"},
    {ERR_NONE, "[{" V ",\"method\":\"a\"},1]", NULL},
    /* not JSON */
    {ERR_RPC_PARSE, "{", "null"},
    {ERR_RPC_PARSE, "}", "null"},
    {ERR_RPC_PARSE, "{]", "null"},
    {ERR_RPC_PARSE, "[", "null"},
    {ERR_RPC_PARSE, "]", "null"},
    {ERR_RPC_PARSE, "[1", "null"},
    {ERR_RPC_PARSE, "[1,]", "null"},
    {ERR_RPC_PARSE, "[,1]", "null"},
    {ERR_RPC_PARSE, "[1 2]", "null"},
    {ERR_RPC_PARSE, "{" V ",}", "null"},
    {ERR_RPC_PARSE, "{" V "} {" V "}", "null"},
    {ERR_RPC_PARSE, "{" V "}x", "null"},
    {ERR_RPC_PARSE, "{jsonrpc:\"2.0\"}", "null"},
    {ERR_RPC_PARSE, "{'jsonrpc':'2.0'}", "null"},
    {ERR_RPC_PARSE, "{\"jsonrpc\" \"2.0\"}", "null"},
    {ERR_RPC_PARSE, "{\"jsonrpc\":}", "null"},
    {ERR_RPC_PARSE, "{\"id\":01}", "null"},
    {ERR_RPC_PARSE, "{\"id\":+1}", "null"},
    {ERR_RPC_PARSE, "{\"id\":.5}", "null"},
    {ERR_RPC_PARSE, "{\"id\":1.}", "null"},
    {ERR_RPC_PARSE, "{\"id\":0x1}", "null"},
    {ERR_RPC_PARSE, "{\"id\":NaN}", "null"},
    {ERR_RPC_PARSE, "{\"id\":Infinity}", "null"},
    {ERR_RPC_PARSE, "{\"id\":1e400}", "null"},
    {ERR_RPC_PARSE, "{\"id\":9223372036854775808}", "null"},
    {ERR_RPC_PARSE, "{\"id\":True}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\\x\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\\u12\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\\ud800\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\\udc00\\ud800\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\\u0000\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"a\tb\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\xff\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\xc0\xaf\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\xed\xa0\x80\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"\xf5\x80\x80\x80\"}", "null"},
    {ERR_RPC_PARSE, "{\"id\":\"open}", "null"},
    {ERR_RPC_PARSE, "\xef\xbb\xbf{" V "}", "null"},
    {ERR_RPC_PARSE, "GET / HTTP/1.1\r", "null"},
    {ERR_RPC_PARSE, "Content-Length: 10\r", "null"},
    {ERR_RPC_PARSE, "// comment", "null"},
    {ERR_RPC_PARSE, "{" V ",\"method\":\"a\",/**/\"id\":1}", "null"},
    {ERR_RPC_PARSE, "1,2", "null"},
    {ERR_RPC_PARSE, "1]", "null"},
    {ERR_RPC_PARSE, "tru", "null"},
    {ERR_RPC_PARSE, "{" V ",\"id\":1,\"id\":1,\"method\":\"a\"}", "null"},
    {ERR_RPC_PARSE, "{" V ",\"id\":1,\"method\":\"a\",\"params\":{\"body\":{\"x\":1,\"x\":2}}}",
        "null"},
    {ERR_RPC_PARSE, "{" V ",\"method\":\"a\",\"m\\u0065thod\":\"b\"}", "null"},
    /* JSON, not a request */
    {ERR_RPC_INVALID, "1", "null"},
    {ERR_RPC_INVALID, "\"text\"", "null"},
    {ERR_RPC_INVALID, "null", "null"},
    {ERR_RPC_INVALID, " true ", "null"},
    {ERR_RPC_INVALID, "-1.5e3", "null"},
    {ERR_RPC_INVALID, "[]", "null"},
    {ERR_RPC_INVALID, "[ ]", "null"},
    {ERR_RPC_INVALID, "[1]", "null"},
    {ERR_RPC_INVALID, "[[]]", "null"},
    {ERR_RPC_INVALID, "[[{" V ",\"method\":\"a\",\"id\":1}]]", "null"},
    {ERR_RPC_INVALID, "[null]", "null"},
    {ERR_RPC_INVALID, "{}", "null"},
    {ERR_RPC_INVALID, "{\"method\":\"a\",\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{\"jsonrpc\":2.0,\"method\":\"a\",\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{\"jsonrpc\":2,\"method\":\"a\",\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{\"jsonrpc\":\"1.0\",\"method\":\"a\",\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{\"jsonrpc\":\"2.00\",\"method\":\"a\",\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{\"jsonrpc\":null,\"method\":\"a\",\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"method\":null,\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"method\":1,\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"method\":[\"a\"],\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"Method\":\"a\",\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":1,\"extra\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"result\":{},\"id\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":1.5}", "null"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":1.0}", "null"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":1e2}", "null"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":true}", "null"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":[]}", "null"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":{}}", "null"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":1,\"params\":\"x\"}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":1,\"params\":1}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"id\":1,\"params\":false}", "1"},
    {ERR_RPC_INVALID, "{" V ",\"method\":\"a\",\"params\":1}", "null"},
    {ERR_RPC_PARAMS, "{" V ",\"method\":\"a\",\"id\":1,\"params\":[]}", "1"},
    {ERR_RPC_PARAMS, "{" V ",\"method\":\"a\",\"id\":1,\"params\":[1,2]}", "1"},
    {ERR_RPC_PARAMS, "{" V ",\"method\":\"a\",\"params\":[1,2]}", NULL},
};

/* A copy of exactly the right size, so that the sanitizer sees a read past the end. */
static int
parse(struct rpc_message *message, const char *line, struct err *err)
{
    size_t len = strlen(line);
    char *copy = malloc(len + (len == 0));
    int done;

    assert_non_null(copy);
    memcpy(copy, line, len);
    done = rpc_message_parse(message, copy, len, err);
    free(copy);
    return done;
}

static void
check_case(const struct line_case *one)
{
    struct rpc_request request = {0};
    struct rpc_message message;
    struct buf answer = {0};
    struct buf expected = {0};
    struct err err = {0};
    int done = parse(&message, one->line, &err);

    if (done == 0)
        done = rpc_request_read(&message, 0, &request, &err);
    if ((done < 0 ? err.code : ERR_NONE) != one->code)
        fail_msg(
            "code %d, expected %d: %s", done < 0 ? (int)err.code : 0, (int)one->code, one->line);
    if (request.is_notification != (one->id == NULL))
        fail_msg("notification %d: %s", request.is_notification, one->line);
    if (one->id != NULL) {
        rpc_write_result(&answer, request.id, "{}", 2);
        buf_printf(&expected, "{" V ",\"id\":%s,\"result\":{}}", one->id);
        assert_string_equal(answer.data, expected.data);
    }
    buf_clear(&answer);
    buf_clear(&expected);
    rpc_message_clear(&message);
}

static void
test_lines_get_their_verdict(void **state)
{
    (void)state;
    assert_true(sizeof(cases) / sizeof(cases[0]) >= 70);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&cases[i]);
}

static enum err_code
parse_buf(struct buf *text, size_t *count)
{
    struct rpc_message message;
    struct err err = {0};
    int done = parse(&message, text->data, &err);

    *count = message.count;
    rpc_message_clear(&message);
    buf_clear(text);
    return done < 0 ? err.code : ERR_NONE;
}

static void
add_many(struct buf *out, const char *text, int count)
{
    for (int i = 0; i < count; i++)
        buf_puts(out, text);
}

static void
test_batches_and_depth_are_bounded(void **state)
{
    struct buf text = {0};
    size_t count;

    (void)state;
    buf_puts(&text, "[1");
    add_many(&text, ",1", 99);
    buf_puts(&text, "]");
    assert_int_equal(parse_buf(&text, &count), ERR_NONE);
    assert_int_equal(count, 100);

    buf_puts(&text, "[1");
    add_many(&text, ",1", 100);
    buf_puts(&text, "]");
    assert_int_equal(parse_buf(&text, &count), ERR_RPC_INVALID);

    buf_puts(&text, "{\"a\":");
    add_many(&text, "[", RPC_DEPTH_MAX - 1);
    add_many(&text, "]", RPC_DEPTH_MAX - 1);
    buf_puts(&text, "}");
    assert_int_equal(parse_buf(&text, &count), ERR_NONE);

    buf_puts(&text, "{\"a\":");
    add_many(&text, "[", RPC_DEPTH_MAX);
    add_many(&text, "]", RPC_DEPTH_MAX);
    buf_puts(&text, "}");
    assert_int_equal(parse_buf(&text, &count), ERR_RPC_PARSE);

    add_many(&text, "[", 100000);
    assert_int_equal(parse_buf(&text, &count), ERR_RPC_PARSE);
    add_many(&text, "{\"a\":", 100000);
    assert_int_equal(parse_buf(&text, &count), ERR_RPC_PARSE);

    buf_puts(&text, "{\"a\":\"\\\"");
    add_many(&text, "[{", 100);
    buf_puts(&text, "\"}");
    assert_int_equal(parse_buf(&text, &count), ERR_NONE);
}

static void
test_long_ids(void **state)
{
    struct buf text = {0};
    struct rpc_request request;
    struct rpc_message message;
    struct err err;

    (void)state;
    for (int extra = 0; extra <= 1; extra++) {
        buf_puts(&text, "{" V ",\"method\":\"a\",\"id\":\"");
        add_many(&text, "i", RPC_ID_MAX + extra);
        buf_puts(&text, "\"}");
        assert_int_equal(parse(&message, text.data, &err), 0);
        assert_int_equal(rpc_request_read(&message, 0, &request, &err), -extra);
        rpc_message_clear(&message);
        buf_clear(&text);
    }
}

static void
test_lines_are_found_however_they_arrive(void **state)
{
    static const char text[] = "first\n\nthird\r\nrest";
    static const size_t lens[] = {5, 0, 6};
    struct rpc_frame frame = {0};
    size_t at = 0;
    size_t line_len;
    int found = 0;

    (void)state;
    for (size_t fed = 0; fed <= sizeof(text) - 1; fed++) {
        while (rpc_frame_next(&frame, text + at, fed - at, &line_len) == 1) {
            assert_int_equal(line_len, lens[found++]);
            at += line_len + 1;
            rpc_frame_taken(&frame);
        }
    }
    assert_int_equal(found, 3);
    assert_string_equal(text + at, "rest");
    assert_true(rpc_line_is_blank(" \t\r", 3));
    assert_true(rpc_line_is_blank("", 0));
    assert_false(rpc_line_is_blank(" x", 2));
}

static void
test_lines_are_bounded(void **state)
{
    struct rpc_frame frame = {0};
    struct buf text = {0};
    size_t line_len;

    (void)state;
    buf_reserve(&text, RPC_LINE_MAX + 2);
    memset(text.data, 'x', RPC_LINE_MAX + 2);
    assert_int_equal(rpc_frame_next(&frame, text.data, RPC_LINE_MAX, &line_len), 0);
    assert_int_equal(rpc_frame_next(&frame, text.data, RPC_LINE_MAX + 1, &line_len), -1);
    frame.scanned = 0;
    text.data[RPC_LINE_MAX] = '\n';
    assert_int_equal(rpc_frame_next(&frame, text.data, RPC_LINE_MAX + 1, &line_len), 1);
    assert_int_equal(line_len, RPC_LINE_MAX);
    frame.scanned = 0;
    text.data[RPC_LINE_MAX] = 'x';
    text.data[RPC_LINE_MAX + 1] = '\n';
    assert_int_equal(rpc_frame_next(&frame, text.data, RPC_LINE_MAX + 2, &line_len), -1);
    buf_clear(&text);
}

static int
read_params(const struct method *method, const char *text, struct arena *arena, json_t **tree,
    struct rpc_params *out)
{
    struct err err = {0};
    int done;

    *tree = json_loads(text, 0, NULL);
    assert_non_null(*tree);
    done = rpc_params_read(*tree, method, arena, out, &err);
    assert_int_equal(err.code, done < 0 ? ERR_RPC_PARAMS : ERR_NONE);
    return done;
}

static void
test_params(void **state)
{
    struct arena *arena = arena_new();
    struct rpc_params params;
    json_t *tree;

    (void)state;
    assert_int_equal(read_params(&get, "{\"id\":12,\"draft\":true,\"q\":\"沂\",\"if_match\":-7}",
                         arena, &tree, &params),
        0);
    assert_int_equal(params.arg_count, 3);
    for (int i = 0; i < 3; i++) {
        if (strcmp(params.args[i].name, "id") == 0)
            assert_string_equal(params.args[i].value, "12");
        else if (strcmp(params.args[i].name, "draft") == 0)
            assert_string_equal(params.args[i].value, "true");
        else
            assert_string_equal(params.args[i].value, "沂");
    }
    assert_string_equal(params.if_match, "-7");
    json_decref(tree);

    assert_int_equal(read_params(&get, "{\"id\":\"12\",\"q\":null,\"body\":null,\"if_match\":null}",
                         arena, &tree, &params),
        0);
    assert_int_equal(params.arg_count, 1);
    json_decref(tree);

    assert_int_equal(
        read_params(&submit, "{\"body\":{},\"idempotency_key\":\"k\"}", arena, &tree, &params), 0);
    assert_ptr_equal(params.body, json_object_get(tree, "body"));
    assert_string_equal(params.idempotency_key, "k");
    json_decref(tree);
    arena_free(arena);
}

static void
test_bad_params(void **state)
{
    static const struct {
        const struct method *method;
        const char *text;
    } table[] = {{&get, "{}"}, {&get, "{\"id\":null}"}, {&get, "{\"id\":\"\"}"},
        {&get, "{\"id\":1.5}"}, {&get, "{\"id\":[1]}"}, {&get, "{\"id\":{}}"},
        {&get, "{\"id\":1,\"x\":1}"}, {&get, "{\"id\":1,\"Q\":1}"},
        {&get, "{\"id\":1,\"q\":\"a\\nb\"}"}, {&get, "{\"id\":1,\"q\":\"\\u007f\"}"},
        {&get, "{\"id\":1,\"body\":{}}"}, {&get, "{\"id\":1,\"if_match\":\"7\"}"},
        {&get, "{\"id\":1,\"if_match\":7.0}"}, {&submit, "{\"body\":[]}"},
        {&submit, "{\"body\":\"x\"}"}, {&submit, "{\"idempotency_key\":\"\"}"},
        {&submit, "{\"idempotency_key\":7}"}, {&submit, "{\"idempotency_key\":\"a b\"}"},
        {&submit, "{\"idempotency_key\":\"沂\"}"}, {&submit, "{\"id\":1}"}};
    struct arena *arena = arena_new();
    struct rpc_params params;
    json_t *tree;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (read_params(table[i].method, table[i].text, arena, &tree, &params) == 0)
            fail_msg("taken: %s", table[i].text);
        json_decref(tree);
    }
    arena_free(arena);
}

static void
test_session_token(void **state)
{
    static const char *const bad[] = {"{}", "{\"token\":\"\"}", "{\"token\":1}", "{\"token\":null}",
        "{\"token\":\"a\",\"x\":1}", "{\"token\":\"a\\n\"}"};
    struct err err;
    json_t *tree;

    (void)state;
    assert_null(rpc_token_read(NULL, &err));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        tree = json_loads(bad[i], 0, NULL);
        assert_null(rpc_token_read(tree, &err));
        assert_int_equal(err.code, ERR_RPC_PARAMS);
        json_decref(tree);
    }
    tree = json_loads("{\"token\":\"abc\"}", 0, NULL);
    assert_string_equal(rpc_token_read(tree, &err), "abc");
    json_decref(tree);
}

static void
test_answers_are_one_line(void **state)
{
    struct buf out = {0};
    json_t *id = json_string("a\nb");

    (void)state;
    rpc_write_result(&out, id, "{\n \"a\":\n 1}\n", 12);
    assert_string_equal(out.data, "{" V ",\"id\":\"a\\u000ab\",\"result\":{  \"a\":  1} }");
    buf_clear(&out);
    rpc_write_result(&out, id, NULL, 0);
    assert_non_null(strstr(out.data, "\"result\":null"));
    buf_clear(&out);
    rpc_write_error(&out, NULL, ERR_STATE, "{\"a\":\n1}", 8);
    assert_non_null(strstr(out.data, "\"id\":null,\"error\":{\"code\":-32000,\"message\":\""));
    assert_non_null(strstr(out.data, ",\"data\":{\"a\": 1}}}"));
    assert_null(strchr(out.data, '\n'));
    buf_clear(&out);
    json_decref(id);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_get_their_verdict),
        cmocka_unit_test(test_batches_and_depth_are_bounded),
        cmocka_unit_test(test_long_ids),
        cmocka_unit_test(test_lines_are_found_however_they_arrive),
        cmocka_unit_test(test_lines_are_bounded),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_bad_params),
        cmocka_unit_test(test_session_token),
        cmocka_unit_test(test_answers_are_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
