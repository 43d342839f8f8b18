"""Who decides what: the threshold of the expert review to the fen, another person for the second review, the province above the limit,
and the checklist that stands before every registration."""
import pytest

from contracts import PASSED, contract_body, today

EXPERT = "5000000.00"


def filed(tcrd, technology, **changes):
    return tcrd.https("agency").submit(contract_body(total_amount=technology, deductions=[], **changes)).json


@pytest.mark.parametrize("technology, route", [("4999999.99", "point"), ("5000000.00", "expert"), ("5000000.01", "expert")])
def test_the_expert_threshold_is_inclusive_and_on_the_technology_amount(tcrd, technology, route):
    registrar = tcrd.https("registrar")
    body = contract_body(total_amount="9000000.00", deductions=[
        {"kind": "x_equipment", "amount": f"{9000000 - float(technology):.2f}"}])
    assert tcrd.https("agency").post("/v1/contracts/check", body, key=False).json["route"] == route
    contract = tcrd.https("agency").submit(body).json
    assert (contract["route"], contract["technology_amount"]) == (route, technology)
    accepted = registrar.act(contract, "accept").json
    assert accepted["route"] == route
    done = registrar.act(accepted, "certify")
    assert (done.status, done.code) == ((200, None) if route == "point" else (409, "route")), done


def test_a_second_review_is_by_another_person(tcrd):
    registrar, second, reviewer = tcrd.https("registrar"), tcrd.https("second"), tcrd.https("reviewer")
    contract = registrar.act(filed(tcrd, EXPERT), "accept").json
    assert reviewer.act(contract, "certify").code == "forbidden", "a reviewer decides what was escalated"
    escalated = registrar.act(contract, "escalate", {"note": "金额达到专家审核标准"})
    assert escalated.status == 200 and escalated.json["status"] == "expert", escalated
    assert escalated.json["due_on"] > contract["due_on"] and escalated.json["accepted_on"] == contract["accepted_on"]
    assert registrar.act(escalated.json, "certify").code == "own_filing"
    assert registrar.act(escalated.json, "refuse", {"reasons": [{"code": "R02"}]}).code == "own_filing"
    done = second.act(escalated.json, "certify")
    assert done.status == 200 and done.json["status"] == "registered", done
    history = tcrd.https("auditor").get(f"/v1/contracts/{contract['id']}/releases").json["items"]
    assert [r["event"] for r in history] == ["submit", "accept", "escalate", "certify"]
    other = registrar.act(registrar.act(filed(tcrd, EXPERT), "accept").json, "escalate").json
    assert reviewer.act(other, "certify").status == 200


def test_determined_amounts_route_anew(tcrd):
    registrar, second = tcrd.https("registrar"), tcrd.https("second")
    raised = registrar.act(filed(tcrd, "4999999.99"), "accept").json
    up = {**PASSED, "reason": "核增", "determined": {"total_amount": EXPERT}}
    assert registrar.act(raised, "certify", up).code == "route"
    lowered = registrar.act(filed(tcrd, EXPERT), "accept").json
    down = {**PASSED, "reason": "核减", "determined": {"deductions": [{"kind": "x_parts", "amount": "0.01"}]}}
    done = registrar.act(lowered, "certify", down)
    assert done.status == 200 and done.json["route"] == "point", done
    assert {"pointer": "/technology_amount", "before": EXPERT, "after": "4999999.99"} in done.json["differences"]
    assert done.json["reason"] == "核减" and tcrd.https("agency").get("/v1/contracts/" + lowered["id"]).json["differences"]
    escalated = registrar.act(raised, "escalate").json
    assert second.act(escalated, "certify", up).json["determined"]["total_amount"] == EXPERT


