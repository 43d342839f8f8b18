"""What answers cover: contracts registered elsewhere and imported stand beside every figure, recomputed here from what was sent, and
never in a plain one."""
import collections
import csv
import datetime
import io
import json
import random
import urllib.parse

import pytest

from contracts import fen, money, today
from figures import COUNTIES, DIMENSIONS, ELSEWHERE, STAT4, TIMES, Recomputation, fill, period_range, register
from harness import wait_until
from sheets import XLSX, sheets_of

PLACES = [*COUNTIES, *ELSEWHERE, "371300", "370000", None]
SOURCES = ["山东省科技厅", "济南市科技局", "Beijing \"A\""]
# An import says nothing of these.
UNKNOWN = ["ip_type", "seller_type", "seller_group", "buyer_type", "buyer_group", "industry", "plan_source", "agency", "unit", "broker",
           "event", "registration_point", "is_related", "seller", "buyer"]
VALUES = ["count", "total_amount", "technology_amount"]


class Imported:
    """Every version of every record that was sent, with its number of the sequence."""

    def __init__(self):
        self.versions = []

    def send(self, client, query, source, day, records):
        before = query("select value from tcr.sequence_counter")[0][0]
        answer = client.post("/v1/external", {"source": source, "day": day, "records": records})
        assert answer.status == 200 and answer.json["new"] + answer.json["changed"] == len(records), answer
        self.versions += [(before + 1 + n, source, day, record) for n, record in enumerate(records)]

    def held(self, as_of=None):
        held = {(source, r["number"]): (source, day, r) for seq, source, day, r in self.versions if as_of is None or seq <= as_of}
        return [v for v in held.values() if not v[2].get("is_withdrawn")]

    @staticmethod
    def dimensions(r, question):
        seller, buyer, region = r.get("seller_region"), r.get("buyer_region"), question["region"]
        county = buyer if question["basis"] == "absorbed" else seller
        seen = lambda place: place and (place[:min(len(region) + 2, 6)] if place.startswith(region) else place[:2]).ljust(6, "0")
        limits = [100_000_000, 1_000_000_000, 10_000_000_000]
        return {
            **dict.fromkeys(UNKNOWN), "county": county, "district": county, "region": county[:min(len(region) + 2, 6)].ljust(6, "0"),
            "contract_type": r["contract_type"][0], "contract_type4": STAT4[r["contract_type"][0]], "subtype": r["contract_type"],
            "technical_field": r.get("technical_field"), "seller_district": seller, "buyer_district": buyer, "seller_region": seen(seller),
            "buyer_region": seen(buyer), "direction": Imported.direction(seller, buyer),
            "size_class": f"s{1 + sum(fen(r['total_amount']) >= limit for limit in limits)}",
            **{name: label(datetime.date.fromisoformat(r["registered_on"])) for name, label in TIMES.items()},
        }

    @staticmethod
    def direction(seller, buyer):
        if not seller or not buyer:
            return None
        for name, length in (("country", 2), ("province", 4), ("city", 6)):
            ends = {seller[length - 2:length], buyer[length - 2:length]}
            if seller[:length] != buyer[:length]:
                return None if "00" in ends else name
        return None if seller.endswith("00") else "county"

    def inside(self, question, as_of=None):
        for source, day, r in self.held(as_of):
            parties = {"output": ["seller"], "absorbed": ["buyer"], "local": ["seller", "buyer"]}.get(question["basis"])
            if (parties and all((r.get(f"{p}_region") or "").startswith(question["region"]) for p in parties)
                    and str(question.get("first") or "") <= r["registered_on"] <= str(question.get("last") or "9")):
                yield source, day, r

    def groups(self, question, as_of=None):
        sums = collections.defaultdict(lambda: [0, 0, 0])
        for _, _, r in self.inside(question, as_of):
            dims = self.dimensions(r, question)
            if all(dims[name] == value for name, value in question.get("filters", {}).items()):
                for i, value in enumerate((1, fen(r["total_amount"]), fen(r["technology_amount"]))):
                    sums[tuple(dims[b] for b in question["by"])][i] += value
        return dict(sums)

    def coverage(self, question, as_of=None, has_amounts=True):
        def sums(rows):
            total = {"count": len(rows)}
            if has_amounts:
                total.update({v: money(sum(fen(r[v]) for _, _, r in rows)) for v in VALUES[1:]})
            return total
        rows = list(self.inside(question, as_of))
        return {**sums(rows), "sources": [{"source": s, "day": max(d for f, d, _ in rows if f == s), **sums([x for x in rows if x[0] == s])}
                                          for s in sorted({s for s, _, _ in rows}, key=str.encode)]}


