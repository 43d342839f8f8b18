"""The story of issue 2 over HTTPS: file, replay, accept, certify; who sees it, who may not, what the figures say."""
import uuid

from contracts import PASSED, contract_body, today


def key():
    return uuid.uuid4().hex


def figures(bureau, **query):
    extra = "".join(f"&{name}={value}" for name, value in query.items())
    answer = bureau.get("/v1/statistics?measure=count,total_amount,technology_amount" + extra)
    assert answer.status == 200, answer
    rows = answer.json["rows"]
    if not rows:
        return 0, 0, 0
    assert len(rows) == 1
    fen = lambda text: int(text.replace(".", ""))
    return rows[0]["count"], fen(rows[0]["total_amount"]), fen(rows[0]["technology_amount"])


def test_filed_accepted_certified_counted(tcrd):
    agency, registrar, bureau = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("bureau")
    before = figures(bureau, period=today().isoformat())
    body = contract_body(total_amount="1200000.00", deductions=[{"kind": "x_equipment", "amount": "250000.01"}])
    once = key()
    filed = agency.post("/v1/contracts", body, key=once)
    assert filed.status == 201, filed
    contract = filed.json
    assert filed.headers["Location"] == "/v1/contracts/" + contract["id"]
    assert filed.headers["ETag"] == f'"{contract["seq"]}"'
    assert contract["status"] == "submitted" and contract["technology_amount"] == "949999.99"

    again = agency.post("/v1/contracts", body, key=once)
    assert (again.status, again.json) == (201, contract)
    assert agency.post("/v1/contracts", dict(body, summary="x"), key=once).code == "key_reused"
    assert agency.post("/v1/contracts", body, key=key()).code == "duplicate"

    path = "/v1/contracts/" + contract["id"]
    assert figures(bureau, period=today().isoformat()) == before
    accepted = registrar.post(path + "/accept", {}, key=key(), if_match=contract["seq"])
    assert accepted.status == 200 and accepted.json["status"] == "accepted" and accepted.json["due_on"], accepted
    certify = key()
    certified = registrar.post(path + "/certify", PASSED, key=certify, if_match=accepted.json["seq"])
    assert certified.status == 200, certified
    number = certified.json["registration_number"]
    assert len(number) == 16 and number.isdigit() and certified.json["status"] == "registered"
    assert certified.json["determined"]["total_amount"] == "1200000.00"
    replay = registrar.post(path + "/certify", PASSED, key=certify, if_match=accepted.json["seq"])
    assert (replay.status, replay.json) == (200, certified.json)
    after = figures(bureau, period=today().isoformat())
    assert [a - b for a, b in zip(after, before)] == [1, 120000000, 94999999]
    got = agency.get(path)
    assert got.json["registration_number"] == number and got.json["seller"] == contract["seller"]
    events = [release["event"] for release in agency.get(path + "/releases").json["items"]]
    assert events == ["submit", "accept", "certify"]


def test_other_agency_and_wrong_roles(tcrd):
    agency, other = tcrd.https("agency"), tcrd.https("agency2")
    contract = agency.submit(contract_body()).json
    path = "/v1/contracts/" + contract["id"]
    foreign = other.get(path)
    absent = other.get("/v1/contracts/999999999")
    assert (foreign.status, absent.status) == (404, 404)
    assert foreign.json["detail"] == absent.json["detail"]
    assert agency.post(path + "/certify", {}, key=key(), if_match=contract["seq"]).status == 403
    assert agency.post(path + "/accept", {}, key=key(), if_match=contract["seq"]).status == 403
    assert other.post(path + "/withdraw", {}, key=key(), if_match=contract["seq"]).status == 404
    assert other.post(path + "/withdraw", {}, key=False).status == 404, "absent key or If-Match does not betray a foreign contract"


