"""After registration: asking for changes, corrections and cancellations, deciding them, objections, revocation; who may and who not."""
import uuid

import pytest

from clients import RpcError
from contracts import contract_body, party, today
from registered import ask, change, decide, registered


def path_of(contract):
    return "/v1/contracts/" + contract["id"]


def pointers(reply):
    assert reply.status == 422, reply
    return {e["pointer"] for e in reply.json["errors"]}


def test_a_change_is_asked_for_shown_and_approved(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd, total_amount="500000.00", deductions=[{"kind": "x_parts", "amount": "100000.00"}])
    was, filed = dict(contract), agency.get(path_of(contract)).json["seller"]
    body = {"reason": "C3", "note": "履行中增加工作量", "papers": [],
            "proposed": {"total_amount": "600000.00", "term_ends_on": "2031-01-31", "seller": {"contact": {"phone": "13900000001"}}}}
    once = uuid.uuid4().hex
    asked = ask(agency, contract, "change", body, key=once)
    assert asked.status == 201, asked
    request = asked.json
    assert asked.headers["Location"] == "/v1/requests/" + request["id"]
    assert (request["kind"], request["status"], request["contract"]) == ("change", "pending", contract["id"])
    assert request["due_on"] > today().isoformat() and request["asked_on"] == today().isoformat()
    assert request["proposed"] == body["proposed"] and request["reason"] == "C3" and request["on_behalf_of"] == "agency"
    again = agency.act(was, "change", body, key=once)
    assert (again.status, again.json, again.etag) == (201, request, asked.etag)
    assert agency.act(was, "change", dict(body, note="另"), key=once).code == "key_reused"

    shown = agency.get(path_of(contract)).json
    assert shown["status"] == "registered" and shown["total_amount"] == "500000.00" and shown["seq"] == contract["seq"]
    assert [(r["id"], r["kind"], r["due_on"]) for r in shown["requests"]] == [(request["id"], "change", request["due_on"])]
    assert "phone" not in str(shown["requests"])
    second = ask(agency, contract, "change", body)
    assert second.code == "state" and request["id"] in second.json["detail"], second

    done = decide(registrar, request, "approve", {"note": "同意"})
    assert done.status == 200, done
    assert (done.json["status"], done.json["decided_by"], done.json["decision_note"]) == ("approved", "registrar", "同意")
    assert done.json["determined"]["total_amount"] == "600000.00" and done.json["determined"]["technology_amount"] == "500000.00"
    now = agency.get(path_of(contract)).json
    assert now["total_amount"] == "600000.00" and now["technology_amount"] == "500000.00" and now["term_ends_on"] == "2031-01-31"
    assert now["determined"]["technology_amount"] == "500000.00" and now["requests"] == []
    assert now["registration_number"] == was["registration_number"] and f'"{now["seq"]}"' == done.etag
    assert now["seller"] == dict(filed, contact=dict(filed["contact"], phone="13900000001"))

    releases = agency.get(path_of(contract) + "/releases").json["items"]
    assert [r["event"] for r in releases] == ["submit", "accept", "certify", "request_change", "change"]
    assert releases[0]["filed"]["total_amount"] == "500000.00" and releases[0]["filed"]["seller"] == filed, "the filed copy stays"
    assert releases[4]["filed"]["total_amount"] == "600000.00" and releases[4]["total_amount"] == "600000.00"
    assert releases[3]["detail"]["proposed"] == body["proposed"]
    certificate = tcrd.https().get(f"/v1/certificates/{was['registration_number']}?check={was['check_code']}").json
    assert certificate["status"] == "changed" and certificate["total_amount"] == "600000.00"


def test_papers_are_attachments_of_the_contract(tcrd):
    agency, contract = tcrd.https("agency"), registered(tcrd)
    scan = b"%PDF-1.7\n" + contract["id"].encode() + b"\n%%EOF"
    put = agency.put(path_of(contract) + "/attachments/change.pdf?kind=change", scan, headers={"Content-Type": "application/pdf"})
    assert put.status == 201, put
    contract["seq"] = agency.get(path_of(contract)).json["seq"]
    body = {"reason": "C1", "papers": ["change.pdf"], "proposed": {"summary": "甲"}}
    assert pointers(agency.act(contract, "change", dict(body, papers=["change.pdf", "else.pdf"]))) == {"/papers/1"}
    asked = ask(agency, contract, "change", body)
    assert asked.status == 201 and asked.json["papers"] == ["change.pdf"], asked
    assert tcrd.https("registrar").get("/v1/requests/" + asked.json["id"]).json["papers"] == ["change.pdf"]


