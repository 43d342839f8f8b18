"""TLS of both ports: versions, suites, protocol names, client certificates, resumption, ends of streams, records of every size."""
import contextlib
import json
import os
import socket
import ssl
import subprocess

import pytest

from clients import tls_context
from harness import Authority
from test_http_malformed import GET, HOST, JSON, check_healthy, read_answer

LIST = b"GET /v1/contracts?limit=1 HTTP/1.1\r\n" + HOST + b"\r\n"


def connect(tcrd, port=None, context=None, session=None, cert=None):
    plain = socket.create_connection(("127.0.0.1", port or tcrd.http_port), timeout=10)
    return (context or tls_context(tcrd.ca_file, cert)).wrap_socket(plain, server_hostname="127.0.0.1", session=session)


def only(tcrd, version, cert=None):
    context = tls_context(tcrd.ca_file, cert)
    context.minimum_version = context.maximum_version = version
    return context


def ask(sock, request=GET + HOST + b"\r\n"):
    sock.sendall(request)
    return read_answer(sock)


@pytest.mark.parametrize("port", ["http_port", "rpc_port"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions_that_are_served(tcrd, port, version):
    with connect(tcrd, getattr(tcrd, port), only(tcrd, version)) as sock:
        assert sock.version() == {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]
        assert sock.compression() is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("port", ["http_port", "rpc_port"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_versions_that_are_refused(tcrd, port, version):
    context = only(tcrd, version)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        connect(tcrd, getattr(tcrd, port), context)
    check_healthy(tcrd)


@pytest.mark.parametrize("suites", ["ECDHE+AES+SHA256:!AESGCM", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA", "DHE+AESGCM", "NULL:@SECLEVEL=0"])
def test_suites_that_are_refused(tcrd, suites):
    context = only(tcrd, ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(suites)
    with pytest.raises(ssl.SSLError):
        connect(tcrd, context=context)


def test_suites_that_are_chosen(tcrd):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with connect(tcrd, context=only(tcrd, version)) as sock:
            assert "GCM" in sock.cipher()[0] or "CHACHA20" in sock.cipher()[0]


@pytest.mark.parametrize("port, offered, chosen", [
    ("http_port", ["http/1.1"], "http/1.1"), ("http_port", ["h2", "http/1.1"], "http/1.1"), ("http_port", [], None),
    ("rpc_port", ["tcrd-rpc/1"], "tcrd-rpc/1"), ("rpc_port", ["x", "tcrd-rpc/1"], "tcrd-rpc/1"), ("rpc_port", [], None)])
def test_protocol_names_that_are_served(tcrd, port, offered, chosen):
    context = tls_context(tcrd.ca_file)
    if offered:
        context.set_alpn_protocols(offered)
    with connect(tcrd, getattr(tcrd, port), context) as sock:
        assert sock.selected_alpn_protocol() == chosen


@pytest.mark.parametrize("port, offered", [("http_port", ["h2"]), ("http_port", ["tcrd-rpc/1"]), ("rpc_port", ["http/1.1"]),
                                           ("rpc_port", ["h2", "http/1.1", "tcrd-rpc/10", "tcrd-rpc/"])])
def test_protocol_names_that_are_refused(tcrd, port, offered):
    context = tls_context(tcrd.ca_file)
    context.set_alpn_protocols(offered)
    with pytest.raises(ssl.SSLError, match="NO_APPLICATION_PROTOCOL|alert"):
        connect(tcrd, getattr(tcrd, port), context)


# Client certificates

@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_bound_certificate_is_an_account(tcrd, version):
    with connect(tcrd, context=only(tcrd, version, tcrd.cert("agency"))) as sock:
        assert ask(sock, LIST).status == 200
    with connect(tcrd, context=only(tcrd, version)) as sock:
        assert ask(sock, LIST).status == 401


def test_a_certificate_that_is_not_bound_is_nobody(tcrd, installation):
    with connect(tcrd, cert=installation.authority.issue("stranger")) as sock:
        assert ask(sock, LIST).status == 401


def refused_certificate(tcrd, cert, port=None):
    """TLS 1.3 tells a client of a refusal only when it reads; 1.2 in the handshake."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with pytest.raises((ssl.SSLError, ConnectionResetError, BrokenPipeError)):
            with connect(tcrd, port, only(tcrd, version, cert)) as sock:
                sock.sendall(GET + HOST + b"\r\n")
                data = sock.recv(1)
                assert data == b"", "served"
                raise ConnectionResetError


@pytest.mark.parametrize("port", ["http_port", "rpc_port"])
def test_certificates_that_do_not_verify_are_refused(tcrd, installation, tmp_path, port):
    before = tcrd.metric("tcrd_handshakes_failed_total")
    authority = installation.authority
    refused_certificate(tcrd, Authority(tmp_path, "other").issue("agency"), getattr(tcrd, port))
    refused_certificate(tcrd, authority.issue(f"old-{port}", days="-1"), getattr(tcrd, port))
    refused_certificate(tcrd, authority.issue(f"wrong-use-{port}", usage="serverAuth"), getattr(tcrd, port))
    check_healthy(tcrd)
    assert tcrd.metric("tcrd_handshakes_failed_total") > before


@pytest.mark.parametrize("port", ["http_port", "rpc_port"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_resumed_session_keeps_its_certificate(tcrd, port, version):
    """Whichever worker takes the second connection."""
    context = only(tcrd, version, tcrd.cert("agency"))
    if port == "http_port":
        def works(sock):
            return ask(sock, LIST).status == 200
    else:
        def works(sock):
            sock.sendall(b'{"jsonrpc":"2.0","id":1,"method":"contract.list","params":{"limit":1}}\n')
            return "result" in json.loads(sock.makefile("rb").readline())
    with connect(tcrd, getattr(tcrd, port), context) as first:
        assert works(first)
        session = first.session
    for _ in range(8):
        with connect(tcrd, getattr(tcrd, port), context, session) as again:
            assert again.session_reused
            assert works(again)
            session = again.session


def test_a_ticket_of_one_port_is_not_taken_at_the_other(tcrd):
    context = only(tcrd, ssl.TLSVersion.TLSv1_2, tcrd.cert("agency"))
    with connect(tcrd, context=context) as first:
        assert ask(first).status == 200
        session = first.session
    with connect(tcrd, tcrd.rpc_port, context, session) as other:
        assert not other.session_reused


def test_renegotiation_is_refused(tcrd):
    client = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{tcrd.http_port}", "-CAfile", tcrd.ca_file, "-tls1_2"],
                            input=b"R\n", capture_output=True, timeout=30)
    assert b"no renegotiation" in client.stderr
    check_healthy(tcrd)


# Ends and sizes

def test_the_end_of_the_stream_is_clean(tcrd):
    context = tls_context(tcrd.ca_file)
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    with connect(tcrd, context=context) as sock:
        sock.sendall(GET + HOST + b"Connection: close\r\n\r\n")
        assert read_answer(sock).status == 200
        assert sock.recv(1) == b""  # an end without close_notify would be an SSLError
    plain = socket.create_connection(("127.0.0.1", tcrd.http_port), timeout=10)
    sock = context.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
    sock.sendall(GET + HOST + b"Connection: close\r\n\r\n")
    assert read_answer(sock).status == 200
    assert sock.recv(1) == b""
    sock.close()


def test_a_peer_that_ends_without_close_notify(tcrd):
    for data in (b"", GET, GET + HOST + b"\r\n"):
        sock = tcrd.raw(data)
        raw = socket.socket(fileno=os.dup(sock.fileno()))
        raw.shutdown(socket.SHUT_RDWR)
        raw.close()
        sock.close()
    check_healthy(tcrd)


def test_plain_http_on_the_tls_port(tcrd):
    for port in (tcrd.http_port, tcrd.rpc_port):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
            sock.sendall(GET + HOST + b"\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert not sock.recv(4096).startswith(b"HTTP/1.1 2")
    check_healthy(tcrd)


def test_garbage_instead_of_a_handshake(tcrd):
    for data in (b"\x16\x03\x01\xff\xff" + b"\0" * 100, b"\x80\x2e\x01\x00\x02", b"\x15\x03\x03\x00\x02\x02\x28", os.urandom(3000)):
        with socket.create_connection(("127.0.0.1", tcrd.http_port), timeout=15) as sock:
            sock.sendall(data)
            with contextlib.suppress(OSError):  # the daemon may have closed already
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(4096):
                    pass
    check_healthy(tcrd)


@pytest.mark.parametrize("size", [1, 16383, 16384, 16385, 32768, 65536, 65537, 300000, 1048576])
def test_bodies_of_every_size(tcrd, size):
    """Records are 16 KiB: reading must go on where TLS holds bytes that the socket no longer reports."""
    body = b"{}"[:size].ljust(size)
    request = (b"POST /v1/contracts/check HTTP/1.1\r\n" + HOST + JSON + b"Authorization: Bearer " + tcrd.token("agency").encode()
               + b"\r\nContent-Length: %d\r\n\r\n" % size + body)
    with tcrd.raw() as sock:
        assert ask(sock, request).status == (200 if size > 1 else 400)
        check_healthy(tcrd, sock)


def test_large_answers_are_whole(tcrd):
    with connect(tcrd) as sock:
        first = ask(sock, b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n")
        assert len(first.content) > 16384
        assert json.loads(first.content)["openapi"].startswith("3.1")
        for _ in range(20):
            assert ask(sock, b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n").content == first.content
