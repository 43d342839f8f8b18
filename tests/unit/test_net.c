/* Limits per worker and per address, the pace of requests, and one plain connection over loopback
 * through its whole life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "server/net/listener.h"
#include "server/net/net_int.h"

static struct conf
limits_conf(int total, int per_address, int per_second)
{
    return (struct conf){.connections_max = total,
        .connections_per_address_max = per_address,
        .requests_per_second = per_second,
        .handshake_timeout_ms = 1000,
        .head_timeout_ms = 1000,
        .body_timeout_ms = 1000,
        .idle_timeout_ms = 1000,
        .write_timeout_ms = 1000};
}

static struct net_address *
enter(struct net_limits *limits, const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return limits_enter(limits, (const struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return limits_enter(limits, (const struct sockaddr *)&in6);
}

static void
test_total_and_per_address(void **state)
{
    struct conf conf = limits_conf(4, 2, 0);
    struct net_limits *limits = net_limits_new(&conf);
    struct net_address *one = enter(limits, "10.0.0.1");

    (void)state;
    assert_non_null(one);
    assert_ptr_equal(enter(limits, "::ffff:10.0.0.1"), one); /* the same address on a v6 socket */
    assert_null(enter(limits, "10.0.0.1"));
    assert_int_equal(net_limits_counters(limits)->refused_address, 1);
    assert_non_null(enter(limits, "10.0.0.2"));
    assert_non_null(enter(limits, "10.0.0.3"));
    assert_null(enter(limits, "10.0.0.4"));
    assert_int_equal(net_limits_counters(limits)->refused_total, 1);
    limits_leave(limits, one);
    assert_ptr_equal(enter(limits, "10.0.0.1"), one);
    assert_int_equal(net_limits_counters(limits)->open, 4);
    net_limits_free(limits);
}

static void
test_an_ipv6_network_is_one_address(void **state)
{
    struct conf conf = limits_conf(10, 2, 0);
    struct net_limits *limits = net_limits_new(&conf);

    (void)state;
    assert_non_null(enter(limits, "2001:db8:0:1::1"));
    assert_non_null(enter(limits, "2001:db8:0:1:ffff::2"));
    assert_null(enter(limits, "2001:db8:0:1::3"));
    assert_non_null(enter(limits, "2001:db8:0:2::1"));
    net_limits_free(limits);
}

