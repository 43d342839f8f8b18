"""What an agency sees of the area is found by the helper process: the program by itself, and what becomes of questions when it is
stopped, missing, busy or answers nonsense."""
import collections
import concurrent.futures
import contextlib
import datetime
import os
import random
import signal
import stat
import struct

import pytest

from contracts import today
from figures import fill
from harness import Installation, Tcrd, is_running, processes_of, wait_until
from paper_helper import DONE, FAILED, PDF, PROGRAM, Helper

SHOWN = 4
SANITIZED = "asan" in os.environ.get("TCRD_BINARY", "asan")
PARTS_MAX = 60000
QUESTIONS = ["/v1/statistics?scope=area&by=" + by for by in (
    "year", "half", "quarter", "month", "district", "contract_type", "contract_type4", "technical_field", "year,district", "month,contract_type4",
    "half,technical_field", "quarter,district", "month,district", "month,technical_field", "quarter,contract_type", "half,contract_type4",
    "year,contract_type", "year,contract_type4", "half,district", "year,technical_field")]


# The program by itself ------------------------------------------------------------------------------------------------------------

def part(closing, month, gone=None, district=371302, kind=1, kind4=1, field=5, own=0, seller=0, buyer=0):
    gone_closing, gone_month = gone or (0, 0)
    return struct.pack(">12i", closing, month, gone is not None, gone_closing, gone_month, district, kind, kind4, field, own, seller, buyer)


def question(parts, closed_on, count=None):
    return struct.pack(">Ii", len(parts) if count is None else count, closed_on) + b"".join(parts)