def test_every_fault_of_determined_values_at_once_and_in_its_place(tcrd, query):
    registrar = tcrd.https("registrar")
    contract = tcrd.accepted(total_amount="500000.00", deductions=[{"kind": "x_parts", "amount": "100000.00"}])
    wrong = registrar.act(contract, "certify", {"registration_number": "1" * 30, "checklist": [{"rule": "X99", "answer": True}], "determined": {
        "objective": "77", "zzz": 1, "undertaking": True, "contract_type": "301", "total_amount": "50000.00",
        "seller": {"region": "999999", "name": "某公司"}}})
    where = {e["pointer"] for e in wrong.json["errors"]}
    assert wrong.status == 422 and where >= {
        "/reason", "/registration_number", "/checklist/0/rule", "/determined/zzz", "/determined/undertaking", "/determined/seller/name",
        "/determined/objective", "/determined/license/mode", "/determined/seller/region", "/determined/deductions"}, wrong
    assert all(pointer.startswith("/determined/") or pointer in ("/reason", "/registration_number") or pointer.startswith("/checklist")
               for pointer in where), where
    assert len(where - {"/checklist"}) == len([e for e in wrong.json["errors"] if e["pointer"] != "/checklist"]), "each once"
    # What the filing has already, and nobody names, is not held against it.
    query("update tcr.code set valid_to = '2000-01-01' where list = 'plan_source' and code = '9'")
    try:
        tcrd.restart()
        registrar = tcrd.https("registrar")
        named = registrar.act(contract, "certify", {**PASSED, "determined": {"plan_source": "9"}, "reason": "核定"})
        assert [e["pointer"] for e in named.json["errors"]] == ["/determined/plan_source"], named
        assert registrar.act(contract, "certify", {**PASSED, "determined": {"technical_field": "01"}, "reason": "核定"}).status == 200
    finally:
        query("update tcr.code set valid_to = 'infinity' where list = 'plan_source' and code = '9'")
        tcrd.restart()


def lines(reply):
    return {e["rule"] for e in reply.json["errors"]}


def test_every_line_of_the_checklist_is_asked(tcrd):
    registrar = tcrd.https("registrar")
    contract = tcrd.accepted(contract_type="501", **{"clauses": {"construction": True}})
    shown = registrar.get(f"/v1/contracts/{contract['id']}/checklist").json
    open_lines = {line["rule"] for line in shown["items"] if line["answer"] is not True}
    assert {"G01", "S01", "SX2"} <= open_lines and not {"G07", "G09", "D01", "P01", "S05"} & open_lines
    assert [line["rule"] for line in shown["items"] if line["answer"] is False] == ["SX2"]
    bare = registrar.act(contract, "certify", {})
    assert bare.status == 422 and lines(bare) == open_lines, bare
    assert all(e["zh"] and e["en"] for e in bare.json["errors"])
    some = [{"rule": rule, "answer": True, "note": "已核实"} for rule in open_lines - {"S01", "S02"}]
    assert lines(registrar.act(contract, "certify", {"checklist": some})) == {"S01", "S02"}
    failed = registrar.act(contract, "certify", {"checklist": [{"rule": "*", "answer": True}, {"rule": "S03", "answer": False}]})
    assert lines(failed) == {"S03", "SX2"}
    assert lines(registrar.act(contract, "certify", {"checklist": some + [{"rule": "X99", "answer": True}]})) == {
        "certify.checklist_rule", "S01", "S02"}
    done = registrar.act(contract, "certify", {"checklist": some + [{"rule": "*", "answer": True}]})
    assert done.status == 200, done
    kept = tcrd.https("auditor").get(f"/v1/contracts/{contract['id']}/releases").json["items"][-1]["detail"]["checklist"]
    by = {line["rule"]: line["by"] for line in kept}
    assert by["G07"] == "machine" and by["S01"] == "all_others" and by["G01"] == "registrar"
    assert set(by) == {line["rule"] for line in shown["items"]}


def test_a_licence_has_lines_of_its_own(tcrd):
    contract = tcrd.accepted(contract_type="301", ip_types=["11"], license={"mode": "1", "years": "5"},
                             ip_rights=[{"kind": "11", "number": "ZL202010000001.1", "expires_on": "2040-01-01"}])
    shown = tcrd.https("registrar").get(f"/v1/contracts/{contract['id']}/checklist").json["items"]
    answers = {line["rule"]: line["answer"] for line in shown}
    assert answers["T06"] is True and answers["T04"] is None and "S01" not in answers
    other = tcrd.https("registrar").get(f"/v1/contracts/{contract['id']}/checklist?contract_type=501").json["items"]
    assert "S01" in {line["rule"] for line in other}
    assert tcrd.https("agency").get(f"/v1/contracts/{contract['id']}/checklist").status == 403


