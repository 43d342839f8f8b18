"""The registers beside the agencies' own list: changes of agencies, their accreditation and units, brokers, registration points."""
import concurrent.futures
import datetime
import urllib.parse
import uuid

import pytest

from contracts import contract_body, credit_code, identity_number, today
from harness import wait_until
from test_agencies import body as agency_body


def key():
    return uuid.uuid4().hex


def days(count):
    return (today() + datetime.timedelta(days=count)).isoformat()


def added(client, path, sent):
    reply = client.post(path, sent)
    assert reply.status == 201, reply
    assert reply.etag == f'"{reply.json["version"]}"'
    return reply.json


def same(body):
    """What a PUT must carry to change nothing."""
    return {k: v for k, v in body.items() if k not in ("id", "version", "created_at", "is_active")}


# Agencies

def test_an_agency_is_changed_as_a_whole(tcrd, query):
    bureau = tcrd.https("bureau")
    made = added(bureau, "/v1/agencies", agency_body(contact={"name": "李明", "phone": "13900000000", "address": "解放路1号"}))
    path = "/v1/agencies/" + made["id"]
    assert made["contact"] == {"name": "李明", "phone": "13900000000", "email": None, "address": "解放路1号"}
    sent = agency_body(kind="university")
    done = bureau.put(path, sent, if_match=made["version"])
    assert done.status == 200 and {k: done.json[k] for k in sent} == sent, done
    assert done.json["contact"]["phone"] is None, "what the body leaves out is none"
    assert done.json["version"] == made["version"] + 1 and done.etag == f'"{done.json["version"]}"'
    assert query("select event from tcr.audit where object = %s order by id", "agency " + made["id"]) == [
        ("agency.add",), ("agency.change",)]
    assert bureau.put(path, sent, if_match=made["version"]).code == "stale"
    assert bureau.put(path, sent).code == "match_missing"
    assert bureau.put(path, {"name": 1}).code == "match_missing", "before the faults"
    assert bureau.put("/v1/agencies/999999999", sent).status == 404, "before the missing header"
    assert bureau.put(path, {"name": 1}, if_match=made["version"]).code == "stale", "faults come last"
    other = added(bureau, "/v1/agencies", agency_body())
    both = bureau.put(path, {**sent, "name": other["name"], "credit_code": other["credit_code"]}, if_match=done.json["version"])
    assert both.rules == ["agency.credit_code_used", "agency.name_used"]
    for role in ("agency", "registrar", "auditor", "county", "reviewer"):
        assert tcrd.https(role).put(path, sent, if_match=1).status == 403, role


def test_accreditation_is_a_property(tcrd, query, installation):
    bureau = tcrd.https("bureau")
    level = {"level": "provincial", "number": "鲁技转2024-18", "valid_from": days(-400)}
    running = added(bureau, "/v1/agencies", agency_body(accreditation={**level, "valid_to": days(0)}))
    assert running["accreditation"] == {**level, "valid_to": days(0), "is_valid": True}, "the last day counts"
    for accreditation, valid in (({**level, "valid_to": days(-1)}, False), ({**level, "valid_from": days(1), "valid_to": None}, False),
                                 ({**level, "valid_to": None}, True)):
        made = added(bureau, "/v1/agencies", agency_body(accreditation=accreditation))
        assert made["accreditation"]["is_valid"] is valid, made
    found = bureau.get(f"/v1/agencies?level=provincial&q={urllib.parse.quote(running['name'])}").json["items"]
    assert [g["id"] for g in found] == [running["id"]]
    assert bureau.get(f"/v1/agencies?level=city&q={urllib.parse.quote(running['name'])}").json["items"] == []
    wrong = bureau.post("/v1/agencies", agency_body(accreditation={"level": "world", "valid_to": "soon"}))
    assert {(e["pointer"], e["rule"]) for e in wrong.json["errors"]} == {
        ("/accreditation/level", "body.code"), ("/accreditation/number", "body.required"),
        ("/accreditation/valid_from", "body.required"), ("/accreditation/valid_to", "body.date")}
    wrong = bureau.post("/v1/agencies", agency_body(accreditation={**level, "valid_to": days(-401)}))
    assert [(e["pointer"], e["rule"]) for e in wrong.json["errors"]] == [
        ("/accreditation/valid_to", "agency.accreditation_period")]
    # Its end bars nobody from filing.
    service = added(bureau, "/v1/agencies", agency_body(kind="service_point", accreditation={**level, "valid_to": days(-1)}))
    installation.add_account("expired-agency", "--roles", "agency", "--agency", service["id"])
    assert tcrd.https("expired-agency").submit(contract_body()).status == 201


