"""The register of agencies over both wires: the first methods that are no act on a contract, so the order of their checks is shown here."""
import concurrent.futures
import re
import uuid

from contracts import credit_code
from harness import RpcError


def key():
    return uuid.uuid4().hex


def body(**changes):
    made = {"name": "测试单位" + key()[:12], "kind": "institute", "region": "371302", "credit_code": credit_code(), **changes}
    return {name: value for name, value in made.items() if value is not None}


def test_added_shown_and_listed(tcrd, query):
    bureau, auditor = tcrd.https("bureau"), tcrd.https("auditor")
    sent = body()
    added = bureau.post("/v1/agencies", sent, key=key())
    assert added.status == 201, added
    made = added.json
    assert {name: made[name] for name in sent} == sent and made["is_active"] is True
    assert added.headers["Location"] == "/v1/agencies/" + made["id"] and added.etag == f'"{made["version"]}"'
    got = bureau.get(added.headers["Location"])
    assert (got.status, got.json, got.etag) == (200, made, added.etag)
    found = auditor.get("/v1/agencies?q=" + sent["credit_code"]).json
    assert found == {"items": [{k: v for k, v in made.items() if k != "contact"}], "next": None}
    assert query("select event, outcome, object from tcr.audit where object = %s", "agency " + made["id"]) == [
        ("agency.add", "ok", "agency " + made["id"])]
    assert query("select credit_code, kind, region, is_active from tcr.agency where id = %s", made["id"]) == [
        (sent["credit_code"], "institute", "371302", True)]


def test_texts_are_normalised(tcrd):
    bureau = tcrd.https("bureau")
    name = "Institut Cafe\u0301 " + key()[:8]
    made = bureau.post("/v1/agencies", body(name=f"\u3000 {name}  ", credit_code=None)).json
    assert made["name"] == name.replace("e\u0301", "\u00e9") and made["credit_code"] is None


def test_pages_by_cursor(tcrd):
    bureau = tcrd.https("bureau")
    mark = key()[:10]
    ids = [bureau.post("/v1/agencies", body(name=f"{mark} 甲&乙 {i}", credit_code=None)).json["id"] for i in range(5)]
    path, seen, sizes = f"/v1/agencies?kind=institute&q={mark}%20%E7%94%B2%26&limit=2", [], []
    while path:
        page = bureau.get(path)
        assert page.status == 200, page
        seen += [item["id"] for item in page.json["items"]]
        sizes.append(len(page.json["items"]))
        link = page.headers.get("Link")
        assert (link is None) == (page.json["next"] is None)
        path = re.fullmatch(r'<(.*)>; rel="next"', link).group(1) if link else None
    assert seen == ids and sizes == [2, 2, 1]
    exact = bureau.get(f"/v1/agencies?q={mark}&limit=5").json
    assert len(exact["items"]) == 5 and exact["next"] is None, "a full last page has no page after it"


def test_every_fault_at_once_in_two_languages(tcrd):
    bureau = tcrd.https("bureau")
    sent = {"name": " ", "kind": "club", "region": "999999", "credit_code": "91370000000000000X", "colour~/": 1}
    refused = bureau.post("/v1/agencies", sent)
    assert refused.status == 422, refused
    assert {(e["pointer"], e["rule"]) for e in refused.json["errors"]} == {
        ("/name", "body.required"), ("/kind", "body.choice"), ("/region", "body.code"), ("/credit_code", "body.credit_code"),
        ("/colour~0~1", "body.unknown")}
    assert all(e["zh"] and e["en"] and re.search("[\u4e00-\u9fff]", e["zh"]) for e in refused.json["errors"])
    articles = {e["rule"]: e["article"] for e in refused.json["errors"]}
    assert articles["body.credit_code"] == "GB 32100-2015" and articles["body.choice"] is None
    for bad, rule in ((7, "body.type"), ("甲\u202e乙", "body.text_characters"), ("甲" * 101, "body.text_length")):
        assert bureau.post("/v1/agencies", body(name=bad)).rules == [rule]