def test_a_case_is_assigned(tcrd):
    registrar = tcrd.https("registrar")
    contract = registrar.act(filed(tcrd, "10000.00"), "assign", {"assignee": "second"})
    assert contract.status == 200 and contract.json["assignee"] == "second" and contract.json["status"] == "submitted"
    for name in ("agency", "nobody", "bureau"):
        assert registrar.act(contract.json, "assign", {"assignee": name}).rules == ["assign.account"]
    assert registrar.act(contract.json, "assign", {"assignee": None}).json["assignee"] is None
    own = tcrd.https("both").submit(contract_body()).json
    assert registrar.act(own, "assign", {"assignee": "both"}).rules == ["assign.own_filing"]


def test_within_the_limit_nothing_is_forwarded(tcrd):
    contract = tcrd.accepted()
    assert tcrd.https("registrar").act(contract, "forward").code == "route"
    decision = {"decision": "registered", "registration_number": "2026370000000001", "decided_on": today().isoformat()}
    assert tcrd.https("registrar").act(contract, "record_decision", decision).code == "state"


@pytest.fixture
def province(installation):
    """The limit of the city, which is shipped switched off."""
    installation.command("rules", "confirm", "route.province", "--region", "3713")
    yield
    installation.command("rules", "confirm", "route.province", "--region", "3713", "--off")


def large(total):
    return contract_body(total_amount=total, deductions=[{"kind": "x_equipment", "amount": "9000000.00"}])


@pytest.mark.parametrize("total, route", [("9999999.99", "point"), ("10000000.00", "point"), ("10000000.01", "province")])
def test_the_limit_of_the_city_includes_the_number(tcrd, province, total, route):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    body = large(total)
    assert agency.post("/v1/contracts/check", body, key=False).json["route"] == route
    contract = registrar.act(agency.submit(body).json, "accept").json
    assert contract["route"] == route
    done = registrar.act(contract, "certify")
    forwarded = registrar.act(contract, "forward", {"note": "超出本点限额"})
    if route == "point":
        assert (done.status, forwarded.code) == (200, "stale")
    else:
        assert (done.code, forwarded.status, forwarded.json["status"]) == ("route", 200, "forwarded"), done


def test_what_the_province_decided_is_entered(tcrd, province):
    agency, registrar, bureau = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("bureau")
    day = today().isoformat()
    ask = lambda: bureau.get(f"/v1/statistics?period={day}&measure=count,total_amount,technology_amount").json["rows"][0]
    before = ask()
    case = registrar.act(registrar.act(agency.submit(large("12000000.00")).json, "accept").json, "forward").json
    path = "record_decision"
    bare = registrar.act(case, path, {})
    assert {e["pointer"] for e in bare.json["errors"]} >= {"/decision", "/decided_on"}, bare
    early = registrar.act(case, path, {"decision": "registered", "decided_on": "2026-01-05", "registration_number": "2026370000000007"})
    assert early.rules == ["decision.decided_on"]
    assert registrar.act(case, path, {"decision": "registered", "decided_on": day}).rules == ["decision.number"]
    assert registrar.act(case, path, {"decision": "registered", "decided_on": day, "registration_number": "12"}).rules == ["certify.number"]
    assert registrar.act(case, path, {"decision": "refused", "decided_on": day}).rules == ["decision.reasons"]
    done = registrar.act(case, path, {"decision": "registered", "decided_on": day, "registration_number": "2026370000000007",
                                      "determined": {"total_amount": "11000000.00"}, "reason": "省厅核减"})
    assert done.status == 200 and done.json["registration_number"] == "2026370000000007", done
    assert done.json["determined"]["technology_amount"] == "2000000.00"
    after = ask()
    assert after["count"] - before["count"] == 1
    assert round(float(after["total_amount"]) - float(before["total_amount"]), 2) == 11000000
    assert tcrd.https().get("/v1/certificates/2026370000000007").json["status"] == "valid"
    twice = registrar.act(registrar.act(agency.submit(large("12000000.01")).json, "accept").json, "forward").json
    assert registrar.act(twice, path, {"decision": "registered", "decided_on": day,
                                       "registration_number": "2026370000000007"}).rules == ["certify.number"]
    refused = registrar.act(twice, path, {"decision": "refused", "decided_on": day, "reasons": [{"code": "R02"}]})
    assert refused.json["status"] == "refused"
