"""Money that arrives on a contract: recorded, verified and reversed, over both wires; who may, and what is refused."""
import uuid

import pytest

from clients import RpcError
from contracts import contract_body, today
from receipts import act, receipt_body, record, registered, verified


def rules(reply):
    return sorted((e["pointer"], e["rule"]) for e in reply.json["errors"])


def test_recorded_verified_reversed(tcrd, query):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd, total_amount="1000.00", deductions=[{"kind": "x_parts", "amount": "100.00"}])
    start = contract["seq"]
    key = uuid.uuid4().hex
    path = f"/v1/contracts/{contract['id']}/receipts"
    body = receipt_body(amount="600.00", technology_part="500.00", note="首付款")
    done = agency.post(path, body, key=key, if_match=start)
    assert done.status == 201, done
    receipt = done.json
    assert done.headers["Location"] == "/v1/receipts/" + receipt["id"] and done.etag == f'"{receipt["seq"]}"'
    assert (receipt["status"], receipt["income"], receipt["costs_total"]) == ("recorded", "484.50", "15.50")
    assert receipt["seq"] == agency.get(f"/v1/contracts/{contract['id']}").json["seq"] > start
    assert [(c["kind"], c["kind_zh"], c["amount"]) for c in receipt["costs"]] == [("labour", "人工费", "10.00"), ("material", "材料费", "5.50")]
    again = agency.post(path, body, key=key, if_match=start)
    assert (again.status, again.json) == (201, receipt), "the replay of a key"
    assert agency.post(path, dict(body, note="x"), key=key, if_match=start).code == "key_reused"

    contract["seq"] = receipt["seq"]
    lower = {"technology_part": "450.00", "costs": [{"kind": "labour", "amount": "9.99"}], "reason": "核减"}
    key = uuid.uuid4().hex
    seq = contract["seq"]
    checked = act(registrar, contract, receipt, "verify", lower, key=key)
    assert checked.status == 200, checked
    assert (checked.json["status"], checked.json["technology_part"], checked.json["income"]) == ("verified", "450.00", "440.01")
    assert act(registrar, contract, receipt, "verify", lower, key=key, if_match=seq).json == checked.json
    gone = act(registrar, contract, receipt, "reverse", {"reason": "退款"})
    assert gone.json["status"] == "reversed", gone
    steps = agency.get("/v1/receipts/" + receipt["id"]).json["acts"]
    assert [(a["act"], a["account"], a["technology_part"], a["reason"]) for a in steps] == [
        ("record", "agency", "500.00", None), ("verify", "registrar", "450.00", "核减"), ("reverse", "registrar", "450.00", "退款")]
    assert [a["of"] for a in steps] == [None, steps[0]["seq"], steps[1]["seq"]]
    releases = agency.get(f"/v1/contracts/{contract['id']}/releases").json["items"]
    assert [r["event"] for r in releases[-3:]] == ["receipt_record", "receipt_verify", "receipt_reverse"]
    assert releases[-3]["detail"] == body and releases[-2]["detail"] == lower, "money is written as everywhere"
    facts = query("select sign, day, received, technology_received, technology_income from tcr.receipt_fact where contract_id = %s "
                  "order by seq", contract["id"])
    assert facts == [(1, today(), 60000, 45000, 44001), (-1, today(), -60000, -45000, -44001)]
    audited = query("select event from tcr.audit where object = %s and outcome = 'ok' and event like 'receipt.%%' order by id",
                    "contract " + contract["id"])
    assert [row[0] for row in audited if row[0] != "receipt.get"] == ["receipt.record", "receipt.verify", "receipt.reverse"]


def test_over_the_line_protocol(tcrd):
    contract = registered(tcrd, total_amount="1000.00")
    agency, registrar = tcrd.rpc("agency"), tcrd.rpc("registrar")
    call = lambda wire, method, id, **more: wire.call(method, id=id, idempotency_key=uuid.uuid4().hex, **more)
    made = call(agency, "receipt.record", contract["id"], if_match=contract["seq"], body=receipt_body())
    with pytest.raises(RpcError) as error:
        call(agency, "receipt.record", contract["id"], if_match=contract["seq"], body=receipt_body())
    assert error.value.data["code"] == "stale"
    done = call(registrar, "receipt.verify", made["id"], if_match=made["seq"])
    assert done["status"] == "verified"
    listed = agency.call("receipt.list", id=contract["id"])
    assert [item["id"] for item in listed["items"]] == [made["id"]] and listed["sums"]["verified"] == "100.00"
    assert agency.call("receipt.get", id=made["id"])["acts"] == done["acts"]
    assert agency.call("income.contract", id=contract["id"])["due"] == "900.00"
    assert agency.call("income.award", id=contract["id"], year=today().year)["total"]["received"] == "100.00"
    code, year = contract["seller"]["credit_code"], today().year
    for method, path in (("income.vat", "vat"), ("income.tax", "income-tax")):
        over_https = tcrd.https("agency").get(f"/v1/statements/{path}?year={year}&seller={code}").json
        assert agency.call(method, year=year, seller=code) == over_https


