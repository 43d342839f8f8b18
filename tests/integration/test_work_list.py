"""Many cases at once, and the feed that tells what happened: batch accept and assign, events in the order of the one sequence."""
import uuid

from contracts import contract_body


def items(contracts):
    return [{"id": c["id"], "seq": c["seq"]} for c in contracts]


def test_a_batch_does_what_can_be_done(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    filed = [agency.submit(contract_body()).json for _ in range(5)]
    own = tcrd.https("both").submit(contract_body()).json
    registrar.act(filed[1], "accept")
    body = {"act": "accept", "items": items(filed + [own]) + [{"id": "999999999", "seq": 1}]}
    key = uuid.uuid4().hex
    done = registrar.post("/v1/contracts/batch", body, key=key)
    assert done.status == 200, done
    assert [i["outcome"] for i in done.json["items"]] == ["ok", "stale", "ok", "ok", "ok", "ok", "not_found"]
    assert done.json["items"][0]["status"] == "accepted" and done.json["items"][0]["due_on"]
    again = registrar.post("/v1/contracts/batch", body, key=key)
    assert again.json == done.json
    read = [registrar.get("/v1/contracts/" + c["id"]).json for c in filed]
    assert {c["status"] for c in read} == {"accepted"}
    assigned = registrar.post("/v1/contracts/batch", {"act": "assign", "assignee": "second", "items": items(read)})
    assert [i["outcome"] for i in assigned.json["items"]] == ["ok"] * 5, assigned
    mine = registrar.get("/v1/contracts?assignee=second&status=accepted").json["items"]
    assert {c["id"] for c in read} <= {c["id"] for c in mine}
    own_accepted = registrar.get("/v1/contracts/" + own["id"]).json
    own_batch = tcrd.https("both").post("/v1/contracts/batch", {"act": "assign", "items": items([own_accepted]), "assignee": "both"})
    assert own_batch.json["items"][0]["outcome"] == "faults"
    for wrong in ({"act": "certify", "items": items(read)}, {"act": "accept", "items": []}, {"items": items(read)},
                  {"act": "accept", "items": [{"id": "x", "seq": 1}]}, {"act": "accept", "items": items(read) * 50}):
        assert registrar.post("/v1/contracts/batch", wrong).status == 422, wrong
    assert agency.post("/v1/contracts/batch", body).status == 403


def read_all(client, after="0"):
    found, page = [], {"next": after}
    while page["next"] is not None:
        page = client.get(f"/v1/feed?after={page['next']}&limit=7").json
        found += page["items"]
    return found


def test_the_feed_tells_everything_once_in_order(tcrd, query):
    agency, other, registrar, bureau = (tcrd.https(n) for n in ("agency", "agency2", "registrar", "bureau"))
    contract = agency.submit(contract_body()).json
    foreign = other.submit(contract_body()).json
    registrar.act(registrar.act(contract, "accept").json, "certify")
    want = query("select seq, event, contract_id::text from tcr.contract_release union all "
                 "select seq, kind, contract_id::text from tcr.notice order by 1")
    everything = read_all(bureau)
    assert [(e["seq"], e["event"], e["contract"]) for e in everything] == want
    own = read_all(agency)
    assert {e["contract"] for e in own} & {contract["id"], foreign["id"]} == {contract["id"]}
    assert [e["event"] for e in own if e["contract"] == contract["id"]] == ["submit", "accept", "certify"]
    assert read_all(agency, str(own[-1]["seq"])) == []
    for wrong in ("-1", "x", "1.5", "9" * 30):
        assert bureau.get(f"/v1/feed?after={wrong}").status == 400, wrong
    text = str(everything)
    assert contract["seller"]["name"] not in text and contract["total_amount"] not in text