def test_personal_data_of_a_proposal_are_for_owner_and_registrar(tcrd):
    contract = registered(tcrd)
    agency = tcrd.https("agency")
    request = ask(agency, contract, "change", {"reason": "C1", "proposed": {
        "summary": "新的技术内容", "buyer": {"contact": {"name": "张敏", "phone": "13912345678"}}}}).json
    for role, sees in (("agency", True), ("registrar", True), ("bureau", False), ("auditor", False), ("reviewer", False)):
        client = tcrd.https(role)
        for text in (client.get("/v1/requests/" + request["id"]).body, client.get("/v1/requests?contract=" + contract["id"]).body,
                     client.get(path_of(contract) + "/releases").body):
            assert (b"13912345678" in text, "新的技术内容".encode() in text) == (sees, True), (role, text)
        assert b"proposed_private" not in client.get(path_of(contract) + "/releases").body


def test_determined_values_stay_under_a_change_and_give_way_where_it_speaks(tcrd):
    contract = registered(tcrd, total_amount="500000.00", deductions=[], technical_field="05",
                          determined={"technical_field": "07", "deductions": [{"kind": "x_parts", "amount": "100000.00"}]})
    assert contract["determined"]["technology_amount"] == "400000.00"
    done = change(tcrd, contract, {"project_name": "更名后的项目" + contract["id"], "total_amount": "550000.00"})
    assert done["determined"]["technical_field"] == "07" and done["determined"]["technology_amount"] == "450000.00"
    done = change(tcrd, contract, {"technical_field": "02", "deductions": [{"kind": "x_parts", "amount": "50000.00"}]})
    assert done["determined"]["technical_field"] == "02" and done["determined"]["technology_amount"] == "500000.00"
    done = change(tcrd, contract, {"summary": "再变"}, determined={"technical_field": "03"})
    assert done["determined"]["technical_field"] == "03"
    got = tcrd.https("agency").get(path_of(contract)).json
    assert got["technical_field"] == "02" and got["determined"]["technical_field"] == "03"
    assert "deductions" not in got["determined"], "the change speaks of the deductions"
    last = tcrd.https("agency").get(path_of(contract) + "/releases").json["items"][-1]
    assert {"pointer": "/technical_field", "before": "02", "after": "03"} in last["detail"]["differences"]


def test_a_proposal_is_compared_with_what_is_registered(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd, total_amount="500000.00", deductions=[],
                          determined={"total_amount": "450000.00", "deductions": [{"kind": "x_parts", "amount": "100000.00"}]})
    for proposed in ({"total_amount": "450000.00"}, {"deductions": [{"kind": "x_parts", "amount": "100000.00"}]}, {"signed_on": contract["signed_on"]}):
        assert agency.act(contract, "change", {"reason": "C1", "proposed": proposed}).rules == ["request.nothing_changed"], proposed
    # As filed, but not as registered.
    done = change(tcrd, contract, {"deductions": []})
    assert (done["determined"]["total_amount"], done["determined"]["technology_amount"]) == ("450000.00", "450000.00")
    done = change(tcrd, contract, {"total_amount": "500000.00"})
    assert (done["determined"]["total_amount"], done["determined"]["technology_amount"]) == ("500000.00", "500000.00")
    # The registrar may leave what counts as it is and take the new statement all the same, but not nothing at all.
    asked = ask(agency, contract, "change", {"reason": "C1", "proposed": {"total_amount": "520000.00"}}).json
    kept = decide(registrar, asked, "approve", {"determined": {"total_amount": "500000.00"}, "note": "不予核增"})
    assert kept.status == 200 and kept.json["determined"]["total_amount"] == "500000.00", kept
    contract["seq"] = int(kept.etag.strip('"'))
    assert agency.get(path_of(contract)).json["total_amount"] == "520000.00"
    assert agency.act(contract, "change", {"reason": "C1", "proposed": {"total_amount": "500000.00"}}).rules == ["request.nothing_changed"]


