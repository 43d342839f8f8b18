"""What changes, corrections, objections, cancellations and revocations do to the figures: minus old, plus new, on the day of the act or
the first open day; recomputed here from the releases alone, and by tcrd aggregate."""
import collections
import contextlib
import datetime
import random

import pytest

from contracts import money, today
from receipts import act, record
from recomputed import answered, everything_agrees, random_values
from registered import ask, decide, registered

@pytest.fixture
def on_day(query):
    """with on_day(day): the record's clock shows that day."""
    clock = query("select pg_get_functiondef('tcr.today()'::regprocedure)")[0][0]

    @contextlib.contextmanager
    def on_day(day):
        query(f"create or replace function tcr.today() returns date language sql stable as $$ select date '{day}' $$")
        try:
            yield
        finally:
            query(clock)
    return on_day


def aggregate(installation, *options):
    out = installation.command("aggregate", *options)
    assert "0 differences" in out, out


# Acts ---------------------------------------------------------------------------------------------------------------------

def figures(tcrd, **filters):
    """Count, total and technology amount of today, in fen."""
    rows = answered(tcrd.https("bureau"), "registered", ["day"], **filters)
    return rows.get((today().isoformat(),), [0] * 5)[:3]


def differ(tcrd, before, **filters):
    return [a - b for a, b in zip(figures(tcrd, **filters), before)]


def approved(tcrd, contract, act, body, decision=None):
    asked = ask(tcrd.https("agency"), contract, act, body)
    assert asked.status == 201, asked
    done = decide(tcrd.https("registrar"), asked.json, "approve", decision)
    assert done.status == 200, done
    contract["seq"] = int(done.etag.strip('"'))
    return done.json


def test_amounts_type_field_and_region_move_to_the_fen(tcrd, query):
    contract = registered(tcrd, total_amount="500000.01", deductions=[{"kind": "x_parts", "amount": "100000.00"}], contract_type="101",
                          technical_field="05", **{"seller.region": "371302"})
    every = {"all": {}, "old_type": {"contract_type": 1}, "new_type": {"contract_type": 4}, "old_field": {"technical_field": "05"},
             "new_field": {"technical_field": "08"}, "old_county": {"county": 371302}, "new_district": {"district": 371372}}
    start = {name: figures(tcrd, **f) for name, f in every.items()}
    approved(tcrd, contract, "change", {"reason": "C3", "proposed": {"total_amount": "700000.00"}})
    assert differ(tcrd, start["all"]) == [0, 19999999, 19999999]
    approved(tcrd, contract, "change", {"reason": "C7", "proposed": {"total_amount": "300000.00"}})
    assert differ(tcrd, start["all"]) == [0, -20000001, -20000001]
    approved(tcrd, contract, "change", {"reason": "C3", "proposed": {"deductions": [{"kind": "x_parts", "amount": "250000.00"}]}})
    assert differ(tcrd, start["all"]) == [0, -20000001, -35000001]
    approved(tcrd, contract, "object", {"note": "类别有误", "on_behalf_of": "party", "proposed": {"contract_type": "401"}},
             {"note": "领域一并核定", "determined": {"technical_field": "08", "seller": {"region": "371312", "zone": "371372"}}})
    assert differ(tcrd, start["all"]) == [0, -20000001, -35000001], "nothing is lost between the cells"
    for name in ("old_type", "old_field", "old_county"):
        assert differ(tcrd, start[name], **every[name]) == [-1, -50000001, -40000001], name
    for name in ("new_type", "new_field", "new_district"):
        assert differ(tcrd, start[name], **every[name]) == [1, 30000000, 5000000], name
    facts = query("select count(*) from tcr.fact where contract_id = %s", contract["id"])
    approved(tcrd, contract, "change", {"reason": "C6", "proposed": {"seller": {"name": "更名有限公司"}, "contract_no": "x", "summary": "y"}})
    asked = ask(tcrd.https("agency"), contract, "cancel", {"reason": "N1"}).json
    assert query("select count(*) from tcr.fact where contract_id = %s", contract["id"]) == facts, "nothing is booked that moves nothing"
    assert differ(tcrd, start["all"]) == [0, -20000001, -35000001]
    assert decide(tcrd.https("registrar"), asked, "approve").status == 200
    assert differ(tcrd, start["all"]) == [-1, -50000001, -40000001]
    for name in ("new_type", "new_field", "new_district"):
        assert differ(tcrd, start[name], **every[name]) == [0, 0, 0], name
    everything_agrees(tcrd, query)


def money_act(tcrd, rng, contract, kind, day):
    """Money arrives, or what arrived is taken back; None when there is nothing to take back."""
    if kind == "arrives":
        part = rng.randrange(1, 10_000_00)
        costs = [{"kind": "labour", "amount": money(rng.randrange(1, part + 1))}]
        with tcrd.https("agency") as agency:
            reply = record(agency, contract, received_on=day.isoformat(), amount="10000.00", technology_part=money(part), costs=costs)
        if reply.status == 422: # a change left no room for it
            assert {e["rule"] for e in reply.json["errors"]} <= {"receipt.amount_sum", "receipt.technology_sum"}, reply
            return None
        reply = act(tcrd.https("registrar"), contract, reply.json, "verify")
        assert reply.status == 200 or reply.rules == ["receipt.technology_sum"], reply
        return kind
    with tcrd.https("registrar") as registrar:
        found = [r for r in registrar.get(f"/v1/contracts/{contract['id']}/receipts").json["items"] if r["status"] == "verified"]
        if not found:
            return None
        reply = act(registrar, contract, rng.choice(found), "reverse", {"reason": "退款"})
        assert reply.status == 200, reply
    return kind


