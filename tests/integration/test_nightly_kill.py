"""The nightly job killed at any moment and started again, or started twice at once, ends where an undisturbed one does."""
import datetime
import random
import subprocess
import time

import pytest

from contracts import today
from figures import Recomputation, adjust, fill, register
from harness import Installation, environment, wait_until

KILLS = 12
YESTERDAY = today() - datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def installation(cluster):
    installation = Installation(cluster, database="nightly_kill", certificates=False)
    yield installation
    installation.destroy()


@pytest.fixture(scope="module")
def record(installation):
    db = installation.connect()
    fill(db, seed=41, contracts=600)
    adjust(db, 50, seed=42)
    yield db
    db.close()


def start(installation, *options):
    return subprocess.Popen([installation.BINARY, "-c", str(installation.config), "aggregate", *options], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=environment())


def state(query):
    """Everything that the job leaves behind, as texts; the order of rows does not matter."""
    names = ["cube_area", "cube_party", "cube_agency", "cube_flow", "cube_state"]
    return [query(f"select c::text from tcr.{name} c order by 1") for name in names] + [
        query("select period, first_day, last_day, seq from tcr.closing order by 1")]


def finish(installation):
    """Run it until it is the one that runs, and comes to its end."""
    def ended():
        job = start(installation)
        output, errors = job.communicate(timeout=120)
        assert job.returncode == 0, errors
        return "rolled up" in output
    wait_until(ended, "the lock of killed runs is gone", timeout=60)


def test_killed_at_random_moments(installation, record, query):
    rng = random.Random(43)
    began = time.monotonic()
    assert start(installation, "--dry-run").wait(120) == 0
    length = time.monotonic() - began
    for _ in range(KILLS):
        job = start(installation)
        time.sleep(rng.uniform(0, length * 1.2))
        job.kill()
        job.communicate()
    finish(installation)
    disturbed = state(query)
    assert disturbed[-1] == [(YESTERDAY.isoformat(), YESTERDAY, YESTERDAY, query("select tcr.nightly_seq(%s)", YESTERDAY)[0][0])]
    rebuilt = start(installation, "--rebuild")
    _, errors = rebuilt.communicate(timeout=120)
    assert rebuilt.returncode == 0 and "difference" not in errors, errors
    assert state(query) == disturbed
    truth = Recomputation(record)
    assert query("select coalesce(sum(count), 0), coalesce(sum(total_amount), 0) from tcr.cube_flow") == [
        (sum(d["sign"] for d in truth.deltas if d["day"] <= YESTERDAY),
         sum(d["sign"] * d["total_amount"] for d in truth.deltas if d["day"] <= YESTERDAY))]


def test_killed_with_its_database_session(installation, record, query):
    """Also when PostgreSQL ends the session in the middle of a statement."""
    before = state(query)
    query("update tcr.cube_state set rolled_seq = 0")
    for name in ("cube_area", "cube_party", "cube_agency", "cube_flow"):
        query(f"delete from tcr.{name}")
    rng = random.Random(44)
    for _ in range(6):
        job = start(installation)
        time.sleep(rng.uniform(0.02, 0.4))
        query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
              " and usename = 'tcrd_owner' and query like '%%tcr.%%' and application_name <> 'test' and backend_type = 'client backend'"
              " and state = 'active'")
        job.communicate(timeout=120)
        assert job.returncode in (0, 1)
    finish(installation)
    assert state(query) == before


def test_started_twice_at_once(installation, record, query):
    register(record, {YESTERDAY: 0, today(): 15}, seed=45)
    query("update tcr.cube_state set rolled_seq = 0")
    for name in ("cube_area", "cube_party", "cube_agency", "cube_flow"):
        query(f"delete from tcr.{name}")
    jobs = [start(installation) for _ in range(4)]
    outputs = [job.communicate(timeout=120) for job in jobs]
    assert [job.returncode for job in jobs] == [0] * 4, outputs
    assert sum("rolled up" in output for output, _ in outputs) >= 1
    finish(installation)
    after = state(query)
    rebuilt = start(installation, "--rebuild")
    rebuilt.communicate(timeout=120)
    assert rebuilt.returncode == 0 and state(query) == after