def test_order_of_checks_on_an_act(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = agency.submit(contract_body()).json
    path = "/v1/contracts/" + contract["id"]
    assert registrar.post(path + "/accept", {}, key=False, if_match=contract["seq"]).code == "key_missing"
    assert registrar.post(path + "/accept", {}, key=key()).code == "match_missing"
    assert registrar.post(path + "/accept", {}, key=key(), if_match=1).code == "stale"
    assert registrar.post(path + "/certify", {}, key=key(), if_match=contract["seq"]).code == "state"
    wrong = registrar.post(path + "/refuse", {"reasons": [{"code": "R77"}, {"note": 5}]}, key=key(), if_match=1)
    assert wrong.code == "stale", "faults come last"
    wrong = registrar.post(path + "/refuse", {"reasons": [{"code": "R77"}, {"note": 5}]}, key=key(), if_match=contract["seq"])
    assert wrong.status == 422
    assert {e["pointer"] for e in wrong.json["errors"]} == {"/reasons/0/code", "/reasons/1/code", "/reasons/1/note"}
    refused = registrar.post(path + "/refuse", {"reasons": [{"code": "R02"}]}, key=key(), if_match=contract["seq"])
    assert refused.json["status"] == "refused"


def test_draft_return_and_correction(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    body = contract_body()
    short = {k: v for k, v in body.items() if k not in ("total_amount", "signed_on", "buyer")}
    draft = agency.post("/v1/contracts?draft=true", short, key=key())
    assert draft.status == 201 and draft.json["status"] == "draft", draft
    assert {"/total_amount", "/signed_on", "/buyer"} <= {f["pointer"] for f in draft.json["faults"]}
    path = "/v1/contracts/" + draft.json["id"]
    assert registrar.get(path).status == 404
    early = agency.post(path + "/submit", {}, key=key(), if_match=draft.json["seq"])
    assert early.status == 422 and "/total_amount" in {e["pointer"] for e in early.json["errors"]}
    saved = agency.put(path, body, if_match=draft.json["seq"])
    assert saved.status == 200 and saved.json["seq"] != draft.json["seq"], saved
    assert agency.put(path, body, if_match=draft.json["seq"]).status == 412
    filed = agency.post(path + "/submit", {}, key=key(), if_match=saved.json["seq"])
    assert filed.status == 200 and filed.json["status"] == "submitted", filed
    recalled = agency.post(path + "/recall", {}, key=key(), if_match=filed.json["seq"])
    assert recalled.json["status"] == "draft" and recalled.json["project_name"] == body["project_name"]
    filed = agency.post(path + "/submit", {}, key=key(), if_match=recalled.json["seq"])
    returned = registrar.post(path + "/return", {"faults": [{"pointer": "/project_name", "note": "名称不规范"}]}, key=key(),
                              if_match=filed.json["seq"])
    assert returned.json["status"] == "correction", returned
    saved = agency.put(path, dict(body, project_name=body["project_name"] + "(补正)"), if_match=returned.json["seq"])
    assert saved.status == 200, saved
    assert registrar.get(path).json["project_name"] == body["project_name"], "others see what was filed"
    corrected = agency.post(path + "/submit", {}, key=key(), if_match=saved.json["seq"])
    assert corrected.json["status"] == "accepted" and corrected.json["accepted_on"] == today().isoformat(), corrected
    assert corrected.json["project_name"].endswith("(补正)")


def test_determined_values_count_and_the_filed_copy_stays(tcrd):
    agency, registrar, bureau = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("bureau")
    contract = tcrd.accepted(total_amount="500000.00", deductions=[])
    day = today().isoformat()
    before = figures(bureau, period=day, technical_field="07")
    path = "/v1/contracts/" + contract["id"]
    want = {**PASSED, "determined": {"technical_field": "07", "total_amount": "400000.00",
                           "deductions": [{"kind": "x_parts", "amount": "100000.00"}]}}
    bare = registrar.post(path + "/certify", want, key=key(), if_match=contract["seq"])
    assert bare.status == 422 and bare.json["errors"][0]["pointer"] == "/reason"
    wrong = dict(want, reason="核减", determined=dict(want["determined"], project_name="别的"))
    assert registrar.post(path + "/certify", wrong, key=key(), if_match=contract["seq"]).status == 422
    done = registrar.post(path + "/certify", dict(want, reason="核减"), key=key(), if_match=contract["seq"])
    assert done.status == 200, done
    assert done.json["determined"]["technology_amount"] == "300000.00"
    assert done.json["total_amount"] == "500000.00"
    after = figures(bureau, period=day, technical_field="07")
    assert [a - b for a, b in zip(after, before)] == [1, 40000000, 30000000]


def test_who_filed_never_decides(tcrd):
    agency = tcrd.https("agency")
    contract = agency.submit(contract_body()).json
    both = tcrd.https("both")  # agency and registrar in one account
    path = "/v1/contracts/" + contract["id"]
    own = both.submit(contract_body())
    assert own.status == 201, own
    for act, body in (("accept", {}), ("refuse", {"reasons": [{"code": "R02"}]}), ("certify", {})):
        refusal = both.act(own.json, act, body)
        assert refusal.status == 403, (act, refusal)
    assert both.act(contract, "accept", {}).code == "own_filing", "nor what the own agency filed"
    assert tcrd.https("registrar").get("/v1/contracts/" + own.json["id"]).json["status"] == "submitted"


def test_private_data_is_for_owner_and_registrar_only(tcrd):
    contract = tcrd.https("agency").submit(contract_body()).json
    path = "/v1/contracts/" + contract["id"]
    assert tcrd.https("registrar").get(path).json["seller"]["contact"]["phone"]
    for role in ("bureau", "auditor"):
        assert "contact" not in tcrd.https(role).get(path).json["seller"]


def test_certificate_can_be_checked_by_anyone(tcrd):
    registrar = tcrd.https("registrar")
    contract = tcrd.accepted()
    done = registrar.act(contract, "certify").json
    public = tcrd.https()
    plain = public.get("/v1/certificates/" + done["registration_number"])
    assert plain.status == 200 and plain.json["status"] == "valid" and "seller" not in plain.json
    full = public.get(f"/v1/certificates/{done['registration_number']}?check={done['check_code']}")
    assert full.json["total_amount"] == contract["total_amount"]
    assert public.get(f"/v1/certificates/{done['registration_number']}?check={'0' * 32}").status == 404


def test_list_pages_and_filters(tcrd):
    agency = tcrd.https("agency")
    made = [agency.submit(contract_body(contract_type="401")).json["id"] for _ in range(5)]
    seen, path = [], "/v1/contracts?contract_type=4&status=submitted&limit=2"
    while path:
        page = agency.get(path)
        assert page.status == 200, page
        seen += [item["id"] for item in page.json["items"]]
        following = page.headers.get("Link")
        assert (following is None) == (page.json["next"] is None)
        path = following.split(";")[0].strip("<> ") if following else None
    assert set(made) <= set(seen) and len(seen) == len(set(seen))
    assert seen == sorted(seen, key=int, reverse=True)
    wrong = agency.get("/v1/contracts?signed_from=2026-02-30&limit=0&status=nope&cursor=x")
    assert wrong.status == 400 and len(wrong.json["errors"]) == 4, wrong
