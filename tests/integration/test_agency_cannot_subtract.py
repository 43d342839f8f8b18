"""By no combination of answers does an agency learn an amount of few contracts of others: not between tables, not between closed days,
not by as_of, not by what it knows of its own.

The proof is linear algebra. Every amount that an agency is shown is a sum of contracts as they counted; what can be worked out of such
sums is every linear combination of them. So the sums of all questions at all closed days become one matrix, the columns of what the
agency knows itself are taken off, and every set of contracts that must not be told is compared with the space of the rest."""
import collections
import csv
import datetime
import hashlib
import io
import itertools
import json
import os
import random
import urllib.parse

import pytest

from contracts import fen, today
from figure_rows import months_back, percent, period_range, unit_back
from figures import TIMES, Recomputation, adjust, fill, register
from harness import Tcrd

LONG = bool(os.environ.get("TCRD_LONG"))
PRIME = (1 << 61) - 1
DIMENSIONS = ["district", "contract_type", "contract_type4", "technical_field"]
TABLES = [list(filter(None, [time, *rest])) for time in (None, "year", "half", "quarter", "month")
          for size in range(3) for rest in itertools.combinations(DIMENSIONS, size)]
# A type says the four statistical types as well.
KINDS = [{"district"}, {"contract_type", "contract_type4"}, {"technical_field"}]
SIMPLE = [by for by in TABLES if sum(not kind.isdisjoint(by) for kind in KINDS) < 2]
CROSSES = [by for by in TABLES if "year" in by and by not in SIMPLE]
MEASURES = ("count,total_amount,technology_amount,technology_received,technology_income,technology_ratio,average_amount,new,adjustment,"
            "share,growth,growth_prev,rank")
AGENCIES = ["agency", "agency2"]


def at(db, day, act):
    """What act does is done on that day."""
    with db.cursor() as cursor:
        cursor.execute("select pg_get_functiondef('tcr.today()'::regprocedure)")
        clock = cursor.fetchone()[0]
        cursor.execute("create or replace function tcr.today() returns date language sql stable set search_path = pg_catalog "
                       f"as $$ select date '{day}' $$")
        act()
        cursor.execute(clock)


@pytest.fixture(scope="module")
def record(installation, connection):
    """Months with few and with many contracts, some changed or cancelled later, with a closed day after every few of them."""
    rng = random.Random(71)
    db = connection
    first = (today() - datetime.timedelta(days=240 if LONG else 150)).replace(day=1)
    year = first.year - 1
    register(db, {datetime.date(year, month, 20): count for month, count in ((3, 330), (6, 2), (8, 9), (11, 330))}, seed=51)
    installation.command("aggregate", "--date", f"{year}-12-31")
    days = [first - datetime.timedelta(days=n) for n in range(1, first.timetuple().tm_yday)]
    if days:
        register(db, {days[-1]: 50, days[0]: 70}, seed=52)
        installation.command("aggregate", "--date", days[0].isoformat())
    day = first
    while day < today() - datetime.timedelta(days=3):
        days = [day + datetime.timedelta(days=n) for n in range(rng.choice([3, 9, 14, 20]))]
        days = [d for d in days if d < today() - datetime.timedelta(days=1)]
        register(db, {d: rng.choice([1, 2, 9, 25]) for d in (days[0], days[-1])}, seed=rng.randrange(1000))
        if rng.random() < 0.4:
            at(db, days[-1], lambda: adjust(db, 3, seed=rng.randrange(1000)))
        installation.command("aggregate", "--date", days[-1].isoformat())
        day = days[-1] + datetime.timedelta(days=1)
        month_end = unit_back((day + datetime.timedelta(days=31)).replace(day=1), "day")
        if month_end < today() and day.day > 20:
            installation.command("aggregate", "--date", month_end.isoformat())
            day = month_end + datetime.timedelta(days=1)
    return db


