"""Files on their way: huge, slow, broken, killed, pipelined, in parallel. A file is there as a whole or not at all."""
import contextlib
import http.client
import select
import signal
import ssl
import threading
import time

import pytest

from attachments import PDF, PNG, items, path, pdf, put
from harness import wait_until
from test_http_malformed import Unread, check_healthy, check_problem, read_answer
from test_slow_client import small_window, tls_context

HOST = "Host: a\r\n"


def head(tcrd, contract, name="a.pdf", role="agency", kind="text", media_type=PDF, verb="PUT", **headers):
    target = path(contract, name, **({"kind": kind} if verb == "PUT" else {}))
    lines = {"Authorization": "Bearer " + tcrd.token(role), **({"Content-Type": media_type} if verb == "PUT" else {}), **headers}
    return (f"{verb} {target} HTTP/1.1\r\n{HOST}" + "".join(f"{n.replace('_', '-')}: {v}\r\n" for n, v in lines.items()) + "\r\n").encode()


def uploads(query, contract):
    return query("select count(*) from tcr.attachment_upload where contract_id = %s", contract["id"])[0][0]


def arrived(query, contract):
    """Pieces in the record."""
    return query("select coalesce(sum(pieces), 0) from tcr.attachment_upload where contract_id = %s", contract["id"])[0][0]


def all_given_up(query, contract):
    wait_until(lambda: uploads(query, contract) == 0, "broken uploads are given up")
    assert query("""select count(*) from tcr.attachment_piece p where not exists (select from tcr.attachment a where a.id = p.attachment_id)
        and not exists (select from tcr.attachment_upload u where u.id = p.attachment_id)""") == [(0,)]


# Refused before the body


def test_ten_gigabytes_announced_cost_no_byte(tcrd, query):
    contract = tcrd.filed()
    for expect in ({}, {"Expect": "100-continue"}):
        with tcrd.raw(head(tcrd, contract, Content_Length=10 << 30, **expect)) as sock:
            answer = read_answer(sock)
            assert check_problem(answer, 413)["code"] == "too_large"
            assert answer.getheader("Connection") == "close" and sock.recv(1) == b""
    assert uploads(query, contract) == 0


@pytest.mark.parametrize("length", ["999999999999999999", "9999999999999999999"])
def test_lengths_beyond_all_bounds(tcrd, length):
    with tcrd.raw(head(tcrd, tcrd.filed(), Content_Length=length)) as sock:
        check_problem(read_answer(sock), 413)


def test_the_body_is_asked_for_only_when_it_will_be_taken(tcrd, query):
    contract, data = tcrd.filed(), pdf(150000)
    expect = {"Expect": "100-continue", "Content_Length": len(data)}
    for status, change in ((401, {"Authorization": "Bearer none"}), (404, {"role": "agency2"}), (403, {"role": "bureau"}),
                           (415, {"media_type": "text/html"}), (422, {"name": ".."}), (422, {"kind": "x"}), (400, {"If_Match": "x"}),
                           (412, {"If_Match": '"1"'})):
        with tcrd.raw(head(tcrd, contract, **{**expect, **change})) as sock:
            answer = read_answer(sock)
            assert answer.status == status, (change, answer.content)
            assert answer.getheader("Connection") == "close" and sock.recv(1) == b""
    assert uploads(query, contract) == 0
    with tcrd.raw(head(tcrd, contract, **expect)) as sock:
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(data)
        assert read_answer(sock).status == 201
        sock.sendall(head(tcrd, contract, verb="GET"))
        assert read_answer(sock).content == data
    all_given_up(query, contract)


def test_ten_gigabytes_in_chunks_end_at_the_limit(make_tcrd, query):
    tcrd = make_tcrd({"attachment.bytes_max": 20 << 20})
    contract, sent = tcrd.filed(), 0
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    with tcrd.raw(head(tcrd, contract, Transfer_Encoding="chunked", Expect="100-continue")) as sock:
        assert sock.recv(1000).startswith(b"HTTP/1.1 100 ")
        sock.sendall(b"5\r\n%PDF-\r\n")
        while sent < 10 << 30 and not select.select([sock], [], [], 0)[0]:
            sock.sendall(chunk)
            sent += 65536
        check_problem(read_answer(sock), 413)
    assert 20 << 20 <= sent < 30 << 20, "what is on its way when it is refused is not much"
    assert items(tcrd.https("agency"), contract) == []
    all_given_up(query, contract)


