"""By no difference of answers does an agency learn the amount of fewer than three contracts of others: not between two tables, not
between two closed days, not by as_of."""
import datetime
import itertools
import urllib.parse

import pytest

from contracts import fen, today
from figures import TIMES, Recomputation, fill, period_range, register
from harness import Installation, Tcrd

TABLES = [",".join(t) for times in ([], ["year"], ["half"], ["quarter"], ["month"])
          for rest in ([], ["district"], ["contract_type"], ["contract_type4"], ["technical_field"], ["district", "contract_type"],
                       ["district", "technical_field"], ["technical_field", "district"], ["contract_type4", "technical_field"])
          for t in [times + rest]]
PERIODS = [None, "2024", "2024H1", "2024Q3", "2025-05"]


@pytest.fixture(scope="module")
def installation(cluster):
    installation = Installation(cluster, database="subtract", certificates=False)
    yield installation
    installation.destroy()


@pytest.fixture(scope="module")
def tcrd(installation):
    tcrd = Tcrd(installation)
    yield tcrd
    assert tcrd.stop() == 0 and tcrd.sanitizer_findings() == []


@pytest.fixture(scope="module")
def record(installation):
    """A bulk of contracts up to ten days ago, then days with few and with many, each closed after it."""
    db = installation.connect()
    fill(db, seed=51, contracts=260, first=datetime.date(2024, 1, 1), last=today() - datetime.timedelta(days=10))
    installation.command("aggregate", "--date", (today() - datetime.timedelta(days=10)).isoformat())
    for days, count in ((9, 1), (8, 2), (7, 0), (6, 4), (5, 1), (4, 12), (3, 1)):
        day = today() - datetime.timedelta(days=days)
        if count:
            register(db, {day: count}, seed=60 + days)
        installation.command("aggregate", "--date", day.isoformat())
    yield db
    db.close()


def visible(client, truth, day, as_of=None):
    """Every amount that the agency is shown, as (table, set of contracts, amount)."""
    cells = {}
    for by in TABLES if as_of is None else TABLES[:14]:
        for period in PERIODS if as_of is None else [None]:
            question = {"by": by.split(",") if by else [], "basis": "registered", "region": "3713"}
            parameters = {k: v for k, v in {"by": by, "period": period, "as_of": as_of}.items() if v}
            reply = client.get("/v1/statistics?scope=area&" + urllib.parse.urlencode(parameters))
            assert reply.status == 200, reply
            first, last = period_range(period) if period else (None, day)
            groups = truth.groups(question, first, min(last, day))
            for row in reply.json["rows"]:
                contracts = frozenset(c["contract_id"] for c in groups[tuple(row[b] for b in question["by"])])
                assert row["count"] == len(contracts)
                if row["total_amount"] is not None:
                    assert fen(row["total_amount"]) == sum(c["total_amount"] for c in truth.contracts if c["contract_id"] in contracts)
                    cells.setdefault((by, period), {})[contracts] = fen(row["total_amount"])
    return cells


def is_told(contracts):
    """Would knowing the sum of these tell an amount of few?"""
    return 0 < len(contracts) < 3


FINER = {"contract_type4": {"contract_type4", "contract_type"}}


def refines(part, whole):
    """Is every cell of the table whole a sum of cells of the table part?"""
    (part_by, part_period), (whole_by, whole_period) = part, whole
    if part_period not in (None, whole_period):
        return False
    units = {None: -1, 4: 0, 6: 1, 7: 3}  # of a period, by its length

    def split(by, period):
        asked = [list(TIMES).index(b) for b in by.split(",") if b in TIMES]
        unit = 2 if "Q" in (period or "") else units[period and len(period)]
        return max([unit] + asked), {b for b in by.split(",") if b and b not in TIMES}

    (part_time, part_rest), (whole_time, whole_rest) = split(part_by, part_period), split(whole_by, whole_period)
    return part_time >= whole_time and all(FINER.get(b, {b}) & part_rest for b in whole_rest)


def test_no_sum_less_its_visible_parts_is_small(tcrd, record, query):
    day, seq = query("select last_day, seq from tcr.closing order by last_day desc limit 1")[0]
    truth = Recomputation(record, seq)
    with tcrd.https("agency") as client:
        cells = visible(client, truth, day)
    assert sum(len(table) for table in cells.values()) > 150
    sums = 0
    for whole_table, wholes in cells.items():
        for whole in wholes:
            assert not is_told(whole), (whole_table, whole)
            for part_table, table in cells.items():
                if refines(part_table, whole_table):
                    sums += 1
                    rest = whole - frozenset().union(*(contracts for contracts in table if contracts <= whole))
                    assert not is_told(rest), (whole_table, part_table, sorted(whole), sorted(rest))
    assert sums > 1000


def test_no_two_closed_days_tell_what_came_between(tcrd, record, query):
    closings = query("select last_day, seq from tcr.closing order by last_day")
    shown = []
    with tcrd.https("agency") as client:
        for day, seq in closings:
            shown.append(visible(client, Recomputation(record, seq), day, as_of=seq))
    tables = set().union(*shown)
    told = 0
    for before, after in itertools.combinations(shown, 2):
        for table in tables:
            for old, new in itertools.product(before.get(table, {}), after.get(table, {})):
                if old < new:
                    told += 1
                    assert not is_told(new - old), (table, sorted(new - old))
    assert told > 0
    # The total of the area is shown when what came in since it was last shown is nothing, or three of three sellers and three buyers.
    pending, expected = [], []
    truth = Recomputation(record, closings[-1][1])
    inside = truth.groups({"by": ["day"], "basis": "registered", "region": "3713"}, None, None)
    for before, (day, _) in zip([(datetime.date.min,)] + closings, closings):
        new = [c for (key,), contracts in inside.items() for c in contracts if before[0].isoformat() < key <= day.isoformat()]
        pending = new if not pending or not new and expected[-1] else pending + new
        safe = len(pending) > 2 and len({c["seller_code"] for c in pending}) > 2 and len({c["buyer_code"] for c in pending}) > 2
        expected.append(safe or (not new and expected[-1]))
        pending = [] if expected[-1] else pending
    totals = [None not in shown_then.get(("", None), {None: 0}) for shown_then in shown]
    assert totals == expected and True in totals[1:] and False in totals


def test_only_periods_of_the_calendar(tcrd, record):
    with tcrd.https("agency") as client:
        for asked in ("period=2024M1-5", "period=2024M2-4", "period=2024-05-06", "from=2024-01-01&to=2024-05-31", "from=2024-01-01", "to=2025-01-31"):
            refused = client.get("/v1/statistics?scope=area&" + asked)
            assert refused.status == 403 and refused.json["errors"][0]["rule"] == "query.visibility", (asked, refused)
        for asked in ("period=2024M1-6", "period=2024M4-6", "from=2024-05-01&to=2024-05-31", "period=2024"):
            assert client.get("/v1/statistics?scope=area&" + asked).status == 200


def test_growth_of_a_running_period_tells_no_amount(tcrd, record):
    """It compares with the same days of last year: a sum up to a day, which is no table that can be asked for."""
    with tcrd.https("agency") as client:
        for by in ("year", "", "year,contract_type4"):
            rows = client.get("/v1/statistics?scope=area&measure=growth,growth_prev,total_amount,count&by=" + by if by else
                              "/v1/statistics?scope=area&measure=growth,growth_prev,total_amount,count").json["rows"]
            for row in rows:
                if row.get("year", str(today().year)) == str(today().year):
                    assert row["growth_total_amount"] is None and row["growth_prev_total_amount"] is None
