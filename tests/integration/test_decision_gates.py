"""What stands between a contract and its decision when it came there by a detour: papers after a correction, a route that changes under
an expert's case, a finding that was confirmed, lines that the form itself speaks against; and what a decision leaves to be read."""
import datetime

import pytest

from attachments import pdf, put
from contracts import PASSED, contract_body, today
from test_finding_answers import answer, pair
from test_lapse import turn_clock  # noqa: F401 (a fixture)

NAMED = {"rule": "*", "answer": True}
FAULTS = {"faults": [{"pointer": "/project_name", "note": "名称不规范"}]}


@pytest.fixture
def roles(tcrd):
    return tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("second")


def get(client, contract):
    return client.get("/v1/contracts/" + contract["id"]).json


def large(total, **changes):
    """A technology amount at the threshold of an expert review, whatever the total."""
    return contract_body(total_amount=total, deductions=[{"kind": "x_equipment", "amount": "4000000.00"}], **changes)


@pytest.fixture
def switched(installation):
    """switched("route.province"): on until the end of the test."""
    made = []

    def switch(rule):
        installation.command("rules", "confirm", rule)
        made.append(rule)
    yield switch
    for rule in made:
        installation.command("rules", "confirm", rule, "--off")


# Papers

def test_papers_are_asked_for_again_after_a_correction(roles, switched):
    agency, registrar, _ = roles
    switched("attachment.required.always")
    contract = agency.submit(contract_body()).json
    assert registrar.act(contract, "accept").rules == ["accept.attachment_missing"]
    returned = registrar.act(contract, "return", FAULTS).json
    accepted = agency.act(returned, "submit").json
    assert accepted["status"] == "accepted", "no paper is a reason to refuse a submission"
    bare = registrar.act(accepted, "certify")
    assert bare.status == 422 and bare.rules == ["accept.attachment_missing"], bare
    assert bare.json["errors"][0]["pointer"] == "/attachments" and "text" in bare.json["errors"][0]["zh"]
    both = registrar.act(accepted, "certify", {"checklist": [NAMED, {"rule": "G03", "answer": False}]})
    assert both.rules == ["G03", "accept.attachment_missing"], "everything at once"
    other = registrar.act(accepted, "certify", {**PASSED, "determined": {"technical_field": "01"}, "reason": "核定"})
    assert other.rules == ["accept.attachment_missing"], other
    assert put(agency, accepted, "text.pdf", pdf(), kind="text").status == 201
    assert registrar.act(accepted, "certify").status == 200


def test_an_expert_case_gets_its_papers(roles, switched):
    agency, registrar, second = roles
    contract = registrar.act(agency.submit(large("9000000.00")).json, "accept").json
    escalated = registrar.act(contract, "escalate").json
    switched("attachment.required.always")
    assert second.act(escalated, "certify").rules == ["accept.attachment_missing"]
    assert put(agency, escalated, "text.pdf", pdf(), kind="text").status == 201
    assert second.act(escalated, "certify").status == 200


# Routes

def test_a_check_foretells_the_route(roles, switched):
    """At each limit and one fen beside it, the number itself included or not."""
    agency, _, _ = roles
    switched("route.province")
    for total, route in (("4999999.99", "point"), ("5000000.00", "expert"), ("10000000.00", "expert"), ("10000000.01", "province")):
        body = contract_body(total_amount=total, deductions=[])
        foretold = agency.post("/v1/contracts/check", body)
        assert (foretold.status, foretold.json["route"]) == (200, route), (total, foretold)
        assert agency.submit(body).json["route"] == route, total


def test_above_the_limit_of_the_point_nothing_is_escalated(roles, switched):
    agency, registrar, _ = roles
    switched("route.province")
    for total, code in (("10000000.00", None), ("10000000.01", "route")):
        contract = registrar.act(agency.submit(large(total)).json, "accept").json
        assert registrar.act(contract, "escalate").code == code
    assert registrar.act(contract, "forward").json["status"] == "forwarded"


def test_an_expert_case_that_a_rule_lifts_above_the_limit_is_forwarded(roles, switched):
    agency, registrar, second = roles
    contract = registrar.act(agency.submit(large("10000000.01")).json, "accept").json
    escalated = registrar.act(contract, "escalate").json
    assert (escalated["status"], escalated["route"]) == ("expert", "expert")
    assert registrar.act(escalated, "forward").code == "route", "within the limit while there is none"
    switched("route.province")
    assert second.act(escalated, "certify").code == "route"
    forwarded = registrar.act(escalated, "forward")
    assert forwarded.status == 200, forwarded
    assert (forwarded.json["status"], forwarded.json["route"], forwarded.json["due_on"]) == ("forwarded", "province", None)
    done = registrar.act(forwarded.json, "record_decision", {"decision": "registered", "decided_on": today().isoformat(),
                                                             "registration_number": "2026370000000101"})
    assert done.status == 200 and done.json["status"] == "registered", done


