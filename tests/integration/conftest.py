"""Fixtures: one installation and one daemon per test file, in one cluster; every test ends with a look at the daemon's health."""
import contextlib

import pytest

from harness import Cluster, Installation, Tcrd, asking
from paper_helper import Helper


@pytest.fixture(scope="session")
def cluster():
    cluster = Cluster.create()
    yield cluster
    cluster.destroy()


@pytest.fixture(scope="module")
def installation(cluster, request):
    """A record of the file's own."""
    if not cluster.is_up():
        cluster.start()
    installation = Installation(cluster, request.module.__name__)
    yield installation
    installation.destroy()


@pytest.fixture(scope="module")
def _daemon(installation):
    daemon = Tcrd(installation)
    yield daemon
    status = daemon.stop()
    assert daemon.sanitizer_findings() == []
    assert status == 0, f"tcrd ended with {status}:\n{daemon.logs()[-3000:]}"


@pytest.fixture
def tcrd(_daemon):
    """The daemon of this file, started and ready. A test that stops or breaks something may leave it so: the next test gets it repaired."""
    if not _daemon.cluster.is_up():
        _daemon.cluster.start()
    if _daemon.process is None or _daemon.process.poll() is not None:
        _daemon.start()
    _daemon.wait_ready()
    yield _daemon
    assert _daemon.sanitizer_findings() == []


@pytest.fixture
def make_tcrd(installation):
    """make_tcrd({"timeout.head_ms": 300}): another daemon on the same record, with keys that differ; stopped after the test."""
    made = []

    def make(conf=None, start=True):
        made.append(Tcrd(installation, conf, start))
        return made[-1]

    yield make
    for daemon in made:
        daemon.stop()
        assert daemon.log_file.exists() is False or daemon.sanitizer_findings() == []


@pytest.fixture(scope="module")
def connection(installation):
    """A connection to the record as its owner, in autocommit mode, for the whole file."""
    with contextlib.closing(installation.connect()) as connection:
        yield connection


@pytest.fixture
def db(installation):
    """The same for one test, which may leave it as it likes."""
    with contextlib.closing(installation.connect()) as connection:
        yield connection


@pytest.fixture
def query(db):
    """query("select ...", parameters): rows as tuples."""
    return asking(db)


@pytest.fixture(scope="module")
def helper():
    """The helper program by itself, without a daemon."""
    helper = Helper()
    yield helper
    assert helper.close() == 0
    assert "runtime error" not in helper.errors() and "Sanitizer" not in helper.errors()
