"""What happens when nobody acts: notices before a case is late, and a correction past its day that lapses."""
import contextlib

import pytest

from contracts import contract_body, today


@pytest.fixture
def turn_clock(installation):
    """turn_clock("2026-12-10"): the record's day, until the end of the test."""
    db = installation.cluster.connect(database=installation.database)
    db.autocommit = True
    cursor = db.cursor()
    cursor.execute("select pg_get_functiondef('tcr.today()'::regprocedure)")
    right = cursor.fetchone()[0]

    def turn(day):
        cursor.execute(f"create or replace function tcr.today() returns date language sql stable as $$ select date '{day}' $$")
    with contextlib.closing(db):
        yield turn
        cursor.execute(right)


def events(client, contract):
    found, after = [], "0"
    while after is not None:
        page = client.get(f"/v1/feed?after={after}").json
        found += [e["event"] for e in page["items"] if e["contract"] == contract["id"]]
        after = page["next"]
    return found


def test_a_correction_that_nobody_makes_lapses_after_a_warning(tcrd, turn_clock):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    returned = registrar.act(agency.submit(contract_body()).json, "return",
                             {"faults": [{"pointer": "/project_name", "note": "名称不规范"}], "correct_by": f"{today().year + 1}-03-10"}).json
    assert returned["due_on"] == f"{today().year + 1}-03-10" and not returned["due_is_provisional"]
    other = registrar.act(agency.submit(contract_body()).json, "return",
                          {"faults": [{"pointer": "/project_name", "note": "名称不规范"}], "correct_by": f"{today().year + 1}-03-11"}).json
    turn_clock(f"{today().year + 1}-03-09")
    assert "2 notices" in tcrd.command("aggregate")
    assert events(agency, returned) == ["submit", "return", "correction_soon"]
    turn_clock(f"{today().year + 1}-03-10")
    tcrd.command("aggregate")
    assert agency.get("/v1/contracts/" + returned["id"]).json["status"] == "correction", "its day is not over"
    turn_clock(f"{today().year + 1}-03-11")
    output = tcrd.command("aggregate")
    assert "1 lapsed" in output, output
    assert agency.get("/v1/contracts/" + returned["id"]).json["status"] == "withdrawn"
    assert agency.get("/v1/contracts/" + other["id"]).json["status"] == "correction"
    assert events(agency, returned) == ["submit", "return", "correction_soon", "lapse"], "warned once"
    last = tcrd.https("auditor").get(f"/v1/contracts/{returned['id']}/releases").json["items"][-1]
    assert last["event"] == "lapse" and last["account"] is None
    assert agency.act(dict(returned, seq=last["seq"]), "submit").code == "state"


def test_a_corrected_submission_starts_the_clock_anew(tcrd, turn_clock):
    """National Day 2026: 1 to 7 October are free and Saturday 10 October is worked; so is Sunday 20 September, 25 to 27 are free."""
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    turn_clock("2026-09-18")
    accepted = registrar.act(agency.submit(contract_body(signed_on="2026-09-01")).json, "accept").json
    # 20 Sun 1, 21-24 5, 28-30 8, 8 Oct 9, 9 10, 10 Sat 11, 12-15 15
    assert (accepted["accepted_on"], accepted["due_on"]) == ("2026-09-18", "2026-10-15")
    turn_clock("2026-09-24")
    returned = registrar.act(accepted, "return", {"faults": [{"pointer": "/summary", "note": "补充"}]}).json
    assert returned["accepted_on"] is None and returned["due_on"], "the clock stands"
    turn_clock("2026-10-09")
    body = contract_body(signed_on="2026-09-01")
    saved = agency.put("/v1/contracts/" + returned["id"], body, if_match=returned["seq"]).json
    again = agency.act(saved, "submit").json
    # 10 Sat 1, 12-16 6, 19-23 11, 26-29 15
    assert (again["status"], again["accepted_on"], again["due_on"]) == ("accepted", "2026-10-09", "2026-10-29")
    escalated = registrar.act(again, "escalate").json
    # 30 Oct 16, 2-6 Nov 21, 9-13 26, 16-19 30
    assert escalated["due_on"] == "2026-11-19"


def test_a_case_that_is_late_is_told_of_before_and_after(tcrd, turn_clock):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    turn_clock("2026-03-02")
    case = registrar.act(agency.submit(contract_body(signed_on="2026-02-01", term_begins_on="2026-02-01")).json, "accept").json
    assert case["due_on"] == "2026-03-23" and case["rule_set"] is None
    turn_clock("2026-03-20")
    tcrd.command("aggregate", "--date", "2026-03-19")
    assert events(registrar, case) == ["submit", "accept", "due_soon"]
    due = registrar.get("/v1/clock/due?within_days=3").json["items"]
    assert case["id"] in {item["id"] for item in due}, due
    turn_clock("2026-03-24")
    tcrd.command("aggregate", "--date", "2026-03-23")
    assert events(registrar, case) == ["submit", "accept", "due_soon", "overdue"]
    assert case["id"] in {item["id"] for item in registrar.get("/v1/clock/due?overdue=true").json["items"]}


def test_each_regime_judges_by_its_own_rules(tcrd, turn_clock):
    """Accepted in February 2026: 30 calendar days, no expert review, and the lines of the rule of 2001; in March 15 working days."""
    agency, registrar, second = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("second")
    body = lambda: contract_body(contract_type="503", signed_on="2026-01-05", total_amount="6000000.00", deductions=[])
    turn_clock("2026-02-10")
    old = registrar.act(agency.submit(body()).json, "accept").json
    assert (old["due_on"], old["route"]) == ("2026-03-12", "point")
    turn_clock("2026-03-02")
    new = registrar.act(agency.submit(body()).json, "accept").json
    assert (new["due_on"], new["route"]) == ("2026-03-23", "expert")
    lines = {c["id"]: {i["rule"] for i in registrar.get(f"/v1/contracts/{c['id']}/checklist").json["items"]} for c in (old, new)}
    assert "P03" in lines[old["id"]] and "P03" not in lines[new["id"]]
    done = registrar.act(old, "certify")
    assert done.status == 200 and done.json["rule_set"] == "R2001", "a case that was pending at the switch keeps its rules"
    assert registrar.act(new, "certify").code == "route"
    decided = second.act(registrar.act(new, "escalate").json, "certify")
    assert decided.status == 200 and decided.json["rule_set"] == "R2026", decided
