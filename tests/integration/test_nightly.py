"""tcrd aggregate: rolls up, recomputes, closes, expires - and tells a single fen, wherever it went astray, without repairing it."""
import concurrent.futures
import datetime
import itertools
import subprocess
import threading

import psycopg2
import pytest

from contracts import today
from figures import adjust, fill, register
from harness import environment, wait_until

YESTERDAY = today() - datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def record(installation):
    """Contracts since two years ago, rolled up, and every day up to yesterday closed."""
    db = installation.connect()
    fill(db, seed=77, contracts=250)
    yield db
    db.close()


@pytest.fixture
def aggregate(installation, record):
    """aggregate("--verify"): the finished process."""
    def run(*options):
        return subprocess.run([installation.BINARY, "-c", str(installation.config), "aggregate", *options], capture_output=True,
                              text=True, env=environment(), timeout=120)
    return run


def last_run(query):
    return query("select outcome, finished_at is not null, counts, day from tcr.job_run where job = 'aggregate' order by id desc limit 1")[0]


def cubes(query):
    return [query(f"select * from tcr.cube_{name} order by cube_{name}::text") for name in ("area", "party", "flow", "agency")]


def test_dry_run_keeps_nothing(aggregate, query):
    done = aggregate("--dry-run")
    assert done.returncode == 0 and "0 differences" in done.stdout and "dry run" in done.stdout, done
    assert query("select count(*) from tcr.closing") == query("select count(*) from tcr.job_run") == [(0,)]
    assert query("select rolled_seq from tcr.cube_state") == [(0,)] and cubes(query) == [[], [], [], []]


def test_rolls_up_and_closes_yesterday(aggregate, query):
    last_seq, facts = query("select max(seq), count(*) from tcr.fact")[0]
    done = aggregate()
    assert done.returncode == 0, done
    outcome, finished, counts, day = last_run(query)
    assert (outcome, finished, day) == ("ok", True, YESTERDAY)
    assert counts["facts"] == facts and counts["differences"] == 0 and counts["days"] == 1 and counts["seconds"] > 0
    assert query("select period, first_day, last_day, seq from tcr.closing") == [
        (YESTERDAY.isoformat(), YESTERDAY, YESTERDAY, last_seq)]
    assert query("select rolled_seq from tcr.cube_state") == [(last_seq,)]


def test_running_again_changes_nothing(aggregate, query):
    before = cubes(query), query("select * from tcr.closing"), query("select * from tcr.cube_state")
    for options in ([], ["--verify"], ["--rebuild"], ["--date", YESTERDAY.isoformat()], ["--date", "2025-01-01"]):
        done = aggregate(*options)
        assert done.returncode == 0 and "0 differences" in done.stdout, done
        assert (cubes(query), query("select * from tcr.closing"), query("select * from tcr.cube_state")) == before


def test_missed_days_are_closed_one_by_one(aggregate, query):
    day = YESTERDAY - datetime.timedelta(days=3)
    query("update tcr.closing set period = %s, first_day = %s, last_day = %s, seq = tcr.nightly_seq(%s)", day, day, day, day)
    assert aggregate().returncode == 0
    days = query("select period::date, first_day, last_day, seq = (select max(seq) from tcr.fact where day <= last_day)"
                 " from tcr.closing order by 1")
    assert days == [(YESTERDAY - datetime.timedelta(days=n),) * 3 + (True,) for n in (3, 2, 1, 0)]


def test_facts_of_an_open_day_wait(aggregate, query, record):
    rolled = query("select rolled_seq from tcr.cube_state")
    register(record, {today(): 6}, seed=1)
    assert aggregate().returncode == 0
    assert query("select rolled_seq from tcr.cube_state") == rolled


def test_a_late_act_is_booked_on_the_first_open_day(aggregate, query, record):
    """Nobody's clock can put a fact into a day that is closed, and the recomputation knows it."""
    register(record, {YESTERDAY - datetime.timedelta(days=40): 4}, seed=2)
    late = query("select day, registered_on from tcr.fact order by seq desc limit 4")
    assert late == [(today(), YESTERDAY - datetime.timedelta(days=40))] * 4
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    done = aggregate("--verify")
    assert done.returncode == 0 and "0 differences" in done.stdout, done


