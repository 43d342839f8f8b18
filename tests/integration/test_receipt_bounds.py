"""What was received never exceeds a contract's amounts, whoever records at once and whatever a later change lowers."""
import concurrent.futures
import threading
import uuid

import pytest

from contracts import fen, money
from receipts import act, end, receipt_body, record, registered, verified
from registered import ask, change, decide

CLIENTS = 20


def sums_of(query, contract):
    """(recorded and verified money, technology parts), from the acts."""
    return query("""select coalesce(sum(q.amount), 0)::bigint, coalesce(sum(a.technology_part), 0)::bigint
        from tcr.receipt q join tcr.receipt_act a on a.receipt_id = q.id
            and a.seq = (select max(x.seq) from tcr.receipt_act x where x.receipt_id = q.id)
        where q.contract_id = %s and a.act <> 'reverse'""", contract["id"])[0]


def test_twenty_record_at_once(tcrd, query):
    contract = registered(tcrd, total_amount="100.00", deductions=[{"kind": "x_parts", "amount": "10.00"}])
    path = f"/v1/contracts/{contract['id']}"
    clients = [tcrd.https("agency") for _ in range(CLIENTS)]
    gate = threading.Barrier(CLIENTS)

    def run(client):
        """Record 7.00, of it 6.50 for technology, until there is no room: (how many were made, why it ended)."""
        made = 0
        gate.wait()
        while True:
            seq = client.get(path).json["seq"]
            reply = client.post(path + "/receipts", receipt_body(amount="7.00", technology_part="6.50", costs=[]), if_match=seq)
            assert reply.status in (201, 412, 422), reply
            if reply.status == 422:
                return made, {e["rule"] for e in reply.json["errors"]}
            made += reply.status == 201
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(run, clients))
    # 13 parts of 6.50 make 84.50 of 90.00, and 13 x 7.00 = 91.00 of 100.00: the 14th fits by neither.
    assert sum(made for made, _ in results) == 13
    assert all(why == {"receipt.technology_sum"} or why == {"receipt.technology_sum", "receipt.amount_sum"} for _, why in results)
    assert sums_of(query, contract) == (9100, 8450)
    seqs = [row[0] for row in query("select seq from tcr.receipt_act where receipt_id in (select id from tcr.receipt where contract_id = %s)",
                                    contract["id"])]
    assert len(set(seqs)) == 13
    numbers = query("select count(*), max(seq) from (select seq from tcr.contract_release union all select seq from tcr.notice) n")[0]
    assert numbers == query("select value, value from tcr.sequence_counter")[0], "one sequence without gaps"


def test_one_etag_many_keys(tcrd, query):
    """All read the same state: one records, the others are told to read again."""
    contract = registered(tcrd, total_amount="100.00")
    clients = [tcrd.https("agency") for _ in range(CLIENTS)]
    gate = threading.Barrier(CLIENTS)

    def run(client):
        client.get("/v1/contracts?limit=1")
        gate.wait()
        return client.post(f"/v1/contracts/{contract['id']}/receipts", receipt_body(amount="60.00", technology_part="0.00", costs=[]),
                           if_match=contract["seq"])
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        replies = list(pool.map(run, clients))
    assert sorted(r.status for r in replies) == [201] + [412] * (CLIENTS - 1), replies
    assert sums_of(query, contract) == (6000, 0)


def test_one_invoice_on_two_contracts_at_once(tcrd, query):
    for _ in range(5):
        first = registered(tcrd, total_amount="100.00")
        contracts = [first] + [registered(tcrd, total_amount="100.00", seller=first["seller"]) for _ in range(3)]
        number = uuid.uuid4().hex
        gate = threading.Barrier(len(contracts))

        def run(contract):
            client = tcrd.https("agency")
            client.get("/v1/contracts?limit=1")
            gate.wait()
            return record(client, contract, invoice_number=number)
        with concurrent.futures.ThreadPoolExecutor(len(contracts)) as pool:
            replies = list(pool.map(run, contracts))
        assert sorted(r.status for r in replies) == [201, 422, 422, 422], replies
        assert query("select count(*) from tcr.receipt where invoice_number = %s", number) == [(1,)]


