"""Closed months, quarters and years: once, in order, when every day is closed; what is signed has the same digest for ever."""
import collections
import concurrent.futures
import datetime
import hashlib
import subprocess
import uuid

import pytest

from contracts import fen, today
from figures import Recomputation, adjust, period_range, register
from harness import environment

YESTERDAY = today() - datetime.timedelta(days=1)


def months_ago(count):
    index = today().year * 12 + today().month - 1 - count
    return f"{index // 12}-{index % 12 + 1:02d}"


@pytest.fixture(scope="module")
def record(connection):
    """Contracts of a year and a half; the nightly job ran first three months and a bit ago."""
    first = period_range(months_ago(15))[0]
    register(connection, collections.Counter(first + datetime.timedelta(days=n) for n in range(0, (YESTERDAY - first).days + 1, 7)), seed=9)
    return connection


@pytest.fixture
def aggregate(installation, record):
    def run(*options):
        done = subprocess.run([installation.BINARY, "-c", str(installation.config), "aggregate", *options], capture_output=True,
                              text=True, env=environment(), timeout=200)
        assert done.returncode == 0, done
    return run


def digest_of(record, period, seq):
    """From the releases alone: lines of district, type, count, total and technology amount, separated as sql/functions says."""
    first, last = period_range(period)
    sums = collections.defaultdict(lambda: [0, 0, 0])
    for row in Recomputation(record, seq).rows({"by": ["district", "subtype"], "basis": "registered", "region": "3713", "first": first,
                                                "last": last}):
        for i, value in enumerate((row["count"], fen(row["total_amount"]), fen(row["technology_amount"]))):
            sums[row["district"], row["subtype"][0]][i] += value
    lines = ["\x1f".join([*key, *map(str, values)]) for key, values in sorted(sums.items()) if any(values)]
    total = [sum(v[i] for v in sums.values()) for i in range(3)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest(), total


def close(client, period, **kw):
    return client.post(f"/v1/closings/{period}", **kw)


def test_nothing_is_closed_before_the_nightly_job(tcrd, record):
    bureau = tcrd.https("bureau")
    refused = close(bureau, months_ago(2))
    assert refused.status == 409 and refused.code == "state" and "has not run" in refused.json["detail"], refused
    assert bureau.get("/v1/closings").json == {"closed_up_to": None, "items": [], "open": [], "next": None}
    assert bureau.get("/v1/closings/" + months_ago(2)).status == 404


def test_a_month_is_closed_once(tcrd, record, aggregate, query):
    bureau = tcrd.https("bureau")
    period = months_ago(3)
    first, last = period_range(period)
    aggregate("--date", (first + datetime.timedelta(days=4)).isoformat())
    refused = close(bureau, period)
    assert refused.status == 409 and (first + datetime.timedelta(days=4)).isoformat() in refused.json["detail"], refused
    aggregate()
    key = uuid.uuid4().hex
    closed = close(bureau, period, key=key)
    assert closed.status == 201 and closed.headers["Location"] == f"/v1/closings/{period}", closed
    made = closed.json
    digest, total = digest_of(record, period, made["seq"])
    assert (made["period"], made["kind"], made["first_day"], made["last_day"], made["closed_by"]) == (
        period, "month", first.isoformat(), last.isoformat(), "bureau")
    assert made["seq"] == query("select max(seq) from tcr.fact where day <= %s", last)[0][0]
    assert (made["count"], fen(made["total_amount"]), fen(made["technology_amount"])) == tuple(total) and total[0] > 0
    assert made["digest"] == digest
    assert close(bureau, period, key=key).body == closed.body, "repeated with its key"
    again = close(bureau, period)
    assert again.status == 409 and "is closed" in again.json["detail"]
    assert query("select event, object from tcr.audit where event = 'closing.close' and outcome = 'ok'") == [
        ("closing.close", "closing " + period)]


def test_one_after_the_other(tcrd, record):
    bureau = tcrd.https("bureau")
    for period, said in ((months_ago(1), "comes first"), (months_ago(4), "a later month is closed"), (months_ago(0), "not every day")):
        refused = close(bureau, period)
        assert refused.status == 409 and said in refused.json["detail"], (period, refused)
    assert close(bureau, months_ago(2)).status == 201
    year = str(today().year - 1)
    assert close(bureau, year).status == 201 and close(bureau, year + "H2").status == 201
    assert close(bureau, year + "Q3").status == 201, "another kind has an order of its own"
    for period in ("2026-13", "2026Q5", "2026M1-3", "2026-05-01", "x", "1899"):
        assert close(bureau, period).status == 404, period
    assert bureau.get("/v1/closings?year=999999999999").json["items"] == []
    assert close(bureau, months_ago(1), key=False).code == "key_missing"


def test_closed_periods_never_move(tcrd, record, aggregate, query):
    bureau = tcrd.https("bureau")
    before = bureau.get("/v1/closings").json["items"]
    assert [i["last_day"] for i in before] == sorted(i["last_day"] for i in before) and len(before) == 5
    adjust(record, 30, seed=3)
    register(record, {period_range(months_ago(2))[0]: 5}, seed=4)
    assert bureau.get("/v1/closings").json["items"] == before
    for item in before:
        got = bureau.get("/v1/closings/" + item["period"])
        assert got.json == {**item, "is_unchanged": True}, got
        assert digest_of(record, item["period"], query("select value from tcr.sequence_counter")[0][0])[0] == item["digest"]
    query("alter table tcr.fact disable trigger append_only")
    first, last = period_range(before[-1]["period"])
    seq = query("select seq from tcr.fact where day between %s and %s limit 1", first, last)[0][0]
    try:
        query("update tcr.fact set total_amount = total_amount + 1 where seq = %s", seq)
        assert bureau.get("/v1/closings/" + before[-1]["period"]).json["is_unchanged"] is False, "one fen is seen"
    finally:
        query("update tcr.fact set total_amount = total_amount - 1 where seq = %s", seq)
        query("alter table tcr.fact enable trigger append_only")
    aggregate("--verify")


def working_days_after(query, day, count):
    kinds = dict(query("select day, kind from tcr.calendar_day"))
    while count:
        day += datetime.timedelta(days=1)
        count -= kinds.get(day) == "workday" if day in kinds else day.weekday() < 5
    return day


def test_reminded_of_what_is_over(tcrd, query):
    """The last closed month is two ago: last month is over and open, and late from its eleventh working day on."""
    bureau = tcrd.https("bureau")
    query("delete from tcr.closing_reminder")  # of the nightly jobs above
    last = period_range(months_ago(1))[1]
    due = working_days_after(query, last, 10)
    months = [o for o in bureau.get("/v1/closings").json["open"] if "-" in o["period"]]
    assert months == [{"period": months_ago(1), "first_day": last.replace(day=1).isoformat(), "last_day": last.isoformat(),
                       "due_on": due.isoformat(), "is_late": due < today(), "reminded_on": None}]
    asked = lambda day: query("select tcr.closing_reminder(%s)", day)[0][0]
    told = lambda: {p for p, in query("select period from tcr.closing_reminder")}
    asked(due)
    assert months_ago(1) not in told()
    asked(due + datetime.timedelta(days=1))
    assert months_ago(1) in told()
    assert asked(due + datetime.timedelta(days=1)) == 0, "once"
    after = [o for o in bureau.get(f"/v1/closings?year={last.year}").json["open"] if o["period"] == months_ago(1)]
    assert after[0]["reminded_on"] == (due + datetime.timedelta(days=1)).isoformat()
    assert close(bureau, months_ago(1)).status == 201
    assert [o for o in bureau.get("/v1/closings").json["open"] if "-" in o["period"]] == []


def test_the_nightly_job_reminds(aggregate, query):
    """Of the month before last, were it still open: its term is surely over by the end of the month after it."""
    query("alter table tcr.period_closing disable trigger append_only")
    gone = query("delete from tcr.period_closing where kind = 'month' and last_day >= %s returning to_jsonb(period_closing)::text",
                 period_range(months_ago(2))[0])
    query("delete from tcr.closing_reminder")
    try:
        aggregate()
        assert query("select reminded_on from tcr.closing_reminder where period = %s", months_ago(2)) == [(today(),)]
    finally:
        for row, in gone:
            query("insert into tcr.period_closing select * from jsonb_populate_record(null::tcr.period_closing, %s::jsonb)", row)
        query("alter table tcr.period_closing enable trigger append_only")


def test_two_at_once(tcrd, query):
    """One closes the quarter, the other hears that it is closed."""
    period = f"{today().year - 1}Q4"

    def attempt(_):
        with tcrd.https("bureau") as client:
            return close(client, period).status
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == [201] + [409] * 5
    assert query("select count(*) from tcr.period_closing where period = %s", period) == [(1,)]
