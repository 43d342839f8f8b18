"""The nightly job killed at any moment and started again, or started twice at once, ends where an undisturbed one does; and a fen that is
wrong is found every time. TCRD_LONG: fifty kills on a larger record."""
import contextlib
import datetime
import itertools
import os
import pathlib
import random
import signal
import subprocess
import time

import pytest

from contracts import today
from figures import adjust
from harness import Installation, Tcrd, environment, wait_until
from released import Released

IS_LONG = bool(os.environ.get("TCRD_LONG"))
KILLS, CONTRACTS = (50, 15000) if IS_LONG else (12, 4000)
YESTERDAY = today() - datetime.timedelta(days=1)
CUBES = ["cube_area", "cube_party", "cube_agency", "cube_flow"]


@pytest.fixture(scope="module")
def installation(cluster):
    """A record of ten years, changed and cancelled since: by acts of yesterday, which the night rolls up, and by acts of today."""
    installation = Installation(cluster, database="nightly_kill", certificates=False)
    installation.command("sample", "--national", "--size", str(CONTRACTS), "--seed", "41")
    db = installation.connect()
    with on_day(db, YESTERDAY):
        adjust(db, CONTRACTS // 20, seed=42)
    adjust(db, CONTRACTS // 50, seed=43)
    db.close()
    yield installation
    installation.destroy()


@pytest.fixture(scope="module")
def tcrd(installation):
    tcrd = Tcrd(installation)
    yield tcrd
    assert tcrd.stop() == 0 and tcrd.sanitizer_findings() == []


@contextlib.contextmanager
def on_day(db, day):
    """Acts of the block are of that day. Nobody else is there yet."""
    with db.cursor() as cursor:
        cursor.execute("select pg_get_functiondef('tcr.today()'::regprocedure)")
        clock = cursor.fetchone()[0]
        cursor.execute("create or replace function tcr.today() returns date language sql stable set search_path = pg_catalog "
                       f"as $$ select date '{day}' $$")
        yield
        cursor.execute(clock)


@pytest.fixture
def ask(installation):
    """ask("select ...", parameters): on a connection of its own, because the server is killed under others."""
    def ask(sql, *parameters, user="tcrd_owner"):
        with contextlib.closing(installation.connect(user)) as db, db.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else None
    return ask


def start(installation, *options):
    return subprocess.Popen([installation.BINARY, "-c", str(installation.config), "aggregate", *options], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=environment())


def ended(job):
    """Exit status, output and errors."""
    output, errors = job.communicate(timeout=300)
    return job.returncode, output, errors


def begin_anew(ask):
    """As if no night had been: the cubes empty, no day closed."""
    ask("update tcr.cube_state set rolled_seq = 0")
    for name in CUBES:
        ask(f"delete from tcr.{name}")
    ask("delete from tcr.closing")


def state(ask):
    """Everything that the job leaves behind, the rows of each cube as one digest; their order does not matter."""
    found = {name: ask(f"select count(*), md5(string_agg(md5(c::text), '' order by md5(c::text))) from tcr.{name} c") for name in CUBES}
    return {**found, "cube_state": ask("select rolled_seq from tcr.cube_state"),
            "closing": ask("select period, first_day, last_day, seq from tcr.closing order by 1")}


MEASURES = ["count", "total_amount", "new", "share", "rank"]
WORDINGS = itertools.cycle(itertools.permutations(MEASURES))


def digests(tcrd):
    """Of questions that each family of cubes covers, worded as never before, so that no kept answer replies."""
    measure = ",".join(next(WORDINGS))
    with tcrd.https("bureau") as client:
        found = []
        for question in ("by=year,contract_type&region=11", "by=county,technical_field,direction&region=37", "by=seller_group,industry&region=44",
                         "by=agency,quarter&region=31", "by=seller_district,buyer_district&region=32&basis=output",
                         "by=size_class,month&region=11&basis=absorbed", "by=contract_type4&region=33&basis=local"):
            reply = client.get(f"/v1/statistics?{question}&measure={measure}&to={YESTERDAY}")
            assert reply.status == 200, reply
            found.append(reply.json["digest"])
        return found


def finish(installation, jobs=1):
    """Run it, several at once if asked, until one of them is the one that runs, and comes to its end."""
    def done():
        results = [ended(job) for job in [start(installation) for _ in range(jobs)]]
        assert [status for status, _, _ in results] == [0] * jobs, results
        return any("0 differences" in output for _, output, _ in results)
    wait_until(done, "the lock of killed runs is gone", timeout=60)


@pytest.fixture(scope="module")
def undisturbed(installation, tcrd):
    """How long a night takes, the state that it leaves, and what is answered then."""
    with contextlib.closing(installation.connect()) as db:
        def ask(sql, *parameters):
            with db.cursor() as cursor:
                cursor.execute(sql, parameters or None)
                return cursor.fetchall() if cursor.description else None
        took = []
        for _ in range(2):
            begin_anew(ask)
            began = time.monotonic()
            status, output, errors = ended(start(installation))
            took.append(time.monotonic() - began)
            assert status == 0 and "0 differences, 1 days closed" in output, errors
        released = Released(db)
        rolled = ask("select seq from tcr.closing")[0][0]
        assert ask("select sum(count), sum(total_amount), sum(technology_amount) from tcr.cube_flow") == released.query(
            "select sum(sign), sum(sign * total_amount), sum(sign * technology_amount) from delta where seq <= %s", (rolled,))
        assert released.query("select count(*) from delta where seq <= %s and not is_new", (rolled,))[0][0] > CONTRACTS // 30
        return min(took), state(ask), digests(tcrd)


# What dies -----------------------------------------------------------------------------------------------------------------

def kill_job(job, installation):
    job.kill()


def kill_backend(job, installation):
    """kill -9 of the PostgreSQL process that works for it: the whole server ends at once and recovers."""
    with contextlib.closing(installation.connect("postgres")) as db, db.cursor() as cursor:
        cursor.execute("select pid from pg_stat_activity where application_name = 'tcrd command'")
        pids = [pid for pid, in cursor.fetchall()]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    # The postmaster has collected the dead before it says that it recovers.
    wait_until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids), "killed backends are gone")
    wait_until(installation.cluster.is_up, "PostgreSQL is up again", timeout=60)