def record_of(count, months, changed):
    """Contracts of so many months, closed daily, a part of them changed or cancelled later."""
    rng = random.Random(1)
    parts = []
    for n in range(count):
        at = n * months * 30 // count
        day, month = 19000 + at, 2022 * 12 + at // 30
        gone = (day + rng.randrange(1, 60), month + 2) if rng.random() < changed else None
        parts.append(part(day, month, gone, 371300 + rng.randrange(16), rng.randrange(1, 6), rng.randrange(1, 5), rng.randrange(1, 12),
                          rng.random() < 0.1, rng.randrange(count // 10), rng.randrange(count // 8)))
    return parts, 19000 + months * 30 + 61


def test_six_contracts_are_shown_and_two_are_not(helper):
    for count, is_shown in ((6, True), (2, False)):
        parts = [part(20000, 2024 * 12 + 9, seller=n, buyer=n) for n in range(count)]
        kind, facts, made = helper.make(SHOWN, {}, [question(parts, 20100)])
        assert kind == DONE, facts
        keys = [key for (key,) in struct.iter_unpack(">Q", made)]
        assert keys == sorted(set(keys)) and (len(keys) > 0) == is_shown


def test_questions_that_are_none(helper):
    good = [part(20000, 2024 * 12 + 9, seller=n, buyer=n) for n in range(6)]
    bad = [b"", b"\0" * 7, question(good, 20100, count=7), question(good, 20100, count=5), question(good, 20100, count=0xffffffff),
           question(good, 20100)[:-1], question(good, 20100) + b"\0", question(good, 1 << 30), question([part(0, 0)] * (PARTS_MAX + 1), 20100),
           question([*good, part(20000, 2024 * 12, seller=8)], 20100), question([*good, part(20000, 2024 * 12, buyer=-1)], 20100),
           question([*good, part(20000, -1)], 20100), question([*good, part(-(1 << 31), 5)], 20100), question([*good, part(1, 1, (1, 70000))], 20100)]
    for parts in [[b] for b in bad] + [[], [question(good, 20100)] * 2]:
        kind, facts, _ = helper.make(SHOWN, {}, parts)
        assert kind == FAILED and facts["why"]
    assert helper.make(SHOWN, {}, [question(good, 20100)])[0] == DONE


def test_random_bytes_are_answered(helper):
    rng = random.Random(3)
    for _ in range(300):
        count = rng.randrange(30)
        data = bytearray(question([part(20000 + rng.randrange(90), 2024 * 12 + rng.randrange(4), district=rng.randrange(-9, 999999),
                                        kind=rng.randrange(-3, 12), kind4=rng.randrange(-3, 12), field=rng.randrange(-3, 120),
                                        seller=rng.randrange(count), buyer=rng.randrange(count)) for _ in range(count)], 20100))
        for _ in range(rng.randrange(4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        assert helper.make(SHOWN, {}, [bytes(data)])[0] in (DONE, FAILED)


@pytest.mark.skipif(SANITIZED, reason="a sanitizer takes its own time and memory")
def test_the_largest_record_is_inside_the_limits():
    helper = Helper()
    for months, changed in ((24, 0.04), (24, 0.01), (60, 0)):
        parts, closed_on = record_of(PARTS_MAX, months, changed)
        kind, facts, made = helper.make(SHOWN, {}, [question(parts, closed_on)])
        assert kind == DONE and len(made) > 500, facts
        assert facts["cpu_us"] < 10_000_000  # paper.timeout_ms, and half of what the process allows itself
    with open(f"/proc/{helper.process.pid}/status", encoding="ascii") as status:
        sizes = dict(line.split()[:2] for line in status if line.startswith(("VmPeak", "VmHWM")))
    assert int(sizes["VmPeak:"]) < 700 << 10, sizes
    assert helper.make(PDF, {"title": "试验", "created": "2026-03-18T00:00:00+08:00"})[0] == DONE
    assert helper.close() == 0


# Through the daemon ---------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def installation(cluster):
    installation = Installation(cluster, database="shown")
    with contextlib.closing(installation.connect()) as db:
        last = today().replace(day=1) - datetime.timedelta(days=1)
        fill(db, seed=9, contracts=400, first=last - datetime.timedelta(days=500), last=last)
    installation.command("aggregate", "--date", last.isoformat())
    yield installation
    installation.destroy()


@pytest.fixture(scope="module")
def expected(installation):
    """The answers, one after the other."""
    tcrd = Tcrd(installation, {"workers": 1})
    answers = collections.defaultdict(dict)
    for name in ("agency", "agency2"):
        with tcrd.https(name) as client:
            for path in QUESTIONS:
                reply = client.get(path)
                assert reply.status == 200, reply
                answers[name][path] = reply.json["rows"]
    assert any(row["total_amount"] is not None for rows in answers["agency"].values() for row in rows)
    assert tcrd.metric("tcrd_helper_jobs_total") == 2, "once for each agency and closed day"
    assert tcrd.stop() == 0
    return answers


def ask_all(tcrd, names=("agency", "agency2")):
    def ask(name_and_path):
        with tcrd.https(name_and_path[0]) as client:
            return name_and_path, client.get(name_and_path[1])

    pool = concurrent.futures.ThreadPoolExecutor(len(QUESTIONS) * len(names))
    return pool, [pool.submit(ask, (name, path)) for path in QUESTIONS for name in names]


def program(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


BETWEEN = '''#!/usr/bin/python3
# Stands between a worker and its helper, and leaves a line for each job.
import os, socket, struct, subprocess, sys, time
worker = socket.socket(fileno=3)
worker.setblocking(True)
ours, theirs = socket.socketpair()
child = subprocess.Popen(["{program}"], preexec_fn=lambda: os.dup2(theirs.fileno(), 3), pass_fds=[3])
theirs.close()
def move(source, target):
    head = source.recv(16, socket.MSG_WAITALL)
    if len(head) < 16:
        sys.exit(0)
    kind, _, text, rest = struct.unpack(">IIII", head)
    target.sendall(head + source.recv(text + rest, socket.MSG_WAITALL))
    return kind
while True:
    kind = move(worker, ours)
    with open("{log}", "a") as log:
        log.write(f"{{kind}}\\n")
    time.sleep(1.5)
    move(ours, worker)
'''


def test_twenty_questions_at_once_of_two_agencies(installation, make_tcrd, expected, tmp_path):
    """They ask before anything is found, and wait for one search of each agency."""
    log = tmp_path / "jobs"
    between = program(tmp_path, "between", BETWEEN.format(program=PROGRAM, log=log))
    tcrd = make_tcrd({"workers": 1, "paper.helper": between})
    pool, asked = ask_all(tcrd)
    with pool:
        for answer in asked:
            (name, path), reply = answer.result(timeout=60)
            assert reply.status == 200, (name, path, reply)
            assert reply.json["rows"] == expected[name][path], (name, path)
    kinds = log.read_text(encoding="ascii").split()
    assert set(kinds) == {str(SHOWN)} and 2 <= len(kinds) <= 4, kinds
    assert tcrd.metric("tcrd_helper_jobs_total") >= len(kinds)


def test_both_wires(make_tcrd, expected):
    tcrd = make_tcrd({"workers": 1})
    with tcrd.rpc("agency") as line:
        reply = line.call("statistics.query", scope="area", by="month")
    assert reply["rows"] == expected["agency"]["/v1/statistics?scope=area&by=month"]
    assert tcrd.metric("tcrd_helper_jobs_total") == 1
    with tcrd.https("agency") as client:
        for path in QUESTIONS:
            assert client.get(path).json["rows"] == expected["agency"][path]
        assert client.get(QUESTIONS[0] + "&basis=output").status == 200
        assert client.get("/v1/statistics?scope=own&by=month").status == 200
    assert tcrd.metric("tcrd_helper_jobs_total") == 1


NONSENSE = '''#!/usr/bin/python3
import socket, struct
worker = socket.socket(fileno=3)
worker.setblocking(True)
while True:
    head = worker.recv(16, socket.MSG_WAITALL)
    if len(head) < 16:
        break
    kind, number, text, rest = struct.unpack(">IIII", head)
    worker.recv(text + rest, socket.MSG_WAITALL)
    made = {made}
    worker.sendall(struct.pack(">IIII", 0x100, number, 2, len(made) + 4) + b"{{}}" + struct.pack(">I", len(made)) + made)
'''


def test_a_helper_that_is_none(make_tcrd, tmp_path):
    """No figure without it; what needs none of it is answered."""
    scripts = {
        "absent": (None, 503, "unavailable"),
        "ends": ("#!/bin/sh\nexit 1\n", 503, "unavailable"),
        "silent": ("#!/bin/sh\nexec sleep 60\n", 503, "unavailable"),
        "odd": (NONSENSE.format(made='b"1234567"'), 500, "internal"),
        "unsorted": (NONSENSE.format(made='b"\\xff" * 16'), 500, "internal"),
    }
    for name, (text, status, code) in scripts.items():
        path = program(tmp_path, name, text) if text else str(tmp_path / name)
        tcrd = make_tcrd({"paper.helper": path, "paper.timeout_ms": 1500, "workers": 1})
        with tcrd.https("agency") as agency, tcrd.https("bureau") as bureau:
            for _ in range(2):
                reply = agency.get(QUESTIONS[0])
                assert (reply.status, reply.code) == (status, code) and reply.json["errors"][0]["rule"].startswith("refused.figures_"), (name, reply)
                assert status == 500 or int(reply.headers["Retry-After"]) > 0
            assert agency.get("/v1/statistics?scope=own&by=year").status == 200
            assert bureau.get("/v1/statistics?by=year").status == 200
        assert tcrd.stop() == 0, name


def test_a_full_queue_and_a_helper_that_comes_back(make_tcrd, expected):
    tcrd = make_tcrd({"paper.queue_max": 2, "paper.timeout_ms": 8000, "workers": 1})
    with tcrd.https("agency") as client:
        assert client.get(QUESTIONS[0]).status == 200
    [pid] = [p for worker in tcrd.workers() for p in processes_of(worker) if is_running(p)]
    os.kill(pid, signal.SIGSTOP)
    pool, asked = ask_all(tcrd, ["agency2"])
    with pool:
        wait_until(lambda: sum(answer.done() for answer in asked) == len(QUESTIONS) - 3, "all but three are answered")
        os.kill(pid, signal.SIGCONT)
        for answer in asked:
            (name, path), reply = answer.result(timeout=60)
            assert reply.status == 200 or (reply.status, reply.code) == (503, "busy"), reply
            assert reply.status == 503 or reply.json["rows"] == expected[name][path]
            assert reply.status == 200 or int(reply.headers["Retry-After"]) > 0
    assert [a.result()[1].status for a in asked].count(200) == 3