def test_every_fault_of_a_proposal_at_once(tcrd):
    agency = tcrd.https("agency")
    contract = registered(tcrd, total_amount="500000.00", deductions=[{"kind": "x_parts", "amount": "100000.00"}])
    wrong = agency.act(contract, "change", {
        "reason": "N1", "note": 5, "papers": "x", "extra": 1,
        "proposed": {"total_amount": "50000.00", "technical_field": "99", "filed_as": "agent", "row_key": "k", "undertaking": False,
                     "nonsense": 1, "term_ends_on": "2001-01-01", "seller": {"zip_code": "1"}, "buyer": "x", "currency": "USD"}})
    assert pointers(wrong) >= {"/reason", "/note", "/papers", "/extra", "/proposed/filed_as", "/proposed/row_key",
                               "/proposed/undertaking", "/proposed/nonsense", "/proposed/buyer", "/proposed/technical_field",
                               "/proposed/deductions", "/proposed/term_ends_on", "/proposed/seller/zip_code", "/proposed/exchange_rate"}
    wrong = agency.act(contract, "change", {"reason": "C1", "proposed": {
        "total_amount": "50000.00", "technical_field": "99", "term_ends_on": "2001-01-01", "seller": {"zip_code": "1"},
        "currency": "USD", "signed_on": "2999-02-30"}})
    assert pointers(wrong) >= {"/proposed/deductions", "/proposed/technical_field", "/proposed/seller/zip_code",
                               "/proposed/foreign_amount", "/proposed/exchange_rate", "/proposed/signed_on"}
    assert all(e["zh"] and e["en"] and e["rule"] for e in wrong.json["errors"])
    wrong = agency.act(contract, "object", {"note": "x", "on_behalf_of": "tax", "document": "d", "papers": ["没有.pdf", "也没有.pdf"]})
    assert pointers(wrong) == {"/on_behalf_of", "/papers/0", "/papers/1"}
    for body, where in (({}, {"/reason", "/proposed"}), ({"reason": "C9", "proposed": {}}, {"/reason", "/proposed"}),
                        ({"reason": "C1", "proposed": {"project_name": contract["project_name"]}}, {"/proposed"}),
                        ({"reason": "C1", "proposed": None}, {"/proposed"})):
        assert pointers(agency.act(contract, "change", body)) == where
    assert agency.post(path_of(contract) + "/change", b"[]", if_match=contract["seq"]).status == 400
    assert agency.get(path_of(contract)).json["seq"] == contract["seq"], "a refusal leaves no release"


def test_old_faults_in_fields_that_nobody_names_are_not_held_against_a_change(tcrd, query):
    agency = tcrd.https("agency")
    contract = registered(tcrd, plan_source="9", technical_field="04", deductions=[])
    query("update tcr.code set valid_to = '2000-01-01' where list = 'plan_source' and code = '9'")
    try:
        tcrd.restart()
        agency = tcrd.https("agency")
        assert ask(agency, contract, "change", {"reason": "C1", "proposed": {"summary": "x"}}).status == 201
        named = agency.act(contract, "correct", {"reason": "C4", "proposed": {"summary": "y", "plan_source": "9"}})
        assert pointers(named) == {"/proposed/plan_source"}
    finally:
        query("update tcr.code set valid_to = 'infinity' where list = 'plan_source' and code = '9'")
        tcrd.restart()


