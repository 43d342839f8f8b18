"""A file of 50 MB passes through a worker in both directions without being in its memory."""
import hashlib
import pathlib

import pytest

import harness
from attachments import PDF, path, stream_of
from harness import wait_until
from test_attachment_streams import head
from test_slow_client import small_window, tls_context

SIZE = 50 << 20
KIB = 1024
SANITIZED = b"__asan_init" in pathlib.Path(harness.Installation.BINARY).read_bytes()
# The sanitizer keeps shadow and redzones; what it keeps of freed memory is bounded below. A file that were held would still show.
EXTRA_KIB_MAX = 24 * KIB if SANITIZED else 2 * KIB


def memory(pid, what):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1])
    raise AssertionError(what)


class Peak:
    """The highest resident memory of a process inside the block, above what it was at its beginning, in KiB."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        self.before = memory(self.pid, "VmRSS")
        return self

    def __exit__(self, *_):
        self.extra = memory(self.pid, "VmHWM") - self.before


@pytest.fixture
def one_worker(make_tcrd, monkeypatch):
    kept = harness.environment()["ASAN_OPTIONS"] + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
    monkeypatch.setattr(harness, "environment", lambda plain=harness.environment, **more: plain(**{"ASAN_OPTIONS": kept, **more}))
    return make_tcrd({"workers": 1})


def test_fifty_megabytes_up_and_down(one_worker):
    tcrd = one_worker
    contract, agency = tcrd.filed(), tcrd.https("agency")
    pid = tcrd.workers()[0]
    agency.get(f"/v1/contracts/{contract['id']}")  # the connection is open, its handshake is behind it
    pieces, digest = stream_of(SIZE)
    with Peak(pid) as up:
        done = agency.request("PUT", path(contract, "大.pdf", kind="text"), pieces,
                              headers={"Content-Type": PDF, "Content-Length": str(SIZE)})
    assert done.status == 201 and done.json["bytes"] == SIZE and done.json["sha256"] == digest.hexdigest(), done
    with Peak(pid) as down:
        got = agency.get(path(contract, "大.pdf"))
    assert len(got.body) == SIZE and hashlib.sha256(got.body).hexdigest() == digest.hexdigest()
    print(f"extra KiB: up {up.extra}, down {down.extra}")
    assert up.extra < EXTRA_KIB_MAX, f"up: {up.extra} KiB"
    assert down.extra < EXTRA_KIB_MAX, f"down: {down.extra} KiB"


def test_a_peer_that_stops_reading_holds_two_pieces(one_worker):
    """The worker reads ahead of a slow peer no more than of a fast one."""
    tcrd = one_worker
    contract, agency = tcrd.filed(), tcrd.https("agency")
    pieces, _ = stream_of(SIZE)
    assert agency.request("PUT", path(contract, "a.pdf", kind="text"), pieces,
                          headers={"Content-Type": PDF, "Content-Length": str(SIZE)}).status == 201
    with Peak(tcrd.workers()[0]) as peak, small_window(tcrd.http_port, tls_context(tcrd.ca_file)) as sock:
        sock.sendall(head(tcrd, contract, verb="GET"))
        assert sock.recv(10)
        seen = [-1]

        def stands_still():
            seen.append(tcrd.metric("tcrd_db_calls_total"))
            return seen[-1] == seen[-2]
        wait_until(stands_still, "no more is read from the database", pause=0.5)
        assert tcrd.metric("tcrd_calls_open") == 1
    assert peak.extra < EXTRA_KIB_MAX, f"{peak.extra} KiB"