@pytest.fixture(scope="module")
def tcrd(record, installation):
    tcrd = Tcrd(installation)
    yield tcrd
    assert tcrd.stop() == 0 and tcrd.sanitizer_findings() == []


class Truth(Recomputation):
    """Every contract as often as it counted differently: a version is one unknown amount. A sum is a vector: version to factor."""

    def __init__(self, db):
        super().__init__(db)
        self.versions = []
        self.area = []
        last = {}
        for delta in self.deltas:
            if delta["sign"] > 0:
                last[delta["contract_id"]] = len(self.versions)
                self.versions.append(delta)
            question = {"basis": "registered", "region": "3713"}
            dims = self.dimensions(delta, question)
            if self._inside(self._place(delta, "registered"), "3713"):
                times = {name: label(delta["day"]) for name, label in TIMES.items()}
                self.area.append((delta["day"], delta["sign"], last[delta["contract_id"]], {**dims, **times}))

    def vectors(self, by, first, last):
        """The sum of each key."""
        found = collections.defaultdict(collections.Counter)
        for day, sign, version, dims in self.area:
            if (first is None or day >= first) and day <= last:
                found[tuple(dims[b] for b in by)][version] += sign
        return collections.defaultdict(dict, {key: {v: f for v, f in vector.items() if f} for key, vector in found.items()})

    def amount(self, vector, name):
        return sum(factor * self.versions[version][name] for version, factor in vector.items())


@pytest.fixture(scope="module")
def truth(record):
    return Truth(record)


@pytest.fixture(scope="module")
def closed_days(record):
    """A closed day for every number that one can be asked for by, and the day of questions without a number."""
    with record.cursor() as cursor:
        cursor.execute("select min(last_day), seq from tcr.closing group by seq order by seq")
        days = cursor.fetchall()
        cursor.execute("select max(last_day) from tcr.closing")
        last = cursor.fetchone()[0]
    ends = [d for d in days if d[0].day > 27 or d is days[0]]
    others = [d for d in days if d not in ends]
    chosen = days if LONG else ends + random.Random(5).sample(others, min(len(others), max(9 - len(ends), 2)))
    return sorted(chosen) + [(last, None)]


# What is told ------------------------------------------------------------------------------------------------------------------

class Told:
    """The sums that an account was shown."""

    def __init__(self, truth):
        self.truth = truth
        self.sums = {}
        self.amounts = 0
        self.crosses = collections.defaultdict(dict)

    def add(self, vector):
        self.sums[frozenset(vector.items())] = vector

    def read(self, client, by, day, as_of, period=None):
        """Ask, compare every figure with the record, and keep what it is a sum of."""
        parameters = {"by": ",".join(by), "as_of": as_of, "period": period, "measure": MEASURES}
        reply = client.get("/v1/statistics?scope=area&" + urllib.parse.urlencode({k: v for k, v in parameters.items() if v}))
        assert reply.status == 200, reply
        first, last = period_range(period) if period else (None, day)
        times = [b for b in by if b in TIMES]
        vectors = self.truth.vectors(by, first, min(last, day))
        wholes = self.truth.vectors(times, first, min(last, day))
        hidden = {tuple(row[b] for b in times) for row in reply.json["rows"] if row["total_amount"] is None}
        for row in reply.json["rows"]:
            vector = vectors[tuple(row[b] for b in by)]
            moment = tuple(row[b] for b in times)
            assert row["count"] == sum(vector.values())
            amounts = {k for k, v in row.items() if v is not None and ("amount" in k or k.startswith("technology_"))}
            assert not [k for k in amounts if k.startswith(("new_", "adjustment_")) or k in ("technology_received", "technology_income")]
            if row["total_amount"] is None:
                assert amounts == set(), (by, row)
                continue
            self.amounts += 1
            self.add(vector)
            if by in CROSSES:
                self.crosses[",".join(by)][tuple(row[b] for b in by)] = vector
            for name in ("total_amount", "technology_amount"):
                assert fen(row[name]) == self.truth.amount(vector, name), (by, row)
            total = fen(row["total_amount"])
            if "share_total_amount" in amounts:
                self.add(wholes[moment])
                assert row["share_total_amount"] == percent(total, self.truth.amount(wholes[moment], "total_amount")), (by, row)
            assert "rank_total_amount" not in amounts or moment not in hidden, "a rank among amounts that are not shown"
            for name, back in (("growth_total_amount", "year"), ("growth_prev_total_amount", None)):
                if name in amounts:
                    base = self.base_of(by, row, period, back, day)
                    self.add(base)
                    before = self.truth.amount(base, "total_amount")
                    assert row[name] == percent(total - before, before), (by, period, row, name)

    def base_of(self, by, row, period, back, day):
        """What a growth compares with: a whole period before, never a part of one."""
        times = [row[b] for b in by if b in TIMES]
        length = lambda r: (r[1].year - r[0].year) * 12 + r[1].month - r[0].month + 1
        first, last = min((period_range(label) for label in times + ([period] if period else [])), key=length)
        assert last <= day, (by, row)
        # The period before is one of the rows' own time; of rows without one, the whole period that was asked for.
        months = 12 if back == "year" else min(length(period_range(label)) for label in times or [period])
        dims = [b for b in by if b not in TIMES]
        return self.truth.vectors(dims, months_back(first, months), months_back(last, months))[tuple(row[b] for b in dims)]