def test_name_and_code_are_unique(tcrd):
    bureau = tcrd.https("bureau")
    first = body()
    assert bureau.post("/v1/agencies", first).status == 201
    again = bureau.post("/v1/agencies", first)
    assert again.status == 422 and again.rules == ["agency.credit_code_used", "agency.name_used"]


def test_order_of_checks(tcrd):
    bureau, agency = tcrd.https("bureau"), tcrd.https("agency")
    assert tcrd.https().post("/v1/agencies", {"name": 1}, key=False).status == 401
    assert bureau.post("/v1/agencies", b"{", key=False).status == 400
    assert agency.post("/v1/agencies", {"name": 1}, key=False).status == 403
    assert bureau.post("/v1/agencies", {"name": 1}, key=False).code == "key_missing"
    assert agency.get("/v1/agencies").status == 403
    for path in ("/v1/agencies/999999999", "/v1/agencies/abc", "/v1/agencies/0", "/v1/agencies/9999999999999999999"):
        assert bureau.get(path).status == 404, path
    bad = bureau.get("/v1/agencies?limit=201&cursor=x&active=maybe")
    assert bad.status == 400 and {e["pointer"] for e in bad.json["errors"]} == {"?limit", "?cursor", "?active"}
    assert bureau.get("/v1/agencies?colour=red").status == 400


def test_key_is_replayed_refused_and_freed(tcrd, query):
    bureau, admin = tcrd.https("bureau"), tcrd.https("admin")
    once, sent = key(), body()
    first = bureau.post("/v1/agencies", sent, key=once)
    again = bureau.post("/v1/agencies", dict(reversed(sent.items())), key=once)
    assert (again.status, again.body, again.etag) == (201, first.body, first.etag)
    assert again.headers["Location"] == first.headers["Location"]
    assert bureau.post("/v1/agencies", dict(sent, kind="university"), key=once).code == "key_reused"
    assert bureau.post("/v1/agencies", dict(sent, kind="club"), key=once).code == "key_reused", "before the faults of the body"
    assert query("select count(*) from tcr.agency where name = %s", sent["name"]) == [(1,)]
    # A refusal frees the key; another account's key is another key.
    assert admin.post("/v1/agencies", sent, key=once).status == 422
    assert admin.post("/v1/agencies", body(), key=once).status == 201
    # A body that was good then and is faulty today is still the same request.
    assert query("""select l.outcome, l.id from tcr.idempotency_key k join tcr.account a on a.id = k.account_id and a.name = %s,
        tcr.store_look(a.id, k.key, k.request_sha256, 'agency.add', null, '{}') l where k.key = %s""",
                 "bureau", once) == [("replay", first.json["id"])]


def test_same_key_and_same_name_at_once(tcrd, query):
    once, sent = key(), body()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        def add(own_key):
            with tcrd.https("bureau") as client:
                return client.post("/v1/agencies", sent, key=own_key)
        same = list(pool.map(add, [once] * 8))
        assert {reply.status for reply in same} == {201} and len({reply.body for reply in same}) == 1, same
        sent = body()
        other = list(pool.map(add, [key() for _ in range(8)]))
    assert sorted(reply.status for reply in other) == [201] + [422] * 7
    assert query("select count(*) from tcr.agency where name = %s", sent["name"]) == [(1,)]


def test_a_neighbour_that_breaks_harms_nobody(tcrd, query):
    """An exception inside one item of a batch is an error of that item only."""
    query("""create or replace function tcr.broken_agency() returns trigger language plpgsql as $$
        begin if new.name like 'broken %%' then raise exception 'broken'; end if; return new; end $$""")
    query("create trigger broken before insert on tcr.agency for each row execute function tcr.broken_agency()")
    try:
        calls = [("agency.add", {"idempotency_key": key(), "body": body(name=("broken " if i % 10 == 0 else "") + key())})
                 for i in range(40)]
        outcomes = [answer.get("error", {}).get("code", "ok") for answer in tcrd.rpc("bureau").batch(calls)]
        assert outcomes == [-32603 if i % 10 == 0 else "ok" for i in range(40)]
        broken = calls[0][1]["idempotency_key"]
        assert query("select count(*) from tcr.idempotency_key where key = %s", broken) == [(0,)]
    finally:
        query("drop trigger broken on tcr.agency")
        query("drop function tcr.broken_agency()")