def test_every_fault_at_once(tcrd):
    agency = tcrd.https("agency")
    contract = registered(tcrd, total_amount="1000.00", deductions=[{"kind": "x_parts", "amount": "100.00"}])
    assert record(agency, contract, amount="300.00", technology_part="300.00", invoice_number="INV-1").status == 201
    wrong = record(agency, contract, received_on="1999-01-01", amount="700.01", technology_part="800.00", invoice_number="INV-1",
                   costs=[{"kind": "labour", "amount": "0.00"}, {"kind": "labour", "amount": "900.00"}])
    assert wrong.status == 422
    assert rules(wrong) == sorted([
        ("/received_on", "receipt.received_before_signing"), ("/amount", "receipt.amount_sum"),
        ("/technology_part", "receipt.part_above_amount"), ("/technology_part", "receipt.technology_sum"),
        ("/costs/0/amount", "receipt.cost_amount"), ("/costs/1/kind", "receipt.cost_twice"), ("/costs", "receipt.costs_above_part"),
        ("/invoice_number", "receipt.invoice_used")])
    left = {e["rule"]: (e["zh"], e["en"]) for e in wrong.json["errors"]}
    assert "700.00" in left["receipt.amount_sum"][0] and "700.00" in left["receipt.amount_sum"][1]
    assert "600.00" in left["receipt.technology_sum"][0]
    assert all(e["zh"] and e["en"] and e["zh"] != e["en"] for e in wrong.json["errors"])
    # What cannot be read and what the record says, in one answer.
    wrong = record(agency, contract, payer=None, amount="-5.00", technology_part="900.00", invoice_kind="stamp", extra=1,
                   costs=[{"kind": "bribes", "amount": "1.00"}], received_on="2199-12-31")
    assert {p for p, _ in rules(wrong)} == {"/payer", "/amount", "/technology_part", "/invoice_kind", "/extra", "/costs/0/kind",
                                           "/received_on"}, wrong
    assert ("/received_on", "receipt.received_in_future") in rules(wrong)
    assert ("/technology_part", "receipt.technology_sum") in rules(wrong)
    for change, want in ((dict(amount="0.00", technology_part="0.00", costs=[]), ("/amount", "receipt.amount")),
                         (dict(invoice_number=None), ("/invoice_number", "receipt.invoice_number_needed")),
                         (dict(invoice_kind="none"), ("/invoice_number", "receipt.invoice_number_unused"))):
        assert want in rules(record(agency, contract, **change)), change
    for amount in ("1e3", 5.5, "0.001", "99999999999999999999.00", True, [], {}, "－1.00", "1,000.00", "-1.00", -1):
        reply = record(agency, contract, amount=amount)
        assert reply.status == 422 and {p for p, _ in rules(reply)} == {"/amount"}, (amount, reply)
    assert record(agency, contract, amount=7, technology_part=0, costs=[]).json["amount"] == "7.00", "whole yuan"