def everything_told(client, truth, closed_days, seed):
    """All tables at all closed days, and periods of all kinds at some."""
    told = Told(truth)
    rng = random.Random(seed)
    for day, as_of in closed_days:
        for by in TABLES if LONG or as_of is None else SIMPLE + CROSSES + rng.sample(TABLES, 4):
            told.read(client, by, day, as_of)
        for by in TABLES if LONG else rng.sample(TABLES, 4):
            month = rng.choice(sorted({dims["month"] for _, _, _, dims in truth.area}))
            for period in (month, month[:4], f"{month[:4]}H{(int(month[5:]) + 5) // 6}", f"{month[:4]}Q{(int(month[5:]) + 2) // 3}"):
                told.read(client, by, day, as_of, period)
    return told


# What follows ------------------------------------------------------------------------------------------------------------------

def eliminate(rows):
    """Rows (column to value) in echelon form modulo PRIME: pivot to row, reduced in every other pivot."""
    basis = {}
    for row in rows:
        row = {c: v % PRIME for c, v in row.items() if v % PRIME}
        for pivot in [c for c in row if c in basis]:
            subtract(row, basis[pivot], row[pivot])
        if not row:
            continue
        pivot = next(iter(row))
        inverse = pow(row[pivot], PRIME - 2, PRIME)
        row = {c: v * inverse % PRIME for c, v in row.items()}
        for other in basis.values():
            if pivot in other:
                subtract(other, row, other[pivot])
        basis[pivot] = row
    return basis


def subtract(row, other, factor):
    for column, value in other.items():
        rest = (row.get(column, 0) - factor * value) % PRIME
        if rest:
            row[column] = rest
        else:
            row.pop(column, None)


