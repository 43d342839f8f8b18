"""A figure with a receipt: the same as_of gives the same bytes for ever, its parts add up to it, and late acts are listed with their cause."""
import datetime
import random
import urllib.parse

import pytest

from contracts import fen, today
from figures import ALL_MEASURES, DIMENSIONS, TIMES, Recomputation, adjust, fill, random_question, register, without_names
from harness import wait_until


@pytest.fixture(scope="module")
def record(connection):
    """Contracts of some years with later acts, half of it rolled up and closed."""
    fill(connection, seed=31, contracts=300)
    adjust(connection, 40, seed=32)
    with connection.cursor() as cursor:
        cursor.execute("select tcr.cubes_roll((select percentile_disc(0.6) within group (order by seq) from tcr.fact), false)")
    return connection


def ask(client, path="/v1/statistics", **parameters):
    reply = client.get(path + "?" + urllib.parse.urlencode(parameters))
    assert reply.status == 200, (parameters, reply)
    return reply


def questions_of(db, seed, count):
    rng = random.Random(seed)
    with db.cursor() as cursor:
        cursor.execute("select distinct agency_id::text from tcr.contract order by 1")
        agencies = [row[0] for row in cursor.fetchall()]
    return [random_question(rng, agencies) for _ in range(count)]


def test_as_of_equals_the_releases_of_that_time(tcrd, record, query):
    rng = random.Random(1)
    seqs = [row[0] for row in query("select seq from tcr.contract_release order by seq")]
    with tcrd.https("bureau") as client:
        for question, parameters in questions_of(record, 2, 120):
            seq = rng.choice(seqs + seqs[-60:] * 5)
            day = query("select day from tcr.contract_release where seq = %s", seq)[0][0]
            truth = Recomputation(record, seq)
            answer = ask(client, as_of=seq, **parameters).json
            future = question.get("first") and question["first"] > day
            assert answer["as_of_seq"] == truth.as_of_seq
            assert without_names(answer["rows"]) == ([] if future else truth.rows({**question, "now": day})), (seq, parameters)
        assert ask(client, as_of=0).json["rows"] == [{"count": 0, "total_amount": "0.00", "technology_amount": "0.00"}]
        assert ask(client, as_of=0).json["as_of_seq"] == 0


def test_the_same_as_of_gives_the_same_bytes_for_ever(tcrd, record, query):
    seq = query("select value from tcr.sequence_counter")[0][0]
    questions = [parameters for _, parameters in questions_of(record, 3, 60)]
    with tcrd.https("auditor") as client:
        before = [ask(client, as_of=seq, **parameters).body for parameters in questions]
        live = [ask(client, **parameters).json for parameters in questions]
        register(record, {today(): 25}, seed=33)
        adjust(record, 60, seed=34)
        assert [ask(client, as_of=seq, **parameters).body for parameters in questions] == before
        tcrd.command("aggregate")
        query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
        assert [ask(client, as_of=seq, **parameters).body for parameters in questions] == before
        # What another connection wrote is seen as soon as the daemon looks again.
        wait_until(lambda: [ask(client, **parameters).json["digest"] for parameters in questions] != [a["digest"] for a in live],
                   "the live answers move")
        csv = [client.get("/v1/statistics?as_of=%d&by=month,direction" % seq, headers={"Accept": "text/csv"}).body for _ in range(2)]
        assert csv[0] == csv[1] and csv[0].count(b"\r\n") > 10


def members_of(client, limit, **parameters):
    items, sums, cursor = [], None, None
    while True:
        page = ask(client, "/v1/statistics/members", limit=limit, **({"cursor": cursor} if cursor else {}), **parameters).json
        assert ("sum" in page) == (cursor is None)
        sums = page.get("sum", sums)
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items, sums