def test_order_of_checks(tcrd):
    agency, other, registrar = tcrd.https("agency"), tcrd.https("agency2"), tcrd.https("registrar")
    contract = registered(tcrd)
    bad, good = {"reason": 7}, {"reason": "C1", "proposed": {"summary": "x"}}
    for act in ("change", "cancel", "correct", "object"):
        path = f"{path_of(contract)}/{act}"
        assert tcrd.https().post(path, good).status == 401
        assert other.post(path, bad, if_match=1).status == 404
        assert other.post(path, good, key=False).status == 404
        assert agency.post("/v1/contracts/999999999/" + act, good, if_match=1).status == 404
        assert agency.post(path, good, key=False, if_match=contract["seq"]).code == "key_missing"
        assert agency.post(path, good).code == "match_missing"
        assert agency.post(path, bad, if_match=1).code == "stale"
        assert tcrd.https("auditor").post(path, good, if_match=contract["seq"]).status == 403
        assert tcrd.https("county").post(path, good, if_match=contract["seq"]).status == 403
    assert registrar.act(contract, "change", good).status == 403 and registrar.act(contract, "cancel", good).status == 403
    open_case = tcrd.filed()
    assert agency.act(open_case, "change", bad).code == "state", "state before faults"
    request = ask(agency, contract, "change", good).json
    path = "/v1/requests/" + request["id"]
    for verb in ("approve", "reject"):
        assert tcrd.https().post(f"{path}/{verb}", {}).status == 401
        assert agency.post(f"{path}/{verb}", {"note": "x"}, if_match=1).status == 403
        assert tcrd.https("bureau").post(f"{path}/{verb}", {"note": "x"}, if_match=1).status == 403
        assert registrar.post(f"/v1/requests/999999999/{verb}", {"note": "x"}, if_match=1).status == 404
        assert registrar.post(f"{path}/{verb}", {"note": "x"}).code == "match_missing"
        assert registrar.post(f"{path}/{verb}", {"note": "x"}, key=False, if_match=1).code == "key_missing"
        assert registrar.post(f"{path}/{verb}", {"note": 5}, if_match=1).code == "stale"
        assert pointers(decide(registrar, request, verb, {"note": 5, "x": 1})) == {"/note", "/x"}
    assert other.get(path).status == 404 and other.post(path + "/withdraw", {}, if_match=1).status == 404
    assert other.get("/v1/requests?contract=" + contract["id"]).json["items"] == []
    assert other.get(path).json["detail"] == other.get("/v1/requests/999999999").json["detail"]
    for verb in ("GET", "POST"):
        assert agency.request(verb, "/v1/requests/abc" + ("/withdraw" if verb == "POST" else ""), {} if verb == "POST" else None,
                              key="k" if verb == "POST" else None, if_match=1 if verb == "POST" else None).status in (400, 404)


def test_reject_and_withdraw(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd)
    body = {"reason": "C1", "proposed": {"summary": "甲"}}
    request = ask(agency, contract, "change", body).json
    assert pointers(decide(registrar, request, "reject", {"reasons": ["R77"]})) == {"/note", "/reasons/0"}
    done = decide(registrar, request, "reject", {"note": "依据不足", "reasons": ["R09"]})
    assert done.status == 200 and done.json["status"] == "rejected" and done.json["decision_note"] == "依据不足", done
    assert decide(registrar, request, "approve").code == "state"
    assert decide(registrar, request, "reject", {"note": "x"}).code == "state"
    contract["seq"] = int(done.etag.strip('"'))
    request = ask(agency, contract, "change", body).json
    assert decide(registrar, request, "withdraw").status == 403, "only who asked withdraws"
    gone = decide(agency, request, "withdraw")
    assert gone.status == 200 and gone.json["status"] == "withdrawn", gone
    assert decide(agency, request, "withdraw").code == "state"
    assert decide(registrar, request, "approve").code == "state"
    events = [r["event"] for r in agency.get(path_of(contract) + "/releases").json["items"]]
    assert events[3:] == ["request_change", "request_reject", "request_change", "request_withdraw"]
    assert "summary" not in agency.get(path_of(contract)).json


def test_replay_of_a_decision(tcrd):
    contract = registered(tcrd)
    request = ask(tcrd.https("agency"), contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}}).json
    registrar, once = tcrd.https("registrar"), uuid.uuid4().hex
    first = decide(registrar, request, "approve", key=once)
    again = decide(registrar, request, "approve", key=once, if_match=1)
    assert (again.status, again.json, again.etag) == (200, first.json, first.etag)
    assert decide(registrar, request, "approve", {"note": "别的"}, key=once).code == "key_reused"


