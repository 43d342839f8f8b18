"""Peers that send or read too slowly are cut off at an absolute deadline, are told so where HTTP can tell, and cost the others nothing."""
import contextlib
import json
import signal
import socket
import time

import pytest

from clients import tls_context
from harness import Tcrd, wait_until
from test_http_malformed import GET, HOST, JSON, check_healthy, check_problem, read_answer

SHORT = {"timeout.handshake_ms": 500, "timeout.head_ms": 500, "timeout.body_ms": 700, "timeout.idle_ms": 900, "timeout.write_ms": 500,
         "workers": 1}


@pytest.fixture(scope="module")
def slow(installation):
    daemon = Tcrd(installation, SHORT)
    yield daemon
    assert daemon.stop() == 0
    assert daemon.sanitizer_findings() == []


def seconds_until_answer(sock, pieces, pause=0.1):
    """Sends the pieces with pauses; (seconds until the daemon answered or closed, the answer or None)."""
    began = time.monotonic()
    sock.settimeout(pause)
    reader = b""
    for piece in pieces:
        with contextlib.suppress(OSError):
            sock.sendall(piece)
        try:
            got = sock.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - began, reader
        reader += got
        if not got:
            break
    return time.monotonic() - began, reader


def single_bytes(data, count=200):
    return [data[i:i + 1] for i in range(min(count, len(data)))]


def status_of(data):
    return int(data.split(b" ", 2)[1]) if data.startswith(b"HTTP/1.1 ") else None


def test_a_dripping_head_is_answered_408(slow):
    with slow.raw() as sock:
        took, answer = seconds_until_answer(sock, single_bytes(GET + HOST + b"X: " + b"y" * 200))
    assert status_of(answer) == 408
    assert 0.4 < took < 3


def test_a_half_head_is_answered_408(slow):
    with slow.raw(GET + HOST) as sock:
        answer = read_answer(sock)
        check_problem(answer, 408)
        assert answer.getheader("Connection") == "close"
        assert sock.recv(1) == b""
    check_healthy(slow)


def test_a_half_body_is_answered_408(slow):
    request = b"POST /v1/contracts/check HTTP/1.1\r\n" + HOST + JSON
    for rest in (b"Content-Length: 10\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"):
        with slow.raw(request + rest) as sock:
            check_problem(read_answer(sock), 408)
            assert sock.recv(1) == b""


def test_a_dripping_body_is_answered_408(slow):
    request = b"POST /v1/contracts/check HTTP/1.1\r\n" + HOST + JSON + b"Content-Length: 1000\r\n\r\n"
    with slow.raw(request) as sock:
        took, answer = seconds_until_answer(sock, single_bytes(b" " * 1000))
    assert status_of(answer) == 408
    assert 0.5 < took < 3


def test_an_idle_connection_is_closed_without_a_word(slow):
    with slow.raw() as sock:
        assert sock.recv(1) == b""
    with slow.raw(GET + HOST + b"\r\n") as sock:
        assert read_answer(sock).status == 200
        assert sock.recv(1) == b""


def test_a_connection_in_use_outlives_the_idle_time(slow):
    with slow.raw() as sock:
        until = time.monotonic() + 2
        while time.monotonic() < until:
            sock.sendall(GET + HOST + b"\r\n")
            assert read_answer(sock).status == 200


@pytest.mark.parametrize("first", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])
@pytest.mark.parametrize("port", ["http_port", "rpc_port"])
def test_a_handshake_that_does_not_end_is_cut(slow, first, port):
    with socket.create_connection(("127.0.0.1", getattr(slow, port)), timeout=5) as sock:
        sock.sendall(first)
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(1) == b""


def test_a_half_line_is_told_and_closed(slow):
    with slow.rpc() as client:
        client.socket.sendall(b'{"jsonrpc": "2.0", ')
        answer = client.recv()
        assert answer["id"] is None and answer["error"]["data"]["code"] == "request_timeout"
        assert client.recv() is None


def test_a_dripping_line_is_told_and_closed(slow):
    with slow.rpc() as client:
        took, answer = seconds_until_answer(client.socket, single_bytes(b" " * 1000))
        assert json.loads(answer.splitlines()[0])["error"]["data"]["status"] == 408
        assert took < 3


def test_an_idle_line_connection_is_closed(slow):
    with slow.rpc() as client:
        assert client.call("code.lists")["items"]
        assert client.recv() is None


def small_window(port, context):
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(10)
    plain.connect(("127.0.0.1", port))
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_a_peer_that_reads_nothing_is_cut(slow):
    """Answers pile up to a bound, no more requests are taken, and after the write deadline the connection is gone."""
    before = slow.metric("tcrd_connections_open")
    with small_window(slow.http_port, tls_context(slow.ca_file)) as sock:
        sock.settimeout(0.3)
        request = b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n"
        with pytest.raises(OSError):
            for _ in range(100000):
                sock.sendall(request * 50)

        def gone():
            check_healthy(slow)
            return slow.metric("tcrd_connections_open") <= before
        wait_until(gone, "the connection of a peer that reads nothing is closed", timeout=10)


def test_many_slow_clients_do_not_slow_the_others(slow):
    held = [slow.raw(GET + HOST) for _ in range(100)]
    try:
        began = time.monotonic()
        with slow.https() as client:
            for _ in range(50):
                assert client.get("/v1/codes").status == 200
        assert time.monotonic() - began < 5
        for sock in held:
            assert read_answer(sock).status == 408
    finally:
        for sock in held:
            sock.close()


def test_a_drain_that_cannot_end_in_time(make_tcrd, cluster):
    """Calls that PostgreSQL does not answer and lines behind them: the workers still end, in order, after drain.seconds."""
    daemon = make_tcrd({"drain.seconds": 1, "rpc.in_flight": 2, "workers": 1, "db.call_timeout_ms": 60000, "db.wait_timeout_ms": 60000})
    lines = [json.dumps({"jsonrpc": "2.0", "id": i, "method": "contract.list"}) for i in range(50)]
    lines.append("[" + ",".join(lines) + "]")
    request = GET.replace(b"codes", b"contracts") + HOST + b"Authorization: Bearer " + daemon.token("agency").encode() + b"\r\n\r\n"
    with daemon.rpc("agency") as client, daemon.raw() as sock:
        assert "items" in client.call("contract.list")
        cluster.kill_backends(sig=signal.SIGSTOP)
        try:
            client.send_line("\n".join(lines))
            sock.sendall(request * 5)
            wait_until(lambda: daemon.metric("tcrd_calls_open") >= 3, "calls wait for PostgreSQL")
            assert daemon.stop() == 0
        finally:
            cluster.kill_backends(sig=signal.SIGCONT)