def test_members_add_up_to_their_cell(tcrd, record):
    rng = random.Random(4)
    listed = 0
    with tcrd.https("bureau") as client:
        for question, parameters in questions_of(record, 5, 150):
            named = [b for b in question["by"] if b not in ("region", "seller_region", "buyer_region")]
            if named != question["by"]:
                continue
            rows = ask(client, **parameters).json["rows"]
            spans = {k: v for k, v in parameters.items() if k in ("period", "from", "to")}
            for row in rng.sample(rows, min(2, len(rows))):
                times = [b for b in question["by"] if b in TIMES]
                if times and spans and any(k in parameters for k in ("from", "to")):
                    continue
                cell = {k: v for k, v in parameters.items() if k not in ("by", "measure")}
                if times:
                    cell["period"] = row[[t for t in TIMES if t in times][-1]]
                    if parameters.get("period", "")[4:5] in ("-", "M") or len(parameters.get("period", "")) == 10:
                        continue
                for by in question["by"]:
                    if by not in TIMES:
                        cell[by] = "-" if row[by] is None else row[by]
                if "contract_type" in question and "contract_type" in question["by"]:
                    cell["contract_type"] = question["contract_type"]
                items, sums = members_of(client, rng.choice([1, 7, 1000]), **cell)
                listed += len(items)
                assert sum(i["count"] for i in items) == sums["count"]
                if not times or parameters.get("period") is None:
                    assert sums["count"] == row["count"], (cell, row)
                    for amount in ("total_amount", "technology_amount"):
                        assert sums[amount] == row[amount], (cell, row)
                assert sum(fen(i["total_amount"]) for i in items) == fen(sums["total_amount"])
                assert [(i["seq"], i["sign"]) for i in items] == sorted((i["seq"], i["sign"]) for i in items)
    assert listed > 500


def test_members_of_an_agency_are_its_own(tcrd, record, query):
    own = query("select agency_id from tcr.account where name = 'agency'")[0][0]
    with tcrd.https("agency") as client:
        items, sums = members_of(client, 200, region="37", basis="registered")
        agencies = query("select distinct agency_id from tcr.contract where id = any (%s)", [int(i["contract"]) for i in items])
        assert agencies == [(own,)] and sums["count"] == ask(client, region="37").json["rows"][0]["count"]
        for path in ("/v1/statistics/members?scope=area", "/v1/statistics/restatements?scope=area", "/v1/statistics/members?scope=area&as_of=5"):
            assert client.get(path).status == 403
    with tcrd.https("county") as client:
        assert client.get("/v1/statistics/members?region=371311").status == 403
    with tcrd.https("admin") as client:
        assert client.get("/v1/statistics/members").status == 403


def test_restatements_name_act_contract_and_period(tcrd, record, query):
    """What later acts changed, for the period in which the contract was registered."""
    month = (today().replace(day=1) - datetime.timedelta(days=1)).strftime("%Y-%m")
    truth = [d for d in Recomputation(record).deltas if d["registered_on"].strftime("%Y-%m") < d["day"].strftime("%Y-%m")]
    with tcrd.https("bureau") as client:
        items, cursor = [], None
        while True:
            page = ask(client, "/v1/statistics/restatements", region="37", limit=20, **({"cursor": cursor} if cursor else {})).json
            items, cursor = items + page["items"], page["next"]
            if cursor is None:
                break
        inside = [d for d in truth if d["filed_as"] == "import_buyer" or (d["seller_region"] or "").startswith("37")]
        inside = [d for d in inside if ((d["buyer_region"] if d["filed_as"] == "import_buyer" else d["seller_region"]) or "").startswith("37")]
        assert [(i["seq"], i["sign"], i["contract"], i["event"], i["period"], fen(i["total_amount"])) for i in items] == [
            (d["seq"], d["sign"], str(d["contract_id"]), query("select event from tcr.contract_release where seq = %s", d["seq"])[0][0],
             d["registered_on"].strftime("%Y-%m"), d["sign"] * d["total_amount"]) for d in inside]
        assert {i["event"] for i in items} == {"cancel", "change"} and not any(i["is_new"] for i in items)
        last = items[-1]["seq"]
        assert ask(client, "/v1/statistics/restatements", region="37", after=last).json["items"] == []
        assert ask(client, "/v1/statistics/restatements", region="37", **{"as_of": items[0]["seq"] - 1}).json["items"] == []
        concerned = ask(client, "/v1/statistics/restatements", period="2024", region="37", limit=1000).json["items"]
        assert concerned and {i["registered_on"][:4] for i in concerned} == {"2024"} and all(i["booked_on"] > "2024-12-31" for i in concerned)
        assert ask(client, "/v1/statistics/restatements", period=month, limit=1).status == 200


@pytest.mark.parametrize("path, parameters, pointers", [
    ("members", "limit=0", ["?limit"]), ("members", "limit=1001", ["?limit"]), ("members", "cursor=12", ["?cursor"]),
    ("members", "cursor=p", ["?cursor"]), ("members", "district=999999", ["?district"]), ("members", "as_of=99999999", ["?as_of"]),
    ("members", "period=2025-02-30", ["?period"]), ("restatements", "after=x", ["?after"]),
    ("restatements", "from=2025-03-01&to=2025-02-01", ["?to"])])
