"""Holds on parties: placed, shown to who decides, asked about at a certification, lifted, expired."""
import datetime
import uuid

from clients import RpcError
from contracts import PASSED, credit_code, identity_number, today
from registered import registered


def tomorrow(days=1):
    return (today() + datetime.timedelta(days=days)).isoformat()


def hold(client, party=None, **changes):
    return client.post("/v1/holds", {"party": party or credit_code(), "reason": "线索核查中", "expires_on": tomorrow(), **changes})


def lift(client, placed, **kw):
    return client.post(f"/v1/holds/{placed['id']}/lift", {"note": "核查完毕"}, **kw)


def test_place_list_lift(tcrd):
    bureau, code = tcrd.https("bureau"), credit_code()
    once = uuid.uuid4().hex
    body = {"party": code, "reason": "线索核查中", "expires_on": tomorrow(30)}
    placed = bureau.post("/v1/holds", body, key=once)
    assert placed.status == 201, placed
    assert (placed.json["party"], placed.json["is_active"], placed.json["placed_by"]) == (code, True, "bureau")
    assert bureau.post("/v1/holds", body, key=once).json == placed.json
    assert bureau.post("/v1/holds", dict(body, reason="另"), key=once).code == "key_reused"
    for role in ("bureau", "registrar", "reviewer", "auditor"):
        items = tcrd.https(role).get("/v1/holds?active=true&party=" + code).json["items"]
        assert [i["id"] for i in items] == [placed.json["id"]], role
    for role in ("agency", "county"):
        assert tcrd.https(role).get("/v1/holds").status == 403
    lifted = lift(bureau, placed.json)
    assert lifted.status == 200 and lifted.json["is_active"] is False and lifted.json["lift_note"] == "核查完毕", lifted
    assert lift(bureau, placed.json).code == "state"
    assert bureau.get("/v1/holds?active=true&party=" + code).json["items"] == []
    assert len(bureau.get("/v1/holds?active=false&party=" + code).json["items"]) == 1


def test_who_may_place_and_lift(tcrd):
    by_bureau, by_point = hold(tcrd.https("bureau")).json, hold(tcrd.https("registrar")).json
    assert by_bureau["point"] is None and by_point["point"]
    for role in ("agency", "auditor", "county", "reviewer", "admin"):
        assert hold(tcrd.https(role)).status == 403, role
        assert lift(tcrd.https(role), by_point).status == 403, role
    assert hold(tcrd.https()).status == 401
    assert lift(tcrd.https("registrar"), by_bureau).status == 403
    assert lift(tcrd.https("second"), by_point).status == 200, "the same point"
    assert lift(tcrd.https("bureau"), by_bureau).status == 200
    assert lift(tcrd.https("bureau"), {"id": "99999999"}).status == 404
    assert lift(tcrd.https("bureau"), {"id": "x"}).status in (400, 404)


def test_bad_bodies(tcrd):
    bureau = tcrd.https("bureau")
    wrong = bureau.post("/v1/holds", {"party": "", "reason": 5, "expires_on": "2026-02-30", "x": 1})
    assert wrong.status == 422 and {e["pointer"] for e in wrong.json["errors"]} == {"/party", "/reason", "/expires_on", "/x"}, wrong
    assert {e["pointer"] for e in hold(bureau, expires_on=tomorrow(-1)).json["errors"]} == {"/expires_on"}
    assert {e["pointer"] for e in hold(bureau, party="x" * 101, reason="y" * 501).json["errors"]} == {"/party", "/reason"}
    placed = hold(bureau).json
    assert bureau.post(f"/v1/holds/{placed['id']}/lift", {}).json["errors"][0]["pointer"] == "/note"
    assert bureau.post("/v1/holds", {"party": "x", "reason": "y", "expires_on": tomorrow()}, key=False).code == "key_missing"
    for query in ("active=maybe", "cursor=x", "limit=0", "nonsense=1"):
        assert bureau.get("/v1/holds?" + query).status == 400, query


def test_an_identity_number_is_shown_to_the_point_that_placed_it(tcrd):
    number = identity_number()
    placed = hold(tcrd.https("registrar"), number).json
    masked = number[:6] + "********" + number[-4:]
    for role, shown in (("registrar", number), ("second", number), ("bureau", masked), ("auditor", masked), ("reviewer", masked)):
        items = tcrd.https(role).get("/v1/holds?party=" + number).json["items"]
        assert [(i["id"], i["party"]) for i in items] == [(placed["id"], shown)], role


def test_a_hold_is_asked_about_at_a_certification(tcrd, query):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = tcrd.accepted()
    placed = hold(tcrd.https("bureau"), contract["buyer"]["credit_code"]).json
    path = "/v1/contracts/" + contract["id"]
    shown = registrar.get(path).json["holds"]
    assert [(h["id"], h["reason"]) for h in shown] == [(placed["id"], "线索核查中")]
    assert "holds" not in agency.get(path).json, "who filed is not told"
    refused = registrar.act(contract, "certify", PASSED)
    assert refused.status == 422 and "party.hold" in refused.rules, refused
    answer = {"checklist": PASSED["checklist"] + [{"rule": "party.hold", "answer": True, "note": "已核实"}]}
    assert registrar.act(contract, "certify", answer).status == 200


def test_a_hold_expires_by_itself(tcrd, query):
    contract = tcrd.accepted()
    placed = hold(tcrd.https("bureau"), contract["seller"]["credit_code"]).json
    query("update tcr.hold set placed_on = placed_on - 9, expires_on = placed_on - 1 where id = %s", placed["id"])
    path = "/v1/contracts/" + contract["id"]
    assert tcrd.https("registrar").get(path).json["holds"] == []
    assert lift(tcrd.https("bureau"), placed).code == "state"
    assert tcrd.https("registrar").act(contract, "certify", PASSED).status == 200


def test_holds_over_rpc_and_pages(tcrd):
    bureau = tcrd.rpc("bureau")
    code = credit_code()
    made = [bureau.call("hold.place", idempotency_key=uuid.uuid4().hex, body={"party": code, "reason": f"第{n}次", "expires_on": tomorrow()})
            for n in range(5)]
    seen, cursor = [], {}
    while cursor is not None:
        page = bureau.call("hold.list", party=code, limit=2, **cursor)
        seen += [h["id"] for h in page["items"]]
        cursor = {"cursor": int(page["next"])} if page["next"] else None
    assert seen == [h["id"] for h in reversed(made)]
    try:
        tcrd.rpc("agency").call("hold.list")
        raise AssertionError("an agency sees no holds")
    except RpcError as refusal:
        assert refusal.data["status"] == 403


def test_holds_are_audited_and_never_deleted(tcrd, query):
    placed = hold(tcrd.https("bureau")).json
    lift(tcrd.https("bureau"), placed)
    assert query("select event from tcr.audit where object = %s and outcome = 'ok' order by id", "hold " + placed["id"]) == [
        ("hold.place",), ("hold.lift",)]
    import psycopg2
    import pytest
    with pytest.raises(psycopg2.Error):
        query("delete from tcr.hold where id = %s", placed["id"])


def test_a_registered_contract_is_shown_with_its_holds(tcrd):
    contract = registered(tcrd)
    hold(tcrd.https("registrar"), contract["seller"]["credit_code"])
    for role, shown in (("registrar", 1), ("bureau", 1), ("auditor", 1)):
        assert len(tcrd.https(role).get("/v1/contracts/" + contract["id"]).json["holds"]) == shown, role
