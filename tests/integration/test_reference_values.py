"""Targets, regional GDP, figures of other cities: kept in versions, so an answer with an older as_of never changes."""
import calendar
import datetime
import decimal
import uuid

import pytest

from contracts import fen, money, today
from figures import Recomputation, fill
from harness import RpcError

SOURCE = {"source": "临政字〔2022〕98号", "day": "2022-10-20"}


@pytest.fixture(scope="module")
def record(connection):
    fill(connection, seed=5, contracts=200)
    return connection


def target(**changes):
    return {"measure": "total_amount", "value": "17000000000.00", **SOURCE, **changes}


def last_seq(query):
    return query("select value from tcr.sequence_counter")[0][0]


def half_up(value, places="1"):
    return decimal.Decimal(value).quantize(decimal.Decimal(places), decimal.ROUND_HALF_UP)


def test_a_target_is_set_shown_and_repeated(tcrd, query):
    bureau, auditor = tcrd.https("bureau"), tcrd.https("auditor")
    made = bureau.put("/v1/targets/3713/2030", target())
    assert made.status == 200, made
    assert made.json == {"id": str(made.json["seq"]), "seq": last_seq(query), "region": "3713", "region_zh": "临沂市",
                         "region_en": made.json["region_en"], "year": "2030", "measure": "total_amount", "basis": "registered",
                         "value": "17000000000.00", "pace": None, **SOURCE}
    again = bureau.put("/v1/targets/371300/2030", target(value=17000000000, basis="registered"))
    assert again.status == 200 and again.body == made.body and last_seq(query) == made.json["seq"], "what holds is not stored again"
    assert auditor.get("/v1/targets?region=3713&year=2030").json == {"items": [made.json], "next": None}
    assert query("select event, object, outcome from tcr.audit where event = 'target.set' order by id desc limit 1") == [
        ("target.set", "target 3713 2030 total_amount registered", "ok")]
    count = bureau.put("/v1/targets/3713/2030", target(measure="count", value=3200, basis="absorbed", pace=list(range(1, 12)) + [100]))
    assert count.json["value"] == 3200 and count.json["pace"] == list(range(1, 12)) + [100]
    assert len(auditor.get("/v1/targets?region=3713&year=2030").json["items"]) == 2, "another measure, another target"


def test_a_later_value_changes_no_earlier_answer(tcrd, record, query):
    bureau = tcrd.https("bureau")
    first = bureau.put("/v1/targets/3713/2025", target()).json
    bureau.put("/v1/gdp/3713/2025", {"value": "577800000000.00", **SOURCE})
    as_of = last_seq(query)
    questions = ["/v1/statistics?period=2025&measure=total_amount,target_completion,gdp_share", "/v1/targets?year=2025", "/v1/gdp?year=2025",
                 "/v1/targets/3713/2025/pace?on=2025-09-30"]
    ask = lambda: [bureau.get(q + ("&" if "?" in q else "?") + f"as_of={as_of}") for q in questions]
    before = ask()
    assert [a.status for a in before] == [200] * 4, before
    assert before[0].json["rows"][0]["target_completion"] is not None and before[0].json["rows"][0]["gdp_share"] is not None
    now = [bureau.get(q).json for q in questions]
    second = bureau.put("/v1/targets/3713/2025", target(value="20000000000.00")).json
    bureau.put("/v1/gdp/3713/2025", {"value": "600000000000.00", **SOURCE})
    assert second["seq"] > first["seq"]
    after = ask()
    assert [a.body for a in after] == [a.body for a in before]
    assert after[0].json["digest"] == before[0].json["digest"]
    later = [bureau.get(q).json for q in questions]
    assert later[0]["rows"] != now[0]["rows"] and later[0]["as_of_seq"] == last_seq(query)
    assert later[1]["items"] == [second] and [i["value"] for i in later[2]["items"]] == ["600000000000.00"]
    assert bureau.get("/v1/targets?year=2025&history=true").json["items"] == [first, second]
    assert bureau.get(f"/v1/targets?as_of={last_seq(query) + 1}").json["errors"][0]["pointer"] == "?as_of"


