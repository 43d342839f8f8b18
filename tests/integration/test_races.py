"""Many at once on the same thing: one outcome, and everybody is told the truth."""
import concurrent.futures
import threading
import uuid

from contracts import contract_body

CROWD = 24


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


def test_one_key_many_senders(tcrd):
    clients = [warm(tcrd, "agency") for _ in range(CROWD)]
    for _ in range(5):
        body, key = contract_body(), uuid.uuid4().hex
        replies = at_once([lambda c=c: c.post("/v1/contracts", body, key=key) for c in clients])
        assert {r.status for r in replies} == {201}, replies
        assert len({r.json["id"] for r in replies}) == 1


def test_one_contract_many_keys(tcrd):
    clients = [warm(tcrd, "agency") for _ in range(CROWD)]
    for _ in range(5):
        body = contract_body()
        replies = at_once([lambda c=c: c.post("/v1/contracts", body) for c in clients])
        assert sorted(r.status for r in replies) == [201] + [409] * (CROWD - 1), replies


def test_one_row_key_many_contracts(tcrd):
    clients = [warm(tcrd, "agency") for _ in range(CROWD)]
    row = uuid.uuid4().hex
    bodies = [contract_body(row_key=row) for _ in clients]
    replies = at_once([lambda c=c, b=b: c.post("/v1/contracts", b) for c, b in zip(clients, bodies)])
    assert sorted(r.status for r in replies) == [201] + [409] * (CROWD - 1), replies
    assert {r.code for r in replies if r.status == 409} == {"row_key_used"}


def test_registrars_decide_in_the_same_instant(tcrd, db):
    clients = [warm(tcrd, "registrar") for _ in range(8)]
    for _ in range(5):
        contract = tcrd.accepted()
        calls = [lambda c=c: c.act(contract, "certify") for c in clients[:4]]
        calls += [lambda c=c: c.act(contract, "refuse", {"reasons": [{"code": "R02"}]}) for c in clients[4:]]
        replies = at_once(calls)
        assert sorted(r.status for r in replies) == [200] + [412] * 7, replies
    with db.cursor() as cursor:
        cursor.execute("select count(*) from tcr.contract_release where contract_id = %s and event in ('certify', 'refuse')",
                       (contract["id"],))
        assert cursor.fetchone() == (1,)


def test_same_decision_repeated_at_once_is_one(tcrd):
    clients = [warm(tcrd, "registrar") for _ in range(8)]
    contract, key = tcrd.accepted(), uuid.uuid4().hex
    replies = at_once([lambda c=c: c.act(contract, "certify", key=key) for c in clients])
    assert {r.status for r in replies} == {200}, replies
    assert len({r.json["registration_number"] for r in replies}) == 1
    assert all(r.json == replies[0].json for r in replies)