def one_act(tcrd, rng, contract, day):
    """Does something to the contract; what it was, or None when nothing would have changed."""
    kind = rng.choice(["change"] * 4 + ["correct"] * 2 + ["object"] * 3 + ["arrives"] * 5 + ["goes", "cancel", "revoke", "rejected"])
    if contract["status"] != "registered":
        kind = "goes"
    if kind in ("arrives", "goes"):
        return money_act(tcrd, rng, contract, kind, day)
    if kind == "revoke":
        reply = tcrd.https("bureau").act(contract, "revoke", {"ground": "V9", "note": "生效裁判"})
        assert reply.status == 200, reply
        contract["seq"], contract["status"] = reply.json["seq"], "revoked"
        return kind
    body = {"change": {"reason": "C1"}, "correct": {"reason": "C4"}, "object": {"note": "异议", "on_behalf_of": "party"},
            "cancel": {"reason": "N2"}, "rejected": {"reason": "C1"}}[kind]
    if kind != "cancel":
        body["proposed"] = random_values(rng)
    asked = ask(tcrd.https("agency"), contract, "change" if kind == "rejected" else kind, body)
    if asked.status == 422:
        assert asked.rules == ["request.nothing_changed"], asked
        return None
    assert asked.status == 201, asked
    if kind == "rejected":
        done = decide(tcrd.https("registrar"), asked.json, "reject", {"note": "不同意"})
    else:
        other = {"note": "另行核定", "determined": random_values(rng)} if kind != "cancel" and rng.random() < 0.4 else {}
        done = decide(tcrd.https("registrar"), asked.json, "approve", other)
        if done.status == 422:
            assert done.rules in (["request.nothing_changed"], ["receipt.total_received"]), done
            done = decide(tcrd.https("registrar"), asked.json, "reject", {"note": "不能这样变更"})
    assert done.status == 200, done
    contract["seq"], contract["status"] = int(done.etag.strip('"')), done.json.get("contract_status", "registered")
    return kind


def test_random_acts_over_closed_days_equal_a_recomputation(tcrd, installation, query, on_day):
    rng = random.Random(8)
    contracts, kinds = [], collections.Counter()
    day = today() - datetime.timedelta(days=120)
    signed = {name: (day - datetime.timedelta(days=3)).isoformat() for name in ("signed_on", "term_begins_on")}
    for step in range(4):
        with on_day(day):
            for _ in range(5):
                contracts.append(registered(tcrd, deductions=[], determined=random_values(rng) if rng.random() < 0.5 else None, **signed))
            for _ in range(25):
                # What was taken out still has receipts that can be taken back.
                contract = rng.choice([c for c in contracts if c["status"] == "registered" or rng.random() < 0.5])
                kinds[one_act(tcrd, rng, contract, day)] += 1
        if step == 1:
            aggregate(installation, "--date", (day - datetime.timedelta(days=1)).isoformat())
        if step == 2:
            aggregate(installation, "--date", (day + datetime.timedelta(days=9)).isoformat())
            assert query("select count(*) from tcr.closing") != [(0,)]
        everything_agrees(tcrd, query)
        day += datetime.timedelta(days=rng.choice([1, 17, 31]) if step != 2 else 3)
    assert min(kinds[k] for k in ("change", "correct", "object", "cancel", "revoke", "rejected", "arrives", "goes")) > 0, kinds
    assert query("select count(*) > 5 from tcr.fact where count = -1 and technology_received <> 0") == [(True,)], "money was moved"
    late = query("select count(*) from tcr.fact f join tcr.contract_release r using (seq) where f.day > r.day")
    assert late != [(0,)], "some act came after its day was closed"
    aggregate(installation)
    aggregate(installation, "--verify")
    everything_agrees(tcrd, query)
    assert query("select count(*) from tcr.fact where sign = -1")[0][0] > 20


def test_one_wrong_fact_of_a_change_is_found(tcrd, installation, query):
    """The nightly comparison must be able to fail for these acts too."""
    contract = registered(tcrd, total_amount="500000.00", deductions=[])
    approved(tcrd, contract, "change", {"reason": "C3", "proposed": {"total_amount": "400000.00"}})
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    aggregate(installation, "--verify")
    query("alter table tcr.fact disable trigger append_only")
    try:
        query("update tcr.fact set total_amount = total_amount - 1 where contract_id = %s and sign = -1", contract["id"])
        with pytest.raises(AssertionError, match=f"contracts \\[{contract['id']}\\]"):
            installation.command("aggregate", "--verify")
        query("update tcr.fact set total_amount = total_amount + 1 where contract_id = %s and sign = -1", contract["id"])
    finally:
        query("alter table tcr.fact enable trigger append_only")
    aggregate(installation, "--verify")