def test_who_sees_an_agency_and_its_contact(tcrd, query):
    bureau = tcrd.https("bureau")
    own = query("select id, name, version from tcr.agency where name = '测试服务点一'")[0]
    mine = bureau.get(f"/v1/agencies/{own[0]}").json
    bureau.put(f"/v1/agencies/{own[0]}", {**same(mine), "contact": {"phone": "13911112222"}}, if_match=mine["version"])
    path = f"/v1/agencies/{own[0]}"
    for role, phone in (("agency", True), ("bureau", True), ("admin", True), ("registrar", False), ("auditor", False), ("county", False)):
        seen = tcrd.https(role).get(path)
        assert seen.status == 200 and ("contact" in seen.json) is phone, (role, seen)
        assert phone == (b"13911112222" in seen.body), role
    absent = tcrd.https("agency2").get("/v1/agencies/999999999")
    foreign = tcrd.https("agency2").get(path)
    assert (foreign.status, foreign.json["detail"]) == (404, absent.json["detail"])
    assert tcrd.https("agency").get("/v1/agencies").status == 403
    elsewhere = added(bureau, "/v1/agencies", agency_body(region="371323"))
    assert tcrd.https("county").get("/v1/agencies/" + elsewhere["id"]).status == 404
    assert {g["region"] for g in tcrd.https("county").get("/v1/agencies?limit=200").json["items"]} == {"371302"}


def test_disable_and_enable(tcrd, installation):
    bureau = tcrd.https("bureau")
    made = added(bureau, "/v1/agencies", agency_body(kind="service_point"))
    path = "/v1/agencies/" + made["id"]
    installation.add_account("switched", "--roles", "agency", "--agency", made["id"])
    with tcrd.https("switched") as client:
        contract = client.submit(contract_body()).json
        assert bureau.post(path + "/enable", {}, if_match=made["version"]).code == "state"
        once = key()
        off = bureau.post(path + "/disable", {}, if_match=made["version"], key=once)
        assert off.status == 200 and off.json["is_active"] is False, off
        assert client.submit(contract_body()).status == 403
        assert client.get("/v1/contracts/" + contract["id"]).status == 404
        assert bureau.post(path + "/disable", {}, if_match=off.json["version"]).code == "state"
        assert bureau.post(path + "/disable", {}, if_match=made["version"], key=once).body == off.body, "replay"
        assert bureau.get("/v1/contracts/" + contract["id"]).status == 200
        on = bureau.post(path + "/enable", if_match=off.json["version"])
        assert on.status == 200 and on.json["is_active"] is True, on
        assert client.submit(contract_body()).status == 201
    assert bureau.post(path + "/disable", {"why": 1}, if_match=on.json["version"]).rules == ["body.unknown"]
    assert tcrd.https("agency").post(path + "/disable", {}, if_match=1).status == 403


# Units

def test_units_of_a_university(tcrd, query, installation):
    bureau = tcrd.https("bureau")
    made = added(bureau, "/v1/agencies", agency_body(kind="university"))
    path = f"/v1/agencies/{made['id']}/units"
    installation.add_account("university", "--roles", "agency", "--agency", made["id"])
    own = tcrd.https("university")
    first = added(own, path, {"name": "化学化工学院", "code": "03"})
    assert (first["agency"], first["is_active"], first["code"]) == (made["id"], True, "03")
    second = added(bureau, path, {"name": "机械学院"})
    again = own.post(path, {"name": "化学化工学院", "code": "03"})
    assert again.rules == ["unit.code_used", "unit.name_used"]
    changed = own.put(f"{path}/{first['id']}", {"name": "化学院", "is_active": False}, if_match=first["version"])
    assert changed.status == 200 and changed.json["code"] is None and changed.json["is_active"] is False, changed
    assert own.put(f"{path}/{first['id']}", {"name": "机械学院"}, if_match=changed.json["version"]).rules == ["unit.name_used"]
    assert own.put(f"{path}/{first['id']}", {"name": "化学院"}, if_match=first["version"]).code == "stale"
    assert [u["name"] for u in own.get(path).json["items"]] == ["化学院", "机械学院"]
    assert [u["id"] for u in tcrd.https("auditor").get(path + "?active=true").json["items"]] == [second["id"]]
    # Foreign and absent alike; a unit belongs to its own agency only.
    other = added(bureau, "/v1/agencies", agency_body(kind="institute"))
    assert own.post(f"/v1/agencies/{other['id']}/units", {"name": "一室"}).status == 404
    assert own.get(f"/v1/agencies/{other['id']}/units").status == 404
    assert bureau.put(f"/v1/agencies/{other['id']}/units/{first['id']}", {"name": "一室"}, if_match=1).status == 404
    assert tcrd.https("registrar").post(path, {"name": "一室"}).status == 403
    assert tcrd.https("both").post(path, {"name": "一室"}).code == "forbidden", "seen as a registrar, kept by others"
    # Only universities and institutes have them, and one that has stays one.
    shop = added(bureau, "/v1/agencies", agency_body(kind="enterprise"))
    assert bureau.post(f"/v1/agencies/{shop['id']}/units", {"name": "一室"}).rules == ["unit.kind"]
    assert bureau.put("/v1/agencies/" + made["id"], {**same(made), "kind": "enterprise"}, if_match=made["version"]).rules == ["unit.kind"]