def test_a_correction_by_the_point_is_decided_by_a_second_person(tcrd):
    registrar, second = tcrd.https("registrar"), tcrd.https("second")
    contract = registered(tcrd)
    name = "更正后的名称" + contract["id"]
    asked = ask(registrar, contract, "correct", {"reason": "C8", "note": "录入错误", "proposed": {"buyer": {"name": name}}})
    assert asked.status == 201 and asked.json["on_behalf_of"] == "point", asked
    own = decide(registrar, asked.json, "approve")
    assert own.status == 403 and own.code == "own_filing", own
    assert decide(registrar, asked.json, "reject", {"note": "x"}).status == 403
    assert decide(tcrd.https("agency"), asked.json, "withdraw").status == 403, "the agency did not ask"
    done = decide(second, asked.json, "approve")
    assert done.status == 200 and done.json["decided_by"] == "second", done
    assert tcrd.https("agency").get(path_of(contract)).json["buyer"]["name"] == name
    contract["seq"] = int(done.etag.strip('"'))
    asked = ask(registrar, contract, "correct", {"reason": "C8", "proposed": {"summary": "z"}})
    assert decide(registrar, asked.json, "withdraw").json["status"] == "withdrawn"


def test_nobody_decides_about_their_own_filing_or_employer(tcrd, installation, query):
    contract = registered(tcrd)
    both = tcrd.https("both")
    asked = ask(both, contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}})
    assert asked.status == 201, "as the agency it may ask"
    assert decide(both, asked.json, "approve").code == "own_filing"
    query("update tcr.account set employer_code = %s where name = 'second'", contract["buyer"]["credit_code"])
    try:
        assert decide(tcrd.https("second"), asked.json, "approve").status == 403
    finally:
        query("update tcr.account set employer_code = null where name = 'second'")
    done = decide(tcrd.https("second"), asked.json, "approve")
    assert done.status == 200
    contract["seq"], other = int(done.etag.strip('"')), party("371302")
    asked = ask(tcrd.https("agency"), contract, "change", {"reason": "C2", "proposed": {"buyer": other}})
    query("update tcr.account set employer_code = %s where name = 'second'", other["credit_code"])
    try:
        assert decide(tcrd.https("second"), asked.json, "approve").code == "own_filing", "nor makes the employer a party"
    finally:
        query("update tcr.account set employer_code = null where name = 'second'")


def test_cancellation_with_benefits(tcrd, query):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd)
    benefits = [{"kind": "VAT", "year": 2025, "amount": "1234.56"}, {"kind": "CIT", "year": 2026, "amount": "1.00"}]
    assert pointers(agency.act(contract, "cancel", {"reason": "C1", "benefits": [{"kind": "X", "year": 1, "amount": "0.00"}, 5]})) == {
        "/reason", "/benefits/0/kind", "/benefits/0/year", "/benefits/0/amount", "/benefits/1"}
    pending = ask(agency, contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}}).json
    asked = ask(agency, contract, "cancel", {"reason": "N1", "note": "双方解除", "benefits": benefits[:1]})
    assert asked.status == 201 and asked.json["benefits"] == benefits[:1], asked
    assert {r["kind"] for r in agency.get(path_of(contract)).json["requests"]} == {"change", "cancel"}
    assert pointers(decide(registrar, asked.json, "approve", {"determined": {"total_amount": "1.00"}})) == {"/note", "/determined"}
    done = decide(registrar, asked.json, "approve", {"benefits": benefits})
    assert done.status == 200 and done.json["contract_status"] == "cancelled", done
    now = agency.get(path_of(contract)).json
    assert now["status"] == "cancelled" and now["requests"] == [] and now["registration_number"] == contract["registration_number"]
    assert agency.get("/v1/requests/" + pending["id"]).json["status"] == "lapsed"
    assert tcrd.https().get("/v1/certificates/" + contract["registration_number"]).json["status"] == "cancelled"
    assert query("select kind, year, amount from tcr.benefit where contract_id = %s order by item", contract["id"]) == [
        ("VAT", 2025, 123456), ("CIT", 2026, 100)]
    contract["seq"] = now["seq"]
    refuse_everything(tcrd, contract)
    assert decide(registrar, pending, "approve").code == "state"
    body = {k: v for k, v in contract_body().items()}
    assert agency.submit(body).status == 201


