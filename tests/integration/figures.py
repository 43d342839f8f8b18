"""A record with years of registered contracts, and figures recomputed from its releases without any of tcrd's own code.

fill(db, seed) files, accepts and certifies through the SQL functions of the daemon, with a day of its own for each batch.
Recomputation(db) reads contract_release once; rows(question) answers like GET /v1/statistics.
"""
import calendar
import collections
import datetime
import decimal
import json
import random
import uuid

import psycopg2

from contracts import credit_code, money, today

COUNTIES = ["371302", "371311", "371312", "371321", "371323"]
ZONES = {"371302": "371372", "371311": "371371", "371327": "371373"}
ELSEWHERE = ["370102", "370202", "110108"]
TYPES = ["101", "102", "103", "201", "203", "301", "303", "401", "501", "502", "503"]
STAT4 = {"1": "K1", "2": "K2", "3": "K2", "4": "K3", "5": "K4"}
TIMES = {
    "year": lambda d: f"{d.year}",
    "half": lambda d: f"{d.year}H{1 if d.month < 7 else 2}",
    "quarter": lambda d: f"{d.year}Q{(d.month + 2) // 3}",
    "month": lambda d: f"{d.year}-{d.month:02d}",
    "day": lambda d: d.isoformat(),
}
VALUES = ["count", "total_amount", "technology_amount"]


# Filling ------------------------------------------------------------------------------------------------------------------