static void
test_addresses_without_connection_are_forgotten_in_the_end(void **state)
{
    struct conf conf = limits_conf(10, 2, 1);
    struct net_limits *limits = net_limits_new(&conf);
    struct net_rate rate;
    char text[32];

    (void)state;
    for (int i = 0; i < 50000;
         i++) { /* more than are kept: memory is bounded, and the sanitizer sees the rest */
        struct net_address *address;

        snprintf(text, sizeof(text), "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
        address = enter(limits, text);
        assert_non_null(address);
        assert_true(limits_take_request(limits, address, &rate));
        limits_leave(limits, address);
    }
    assert_int_equal(net_limits_counters(limits)->open, 0);
    net_limits_free(limits);
}

static void
test_the_pace_of_requests(void **state)
{
    struct conf conf = limits_conf(10, 10, 1);
    struct net_limits *limits = net_limits_new(&conf);
    struct net_address *fast = enter(limits, "10.0.0.1");
    struct net_address *other = enter(limits, "10.0.0.2");
    struct net_rate rate;

    (void)state;
    for (int left = 9; left >= 0; left--) {
        assert_true(limits_take_request(limits, fast, &rate));
        assert_true(rate.limited);
        assert_int_equal(rate.burst, 10);
        assert_int_equal(rate.window_s, 10);
        assert_int_equal(rate.remaining, left);
    }
    assert_false(limits_take_request(limits, fast, &rate));
    assert_true(rate.retry_after_s >= 1);
    assert_int_equal(net_limits_counters(limits)->requests_limited, 1);
    assert_true(limits_take_request(limits, other, &rate));
    limits_leave(limits, fast); /* a new connection does not fill the bucket */
    assert_ptr_equal(enter(limits, "10.0.0.1"), fast);
    assert_false(limits_take_request(limits, fast, &rate));
    conf.requests_per_second = 0;
    assert_true(limits_take_request(limits, fast, &rate));
    assert_false(rate.limited);
    net_limits_free(limits);
}

/* ---- one connection ---- */

struct scene {
    struct conf conf;
    struct event_base *base;
    struct net_limits *limits;
    struct listener *listener;
    struct conn_group *group;
    struct conn *conn;
    int listen_fd;
    int peer_fd;
    char events[64]; /* U D R E T X in order */
    size_t echo;     /* bytes of answer for each CONN_DATA, 0: none */
    bool closes;     /* at the first data */
};

static void
on_event(void *owner, struct conn *conn, enum conn_event event)
{
    struct scene *scene = owner;
    size_t at = strlen(scene->events);
    char block[4096];
    size_t len;

    if (at < sizeof(scene->events) - 1)
        scene->events[at] = "UDRETX"[event];
    memset(block, 'x', sizeof(block));
    if (event == CONN_DATA) {
        conn_input(conn, &len);
        conn_consume(conn, len);
        for (size_t sent = 0; sent < scene->echo; sent += sizeof(block))
            assert_int_equal(conn_write(conn, block, sizeof(block)), 0);
    }
    if (event == CONN_ERROR || (event == CONN_DATA && scene->closes)) {
        conn_close(conn);
        scene->conn = NULL;
    }
}

static void
on_conn(void *ctx, struct conn *conn)
{
    struct scene *scene = ctx;

    scene->conn = conn;
    conn_start(conn, scene->group, on_event, scene);
}

static int
scene_set_up(void **state)
{
    static struct scene scene;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    scene = (struct scene){.conf = limits_conf(10, 10, 0), .base = event_base_new()};
    scene.limits = net_limits_new(&scene.conf);
    scene.group = conn_group_new(scene.base);
    scene.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bind(scene.listen_fd, (struct sockaddr *)&address, len);
    listen(scene.listen_fd, 8);
    getsockname(scene.listen_fd, (struct sockaddr *)&address, &len);
    scene.listener =
        listener_new(scene.base, scene.listen_fd, NULL, &scene.conf, scene.limits, on_conn, &scene);
    scene.peer_fd = socket(AF_INET, SOCK_STREAM, 0);
    connect(scene.peer_fd, (struct sockaddr *)&address, len);
    fcntl(scene.peer_fd, F_SETFL, O_NONBLOCK);
    *state = &scene;
    return scene.listener != NULL ? 0 : -1;
}

static int
scene_tear_down(void **state)
{
    struct scene *scene = *state;

    listener_free(scene->listener);
    conn_group_free(scene->group);
    net_limits_free(scene->limits);
    event_base_free(scene->base);
    close(scene->peer_fd);
    close(scene->listen_fd);
    return 0;
}

/* Turns the loop until text is the record of events, or too many turns have passed. */
static void
expect_events(struct scene *scene, const char *text)
{
    for (int turn = 0; turn < 5000 && strcmp(scene->events, text) != 0; turn++) {
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
        usleep(200);
    }
    assert_string_equal(scene->events, text);
}

static size_t
drain_peer(struct scene *scene, bool *ended)
{
    static char waste[65536];
    size_t total = 0;
    ssize_t len;

    while ((len = recv(scene->peer_fd, waste, sizeof(waste), 0)) > 0)
        total += (size_t)len;
    *ended = len == 0;
    return total;
}

static void
test_events_of_a_plain_connection(void **state)
{
    struct scene *scene = *state;

    expect_events(scene, "U");
    assert_string_equal(conn_peer_address(scene->conn), "127.0.0.1");
    assert_false(conn_is_tls(scene->conn));
    assert_null(conn_peer_cert_sha256(scene->conn));
    assert_int_equal(send(scene->peer_fd, "a", 1, 0), 1);
    expect_events(scene, "UD");
    conn_write(scene->conn, "b", 1);
    assert_string_equal(scene->events, "UD"); /* never from inside */
    expect_events(scene, "UDR");
    conn_again(scene->conn);
    expect_events(scene, "UDRD");
    shutdown(scene->peer_fd, SHUT_WR);
    expect_events(scene, "UDRDE");
    assert_int_equal(conn_group_open(scene->group), 1);
}

static void
test_a_paused_connection_reads_nothing(void **state)
{
    struct scene *scene = *state;

    expect_events(scene, "U");
    conn_pause(scene->conn);
    assert_int_equal(send(scene->peer_fd, "a", 1, 0), 1);
    for (int turn = 0; turn < 50; turn++)
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
    assert_string_equal(scene->events, "U");
    conn_resume(scene->conn);
    expect_events(scene, "UD");
}

static void
test_a_closed_connection_sends_everything_first(void **state)
{
    struct scene *scene = *state;
    size_t got = 0;
    bool ended = false;

    scene->echo = 4 * 1024 * 1024;
    scene->closes = true;
    assert_int_equal(send(scene->peer_fd, "a", 1, 0), 1);
    for (int turn = 0; turn < 20000 && !ended; turn++) {
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
        got += drain_peer(scene, &ended);
    }
    assert_true(ended);
    assert_int_equal(got, scene->echo);
    assert_string_equal(scene->events, "UD");           /* nothing after conn_close() */
    assert_int_equal(conn_group_open(scene->group), 1); /* lingers for the end of the peer */
    shutdown(scene->peer_fd, SHUT_WR);
    for (int turn = 0; turn < 5000 && conn_group_open(scene->group) > 0; turn++) {
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
        usleep(200);
    }
    assert_int_equal(conn_group_open(scene->group), 0);
    assert_int_equal(net_limits_counters(scene->limits)->open, 0);
}

static void
test_output_is_bounded_and_a_peer_that_does_not_read_is_cut(void **state)
{
    struct scene *scene = *state;
    static char block[1024 * 1024];
    int written = 0;

    scene->conf.write_timeout_ms = 100;
    expect_events(scene, "U");
    while (written < 64 && conn_write(scene->conn, block, sizeof(block)) == 0)
        written++;
    assert_in_range(written, 16, 18);
    expect_events(scene, "UX");
    for (int turn = 0; turn < 50; turn++)
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
    assert_int_equal(conn_group_open(scene->group), 0);
}

static void
test_a_deadline_is_absolute(void **state)
{
    struct scene *scene = *state;

    scene->conf.head_timeout_ms = 100;
    expect_events(scene, "U");
    conn_set_deadline(scene->conn, DEADLINE_HEAD);
    assert_int_equal(send(scene->peer_fd, "a", 1, 0), 1);
    expect_events(scene, "UDT");
}

int
main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_total_and_per_address),
        cmocka_unit_test(test_an_ipv6_network_is_one_address),
        cmocka_unit_test(test_addresses_without_connection_are_forgotten_in_the_end),
        cmocka_unit_test(test_the_pace_of_requests),
        SCENE(test_events_of_a_plain_connection),
        SCENE(test_a_paused_connection_reads_nothing),
        SCENE(test_a_closed_connection_sends_everything_first),
        SCENE(test_output_is_bounded_and_a_peer_that_does_not_read_is_cut),
        SCENE(test_a_deadline_is_absolute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