def test_a_false_type_is_refused_with_its_first_bytes(tcrd, query):
    contract = tcrd.filed()
    with tcrd.raw(head(tcrd, contract, Content_Length=90 << 20, media_type=PNG, name="a.png") + pdf(65536)) as sock:
        problem = check_problem(read_answer(sock), 422)
        assert problem["errors"][0]["rule"] == "attachment.content"
    all_given_up(query, contract)


# Framing around it


def test_the_connection_goes_on_after_an_upload(tcrd):
    contract, data = tcrd.filed(), pdf(300000)
    codes = b"GET /v1/codes HTTP/1.1\r\n" + HOST.encode() + b"\r\n"
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(data[i:i + 7000]), data[i:i + 7000]) for i in range(0, len(data), 7000)) + b"0\r\n\r\n"
    with tcrd.raw(codes + head(tcrd, contract, Content_Length=len(data)) + data + codes + codes
                  + head(tcrd, contract, name="b.pdf", Transfer_Encoding="chunked") + chunked
                  + head(tcrd, contract, verb="GET") + head(tcrd, contract, name="b.pdf", verb="HEAD") + codes) as sock:
        stream = Unread(sock)
        answers = [read_answer(stream, verb) for verb in ("GET", "PUT", "GET", "GET", "PUT", "GET", "HEAD", "GET")]
        assert [a.status for a in answers] == [200, 201, 200, 200, 201, 200, 200, 200]
        assert answers[5].content == data and answers[6].content == b""
        assert all(a.getheader("Connection") is None for a in answers)


def test_small_uploads_one_after_the_other_in_one_write(tcrd):
    contract = tcrd.filed()
    files = {f"{i}.pdf": pdf(1000 + i) for i in range(30)}
    with tcrd.raw(b"".join(head(tcrd, contract, name=n, Content_Length=len(d)) + d for n, d in files.items())) as sock:
        stream = Unread(sock)
        assert [read_answer(stream).status for _ in files] == [201] * 30
    client = tcrd.https("agency")
    assert {n: client.get(path(contract, n)).body for n in files} == files


def test_http_1_0_uploads_too(tcrd):
    contract, data = tcrd.filed(), pdf(100000)
    with tcrd.raw(head(tcrd, contract, Content_Length=len(data)).replace(b"HTTP/1.1", b"HTTP/1.0") + data) as sock:
        assert read_answer(sock).status == 201 and sock.recv(1) == b""
    with tcrd.raw(head(tcrd, contract, verb="GET").replace(b"HTTP/1.1", b"HTTP/1.0")) as sock:
        assert read_answer(sock).content == data and sock.recv(1) == b""


@pytest.mark.parametrize("tail", [b"x\r\nabc", b"5\nabcde", b"5\r\nabcdeX", b"0\r\nX: y\r\n\r\n", b"-5\r\n", b"fffffffffffffffff\r\n"])
def test_bad_framing_gives_the_upload_up(tcrd, query, tail):
    contract, data = tcrd.filed(), pdf(100000)
    with tcrd.raw(head(tcrd, contract, Transfer_Encoding="chunked") + b"%x\r\n%s\r\n" % (len(data), data) + tail) as sock:
        check_problem(read_answer(sock), 400)
        assert sock.recv(1) == b""
    assert items(tcrd.https("agency"), contract) == []
    all_given_up(query, contract)


def test_both_lengths_are_refused(tcrd, query):
    contract = tcrd.filed()
    with tcrd.raw(head(tcrd, contract, Content_Length=5, Transfer_Encoding="chunked") + b"5\r\n%PDF-\r\n0\r\n\r\n") as sock:
        check_problem(read_answer(sock), 400)
    assert uploads(query, contract) == 0


# Broken, slow, killed


def test_a_broken_upload_leaves_nothing(tcrd, query):
    contract, data = tcrd.filed(), pdf(1 << 20)
    for sent in (0, 5, 65536, 200000, len(data) - 1):
        sock = tcrd.raw(head(tcrd, contract, Content_Length=len(data)) + data[:sent])
        wait_until(lambda: uploads(query, contract) == 1, "the upload is under way")
        sock.close()
        all_given_up(query, contract)
    assert items(tcrd.https("agency"), contract) == []
    assert put(tcrd.https("agency"), contract, "a.pdf", data).status == 201