# Brokers

def broker(**changes):
    return {"name": "王经理", "certificate_number": "T" + key()[:12], "level": "senior", "region": "371302", "phone": "13922223333",
            "identity_number": identity_number(birthday=f"19{uuid.uuid4().int % 90 + 10}0{uuid.uuid4().int % 9 + 1}1{uuid.uuid4().int % 10}"),
            **changes}


def test_a_broker_is_added_changed_and_found(tcrd, query):
    bureau = tcrd.https("bureau")
    agency_id = str(query("select id from tcr.agency where name = '测试服务点一'")[0][0])
    sent = broker(agency=agency_id)
    made = added(bureau, "/v1/brokers", sent)
    assert {k: made[k] for k in sent if k != "agency"} == {k: v for k, v in sent.items() if k != "agency"}
    assert made["agency"] == {"id": agency_id, "name": "测试服务点一"} and made["is_active"] is True
    path = "/v1/brokers/" + made["id"]
    found = tcrd.https("agency").get(f"/v1/brokers?agency={agency_id}&q={sent['certificate_number']}").json["items"]
    assert found == [made], "the own agency sees telephone and identity number"
    for role in ("agency2", "registrar", "auditor", "county"):
        seen = tcrd.https(role).get(path)
        assert seen.status == 200 and not {"phone", "identity_number"} & set(seen.json), role
        assert sent["identity_number"].encode() not in seen.body
    wait_until(lambda: ("auditor",) in query(
        "select a.name from tcr.audit u join tcr.account a on a.id = u.account_id where u.event = 'broker.get' and u.object = %s",
        "broker " + made["id"]), "reading personal data leaves a row")
    done = bureau.put(path, {"name": "王大经理", "is_active": False}, if_match=made["version"])
    assert done.status == 200 and done.json["is_active"] is False and done.json["identity_number"] is None, done
    assert bureau.put(path, {"name": "王"}, if_match=made["version"]).code == "stale"
    assert [b["id"] for b in bureau.get("/v1/brokers?active=false&q=" + urllib.parse.quote("王大")).json["items"]] == [made["id"]]
    assert query("select tcr.broker_is_active(%s), tcr.broker_is_active(null)", made["id"]) == [(False, True)]
    bureau.put(path, {"name": "王"}, if_match=done.json["version"])
    assert query("select tcr.broker_is_active(%s)", made["id"]) == [(True,)]
    for text in ("999999999", "0", "-1", "1 or 1", "", "99999999999999999999999"):
        assert query("select tcr.broker_is_active(%s)", text) == [(False,)], text
    for role in ("agency", "registrar", "auditor"):
        assert tcrd.https(role).post("/v1/brokers", broker()).status == 403


def test_faults_of_a_broker(tcrd):
    bureau = tcrd.https("bureau")
    first = added(bureau, "/v1/brokers", broker())
    again = bureau.post("/v1/brokers", {k: first[k] for k in ("name", "certificate_number", "identity_number")} | {"agency": 999999999})
    assert {(e["pointer"], e["rule"]) for e in again.json["errors"]} == {
        ("/certificate_number", "broker.certificate_used"), ("/identity_number", "broker.identity_used"), ("/agency", "agency.unknown")}
    good = broker()["identity_number"]
    for bad in (good[:17] + ("0" if good[17] != "0" else "1"), "123", good[:6] + "20991301" + good[14:]):
        wrong = bureau.post("/v1/brokers", broker(identity_number=bad, level="king", region="999999"))
        assert wrong.rules == ["body.code", "body.code", "broker.identity_number"], (bad, wrong)
        assert [e["article"] for e in wrong.json["errors"] if e["rule"] == "broker.identity_number"] == ["GB 11643-1999"]
    sent = broker()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        def add(_):
            with tcrd.https("bureau") as client:
                return client.post("/v1/brokers", sent)
        assert sorted(r.status for r in pool.map(add, range(6))) == [201] + [422] * 5


