/* Verb and path to method, query strings, and the readers of single headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/http/http_route.h"

static const struct method_param id_params[] = {{"id", PARAM_IN_PATH, PARAM_INT, ""}, {0}};
static const struct method_param list_params[] = {
    {"q", PARAM_IN_QUERY, PARAM_TEXT, ""}, {"limit", PARAM_IN_QUERY, PARAM_INT, ""}, {0}};
static const struct method_param two_params[] = {
    {"region", PARAM_IN_PATH, PARAM_TEXT, ""}, {"year", PARAM_IN_PATH, PARAM_INT, ""}, {0}};

static const struct method list = {
    .name = "contract.list", .verb = "GET", .path = "/v1/contracts", .params = list_params};
static const struct method submit = {
    .name = "contract.submit", .verb = "POST", .path = "/v1/contracts"};
static const struct method check = {
    .name = "contract.check", .verb = "POST", .path = "/v1/contracts/check"};
static const struct method get = {
    .name = "contract.get", .verb = "GET", .path = "/v1/contracts/{id}", .params = id_params};
static const struct method replace = {.name = "contract.replace",
    .verb = "PUT",
    .path = "/v1/contracts/{contract}",
    .params = id_params};
static const struct method accept_ = {.name = "contract.accept",
    .verb = "POST",
    .path = "/v1/contracts/{id}/accept",
    .params = id_params};
static const struct method target = {.name = "target.set",
    .verb = "PUT",
    .path = "/v1/targets/{region}/{year}",
    .params = two_params};
static const struct method openapi = {.name = "openapi", .verb = "GET", .path = "/openapi.json"};
static const struct method hidden = {.name = "rpc.only", .verb = "POST", .path = NULL};
static const struct method *const methods[] = {
    &list, &submit, &check, &get, &replace, &accept_, &target, &openapi, &hidden, NULL};

struct fixture {
    struct arena *arena;
    struct http_routes *routes;
    struct http_match match;
    struct fault_list faults;
    struct err err;
};

static int
set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.arena = arena_new(), .routes = http_routes_new(methods)};
    *state = &fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    http_routes_free(fixture->routes);
    arena_free(fixture->arena);
    return 0;
}

static int
find(struct fixture *fixture, const char *verb, const char *path)
{
    fixture->err.code = ERR_NONE;
    return http_route_find(
        fixture->routes, verb, path, fixture->arena, &fixture->match, &fixture->err);
}

static void
test_methods_are_found(void **state)
{
    static const struct {
        const char *verb, *path;
        const struct method *method;
    } table[] = {{"GET", "/v1/contracts", &list}, {"HEAD", "/v1/contracts", &list},
        {"POST", "/v1/contracts", &submit}, {"POST", "/v1/contracts/check", &check},
        {"GET", "/v1/contracts/12", &get}, {"HEAD", "/v1/contracts/12", &get},
        {"PUT", "/v1/contracts/12", &replace}, {"POST", "/v1/contracts/12/accept", &accept_},
        {"POST", "/v1/contracts/check/accept", &accept_}, {"PUT", "/v1/targets/3713/2026", &target},
        {"GET", "/openapi.json", &openapi}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (find(fixture, table[i].verb, table[i].path) != 0)
            fail_msg("%s %s: %s", table[i].verb, table[i].path, fixture->err.msg);
        assert_ptr_equal(fixture->match.method, table[i].method);
    }
}

static void
test_what_is_not_there(void **state)
{
    static const struct {
        const char *verb, *path;
        enum err_code code;
    } table[] = {{"GET", "/", ERR_NOT_FOUND}, {"GET", "/v1", ERR_NOT_FOUND},
        {"GET", "/v1/", ERR_NOT_FOUND}, {"GET", "/v1/contract", ERR_NOT_FOUND},
        {"GET", "/v1/contractsx", ERR_NOT_FOUND}, {"GET", "/V1/contracts", ERR_NOT_FOUND},
        {"GET", "/v1/contracts/", ERR_NOT_FOUND}, {"GET", "//v1/contracts", ERR_NOT_FOUND},
        {"GET", "/v1//contracts", ERR_NOT_FOUND}, {"POST", "/v1/contracts//accept", ERR_NOT_FOUND},
        {"GET", "/v1/./contracts", ERR_NOT_FOUND}, {"GET", "/v1/x/../contracts", ERR_NOT_FOUND},
        {"GET", "/v1%2Fcontracts", ERR_NOT_FOUND}, {"GET", "/v1/c%6Fntracts", ERR_NOT_FOUND},
        {"POST", "/v1/contracts/12/accept/", ERR_NOT_FOUND},
        {"POST", "/v1/contracts/12/accept/x", ERR_NOT_FOUND},
        {"GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o", ERR_NOT_FOUND},
        {"PUT", "/v1/targets/3713", ERR_NOT_FOUND}, {"POST", "/rpc.only", ERR_NOT_FOUND},
        {"DELETE", "/v1/contracts", ERR_NO_METHOD}, {"PATCH", "/v1/contracts/12", ERR_NO_METHOD},
        {"GET", "/v1/contracts/12/accept", ERR_NO_METHOD},
        {"HEAD", "/v1/contracts/12/accept", ERR_NO_METHOD},
        {"POST", "/openapi.json", ERR_NO_METHOD}, {"OPTIONS", "/v1/contracts", ERR_NO_METHOD},
        {"GET", "/v1/contracts/check", ERR_NO_METHOD}, {"GET", "/v1/contracts/%00", ERR_SYNTAX},
        {"GET", "/v1/contracts/%ff", ERR_SYNTAX}, {"GET", "/v1/contracts/1%0A2", ERR_SYNTAX},
        {"GET", "/v1/contracts/%C0%AF", ERR_SYNTAX},
        {"GET", "/v1/contracts/%ED%A0%80", ERR_SYNTAX}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (find(fixture, table[i].verb, table[i].path) == 0)
            fail_msg("found: %s %s", table[i].verb, table[i].path);
        if (fixture->err.code != table[i].code)
            fail_msg("code %d: %s %s", (int)fixture->err.code, table[i].verb, table[i].path);
    }
}

static void
test_allow(void **state)
{
    struct fixture *fixture = *state;

    find(fixture, "DELETE", "/v1/contracts");
    assert_string_equal(fixture->match.allow, "GET, HEAD, POST, OPTIONS");
    find(fixture, "DELETE", "/v1/contracts/12");
    assert_string_equal(fixture->match.allow, "GET, HEAD, PUT, OPTIONS");
    find(fixture, "OPTIONS", "/v1/contracts/check");
    assert_string_equal(fixture->match.allow, "POST, OPTIONS");
    find(fixture, "OPTIONS", "*");
    assert_non_null(strstr(fixture->match.allow, "GET, HEAD, POST"));
    find(fixture, "GET", "/nowhere");
    assert_null(fixture->match.allow);
}

static void
test_path_parameters(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(find(fixture, "PUT", "/v1/targets/37%313/2026"), 0);
    assert_int_equal(fixture->match.arg_count, 2);
    assert_string_equal(fixture->match.args[0].name, "region");
    assert_string_equal(fixture->match.args[0].value, "3713");
    assert_string_equal(fixture->match.args[1].name, "year");
    assert_string_equal(fixture->match.args[1].value, "2026");
    /* The name is that of the method's own template. */
    assert_int_equal(find(fixture, "PUT", "/v1/contracts/a+b%2F%E6%B2%82"), 0);
    assert_string_equal(fixture->match.args[0].name, "contract");
    assert_string_equal(fixture->match.args[0].value, "a+b/沂");
}