@pytest.mark.parametrize("table", ["cube_area", "cube_party", "cube_flow", "cube_agency"])
@pytest.mark.parametrize("column", ["count", "total_amount", "technology_amount", "technology_income", "new_total_amount"])
def test_one_fen_in_a_cube(aggregate, query, table, column):
    """Also in a month that nothing touched: its total gives it away."""
    cell = query(f"update tcr.{table} set {column} = {column} + 1 where ctid = (select ctid from tcr.{table} where month < %s"
                 f" order by month limit 1) returning month", YESTERDAY - datetime.timedelta(days=200))
    closings = query("select * from tcr.closing")
    spoiled = cubes(query)
    for _ in range(2):  # it is told every night, and nothing mends it silently
        done = aggregate()
        assert done.returncode == 3, done
        told = [line for line in done.stderr.splitlines() if "difference" in line]
        assert len(told) == 1 and f"difference in {table} [" in told[0] and f"month={cell[0][0]}" in told[0], done.stderr
        contracts = [int(i) for i in told[0].split("contracts [")[1].rstrip("]").split()]
        assert contracts and query("select count(*) from tcr.fact where contract_id = any (%s) and date_trunc('month', day) = %s",
                                   contracts, cell[0][0]) == [(len(contracts),)]
        assert last_run(query)[0] == "difference" and last_run(query)[2]["differences"] == 1
        assert query("select place, contracts from tcr.figure_difference order by id desc limit 1") == [
            (table, " ".join(str(c) for c in contracts))]
        assert cubes(query) == spoiled and query("select * from tcr.closing") == closings
    mended = aggregate("--rebuild")
    assert mended.returncode == 0 and f"difference in {table}" in mended.stderr and "1 cells were wrong" in mended.stdout, mended
    assert cubes(query) != spoiled and aggregate("--verify").returncode == 0


def test_two_fen_that_cancel_out_are_found_by_verify(aggregate, query):
    first, last = query("select min(ctid::text), max(ctid::text) from tcr.cube_area group by month having count(*) > 1"
                        " order by month limit 1")[0]
    query("update tcr.cube_area set total_amount = total_amount + case ctid::text when %s then 1 else -1 end where ctid::text in (%s, %s)",
          first, first, last)
    done = aggregate("--verify")
    assert done.returncode == 3 and done.stderr.count("difference in cube_area") == 2, done
    assert aggregate("--rebuild").returncode == 0


@pytest.mark.parametrize("change", ["total_amount = total_amount + 1", "technology_amount = technology_amount - 1",
                                    "contract_type = case contract_type when '101' then '102' else '101' end",
                                    "day = day - 31", "seller_county = '110101'", "industry = 'xx'", "is_new = false",
                                    "direction = 'abroad'"])
def test_one_wrong_fact(aggregate, query, change):
    """Only an owner who switches the guard off can do it; the recomputation names the contract."""
    seq = query("select seq from tcr.fact where seller_county is not null and day < %s order by seq limit 1", YESTERDAY)[0][0]
    original = query("select to_jsonb(f)::text from tcr.fact f where seq = %s", seq)[0][0]
    contract = query("select contract_id from tcr.fact where seq = %s", seq)[0][0]
    query("alter table tcr.fact disable trigger append_only")
    try:
        query(f"update tcr.fact set {change} where seq = %s", seq)
        done = aggregate("--verify")
        told = [line for line in done.stderr.splitlines() if "difference in fact [" in line]
        assert done.returncode == 3 and told and all(line.endswith(f"contracts [{contract}]") for line in told), done
        assert aggregate().returncode == 3  # the months are compared by every column, also on an ordinary night
    finally:
        query("delete from tcr.fact where seq = %s", seq)
        query("insert into tcr.fact select * from jsonb_populate_record(null::tcr.fact, %s::jsonb)", original)
        query("alter table tcr.fact enable trigger append_only")
    done = aggregate("--verify")
    assert done.returncode == 0, done


