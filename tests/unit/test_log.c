/* Lines wait for the end of a turn, errors and what stands before them do not, and none is lost or
 * torn. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"

enum { MANY = 200 };

static int kept_stderr;
static int from_log;
static int turns;

static void
begun(void *arg)
{
    assert_ptr_equal(arg, &turns);
    turns++;
}

static int
set_up(void **state)
{
    int ends[2];

    (void)state;
    if (pipe2(ends, O_NONBLOCK) < 0)
        return -1;
    kept_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    from_log = ends[0];
    turns = 0;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    log_hold(NULL, NULL);
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    close(from_log);
    return 0;
}

/* What was written since the last time, as a text; "" for nothing. */
static const char *
written(void)
{
    static char text[64 * 1024];
    ssize_t len = read(from_log, text, sizeof(text) - 1);

    text[len < 0 ? 0 : len] = '\0';
    return text;
}

static void
test_at_once(void **state)
{
    (void)state;
    log_info("test", "one", "n=%d", 1);
    assert_non_null(strstr(written(), " lvl=info "));
    assert_int_equal(turns, 0);
}

static void
test_a_turn_writes_once(void **state)
{
    const char *text;

    (void)state;
    log_hold(begun, &turns);
    log_info("test", "one", "n=%d", 1);
    log_info("test", "two", "n=%d", 2);
    assert_string_equal(written(), "");
    assert_int_equal(turns, 1);
    log_flush();
    text = written();
    assert_non_null(strstr(text, " ev=one n=1\nts="));
    assert_non_null(strstr(text, " ev=two n=2\n"));
    log_info("test", "three", "n=%d", 3);
    assert_int_equal(turns, 2);
}

static void
test_errors_do_not_wait(void **state)
{
    const char *text;

    (void)state;
    log_hold(begun, &turns);
    log_info("test", "before", "n=%d", 1);
    log_warn("test", "worse", "n=%d", 2);
    text = written();
    assert_non_null(strstr(text, "ev=before"));
    assert_true(strstr(text, "ev=before") < strstr(text, "ev=worse"));
    log_info("test", "after", "n=%d", 3);
    assert_string_equal(written(), "");
    log_hold(NULL, NULL);
    assert_non_null(strstr(written(), "ev=after"));
}

/* More than fits: whole lines, all of them, in order. */
static void
test_a_long_turn(void **state)
{
    char want[32];
    const char *at;
    int seen = 0;

    (void)state;
    log_hold(begun, &turns);
    for (int i = 0; i < MANY; i++)
        log_info("test", "line", "n=%d", i);
    log_flush();
    at = written();
    while (strncmp(at, "ts=", 3) == 0) {
        const char *end = strchr(at, '\n');

        assert_non_null(end);
        snprintf(want, sizeof(want), " n=%d\n", seen);
        assert_memory_equal(end + 1 - strlen(want), want, strlen(want));
        seen++;
        at = end + 1;
    }
    assert_int_equal(seen, MANY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_turn_writes_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors_do_not_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_long_turn, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
