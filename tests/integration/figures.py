"""A record with years of registered contracts, and figures recomputed from its releases without any of tcrd's own code.

fill(db, seed) files, accepts and certifies through the SQL functions of the daemon, with a day of its own for each batch.
Recomputation(db) reads contract_release once; rows(question) answers like GET /v1/statistics.
"""
import collections
import datetime
import json
import random
import uuid

import psycopg2

from contracts import credit_code, today
from figure_rows import ALL_MEASURES, MONEY, TIMES, VALUES, Figures, period_range

COUNTIES = ["371302", "371311", "371312", "371321", "371323"]
ZONES = {"371302": "371372", "371311": "371371", "371327": "371373"}
ELSEWHERE = ["370102", "370202", "110108"]
TYPES = ["101", "102", "103", "201", "203", "301", "303", "401", "501", "502", "503"]
STAT4 = {"1": "K1", "2": "K2", "3": "K2", "4": "K3", "5": "K4"}
SEPARATOR = "\x1f"
# What contract.dims holds, in this order.
PARTS = ["seller_type", "buyer_type", "ip_type", "industry", "plan_source", "is_related", "is_secret", "seller_country", "buyer_country",
         "unit", "broker", "event"]
CHOICES = {"seller_type": ["110", "150", "0221", "0211", "600", "400", "030"], "buyer_type": ["150", "170", "0111", "0222", "600"],
           "ip_type": ["11", "2", "9"], "industry": ["29", "34", "65"], "plan_source": ["101", "2", "9"], "is_related": ["t", "f", "f"],
           "is_secret": ["t", "f", "f", "f"], "unit": ["", "机械学院", "医学院|一部"], "broker": ["", "7", "8"],
           "event": ["", "对接会", "沂蒙会"]}
DIMENSIONS = ["district", "county", "region", "contract_type", "contract_type4", "subtype", "technical_field", "ip_type", "seller_type",
              "seller_group", "buyer_type", "buyer_group", "industry", "plan_source", "agency", "unit", "broker", "event",
              "registration_point", "direction", "size_class", "is_related", "seller_district", "buyer_district", "seller_region",
              "buyer_region", "seller", "buyer"]


def group_of(kind):
    """The four groups of published tables."""
    if kind.startswith("022"):
        return "university"
    if kind.startswith("021"):
        return "institute"
    return "enterprise" if "1" <= kind[0] <= "5" else "other"


def direction_of(c):
    regions = c["seller_region"], c["buyer_region"]
    if {"110", "121", "143"} & {c["seller_country"], c["buyer_country"]} or any(r and r[:2] in ("71", "81", "82") for r in regions):
        return "hmt"
    if None in regions:
        return "abroad"
    seller, buyer = regions
    for length, name in ((6, "county"), (4, "city"), (2, "province")):
        if seller[:length] == buyer[:length]:
            return name
    return "country"


# Filling ------------------------------------------------------------------------------------------------------------------

