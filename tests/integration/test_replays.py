"""Repeating a call with its key after the answer was lost: the first answer again, whatever became of the contract, and without an
If-Match, which only a new act needs."""
import pytest

from contracts import PASSED
from registered import registered
from test_finding_answers import pair


@pytest.fixture
def registrar(tcrd):
    with tcrd.https("registrar") as client:
        yield client


def replayed(client, path, body, key, first):
    """The same call with and without If-Match gives the first answer, another body under the key does not."""
    again = client.post(path, body, key=key)
    assert (again.status, again.json) == (first.status, first.json), again
    assert again.etag == first.etag
    assert client.post(path, body, key=key, if_match=1).json == first.json
    other = client.post(path, {**body, "note": "另一个"}, key=key)
    assert other.status == 422 and other.code == "key_reused", other
    fresh = client.post(path, body)
    assert fresh.status == 428, fresh


def test_acts_of_a_filing(tcrd, registrar):
    agency = tcrd.https("agency")
    contract = tcrd.filed()
    path = f"/v1/contracts/{contract['id']}/"
    faults = {"faults": [{"pointer": "/project_name", "note": "名称不规范"}]}
    for client, act, body in ((agency, "recall", {}), (agency, "submit", {}), (registrar, "accept", {}), (registrar, "return", faults),
                              (agency, "submit", {}), (registrar, "assign", {"assignee": "second"}), (registrar, "certify", PASSED)):
        key = f"replay-{contract['id']}-{contract['seq']}-{act}"
        first = client.post(path + act, body, key=key, if_match=contract["seq"])
        assert first.status == 200, (act, first)
        if act in ("return", "certify", "assign"):
            replayed(client, path + act, body, key, first)
        else:  # acts without a body take none
            again = client.post(path + act, body, key=key)
            assert (again.status, again.json) == (200, first.json), (act, again)
            assert client.post(path + act, body).status == 428
        contract = first.json
    refused = tcrd.filed()
    path = f"/v1/contracts/{refused['id']}/refuse"
    first = registrar.post(path, {"reasons": [{"code": "R02"}]}, key="replay-refuse", if_match=refused["seq"])
    replayed(registrar, path, {"reasons": [{"code": "R02"}]}, "replay-refuse", first)
    assert agency.post(path, {"reasons": [{"code": "R02"}]}, key="replay-refuse").status == 403
    assert registrar.post(path.replace(refused["id"], "999999999"), {"reasons": [{"code": "R02"}]}, key="replay-refuse").status == 404


def test_a_lost_answer_over_the_line_protocol(tcrd):
    contract = tcrd.filed()
    with tcrd.rpc("registrar") as rpc:
        first = rpc.call("contract.accept", id=contract["id"], idempotency_key="replay-rpc", if_match=contract["seq"])
        assert rpc.call("contract.accept", id=contract["id"], idempotency_key="replay-rpc") == first


def test_requests_receipts_and_registers(tcrd, registrar):
    agency = tcrd.https("agency")
    contract = registered(tcrd)
    path = f"/v1/contracts/{contract['id']}/change"
    body = {"reason": "C1", "proposed": {"project_name": "更名后的项目"}}
    first = agency.post(path, body, key="replay-change", if_match=contract["seq"])
    assert first.status == 201, first
    replayed(agency, path, body, "replay-change", first)
    path = f"/v1/requests/{first.json['id']}/approve"
    first = registrar.post(path, {}, key="replay-approve", if_match=int(first.etag.strip('"')))
    assert first.status == 200, first
    replayed(registrar, path, {}, "replay-approve", first)
    seq = int(first.etag.strip('"'))
    path = f"/v1/contracts/{contract['id']}/receipts"
    body = {"received_on": contract["registered_on"], "payer": "某公司", "amount": "100.00", "technology_part": "100.00", "invoice_kind": "none"}
    first = agency.post(path, body, key="replay-receipt", if_match=seq)
    assert first.status == 201, first
    replayed(agency, path, body, "replay-receipt", first)
    second = pair(tcrd, registrar, "RP-1")[1]
    path = f"/v1/contracts/{second['id']}/findings/finding.same_number"
    body = {"verdict": "cleared", "note": "分期履行"}
    first = registrar.post(path, body, key="replay-finding", if_match=second["seq"])
    assert first.status == 200, first
    replayed(registrar, path, body, "replay-finding", first)