class Space:
    """What can be worked out of the sums. Of its null space N: a combination of nothing but the columns U is in the space if and only if
    the rows of N at U depend on each other."""

    def __init__(self, sums, columns):
        self.columns = columns
        inside = set(columns)
        basis = eliminate({c: v for c, v in vector.items() if c in inside} for vector in sums)
        self.rank = len(basis)
        self.null = {c: {c: 1} for c in columns if c not in basis}
        for pivot, row in basis.items():
            self.null[pivot] = {c: -v % PRIME for c, v in row.items() if c != pivot}

    def tells(self, columns):
        columns = [c for c in columns if c in self.null]
        return len(eliminate(self.null[c] for c in columns)) < len(columns)


    def line(self, column):
        """Of two columns with the same one a combination is in the space."""
        row = self.null[column]
        inverse = pow(row[min(row)], PRIME - 2, PRIME) if row else 0
        return frozenset((c, v * inverse % PRIME) for c, v in row.items())

    def pairs(self, parts):
        """Two parts of which a combination is in the space. parts: name to columns."""
        lines = collections.defaultdict(list)
        for name, columns in parts.items():
            if len(columns) == 1:
                lines[self.line(columns[0])].append(name)
        for names in lines.values():
            yield from itertools.combinations(names, 2)
        for one, other in itertools.combinations(parts, 2):
            if len(parts[one]) + len(parts[other]) > 2 and self.tells(parts[one] + parts[other]):
                yield one, other


def leaks(truth, told, own):
    """Sets of contracts of which a combination can be worked out, of: one or two contracts, all contracts of one or two sellers, and of
    one or two buyers. own: agency whose contracts are known; None: of somebody who knows none."""
    others = [i for i, v in enumerate(truth.versions) if v["agency_id"] != own]
    space = Space(told.sums.values(), others)
    found = []
    for kind in ("contract_id", "seller_code", "buyer_code"):
        parts = collections.defaultdict(list)
        for i in others:
            parts[truth.versions[i][kind]].append(i)
        found += [(kind, (part,)) for part in parts if space.tells(parts[part])]
        found += [(kind, pair) for pair in space.pairs(parts)]
    return found, space.rank


@pytest.fixture(scope="module")
def told(tcrd, truth, closed_days):
    found = {}
    for number, name in enumerate(AGENCIES):
        with tcrd.https(name) as client:
            found[name] = everything_told(client, truth, closed_days, number)
    return found


@pytest.mark.parametrize("name", AGENCIES)
def test_nothing_of_few_contracts_follows(told, truth, closed_days, query, name):
    assert len(closed_days) > 8 and len(truth.versions) > len({v["contract_id"] for v in truth.versions}) + 5
    own = query("select agency_id from tcr.account where name = %s", name)[0][0]
    for known in (own, None):
        found, rank = leaks(truth, told[name], known)
        assert found == [] and rank > 20, (known, rank, found[:10])
    assert told[name].amounts > 200
    assert sum(len(vectors) for vectors in told[name].crosses.values()) >= 6


def test_the_proof_finds_what_is_not_hidden(tcrd, told, truth, closed_days, query):
    own = query("select agency_id from tcr.account where name = 'agency'")[0][0]
    everything = Told(truth)
    with tcrd.https("bureau") as client:
        for by in (["month"], ["district"], ["contract_type4"]):
            assert client.get("/v1/statistics?by=" + by[0]).json["rows"][0]["total_amount"] is not None
            for vector in truth.vectors(by, None, today()).values():
                everything.add(vector)
    assert leaks(truth, everything, own)[0] != []
    # One sum more that leaves one contract of others, or two, of what was told.
    largest = max(told["agency"].sums.values(), key=len)
    others = [v for v in largest if truth.versions[v]["agency_id"] != own]
    for left in (others[:1], others[1:3]):
        more = Told(truth)
        more.sums = dict(told["agency"].sums)
        more.add({v: f for v, f in largest.items() if v not in left})
        assert leaks(truth, more, own)[0] != []
    # All crosses of the year that is over, instead of those that were told.
    more = Told(truth)
    more.sums = dict(told["agency"].sums)
    for by in CROSSES:
        for vector in truth.vectors(by, None, closed_days[0][0]).values():
            more.add(vector)
    assert leaks(truth, more, own)[0] != []


# The rest of a question -----------------------------------------------------------------------------------------------------------

def area(client, **parameters):
    return client.get("/v1/statistics?scope=area&" + urllib.parse.urlencode(parameters))