def _contract(rng, codes):
    imported = rng.random() < 0.06
    seller_region = None if imported else rng.choice(COUNTIES + ["371327"]) if rng.random() < 0.8 else rng.choice(ELSEWHERE)
    buyer_region = rng.choice(COUNTIES + ["371327"]) if rng.random() < 0.5 or imported else rng.choice(ELSEWHERE + [None])
    total = int(10 ** rng.uniform(6, 11)) + rng.randrange(100)
    zone = lambda region: ZONES.get(region) if rng.random() < 0.3 else None
    parts = {name: rng.choice(values) for name, values in CHOICES.items()}
    abroad = lambda region: "142" if region else rng.choice(["110", "502", "116"])
    parts.update(seller_country=abroad(seller_region), buyer_country=abroad(buyer_region))
    return {
        "dims": SEPARATOR.join(parts[name] for name in PARTS),
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
            %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) order by item""",
        ([accounts[rng.randrange(len(accounts))] for _ in contracts], text(lambda i: uuid.uuid4().hex), binary(),
         text(lambda i: uuid.uuid4().hex), ["test"] * count, [False] * count, ["{}"] * count, binary(), binary(), [None] * count,
         text(lambda i: f"T-{i}"), ["研究"] * count, column("contract_type"), column("technical_field"), count,
         column("total_amount"), column("technology_amount"), column("filed_as"), ["甲"] * count, column("seller_code"),
         column("seller_region"), column("seller_zone"), ["乙"] * count, column("buyer_code"), column("buyer_region"),
         column("buyer_zone"), ["-"] * count, column("dims")))
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


def fill(db, seed, contracts=700, first=datetime.date(2023, 11, 1), last=None):
    """Registered contracts from first to last (yesterday), more of them in the last months, some on the ends of months and on 29 February."""
    rng = random.Random(seed)
    last = last or today() - datetime.timedelta(days=1)
    days = collections.Counter()
    for _ in range(contracts):
        days[first + datetime.timedelta(days=int((last - first).days * rng.random() ** 0.7))] += 1
    for day in ("2024-02-28", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01", "2025-02-28"):
        days[datetime.date.fromisoformat(day)] += 3
    days[last] += 5
    register(db, days, seed)


def adjust(db, count, seed):
    """Later acts on registered contracts, made as the owner: every third is cancelled, the others change in place, type and amount."""
    rng = random.Random(seed)
    with db.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("select id from tcr.contract where status = 'registered' order by id")
        for n, contract in enumerate(rng.sample([row[0] for row in cursor.fetchall()], count)):
            cursor.execute("update tcr.sequence_counter set value = value + 1 returning value")
            seq = cursor.fetchone()[0]
            if n % 3 == 0:
                cursor.execute("update tcr.contract set status = 'cancelled', seq = %s where id = %s", (seq, contract))
            else:
                cursor.execute(
                    "update tcr.contract set seq = %s, total_amount = total_amount + %s, contract_type = %s"
                    " where id = %s", (seq, rng.randrange(10 ** 9), rng.choice(TYPES), contract))
            cursor.execute(
                """insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, filed_seq, body_sha256,
                    point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region,
                    seller_zone, buyer_region, buyer_zone, accepted_on, registered_on, registration_number, route)
                select c.seq, c.id, case c.status when 'cancelled' then 'cancel' else 'change' end, c.status, tcr.today(), 1, 'adjust',
                    c.filed_seq, '', c.point_id, c.agency_id, c.contract_type, c.technical_field, c.total_amount, c.technology_amount,
                    c.filed_as, c.seller_region, c.seller_zone, c.buyer_region, c.buyer_zone, c.accepted_on, c.registered_on,
                    c.registration_number, c.route from tcr.contract c where c.id = %s""", (contract,))
            cursor.execute("select tcr.fact_book(array[%s]::bigint[])", (seq,))
        cursor.execute("commit")


# Recomputing --------------------------------------------------------------------------------------------------------------

class Recomputation(Figures):
    """What the releases say: minus the state before an act, plus the state after it, each on the day that the act is booked on.
    seq: only releases up to it."""

    def __init__(self, db, seq=None):
        with db.cursor() as cursor:
            cursor.execute(
                """select r.seq, r.contract_id, r.event, r.status, r.day, r.registered_on, r.agency_id, r.point_id, r.contract_type,
                    r.technical_field, r.filed_as, r.seller_region, r.seller_zone, r.buyer_region, r.buyer_zone, r.total_amount,
                    r.technology_amount, c.seller_code, c.buyer_code, c.dims
                from tcr.contract_release r join tcr.contract c on c.id = r.contract_id
                where r.registered_on is not null and (%s is null or r.seq <= %s) order by r.seq""", (seq, seq))
            names = [c.name for c in cursor.description]
            releases = [dict(zip(names, row)) for row in cursor.fetchall()]
            cursor.execute("select seq, last_day from tcr.closing order by seq, last_day")
            closings = cursor.fetchall()
        self.deltas = []
        last = {}
        for r in releases:
            r.update({k: v or None for k, v in zip(PARTS, (r.pop("dims") or SEPARATOR * 11).split(SEPARATOR))})
            booked = max([r["day"]] + [day + datetime.timedelta(days=1) for closed, day in closings if closed < r["seq"]])
            before = last.get(r["contract_id"])
            same = before and before["status"] == r["status"] == "registered" and all(
                before[k] == r[k] for k in r if k not in ("seq", "event", "day"))
            if not same:
                for state, sign in ((before, -1), (r, 1)):
                    if state and state["status"] == "registered":
                        self.deltas.append({**state, "seq": r["seq"], "day": booked, "sign": sign, "new": before is None})
            last[r["contract_id"]] = r
        self.contracts = [d for d in self.deltas if d["sign"] == 1]
        self.as_of_seq = max((d["seq"] for d in self.deltas), default=0)

    @staticmethod
    def _place(contract, basis):
        party = {"registered": "buyer" if contract["filed_as"] == "import_buyer" else "seller", "output": "seller",
                 "absorbed": "buyer", "local": "seller"}[basis]
        return contract[party + "_region"], contract[party + "_zone"] or contract[party + "_region"]

    @staticmethod
    def _inside(place, region):
        return place[0] is not None and (place[0].startswith(region) or place[1] == region)

    @staticmethod
    def _seen(county, region):
        if county is None:
            return None
        return (county[:min(len(region) + 2, 6)] if county.startswith(region) else county[:2]).ljust(6, "0")

    def dimensions(self, d, question):
        """Every dimension of one delta."""
        county, district = self._place(d, question["basis"])
        region = question["region"]
        named = lambda party: d[party + "_code"] if d[party + "_type"] not in (None, "600") and d["is_secret"] != "t" else None
        limits = [100_000_000, 1_000_000_000, 10_000_000_000]
        return {
            "county": county, "district": district, "region": county and county[:min(len(region) + 2, 6)].ljust(6, "0"),
            "contract_type": d["contract_type"][0], "contract_type4": STAT4[d["contract_type"][0]], "subtype": d["contract_type"],
            "technical_field": d["technical_field"], "ip_type": d["ip_type"], "seller_type": d["seller_type"],
            "seller_group": d["seller_type"] and group_of(d["seller_type"]), "buyer_type": d["buyer_type"],
            "buyer_group": d["buyer_type"] and group_of(d["buyer_type"]), "industry": d["industry"],
            "plan_source": d["plan_source"], "agency": str(d["agency_id"]), "unit": d["unit"], "broker": d["broker"],
            "event": d["event"], "registration_point": str(d["point_id"]), "direction": direction_of(d),
            "size_class": f"s{1 + sum(d['total_amount'] >= limit for limit in limits)}",
            "is_related": d["is_related"] and ("true" if d["is_related"] == "t" else "false"),
            "seller_district": d["seller_zone"] or d["seller_region"], "buyer_district": d["buyer_zone"] or d["buyer_region"],
            "seller_region": self._seen(d["seller_region"], region), "buyer_region": self._seen(d["buyer_region"], region),
            "seller": named("seller"), "buyer": named("buyer"),
        }

    def _select(self, question, first, last):
        for d in self.deltas:
            buyer = d["buyer_region"], d["buyer_zone"] or d["buyer_region"]
            if ((first is None or d["day"] >= first) and (last is None or d["day"] <= last)
                    and self._inside(self._place(d, question["basis"]), question["region"])
                    and (question["basis"] != "local" or self._inside(buyer, question["region"]))):
                dims = self.dimensions(d, question)
                if (d["contract_type"].startswith(question.get("contract_type", ""))
                        and all(question.get(n, v) == v for n, v in dims.items() if n not in ("contract_type", "region"))):
                    yield d, dims

    def groups(self, question, first, last):
        """Keys to the deltas of a group."""
        found = collections.defaultdict(list)
        for d, dims in self._select(question, first, last):
            found[tuple(TIMES[by](d["day"]) if by in TIMES else dims[by] for by in question["by"])].append(d)
        if not question["by"]:
            found[()] += []
        return found

    @staticmethod
    def _sums(deltas):
        """Net, then what registrations brought: count, total and technology amount each. No money arrives in these records."""
        return [sum(d["sign"] * (1 if v == "count" else d[v]) for d in deltas if d["new"] or not only_new)
                for only_new in (False, True) for v in VALUES] + [0] * len(MONEY)

    def sums(self, question, span):
        return {k: self._sums(v) for k, v in self.groups(question, *span).items()}


# Asking -------------------------------------------------------------------------------------------------------------------

FILTERS = {"contract_type": ["1", "5", "101", "301"], "contract_type4": ["K1", "K2"], "technical_field": ["01", "05"],
           "county": ["371302", "371311"], "district": ["371302", "371372"], "subtype": ["101", "502"], "ip_type": ["11", "9"],
           "seller_type": ["150", "0221"], "seller_group": ["enterprise", "university"], "buyer_group": ["enterprise", "other"],
           "industry": ["29", "65"], "plan_source": ["101", "9"], "unit": ["医学院|一部"], "broker": ["7"], "event": ["沂蒙会"],
           "direction": ["city", "abroad", "country", "hmt"], "size_class": ["s1", "s3"], "is_related": ["true", "false"],
           "seller_district": ["371302"], "buyer_district": ["371311", "371372"]}


def random_question(rng, agencies):
    """A question, and its parameters for the API."""
    question = {"by": rng.sample(list(TIMES) + DIMENSIONS, rng.choice([0, 1, 1, 2, 2, 3])),
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
    for name, values in {**FILTERS, "agency": agencies}.items():
        if rng.random() < (0.2 if name == "agency" else 0.05):
            question[name] = parameters[name] = rng.choice(values)
    return question, parameters


def without_names(rows):
    return [{k: v for k, v in row.items() if not k.endswith(("_zh", "_en"))} for row in rows]