def made(rng, number, **changes):
    seller, buyer = rng.choice(PLACES), rng.choice(PLACES)
    if seller is None and buyer is None:
        buyer = "371302"
    total = rng.randrange(1, 10 ** rng.randrange(3, 13))
    day = datetime.date(2023, 11, 1) + datetime.timedelta(days=rng.randrange(750))
    return {"number": number, "registered_on": day.isoformat(), "contract_type": rng.choice(["101", "201", "301", "401", "502"]),
            "project_name": "研发", "total_amount": money(total), "technology_amount": money(rng.randrange(total + 1)),
            **({"seller_region": seller} if seller else {}), **({"buyer_region": buyer} if buyer else {}),
            **({"technical_field": f"{rng.randrange(1, 12):02d}"} if rng.random() < 0.8 else {}), **changes}


@pytest.fixture(scope="module")
def record(connection):
    fill(connection, seed=44, contracts=250)
    return connection


@pytest.fixture(scope="module")
def imported(record):
    """Filled by the first test."""
    return Imported()


def get(client, **parameters):
    answer = client.get("/v1/statistics?" + urllib.parse.urlencode(parameters))
    assert answer.status == 200, (parameters, answer)
    return answer


def asked(rng):
    question = {"by": rng.sample([*TIMES, *DIMENSIONS], rng.choice([0, 1, 1, 2, 2, 3])), "basis": rng.choice(["output", "absorbed", "local"]),
                "region": rng.choice(["37", "3713", "3713", "371302", "371311", "11"])}
    parameters = {"basis": question["basis"], "region": question["region"], **({"by": ",".join(question["by"])} if question["by"] else {})}
    if rng.random() < 0.6:
        parameters["period"] = rng.choice(["2024", "2024H1", "2025Q1", "2025-03", "2024M2-11", "2025-03-15"])
        question["first"], question["last"] = period_range(parameters["period"])
    filters = rng.choice([{}, {}, {}, {"technical_field": "05"}, {"contract_type4": "K1"}, {"buyer_district": "371302"}])
    return {**question, "filters": filters, **filters}, {**parameters, **filters}


def compare(client, truth, imported, question, parameters, as_of=None):
    answer = get(client, measure="count,total_amount,technology_amount,external,covered,new", **parameters,
                 **({"as_of": as_of} if as_of else {})).json
    plain = {key: sums for key, sums in truth.sums(question, (question.get("first"), question.get("last"))).items()
             if any(sums) or not question["by"]}
    beside = imported.groups(question, as_of)
    keys = {*plain, *beside}
    rows = {tuple(row[b] for b in question["by"]): row for row in answer["rows"]}
    assert rows.keys() == keys and len(answer["rows"]) == len(keys), parameters
    for key, row in rows.items():
        now, more = plain.get(key, [0] * 6), beside.get(key, [0] * 3)
        for i, name in enumerate(VALUES):
            shown = [row[name], row["external_" + name], row["covered_" + name], row["new_" + name]]
            expected = [now[i], more[i], now[i] + more[i], now[i + 3]]
            assert shown == (expected if i == 0 else [money(v) for v in expected]), (parameters, key, name)
    assert answer["coverage"]["external"] == imported.coverage(question, as_of), parameters
    return bool(beside)


def test_before_anything_is_imported(tcrd, record, imported):
    with tcrd.https("bureau") as client:
        for basis in ("output", "absorbed", "local"):
            coverage = get(client, basis=basis).json["coverage"]
            assert coverage["external"] == {"count": 0, "total_amount": "0.00", "technology_amount": "0.00", "sources": []}
            [row] = get(client, basis=basis, measure="external").json["rows"]
            assert row == {"external_count": 0, "external_total_amount": "0.00", "external_technology_amount": "0.00"}
        coverage = get(client).json["coverage"]
        assert list(coverage) == ["zh", "en"] and "registered elsewhere does not count" in coverage["en"] and "其他地区" in coverage["zh"]
        assert "imported" in get(client, basis="absorbed").json["coverage"]["en"]