def test_the_end_of_the_stream_inside_a_body(tcrd, query):
    contract = tcrd.filed()
    with tcrd.raw(head(tcrd, contract, Content_Length=100000) + pdf(70000)) as sock:
        with contextlib.suppress(ssl.SSLError):  # an answer comes after the end of the stream
            sock.unwrap()
    all_given_up(query, contract)


def test_a_dripping_body_is_told_but_progress_is_enough(make_tcrd, query):
    tcrd = make_tcrd({"timeout.body_ms": 800})
    contract, data = tcrd.filed(), pdf(5 * 65536)
    for first in (b"", b"%PDF-"):
        began = time.monotonic()
        with tcrd.raw(head(tcrd, contract, Content_Length=len(data)) + first) as sock:
            sock.settimeout(0.1)
            answer = b""
            while not answer and time.monotonic() - began < 5:
                with contextlib.suppress(TimeoutError):
                    answer = sock.recv(4096)
                with contextlib.suppress(OSError):
                    sock.sendall(b"0")
        assert answer.startswith(b"HTTP/1.1 408 ") and 0.7 < time.monotonic() - began < 4
        all_given_up(query, contract)
    began = time.monotonic()
    with tcrd.raw(head(tcrd, contract, Content_Length=len(data))) as sock:
        for at in range(0, len(data), 32768):
            sock.sendall(data[at:at + 32768])
            time.sleep(0.25)
        assert read_answer(sock).status == 201
    assert time.monotonic() - began > 2 * 0.8


def test_a_worker_killed_in_the_middle_leaves_nothing_to_see(tcrd, query):
    contract, data = tcrd.filed(), pdf(1 << 20)
    agency = tcrd.https("agency")
    with tcrd.raw(head(tcrd, contract, Content_Length=len(data)) + data[:500000]) as sock:
        wait_until(lambda: arrived(query, contract) >= 5, "pieces are in the record")
        for _ in range(tcrd.worker_count):
            tcrd.kill_worker()
        with contextlib.suppress(OSError):
            assert sock.recv(1) == b""
    tcrd.wait_ready()
    agency = tcrd.https("agency")
    assert items(agency, contract, history=True) == [] and agency.get(path(contract, "a.pdf")).status == 404
    assert uploads(query, contract) == 1
    assert put(agency, contract, "a.pdf", data).status == 201, "nobody waits for the dead one"
    query("update tcr.attachment_upload set touched_at = now() - interval '16 minutes'")
    assert put(agency, contract, "a.pdf", pdf()).json["version"] == 2
    all_given_up(query, contract)


def test_a_database_lost_in_the_middle(tcrd, query, cluster):
    contract, data = tcrd.filed(), pdf(3 << 20)
    with tcrd.raw(head(tcrd, contract, Content_Length=len(data)) + data[:1 << 20]) as sock:
        wait_until(lambda: arrived(query, contract) >= 8, "pieces are in the record")
        cluster.kill_backends()
        with contextlib.suppress(OSError):
            sock.sendall(data[1 << 20:])
        answer = read_answer(sock)
        assert answer.status in (201, 503), answer.content
    agency = tcrd.https("agency")
    wait_until(lambda: put(agency, contract, "a.pdf", data).status in (200, 201), "it can be sent again")
    assert agency.get(path(contract, "a.pdf")).body == data
    query("select tcr.attachment_drop_uploads(array(select id from tcr.attachment_upload))")  # if the one to give it up was lost as well


def test_postgresql_down_is_said(tcrd, query, cluster):
    contract = tcrd.filed()
    with tcrd.raw(head(tcrd, contract, Content_Length=200000)) as sock:
        wait_until(lambda: uploads(query, contract) == 1, "the upload is under way")
        cluster.kill_backends(sig=signal.SIGSTOP)
        try:
            sock.sendall(pdf(200000))
        finally:
            cluster.kill_backends(sig=signal.SIGCONT)
        assert read_answer(sock).status in (201, 503)
    wait_until(lambda: uploads(query, contract) == 0, "nothing is left")


