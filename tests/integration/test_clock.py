"""The statutory clock from outside: what is due, what is late, how fast points decide, warnings, and regimes by the day of acceptance."""
import collections
import contextlib
import csv
import datetime
import statistics as figures

import pytest

from contracts import PASSED, contract_body, party, today
from harness import CHECKOUT, wait_until

CALENDAR = {row["day"]: row["kind"] for row in csv.DictReader((CHECKOUT / "sql/codes/calendar_day.csv").open(encoding="utf-8"))}


def is_worked(day):
    kind = CALENDAR.get(day.isoformat())
    return kind == "workday" or (kind is None and day.weekday() < 5)


def working_days(start, end):
    """Working days after start up to end."""
    return sum(is_worked(start + datetime.timedelta(days=n)) for n in range(1, (end - start).days + 1))


@pytest.fixture
def on_day(db):
    """with on_day("2026-02-27"): the record believes that this is today."""
    def define(day):
        with db.cursor() as cursor:
            cursor.execute("create or replace function tcr.today() returns date language sql stable as "
                           + (f"$$ select date '{day}' $$" if day else "$$ select (now() at time zone 'Asia/Shanghai')::date $$"))

    @contextlib.contextmanager
    def on_day(day):
        define(day)
        try:
            yield
        finally:
            define(None)
    return on_day


def put_due(query, contract, days, **more):
    query("update tcr.contract set due_on = tcr.today() + %s where id = %s", days, int(contract["id"]))
    return int(contract["id"])


def ids(reply):
    assert reply.status == 200, reply
    return [int(item["id"]) for item in reply.json["items"]]


def lowest_due(query):
    """Nothing that other tests left comes before the contracts of this one."""
    query("update tcr.contract set due_on = tcr.today() + 300 where due_on is not null and status in ('submitted', 'accepted', 'correction', 'expert')")


# What is due

def test_due_list_in_order_with_what_the_clock_counts(tcrd, query):
    lowest_due(query)
    registrar = tcrd.https("registrar")
    accepted, submitted = tcrd.accepted(), tcrd.filed()
    returned = registrar.act(tcrd.filed(), "return", {"faults": [{"pointer": "/project_name", "note": "请补正"}]}).json
    assert returned["due_on"] and accepted["due_on"] and submitted["due_on"]
    first, second, third = put_due(query, submitted, -1), put_due(query, returned, 0), put_due(query, accepted, 3)
    reply = registrar.get("/v1/clock/due?within_days=3")
    assert ids(reply) == [first, second, third]
    by_id = {int(item["id"]): item for item in reply.json["items"]}
    assert [(by_id[i]["kind"], by_id[i]["days_left"], by_id[i]["is_overdue"]) for i in (first, second, third)] == [
        ("acceptance", -1, True), ("correction", 0, False), ("decision", 3, False)]
    item = by_id[third]
    assert (item["point"], item["status"], item["due_on"]) == ("371301", "accepted", (today() + datetime.timedelta(days=3)).isoformat())
    assert (item["total_amount"], item["technology_amount"]) == (accepted["total_amount"], accepted["technology_amount"])
    assert ids(registrar.get("/v1/clock/due?overdue=true")) == [first]
    assert ids(registrar.get("/v1/clock/due?within_days=2")) == [first, second]
    assert set(ids(registrar.get("/v1/clock/due?limit=200"))) >= {first, second, third}