def refuse_everything(tcrd, contract):
    agency, registrar, bureau = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("bureau")
    proposed = {"reason": "C1", "proposed": {"summary": "甲"}}
    replies = [agency.act(contract, "change", proposed), agency.act(contract, "correct", proposed), agency.act(contract, "cancel", {}),
               agency.act(contract, "object", {"note": "x", "on_behalf_of": "party"}), registrar.act(contract, "correct", proposed),
               bureau.act(contract, "revoke", {"ground": "V1", "note": "x"}), registrar.act(contract, "certify", {}),
               agency.act(contract, "withdraw"), registrar.act(contract, "accept")]
    assert [(r.status, r.code) for r in replies] == [(409, "state")] * len(replies), replies


def test_revocation_by_the_bureau(tcrd, query):
    bureau = tcrd.https("bureau")
    contract = registered(tcrd)
    pending = ask(tcrd.https("agency"), contract, "cancel", {"reason": "N1"}).json
    body = {"ground": "V1", "note": "以虚假合同取得登记", "document": "临科处〔2026〕3号",
            "benefits": [{"kind": "RND", "year": 2025, "amount": "500.00"}]}
    for role in ("agency", "registrar", "reviewer", "auditor", "county", "admin"):
        assert tcrd.https(role).act(contract, "revoke", body).status == 403, role
    assert pointers(bureau.act(contract, "revoke", {"ground": "N1", "note": " ", "document": 1, "benefits": [{}]})) == {
        "/ground", "/note", "/document", "/benefits/0/kind", "/benefits/0/year", "/benefits/0/amount"}
    assert bureau.act(contract, "revoke", body, if_match=1).code == "stale"
    once = uuid.uuid4().hex
    done = bureau.act(contract, "revoke", body, key=once)
    assert done.status == 200 and (done.json["status"], done.json["ground"]) == ("revoked", "V1"), done
    assert done.json["benefits"] == body["benefits"]
    assert bureau.act(contract, "revoke", body, key=once).json == done.json
    now = tcrd.https("agency").get(path_of(contract)).json
    assert now["status"] == "revoked" and now["requests"] == []
    assert tcrd.https("agency").get("/v1/requests/" + pending["id"]).json["status"] == "lapsed"
    assert tcrd.https().get("/v1/certificates/" + contract["registration_number"]).json["status"] == "revoked"
    assert query("select kind, amount from tcr.benefit where contract_id = %s", contract["id"]) == [("RND", 50000)]
    contract["seq"] = now["seq"]
    refuse_everything(tcrd, contract)
    last = bureau.get(path_of(contract) + "/releases").json["items"][-1]
    assert last["event"] == "revoke" and last["detail"]["document"] == body["document"]


def test_objection_of_a_party_and_of_tax(tcrd):
    agency, registrar, bureau = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("bureau")
    contract = registered(tcrd, total_amount="500000.00", deductions=[],
                          determined={"deductions": [{"kind": "x_parts", "amount": "100000.00"}]})
    assert pointers(agency.act(contract, "object", {"on_behalf_of": "tax", "proposed": {"project_name": "x"}, "reason": "C1"})) == {
        "/note", "/document", "/reason", "/proposed/project_name"}
    assert pointers(agency.act(contract, "object", {"on_behalf_of": "tax", "note": "x", "document": "d"})) == {"/on_behalf_of"}
    assert pointers(registrar.act(contract, "object", {"on_behalf_of": "party", "note": "x"})) == {"/on_behalf_of"}
    asked = ask(agency, contract, "object", {"reason": "O1", "note": "零部件为载体,不应扣除", "on_behalf_of": "party",
                                             "proposed": {"deductions": []}})
    assert asked.status == 201 and asked.json["kind"] == "object", asked
    asked_too = ask(bureau, contract, "object", {"reason": "O3", "note": "税务机关来函", "on_behalf_of": "tax", "document": "临税函〔2026〕8号"})
    assert asked_too.status == 201 and asked_too.json["kind"] == "redetermine", asked_too
    done = decide(registrar, asked.json, "approve")
    assert done.status == 200 and done.json["determined"]["technology_amount"] == "500000.00", done
    got = agency.get(path_of(contract)).json
    assert got["deductions" if "deductions" in got else "total_amount"] in ([], "500000.00")
    assert got["determined"]["technology_amount"] == "500000.00"
    releases = agency.get(path_of(contract) + "/releases").json["items"]
    assert releases[-1]["event"] == "redetermine" and "filed" not in releases[-1], "an objection does not touch the filed copy"
    nothing = decide(registrar, asked_too.json, "approve")
    assert pointers(nothing) == {"/determined"} and nothing.rules == ["request.nothing_changed"]
    done = decide(registrar, asked_too.json, "approve", {"note": "按来函核定", "determined": {
        "contract_type": "401", "deductions": [{"kind": "x_parts", "amount": "200000.00"}]}})
    assert done.status == 200 and done.json["determined"]["technology_amount"] == "300000.00", done
    assert done.json["determined"]["contract_type"] == "401" and done.json["document"] == "临税函〔2026〕8号"
    wrong = ask(registrar, {"id": contract["id"], "seq": int(done.etag.strip('"'))}, "object", {
        "note": "x", "on_behalf_of": "finance", "document": "d", "proposed": {"technical_field": "99", "total_amount": "1.00"}})
    assert pointers(wrong) >= {"/proposed/technical_field", "/proposed/deductions"}