def test_values_thought_right_decide_the_route_and_nothing_else(tcrd, roles, switched):
    agency, registrar, second = roles
    switched("route.province")
    up = {"determined": {"total_amount": "10000000.01"}, "reason": "核增"}
    contract = registrar.act(agency.submit(large("9999999.99")).json, "accept").json
    assert registrar.act(contract, "certify", {**PASSED, **up}).code == "route"
    assert registrar.act(contract, "forward").code == "route"
    assert registrar.act(contract, "forward", {"determined": up["determined"]}).rules == ["certify.reason"]
    expert = registrar.act(contract, "escalate").json
    assert second.act(expert, "certify", {**PASSED, **up}).code == "route"
    forwarded = registrar.act(expert, "forward", {**up, "note": "报省"})
    assert forwarded.status == 200 and forwarded.json["route"] == "province", forwarded
    assert forwarded.json["determined"] is None and get(agency, contract)["total_amount"] == "9999999.99"
    detail = tcrd.https("auditor").get(f"/v1/contracts/{contract['id']}/releases").json["items"][-1]["detail"]
    assert detail["note"] == "报省" and detail["assessed"]["determined"]["total_amount"] == "10000000.01"
    # And down: above the limit as filed, an expert's case as the registrar sees it.
    down = {"determined": {"total_amount": "9999999.99"}, "reason": "核减"}
    contract = registrar.act(agency.submit(large("10000000.01")).json, "accept").json
    assert registrar.act(contract, "certify", {**PASSED, **down}).code == "route"
    assert registrar.act(contract, "escalate").code == "route"
    expert = registrar.act(contract, "escalate", down)
    assert expert.status == 200 and expert.json["route"] == "expert", expert
    done = second.act(expert.json, "certify", {**PASSED, **down})
    assert done.status == 200 and done.json["determined"]["total_amount"] == "9999999.99", done


@pytest.mark.parametrize("number, rule", [("{year}371301999999", "certify.number_series"), ("2019371301000001", "certify.number_series"),
                                          ("2026370000000102", None)])
def test_the_province_gives_no_number_of_the_points_own(roles, switched, number, rule):
    agency, registrar, _ = roles
    switched("route.province")
    case = registrar.act(registrar.act(agency.submit(large("10000000.01")).json, "accept").json, "forward").json
    done = registrar.act(case, "record_decision", {"decision": "registered", "decided_on": today().isoformat(),
                                                   "registration_number": number.format(year=today().year)})
    assert done.rules == ([rule] if rule else []), done
    assert (done.status == 200) == (rule is None)


# Findings

def test_a_confirmed_finding_is_no_line_of_the_checklist(tcrd, roles, switched, query):
    agency, registrar, _ = roles
    first, second = pair(tcrd, registrar, "DG-1")
    assert answer(registrar, second, "confirmed", other_contract=first["id"]).status == 200
    waived = {"checklist": [{"rule": "finding.same_number", "answer": True, "note": "补充协议"}, NAMED]}
    for body in (waived, PASSED):
        done = registrar.act(second, "certify", body)
        assert done.status == 422 and done.rules == ["certify.confirmed"], done
        assert "finding.same_number" in done.json["errors"][0]["zh"] and "/checklist" == done.json["errors"][0]["pointer"]
    line = {i["rule"]: i["answer"] for i in registrar.get(f"/v1/contracts/{second['id']}/checklist").json["items"]}
    assert line["finding.same_number"] is False
    assert query("select verdict from tcr.finding_answer where contract_id = %s", second["id"]) == [("confirmed",)]
    # A third one beside it does not make the answer forgotten.
    third = contract_body(contract_no="DG-1", total_amount="12345.00", deductions=[])
    source = registrar.get("/v1/contracts/" + first["id"]).json
    third["seller"], third["buyer"] = source["seller"], source["buyer"]
    assert registrar.act(agency.submit(third).json, "accept").status == 200
    assert registrar.act(second, "certify", waived).rules == ["certify.confirmed"]
    assert answer(registrar, second, "cleared", "并非同一合同").status == 200
    assert registrar.act(second, "certify").status == 200