@pytest.mark.parametrize("change", ["total_amount = total_amount + 1", "technology_amount = technology_amount - 1", "direction = 'hmt'",
                                    "seller_zone = '371373'"])
def test_one_wrong_release(aggregate, query, change):
    """One fen in the amount columns of a release, or another place: the contract is named, and nothing is mended."""
    seq, contract = query("select seq, contract_id from tcr.contract_release where event = 'certify' and technology_amount > 0"
                          " and technology_amount < total_amount and day < %s order by seq desc offset 20 limit 1", YESTERDAY)[0]
    column = change.split(" ")[0]
    original = query(f"select {column} from tcr.contract_release where seq = %s", seq)[0][0]
    query("alter table tcr.contract_release disable trigger append_only")
    try:
        query(f"update tcr.contract_release set {change} where seq = %s", seq)
        for options in ([], ["--verify"]):
            done = aggregate(*options)
            told = [line for line in done.stderr.splitlines() if "difference in fact [" in line]
            assert done.returncode == 3 and told and all(line.endswith(f"contracts [{contract}]") for line in told), done
        assert query(f"select {column} <> %s or %s is null from tcr.contract_release where seq = %s", original, original, seq) == [(True,)]
    finally:
        query(f"update tcr.contract_release set {column} = %s where seq = %s", original, seq)
        query("alter table tcr.contract_release enable trigger append_only")
    assert aggregate("--verify").returncode == 0


@pytest.mark.parametrize("table,change", [("contract_release", "total_amount = total_amount + 1"), ("contract_release", "direction = 'hmt'"),
                                          ("fact", "technology_amount = technology_amount - 1"), ("fact", "industry = 'xx'")])
def test_one_fen_of_today(aggregate, query, record, table, change):
    """What no cube has yet is compared as well: nothing waits for the roll-up of the next night."""
    register(record, {today(): 2}, seed=query("select 100000 + max(seq) from tcr.fact")[0][0])
    seq, contract = query("select seq, contract_id from tcr.fact where day = %s and technology_amount > 0 order by seq desc limit 1",
                          today())[0]
    assert query("select rolled_seq < %s from tcr.cube_state", seq) == [(True,)] and aggregate("--verify").returncode == 0
    column = change.split(" ")[0]
    original = query(f"select {column} from tcr.{table} where seq = %s", seq)[0][0]
    query(f"alter table tcr.{table} disable trigger append_only")
    try:
        query(f"update tcr.{table} set {change} where seq = %s", seq)
        for options in (["--verify"], [], ["--cells"]):
            done = aggregate(*options)
            told = [line for line in done.stderr.splitlines() if "difference in fact [" in line]
            assert done.returncode == 3 and told and all(line.endswith(f"contracts [{contract}]") for line in told), done
    finally:
        query(f"update tcr.{table} set {column} = %s where seq = %s", original, seq)
        query(f"alter table tcr.{table} enable trigger append_only")
    assert aggregate("--verify").returncode == 0


def test_acts_that_come_in_meanwhile_are_no_difference(installation, aggregate, record):
    """The record is compared as it stood at one number of the sequence, however many commit while that is done."""
    is_over = threading.Event()

    def certify_on():
        db = installation.connect()
        for seed in itertools.count(1000):
            if is_over.is_set():
                break
            register(db, {today(): 3}, seed=seed)
        db.close()
        return seed - 1000

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        batches = pool.submit(certify_on)
        try:
            for options in (["--verify"], [], ["--cells"]) * 3:
                done = aggregate(*options)
                assert done.returncode == 0 and "0 differences" in done.stdout, done
        finally:
            is_over.set()
        assert batches.result() > 9, "there were few acts beside it"


