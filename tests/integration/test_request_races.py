"""Many at once on the same request or contract: one outcome, and everybody is told the truth."""
import concurrent.futures
import threading
import uuid

from registered import ask, registered


def at_once(calls):
    """Run the calls in the same instant; their results."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        return call()
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def warm(tcrd, role):
    client = tcrd.https(role)
    client.get("/v1/contracts?limit=1")
    return client


def clients(tcrd):
    return [warm(tcrd, role) for role in ("registrar", "second") * 4]


def test_two_registrars_decide_in_the_same_instant(tcrd, query):
    deciders = clients(tcrd)
    for round_ in range(6):
        contract = registered(tcrd, total_amount="500000.00", deductions=[])
        request = ask(tcrd.https("agency"), contract, "change", {"reason": "C3", "proposed": {"total_amount": "400000.00"}}).json
        path = f"/v1/requests/{request['id']}"
        calls = [lambda c=c: c.post(path + "/approve", {}, if_match=contract["seq"]) for c in deciders[:4]]
        calls += [lambda c=c: c.post(path + "/reject", {"note": "x"}, if_match=contract["seq"]) for c in deciders[4:]]
        replies = at_once(calls)
        assert sorted(r.status for r in replies) == [200] + [412] * 7, replies
        won = next(r for r in replies if r.status == 200)
        facts = query("select sign, total_amount from tcr.fact where contract_id = %s order by seq, sign", contract["id"])
        assert facts == ([(1, 50000000), (-1, -50000000), (1, 40000000)] if won.json["status"] == "approved" else [(1, 50000000)])
        assert query("select count(*) from tcr.contract_release where contract_id = %s", contract["id"]) == [(5,)]


def test_one_request_of_a_kind(tcrd):
    contract = registered(tcrd)
    agencies = [warm(tcrd, "agency") for _ in range(8)]
    replies = at_once([lambda c=c: c.act(contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}}) for c in agencies])
    assert sorted(r.status for r in replies) == [201] + [412] * 7, replies


def test_one_key_is_one_request(tcrd, query):
    contract, key = registered(tcrd), uuid.uuid4().hex
    agencies = [warm(tcrd, "agency") for _ in range(8)]
    replies = at_once([lambda c=c: c.act(contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}}, key=key) for c in agencies])
    assert {r.status for r in replies} == {201} and len({r.json["id"] for r in replies}) == 1, replies
    assert all(r.json == replies[0].json and r.etag == replies[0].etag for r in replies)
    assert query("select count(*) from tcr.request where contract_id = %s", contract["id"]) == [(1,)]


def test_revoked_while_a_change_is_approved(tcrd, query):
    bureau = warm(tcrd, "bureau")
    for _ in range(4):
        contract = registered(tcrd)
        request = ask(tcrd.https("agency"), contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}}).json
        calls = [lambda c=c: c.post(f"/v1/requests/{request['id']}/approve", {}, if_match=contract["seq"]) for c in clients(tcrd)[:3]]
        calls.append(lambda: bureau.act(contract, "revoke", {"ground": "V9", "note": "生效裁判"}))
        replies = at_once(calls)
        assert sorted(r.status for r in replies) == [200, 412, 412, 412], replies
        status = query("select c.status, q.status from tcr.contract c join tcr.request q on q.contract_id = c.id where c.id = %s",
                       contract["id"])
        assert status == [("revoked", "lapsed") if replies[3].status == 200 else ("registered", "approved")]


def test_different_requests_of_one_contract_take_turns(tcrd):
    """Both are asked for on different releases; the later decision must have read the earlier one."""
    contract = registered(tcrd)
    agency = tcrd.https("agency")
    change = ask(agency, contract, "change", {"reason": "C1", "proposed": {"summary": "甲"}}).json
    correct = ask(agency, contract, "correct", {"reason": "C4", "proposed": {"contract_no": "乙"}}).json
    one, two = clients(tcrd)[:2]
    replies = at_once([lambda: one.post(f"/v1/requests/{change['id']}/approve", {}, if_match=contract["seq"]),
                       lambda: two.post(f"/v1/requests/{correct['id']}/approve", {}, if_match=contract["seq"])])
    assert sorted(r.status for r in replies) == [200, 412], replies
    lost = correct if replies[0].status == 200 else change
    fresh = two.get("/v1/requests/" + lost["id"])
    assert two.post(f"/v1/requests/{lost['id']}/approve", {}, if_match=fresh.etag).status == 200
    got = agency.get("/v1/contracts/" + contract["id"]).json
    assert (got["summary"], got["contract_no"]) == ("甲", "乙"), "both are in"