@pytest.mark.parametrize("pace", [None, [5, 12, 25, 33, 41, 50, 58, 66, 75, 83, 91, 100]])
def test_pace_through_the_year(tcrd, record, query, pace):
    """Even within a month along the pace, or the same every day; what was reached is what the releases say."""
    bureau = tcrd.https("bureau")
    value = 333333333333 + (1 if pace else 0)
    put = bureau.put("/v1/targets/3713/2024", target(value=money(value), basis="output", pace=pace))
    assert put.status == 200, put
    for text in ("2024-01-01", "2024-01-31", "2024-02-29", "2024-06-30", "2024-11-17", "2024-12-31"):
        day = datetime.date.fromisoformat(text)
        if pace is None:
            percent = decimal.Decimal(100) * day.timetuple().tm_yday / 366
        else:
            start = 0 if day.month == 1 else pace[day.month - 2]
            percent = start + decimal.Decimal(pace[day.month - 1] - start) * day.day / calendar.monthrange(2024, day.month)[1]
        got = bureau.get(f"/v1/targets/3713/2024/pace?basis=output&on={text}")
        assert got.status == 200, got
        reached = Recomputation(record).rows({"by": [], "basis": "output", "region": "3713", "first": datetime.date(2024, 1, 1),
                                              "last": day})[0]["total_amount"]
        due = int(half_up(value * percent / 100))
        assert (got.json["due_percent"], got.json["due"], got.json["reached"], got.json["ahead"]) == (
            str(half_up(percent, "0.01")), money(due), reached, money(fen(reached) - due)), text
        assert got.json["reached_percent"] == str(half_up(decimal.Decimal(100) * fen(reached) / value, "0.01"))
        assert got.json["source"] == SOURCE["source"] and got.json["on"] == text
    assert query("select value, due_percent, due from tcr.target_pace('3713', 2024, 'total_amount', 'output', '2023-12-31', %s)",
                 last_seq(query)) == [(value, 0, 0)]
    assert query("select value, due_percent, due from tcr.target_pace('3713', 2024, 'total_amount', 'output', '2025-01-01', %s)",
                 last_seq(query)) == [(value, 100, value)]
    assert query("select value, due from tcr.target_pace('3713', 2024, 'total_amount', 'local', '2024-06-30', %s)",
                 last_seq(query)) == [(None, None)]


def test_bad_targets_and_gdp(tcrd, query):
    bureau = tcrd.https("bureau")
    before = last_seq(query)
    for changes, faults in [
            ({"value": "0.00"}, [("/value", "target.value")]), ({"value": "-1.00"}, [("/value", "body.money")]),
            ({"measure": "count", "value": "3.50"}, [("/value", "target.count")]),
            ({"pace": [100]}, [("/pace", "target.pace")]), ({"pace": [50, 40] + [100] * 10}, [("/pace", "target.pace")]),
            ({"pace": [1] * 12}, [("/pace", "target.pace")]), ({"pace": [1] * 11 + [101]}, [("/pace/11", "body.number")]),
            ({"pace": ["1"] * 11 + [100]}, [(f"/pace/{n}", "body.type") for n in range(11)]),
            ({"measure": "growth", "basis": "both"}, [("/measure", "body.choice"), ("/basis", "body.choice")]),
            ({"source": " ", "day": (today() + datetime.timedelta(days=1)).isoformat()},
             [("/source", "body.required"), ("/day", "body.date_future")]),
            ({"day": "2024-02-30"}, [("/day", "body.date")]), ({"region": "3713"}, [("/region", "body.unknown")]),
            ({"value": "0.00", "pace": [3]}, [("/value", "target.value"), ("/pace", "target.pace")])]:
        refused = bureau.put("/v1/targets/3713/2024", target(**changes))
        assert refused.status == 422 and sorted((e["pointer"], e["rule"]) for e in refused.json["errors"]) == sorted(faults), refused
        assert all(e["zh"] and e["en"] for e in refused.json["errors"])
    for path in ("/v1/targets/3799/2024", "/v1/targets/37130/2024", "/v1/targets/3713/1899", "/v1/targets/3713/2200",
                 "/v1/targets/3713/99999999999", "/v1/targets/3713/x", "/v1/gdp/99/2024"):
        assert bureau.put(path, target() if "targets" in path else {"value": "1.00", **SOURCE}).status == 404, path
    for value, rule in (("0", "gdp.value"), ("0.00", "gdp.value"), ("-5.00", "body.money"), ("1.5", "body.money"), ("１", "body.money"),
                        ("1e9", "body.money"), ("9" * 16, "body.money"), (5, "body.type"), (None, "body.required")):
        refused = bureau.put("/v1/gdp/3713/2024", {"value": value, **SOURCE})
        assert refused.status == 422 and refused.rules == [rule], (value, refused)
    assert bureau.get("/v1/targets/3713/1999/pace").status == bureau.get("/v1/targets/3713/999999999999/pace").status == 404
    assert bureau.get("/v1/targets?year=999999999999").json["items"] == bureau.get("/v1/gdp?year=999999999999").json["items"] == []
    assert last_seq(query) == before
    big = bureau.put("/v1/gdp/37/2025", {"value": "10300000000000.00", **SOURCE})
    assert big.status == 200 and big.json["value"] == "10300000000000.00", "a province produces more than any contract"
    assert query("select value from tcr.region_gdp where region = '37' and year = 2025") == [(1030000000000000,)]
    assert bureau.put("/v1/targets/3713/2024", target()).status == 200
    for bad in ("on=2023-12-31", "on=2025-01-01", "as_of=999999999", "measure=growth", "basis=both"):
        assert bureau.get("/v1/targets/3713/2024/pace?" + bad).status == 400, bad


