/* What a file may be called: characters that can be seen, in one form, and nothing that a path or a
 * shell would read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "server/attachments/attachment_name.h"

static const struct {
    const char *text;
    const char *name; /* NULL: refused */
} cases[] = {
    {"a", "a"}, {"a.pdf", "a.pdf"}, {"..a", NULL}, {"a..b", "a..b"}, {".", NULL}, {"..", NULL},
    {"...", NULL}, {"", NULL}, {" ", NULL}, {" a", NULL}, {"a ", NULL}, {"a b", "a b"},
    {"\xe3\x80\x80"
     "a",
        NULL},
    {"a\xc2\xa0", NULL}, {"a/b", NULL}, {"a\\b", NULL}, {"a:b", NULL}, {"a|b", NULL}, {"a?b", NULL},
    {"a*b", NULL}, {"a<b", NULL}, {"a>b", NULL}, {"a\"b", NULL}, {"a'b%20", "a'b%20"},
    {"a\tb", NULL}, {"a\nb", NULL},
    {"a\x7f"
     "b",
        NULL},
    {"a\xc2\x85"
     "b",
        NULL}, /* NEL */
    {"a\xc2\xad"
     "b",
        NULL}, /* soft hyphen */
    {"a\xe2\x80\x8b"
     "b",
        NULL}, /* zero-width space */
    {"a\xe2\x80\x8d"
     "b",
        NULL}, /* zero-width joiner */
    {"a\xe2\x80\xa8"
     "b",
        NULL}, /* line separator */
    {"a\xe2\x80\xae"
     "fdp.exe",
        NULL}, /* right-to-left override */
    {"\xe2\x81\xa6"
     "a\xe2\x81\xa9",
        NULL}, /* isolates */
    {"\xef\xbb\xbf"
     "a",
        NULL},                   /* byte order mark */
    {"a\xef\xbf\xbd", NULL},     /* replacement character */
    {"a\xef\xbf\xbe", NULL},     /* noncharacter */
    {"a\xef\xb7\x90", NULL},     /* noncharacter */
    {"a\xf3\xa0\x81\x81", NULL}, /* tag */
    {"a\xff", NULL},             /* not UTF-8 */
    {"a\xc0\xaf", NULL}, {"a\xed\xa0\x80", NULL},
    {"\xe5\x90\x88\xe5\x90\x8c.pdf", "\xe5\x90\x88\xe5\x90\x8c.pdf"},
    {"\xf0\xa0\xae\xb7", "\xf0\xa0\xae\xb7"},                         /* beyond the basic plane */
    {"e\xcc\x81", "\xc3\xa9"},                                        /* composed */
    {"\xe8\x91\x9b\xf3\xa0\x84\x80", "\xe8\x91\x9b\xf3\xa0\x84\x80"}, /* a variant of a character */
};

static void
test_names(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *name = attachment_name_read(arena, cases[i].text);

        if ((name == NULL) != (cases[i].name == NULL))
            fail_msg("%zu: %s", i, name == NULL ? "refused" : "taken");
        if (name != NULL)
            assert_string_equal(name, cases[i].name);
    }
    assert_null(attachment_name_read(arena, NULL));
    arena_free(arena);
}

static char *
repeated(const char *text, int times)
{
    struct buf out = {0};

    for (int i = 0; i < times; i++)
        buf_puts(&out, text);
    return out.data;
}

/* Characters are counted after composing. */
static void
test_length(void **state)
{
    static const struct {
        const char *text;
        int times;
        bool is_good;
    } lengths[] = {{"x", 200, true}, {"x", 201, false}, {"\xe5\x90\x88", 200, true},
        {"\xe5\x90\x88", 201, false}, {"\xf0\xa0\xae\xb7", 200, true}, {"e\xcc\x81", 200, true},
        {"e\xcc\x81", 201, false}, {"x", 100000, false}};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char *text = repeated(lengths[i].text, lengths[i].times);

        if ((attachment_name_read(arena, text) != NULL) != lengths[i].is_good)
            fail_msg("%d times %s", lengths[i].times, lengths[i].text);
        free(text);
    }
    arena_free(arena);
}

static void
test_disposition(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    assert_string_equal(attachment_disposition(arena, "a b.pdf"),
        "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
    assert_string_equal(attachment_disposition(arena, "\xe5\x90\x88-1%2F'.pdf"),
        "attachment; filename=\"_-1_2F_.pdf\"; filename*=UTF-8''%E5%90%88-1%252F%27.pdf");
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_disposition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