def test_a_confirmed_finding_bars_the_certificate_of_the_province_too(tcrd, roles, switched):
    agency, registrar, _ = roles
    switched("route.province")
    base = large("10000000.01", contract_no="DG-2")
    assert registrar.act(agency.submit(base).json, "accept").status == 200
    twin = large("10000000.02", contract_no="DG-2")
    twin["seller"], twin["buyer"] = base["seller"], base["buyer"]
    case = registrar.act(registrar.act(agency.submit(twin).json, "accept").json, "forward").json
    assert answer(registrar, case, "confirmed").status == 200
    decision = {"decision": "registered", "decided_on": today().isoformat(), "registration_number": "2026370000000103"}
    assert registrar.act(case, "record_decision", decision).rules == ["certify.confirmed"]
    assert answer(registrar, case, "cleared", "省级部门核实为两份合同").status == 200
    assert registrar.act(case, "record_decision", decision).status == 200


# What the machine sees

def lines(client, contract):
    return {i["rule"]: i["answer"] for i in client.get(f"/v1/contracts/{contract['id']}/checklist").json["items"]}


RIGHT = {"kind": "11", "number": "ZL202010000001.1"}


@pytest.mark.parametrize("line, changes", [
    ("SX2", {"contract_type": "501", "clauses": {"construction": True}}),
    ("PX3", {"contract_type": "503", "principal_contract": "LYKJ-2026-018"}),
    ("TX1", {"contract_type": "201", "ip_types": ["11"], "ip_rights": [{**RIGHT, "expires_on": "2020-01-01"}]}),
])
def test_all_others_passes_no_line_that_the_form_speaks_against(tcrd, roles, line, changes):
    _, registrar, _ = roles
    contract = tcrd.accepted(**changes)
    assert lines(registrar, contract)[line] is False
    for checklist in ([NAMED], [{"rule": line, "answer": False}, NAMED]):
        failed = registrar.act(contract, "certify", {"checklist": checklist})
        assert failed.status == 422 and failed.rules == [line], failed
    assert registrar.act(contract, "certify", {"checklist": [{"rule": line, "answer": True}, NAMED]}).rules == ["certify.waiver_note"]
    done = registrar.act(contract, "certify", {"checklist": [{"rule": line, "answer": True, "note": "非常规手段，单独订立"}, NAMED]})
    assert done.status == 200, done
    kept = tcrd.https("auditor").get(f"/v1/contracts/{contract['id']}/releases").json["items"][-1]["detail"]["checklist"]
    assert [k for k in kept if "machine" in k] == [
        {"rule": line, "answer": True, "by": "registrar", "note": "非常规手段，单独订立", "machine": False}]


def test_a_term_that_ended_while_the_case_was_open(tcrd, roles, query):
    agency, registrar, _ = roles
    ends = (today() - datetime.timedelta(days=1)).isoformat()
    contract = tcrd.accepted(contract_type="102")
    assert lines(registrar, contract)["G02"] is None
    # The release of the filing as it would be read a year later.
    query("alter table tcr.contract_release disable trigger user")
    try:
        query("update tcr.contract_release set body = regexp_replace(body, '\"term_ends_on\": ?\"[^\"]*\"', %s) where contract_id = %s and body is not null",
              f'"term_ends_on":"{ends}"', int(contract["id"]))
    finally:
        query("alter table tcr.contract_release enable trigger user")
    assert lines(registrar, contract)["G02"] is False
    assert registrar.act(contract, "certify").rules == ["G02"]
    named = {"checklist": [{"rule": "G02", "answer": True, "note": "已续签，见附件"}, NAMED]}
    determined = {**named, "determined": {"technical_field": "01"}, "reason": "核定"}
    assert registrar.act(contract, "certify", determined).status == 200, "the end of the term is no fault of what is determined"


def test_which_line_the_machine_sees_is_a_row_of_the_law(tcrd, roles, query, installation):
    _, registrar, _ = roles
    for rule_set, word in (("2026-02-28", "not_mixed"), ("2026-03-01", "mixed_amount_explicit")):
        assert query("select value from tcr.rule where id = 'G09' and %s between valid_from and valid_to", rule_set) == [(word,)]
    contract = tcrd.accepted(contract_type="102", mixed=True)
    assert lines(registrar, contract)["G09"] is None and lines(registrar, tcrd.accepted(contract_type="102"))["G09"] is True
    assert "not_mixed" in installation.command("rules", "show", "G09")


# What a return and a refusal say