def test_who_may(tcrd):
    body = {"value": "1.00", **SOURCE}
    calls = [("PUT", "/v1/targets/3713/2024", target()), ("PUT", "/v1/gdp/3713/2024", body),
             ("PUT", "/v1/peers/3702/2024", {"count": 1, **SOURCE}), ("POST", "/v1/external", {}), ("POST", "/v1/closings/2024-01", None),
             ("GET", "/v1/targets", None), ("GET", "/v1/targets/3713/2024/pace", None), ("GET", "/v1/gdp", None), ("GET", "/v1/peers", None),
             ("GET", "/v1/peers/2024", None), ("GET", "/v1/external", None), ("GET", "/v1/external/sums", None), ("GET", "/v1/closings", None),
             ("GET", "/v1/closings/2024-01", None)]
    for verb, path, sent in calls:
        assert tcrd.https().request(verb, path, sent).status == 401
        for role in ("agency", "registrar", "reviewer", "county", "admin"):
            assert tcrd.https(role).request(verb, path, sent, key=uuid.uuid4().hex).status == 403, (role, path)
        if verb != "GET":
            assert tcrd.https("auditor").request(verb, path, sent, key=uuid.uuid4().hex).status == 403
        else:
            assert tcrd.https("auditor").get(path).status in (200, 404), path


def test_pages(tcrd):
    bureau = tcrd.https("bureau")
    made = [bureau.put(f"/v1/gdp/3713/{year}", {"value": "5.00", **SOURCE}).json["id"] for year in range(2101, 2106)]
    seen, cursor = [], ""
    while cursor is not None:
        page = bureau.get("/v1/gdp?region=371300&limit=2" + (f"&cursor={cursor}" if cursor else "")).json
        assert len(page["items"]) <= 2
        seen += [i["id"] for i in page["items"] if i["year"] > "2100"]
        cursor = page["next"]
    assert seen == made


