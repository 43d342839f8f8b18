"""What agencies, units, brokers and points brought about in a year: the same as a recomputation from the releases; and the audit's list."""
import collections
import datetime
import json
import statistics
import urllib.parse
import uuid

import pytest

import contracts
from contracts import PASSED, fen, today
from harness import wait_until
from registered import ask, decide
from test_agencies import body as agency_body

UNITS = ["化学化工学院", "机械学院", "没有登记的学院", None]


def contract_body(**changes):
    return contracts.contract_body(**{"seller.region": "371302", **changes})


def set_today(installation, day):
    db = installation.connect()
    with db.cursor() as cursor:
        cursor.execute("create or replace function tcr.today() returns date language sql stable as $$ select "
                       + (f"date '{day}'" if day else "(now() at time zone 'Asia/Shanghai')::date") + " $$")
    db.close()


@pytest.fixture(scope="module")
def story(_daemon, installation):
    """A university with units and two brokers; contracts of all of them in several states, decided by two points."""
    tcrd = _daemon
    bureau = tcrd.https("bureau")
    agency = bureau.post("/v1/agencies", agency_body(kind="university")).json
    for code, name in (("03", UNITS[0]), ("05", UNITS[1])):
        assert bureau.post(f"/v1/agencies/{agency['id']}/units", {"name": name, "code": code}).status == 201
    brokers = [bureau.post("/v1/brokers", {"name": f"经理{i}", "agency": agency["id"] if i == 0 else None}).json for i in range(2)]
    assert bureau.post("/v1/points", {"code": "61", "region": "371328", "name": "蒙阴县技术合同登记处"}).status == 201
    account = "u-" + uuid.uuid4().hex[:10]
    installation.add_account(account, "--roles", "agency", "--agency", agency["id"])
    installation.add_account("mengyin", "--roles", "registrar", "--point", "61")
    client = tcrd.https(account)
    for i in range(24):
        set_today(installation, max(today().replace(month=1, day=1), today() - datetime.timedelta(days=i)))
        region = "371328" if i % 4 == 3 else "371302"
        registrar = tcrd.https("mengyin" if i % 4 == 3 else "registrar")
        sent = contract_body(contract_type=["101", "401", "501", "503"][i % 4], **{"seller.region": region,
                             "seller.credit_code": agency["credit_code"], "seller.unit": UNITS[i % 3 if i < 12 else 3 - i % 2]})
        if sent["seller"]["unit"] is None:
            del sent["seller"]["unit"]
        if i % 3:
            sent["broker"] = brokers[i % 2]["id"]
        contract = client.submit(sent)
        assert contract.status == 201, contract
        contract = contract.json
        set_today(installation, max(today().replace(month=1, day=1), today() - datetime.timedelta(days=i // 2)))
        if i == 23:
            continue
        if i % 6 == 1:
            contract = registrar.act(contract, "refuse", {"reasons": [{"code": "R02"}]})
            assert contract.status == 200, contract
            continue
        contract = registrar.act(contract, "accept").json
        set_today(installation, None)
        if i % 6 == 2:
            back = registrar.act(contract, "return", {"faults": [{"pointer": "/project_name", "note": "补正"}]})
            assert back.status == 200, back
            changed = {**sent, "broker": brokers[1 - i % 2]["id"], "seller": {**sent["seller"], "unit": UNITS[1]}}
            saved = client.put(f"/v1/contracts/{contract['id']}", changed, if_match=back.json["seq"])
            contract = client.act(saved.json, "submit")
            assert contract.status == 200, contract
            contract = contract.json
        determined = {"determined": {"total_amount": "7654.32", "deductions": []}, "reason": "核减"} if i % 5 == 0 else {}
        done = registrar.act(contract, "certify", {**PASSED, **determined})
        assert done.status == 200, done
        if i in (4, 6, 9, 12):
            afterwards(tcrd, client, registrar, done.json, i)
    set_today(installation, None)
    return {"agency": agency, "brokers": brokers, "account": account}


def afterwards(tcrd, client, registrar, contract, i):
    """A cancellation, a revocation, changes of amount and type, of unit and broker."""
    if i == 4:
        assert decide(registrar, ask(client, contract, "cancel", {"reason": "N1"}).json, "approve").status == 200
    elif i == 6:
        assert tcrd.https("bureau").act(contract, "revoke", {"ground": "V1", "note": "以虚假合同取得登记"}).status == 200
    else:
        proposed = {"total_amount": "123456.78", "deductions": []} if i == 9 else {"seller": {"unit": UNITS[0]}}
        asked = ask(client, contract, "change", {"reason": "C3", "proposed": proposed})
        assert asked.status == 201, asked
        done = decide(registrar, asked.json, "approve")
        assert done.status == 200, done


def money(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def working_days(query, first, last):
    """Working days after first up to last."""
    special = dict(query("select day, kind from tcr.calendar_day"))
    span = (first + datetime.timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(special.get(d, "workday" if d.isoweekday() < 6 else "holiday") == "workday" for d in span)


def recomputed(query, keep, year):
    """From the rows of the releases alone: keep(row) says which contracts count, by their filed text of today."""
    columns = ("contract_id", "seq", "event", "status", "day", "agency_id", "point_id", "contract_type", "total_amount",
               "technology_amount", "accepted_on", "filed_seq", "body")
    rows = [dict(zip(columns, row)) for row in query(f"select {', '.join(columns)} from tcr.contract_release order by seq")]
    texts = {row["seq"]: json.loads(row["body"]) for row in rows if row["body"]}
    by_contract = collections.defaultdict(list)
    for row in rows:
        by_contract[row["contract_id"]].append(row)
    counts, days, types, units = collections.Counter(), collections.defaultdict(list), collections.defaultdict(lambda: [0, 0, 0]), \
        collections.defaultdict(lambda: [0, 0, 0])
    for releases in by_contract.values():
        text = texts[releases[-1]["filed_seq"]]
        if not keep(releases[-1], text):
            continue
        before = None
        for row in releases:
            this_year = row["day"].year == year
            if this_year and row is releases[0]:
                counts["filed"] += 1
            if this_year and before and row["status"] != before["status"] and row["status"] in (
                    "correction", "refused", "registered", "cancelled", "revoked"):
                counts[row["status"]] += 1
                if row["status"] in ("refused", "registered"):
                    days["submission"].append(working_days(query, releases[0]["day"], row["day"]))
                    if row["accepted_on"]:
                        days["acceptance"].append(working_days(query, row["accepted_on"], row["day"]))
            for sign, state in ((-1, before), (1, row)):
                if this_year and state and state["status"] == "registered":
                    for sums in (types[state["contract_type"][0]], units[text["seller"].get("unit")]):
                        for place, value in enumerate((1, state["total_amount"], state["technology_amount"])):
                            sums[place] += sign * value
            before = row
    return counts, {name: f"{statistics.median(values):.1f}" for name, values in days.items()}, types, units


def agrees(reply, query, keep):
    assert reply.status == 200, reply
    found = reply.json
    counts, days, types, units = recomputed(query, keep, today().year)
    assert [found[n] for n in ("filed", "returned", "refused", "registered", "cancelled", "revoked")] == [
        counts[n] for n in ("filed", "correction", "refused", "registered", "cancelled", "revoked")]
    assert [found["median_days_from_" + name] for name in ("submission", "acceptance")] == [days.get("submission"), days.get("acceptance")]
    assert found["by_type"] == [{"contract_type": t, "count": n, "total_amount": money(a), "technology_amount": money(e)}
                                for t, (n, a, e) in sorted(types.items())]
    assert found["count"] == sum(n for n, _, _ in types.values()) and found["year"] == str(today().year)
    for place, name in ((1, "total_amount"), (2, "technology_amount")):
        assert fen(found[name]) == sum(sums[place] for sums in types.values())
    return found, units


def test_an_agency_and_its_units(tcrd, query, story):
    agency = story["agency"]
    path = f"/v1/agencies/{agency['id']}/performance"
    found, units = agrees(tcrd.https(story["account"]).get(path), query, lambda r, _: str(r["agency_id"]) == agency["id"])
    assert [found[n] for n in ("filed", "returned", "refused", "registered", "cancelled", "revoked", "count")] == [24, 4, 4, 19, 1, 1, 17]
    assert {u["unit"]: [u["count"], fen(u["total_amount"]), fen(u["technology_amount"])] for u in found["units"]} == {
        **{name: units.get(name, [0, 0, 0]) for name in UNITS[:2]}, **units}
    assert [(u["code"], u["unit"]) for u in found["units"]] == [("03", UNITS[0]), ("05", UNITS[1]), (None, UNITS[2]), (None, None)]
    assert [u["id"] is None for u in found["units"]] == [False, False, True, True]
    for role in ("bureau", "auditor"):
        assert tcrd.https(role).get(path).json == found
    assert tcrd.https("bureau").get(path + "?year=2001").json["by_type"] == []
    assert tcrd.https("bureau").get(path + "?year=2001").json["median_days_from_submission"] is None
    assert today().month == 1 or float(found["median_days_from_submission"]) > float(found["median_days_from_acceptance"]) > 0
    statistics_row = tcrd.https("bureau").get(f"/v1/statistics?by=year&agency={agency['id']}&period={today().year}")
    if statistics_row.status == 200:
        assert statistics_row.json["rows"][0]["technology_amount"] == found["technology_amount"]


def test_a_registrar_sees_what_the_point_decides(tcrd, query, story):
    agency = story["agency"]
    path = f"/v1/agencies/{agency['id']}/performance"
    points = dict(query("select code, id from tcr.registration_point"))
    parts = []
    for role, code in (("registrar", "01"), ("mengyin", "61")):
        found, _ = agrees(tcrd.https(role).get(path), query,
                          lambda r, _, p=points[code]: str(r["agency_id"]) == agency["id"] and r["point_id"] == p)
        parts.append(found)
    whole = tcrd.https("bureau").get(path).json
    assert all(part["count"] for part in parts) and sum(part["count"] for part in parts) == whole["count"]


def test_a_broker(tcrd, query, story):
    for broker in story["brokers"]:
        path = f"/v1/brokers/{broker['id']}/performance"
        found, _ = agrees(tcrd.https("bureau").get(path), query, lambda _, text, b=broker: text.get("broker") == b["id"])
        assert found["registered"] > 0 and found["name"] == broker["name"]
        assert tcrd.https(story["account"]).get(path).status == (200 if broker["agency"] else 404), "the agency of the broker only"
    assert tcrd.https("agency2").get(f"/v1/brokers/{story['brokers'][0]['id']}/performance").status == 404
    # A rival that names the broker: the broker's agency does not see what for.
    broker = story["brokers"][0]
    rival = tcrd.https("agency2").submit(contract_body(broker=broker["id"])).json
    registrar = tcrd.https("registrar")
    assert registrar.act(registrar.act(rival, "accept").json, "certify", PASSED).status == 200
    path = f"/v1/brokers/{broker['id']}/performance"
    named = lambda text: text.get("broker") == broker["id"]
    agency_id = int(story["agency"]["id"])
    all_of_it, _ = agrees(tcrd.https("bureau").get(path), query, lambda _, text: named(text))
    own, _ = agrees(tcrd.https(story["account"]).get(path), query, lambda row, text: row["agency_id"] == agency_id and named(text))
    assert all_of_it["registered"] == own["registered"] + 1 and all_of_it["filed"] == own["filed"] + 1
    assert tcrd.https("bureau").get("/v1/brokers/999999999/performance").status == 404
    plan = "\n".join(row[0] for row in query("""set enable_seqscan = off; explain select b.contract_id from tcr.contract_release b
        where strpos(b.body, '"broker":"') > 0 and substring(b.body from '"broker":"((?:[^"\\\\]|\\\\.)*)"') = '7'"""))
    query("set enable_seqscan = on")
    assert "contract_release_broker" in plan, plan


def test_a_point(tcrd, query, story):
    point = query("select id from tcr.registration_point where code = '61'")[0][0]
    path = f"/v1/points/{point}/performance"
    found, _ = agrees(tcrd.https("mengyin").get(path), query, lambda r, _: r["point_id"] == point)
    assert found["filed"] == 6
    assert tcrd.https("auditor").get(path).json == found
    assert tcrd.https("registrar").get(path).status == 404 and tcrd.https("agency").get(path).status == 403
    agrees(tcrd.https("registrar").get("/v1/points/1/performance"), query, lambda r, _: r["point_id"] == 1)


def test_wrong_and_foreign_questions(tcrd, story):
    path = f"/v1/agencies/{story['agency']['id']}/performance"
    absent = tcrd.https("agency2").get("/v1/agencies/999999999/performance")
    foreign = tcrd.https("agency2").get(path)
    assert (absent.status, foreign.status) == (404, 404) and absent.json["detail"] == foreign.json["detail"]
    assert tcrd.https("county").get(path).status == 403 and tcrd.https("admin").get(path).status == 403
    for year in ("abc", "-1", "0", "1", "99999", "9" * 30):
        reply = tcrd.https("bureau").get(path + "?year=" + year)
        assert reply.status == 400 and [e["pointer"] for e in reply.json["errors"]] == ["?year"], year


# The audit

def audit(tcrd, role="auditor", **question):
    reply = tcrd.https(role).get("/v1/audit?" + urllib.parse.urlencode(question))
    assert reply.status == 200, reply
    return reply.json


def test_audit_is_listed_by_what_was_done(tcrd, query, story):
    agency = "agency " + story["agency"]["id"]
    rows = audit(tcrd, object=agency, event="agency.add")["items"]
    assert [(r["account"], r["event"], r["object"], r["outcome"]) for r in rows] == [("bureau", "agency.add", agency, "ok")]
    assert rows[0]["peer"].startswith("127.0.0.1") and rows[0]["at"].startswith(str(query("select extract(year from now())::int")[0][0]))
    units = audit(tcrd, role="admin", object=agency, event="unit.add")["items"]
    assert len(units) == 2 and all(r["object"].endswith(" of " + agency) for r in units)
    certified = audit(tcrd, account="mengyin", event="contract.certify", limit=200)["items"]
    assert len(certified) == query("select count(*) from tcr.audit u join tcr.account a on a.id = u.account_id"
                                   " where a.name = 'mengyin' and u.event = 'contract.certify'")[0][0] > 0
    assert audit(tcrd, account="nobody")["items"] == []


def test_audit_pages_are_newest_first_and_whole(tcrd, query, story):
    seen, cursor = [], None
    while True:
        page = audit(tcrd, account=story["account"], event="contract.submit", limit=7, **({"cursor": cursor} if cursor else {}))
        seen += [int(r["id"]) for r in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    wanted = query("select u.id from tcr.audit u join tcr.account a on a.id = u.account_id where a.name = %s"
                   " and u.event = 'contract.submit' order by u.id desc", story["account"])
    assert seen == [row[0] for row in wanted] and len(seen) == 24


def test_a_list_of_things_read_is_found_by_each(tcrd, query):
    query("""insert into tcr.audit (account_id, event, object, outcome, request_id, peer) values
        (1, 'contract.list', 'contract 900011,900012,900013', 'ok', 'r', 'p'), (1, 'x', 'key 5 of contract 900012', 'ok', 'r', 'p'),
        (1, 'contract.get', 'contract 9000123', 'ok', 'r', 'p'), (1, 'agency.get', 'agency 900012', 'ok', 'r', 'p')""")
    assert [r["event"] for r in audit(tcrd, object="contract 900012")["items"]] == ["x", "contract.list"]


def test_audit_by_days_and_who_may_ask(tcrd, query):
    query("insert into tcr.audit (at, account_id, event, object, outcome, request_id, peer) values"
          " ('2026-02-28 23:59:59+08', 1, 'long.ago', '', 'ok', 'r', 'p'), ('2026-03-01 00:00:00+08', 1, 'long.ago', '', 'ok', 'r', 'p')")
    assert len(audit(tcrd, event="long.ago", **{"from": "2026-02-28", "to": "2026-02-28"})["items"]) == 1
    both = audit(tcrd, event="long.ago", **{"from": "2026-02-28", "to": "2026-03-01"})
    assert len(both["items"]) == 2 and (both["from"], both["to"]) == ("2026-02-28", "2026-03-01")
    assert len(audit(tcrd, event="long.ago", to="2026-03-30")["items"]) == 2, "31 days to that day"
    assert audit(tcrd, event="long.ago", **{"from": "2026-03-02", "to": "2026-03-30"})["items"] == []
    for role in ("agency", "registrar", "reviewer", "county", "bureau"):
        assert tcrd.https(role).get("/v1/audit").status == 403, role
    assert tcrd.https().get("/v1/audit").status == 401
    wrong = tcrd.https("auditor").get("/v1/audit?from=2026-02-30&limit=201&cursor=x")
    assert wrong.status == 400 and {e["pointer"] for e in wrong.json["errors"]} == {"?from", "?limit", "?cursor"}
    wait_until(lambda: query("select count(*) from tcr.audit where event = 'audit.list' and object like %s",
                             "audit 2026-02-28..2026-02-28 long.ago%")[0][0] == 1, "who reads the audit is in it")
    assert tcrd.rpc("auditor").call("audit.list", event="long.ago", to="2026-03-30", limit=1)["next"] is not None