static int
query(struct fixture *fixture, const char *text)
{
    fixture->err.code = ERR_NONE;
    fixture->match.arg_count = 0;
    fixture->faults = (struct fault_list){.arena = fixture->arena};
    return http_query_read(fixture->arena, text, &list, fixture->match.args,
        &fixture->match.arg_count, &fixture->faults, &fixture->err);
}

static void
test_query(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(query(fixture, NULL), 0);
    assert_int_equal(query(fixture, ""), 0);
    assert_int_equal(query(fixture, "&&"), 0);
    assert_int_equal(fixture->match.arg_count, 0);
    assert_int_equal(query(fixture, "q=%E6%B2%82+%2B=x&limit="), 0);
    assert_int_equal(fixture->match.arg_count, 2);
    assert_string_equal(fixture->match.args[0].value, "沂 +=x");
    assert_string_equal(fixture->match.args[1].value, "");
    assert_int_equal(query(fixture, "limit"), 0);
    assert_string_equal(fixture->match.args[0].value, "");
    assert_int_equal(query(fixture, "%6cimit=5"), 0);
    assert_string_equal(fixture->match.args[0].name, "limit");
}

static void
test_bad_queries(void **state)
{
    static const char *const bad[] = {"x=1", "q=1&q=2", "q=1&%71=2", "=1", "Q=1", "q%00=1", "q=%00",
        "q=%0d%0a", "q=%ff", "q=%C3", "q=%F5%80%80%80", "q=%C2%85", "limit=1&limitx=2", "q=%7f",
        "q=1;limit=2&z"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (query(fixture, bad[i]) == 0)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(fixture->err.code, ERR_SYNTAX);
        assert_true(fixture->faults.count >= 1);
    }
    query(fixture, "color=1&limit=2&size=3");
    assert_non_null(strstr(fixture->err.msg, "color, size"));
    query(fixture, "limit=1&color=1&limit=2&q=%ff&size");
    assert_int_equal(fixture->faults.count, 4);
    assert_string_equal(fixture->faults.items[0].pointer, "?color");
    assert_string_equal(fixture->faults.items[1].pointer, "?limit");
    assert_string_equal(fixture->faults.items[1].rule, "query.duplicate");
    assert_string_equal(fixture->faults.items[2].pointer, "?q");
    assert_string_equal(fixture->faults.items[3].pointer, "?size");
}