def test_every_figure_equals_what_was_sent(tcrd, record, imported, query):
    rng = random.Random(9)
    truth = Recomputation(record)
    with tcrd.https("bureau") as client:
        plain = [(parameters, get(client, measure="count,total_amount,share,growth,rank", **parameters).json["rows"])
                 for _, parameters in (asked(rng) for _ in range(40))]
        kept = {n: [made(rng, f"E{n}-{i}") for i in range(60)] for n in range(3)}
        for n, source in enumerate(SOURCES):
            imported.send(client, query, source, f"2026-01-0{n + 1}", kept[n])
        middle = query("select value from tcr.sequence_counter")[0][0]
        # Later versions: others of the same number, and some that ended.
        imported.send(client, query, SOURCES[0], "2026-02-01", [made(rng, r["number"]) for r in kept[0][:20]])
        imported.send(client, query, SOURCES[1], "2026-02-02", [{**r, "is_withdrawn": True} for r in kept[1][:20]])
        hits = sum(compare(client, truth, imported, *asked(rng)) for _ in range(150))
        assert hits > 80
        for dimension in [*TIMES, *DIMENSIONS]:
            question = {"by": [dimension], "basis": "absorbed", "region": "3713"}
            compare(client, truth, imported, question, {"by": dimension, "basis": "absorbed", "region": "3713"})
        assert sum(compare(client, truth, imported, *asked(rng), as_of=middle) for _ in range(50)) > 20
        for parameters, rows in plain:
            assert get(client, measure="count,total_amount,share,growth,rank", **parameters).json["rows"] == rows, parameters


def test_as_of_moves_and_what_was_stays(tcrd, record, imported, query, make_tcrd):
    rng = random.Random(10)
    second = make_tcrd()
    questions = [{"basis": "absorbed", "by": "year,district", "measure": "external,count"}, {"basis": "absorbed"}, {}]
    with tcrd.https("bureau") as client, second.https("auditor") as other:
        before = [get(client, **q).json for q in questions]
        assert [get(other, **q).json for q in questions] == before
        seq = before[0]["as_of_seq"]
        assert {a["as_of_seq"] for a in before} == {seq} == {query("select max(seq) from tcr.external_record")[0][0]}
        frozen = [get(client, **q, as_of=seq).body for q in questions]
        imported.send(client, query, SOURCES[2], "2026-03-01", [made(rng, "late", buyer_region="371302")])
        after = [get(client, **q).json for q in questions]
        assert {a["as_of_seq"] for a in after} == {seq + 1} and after[0]["digest"] != before[0]["digest"]
        assert after[1]["coverage"]["external"]["count"] == before[1]["coverage"]["external"]["count"] + 1
        assert after[1]["rows"] == before[1]["rows"] and after[2]["coverage"] == before[2]["coverage"]
        wait_until(lambda: [get(other, **q).json for q in questions] == after, "the other daemon follows")
        register(record, {today(): 4}, seed=45)
        assert [get(client, **q, as_of=seq).body for q in questions] == frozen