def test_a_download_that_breaks_off_costs_nothing_and_is_audited(tcrd, query):
    contract, data = tcrd.filed(), pdf(8 << 20)
    made = put(tcrd.https("agency"), contract, "a.pdf", data)
    for taken in (1, 100000):
        with small_window(tcrd.http_port, tls_context(tcrd.ca_file)) as sock:
            sock.sendall(head(tcrd, contract, role="auditor", verb="GET"))
            assert len(sock.recv(taken)) > 0
    wait_until(lambda: query("select count(*) from tcr.audit where event = 'attachment.get' and outcome = 'ok' and object = %s",
                             f"contract {contract['id']} attachment {made.json['id']}")[0][0] == 2, "both reads are audited")
    wait_until(lambda: tcrd.metric("tcrd_calls_open") == 0, "nothing waits for a peer that has gone")
    check_healthy(tcrd)


def test_a_peer_that_takes_nothing_is_cut(make_tcrd):
    tcrd = make_tcrd({"timeout.write_ms": 500, "workers": 1})
    contract = tcrd.filed()
    assert put(tcrd.https("agency"), contract, "a.pdf", pdf(8 << 20)).status == 201
    before = tcrd.metric("tcrd_connections_open")
    with small_window(tcrd.http_port, tls_context(tcrd.ca_file)) as sock:
        sock.sendall(head(tcrd, contract, verb="GET"))
        wait_until(lambda: tcrd.metric("tcrd_calls_open") == 1, "it is being sent")
        wait_until(lambda: tcrd.metric("tcrd_calls_open") == 0, "it was given up")
        wait_until(lambda: tcrd.metric("tcrd_connections_open") <= before + 1, "the connection is gone")
        with pytest.raises((OSError, http.client.IncompleteRead)):
            read_answer(sock)
            raise OSError("the peer must see that it is not whole")
    check_healthy(tcrd)


def test_a_file_taken_back_while_it_is_sent(tcrd):
    agency, contract, data = tcrd.https("agency"), tcrd.filed(), pdf(16 << 20)
    assert put(agency, contract, "a.pdf", data).status == 201
    with small_window(tcrd.http_port, tls_context(tcrd.ca_file)) as sock:
        sock.sendall(head(tcrd, contract, verb="GET"))
        begun = sock.recv(1000)
        assert begun.startswith(b"HTTP/1.1 200 OK\r\n")
        assert agency.request("DELETE", path(contract, "a.pdf")).status == 200
        got = len(begun)
        with contextlib.suppress(OSError):
            while chunk := sock.recv(1 << 20):
                got += len(chunk)
        assert got < len(data), "the end of the connection comes before the announced length"


def test_parallel_uploads(tcrd, query):
    contract, results = tcrd.filed(), []

    def one(number):
        client, data = tcrd.https("agency"), pdf(400000 + number)
        for name in (f"{number}.pdf", "同名.pdf"):
            done = put(client, contract, name, data)
            results.append((name, done.status, client.get(path(contract, name, version=done.json["version"])).body == data))
    threads = [threading.Thread(target=one, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 24 and all(status == 201 and same for _, status, same in results), results
    assert query("select array_agg(version order by version) from tcr.attachment where contract_id = %s and name = '同名.pdf'",
                 contract["id"])[0][0] == list(range(1, 13))
    assert query("select count(*) from tcr.attachment where contract_id = %s and is_current", contract["id"]) == [(13,)]
    assert query("select count(*) from tcr.attachment a where not tcr.attachment_is_sound(a.id)") == [(0,)]
    all_given_up(query, contract)


def test_a_state_that_changes_meanwhile(tcrd, query):
    contract, data = tcrd.filed(), pdf(300000)
    with tcrd.raw(head(tcrd, contract, Content_Length=len(data)) + data[:100000]) as sock:
        wait_until(lambda: uploads(query, contract) == 1, "the upload is under way")
        assert tcrd.https("agency").act(contract, "withdraw").status == 200
        sock.sendall(data[100000:])
        assert check_problem(read_answer(sock), 409)["code"] == "state"
    all_given_up(query, contract)


def test_a_drain_lets_an_upload_end(make_tcrd):
    tcrd = make_tcrd({"drain.seconds": 20, "workers": 1})
    contract, data = tcrd.filed(), pdf(300000)
    with tcrd.raw(head(tcrd, contract, Content_Length=len(data)) + data[:100000]) as sock:
        wait_until(lambda: tcrd.metric("tcrd_calls_open") == 1, "the upload is under way")
        with tcrd.raw() as idle:
            tcrd.process.terminate()
            assert idle.recv(1) == b"", "the drain has begun"
        sock.sendall(data[100000:])
        answer = read_answer(sock)
        assert answer.status == 201 and answer.getheader("Connection") == "close"
    assert tcrd.stop() == 0