def test_due_list_by_pages_is_the_whole_list(tcrd, query):
    lowest_due(query)
    made = [put_due(query, tcrd.filed(), n // 3 + 1) for n in range(7)]
    registrar = tcrd.https("registrar")
    found, path, pages = [], "/v1/clock/due?within_days=9&limit=3", 0
    while path:
        reply = registrar.get(path)
        found += ids(reply)
        pages += 1
        assert ("next" in (reply.headers.get("Link") or "")) == (reply.json["next"] is not None)
        path = reply.json["next"] and f"/v1/clock/due?within_days=9&limit=3&cursor={reply.json['next']}"
    assert found == made and pages == 3


@pytest.fixture
def point31(installation, query):
    """A second point, of a county, with a registrar."""
    installation.command("point", "add", "31", "--region", "371323", "--name", "沂水县登记处")
    installation.add_account("registrar31", "--roles", "registrar", "--point", "371331")
    yield
    query("update tcr.registration_point set is_active = false where code = '31'")


def test_who_sees_what_is_due(tcrd, query, point31):
    lowest_due(query)
    own = put_due(query, tcrd.filed(seller=party("371302")), 1)
    other = put_due(query, tcrd.filed(seller=party("371323")), 1)
    draft = tcrd.https("agency").post("/v1/contracts?draft=true", contract_body()).json
    near = "/v1/clock/due?within_days=1"
    assert ids(tcrd.https("registrar").get(near)) == [own] and ids(tcrd.https("registrar31").get(near)) == [other]
    assert ids(tcrd.https("bureau").get(near)) == ids(tcrd.https("auditor").get(near)) == [own, other]
    assert ids(tcrd.https("county").get(near)) == [own], "the county of the seller"
    assert ids(tcrd.https("both").get(near)) == [own], "an agency's own contracts are not its registrar's work"
    assert ids(tcrd.https("bureau").get(near + "&point=371331")) == [other]
    assert ids(tcrd.https("registrar").get(near + "&point=371331")) == []
    assert draft["id"] not in map(str, ids(tcrd.https("bureau").get("/v1/clock/due?limit=200")))
    for role, status in (("agency", 403), ("admin", 403), (None, 401)):
        assert tcrd.https(role).get(near).status == status, role
    bureau = tcrd.https("bureau")
    for bad in ("point=99", "within_days=soon", "within_days=-1", "overdue=maybe", "limit=0", "limit=201", "cursor=x", "colour=red"):
        assert bureau.get("/v1/clock/due?" + bad).status == 400, bad
    assert bureau.get("/v1/clock/due?within_days=9999999999999&cursor=9223372036854775807").status == 200
    seen = "select object from tcr.audit where event = 'clock.due' and account_id = (select id from tcr.account where name = 'county')"
    wait_until(lambda: (f"clock {own}",) in query(seen), "a read of contracts leaves their ids in the audit")


# How fast points decide

def test_performance_equals_a_recomputation_from_the_releases(tcrd, query):
    registrar, second = tcrd.https("registrar"), tcrd.https("second")
    certified = [tcrd.accepted() for _ in range(4)]
    refused_now = tcrd.filed()
    returned = registrar.act(tcrd.accepted(), "return", {"faults": [{"pointer": "/project_name", "note": "请补正"}]}).json
    for contract in certified:
        assert registrar.act(contract, "certify").status == 200
    assert registrar.act(refused_now, "refuse", {"reasons": [{"code": "R02"}]}).status == 200
    assert returned["status"] == "correction"
    # Their days are spread over the year: releases are only ever added, so the test goes around the guard.
    query("alter table tcr.contract_release disable trigger append_only")
    start = datetime.date(2026, 2, 10)
    for n, contract in enumerate(certified):
        days = [start + datetime.timedelta(days=37 * n), start + datetime.timedelta(days=37 * n + 4), start + datetime.timedelta(days=37 * n + 9 + 8 * n)]
        due = days[2] - datetime.timedelta(days=1) if n == 3 else days[2]
        for event, day in zip(("submit", "accept", "certify"), days):
            query("update tcr.contract_release set day = %s, accepted_on = case when %s <> 'submit' then %s end, due_on = %s "
                  "where contract_id = %s and event = %s", day, event, days[1], due, int(contract["id"]), event)
    query("alter table tcr.contract_release enable trigger append_only")
    releases = query("select p.number_region || p.code, r.contract_id, r.event, r.day, r.accepted_on, r.due_on from tcr.contract_release r "
                     "join tcr.registration_point p on p.id = r.point_id order by r.seq")
    filed = {}
    for _, contract_id, event, day, _, _ in releases:
        if event == "submit":
            filed.setdefault(contract_id, day)
    points = collections.defaultdict(lambda: collections.Counter(decided=0, registered=0, refused=0, late=0, returned=0))
    spans = collections.defaultdict(lambda: ([], []))
    for point, contract_id, event, day, accepted_on, due_on in releases:
        if day.year != 2026 or event not in ("certify", "refuse", "return"):
            continue
        if event == "return":
            points[point]["returned"] += 1
            continue
        points[point].update(decided=1, registered=event == "certify", refused=event == "refuse", late=due_on is not None and day > due_on)
        spans[point][0].append(working_days(filed[contract_id], day))
        if accepted_on:
            spans[point][1].append(working_days(accepted_on, day))
    expected = [{"point": point, "on_time": c["decided"] - c["late"], **c,
                 "median_days_from_submission": f"{figures.median(spans[point][0]):.1f}",
                 "median_days_from_acceptance": f"{figures.median(spans[point][1]):.1f}"} for point, c in sorted(points.items())]
    answer = tcrd.https("bureau").get("/v1/clock/performance?year=2026").json
    assert [{k: v for k, v in item.items() if k != "name"} for item in answer["items"]] == expected
    own = next(item for item in answer["items"] if item["point"] == "371301")
    assert own["late"] >= 1 and own["returned"] >= 1 and own["refused"] >= 1 and own["registered"] >= 4
    assert tcrd.https("registrar").get("/v1/clock/performance?year=2026").json["items"] == [own]
    assert second.get("/v1/clock/performance?year=2026&point=371301").json["items"] == [own]
    assert tcrd.https("bureau").get("/v1/clock/performance?year=2019").json["items"] == []
    county = tcrd.https("county").get("/v1/clock/performance?year=2026").json["items"]
    assert sum(i["decided"] for i in county) == query(
        "select count(*) from tcr.contract_release where event in ('certify', 'refuse') and seller_region = '371302' and extract(year from day) = 2026")[0][0]
    bureau = tcrd.https("bureau")
    for bad in ("year=1800", "year=99999999999", "year=last", "point=nowhere"):
        assert bureau.get("/v1/clock/performance?" + bad).status == 400, bad
    assert tcrd.https("agency").get("/v1/clock/performance").status == 403


# Warnings and lapse

def test_a_case_is_warned_of_once_for_each_of_its_days(tcrd, query):
    lowest_due(query)
    registrar = tcrd.https("registrar")
    soon, late, far = tcrd.accepted(), tcrd.filed(), tcrd.accepted()
    correction = registrar.act(tcrd.filed(), "return", {"faults": [{"pointer": "/project_name", "note": "请补正"}]}).json
    lapsed = registrar.act(tcrd.filed(), "return", {"faults": [{"pointer": "/project_name", "note": "请补正"}]}).json
    third = query("select (tcr.days_after(tcr.today(), 3, 'working_day', false)).due_on - tcr.today()")[0][0]
    for contract, days in ((soon, third), (late, -1), (far, third + 1), (correction, third), (lapsed, -1)):
        put_due(query, contract, days)
    notices = "select contract_id, kind from tcr.notice where contract_id = any(%s) order by contract_id, kind"
    mine = sorted(int(c["id"]) for c in (soon, late, far, correction, lapsed))
    assert query("select tcr.clock_warnings(tcr.today())") == [(3,)]
    expected = sorted([(int(soon["id"]), "due_soon"), (int(late["id"]), "overdue"), (int(correction["id"]), "correction_soon")])
    assert query(notices, mine) == expected
    assert query("select tcr.clock_warnings(tcr.today())") == [(0,)], "once"
    detail = query("select detail from tcr.notice where contract_id = %s", int(soon["id"]))[0][0]
    assert detail == {"due_on": query("select due_on::text from tcr.contract where id = %s", int(soon["id"]))[0][0], "is_provisional": False}
    # The day passes: what was soon is overdue, and that is another notice. A new term is warned of anew.
    put_due(query, soon, -2)
    put_due(query, late, 1)
    assert query("select tcr.clock_warnings(tcr.today())") == [(2,)]
    assert query(notices, mine) == sorted(expected + [(int(soon["id"]), "overdue"), (int(late["id"]), "due_soon")])
    assert query("select tcr.clock_lapsed(tcr.today())") == [(int(lapsed["id"]),)]
    assert query("select tcr.clock_lapsed(tcr.today() - 1)") == []
    events = [item["event"] for item in tcrd.https("bureau").get(f"/v1/feed?after={max(0, correction['seq'])}&limit=200").json["items"]]
    assert {"due_soon", "overdue", "correction_soon"} <= set(events)


# Regimes

def test_a_contract_is_judged_by_the_rules_of_its_acceptance(tcrd, query, on_day):
    """Training filed on both sides of the switch: the old rule asks P03 and gives thirty calendar days, the new one G08 and fifteen working days."""
    registrar = tcrd.https("registrar")
    bodies = [contract_body(contract_type="503", foreign_language=True, signed_on="2026-01-05", term_begins_on="2026-01-05") for _ in range(3)]
    with on_day("2026-02-27"):
        old, pending = (registrar.act(tcrd.https("agency").submit(body).json, "accept").json for body in bodies[:2])
    with on_day("2026-03-02"):
        new = registrar.act(tcrd.https("agency").submit(bodies[2]).json, "accept").json
    assert (old["accepted_on"], old["due_on"]) == ("2026-02-27", "2026-03-29")
    assert (new["accepted_on"], new["due_on"]) == ("2026-03-02", "2026-03-23")
    asked = {name: registrar.act(c, "certify", {}) for name, c in (("old", old), ("new", new))}
    rules = {name: {e["rule"]: e for e in reply.json["errors"]} for name, reply in asked.items()}
    assert "P03" in rules["old"] and "G08" not in rules["old"] and "G08" in rules["new"] and "P03" not in rules["new"]
    assert "第四十四条" in rules["old"]["P01"]["article"] and rules["new"]["P01"]["article"] is None, "a draft is not cited"
    with on_day("2026-02-28"):
        before = registrar.act(old, "certify", PASSED)
    after = registrar.act(pending, "certify", PASSED)
    fresh = registrar.act(new, "certify", PASSED)
    for reply, rule_set in ((before, "R2001"), (after, "R2001"), (fresh, "R2026")):
        assert reply.status == 200, reply
        assert query("select rule_set from tcr.contract_release where contract_id = %s and event = 'certify'", int(reply.json["id"])) == [(rule_set,)]


def test_an_escalation_gets_the_term_of_experts_where_the_rules_have_one(tcrd, on_day):
    registrar = tcrd.https("registrar")
    with on_day("2026-02-26"):
        old = registrar.act(tcrd.filed(signed_on="2026-01-05"), "accept").json
        escalated = registrar.act(old, "escalate").json
    assert (escalated["status"], escalated["due_on"]) == ("expert", old["due_on"]) and old["due_on"] == "2026-03-28"
    with on_day("2026-09-18"):
        new = registrar.act(tcrd.filed(signed_on="2026-01-05"), "accept").json
        assert new["due_on"] == "2026-10-15"
        assert registrar.act(new, "escalate").json["due_on"] == "2026-11-05"


def test_a_return_stops_the_clock_and_the_corrected_text_starts_it_anew(tcrd, on_day):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    with on_day("2026-09-18"):
        contract = registrar.act(agency.submit(contract_body(signed_on="2026-01-05")).json, "accept").json
    with on_day("2026-09-22"):
        returned = registrar.act(contract, "return", {"faults": [{"pointer": "/project_name", "note": "请补正"}]}).json
    assert (returned["accepted_on"], returned["due_on"]) == (None, "2026-10-20")
    with on_day("2026-09-28"):
        again = agency.act(returned, "submit").json
    assert (again["status"], again["accepted_on"], again["due_on"]) == ("accepted", "2026-09-28", "2026-10-23")


def test_a_day_in_a_year_without_a_calendar_is_provisional(tcrd, on_day):
    registrar = tcrd.https("registrar")
    with on_day("2026-12-18"):
        filed = tcrd.filed(signed_on="2026-01-05")
        assert (filed["due_on"], filed["due_is_provisional"]) == ("2026-12-25", False)
        accepted = registrar.act(filed, "accept").json
    assert (accepted["due_on"], accepted["due_is_provisional"]) == ("2027-01-11", True)


def test_a_case_pending_at_the_switch_follows_the_row_that_says_so(tcrd, query, on_day):
    registrar = tcrd.https("registrar")
    body = contract_body(contract_type="503", signed_on="2026-01-05", term_begins_on="2026-01-05")
    with on_day("2026-02-27"):
        contract = registrar.act(tcrd.https("agency").submit(body).json, "accept").json
    query("update tcr.rule set value = 'decision' where id = 'switch.pending'")
    try:
        assert "P03" not in registrar.act(contract, "certify", {}).rules
        done = registrar.act(contract, "certify")
        assert done.status == 200, done
    finally:
        query("update tcr.rule set value = 'acceptance' where id = 'switch.pending'")
    assert query("select rule_set from tcr.contract_release where contract_id = %s and event = 'certify'", int(contract["id"])) == [("R2026",)]