def test_peers_beside_our_own_figure(tcrd, record, query):
    bureau = tcrd.https("bureau")
    published = {"3702": (2000, 30000000000, 15000000000), "3707": (None, 20000000001, None), "3706": (10, None, None)}
    for region, (count, total, technology) in published.items():
        body = {"count": count, "total_amount": total and money(total * 100), "technology_amount": technology and money(technology * 100),
                **SOURCE}
        put = bureau.put(f"/v1/peers/{region}/2024H1", body)
        assert put.status == 200, put
        assert put.json["total_amount"] == body["total_amount"] and put.json["count"] == count and put.json["day"] == SOURCE["day"]
    bureau.put("/v1/peers/3702/2023H1", {"total_amount": "24000000000.00", **SOURCE})
    as_of = last_seq(query)
    got = bureau.get("/v1/peers/2024H1")
    assert got.status == 200, got
    items = {i["region"]: i for i in got.json["items"]}
    assert list(items)[-1] == "3706" and set(items) == set(published) | {"3713"}
    rows = Recomputation(record).rows({"by": [], "basis": "registered", "region": "3713", "first": datetime.date(2024, 1, 1),
                                       "last": datetime.date(2024, 6, 30)})[0]
    own = items["3713"]
    assert own["is_own"] and (own["count"], own["total_amount"], own["technology_amount"]) == (
        rows["count"], rows["total_amount"], rows["technology_amount"]) and own["source"] is None
    totals = {r: fen(i["total_amount"]) for r, i in items.items() if i["total_amount"] is not None}
    for region, item in items.items():
        want = 1 + sum(t > totals[region] for t in totals.values()) if region in totals else None
        assert item["rank_total_amount"] == want, region
    assert items["3702"]["growth_total_amount"] == "25.00" and items["3702"]["rank_growth_total_amount"] == 1
    assert items["3707"]["growth_total_amount"] is None and items["3707"]["rank_growth_total_amount"] is None
    frozen = bureau.get(f"/v1/peers/2024H1?as_of={as_of}").body
    bureau.put("/v1/peers/3707/2024H1", {"total_amount": "90000000000.00", **SOURCE})
    assert bureau.get(f"/v1/peers/2024H1?as_of={as_of}").body == frozen
    moved = {i["region"]: i["rank_total_amount"] for i in bureau.get("/v1/peers/2024H1").json["items"]}
    assert moved["3707"] == 1
    assert [i["region"] for i in bureau.get("/v1/peers?period=2024H1").json["items"]] == ["3702", "3706", "3707"]


def test_bad_peers(tcrd, query):
    bureau = tcrd.https("bureau")
    before = last_seq(query)
    good = {"count": 5, **SOURCE}
    for path in ("3702/2024Q5", "3702/2024-13", "3702/2024-06-30", "3702/2024M5-3", "3702/x", "3799/2024"):
        assert bureau.put("/v1/peers/" + path, good).status == 404, path
    for path in ("3713/2024", "371302/2024", f"3702/{today().year}", f"3702/{today().isoformat()[:7]}"):
        refused = bureau.put("/v1/peers/" + path, good)
        assert refused.status == 409 and refused.code == "state", (path, refused)
    for body, rules in (({}, ["peer.figure"]), ({"total_amount": "1.00", "technology_amount": "1.01"}, ["reference.technology_amount"]),
                        ({"count": -1, "total_amount": "x"}, ["body.money", "body.number"])):
        refused = bureau.put("/v1/peers/3702/2024", {**body, **SOURCE})
        assert refused.status == 422 and refused.rules == rules, refused
    assert last_seq(query) == before
    assert bureau.get(f"/v1/peers/{today().year}").status == 404 and bureau.get("/v1/peers/2024Q9").status == 404
    assert bureau.get("/v1/peers/x").status == 404 and bureau.get("/v1/peers/1900").status == 200


def test_over_rpc_and_in_openapi(tcrd):
    rpc = tcrd.rpc("bureau")
    made = rpc.call("target.set", region="3713", year="2160", body=target())
    assert rpc.call("target.list", region="3713", year="2160")["items"] == [made]
    with pytest.raises(RpcError) as refused:
        rpc.call("target.set", region="3713", year="2160", body=target(pace=[1]))
    assert refused.value.data["errors"][0]["rule"] == "target.pace"
    paths = tcrd.https().get("/openapi.json").json["paths"]
    for path, verb in (("/v1/targets/{region}/{year}", "put"), ("/v1/gdp/{region}/{year}", "put"), ("/v1/peers/{region}/{period}", "put"),
                       ("/v1/external", "post"), ("/v1/closings/{period}", "post")):
        assert verb in paths[path]