def end_session(job, installation):
    with contextlib.closing(installation.connect("postgres")) as db, db.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tcrd command'")


# What goes wrong ---------------------------------------------------------------------------------------------------------------

def a_fen_in_a_cube(rng, ask):
    table = rng.choice(CUBES)
    column = rng.choice(["total_amount", "technology_amount", "new_total_amount", "technology_received"])
    where = "ctid = %s::tid"
    place = rng.choice(ask(f"select ctid::text from tcr.{table}"))[0]
    return table, column, where, place


def a_fen_in_a_fact(rng, ask):
    seq = rng.choice(ask("select seq from tcr.fact where is_new and day <= %s", YESTERDAY))[0]
    return "fact", rng.choice(["total_amount", "technology_amount", "technology_income"]), "seq = %s", seq


def a_fen_in_a_release(rng, ask):
    seq = rng.choice(ask("select r.seq from tcr.contract_release r join tcr.fact f on f.seq = r.seq and f.sign = 1 where f.day <= %s"
                         " and r.technology_amount between 1 and r.total_amount - 1", YESTERDAY))[0]
    return "contract_release", rng.choice(["total_amount", "technology_amount"]), "seq = %s", seq


def spoil(ask, table, column, where, place, fen):
    """By a superuser, with no trigger that looks. The columns that PostgreSQL makes itself follow. Returns where the row is now."""
    changed = ask(f"set session_replication_role = replica; update tcr.{table} set {column} = {column} + %s where {where}"
                  f" returning {'ctid::text' if table in CUBES else 'seq'}", fen, place, user="postgres")
    assert len(changed) == 1, (table, place)
    return changed[0][0]