def test_lowered_only_and_with_a_reason(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd, total_amount="1000.00")
    receipt = record(agency, contract, amount="500.00", technology_part="400.00").json
    tries = [
        ({"technology_part": "400.01", "reason": "x"}, [("/technology_part", "receipt.raised")]),
        ({"technology_part": "399.99"}, [("/reason", "receipt.reason")]),
        ({"technology_part": "10.00", "reason": "x"}, [("/costs", "receipt.costs_above_part")]),
        ({"costs": [{"kind": "labour", "amount": "10.01"}], "reason": "x"}, [("/costs/0/amount", "receipt.raised")]),
        ({"costs": [{"kind": "equipment", "amount": "1.00"}], "reason": "x"}, [("/costs/0/amount", "receipt.raised")]),
        ({"costs": [{"kind": "labour", "amount": "1.00"}, {"kind": "labour", "amount": "1.00"}]},
         [("/costs/1/kind", "receipt.cost_twice"), ("/reason", "receipt.reason")]),
        ({"costs": []}, [("/reason", "receipt.reason")]),
        ({"reason": 5, "technology_part": "500.00"}, [("/reason", "body.type"), ("/reason", "receipt.reason"),
                                                     ("/technology_part", "receipt.raised")]),
    ]
    for body, want in tries:
        reply = act(registrar, contract, receipt, "verify", body)
        assert reply.status == 422 and rules(reply) == sorted(want), (body, reply)
    assert act(registrar, contract, receipt, "reverse").json["errors"][0]["rule"] == "receipt.reason"
    done = act(registrar, contract, receipt, "verify", {"costs": [], "reason": "无成本"})
    assert done.json["income"] == "400.00" and done.json["costs"] == []


def test_order_of_checks(tcrd):
    agency, registrar, other = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("agency2")
    contract = registered(tcrd, total_amount="1000.00")
    path = f"/v1/contracts/{contract['id']}/receipts"
    bad = {"amount": "x"}
    assert tcrd.https().post(path, bad, if_match=1).status == 401
    assert agency.post(path, b"{", if_match=1).status == 400
    assert registrar.post(path, bad, if_match=1).status == 403
    foreign, absent = other.post(path, bad, key=False), other.post("/v1/contracts/999999999/receipts", bad, key=False)
    assert (foreign.status, absent.status) == (404, 404) and foreign.json["detail"] == absent.json["detail"]
    assert agency.post(path, bad, key=False, if_match=1).code == "key_missing"
    assert agency.post(path, bad).code == "match_missing"
    assert agency.post(path, receipt_body(), if_match=1).code == "stale" == agency.post(path, bad, if_match=1).code
    open_one = tcrd.accepted()
    for body in (bad, receipt_body()):
        refused = agency.post(f"/v1/contracts/{open_one['id']}/receipts", body, if_match=open_one["seq"])
        assert (refused.status, refused.code) == (409, "state"), refused
    receipt = record(agency, contract).json
    path = f"/v1/receipts/{receipt['id']}/verify"
    assert agency.post(path, {}, if_match=1).status == 403
    assert registrar.post("/v1/receipts/999999999/verify", {}, key=False).status == 404
    for id in ("0", "-1", "1e3", "999999999999999999999", "%E4%B8%80", "a"):
        assert registrar.post(f"/v1/receipts/{id}/verify", {}, if_match=1).status == 404, id
        assert registrar.get(f"/v1/receipts/{id}").status == 404, id
    assert registrar.post(path, {"technology_part": "x"}, key=False, if_match=1).code == "key_missing"
    assert registrar.post(path, {"technology_part": "x"}).code == "match_missing"
    assert registrar.post(path, {"technology_part": "x"}, if_match=1).code == "stale"
    assert act(registrar, contract, receipt, "verify").status == 200
    for body in ({}, {"technology_part": "x"}):
        assert act(registrar, contract, receipt, "verify", body).code == "state", "once only, said before faults"
    assert act(agency, contract, receipt, "reverse").code == "state", "verified: not the agency's any more"
    assert act(registrar, contract, receipt, "reverse", {"reason": "r"}).status == 200
    assert act(registrar, contract, receipt, "reverse", {"reason": "r"}).code == "state", "reversed once"
    assert act(agency, contract, receipt, "reverse").code == "state"


def test_nobody_verifies_their_own(tcrd):
    both, agency, registrar = tcrd.https("both"), tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd, total_amount="1000.00")
    mine = record(both, contract).json
    theirs = record(agency, contract).json
    for receipt in (mine, theirs):
        assert act(both, contract, receipt, "verify").code == "own_filing", "the recorder, and the recorder's agency"
    assert act(registrar, contract, theirs, "verify").status == 200
    assert act(both, contract, theirs, "reverse", {"reason": "r"}).code == "own_filing"
    assert act(both, contract, mine, "reverse").json["status"] == "reversed", "as an agency, what nobody verified"
    assert act(tcrd.https("agency2"), contract, theirs, "reverse").status == 404
    for role in ("bureau", "auditor", "reviewer", "county", "admin"):
        assert act(tcrd.https(role), contract, theirs, "reverse", {"reason": "r"}).status == 403