def refused_broker(reply):
    assert reply.status == 422 and [(e["pointer"], e["rule"]) for e in reply.json["errors"]] == [("/broker", "contract.broker")], reply
    assert reply.json["errors"][0]["zh"] and reply.json["errors"][0]["en"]


def test_a_contract_names_an_active_broker_or_none(tcrd, query):
    bureau, agency, registrar = tcrd.https("bureau"), tcrd.https("agency"), tcrd.https("registrar")
    good = added(bureau, "/v1/brokers", broker())
    gone = added(bureau, "/v1/brokers", broker())
    gone = bureau.put("/v1/brokers/" + gone["id"], {"name": "已停用", "is_active": False}, if_match=gone["version"]).json
    county = {"seller.region": "371302"}
    for bad in ("999999999", gone["id"], "王经理", "0", "9" * 60, '1","broker":"' + good["id"]):
        once = key()
        refused_broker(agency.post("/v1/contracts", contract_body(broker=bad, **county), key=once))
        assert query("select count(*) from tcr.idempotency_key where key = %s", once) == [(0,)], "the key is free again"
        checked = agency.post("/v1/contracts/check", contract_body(broker=bad), key=False).json["faults"]
        assert [(f["pointer"], f["rule"]) for f in checked] == [("/broker", "contract.broker")]
    assert agency.post("/v1/contracts/check", contract_body(broker=good["id"]), key=False).json["faults"] == []
    # That the words stand in a text makes no broker.
    told = contract_body(summary='他说 "broker":"999999999" 即可', **county)
    assert agency.submit(told).status == 201
    assert agency.submit(contract_body(broker=good["id"], **county)).status == 201
    # A draft may be anything; filing it may not. Nor a correction.
    draft = agency.post("/v1/contracts?draft=true", contract_body(broker=gone["id"], **county))
    assert draft.status == 201
    refused_broker(agency.act(draft.json, "submit"))
    filed = agency.submit(contract_body(broker=good["id"], **county)).json
    back = registrar.act(filed, "return", {"faults": [{"pointer": "/broker", "note": "x"}]}).json
    saved = agency.put("/v1/contracts/" + filed["id"], contract_body(broker=gone["id"], **county), if_match=back["seq"]).json
    refused_broker(agency.act(saved, "submit"))
    saved = agency.put("/v1/contracts/" + filed["id"], contract_body(broker=good["id"], **county), if_match=saved["seq"]).json
    assert agency.act(saved, "submit").status == 200


def test_neighbours_of_a_bad_broker_are_filed(tcrd):
    bodies = [contract_body(**({"broker": "999999999"} if i % 5 == 0 else {})) for i in range(40)]
    answers = tcrd.rpc("agency").batch([("contract.submit", {"idempotency_key": key(), "body": b}) for b in bodies])
    rules = [[e["rule"] for e in a["error"]["data"]["errors"]] if "error" in a else "ok" for a in answers]
    assert rules == [["contract.broker"] if i % 5 == 0 else "ok" for i in range(40)]


# Registration points

def test_points_are_public(tcrd, query):
    nobody = tcrd.https()
    listed = nobody.get("/v1/points").json["items"]
    assert listed[0]["name"] == "临沂市技术合同登记处" and listed[0]["number_source"] == "tcrd"
    bureau = tcrd.https("bureau")
    made = added(bureau, "/v1/points", {"code": "31", "region": "371323", "name": "沂水县技术合同登记处", "address": "长安路1号",
                                        "phone": "0539-2220000", "opening_hours": "周一至周五\n9:00-17:00"})
    assert (made["number_region"], made["number_source"], made["is_active"]) == ("3713", "tcrd", True)
    assert nobody.get("/v1/points/" + made["id"]).json == made
    assert [p["id"] for p in nobody.get("/v1/points?for=371323").json["items"]] == [made["id"]]
    assert [p["id"] for p in nobody.get("/v1/points?for=371302").json["items"]] == [listed[0]["id"]]
    assert nobody.post("/v1/points", {}, key=False).status == 401
    assert tcrd.https("registrar").post("/v1/points", {}, key=False).status == 403
    wrong = bureau.post("/v1/points", {"code": "3", "region": "999999", "number_region": "37", "name": "甲"})
    assert {(e["pointer"], e["rule"]) for e in wrong.json["errors"]} == {
        ("/code", "point.code"), ("/region", "region.unknown"), ("/number_region", "point.number_region")}
    again = bureau.post("/v1/points", {"code": "31", "region": "3713", "name": "又一个"})
    assert again.rules == ["point.code_used"] and again.json["errors"][0]["en"].endswith(": 371331")
    # Closed, nothing new comes to it; code and regions cannot be changed.
    path = "/v1/points/" + made["id"]
    assert bureau.put(path, {"name": "沂水", "region": "371302"}, if_match=made["version"]).rules == ["body.unknown"]
    closed = bureau.put(path, {"name": "沂水县登记处", "is_active": False}, if_match=made["version"])
    assert closed.status == 200 and closed.json["phone"] is None, closed
    assert [p["id"] for p in nobody.get("/v1/points?for=371323").json["items"]] == [listed[0]["id"]]
    assert query("select event from tcr.audit where object = %s order by id", "point " + made["id"]) == [("point.add",), ("point.change",)]


