"""Every malformed or unusual HTTP request gets the right refusal as a problem document, and the daemon serves the next one."""
import http.client
import json
import socket

import pytest

from refusals import RULES, check_words

HOST = b"Host: localhost:8443\r\n"
GET = b"GET /v1/codes HTTP/1.1\r\n"
POST = b"POST /v1/contracts/check HTTP/1.1\r\n" + HOST + b"Authorization: Bearer TOKEN\r\n"
JSON = b"Content-Type: application/json\r\n"
CHUNKED = POST + JSON + b"Transfer-Encoding: chunked\r\n\r\n"


def head(line, *fields):
    return b"\r\n".join([line, *fields]) + b"\r\n\r\n"


def body(text, *fields):
    text = text if isinstance(text, bytes) else text.encode()
    return POST + JSON + b"".join(f + b"\r\n" for f in fields) + b"Content-Length: %d\r\n\r\n" % len(text) + text


# What cannot be read as HTTP: the answer ends the connection.
BROKEN = {
    "garbage": (400, b"\x00\x01\x02\x03garbage"),
    "json line": (400, b'{"jsonrpc": "2.0"}\r\n\r\n'),
    "lf only": (400, b"GET /v1/codes HTTP/1.1\nHost: a\n\n"),
    "cr only": (400, b"GET /v1/codes HTTP/1.1\rHost: a\r\r"),
    "cr in value": (400, GET + HOST + b"X: a\rb: c\r\n\r\n"),
    "lf in value": (400, GET + HOST + b"X: a\nb: c\r\n\r\n"),
    "two empty lines first": (400, b"\r\n\r\n" + GET + HOST + b"\r\n"),
    "space first": (400, b" " + GET + HOST + b"\r\n"),
    "no version": (400, b"GET /v1/codes\r\n\r\n"),
    "two spaces": (400, b"GET  /v1/codes HTTP/1.1\r\n" + HOST + b"\r\n"),
    "space after version": (400, b"GET /v1/codes HTTP/1.1 \r\n" + HOST + b"\r\n"),
    "tab between": (400, b"GET\t/v1/codes\tHTTP/1.1\r\n" + HOST + b"\r\n"),
    "version 1": (400, b"GET /v1/codes HTTP/1\r\n" + HOST + b"\r\n"),
    "version lower case": (400, b"GET /v1/codes http/1.1\r\n" + HOST + b"\r\n"),
    "version ICE": (400, b"GET /v1/codes ICE/1.0\r\n" + HOST + b"\r\n"),
    "version 0.9": (505, b"GET /v1/codes HTTP/0.9\r\n" + HOST + b"\r\n"),
    "version 1.2": (505, b"GET /v1/codes HTTP/1.2\r\n" + HOST + b"\r\n"),
    "version 2.0": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "lower case method": (501, b"get /v1/codes HTTP/1.1\r\n" + HOST + b"\r\n"),
    "unknown method": (501, b"BREW /v1/codes HTTP/1.1\r\n" + HOST + b"\r\n"),
    "trace": (501, b"TRACE /v1/codes HTTP/1.1\r\n" + HOST + b"\r\n"),
    "connect": (501, b"CONNECT a:443 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "relative target": (400, b"GET v1/codes HTTP/1.1\r\n" + HOST + b"\r\n"),
    "star": (400, b"GET * HTTP/1.1\r\n" + HOST + b"\r\n"),
    "fragment": (400, b"GET /v1/codes#a HTTP/1.1\r\n" + HOST + b"\r\n"),
    "raw utf-8": (400, "GET /v1/codes?q=沂 HTTP/1.1\r\n".encode() + HOST + b"\r\n"),
    "nul in target": (400, b"GET /v1/co\0des HTTP/1.1\r\n" + HOST + b"\r\n"),
    "half a percent": (400, b"GET /v1/codes?q=%4 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "bad percent": (400, b"GET /v1/codes?q=%zz HTTP/1.1\r\n" + HOST + b"\r\n"),
    "braces": (400, b"GET /v1/{codes} HTTP/1.1\r\n" + HOST + b"\r\n"),
    "other scheme": (400, b"GET ftp://localhost:8443/v1/codes HTTP/1.1\r\n" + HOST + b"\r\n"),
    "other authority": (400, b"GET https://elsewhere/v1/codes HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no host": (400, GET + b"\r\n"),
    "two hosts": (400, GET + HOST + HOST + b"\r\n"),
    "empty host": (400, GET + b"Host:\r\n\r\n"),
    "host with space": (400, GET + b"Host: a b\r\n\r\n"),
    "host with path": (400, GET + b"Host: a/b\r\n\r\n"),
    "host with user": (400, GET + b"Host: a@b\r\n\r\n"),
    "host with comma": (400, GET + b"Host: a,b\r\n\r\n"),
    "host with big port": (400, GET + b"Host: a:99999\r\n\r\n"),
    "space before colon": (400, GET + HOST + b"X-A : b\r\n\r\n"),
    "no colon": (400, GET + HOST + b"X-A\r\n\r\n"),
    "empty name": (400, GET + HOST + b": b\r\n\r\n"),
    "name with space": (400, GET + HOST + b"X A: b\r\n\r\n"),
    "folded line": (400, GET + HOST + b"X-A: b\r\n c\r\n\r\n"),
    "folded first line": (400, GET + b" Host: a\r\n\r\n"),
    "folded length": (400, POST + b"Content-Length:\r\n 2\r\n\r\n{}"),
    "control in value": (400, GET + HOST + b"X-A: \x07\r\n\r\n"),
    "nul in value": (400, GET + HOST + b"X-A: a\0b\r\n\r\n"),
    "delete in value": (400, GET + HOST + b"X-A: \x7f\r\n\r\n"),
    "long target": (414, b"GET /" + b"a" * 8200 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "long target, no end": (414, b"GET /" + b"a" * 9000),
    "long head": (431, GET + HOST + b"X-A: " + b"b" * 17000 + b"\r\n\r\n"),
    "long head, no end": (431, GET + HOST + b"X-A: " + b"b" * 17000),
    "many fields": (431, GET + HOST + b"X: y\r\n" * 101 + b"\r\n"),
    "length with plus": (400, POST + JSON + b"Content-Length: +2\r\n\r\n{}"),
    "length with minus": (400, POST + JSON + b"Content-Length: -2\r\n\r\n{}"),
    "length hexadecimal": (400, POST + JSON + b"Content-Length: 0x2\r\n\r\n{}"),
    "length as list": (400, POST + JSON + b"Content-Length: 2, 2\r\n\r\n{}"),
    "empty length": (400, POST + JSON + b"Content-Length:\r\n\r\n{}"),
    "same length twice": (400, POST + JSON + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
    "two lengths": (400, POST + JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
    "length overflows": (400, POST + JSON + b"Content-Length: 99999999999999999999\r\n\r\n{}"),
    "length over the limit": (413, POST + JSON + b"Content-Length: 1048577\r\n\r\n{"),
    "length and coding": (400, POST + JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "coding and length": (400, POST + JSON + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"),
    "coding gzip": (400, POST + JSON + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n"),
    "coding identity": (400, POST + JSON + b"Transfer-Encoding: identity\r\n\r\n{}"),
    "coding list": (400, POST + JSON + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "coding twice": (400, POST + JSON + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n"),
    "coding on 1.0": (400, b"POST /v1/contracts/check HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "chunk size with plus": (400, CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n"),
    "chunk size 0x": (400, CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n"),
    "chunk size with space": (400, CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n"),
    "chunk size ends in lf": (400, CHUNKED + b"2\n{}\r\n0\r\n\r\n"),
    "chunk size overflows": (400, CHUNKED + b"fffffffffffffffff\r\n{}"),
    "chunk without crlf": (400, CHUNKED + b"2\r\n{}0\r\n\r\n"),
    "chunk too long": (400, CHUNKED + b"2\r\n{}}\r\n0\r\n\r\n"),
    "chunk ends in lf": (400, CHUNKED + b"2\r\n{}\r\n0\r\n\n"),
    "chunks over the limit": (413, CHUNKED + b"100001\r\n" + b" " * 0x100001 + b"\r\n0\r\n\r\n"),
    "trailer": (400, CHUNKED + b"2\r\n{}\r\n0\r\nX: y\r\n\r\n"),
    "trailing length": (400, CHUNKED + b"2\r\n{}\r\n0\r\nContent-Length: 2\r\n\r\n"),
    "two authorizations": (400, POST + b"Authorization: Bearer x\r\n\r\n"),
    "two content types": (400, POST + JSON + JSON + b"Content-Length: 2\r\n\r\n{}"),
    "two keys": (400, POST + JSON + b"Idempotency-Key: a\r\nIdempotency-Key: a\r\nContent-Length: 2\r\n\r\n{}"),
    "two matches": (400, POST + JSON + b'If-Match: "1"\r\nIf-Match: "1"\r\nContent-Length: 2\r\n\r\n{}'),
    "unknown expectation": (417, POST + JSON + b"Expect: a-miracle\r\nContent-Length: 2\r\n\r\n{}"),
}

# What can be read as HTTP but not be served: the connection goes on.
REFUSED = {
    "unknown path": (404, GET.replace(b"codes", b"nothing") + HOST + b"\r\n"),
    "trailing slash": (404, GET.replace(b"codes", b"codes/") + HOST + b"\r\n"),
    "double slash": (404, GET.replace(b"/v1/", b"//v1/") + HOST + b"\r\n"),
    "dot segments": (404, GET.replace(b"codes", b"x/../codes") + HOST + b"\r\n"),
    "wrong verb": (405, GET.replace(b"GET", b"DELETE") + HOST + b"\r\n"),
    "patch": (405, GET.replace(b"GET", b"PATCH") + HOST + b"\r\n"),
    "get on post": (405, b"GET /v1/contracts/check HTTP/1.1\r\n" + HOST + b"\r\n"),
    "not acceptable": (406, GET + HOST + b"Accept: image/png\r\n\r\n"),
    "nothing acceptable": (406, GET + HOST + b"Accept: */*;q=0\r\n\r\n"),
    "unknown parameter": (400, GET.replace(b"codes", b"codes?colour=red") + HOST + b"\r\n"),
    "parameter twice": (400, b"GET /v1/contracts?q=a&q=b HTTP/1.1\r\n" + HOST + b"Authorization: Bearer TOKEN\r\n\r\n"),
    "nul in parameter": (400, b"GET /v1/contracts?q=%00 HTTP/1.1\r\n" + HOST + b"Authorization: Bearer TOKEN\r\n\r\n"),
    "not utf-8 in parameter": (400, b"GET /v1/contracts?q=%ff HTTP/1.1\r\n" + HOST + b"Authorization: Bearer TOKEN\r\n\r\n"),
    "not utf-8 in path": (400, b"GET /v1/codes/%ff HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no credential": (401, b"GET /v1/contracts HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no credential before syntax": (401, b"GET /v1/contracts?colour=red HTTP/1.1\r\n" + HOST + b"\r\n"),
    "basic credential": (401, b"GET /v1/contracts HTTP/1.1\r\n" + HOST + b"Authorization: Basic YTpi\r\n\r\n"),
    "unknown key": (401, b"GET /v1/contracts HTTP/1.1\r\n" + HOST + b"Authorization: Bearer " + b"x" * 43 + b"\r\n\r\n"),
    "two words as key": (401, b"GET /v1/contracts HTTP/1.1\r\n" + HOST + b"Authorization: Bearer a b\r\n\r\n"),
    "body is missing": (400, POST + JSON + b"\r\n"),
    "body is empty": (400, body("")),
    "body without type": (415, POST + b"Content-Length: 2\r\n\r\n{}"),
    "body of another type": (415, POST + b"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
    "body as form": (415, POST + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b"),
    "body in another charset": (415, POST + b"Content-Type: application/json; charset=gbk\r\nContent-Length: 2\r\n\r\n{}"),
    "body compressed": (415, body(b"\x1f\x8b\x08\x00", b"Content-Encoding: gzip")),
    "not JSON": (400, body("{")),
    "an array": (400, body("[]")),
    "a scalar": (400, body("1")),
    "a member twice": (400, body('{"contract_no": "1", "contract_no": "2"}')),
    "not utf-8": (400, body(b'{"contract_no": "\xff"}')),
    "deep": (400, body('{"a":' + "[" * 5000 + "]" * 5000 + "}")),
    "more than JSON": (400, body("{} {}")),
    "nul character": (400, body('{"contract_no": "a\\u0000b"}')),
    "weak match": (400, body("{}", b'If-Match: W/"1"')),
    "any match": (400, body("{}", b"If-Match: *")),
    "list of matches": (400, body("{}", b'If-Match: "1", "2"')),
    "match without quotes": (400, body("{}", b"If-Match: 1")),
    "key with space": (400, body("{}", b"Idempotency-Key: a b")),
    "empty key": (400, body("{}", b"Idempotency-Key:")),
    "long key": (400, body("{}", b"Idempotency-Key: " + b"k" * 256)),
}


class Unread:
    """Bytes of a socket that were received and not taken by the answer before: pipelined answers come in one piece."""

    def __init__(self, sock):
        self.reader = sock.makefile("rb")

    def makefile(self, _mode):
        return self

    def readline(self, limit=-1):
        return self.reader.readline(limit)

    def read(self, size=-1):
        return self.reader.read(size)

    def flush(self):
        pass

    def close(self):
        pass


def read_answer(stream, method="GET"):
    """stream: a socket, or an Unread for more than one answer at a time."""
    answer = http.client.HTTPResponse(stream, method=method)
    answer.begin()
    answer.content = answer.read()
    return answer


def check_problem(answer, status):
    assert answer.status == status, answer.content
    assert answer.getheader("Content-Type") == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["status"] == status
    assert problem["code"] and problem["title"] and problem["detail"] and problem["type"]
    assert problem["request_id"] == answer.getheader("X-Request-Id")
    check_words(problem)
    return problem


def check_healthy(tcrd, sock=None):
    sock = sock or tcrd.raw()
    sock.sendall(GET + HOST + b"\r\n")
    answer = read_answer(sock)
    assert answer.status == 200
    assert json.loads(answer.content)["items"]
    sock.close()


@pytest.mark.parametrize("name", BROKEN)
def test_broken_request_is_answered_and_the_connection_ends(tcrd, name):
    status, request = BROKEN[name]
    with tcrd.raw(request.replace(b"TOKEN", tcrd.token("agency").encode())) as sock:
        answer = read_answer(sock)
        check_problem(answer, status)
        assert answer.getheader("Connection") == "close"
        assert sock.recv(1) == b""  # a clean end, with close_notify
    check_healthy(tcrd)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_request_leaves_the_connection_usable(tcrd, name):
    status, request = REFUSED[name]
    sock = tcrd.raw(request.replace(b"TOKEN", tcrd.token("agency").encode()))
    answer = read_answer(sock)
    check_problem(answer, status)
    if status == 401:
        assert answer.getheader("WWW-Authenticate").startswith("Bearer")
    if status == 405:
        assert "OPTIONS" in answer.getheader("Allow")
    check_healthy(tcrd, sock)


def test_nothing_is_stored_by_any_of_them(tcrd, query):
    before = query("select count(*) from tcr.contract"), query("select count(*) from tcr.idempotency_key")
    with tcrd.raw() as sock:
        for _, request in REFUSED.values():
            sock.sendall(request.replace(b"TOKEN", tcrd.token("agency").encode()))
            read_answer(sock)
    assert before == (query("select count(*) from tcr.contract"), query("select count(*) from tcr.idempotency_key"))


def test_unknown_parameters_are_all_named(tcrd):
    with tcrd.raw(head(b"GET /v1/codes?colour=red&size=3 HTTP/1.1", b"Host: a")) as sock:
        problem = check_problem(read_answer(sock), 400)
    assert "colour" in problem["detail"] and "size" in problem["detail"]


# Reason, what is particular to the case, request. Its language is known where the head could be read.
WORDS = {
    "an unknown path": ("http.path", None, GET.replace(b"codes", b"nothing") + HOST),
    "another verb": ("http.method", "GET, HEAD, OPTIONS", GET.replace(b"GET", b"DELETE") + HOST),
    "another form": ("http.accept", "application/json", GET + HOST + b"Accept: image/png\r\n"),
    "an unknown parameter": ("query.unknown", "colour, size", GET.replace(b"codes", b"codes?colour=red&size=3") + HOST),
    "a wrong key": ("request.key", "255", POST + JSON + b"Idempotency-Key: a b\r\n"),
    "a wrong match": ("request.match", None, POST + JSON + b"If-Match: 1\r\n"),
    "a long body": ("http.body_length", "1048576", POST + JSON + b"Content-Length: 1048577\r\n"),
    "no host": ("http.host_missing", None, GET),
    "another coding": ("http.transfer_encoding", None, POST + b"Transfer-Encoding: gzip\r\n"),
}
BODIES = {"{": ("json.text", "1"), '{"a":1,"a":2}': ("json.text", "12"), "{} {}": ("json.text", "3"), "[]": ("refused.body_needed", None),
          '{"a":' + "[" * 40 + "]" * 40 + "}": ("json.depth", "32")}


def check_detail(tcrd, rule, more, lines, text=b""):
    lines = lines.replace(b"TOKEN", tcrd.token("agency").encode())
    for field, name, mark in ((b"", "en", ": "), (b"Accept-Language: en\r\n", "en", ": "), (b"Accept-Language: zh-CN, en\r\n", "zh", "："),
                              (b"accept-language: zh\r\n", "zh", "：")):
        with tcrd.raw(lines + field + b"\r\n" + text) as sock:
            answer = read_answer(sock)
        problem = check_problem(answer, answer.status)
        assert problem["detail"] == RULES[rule][name] + (mark + more if more else ""), problem
        assert (problem["title"] < "\x7f") == (name == "en")


@pytest.mark.parametrize("name", WORDS)
def test_what_cannot_be_served_is_told_in_the_language_asked_for(tcrd, name):
    check_detail(tcrd, *WORDS[name])


@pytest.mark.parametrize("text", BODIES)
def test_what_is_no_json_is_told_in_the_language_asked_for(tcrd, text):
    check_detail(tcrd, *BODIES[text], POST + JSON + b"Content-Length: %d\r\n" % len(text), text.encode())


def test_pipelined_requests_are_answered_in_order(tcrd):
    token = tcrd.token("agency").encode()
    requests = [head(b"GET /v1/nothing HTTP/1.1", b"Host: a"),
                head(b"GET /v1/contracts HTTP/1.1", b"Host: a", b"Authorization: Bearer " + token),
                head(b"GET /v1/codes HTTP/1.1", b"Host: a"),
                head(b"GET /v1/contracts HTTP/1.1", b"Host: a"),
                body('{"contract_no": "x"}').replace(b"TOKEN", token)] * 20
    with tcrd.raw(b"".join(requests)) as sock:
        answers = Unread(sock)
        assert [read_answer(answers).status for _ in requests] == [404, 200, 200, 401, 200] * 20


def test_pipelined_requests_one_byte_at_a_time(tcrd):
    data = (b"POST /v1/contracts/check HTTP/1.1\r\n" + HOST + JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            + GET + HOST + b"\r\n")
    with tcrd.raw() as sock:
        answers = Unread(sock)
        for i in range(len(data)):
            sock.sendall(data[i:i + 1])
        assert read_answer(answers).status == 401
        assert read_answer(answers).status == 200


def test_what_follows_a_closing_request_is_not_answered(tcrd):
    with tcrd.raw(head(GET.strip(), b"Host: a", b"Connection: close") + head(GET.strip(), b"Host: a")) as sock:
        answer = read_answer(sock)
        assert answer.status == 200 and answer.getheader("Connection") == "close"
        assert sock.recv(1) == b""


def test_head_has_the_headers_of_get_and_no_body(tcrd):
    with tcrd.raw(GET + HOST + b"\r\n") as sock:
        answers = Unread(sock)
        full = read_answer(answers)
        sock.sendall(GET.replace(b"GET", b"HEAD") + HOST + b"\r\n" + GET + HOST + b"\r\n")
        empty = read_answer(answers, "HEAD")
        assert empty.status == 200 and empty.content == b""
        assert empty.getheader("Content-Length") == full.getheader("Content-Length")
        assert empty.getheader("Content-Type") == full.getheader("Content-Type") == "application/json"
        assert read_answer(answers).content == full.content


def test_options(tcrd):
    with tcrd.raw(head(b"OPTIONS /v1/contracts HTTP/1.1", b"Host: a") + head(b"OPTIONS * HTTP/1.1", b"Host: a")
                  + head(b"OPTIONS /nothing HTTP/1.1", b"Host: a")) as sock:
        answers = Unread(sock)
        answer = read_answer(answers)
        assert answer.status == 204 and answer.content == b""
        assert {v.strip() for v in answer.getheader("Allow").split(",")} >= {"GET", "HEAD", "POST", "OPTIONS"}
        assert read_answer(answers).status == 204
        assert read_answer(answers).status == 404


def test_http_1_0(tcrd):
    with tcrd.raw(b"GET /v1/codes HTTP/1.0\r\n\r\n") as sock:
        answer = read_answer(sock)
        assert answer.status == 200 and answer.getheader("Connection") == "close"
        assert sock.recv(1) == b""
    with tcrd.raw(b"GET /v1/codes HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") as sock:
        assert read_answer(sock).getheader("Connection") == "keep-alive"
        check_healthy(tcrd, sock)


def test_expect_is_answered_when_the_body_will_be_read(tcrd):
    token = tcrd.token("agency").encode()
    with tcrd.raw(POST.replace(b"TOKEN", token) + JSON + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n") as sock:
        assert sock.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"{}")
        assert read_answer(sock).status == 200
        check_healthy(tcrd, sock)


def test_expect_is_refused_with_the_final_status_otherwise(tcrd):
    for line, status in ((b"POST /v1/nothing HTTP/1.1", 404), (b"POST /v1/codes HTTP/1.1", 405)):
        with tcrd.raw(head(line, b"Host: a", b"Expect: 100-continue", b"Content-Length: 2")) as sock:
            check_problem(read_answer(sock), status)
            assert sock.recv(1) == b""


def test_offers_to_change_the_protocol_are_ignored(tcrd):
    with tcrd.raw(head(GET.strip(), b"Host: a", b"Connection: Upgrade", b"Upgrade: h2c")) as sock:
        assert read_answer(sock).status == 200
        check_healthy(tcrd, sock)


def test_absolute_target_and_an_empty_line_before_a_request(tcrd):
    with tcrd.raw(head(b"GET https://localhost:8443/v1/codes HTTP/1.1", b"Host: localhost:8443") + b"\r\n"
                  + GET + HOST + b"\r\n") as sock:
        answers = Unread(sock)
        assert read_answer(answers).status == 200
        assert read_answer(answers).status == 200


def test_an_end_inside_a_request_is_told(tcrd):
    for part in (GET + b"Host: loc", b"POST /v1/contracts/check HTTP/1.1\r\n" + HOST + JSON + b"Content-Length: 9\r\n\r\n{}"):
        with socket.create_connection(("127.0.0.1", tcrd.admin_port), timeout=10) as sock:
            sock.sendall(part)
            sock.shutdown(socket.SHUT_WR)
            check_problem(read_answer(sock), 400)
            assert sock.recv(1) == b""
    check_healthy(tcrd)


def test_admin_port_serves_only_its_paths(tcrd):
    with socket.create_connection(("127.0.0.1", tcrd.admin_port), timeout=10) as sock:
        answers = Unread(sock)
        sock.sendall(b"GET /live HTTP/1.1\r\nHost: a\r\n\r\nHEAD /live HTTP/1.1\r\nHost: a\r\n\r\n"
                     b"POST /live HTTP/1.1\r\nHost: a\r\n\r\nGET /v1/codes HTTP/1.1\r\nHost: a\r\n\r\nGET /live\r\n\r\n")
        assert read_answer(answers).status == 200
        assert read_answer(answers, "HEAD").status == 200
        refused = read_answer(answers)
        assert refused.status == 405 and refused.getheader("Allow") == "GET, HEAD"
        assert read_answer(answers).status == 404
        assert read_answer(answers).status == 400
        assert answers.read() == b""


def test_rate_limit_is_told_and_kept(make_tcrd):
    daemon = make_tcrd({"requests.per_second": 2, "workers": 1})
    with daemon.raw() as sock:
        answers = []
        for _ in range(25):
            sock.sendall(GET + HOST + b"\r\n")
            answers.append(read_answer(sock))
        assert [a.status for a in answers[:20]] == [200] * 20
        limited = [a for a in answers if a.status == 429]
        assert limited
        check_problem(limited[0], 429)
        assert int(limited[0].getheader("Retry-After")) >= 1
        assert answers[0].getheader("RateLimit-Policy") == '"address";q=20;w=10'
        assert answers[0].getheader("RateLimit").startswith('"address";r=19;t=')


def test_connections_of_one_address_are_bounded(make_tcrd):
    daemon = make_tcrd({"connections.per_address": 5, "workers": 1})
    held = [daemon.raw() for _ in range(5)]
    with pytest.raises(OSError):
        daemon.raw(GET + HOST + b"\r\n").recv(1)
    check_healthy(daemon, held.pop())
    for sock in held:
        sock.close()