static void
test_media_type_of_bodies(void **state)
{
    static const struct {
        const char *type, *encoding;
        bool is_json;
    } table[] = {{"application/json", NULL, true}, {"Application/JSON", NULL, true},
        {"application/json; charset=utf-8", NULL, true},
        {"application/json;charset=\"UTF-8\"", NULL, true}, {"application/json ;", NULL, true},
        {"application/json; v=1; charset=utf-8", NULL, true},
        {"application/json", "identity", true}, {"application/json", "", true}, {NULL, NULL, false},
        {"", NULL, false}, {"text/plain", NULL, false}, {"application/jsonx", NULL, false},
        {"application/json+x", NULL, false}, {"application/json, text/plain", NULL, false},
        {"application/json charset=utf-8", NULL, false},
        {"application/json; charset=gbk", NULL, false},
        {"application/json; charset=utf-8; charset=gbk", NULL, false},
        {"application/json; charset", NULL, false}, {"application / json", NULL, false},
        {"application/json", "gzip", false}, {"application/json", "identity, gzip", false},
        {"application/x-www-form-urlencoded", NULL, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (http_is_json(table[i].type, table[i].encoding) != table[i].is_json)
            fail_msg("expected %d: %s", table[i].is_json,
                table[i].type == NULL ? "none" : table[i].type);
}

static void
test_accept(void **state)
{
    static const struct {
        const char *accept;
        bool acceptable, can_csv, wants_csv;
    } table[] = {{NULL, true, true, false}, {"", true, true, false}, {"*/*", true, true, false},
        {"application/json", true, true, false}, {"application/*", true, true, false},
        {"text/csv", true, true, true}, {"text/csv", false, false, false},
        {"text/*", true, true, true}, {"text/html", false, true, false},
        {"text/html, */*;q=0.1", true, true, false},
        {"text/csv, application/json", true, true, false},
        {"application/json;q=0.5, text/csv", true, true, true},
        {"application/json, text/csv;q=0.9", true, true, false},
        {"*/*, text/csv", true, true, true}, {"text/csv;q=0, */*", true, true, false},
        {"application/json;q=0", false, true, false}, {"*/*;q=0", false, true, false},
        {"application/json;q=0, */*", true, true, true},
        {"application/json;q=0, */*", false, false, false}, {"image/png", false, false, false},
        {"application/json ; q=\"0.5\" , text/csv;q=.4", true, true, false},
        {"text/html, image/gif, *; q=.2, */*; q=.2", true, true, false},
        {",,,", false, true, false}, {"TEXT/CSV", true, true, true},
        {"application/json;q=9, text/csv;q=x", true, true, false}};
    enum reply_format format;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        unsigned formats = table[i].can_csv ? FORMAT(JSON) | FORMAT(CSV) : 0;

        if (http_accepts(table[i].accept, formats, &format) != table[i].acceptable)
            fail_msg("acceptable, expected %d: %s", table[i].acceptable, table[i].accept);
        if (table[i].acceptable && (format == FORMAT_CSV) != table[i].wants_csv)
            fail_msg("csv, expected %d: %s", table[i].wants_csv, table[i].accept);
    }
}

static void
test_accept_of_pages_and_papers(void **state)
{
    static const unsigned page = FORMAT(JSON) | FORMAT(HTML) | FORMAT(PDF);
    static const unsigned tables = FORMAT(CSV) | FORMAT(XLSX) | FORMAT(NDJSON);
    static const struct {
        const char *accept;
        unsigned formats;
        bool acceptable;
        enum reply_format format;
    } table[] = {
        {NULL, page, true, FORMAT_JSON},
        {"*/*", page, true, FORMAT_JSON},
        {"application/json", page, true, FORMAT_JSON},
        {"application/*", page, true, FORMAT_JSON},
        {"application/pdf", page, true, FORMAT_PDF},
        {"application/pdf, */*;q=0.5", page, true, FORMAT_PDF},
        {"text/*", page, true, FORMAT_HTML},
        {"text/html", page, true, FORMAT_HTML},
        {"text/html;q=0.1", page, true, FORMAT_HTML},
        /* Browsers on telephones */
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            page, true, FORMAT_HTML},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", page, true,
            FORMAT_HTML},
        {"text/html,*/*", page, true, FORMAT_HTML},
        {"image/png", page, false, FORMAT_JSON},
        {"text/html", 0, false, FORMAT_JSON},
        {NULL, FORMAT(PDF) | FORMAT(ZIP), true, FORMAT_PDF},
        {"*/*", FORMAT(PDF), true, FORMAT_PDF},
        {"application/json", FORMAT(PDF), false, FORMAT_PDF},
        {"applicationx*", FORMAT(PDF), false, FORMAT_PDF},
        {NULL, tables, true, FORMAT_CSV},
        {"*/*", tables, true, FORMAT_CSV},
        {"application/x-ndjson", tables, true, FORMAT_NDJSON},
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", tables, true,
            FORMAT_XLSX},
        {"text/csv;q=.1, application/x-ndjson;q=.2", tables, true, FORMAT_NDJSON},
        {"application/json", tables, false, FORMAT_CSV},
        {"application/pdfx", FORMAT(PDF), false, FORMAT_PDF},
    };
    enum reply_format format;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(
            http_accepts(table[i].accept, table[i].formats, &format), table[i].acceptable);
        if (table[i].acceptable && format != table[i].format)
            fail_msg("%d, expected %d: %s", (int)format, (int)table[i].format, table[i].accept);
    }
}