def _contract(rng, codes):
    imported = rng.random() < 0.06
    seller_region = None if imported else rng.choice(COUNTIES + ["371327"]) if rng.random() < 0.8 else rng.choice(ELSEWHERE)
    buyer_region = rng.choice(COUNTIES + ["371327"]) if rng.random() < 0.5 or imported else rng.choice(ELSEWHERE + [None])
    total = int(10 ** rng.uniform(6, 11)) + rng.randrange(100)
    zone = lambda region: ZONES.get(region) if rng.random() < 0.3 else None
    return {
        "seller_region": seller_region, "seller_zone": zone(seller_region), "seller_code": rng.choice(codes) if seller_region else None,
        "buyer_region": buyer_region, "buyer_zone": zone(buyer_region), "buyer_code": rng.choice(codes) if buyer_region else None,
        "filed_as": "import_buyer" if imported else "seller", "contract_type": rng.choice(TYPES),
        "technical_field": f"{rng.randrange(1, 12):02d}", "total_amount": total,
        "technology_amount": rng.choice([total, total * rng.randrange(101) // 100]),
    }


def _submit(cursor, accounts, contracts, rng):
    count = len(contracts)
    column = lambda name: [c[name] for c in contracts]
    text = lambda make: [make(i) for i in range(count)]
    binary = lambda: [psycopg2.Binary(rng.randbytes(32)) for _ in range(count)]
    cursor.execute(
        """select contract_id, seq, outcome from tcr.contract_submit(%s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::text[],
            %s::boolean[], %s::text[], %s::bytea[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
            array_fill(tcr.today(), array[%s]), %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) order by item""",
        ([accounts[rng.randrange(len(accounts))] for _ in contracts], text(lambda i: uuid.uuid4().hex), binary(),
         text(lambda i: uuid.uuid4().hex), ["test"] * count, [False] * count, ["{}"] * count, binary(), binary(), [None] * count,
         text(lambda i: f"T-{i}"), ["研究"] * count, column("contract_type"), column("technical_field"), count,
         column("total_amount"), column("technology_amount"), column("filed_as"), ["甲"] * count, column("seller_code"),
         column("seller_region"), column("seller_zone"), ["乙"] * count, column("buyer_code"), column("buyer_region"),
         column("buyer_zone"), ["-"] * count))
    rows = cursor.fetchall()
    assert [r[2] for r in rows] == ["ok"] * count, rows
    return [r[:2] for r in rows]


def _act(cursor, account, filed, act):
    count = len(filed)
    if count == 0:
        return []
    detail = None
    if act == "certify":
        cursor.execute("select tcr.checklist_lines(t, tcr.today()) from unnest('{101,201,301,401,501,502,503}'::text[]) t")
        lines = [{"rule": r, "answer": True} for row in cursor.fetchall() for r in row[0]]
        cursor.execute("select id from tcr.rule where id like 'finding.%' and severity = 'waivable'")
        lines += [{"rule": r, "answer": True, "note": "已核实"} for r, in cursor.fetchall()]
        detail = json.dumps({"determined": {}, "checklist": lines})
    cursor.execute(
        """select contract_id, seq, outcome from tcr.contract_act(%s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::text[],
            %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::jsonb[], %s::text[], %s::bytea[], %s::jsonb[], %s::text[], %s::text[], %s::bigint[])
            order by item""",
        ([account] * count, [uuid.uuid4().hex for _ in filed], [psycopg2.Binary(b"x" * 32)] * count,
         [uuid.uuid4().hex for _ in filed], ["test"] * count, [f[0] for f in filed], [f[1] for f in filed], [act] * count,
         [f"contract.{act}"] * count, [None] * count, [None] * count, [None] * count, [detail] * count, [None] * count,
         [uuid.uuid4().hex for _ in filed], [None] * count))
    rows = cursor.fetchall()
    assert [r[2] for r in rows] == ["ok"] * count, rows
    return [r[:2] for r in rows]


def register(db, days, seed):
    """Contracts certified on these days: days maps a day to a number of contracts. The clock of the record is turned inside one
    transaction and set right again before it commits, so nobody else ever sees it."""
    rng = random.Random(seed)
    codes = [credit_code() for _ in range(60)]
    with db.cursor() as cursor:
        cursor.execute("select pg_get_functiondef('tcr.today()'::regprocedure)")
        clock = cursor.fetchone()[0]
        cursor.execute("select array_agg(id) from tcr.account where name = any (%s)", (["agency", "agency2"],))
        agencies = cursor.fetchone()[0]
        cursor.execute("select array_agg(id order by name) from tcr.account where name in ('registrar', 'second')")
        registrar, reviewer = cursor.fetchone()[0]
        cursor.execute("begin")
        for day, count in sorted(days.items()):
            cursor.execute("create or replace function tcr.today() returns date language sql stable set search_path = pg_catalog "
                           f"as $$ select date '{day}' $$")
            filed = _submit(cursor, agencies, [_contract(rng, codes) for _ in range(count)], rng)
            accepted = _act(cursor, registrar, filed, "accept")
            cursor.execute("select id from tcr.contract where route = 'expert' and id = any (%s)", ([f[0] for f in accepted],))
            large = {row[0] for row in cursor.fetchall()}
            escalated = _act(cursor, registrar, [f for f in accepted if f[0] in large], "escalate")
            _act(cursor, reviewer, escalated + [f for f in accepted if f[0] not in large], "certify")
        cursor.execute(clock)
        cursor.execute("commit")


def fill(db, seed, contracts=700, first=datetime.date(2023, 11, 1)):
    """Registered contracts from first to yesterday, more of them in the last months, some on the ends of months and on 29 February."""
    rng = random.Random(seed)
    last = today() - datetime.timedelta(days=1)
    days = collections.Counter()
    for _ in range(contracts):
        days[first + datetime.timedelta(days=int((last - first).days * rng.random() ** 0.7))] += 1
    for day in ("2024-02-28", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01", "2025-02-28"):
        days[datetime.date.fromisoformat(day)] += 3
    days[last] += 5
    register(db, days, seed)


# Recomputing --------------------------------------------------------------------------------------------------------------

def month_end(day):
    return calendar.monthrange(day.year, day.month)[1]


def year_before(first, last, now):
    """The range that growth compares with."""
    running = (first is None or first <= now) and (last is None or last >= now)
    end = now if running else last
    if first is not None:
        base_first = datetime.date(first.year - 1, 3, 1) if (first.month, first.day) == (2, 29) else first.replace(year=first.year - 1)
    else:
        base_first = None
    whole_february = end.month == 2 and end.day == month_end(end) and not running and first != end
    base_day = month_end(end.replace(year=end.year - 1, day=1)) if whole_february else min(
        end.day, month_end(end.replace(year=end.year - 1, day=1)))
    return base_first, datetime.date(end.year - 1, end.month, base_day)


def period_range(period):
    """First and last day, for the forms that the tests use."""
    year = int(period[:4])
    rest = period[4:]
    if rest.startswith("-"):
        if len(rest) == 6:
            return (datetime.date.fromisoformat(period),) * 2
        months = (int(rest[1:]),) * 2
    elif rest.startswith("M"):
        months = tuple(int(m) for m in rest[1:].split("-"))
    elif rest:
        size = 6 if rest[0] == "H" else 3
        months = (int(rest[1]) * size - size + 1, int(rest[1]) * size)
    else:
        months = (1, 12)
    last = datetime.date(year, months[1], 1)
    return datetime.date(year, months[0], 1), last.replace(day=month_end(last))


def percent(part, whole):
    if whole <= 0:
        return None
    return str((decimal.Decimal(100) * part / whole).quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP)).replace("-0.00", "0.00")


class Recomputation:
    """What the releases say. seq: only those up to it."""

    def __init__(self, db, seq=None):
        decimal.getcontext().prec = 60
        with db.cursor() as cursor:
            cursor.execute(
                """select r.seq, r.day, r.agency_id, r.contract_type, r.technical_field, r.filed_as, r.seller_region, r.seller_zone,
                    r.buyer_region, r.buyer_zone, r.total_amount, r.technology_amount, c.seller_code, c.buyer_code
                from tcr.contract_release r join tcr.contract c on c.id = r.contract_id
                where r.event = 'certify' and (%s is null or r.seq <= %s) order by r.seq""", (seq, seq))
            names = [c.name for c in cursor.description]
            self.contracts = [dict(zip(names, row)) for row in cursor.fetchall()]
        self.as_of_seq = max((c["seq"] for c in self.contracts), default=0)

    @staticmethod
    def _place(contract, basis):
        party = {"registered": "buyer" if contract["filed_as"] == "import_buyer" else "seller", "output": "seller",
                 "absorbed": "buyer", "local": "seller"}[basis]
        return contract[party + "_region"], contract[party + "_zone"] or contract[party + "_region"]

    @staticmethod
    def _inside(place, region):
        return place[0] is not None and (place[0].startswith(region) or place[1] == region)

    def _select(self, question, first, last):
        for c in self.contracts:
            place = self._place(c, question["basis"])
            buyer = c["buyer_region"], c["buyer_zone"] or c["buyer_region"]
            if ((first is None or c["day"] >= first) and (last is None or c["day"] <= last)
                    and self._inside(place, question["region"])
                    and (question["basis"] != "local" or self._inside(buyer, question["region"]))
                    and c["contract_type"].startswith(question.get("contract_type", ""))
                    and question.get("contract_type4", STAT4[c["contract_type"][0]]) == STAT4[c["contract_type"][0]]
                    and question.get("technical_field", c["technical_field"]) == c["technical_field"]
                    and question.get("county", place[0]) == place[0] and question.get("district", place[1]) == place[1]
                    and question.get("agency", str(c["agency_id"])) == str(c["agency_id"])):
                yield c, place

    def groups(self, question, first, last):
        """Keys to the contracts of a group."""
        found = collections.defaultdict(list)
        for c, (county, district) in self._select(question, first, last):
            key = tuple(
                TIMES[by](c["day"]) if by in TIMES else
                {"county": county, "district": district, "contract_type": c["contract_type"][0],
                 "contract_type4": STAT4[c["contract_type"][0]], "technical_field": c["technical_field"],
                 "agency": str(c["agency_id"])}[by]
                for by in question["by"])
            found[key].append(c)
        if not question["by"]:
            found[()] += []
        return found

    @staticmethod
    def _sums(contracts):
        return [len(contracts), sum(c["total_amount"] for c in contracts), sum(c["technology_amount"] for c in contracts)]

    def rows(self, question):
        """question: by (list), basis, region, first, last, filters, and the day that is now. All measures, no names."""
        first, last = question.get("first"), question.get("last")
        groups = {k: self._sums(v) for k, v in self.groups(question, first, last).items()}
        base = {k: self._sums(v) for k, v in self.groups(question, *year_before(first, last, question.get("now", today()))).items()}
        order = lambda key: [int(k) if b == "agency" else k for b, k in zip(question["by"], key)]
        period = lambda key: tuple(k for b, k in zip(question["by"], key) if b in TIMES)
        before = lambda key: tuple(f"{int(k[:4]) - 1}{k[4:]}" if b in TIMES else k for b, k in zip(question["by"], key))
        wholes = collections.defaultdict(lambda: [0, 0, 0])
        for key, sums in groups.items():
            wholes[period(key)] = [a + b for a, b in zip(wholes[period(key)], sums)]
        answer = []
        for key in sorted(groups, key=order):
            now, then, whole = groups[key], base.get(before(key), [0, 0, 0]), wholes[period(key)]
            answer.append({
                **dict(zip(question["by"], key)),
                "count": now[0], "total_amount": money(now[1]), "technology_amount": money(now[2]),
                "technology_ratio": percent(now[2], now[1]),
                **{f"share_{v}": percent(now[i], whole[i]) for i, v in enumerate(VALUES)},
                **{f"growth_{v}": percent(now[i] - then[i], then[i]) for i, v in enumerate(VALUES)},
            })
        return answer


# Asking -------------------------------------------------------------------------------------------------------------------

ALL_MEASURES = "count,total_amount,technology_amount,technology_ratio,share,growth"


def random_question(rng, agencies):
    """A question, and its parameters for the API."""
    question = {"by": rng.sample(list(TIMES) + ["district", "county", "contract_type", "contract_type4", "technical_field", "agency"],
                                 rng.choice([0, 1, 1, 2, 2, 3])),
                "basis": rng.choice(["registered", "output", "absorbed", "local"]),
                "region": rng.choice(["37", "3713", "3713", "3713", "371302", "371372", "371311"])}
    parameters = {"measure": ALL_MEASURES, "basis": question["basis"], "region": question["region"]}
    if question["by"]:
        parameters["by"] = ",".join(question["by"])
    kind = rng.random()
    day = lambda: datetime.date(2023, 10, 1) + datetime.timedelta(days=rng.randrange(1200))
    if kind < 0.4:
        year = rng.choice([2023, 2024, 2024, 2025, today().year])
        parameters["period"] = str(year) + rng.choice(
            ["", "H1", "H2", "Q1", "Q4", "-02", "-06", "-12", "-02-28", f"M{rng.randrange(1, 4)}-{rng.randrange(4, 13)}"])
        question["first"], question["last"] = period_range(parameters["period"])
    elif kind < 0.8:
        question["first"], question["last"] = sorted([day(), day()])
        parameters.update({"from": question["first"].isoformat(), "to": question["last"].isoformat()})
        if rng.random() < 0.2:
            question["last"] = None
            del parameters["to"]
        elif rng.random() < 0.2:
            question["first"] = None
            del parameters["from"]
    for name, values, chance in [("contract_type", ["1", "5", "101", "301"], 0.1), ("contract_type4", ["K1", "K2"], 0.1),
                                 ("technical_field", ["01", "05"], 0.1), ("county", ["371302", "371311"], 0.07),
                                 ("district", ["371302", "371372"], 0.07), ("agency", agencies, 0.2)]:
        if rng.random() < chance:
            question[name] = parameters[name] = rng.choice(values)
    return question, parameters


def without_names(rows):
    return [{k: v for k, v in row.items() if not k.endswith(("_zh", "_en"))} for row in rows]