def test_a_large_load_is_rolled_up_in_steps(aggregate, query):
    step = "create or replace function tcr.cubes_step() returns bigint language sql immutable as $$ select %s $$"
    rows = lambda: query("select count(*) from tcr.cube_agency")[0][0]
    assert aggregate("--rebuild").returncode == 0
    at_once = rows()
    query(step % 3)
    try:
        done = aggregate("--rebuild")
        assert done.returncode == 0 and "0 differences" in done.stdout, done
    finally:
        query(step % 1000000)
    assert rows() > at_once, "cells have a row of each step"
    assert aggregate("--cells").returncode == 0


def test_later_acts_agree_too(aggregate, query, record):
    adjust(record, 30, seed=78)
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    for options in ([], ["--verify"], ["--rebuild"]):
        done = aggregate(*options)
        assert done.returncode == 0 and "0 differences" in done.stdout, done


def test_a_very_late_act_agrees(aggregate, query, record):
    """Booked months after its day, because everything in between was closed."""
    register(record, {YESTERDAY - datetime.timedelta(days=300): 3}, seed=79)
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    for options in ([], ["--verify"]):
        done = aggregate(*options)
        assert done.returncode == 0 and "0 differences" in done.stdout, done


def test_keys_expire_after_72_hours(aggregate, query):
    account = query("select min(id) from tcr.account")[0][0]
    for key, age in (("old", "72 hours 1 minute"), ("young", "71 hours 59 minutes")):
        query("insert into tcr.idempotency_key values (%s, %s, '', 1, '-', now() - %s::interval)", account, key, age)
    assert aggregate().returncode == 0
    assert query("select key from tcr.idempotency_key where key in ('old', 'young')") == [("young",)]
    assert last_run(query)[2]["keys"] == 1


def test_only_one_runs(installation, aggregate, query):
    holder = installation.connect()
    with holder.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('tcrd aggregate'))")
    before = query("select count(*) from tcr.job_run")
    done = aggregate()
    assert done.returncode == 0 and "another" in done.stdout, done
    assert query("select count(*) from tcr.job_run") == before
    holder.close()
    wait_until(lambda: aggregate().returncode == 0 and query("select count(*) from tcr.job_run") > before, "the lock is free again")


def test_a_killed_run_is_made_up_for(installation, aggregate, query, record):
    """Killed while it waits for a lock in the middle of its work; the next run does what is left."""
    blocker = installation.connect()
    blocker.autocommit = False
    with blocker.cursor() as cursor:
        cursor.execute("select from tcr.sequence_counter for update")  # the closing waits here, after roll-up and comparison
        run = subprocess.Popen([installation.BINARY, "-c", str(installation.config), "aggregate"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=environment())
        wait_until(lambda: query("select count(*) from pg_locks where not granted") != [(0,)], "the job waits")
        run.kill()
        run.wait()
    blocker.rollback()
    blocker.close()
    assert last_run(query)[:2] == (None, False)
    wait_until(lambda: "closed" in aggregate().stdout, "the lock of the killed run is gone")
    assert last_run(query)[:2] == ("ok", True)


@pytest.mark.parametrize("options", [["--date", today().isoformat()], ["--date", "2190-01-01"], ["--date", "2025-02-29"],
                                     ["--date", ""], ["--nonsense"], ["--date"], ["now"]])
def test_called_wrongly(aggregate, query, options):
    before = query("select count(*) from tcr.job_run")
    assert aggregate(*options).returncode == 2
    assert query("select count(*) from tcr.job_run") == before


def test_without_a_database(installation, record):
    config = installation.write_config("nowhere.conf", {"db.host": installation.folder})
    done = subprocess.run([installation.BINARY, "-c", str(config), "aggregate"], capture_output=True, text=True, env=environment())
    assert done.returncode == 1 and done.stderr.startswith("tcrd aggregate: "), done


def test_the_service_role_cannot_do_the_job(installation, record):
    db = installation.connect("tcrd_service")
    for call in ("cubes_roll(1, true)", "nightly_close(current_date - 1)", "keys_expire(1)", "nightly_verify(true)"):
        with db.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(f"select tcr.{call}")
    db.close()