def test_what_the_record_refuses_comes_before_faults(tcrd, query):
    """A room's own refusal is asked with a faulty body too; what is not there is said before a missing key."""
    bureau, once, sent = tcrd.https("bureau"), key(), body()
    assert bureau.post("/v1/agencies", sent, key=once).status == 201
    for outcome, code, status in (("stale", "stale", 412), ("state", "state", 409), ("own_filing", "own_filing", 403)):
        query(f"""create function tcr.refusal_agency_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
            language sql stable as $$ select tcr.refused('{outcome}', 'because') $$""")
        try:
            for sent_now in (body(), {"name": 1}):
                refused = bureau.post("/v1/agencies", sent_now)
                assert (refused.status, refused.code, refused.json["detail"]) == (status, code, "because"), refused
            assert bureau.post("/v1/agencies", {"name": 1}, key=False).code == "key_missing"
            assert bureau.post("/v1/agencies", sent, key=once).status == 201, "a replay comes before If-Match and state"
        finally:
            query("drop function tcr.refusal_agency_add")
    query("""create function tcr.refusal_agency_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
        language sql stable as $$ select tcr.refused('not_found') $$""")
    try:
        assert bureau.post("/v1/agencies", {"name": 1}, key=False).status == 404
        assert bureau.post("/v1/agencies", sent, key=once).status == 404
    finally:
        query("drop function tcr.refusal_agency_add")


def test_a_refusal_leaves_nothing(tcrd, query):
    """What a function stored before it refused is taken back with the key."""
    query("alter function tcr.store_agency_add rename to store_agency_kept")
    query("""create function tcr.store_agency_add(p_account tcr.account, p_if_match bigint, p_args jsonb) returns jsonb
        language plpgsql as $$ begin perform tcr.store_agency_kept(p_account, p_if_match, p_args);
        return tcr.faulty(tcr.fault('/name', 'agency.name_used', '甲', 'a')); end $$""")
    sent, once = body(), key()
    try:
        refused = tcrd.https("bureau").post("/v1/agencies", sent, key=once)
        assert refused.status == 422 and refused.json["errors"][0]["en"].endswith("already: a"), refused
        assert query("select count(*) from tcr.agency where name = %s", sent["name"]) == [(0,)]
        assert query("select count(*) from tcr.idempotency_key where key = %s", once) == [(0,)]
    finally:
        query("drop function tcr.store_agency_add")
        query("alter function tcr.store_agency_kept rename to store_agency_add")


def test_over_rpc_and_in_openapi(tcrd):
    rpc = tcrd.rpc("bureau")
    sent = body()
    made = rpc.call("agency.add", idempotency_key=key(), body=sent)
    assert rpc.call("agency.get", id=made["id"]) == made
    assert rpc.call("agency.list", q=sent["name"], limit=1)["items"] == [made]
    try:
        rpc.call("agency.add", idempotency_key=key(), body=sent)
        raise AssertionError("accepted twice")
    except RpcError as error:
        assert error.data["code"] == "faults"
    paths = tcrd.https().get("/openapi.json").json["paths"]
    schema = paths["/v1/agencies"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["name", "kind", "region"] and schema["additionalProperties"] is False
    assert schema["properties"]["region"]["x-code-list"] == "region_cn_all"
    assert "person" in schema["properties"]["kind"]["enum"]
    reasons = paths["/v1/contracts/{id}/refuse"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert reasons["properties"]["reasons"]["items"]["properties"]["code"]["x-code-list"] == "refusal_reason"