def test_determined_values_at_an_approval_are_judged(tcrd):
    registrar = tcrd.https("registrar")
    contract = registered(tcrd, total_amount="500000.00", deductions=[])
    request = ask(tcrd.https("agency"), contract, "change", {"reason": "C3", "proposed": {"total_amount": "600000.00"}}).json
    wrong = decide(registrar, request, "approve", {"determined": {"total_amount": "0.00", "technical_field": "99", "project_name": "x",
                                                                  "seller": {"region": "37"}, "unknown": 1}, "benefits": []})
    assert pointers(wrong) >= {"/note", "/determined/project_name", "/determined/unknown"}
    wrong = decide(registrar, request, "approve", {"note": "x", "benefits": [{"kind": "VAT", "year": 2025, "amount": "1.00"}],
                                                   "determined": {"total_amount": "0.00", "technical_field": "99",
                                                                  "seller": {"region": "370000"}}})
    assert pointers(wrong) >= {"/benefits", "/determined/total_amount", "/determined/technical_field", "/determined/seller/region"}
    done = decide(registrar, request, "approve", {"note": "核减", "determined": {"total_amount": "550000.00"}})
    assert done.json["determined"]["total_amount"] == "550000.00", done
    got = tcrd.https("agency").get(path_of(contract)).json
    assert (got["total_amount"], got["determined"]["total_amount"]) == ("600000.00", "550000.00")


def test_an_assignment_to_another_seller(tcrd, query):
    contract = registered(tcrd, **{"seller.region": "371302"})
    new = party("371323")
    change(tcrd, contract, {"seller": dict(new, zip_code="276400")}, reason="C2")
    got = tcrd.https("agency").get(path_of(contract)).json
    assert got["seller"]["name"] == new["name"] and got["seller"]["credit_code"] == new["credit_code"]
    row = query("select seller_name, seller_code, seller_region, party_codes, registered_on, point_id, agency_id from tcr.contract"
                " where id = %s", contract["id"])[0]
    assert row[:3] == (new["name"], new["credit_code"], "371323")
    assert set(row[3]) == {new["credit_code"], contract["buyer"]["credit_code"]}
    assert tcrd.https("agency").get("/v1/contracts?party=" + new["credit_code"]).json["items"][0]["id"] == contract["id"]


def test_an_optional_part_is_added_and_taken_away(tcrd):
    contract = registered(tcrd)
    middle = party("371311")
    change(tcrd, contract, {"intermediary": middle, "intermediary_fee": "100.00", "contract_no": "新号"})
    got = tcrd.https("agency").get(path_of(contract)).json
    assert got["intermediary"]["name"] == middle["name"] and got["contract_no"] == "新号"
    agency = tcrd.https("agency")
    contract["seq"] = got["seq"]
    wrong = agency.act(contract, "change", {"reason": "C1", "proposed": {"intermediary": {}}})
    assert pointers(wrong) == {"/proposed/intermediary_fee"}, "money in, money out: a fee needs its intermediary"