def test_only_periods_of_the_calendar(tcrd):
    with tcrd.https("agency") as client:
        for asked in ("period=2024M1-5", "period=2024M2-4", "period=2024-05-06", "from=2024-01-01&to=2024-05-31", "from=2024-01-01", "to=2025-01-31"):
            refused = client.get("/v1/statistics?scope=area&" + asked)
            assert refused.status == 403 and refused.json["errors"][0]["rule"] == "query.visibility", (asked, refused)
        for asked in ("period=2024M1-6", "period=2024M4-6", "from=2024-05-01&to=2024-05-31", "period=2024"):
            assert client.get("/v1/statistics?scope=area&" + asked).status == 200


def test_other_bases_have_counts_only(tcrd, truth):
    """Registered less output would be the imports, one by one."""
    with tcrd.https("agency") as client:
        for basis, by in itertools.product(("output", "absorbed", "local"), ("", "year", "district", "month,contract_type4")):
            answer = area(client, basis=basis, by=by, measure=MEASURES).json if by else area(client, basis=basis, measure=MEASURES).json
            assert "registered" in answer["coverage"]["en"] and sum(row["count"] for row in answer["rows"]) > 0
            for row in answer["rows"]:
                assert [k for k, v in row.items() if v is not None and ("amount" in k or "ratio" in k)] == []


def test_top_does_not_tell_the_order_of_what_is_hidden(tcrd, closed_days):
    seen = 0
    with tcrd.https("agency") as client:
        for by, sort in itertools.product(("district", "month", "technical_field", "contract_type"), ("total_amount", "technology_amount")):
            rows = area(client, by=by, as_of=closed_days[0][1]).json["rows"]
            largest = sorted((r for r in rows if r[sort] is not None), key=lambda r: -fen(r[sort])) + [r for r in rows if r[sort] is None]
            for top in (1, 3, 1000):
                assert area(client, by=by, sort=sort, top=top, as_of=closed_days[0][1]).json["rows"] == largest[:top]
            seen += len({r[sort] is None for r in rows}) == 2
            by_count = area(client, by=by, sort="count", top=1000, as_of=closed_days[0][1]).json["rows"]
            assert by_count == sorted(rows, key=lambda r: -r["count"])
    assert seen > 0


def test_the_digest_is_of_what_is_shown(tcrd):
    with tcrd.https("agency") as client:
        body = json.loads(area(client, by="month,district", measure=MEASURES).body)
        rows = [{k: v for k, v in row.items() if not k.endswith(("_zh", "_en"))} for row in body["rows"]]
        assert None in [row["total_amount"] for row in rows]
        digested = {"definition": body["definition"], "as_of_seq": body["as_of_seq"], "by": body["by"], "rows": rows}
        text = json.dumps(digested, ensure_ascii=False, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == body["digest"]


def test_a_sheet_shows_the_same(tcrd):
    with tcrd.https("agency") as client:
        path = "/v1/statistics?scope=area&by=month,technical_field&measure=" + MEASURES
        rows = client.get(path).json["rows"]
        sheet = list(csv.DictReader(io.StringIO(client.get(path, headers={"Accept": "text/csv"}).body.decode())))
        assert len(rows) == len(sheet) and None in [row["total_amount"] for row in rows]
        for row, line in zip(rows, sheet):
            assert {k: "" if v is None else str(v) for k, v in row.items()} == line


def test_agencies_are_not_shown_the_same(tcrd, told):
    """What one of them knows of itself protects nobody from it: an answer that is kept for one is none for another."""
    assert set(told["agency"].sums) != set(told["agency2"].sums)
    with tcrd.https("agency") as one, tcrd.https("agency2") as other:
        shown = [[[row["total_amount"] for row in area(client, by=by).json["rows"]] for by in ("month", "month,district", "month,technical_field")]
                 for client in (one, other, one, other)]
    assert shown[0] == shown[2] and shown[1] == shown[3] and shown[0] != shown[1]