def test_an_agency_sees_how_many_and_no_amounts(tcrd, record, imported, installation, query):
    with tcrd.https("agency") as client:
        assert "external" not in get(client, basis="absorbed").json["coverage"]
        assert "only what the agency" in get(client, basis="absorbed").json["coverage"]["en"]
        coverage = get(client, basis="absorbed", scope="area").json["coverage"]
        assert coverage["closed_on"] is None and coverage["external"] == {"count": 0, "sources": []}
    # The closed day holds what was imported before its last release.
    register(record, {today() - datetime.timedelta(days=1): 5}, seed=46)
    installation.command("aggregate")
    imported.send(tcrd.https("bureau"), query, SOURCES[0], "2026-03-02", [made(random.Random(5), "behind", buyer_region="371302")])
    closed_seq = query("select max(seq) from tcr.closing")[0][0]
    with tcrd.https("agency") as client:
        for parameters in ({}, {"period": "2024"}, {"period": "2024-05", "by": "district"}):
            question = {"basis": "absorbed", "region": "3713"}
            answer = get(client, basis="absorbed", scope="area", **parameters).json
            if "period" in parameters:
                question["first"], question["last"] = period_range(parameters["period"])
            question["last"] = min(question.get("last", today()), datetime.date.fromisoformat(answer["coverage"]["closed_on"]))
            assert answer["coverage"]["external"] == imported.coverage(question, closed_seq, has_amounts=False)
            assert answer["coverage"]["external"]["count"] > 0 and answer["as_of_seq"] == closed_seq
            assert "amount" not in json.dumps(answer["coverage"]["external"])
        for measure in ("external", "covered", "external_count", "count,covered_total_amount"):
            refused = client.get(f"/v1/statistics?scope=area&basis=absorbed&measure={measure}")
            assert refused.status == 403 and [e["pointer"] for e in refused.json["errors"]] == ["?measure"], refused
            refused = client.get(f"/v1/statistics?basis=absorbed&measure={measure}")
            assert refused.status == 400 and [e["pointer"] for e in refused.json["errors"]] == ["?measure"], refused
        # Nor from the database, whoever asks it.
        with record.cursor() as cursor:
            for scope in ("own", "area"):
                cursor.execute("select external_count, external_total_amount, coverage::text from tcr.statistics((select id from tcr.account"
                               " where name = 'agency'), %s, 'absorbed', '3713', '{}', null, null, null, null, null, null, '{}', '{}', null,"
                               " null, '{external}', null, 10)", (scope,))
                for count, total, coverage in cursor.fetchall():
                    assert not count and not total and "amount" not in (coverage or "")


def test_a_county_sees_its_own(tcrd, record, imported):
    with tcrd.https("county") as client:
        question = {"by": ["year"], "basis": "absorbed", "region": "371302"}
        compare(client, Recomputation(record), imported, question, {"by": "year", "basis": "absorbed"})


@pytest.mark.parametrize("parameters, pointers", [
    ("measure=external", ["?measure"]), ("measure=covered,external_count&basis=registered", ["?measure"]),
    ("measure=external_total_amount&basis=absorbed&agency=1", ["?measure"]), ("measure=covered&agency=1", ["?measure", "?measure"]),
    ("measure=external,external&basis=absorbed", ["?measure"]), ("measure=external_&basis=absorbed", ["?measure"])])
def test_contradictions(tcrd, record, parameters, pointers):
    with tcrd.https("bureau") as client:
        refused = client.get("/v1/statistics?" + parameters)
        assert refused.status == 400 and [e["pointer"] for e in refused.json["errors"]] == pointers, refused


def test_tables_and_the_line_protocol(tcrd, record, imported):
    parameters = {"by": "year,district", "basis": "absorbed", "measure": "count,total_amount,external,covered"}
    path = "/v1/statistics?" + urllib.parse.urlencode(parameters)
    with tcrd.https("bureau") as client, tcrd.rpc("bureau") as line:
        answer = client.get(path).json
        assert line.call("statistics.query", **parameters) == answer
        external = answer["coverage"]["external"]
        said = (f"basis=absorbed; external_count={external['count']}; external_total_amount={external['total_amount']};"
                f" external_technology_amount={external['technology_amount']}")
        for _ in range(3):  # the kept answer says the same
            as_csv = client.get(path, headers={"Accept": "text/csv"})
            as_xlsx = client.get(path, headers={"Accept": XLSX})
            assert as_csv.headers["X-Coverage"] == as_xlsx.headers["X-Coverage"] == said
        assert list(csv.DictReader(io.StringIO(as_csv.body.decode()))) == [{k: "" if v is None else str(v) for k, v in r.items()}
                                                                           for r in answer["rows"]]
        [(_, sheet)] = sheets_of(as_xlsx.body)
        headings = [cell[2] for cell in sheet[0].values()]
        assert {"异地登记导入:合同成交额(元)\nexternal_total_amount", "含导入:项数\ncovered_count"} <= set(headings)
        assert client.get("/v1/statistics", headers={"Accept": "text/csv"}).headers["X-Coverage"] == "basis=registered"


def test_the_parts_say_it_too(tcrd, record, imported):
    with tcrd.https("bureau") as client:
        for path in ("members", "restatements"):
            coverage = client.get(f"/v1/statistics/{path}?basis=absorbed&limit=1").json["coverage"]
            assert list(coverage) == ["zh", "en"] and "external.list" in coverage["en"] and "external.list" in coverage["zh"]
    with tcrd.https("agency") as client:
        assert "agency of the caller" in client.get("/v1/statistics/members?limit=1").json["coverage"]["en"]
