"""deploy/quickstart.sh from outside: start, repeat, kill -9, change of ports, stop, reset. Builds build/release when it is missing."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from clients import HttpsClient, RpcClient
from contracts import contract_body
from harness import CHECKOUT, free_ports, is_running, wait_until

ROLES = ["agency", "agency2", "registrar", "reviewer", "bureau", "auditor", "admin"]
SCRIPT = CHECKOUT / "deploy/quickstart.sh"


class Quickstart:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tcrd-qs-"))
        self.folder.chmod(0o755)
        self.data = self.folder / "var"
        self.port = self.three_ports()

    @staticmethod
    def three_ports():
        """A port with two free ones behind it."""
        def found():
            port = free_ports(1)[0]
            with contextlib.ExitStack() as stack, contextlib.suppress(OSError, OverflowError):
                for other in (port + 1, port + 2):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", other))
                return port
            return None
        return wait_until(found, "three free ports in a row")

    def run(self, *options, status=0, timeout=600):
        done = subprocess.run([SCRIPT, "--data", self.data, "--port", str(self.port), *options], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == status, done.stdout[-3000:]
        return done.stdout

    def https(self, role):
        return HttpsClient(self.port, str(self.data / "ca.crt"), token=self.credential(role, "token").read_text().strip())

    def credential(self, role, kind):
        return self.data / "credentials" / f"{role}.{kind}"

    def figures(self, question="by=year&measure=count,total_amount,technology_amount,growth"):
        with self.https("bureau") as client:
            reply = client.get(f"/v1/statistics?{question}")
            assert reply.status == 200, reply
            return reply.json["rows"]

    def processes(self):
        """Pids of the daemon and of the cluster."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and (f"{self.data}/tcrd.conf".encode() in (entry / "cmdline").read_bytes()
                                             or os.readlink(entry / "cwd") == f"{self.data}/pg"):
                    found.append(int(entry.name))
        return [pid for pid in found if is_running(pid)]

    def kill_everything(self):
        victims = self.processes()
        assert len(victims) > 5
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.processes(), "everything is killed")


@pytest.fixture(scope="module")
def quickstart():
    self = Quickstart()
    yield self
    self.run("--stop")
    assert self.processes() == []
    subprocess.run(["rm", "-rf", self.folder], check=True)


def test_first_start_shows_the_figures_of_linyi(quickstart):
    told = quickstart.run("--detach")
    assert "tcrd is ready" in told and f"https://127.0.0.1:{quickstart.port}" in told
    rows = {row["year"]: row for row in quickstart.figures()}
    assert (rows["2022"]["count"], rows["2022"]["total_amount"], rows["2022"]["technology_amount"], rows["2022"]["growth_total_amount"]) \
        == (3167, "15658000000.00", "1608000000.00", "49.01")
    assert rows["2021"]["total_amount"] == "10508000000.00"
    half = quickstart.figures("by=half&period=2023H1&measure=count,total_amount")
    assert [(row["count"], row["total_amount"]) for row in half] == [(2550, "18786000000.00")]


def test_credentials_of_every_role(quickstart):
    for role in ROLES:
        assert re.fullmatch(r"tcrd_[0-9a-f]{64}\n", quickstart.credential(role, "token").read_text())
        for secret in ("token", "key"):
            assert quickstart.credential(role, secret).stat().st_mode & 0o077 == 0
        cert = tuple(str(quickstart.credential(role, kind)) for kind in ("crt", "key"))
        with RpcClient(quickstart.port + 1, str(quickstart.data / "ca.crt"), cert=cert) as client:
            assert client.call("code.list", list="tech_field")
        with quickstart.https(role) as client:
            assert client.get("/v1/statistics?by=year").status in (200, 403)
    assert (quickstart.data / "credentials").stat().st_mode & 0o077 == 0


def test_second_start_changes_nothing_and_takes_seconds(quickstart):
    before = {role: quickstart.credential(role, "token").read_text() for role in ROLES}
    pids = set(quickstart.processes())
    begun = time.monotonic()
    told = quickstart.run("--detach")
    assert time.monotonic() - begun < 30 and "running already" in told
    assert before == {role: quickstart.credential(role, "token").read_text() for role in ROLES}
    assert quickstart.figures()[0]["year"] == "2021" and len(pids & set(quickstart.processes())) >= 3


def test_acknowledged_contract_survives_kill_9_of_everything(quickstart):
    with quickstart.https("agency") as client:
        filed = client.submit(contract_body())
        assert filed.status == 201, filed
    quickstart.kill_everything()
    quickstart.run("--detach")
    with quickstart.https("agency") as client:
        assert client.get(f"/v1/contracts/{filed.json['id']}").status == 200
    with quickstart.https("agency2") as client:
        assert client.get(f"/v1/contracts/{filed.json['id']}").status == 404


@pytest.mark.parametrize("victim", ["postmaster", "master"])
def test_start_after_kill_9_of_one(quickstart, victim):
    file = {"postmaster": quickstart.data / "pg/postmaster.pid", "master": quickstart.data / "tcrd.pid"}[victim]
    os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
    quickstart.run("--detach")
    assert quickstart.figures()


def test_stale_pid_files_after_a_power_loss(quickstart):
    quickstart.kill_everything()
    pid_file = quickstart.data / "pg/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")  # a number that somebody else has now
    (quickstart.data / "tcrd.pid").write_text(f"{os.getpid()}\n")
    quickstart.run("--detach")
    assert quickstart.figures()


def test_lost_key_and_certificate_are_made_anew(quickstart):
    old = quickstart.credential("auditor", "token").read_text()
    for kind in ("token", "crt"):
        quickstart.credential("auditor", kind).unlink()
    quickstart.run("--detach")
    assert quickstart.credential("auditor", "token").read_text() != old
    with quickstart.https("auditor") as client:
        assert client.get("/v1/statistics?by=year").status == 200


def test_another_port(quickstart):
    quickstart.port = Quickstart.three_ports()
    quickstart.run("--detach")
    assert quickstart.figures()


def test_stop_and_foreground_until_ctrl_c(quickstart):
    quickstart.run("--stop")
    assert quickstart.processes() == []
    # Ctrl-C of a terminal is SIGINT to its process group.
    process = subprocess.Popen([SCRIPT, "--data", quickstart.data, "--port", str(quickstart.port)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, start_new_session=True)
    told = b""
    while b"in the foreground" not in told:
        line = process.stdout.readline()
        assert line, told
        told += line
    assert quickstart.figures()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0
    process.stdout.close()
    assert quickstart.processes() == []


def test_reset_deletes_a_demonstration_and_spares_real_contracts(quickstart):
    quickstart.run("--reset")
    assert not (quickstart.data / "pg").exists() and not (quickstart.data / "credentials").exists()
    quickstart.run("--detach", "--no-sample")
    assert quickstart.figures() == []
    with quickstart.https("agency") as client:
        filed = client.submit(contract_body())
        assert filed.status == 201
    assert "nothing was deleted" in quickstart.run("--reset", status=1)
    with quickstart.https("agency") as client:
        assert client.get(f"/v1/contracts/{filed.json['id']}").status == 200
    assert "no sample is loaded" in quickstart.run("--detach")
    assert json.dumps(quickstart.figures()) == "[]"


@pytest.mark.parametrize("options", [["--port", "0"], ["--port", "65534"], ["--port", "x"], ["--nonsense"], ["--data", "/tmp/a b"]], ids=" ".join)
def test_misuse(options):
    done = subprocess.run([SCRIPT, *options], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode in (1, 2) and (done.stderr or "Usage" in done.stdout)