def test_a_change_into_a_duplicate_is_refused(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    body = contract_body(total_amount="500000.00", deductions=[])
    twin = dict(body, total_amount="400000.00")
    first = agency.submit(body)
    assert first.status == 201
    second = agency.submit(twin)
    accepted = registrar.act(second.json, "accept").json
    answers = [{"rule": f"finding.same_{what}", "answer": True, "note": "金额不同"} for what in ("names", "number")]
    contract = registrar.act(accepted, "certify", {"checklist": answers + [{"rule": "*", "answer": True}]}).json
    asked = ask(agency, contract, "change", {"reason": "C3", "proposed": {"total_amount": "500000.00"}})
    assert asked.status == 201, asked
    assert decide(registrar, asked.json, "approve").code == "duplicate"
    assert agency.get(path_of(contract)).json["total_amount"] == "400000.00"


def test_lists_and_filters(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    made = []
    for _ in range(3):
        contract = registered(tcrd)
        made.append(ask(agency, contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}}).json["id"])
        made.append(ask(agency, contract, "correct", {"reason": "C4", "proposed": {"summary": "乙"}}).json["id"])
    seen, path = [], "/v1/requests?status=pending&kind=change&limit=2"
    while path:
        page = registrar.get(path)
        assert page.status == 200, page
        seen += [r["id"] for r in page.json["items"]]
        link = page.headers.get("Link")
        assert (link is None) == (page.json["next"] is None)
        path = link.split(";")[0].strip("<> ") if link else None
    assert set(made[::2]) <= set(seen) and not set(made[1::2]) & set(seen)
    assert seen == sorted(seen, key=int, reverse=True)
    mine = agency.get("/v1/requests?contract=" + contract["id"]).json["items"]
    assert [r["id"] for r in mine] == made[-1:-3:-1]
    assert registrar.get("/v1/requests?point=999").json["items"] == []
    assert made[0] in [r["id"] for r in registrar.get("/v1/requests?limit=200&due_before=2190-01-01").json["items"]]
    assert registrar.get("/v1/requests?due_before=" + today().isoformat()).json["items"] == []
    for wrong in ("due_before=2026-02-30", "status=x", "kind=x", "point=x", "contract=0", "limit=0", "limit=500", "cursor=x", "nonsense=1"):
        assert registrar.get("/v1/requests?" + wrong).status == 400, wrong
    one = registrar.get("/v1/requests/" + made[0])
    assert one.etag == f'"{one.json["seq"]}"'


def test_reads_and_acts_are_audited(tcrd, query):
    contract = registered(tcrd)
    request = ask(tcrd.https("agency"), contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}}).json
    tcrd.https("auditor").get("/v1/requests/" + request["id"])
    decide(tcrd.https("registrar"), request, "reject", {"note": "x"})
    from harness import wait_until
    wait_until(lambda: query("select count(*) from tcr.audit where event = 'request.get' and object = %s",
                             "request " + request["id"]) != [(0,)], "the read is audited")
    events = query("select event from tcr.audit where object = %s and outcome = 'ok' and event like 'request.%%' and event <> 'request.get'"
                   " order by id", "contract " + contract["id"])
    assert events == [("request.change",), ("request.reject",)]


def test_the_same_story_over_rpc(tcrd):
    contract = registered(tcrd)
    agency, registrar = tcrd.rpc("agency"), tcrd.rpc("registrar")
    key = lambda: uuid.uuid4().hex
    asked = agency.call("request.change", id=contract["id"], idempotency_key=key(), if_match=contract["seq"],
                        body={"reason": "C1", "proposed": {"summary": "甲"}})
    got = registrar.call("request.get", id=asked["id"])
    assert got["status"] == "pending"
    with pytest.raises(RpcError) as refusal:
        agency.call("request.approve", id=asked["id"], idempotency_key=key(), if_match=got["seq"])
    assert refusal.value.data["status"] == 403
    with pytest.raises(RpcError) as refusal:
        tcrd.rpc("agency2").call("request.get", id=asked["id"])
    assert refusal.value.data["code"] == "not_found"
    done = registrar.call("request.approve", id=asked["id"], idempotency_key=key(), if_match=got["seq"])
    assert done["status"] == "approved" and agency.call("contract.get", id=contract["id"])["summary"] == "甲"
    revoked = tcrd.rpc("bureau").call("contract.revoke", id=contract["id"], idempotency_key=key(), if_match=done["decided_seq"],
                                      body={"ground": "V3", "note": "重复登记"})
    assert revoked["status"] == "revoked"