def test_verified_twice_at_once(tcrd, query):
    contract = registered(tcrd, total_amount="100.00")
    receipt = record(tcrd.https("agency"), contract).json
    clients = [tcrd.https("registrar") for _ in range(8)]
    gate = threading.Barrier(len(clients))

    def run(client):
        client.get("/v1/contracts?limit=1")
        gate.wait()
        return client.post(f"/v1/receipts/{receipt['id']}/verify", {}, if_match=contract["seq"])
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        replies = list(pool.map(run, clients))
    assert sorted(r.status for r in replies) == [200] + [412] * 7, replies
    assert query("select count(*), sum(received) from tcr.receipt_fact where receipt_id = %s", receipt["id"]) == [(1, 10000)]


def lower(tcrd, contract, technology):
    """A change that deducts more, so that this is left for technology."""
    change(tcrd, contract, {"deductions": [{"kind": "x_parts", "amount": money(fen(contract["total_amount"]) - technology)}]})


def test_technology_amount_lowered_below_what_was_received(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd, total_amount="1000.00")
    kept = verified(tcrd, contract, amount="500.00", technology_part="500.00")
    waiting = record(agency, contract, amount="300.00", technology_part="300.00").json
    lower(tcrd, contract, 40000)
    # What was verified stays; nothing more fits.
    assert agency.get("/v1/receipts/" + kept["id"]).json["status"] == "verified"
    assert agency.get(f"/v1/contracts/{contract['id']}/income").json["technology_due"] == "0.00"
    for reply in (record(agency, contract, amount="1.00", technology_part="0.01", costs=[]), act(registrar, contract, waiting, "verify")):
        assert reply.status == 422 and [e["rule"] for e in reply.json["errors"]] == ["receipt.technology_sum"], reply
        assert "0.00" in reply.json["errors"][0]["en"]
    assert record(agency, contract, amount="1.00", technology_part="0.00", costs=[]).status == 201
    done = act(registrar, contract, waiting, "verify", {"technology_part": "0.00", "costs": [], "reason": "合同变更后无余额"})
    assert done.json["technology_part"] == "0.00", done
    assert act(registrar, contract, kept, "reverse", {"reason": "重新登记"}).status == 200
    again = record(agency, contract, amount="199.00", technology_part="199.00").json
    assert act(registrar, contract, again, "verify").status == 200
    reply = record(agency, contract, amount="300.00", technology_part="201.01", costs=[])
    assert [e["rule"] for e in reply.json["errors"]] == ["receipt.technology_sum"] and "201.00" in reply.json["errors"][0]["en"]


def test_total_never_falls_below_what_was_received(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd, total_amount="1000.00")
    receipt = record(agency, contract, amount="500.00", technology_part="0.00", costs=[]).json
    asked = ask(agency, contract, "change", {"reason": "C3", "proposed": {"total_amount": "499.99"}})
    assert asked.status == 201, asked
    refused = decide(registrar, asked.json, "approve")
    assert refused.status == 422 and [e["rule"] for e in refused.json["errors"]] == ["receipt.total_received"], refused
    assert "500.00" in refused.json["errors"][0]["en"]
    assert act(agency, contract, receipt, "reverse").status == 200
    assert record(agency, contract, amount="499.99", technology_part="0.00", costs=[]).status == 201
    assert decide(registrar, asked.json, "approve").status == 200, "down to what was received"
    assert agency.get(f"/v1/contracts/{contract['id']}/income").json["total_amount"] == "499.99"


@pytest.mark.parametrize("status", ["cancelled", "revoked"])
def test_after_the_end_of_a_registration(tcrd, query, status):
    """Nothing new is recorded or verified on a registration that ended; what was there can be taken back."""
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = registered(tcrd, total_amount="1000.00")
    done = verified(tcrd, contract)
    open_one = record(agency, contract).json
    end(tcrd, contract, status)
    assert record(agency, contract).code == "state"
    assert act(registrar, contract, open_one, "verify").code == "state"
    income = agency.get(f"/v1/contracts/{contract['id']}/income").json
    assert (income["status"], income["due"], income["total"]["received"]) == (status, None, "100.00")
    assert act(registrar, contract, done, "reverse", {"reason": "登记已终止"}).json["status"] == "reversed"
    assert act(agency, contract, open_one, "reverse").json["status"] == "reversed"
    assert agency.get("/v1/contracts/" + contract["id"]).json["status"] == status
    assert query("select sum(received)::bigint from tcr.receipt_fact where contract_id = %s", contract["id"]) == [(0,)]