def test_the_last_point_stays_open(tcrd, query):
    others = query("select id from tcr.registration_point where is_active and id <> 1")
    query("update tcr.registration_point set is_active = false where id <> 1")
    try:
        point = tcrd.https().get("/v1/points/1").json
        last = tcrd.https("bureau").put("/v1/points/1", {"name": point["name"], "is_active": False}, if_match=point["version"])
        assert last.rules == ["point.last_active"]
    finally:
        query("update tcr.registration_point set is_active = true where id = any (%s)", [row[0] for row in others])


def test_numbers_stay_unique_when_their_source_changes(tcrd, query, installation):
    """A point that typed in national numbers goes on behind the highest of them; back and forth, nothing is given twice."""
    bureau = tcrd.https("bureau")
    point = added(bureau, "/v1/points", {"code": "41", "region": "371326", "name": "平邑县技术合同登记处", "number_source": "national"})
    installation.add_account("pingyi", "--roles", "registrar", "--point", "41")
    registrar, agency, year = tcrd.https("pingyi"), tcrd.https("agency"), today().year
    passed = {"checklist": [{"rule": "*", "answer": True}]}

    def certified(number=None):
        contract = agency.submit(contract_body(**{"seller.region": "371326"})).json
        contract = registrar.act(contract, "accept").json
        reply = registrar.act(contract, "certify", {**passed, **({"registration_number": number} if number else {})})
        return reply.json.get("registration_number") if reply.status == 200 else reply

    def switch(source):
        nonlocal point
        done = bureau.put("/v1/points/" + point["id"], {"name": point["name"], "number_source": source}, if_match=point["version"])
        assert done.status == 200, done
        point = done.json

    prefix = f"{year}371341"
    typed = [certified(f"{prefix}{serial:06d}") for serial in (1, 7, 3)]
    assert typed == [f"{prefix}{serial:06d}" for serial in (1, 7, 3)]
    assert certified().rules == ["certify.number"], "a national number is typed in"
    switch("tcrd")
    assert [certified(), certified()] == [f"{prefix}000008", f"{prefix}000009"]
    assert certified(f"{prefix}000010").rules == ["certify.number"]
    switch("national")
    assert certified(f"{prefix}000009").rules == ["certify.number"], "given already"
    assert certified(f"{prefix}000020") == f"{prefix}000020"
    switch("tcrd")
    assert certified() == f"{prefix}000021"
    # No other point types a number of this series in: it would leave a hole there.
    query("update tcr.registration_point set number_source = 'national' where id = 1")
    try:
        contract = tcrd.accepted(**{"seller.region": "371302"})
        strange = tcrd.https("registrar").act(contract, "certify", {**passed, "registration_number": f"{prefix}000022"})
        assert strange.rules == ["certify.number_series"], strange
    finally:
        query("update tcr.registration_point set number_source = 'tcrd' where id = 1")
    assert certified() == f"{prefix}000022"
    assert query("select count(*), count(distinct registration_number) from tcr.contract where registration_number like %s", prefix + "%") == [(8, 8)]


@pytest.mark.parametrize("path", ["/v1/agencies/{}/units", "/v1/brokers/{}", "/v1/points/{}", "/v1/accounts/{}"])
def test_what_names_nothing_is_not_there(tcrd, path):
    for text in ("0", "abc", "9999999999999999999", "999999999"):
        assert tcrd.https("bureau").get(path.format(text)).status == 404, text
    assert tcrd.https("bureau").get(path.format("1").rpartition("/")[0] + "?limit=9999").status in (400, 404)