def test_malformed_questions(tcrd, record, path, parameters, pointers):
    with tcrd.https("bureau") as client:
        refused = client.get(f"/v1/statistics/{path}?{parameters}")
        assert refused.status == 400 and [e["pointer"] for e in refused.json["errors"]] == pointers, refused


def test_top_lists(tcrd, record):
    """The largest first, with rank and share of all of them; people and secret parties have no name."""
    truth = Recomputation(record)
    with tcrd.https("bureau") as client:
        for by in ("seller", "buyer", "agency", "broker", "month,seller"):
            for sort in ("count", "total_amount", "technology_amount"):
                question = {"by": by.split(","), "basis": "registered", "region": "37"}
                rows = ask(client, by=by, top=5, sort=sort, region="37", measure=ALL_MEASURES).json["rows"]
                value = lambda row: row[sort] if sort == "count" else fen(row[sort])
                expected = sorted((-value(r) for r in truth.rows(question)))[:5]
                assert [-value(r) for r in rows] == expected
                known = {tuple(str(r[b]) for b in question["by"]): r for r in truth.rows(question)}
                for row in without_names(rows):
                    assert row == known[tuple(str(row[b]) for b in question["by"])]
        sellers = ask(client, by="seller", top=1000, region="37").json["rows"]
        assert {r["seller_zh"] for r in sellers if r["seller"]} == {"甲"} and [r["seller_zh"] for r in sellers if not r["seller"]] == [""]


def test_flow_matrix_adds_up(tcrd, record):
    with tcrd.https("bureau") as client:
        for pair in (("seller_district", "buyer_district"), ("seller_region", "buyer_region")):
            rows = ask(client, by=",".join(pair), basis="output").json["rows"]
            whole = ask(client, basis="output").json["rows"][0]
            assert sum(r["count"] for r in rows) == whole["count"]
            assert sum(fen(r["total_amount"]) for r in rows) == fen(whole["total_amount"])
        assert all(r["seller_region"].startswith("3713") for r in rows) and {"370000", "110000"} <= {r["buyer_region"] for r in rows if r["buyer_region"]}
        local = ask(client, by="seller_district", basis="local").json["rows"]
        assert sum(r["count"] for r in local) == ask(client, basis="local").json["rows"][0]["count"]


def test_targets_and_gdp(tcrd, record, query):
    """Of an area and a year, as they stood then; zero and absent are null."""
    def put(table, region, year, value, **more):
        seq = query("update tcr.sequence_counter set value = value + 1 returning value")[0][0]
        names = ["seq", "region", "year", "value", "source", "day", *more]
        query(f"insert into tcr.{table} ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})", seq, region, year, value, "test",
              today(), *more.values())
        return seq
    target = {"measure": "total_amount", "basis": "registered"}
    put("target", "3713", 2024, 10 ** 12, **target)
    first = put("region_gdp", "3713", 2024, 10 ** 14)
    put("region_gdp", "3713", 2024, 0)
    put("target", "371302", 2024, 10 ** 11, **target)
    put("region_gdp", "371302", 2025, 10 ** 13)
    with tcrd.https("bureau") as client:
        city = ask(client, period="2024", measure="total_amount,target_completion,gdp_share").json
        row = city["rows"][0]
        total = fen(row["total_amount"])
        assert abs(float(row["target_completion"]) - total / 10 ** 10) < 0.006 and row["gdp_share"] is None
        earlier = ask(client, period="2024", measure="gdp_share", as_of=first).json
        assert earlier["as_of_seq"] == first and earlier["rows"][0]["gdp_share"] is not None
        rows = ask(client, by="year,district", measure="total_amount,target_completion,gdp_share").json["rows"]
        known = {(r["year"], r["district"]): r for r in rows}
        assert known["2024", "371302"]["target_completion"] is not None and known["2024", "371302"]["gdp_share"] is None
        assert known["2025", "371302"]["gdp_share"] is not None and known["2025", "371302"]["target_completion"] is None
        assert known["2024", "371311"]["target_completion"] is None


def test_every_dimension_and_measure_is_answered(tcrd, record):
    with tcrd.https("bureau") as client:
        for by in [*TIMES, *DIMENSIONS]:
            answer = ask(client, by=by, measure=ALL_MEASURES + ",technology_received,technology_income").json
            assert answer["rows"] and answer["by"] == [by]
            assert sum(r["count"] for r in answer["rows"]) == ask(client).json["rows"][0]["count"]