static void
test_credentials(void **state)
{
    static const struct {
        const char *header, *bearer;
        bool malformed;
    } table[] = {{NULL, NULL, false}, {"Bearer abc", "abc", false},
        {"bearer  a-._~+/9==", "a-._~+/9==", false}, {"Bearer", NULL, true},
        {"Bearer ", NULL, true}, {"Bearer a b", NULL, true}, {"Bearer a=b", NULL, true},
        {"Bearer \xe6\xb2\x82", NULL, true}, {"Basic YTpi", NULL, true}, {"", NULL, true},
        {"abc", NULL, true}, {"Bearer a,b", NULL, true}, {"Bearer =", NULL, true}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct credential credential = {0};

        http_credential_read(fixture->arena, table[i].header, &credential);
        assert_int_equal(credential.malformed, table[i].malformed);
        if (table[i].bearer == NULL)
            assert_null(credential.bearer);
        else
            assert_string_equal(credential.bearer, table[i].bearer);
    }
}

static void
test_keys_tags_and_traces(void **state)
{
    static const char *const bad_keys[] = {
        "", "\"\"", "a b", "a\tb", "\xe6\xb2\x82", "\"a\"b\"", "\"a\\b\"", "\"a b\""};
    static const char *const bad_tags[] = {"", "*", "1", "\"\"", "\"a\"", "W/\"1\"", "\"1\", \"2\"",
        "\"1\"x", "\"1", "1\"", "\"-\"", "\"+1\"", "\" 1\"", "\"1.0\"", "\"1234567890123456789\"",
        "\"", "\"\"\""};
    struct fixture *fixture = *state;
    char long_key[300];

    for (size_t i = 0; i < sizeof(bad_keys) / sizeof(bad_keys[0]); i++)
        assert_null(http_key_read(fixture->arena, bad_keys[i], &fixture->err));
    memset(long_key, 'k', sizeof(long_key));
    long_key[256] = '\0';
    assert_null(http_key_read(fixture->arena, long_key, &fixture->err));
    long_key[255] = '\0';
    assert_string_equal(http_key_read(fixture->arena, long_key, &fixture->err), long_key);
    assert_string_equal(
        http_key_read(fixture->arena, "\"8e03978e-40d5\"", &fixture->err), "8e03978e-40d5");
    assert_string_equal(http_key_read(fixture->arena, "a\"b", &fixture->err), "a\"b");

    for (size_t i = 0; i < sizeof(bad_tags) / sizeof(bad_tags[0]); i++)
        if (http_match_read(fixture->arena, bad_tags[i], &fixture->err) != NULL)
            fail_msg("taken: %s", bad_tags[i]);
    assert_string_equal(http_match_read(fixture->arena, "\"12\"", &fixture->err), "12");
    assert_string_equal(http_match_read(fixture->arena, "\"-3\"", &fixture->err), "-3");

    assert_null(http_trace_read(NULL));
    assert_null(http_trace_read("00-abc"));
    assert_null(http_trace_read("00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    assert_null(http_trace_read("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    assert_non_null(http_trace_read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods_are_found),
        cmocka_unit_test(test_what_is_not_there),
        cmocka_unit_test(test_allow),
        cmocka_unit_test(test_path_parameters),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_bad_queries),
        cmocka_unit_test(test_media_type_of_bodies),
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_accept_of_pages_and_papers),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_keys_tags_and_traces),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
