"""PostgreSQL away or frozen: an honest 503 in time, and recovery without a restart."""
import os
import signal
import time
import uuid

from contracts import contract_body
from harness import processes_of, wait_until


def works(tcrd):
    def filed():
        return tcrd.https("agency").submit(contract_body()).status == 201
    wait_until(filed, "filing works again", timeout=20, pause=0.1)


def test_down_answers_503_and_recovers(tcrd):
    agency = tcrd.https("agency")
    assert agency.submit(contract_body()).status == 201
    workers = tcrd.workers()
    tcrd.cluster.stop("immediate")
    for _ in range(3):
        began = time.monotonic()
        reply = agency.submit(contract_body())
        assert reply.status == 503 and reply.headers["Retry-After"] and time.monotonic() - began < 2.0, reply
        assert reply.code in ("unavailable", "outcome_unknown")
    assert tcrd.admin("/live")[0] == 200
    wait_until(lambda: tcrd.admin("/ready")[0] == 503, "not ready without a database")
    tcrd.cluster.start()
    works(tcrd)
    assert tcrd.workers() == workers


def test_frozen_server_means_outcome_unknown(make_tcrd, tcrd):
    daemon = make_tcrd({"db.call_timeout_ms": 700, "workers": 1})
    agency = daemon.https("agency")
    assert agency.submit(contract_body()).status == 201
    victims = [p for p in processes_of(daemon.cluster.pid)]
    body, key = contract_body(), uuid.uuid4().hex
    for pid in victims:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        reply = agency.post("/v1/contracts", body, key=key)
        assert reply.status == 503 and reply.code == "outcome_unknown", reply
        assert time.monotonic() - began < 2.0
    finally:
        for pid in victims:
            os.kill(pid, signal.SIGCONT)
    works(daemon)
    again = agency.post("/v1/contracts", body, key=key)
    assert again.status == 201, "repeating with the same key is safe"
    assert agency.post("/v1/contracts", body, key=key).json == again.json


def test_one_bad_neighbour_does_not_refuse_others(tcrd, db):
    """A statement that PostgreSQL refuses for one call of a batch is answered for the others."""
    with db.cursor() as cursor:
        cursor.execute("alter table tcr.contract add constraint no_seven check (contract_no is distinct from 'SEVEN')")
    try:
        clients = [tcrd.rpc("agency") for _ in range(2)]
        for client in clients:
            calls = [("contract.submit", {"idempotency_key": uuid.uuid4().hex,
                                          "body": contract_body(contract_no="SEVEN" if i == 3 else f"N{i}")}) for i in range(8)]
            answers = client.batch(calls)
            assert [("result" in answer) for answer in answers] == [i != 3 for i in range(8)], answers
    finally:
        with db.cursor() as cursor:
            cursor.execute("alter table tcr.contract drop constraint no_seven")
