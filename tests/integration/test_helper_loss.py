"""The helper dies, hangs, is missing or is flooded: every call is answered, nothing hangs, and the next paper is made."""
import concurrent.futures
import os
import pathlib
import signal
import stat
import time

from harness import is_running, processes_of, wait_until
from papers import certified, paper


def helpers(tcrd):
    return [pid for worker in tcrd.workers() for pid in processes_of(worker) if is_running(pid)]


def path_of(done):
    return f"/v1/contracts/{done['id']}/documents/certificate"


def test_killed_under_load(tcrd):
    _, done = certified(tcrd)
    expected = paper(tcrd.https("agency"), done, "certificate")
    end = time.monotonic() + 6

    def ask(_):
        seen = []
        with tcrd.https("agency") as agency:
            while time.monotonic() < end:
                reply = agency.get(path_of(done))
                assert reply.status in (200, 503), reply
                assert reply.status == 503 or reply.body == expected
                if reply.status == 503:
                    assert int(reply.headers["Retry-After"]) > 0
                seen.append(reply.status)
        return seen

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(ask, i) for i in range(6)]
        while time.monotonic() < end - 1:
            for pid in helpers(tcrd):
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.3)
        seen = [status for answer in answers for status in answer.result(timeout=60)]
    assert seen.count(200) > 20
    assert tcrd.metric("tcrd_helper_deaths_total") > 3
    assert paper(tcrd.https("agency"), done, "certificate") == expected
    wait_until(lambda: tcrd.metric("tcrd_calls_open") == 0, "no call is left open")


def test_no_zombies_and_one_helper_a_worker(tcrd):
    _, done = certified(tcrd)
    for _ in range(8):
        paper(tcrd.https("agency"), done, "certificate")
    for worker in tcrd.workers():
        assert len(processes_of(worker)) <= 1


def test_stopped_helper_is_replaced(make_tcrd):
    tcrd = make_tcrd({"paper.timeout_ms": 1500, "workers": 1})
    _, done = certified(tcrd)
    client = tcrd.https("agency")
    paper(client, done, "certificate")
    [pid] = helpers(tcrd)
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()
    assert paper(client, done, "certificate", 503).code == "unavailable"
    assert 1 < time.monotonic() - begun < 6
    paper(client, done, "certificate")
    assert helpers(tcrd) != [pid] and not is_running(pid)


def program(folder, name, text):
    path = pathlib.Path(folder, name)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_programs_that_are_no_helper(make_tcrd, tmp_path):
    scripts = {
        "ends": "#!/bin/sh\nexit 1\n",
        "talks": "#!/bin/sh\nprintf 'HTTP/1.1 200 OK\\r\\n\\r\\n' >&3\nsleep 60\n",
        "promises": "#!/bin/sh\nprintf '\\377\\377\\377\\377\\0\\0\\0\\1\\377\\377\\377\\377\\377\\377\\377\\377' >&3\nsleep 60\n",
        "floods": "#!/bin/sh\nexec cat /dev/zero >&3\n",
        "other_id": "#!/bin/sh\nprintf '\\0\\0\\1\\0\\0\\0\\0\\77\\0\\0\\0\\2\\0\\0\\0\\4{}\\0\\0\\0\\0' >&3\nsleep 60\n",
        "silent": "#!/bin/sh\nexec sleep 60\n",
    }
    for name, text in scripts.items():
        tcrd = make_tcrd({"paper.helper": program(tmp_path, name, text), "paper.timeout_ms": 1500, "workers": 1})
        contract = tcrd.accepted()
        begun = time.monotonic()
        assert paper(tcrd.https("agency"), contract, "form", 503).code == "unavailable", name
        assert time.monotonic() - begun < 5, name
        assert tcrd.https("agency").get("/v1/contracts/" + contract["id"]).status == 200, name
        assert tcrd.stop() == 0, name
    tcrd = make_tcrd({"paper.helper": str(tmp_path / "absent"), "paper.timeout_ms": 1000, "workers": 1})
    assert paper(tcrd.https("agency"), tcrd.accepted(), "form", 503).code == "unavailable"
    assert tcrd.log_lines(room="helper", ev="not_started")


def test_full_queue_is_busy_at_once(make_tcrd):
    tcrd = make_tcrd({"paper.queue_max": 2, "paper.timeout_ms": 3000, "workers": 1})
    contract = tcrd.accepted()
    paper(tcrd.https("agency"), contract, "form")
    [pid] = helpers(tcrd)
    os.kill(pid, signal.SIGSTOP)

    def ask(_):
        with tcrd.https("agency") as agency:
            begun = time.monotonic()
            reply = agency.get(f"/v1/contracts/{contract['id']}/documents/form")
            return reply.status, reply.code, time.monotonic() - begun

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        seen = list(pool.map(ask, range(12)))
    assert {status for status, _, _ in seen} <= {200, 503}
    busy = [took for _, code, took in seen if code == "busy"]
    assert len(busy) >= 8 and max(busy) < 1.5, seen


def test_stop_with_papers_under_way(make_tcrd):
    tcrd = make_tcrd({"workers": 1, "drain.seconds": 2})
    contract = tcrd.accepted()
    paper(tcrd.https("agency"), contract, "form")
    [pid] = helpers(tcrd)
    os.kill(pid, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        late = pool.submit(lambda: tcrd.https("agency").get(f"/v1/contracts/{contract['id']}/documents/form"))
        wait_until(lambda: tcrd.metric("tcrd_calls_open") == 1, "the call is under way")
        assert tcrd.stop() == 0
        try:
            late.result(timeout=10)
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001 (a half answer is the client library's own error)
            assert "Remote" in type(error).__name__ or "Incomplete" in type(error).__name__, error
    wait_until(lambda: not is_running(pid), "the helper ends with its worker")


def test_a_killed_worker_takes_its_helper_along(make_tcrd):
    tcrd = make_tcrd({"workers": 1})
    contract = tcrd.accepted()
    paper(tcrd.https("agency"), contract, "form")
    [pid] = helpers(tcrd)
    tcrd.kill_worker()
    wait_until(lambda: not is_running(pid), "the helper of a killed worker ends")
    tcrd.wait_ready()
    paper(tcrd.https("agency"), contract, "form")