def test_employer_of_a_party_does_not_verify(tcrd, installation):
    contract = registered(tcrd, total_amount="1000.00")
    installation.add_account("employed", "--roles", "registrar", "--point", "01", "--employer", contract["buyer"]["credit_code"])
    receipt = record(tcrd.https("agency"), contract).json
    employed = tcrd.https("employed")
    assert act(employed, contract, receipt, "verify").code == "own_filing"
    assert act(employed, contract, receipt, "reverse", {"reason": "r"}).code == "own_filing"


def test_who_reads(tcrd):
    contract = registered(tcrd, total_amount="1000.00")
    receipt = verified(tcrd, contract)
    paths = [f"/v1/contracts/{contract['id']}/{what}" for what in ("receipts", "income", "award")] + ["/v1/receipts/" + receipt["id"]]
    for path in paths:
        for role in ("agency", "registrar", "reviewer", "bureau", "auditor"):
            assert tcrd.https(role).get(path).status == 200, (role, path)
        assert tcrd.https("agency2").get(path).status == 404
        for role in ("county", "admin"):
            assert tcrd.https(role).get(path).status == 403
        assert tcrd.https().get(path).status == 401
    got = tcrd.https("auditor").get(paths[0])
    assert got.etag == f'"{contract["seq"]}"' and got.json["seq"] == contract["seq"]


def test_pages(tcrd):
    agency = tcrd.https("agency")
    contract = registered(tcrd, total_amount="1000.00")
    made = [record(agency, contract, amount="1.00", technology_part="1.00", costs=[]).json["id"] for _ in range(5)]
    act(agency, contract, {"id": made[2]}, "reverse")
    seen, path = [], f"/v1/contracts/{contract['id']}/receipts?limit=2"
    while path:
        page = agency.get(path)
        assert page.status == 200 and page.json["sums"]["recorded"] == "4.00", page
        seen += [item["id"] for item in page.json["items"]]
        following = page.headers.get("Link")
        path = following.split(";")[0].strip("<> ") if following else None
    assert seen == made
    kept = agency.get(f"/v1/contracts/{contract['id']}/receipts?status=reversed").json["items"]
    assert [item["id"] for item in kept] == [made[2]]
    for wrong in ("limit=0", "limit=x", "cursor=x", "status=gone", "colour=red"):
        assert agency.get(f"/v1/contracts/{contract['id']}/receipts?{wrong}").status == 400, wrong


def test_one_invoice_one_receipt_of_a_seller(tcrd):
    agency = tcrd.https("agency")
    seller = contract_body()["seller"]
    one, two = (registered(tcrd, total_amount="1000.00", seller=seller) for _ in range(2))
    other = registered(tcrd, total_amount="1000.00")
    first = record(agency, one, invoice_number="F-7").json
    assert rules(record(agency, one, invoice_number="F-7")) == [("/invoice_number", "receipt.invoice_used")]
    assert rules(record(agency, two, invoice_number="F-7")) == [("/invoice_number", "receipt.invoice_used")]
    assert record(agency, other, invoice_number="F-7").status == 201, "of another seller"
    assert act(agency, one, first, "reverse").status == 200
    assert record(agency, two, invoice_number="F-7").status == 201, "reversed: free again"
    # Consulting that belongs to a development stands on the development's invoice.
    service = registered(tcrd, total_amount="1000.00", seller=seller, contract_type="401", principal_contract=two["registration_number"])
    assert record(agency, service, invoice_number="F-7").status == 201
    assert rules(record(agency, one, invoice_number="F-7")) == [("/invoice_number", "receipt.invoice_used")]


def test_texts_are_kept_as_they_are(tcrd):
    agency = tcrd.https("agency")
    contract = registered(tcrd, total_amount="1000.00")
    made = record(agency, contract, payer="𠮷野家\"\\(株) ", note="é", invoice_number="№ 1").json
    assert made["payer"] == "𠮷野家\"\\(株)" and made["note"] == "é"
    assert record(agency, contract, payer="a\x00b").status == 400
    for text in ("付\u202e款", "a\x01b", "a\nb", "x" * 201):
        assert {p for p, _ in rules(record(agency, contract, payer=text))} == {"/payer"}, text
    assert record(agency, contract, costs=[{"kind": "labour", "amount": "0.01"}] * 21).status == 422