def test_a_correction_is_due_on_the_next_working_day_at_the_earliest(tcrd, roles, turn_clock):  # noqa: F811
    agency, registrar, _ = roles
    # A Friday: the next working day is Monday.
    turn_clock("2026-11-27")
    contract = agency.submit(contract_body()).json
    for day in ("2026-11-20", "2026-11-27", "2026-11-29"):
        refused = registrar.act(contract, "return", {**FAULTS, "correct_by": day})
        assert refused.status == 422 and refused.rules == ["return.correct_by"], (day, refused)
        assert "2026-11-30" in refused.json["errors"][0]["en"] and refused.json["errors"][0]["pointer"] == "/correct_by"
    every = registrar.act(contract, "return", {"faults": [{"pointer": "/project_name"}], "correct_by": "2026-11-27"})
    assert every.rules == ["body.required", "return.correct_by"], "all at once"
    returned = registrar.act(contract, "return", {**FAULTS, "correct_by": "2026-11-30"}).json
    turn_clock("2026-11-28")
    tcrd.command("aggregate")
    assert [e["event"] for e in agency.get(f"/v1/feed?after={contract['seq']}").json["items"]
            if e["contract"] == contract["id"]] == ["return", "correction_soon"]
    assert get(agency, returned)["status"] == "correction"


def test_an_open_return_is_shown_with_the_contract(tcrd, roles):
    agency, registrar, _ = roles
    contract = agency.submit(contract_body()).json
    assert "correction" not in get(agency, contract)
    day = (today() + datetime.timedelta(days=20)).isoformat()
    returned = registrar.act(contract, "return", {**FAULTS, "correct_by": day}).json
    shown = {"faults": FAULTS["faults"], "correct_by": day, "returned_on": today().isoformat()}
    for role in ("agency", "registrar", "bureau", "auditor"):
        assert get(tcrd.https(role), contract)["correction"] == shown
    assert tcrd.https("agency2").get("/v1/contracts/" + contract["id"]).status == 404
    with tcrd.rpc("agency") as rpc:
        assert rpc.call("contract.get", id=contract["id"])["correction"] == shown
    assert "correction" not in get(agency, agency.act(returned, "submit").json)
    again = registrar.act(get(agency, contract), "return", {"faults": [{"pointer": "/seller/name", "note": "与印章不符"}]}).json
    assert get(agency, contract)["correction"]["faults"] == [{"pointer": "/seller/name", "note": "与印章不符"}]
    assert get(agency, contract)["correction"]["correct_by"] == again["due_on"]


def test_a_refusal_is_shown_with_its_reasons_and_rule_set(tcrd, roles, query, turn_clock):  # noqa: F811
    agency, registrar, _ = roles
    contract = agency.submit(contract_body()).json
    body = {"reasons": [{"code": "R08", "note": "第五条"}, {"code": "R02"}]}
    done = registrar.act(contract, "refuse", body)
    assert done.status == 200 and done.json["rule_set"] == "R2026", done
    for role in ("agency", "registrar", "auditor"):
        got = get(tcrd.https(role), contract)
        assert got["rule_set"] == "R2026"
        assert got["refusal"]["refused_on"] == today().isoformat()
        assert [(r["code"], r["note"]) for r in got["refusal"]["reasons"]] == [("R08", "第五条"), ("R02", None)]
        first, last = got["refusal"]["reasons"]
        assert "第八百五十条" in first["article"] and first["zh"] and first["en"]
        assert last["article"] is None, "of practice only"
    assert query("select rule_set from tcr.contract_release where seq = %s", done.json["seq"]) == [("R2026",)]
    # Accepted under the old rules and refused under the new ones.
    old = agency.submit(contract_body(signed_on="2026-01-05", term_begins_on="2026-01-05")).json
    turn_clock("2026-02-10")
    old = registrar.act(old, "accept").json
    turn_clock("2026-03-10")
    refused = registrar.act(old, "refuse", {"reasons": [{"code": "R02"}]}).json
    assert refused["rule_set"] == "R2001"
    assert "第十四条" in get(agency, refused)["refusal"]["reasons"][0]["article"]


def test_another_reason_is_written_out(roles, switched):
    agency, registrar, _ = roles
    contract = registrar.act(agency.submit(contract_body()).json, "accept").json
    bare = registrar.act(contract, "refuse", {"reasons": [{"code": "R02"}, {"code": "R99"}]})
    assert bare.status == 422 and [(e["pointer"], e["rule"]) for e in bare.json["errors"]] == [("/reasons/1/note", "refuse.note")], bare
    assert registrar.act(contract, "refuse", {"reasons": [{"code": "R99", "note": "标的已灭失"}]}).status == 200
    switched("route.province")
    case = registrar.act(registrar.act(agency.submit(large("10000000.01")).json, "accept").json, "forward").json
    decision = {"decision": "refused", "decided_on": today().isoformat(), "reasons": [{"code": "R99"}]}
    assert registrar.act(case, "record_decision", decision).rules == ["refuse.note"]
    decision["reasons"][0]["note"] = "省级部门函"
    done = registrar.act(case, "record_decision", decision)
    assert done.status == 200 and done.json["rule_set"] == "R2026", done
    assert get(agency, case)["refusal"]["reasons"][0]["note"] == "省级部门函"