def contracts_at(ask, table, where, place):
    """The contract of a fact or a release; of a cell those that have facts in its month."""
    if table in CUBES:
        month = ask(f"select month from tcr.{table} where {where}", place)[0][0]
        return {c for c, in ask("select distinct contract_id from tcr.fact where date_trunc('month', day) = %s", month)}
    return {c for c, in ask(f"select contract_id from tcr.{table} where {where}", place)}


def told(errors, place):
    """The contracts that the differences of a place name."""
    lines = [line for line in errors.splitlines() if f"difference in {place} [" in line]
    return {int(c) for line in lines for c in line.split("contracts [")[1].rstrip("]").split()}


def check_that_a_fen_is_found(installation, ask, rng, kind):
    """On an ordinary night, with status 3, told with the contract, and left as it is; then it is taken back."""
    table, column, where, place = kind(rng, ask)
    at = contracts_at(ask, table, where, place)
    place = spoil(ask, table, column, where, place, 1)
    spoiled = state(ask)
    status, _, errors = ended(start(installation))
    contracts = told(errors, table if table in CUBES else "fact")
    assert status == 3 and contracts and contracts <= at, (table, column, place, status, errors)
    assert table not in CUBES or errors.count("difference in ") == 1, errors
    assert state(ask) == spoiled, "nothing mends it"
    outcome, counts = ask("select outcome, counts from tcr.job_run where job = 'aggregate' order by id desc limit 1")[0]
    assert outcome == "difference" and counts["differences"] > 0
    spoil(ask, table, column, where, place, -1)


def test_killed_at_random_moments(installation, tcrd, ask, undisturbed):
    length, before, answers = undisturbed
    rng = random.Random(44)
    victims = [kill_job] * 3 + [end_session, kill_backend]
    kinds = itertools.cycle([a_fen_in_a_cube, a_fen_in_a_fact, a_fen_in_a_release])
    kills, rounds, found = 0, 0, 0
    while kills < KILLS:
        rounds += 1
        assert rounds <= 4 * KILLS, "a job ends before it is killed"
        begin_anew(ask)
        # Spread over the whole length of the job: one moment in each part of it. One that ended before does not count.
        moment = length * (kills + rng.random()) / KILLS
        jobs = [start(installation) for _ in range(rng.choice([1, 1, 2]))]
        time.sleep(moment)
        if any(job.poll() is None for job in jobs):
            kills += 1
        victim = rng.choice(victims)
        for job in jobs:
            victim(job, installation)
            ended(job)
        finish(installation, jobs=rng.choice([1, 1, 2]))
        assert state(ask) == before, (rounds, moment, victim)
        assert digests(tcrd) == answers, (rounds, moment, victim)
        if IS_LONG or rounds % 2 == 0:
            check_that_a_fen_is_found(installation, ask, rng, next(kinds))
            found += 1
    print(f"a night takes {length:.2f} s; {kills} kills of a running job in {rounds} rounds; a wrong fen was found {found} times of {found}")
    finish(installation)
    assert state(ask) == before and digests(tcrd) == answers


def test_started_twice_at_once(installation, ask, undisturbed):
    with contextlib.closing(installation.connect()) as db:
        adjust(db, 15, seed=45)
    begin_anew(ask)
    results = [ended(job) for job in [start(installation) for _ in range(4)]]
    assert [status for status, _, _ in results] == [0] * 4, results
    assert sum("rolled up" in output for _, output, _ in results) >= 1
    finish(installation)
    after = state(ask)
    assert after == undisturbed[1]
    status, _, errors = ended(start(installation, "--rebuild"))
    assert status == 0 and "difference" not in errors and state(ask) == after
