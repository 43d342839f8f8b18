"""The same story line by line over JSON-RPC, each role with its own client certificate; a batch; both wires, one meaning."""
import uuid

import pytest
from clients import RpcError
from contracts import PASSED, contract_body


def key():
    return uuid.uuid4().hex


def test_story_with_client_certificates(tcrd):
    agency, registrar, bureau = tcrd.rpc("agency"), tcrd.rpc("registrar"), tcrd.rpc("bureau")
    total = lambda: bureau.call("statistics.query", measure="count,total_amount")["rows"]
    before = total()
    once, body = key(), contract_body(total_amount="700000.00", deductions=[])
    contract = agency.call("contract.submit", idempotency_key=once, body=body)
    assert agency.call("contract.submit", idempotency_key=once, body=body) == contract
    with pytest.raises(RpcError) as refusal:
        agency.call("contract.certify", id=contract["id"], idempotency_key=key(), if_match=contract["seq"])
    assert refusal.value.code == -32000 and refusal.value.data["status"] == 403
    accepted = registrar.call("contract.accept", id=contract["id"], idempotency_key=key(), if_match=contract["seq"])
    done = registrar.call("contract.certify", id=contract["id"], idempotency_key=key(), if_match=accepted["seq"], body=PASSED)
    assert len(done["registration_number"]) == 16
    after = total()
    assert after[0]["count"] == (before[0]["count"] if before else 0) + 1
    with pytest.raises(RpcError) as refusal:
        tcrd.rpc("agency2").call("contract.get", id=contract["id"])
    assert refusal.value.data["code"] == "not_found"
    assert agency.call("contract.get", id=contract["id"]) == tcrd.https("agency").get("/v1/contracts/" + contract["id"]).json


def test_one_batch_of_independent_calls(tcrd):
    agency = tcrd.rpc("agency")
    calls = [("contract.submit", {"idempotency_key": key(), "body": contract_body()}) for _ in range(50)]
    calls[7][1]["body"] = dict(calls[7][1]["body"], total_amount="0.00")
    answers = agency.batch(calls)
    assert [("result" in a) for a in answers] == [i != 7 for i in range(50)]
    assert answers[7]["error"]["data"]["errors"][0]["pointer"] == "/total_amount"
    seqs = [a["result"]["seq"] for a in answers if "result" in a]
    assert len(set(seqs)) == 49


def test_key_is_one_over_both_wires(tcrd):
    once, body = key(), contract_body()
    first = tcrd.https("agency").post("/v1/contracts", body, key=once).json
    assert tcrd.rpc("agency").call("contract.submit", idempotency_key=once, body=dict(reversed(body.items()))) == first


def test_session_open_with_a_token(tcrd):
    client = tcrd.rpc("agency", cert=False)
    assert client.call("contract.list", limit=1)["items"] is not None
    with pytest.raises(RpcError) as refusal:
        tcrd.rpc().call("contract.list")
    assert refusal.value.data["status"] == 401


def test_revoked_key_ends_within_a_second(tcrd, installation):
    from harness import wait_until
    made = installation.command("account", "key", "new", "agency")
    token = [word for word in made.split() if word.startswith("tcrd_")][0]
    client = tcrd.https()
    assert client.get("/v1/contracts?limit=1", token=token).status == 200
    with installation.connect() as db, db.cursor() as cursor:
        cursor.execute("update tcr.credential set revoked_at = now() where sha256 = sha256(%s)", (token.encode(),))
    db.close()
    wait_until(lambda: client.get("/v1/contracts?limit=1", token=token).status == 401, "the key is dead", timeout=1.0)
