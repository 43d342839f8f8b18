"""The recount by sums: whatever is changed in a release, a fact or a cube, by whom, is found by the sums of all months alone."""
import contextlib
import datetime
import subprocess

import pytest

from contracts import today
from figures import adjust, fill
from harness import environment

YESTERDAY = today() - datetime.timedelta(days=1)
DIMENSIONS = ["contract_id", "registered_on", "agency_id", "point_id", "contract_type", "technical_field", "seller_code", "buyer_code",
              "seller_type", "buyer_type", "ip_type", "industry", "plan_source", "direction", "size_class", "is_related", "is_secret",
              "unit", "broker", "event_name"]
PLACES = {"tcr.contract_release": ["filed_as", "seller_region", "seller_zone", "buyer_region", "buyer_zone"],
          "tcr.fact": ["filed_county", "filed_district", "seller_county", "seller_district", "buyer_county", "buyer_district"]}


@pytest.fixture(scope="module")
def record(installation):
    db = installation.connect()
    fill(db, seed=91, contracts=200)
    adjust(db, 40, seed=92)
    with db.cursor() as cursor:
        cursor.execute("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    yield db
    db.close()


@pytest.fixture
def disagreements(query, record):
    return lambda: query("select tcr.nightly_disagreements((select rolled_seq from tcr.cube_state))")[0][0]


@pytest.fixture
def spoiled(query):
    """with spoiled(table, seq, change): the rows of that seq are changed with these triggers off, until the block ends."""
    @contextlib.contextmanager
    def spoiled(table, seq, change, triggers="append_only"):
        query("begin")
        try:
            query(f"alter table {table} disable trigger {triggers}")
            query(f"update {table} set {change} where seq = %s", seq)
            yield
        finally:
            query("rollback")
    return spoiled


def other(query, table, column):
    """An expression that gives another value of that column."""
    kind = query("select format_type(atttypid, null) from pg_attribute where attrelid = %s::regclass and attname = %s", table, column)[0][0]
    return {"text": f"coalesce({column}, '') || 'x'", "boolean": f"not coalesce({column}, false)", "date": f"{column} - 1"}.get(
        kind, f"{column} + 1")


def test_an_untouched_record_agrees(disagreements):
    assert disagreements() == []


@pytest.mark.parametrize("table", ["tcr.contract_release", "tcr.fact"])
def test_every_column_that_counts(query, disagreements, spoiled, table):
    seq, month = query("select f.seq, date_trunc('month', f.day)::date from tcr.fact f join tcr.contract_release r using (seq)"
                       " where f.is_new and r.filed_as <> 'import_buyer' and r.seller_zone is not null and r.buyer_region is not null"
                       " and f.technology_amount < f.total_amount - 1 order by seq offset 7 limit 1")[0]
    columns = DIMENSIONS + ["total_amount", "technology_amount"] + PLACES[table]
    if table == "tcr.fact":
        columns += ["is_new"]
    else:
        columns += ["status"]
    for column in columns:
        value = "'import_buyer'" if column == "filed_as" else other(query, table, column)
        with spoiled(table, seq, f"{column} = {value}"):
            assert month in disagreements(), column
    assert disagreements() == []


def test_a_release_that_changed_a_registration(query, disagreements, spoiled):
    """An act after the registration books minus what was and plus what is."""
    seq = query("select seq from tcr.fact f where sign = 1 and not is_new order by seq limit 1")[0][0]
    for change in ("total_amount = total_amount + 1", "industry = 'xx'", "status = 'cancelled'", "seller_region = '110101'"):
        with spoiled("tcr.contract_release", seq, change):
            assert disagreements() != [], change
    assert disagreements() == []


@pytest.mark.parametrize("change", ["total_amount = total_amount + 1", "technology_amount = technology_amount - 1",
                                    "technology_income = technology_income + 1", "technology_received = 1", "day = day - 1"])
def test_a_fact_changed_while_no_trigger_looks(query, disagreements, spoiled, change):
    """The amounts that are summed are the columns themselves."""
    seq = query("select seq from tcr.fact where is_new and technology_amount > 0 order by seq offset 20 limit 1")[0][0]
    with spoiled("tcr.fact", seq, change, "user"):
        assert disagreements() != []
    assert disagreements() == []


def test_much_money_at_once(query, disagreements, spoiled):
    """Sums of numbers as large as they can be."""
    with spoiled("tcr.fact", 0, "day = day", "user"):
        query("update tcr.fact set technology_received = seq, technology_income = 999999999999999 - seq")
        assert set(disagreements()) == {m for m, in query("select distinct date_trunc('month', day)::date from tcr.fact")}
    assert disagreements() == []


def test_a_fact_that_is_missing_or_twice(query, disagreements, spoiled):
    seq = query("select seq from tcr.fact where is_new order by seq offset 30 limit 1")[0][0]
    with spoiled("tcr.fact", seq, "sign = sign"):
        query("delete from tcr.fact where seq = %s", seq)
        assert disagreements() != []
    columns = ("contract_id, total_amount, technology_amount, agency_id, point_id, day, registered_on, count, sign, is_new, contract_type,"
               " technical_field, direction, size_class")
    with spoiled("tcr.fact", seq, "sign = sign"):
        query(f"insert into tcr.fact (seq, {columns}) select -1, {columns} from tcr.fact where seq = %s", seq)
        assert disagreements() != []
    assert disagreements() == []


@pytest.mark.parametrize("cube", ["area", "party", "agency", "flow"])
def test_changes_in_a_cube_that_cancel_out(query, disagreements, cube):
    """Two cells, and four whose margins stay as they were."""
    cells = [c for c, in query(f"select ctid::text from tcr.cube_{cube} where month = (select month from tcr.cube_{cube} group by month"
                               " order by count(*) desc limit 1) limit 4")]
    assert len(cells) == 4
    for parts in ([1, -1, 0, 0], [1, -1, -1, 1], [3, -2, -1, 0]):
        for column in ("total_amount", "technology_income", "new_count"):
            query("begin")
            for cell, part in zip(cells, parts):
                query(f"update tcr.cube_{cube} set {column} = {column} + %s where ctid = %s::tid", part, cell)
            assert disagreements() != [], (parts, column)
            query("rollback")
    key = {"flow": "buyer_county"}.get(cube, "district")
    query("begin")
    query(f"update tcr.cube_{cube} set {key} = '110101' where ctid = %s::tid", cells[0])
    assert disagreements() != [], "what is in another cell"
    query("rollback")
    assert disagreements() == []


def test_cell_by_cell_says_the_same(installation, query, record):
    query("update tcr.cube_area set total_amount = total_amount + case when ctid = x.a then 1 else -1 end from (select min(ctid) as a,"
          " max(ctid) as b from tcr.cube_area where month = (select min(month) from tcr.cube_area)) x where ctid in (x.a, x.b)")
    told = []
    for option in ("--verify", "--cells"):
        done = subprocess.run([installation.BINARY, "-c", str(installation.config), "aggregate", option], capture_output=True, text=True,
                              env=environment(), timeout=120)
        assert done.returncode == 3, done
        told.append(sorted(line for line in done.stderr.splitlines() if "difference in" in line))
    assert told[0] == told[1] and len(told[0]) == 2
