"""Why something was refused: in the language that was asked for, by a row of the rules, and the same reason for everybody."""
from contracts import PASSED, contract_body
from refusals import CHINESE, RULES
from registered import ask, decide, registered


def told(refused, status, code, rule, *said):
    """The one reason of a refusal, in both languages; what is particular to the case is said in each."""
    assert (refused.status, refused.code) == (status, code), refused
    assert [e["rule"] for e in refused.json["errors"]] == [rule], refused
    error = refused.json["errors"][0]
    assert set(error) == {"pointer", "rule", "article", "zh", "en"} and error["pointer"] == "" and error["article"] is None
    assert error["zh"].startswith(RULES[rule]["zh"]) and error["en"].startswith(RULES[rule]["en"])
    for text in said:
        assert text in error["zh"] or text in error["en"], (text, error)
    assert refused.json["detail"] in (error["zh"], error["en"])
    return error


def both(send, *expected):
    """send(headers) twice: the detail follows the language, everything else of the reason stays."""
    english, chinese = send({}), send(CHINESE)
    error = told(english, *expected)
    assert told(chinese, *expected) == error
    assert english.json["detail"] == error["en"] and chinese.json["detail"] == error["zh"] != error["en"]
    return error


def test_own_filing_and_employer(tcrd, query):
    """Each of the acts names the same reason, whether the body is looked at first or not."""
    contract = tcrd.accepted()
    with tcrd.https("both") as client:  # an account of the filing agency and of the point
        filed = client.submit(contract_body())
        assert filed.status == 201, filed
        for act, sent in (("accept", {}), ("certify", PASSED)):
            both(lambda h: client.act(filed.json, act, sent, headers=h), 403, "own_filing", "refused.own_filing")
    code = contract["seller"]["credit_code"]
    query("update tcr.account set employer_code = %s where name = 'registrar'", code)
    try:
        with tcrd.https("registrar") as registrar:
            for act, sent in (("return", {"faults": [{"pointer": "/seller", "note": "x"}]}), ("refuse", {"reasons": [{"code": "R08"}]}),
                              ("certify", PASSED), ("escalate", {}), ("forward", {})):
                both(lambda h: registrar.act(contract, act, sent, headers=h), 403, "own_filing", "refused.employer")
    finally:
        query("update tcr.account set employer_code = null where name = 'registrar'")


def test_state_says_which_it_is_and_what_can_be_done(tcrd):
    contract = tcrd.accepted()
    with tcrd.https("registrar") as registrar, tcrd.https("agency") as agency:
        error = both(lambda h: registrar.act(contract, "accept", headers=h), 409, "state", "refused.state", "已受理", "accepted")
        for method, name in (("certify", "认定登记"), ("return", "退回补正"), ("refuse", "不予登记"), ("escalate", "提交专家审核")):
            assert "contract." + method in error["en"] and name in error["zh"], error
        assert "contract.accept" not in error["en"] and "contract.withdraw" not in error["en"]
        left = both(lambda h: agency.act(contract, "recall", headers=h), 409, "state", "refused.state", "已受理")
        assert "nothing is left to do" in left["en"], left
        done = registrar.act(contract, "certify", PASSED)
        assert done.status == 200, done
        again = both(lambda h: registrar.act(done.json, "certify", PASSED, headers=h), 409, "state", "refused.state", "已登记")
        assert "receipt.verify" in again["en"]


def test_the_second_is_another_than_the_first(tcrd):
    contract = tcrd.accepted()
    with tcrd.https("registrar") as registrar:
        expert = registrar.act(contract, "escalate").json
        for act, sent in (("certify", PASSED), ("refuse", {"reasons": [{"code": "R02"}]})):
            both(lambda h: registrar.act(expert, act, sent, headers=h), 403, "own_filing", "refused.second")


def test_an_employer_decides_no_request_either(tcrd, query):
    contract = registered(tcrd)
    with tcrd.https("registrar") as registrar, tcrd.https("agency") as agency:
        asked = ask(agency, contract, "change", {"reason": "C3", "proposed": {"total_amount": "9000.00", "deductions": []}})
        assert asked.status == 201, asked
        query("update tcr.account set employer_code = %s where name = 'registrar'", contract["buyer"]["credit_code"])
        try:
            for verb, sent in (("approve", {}), ("reject", {"note": "x"})):
                both(lambda h: decide(registrar, asked.json, verb, sent, headers=h), 403, "own_filing", "refused.employer")
        finally:
            query("update tcr.account set employer_code = null where name = 'registrar'")
        assert decide(registrar, asked.json, "approve").status == 200
        both(lambda h: decide(registrar, asked.json, "approve", headers=h), 409, "state", "refused.request_approved")


def test_who_asked_does_not_decide(tcrd):
    contract = registered(tcrd)
    with tcrd.https("registrar") as registrar, tcrd.https("agency") as agency:
        asked = ask(registrar, contract, "correct", {"reason": "C7", "proposed": {"project_name": contract["project_name"] + "（更正）"}})
        assert asked.status == 201, asked
        both(lambda h: decide(registrar, asked.json, "approve", headers=h), 403, "own_filing", "refused.asker_decides")
        both(lambda h: ask(registrar, contract, "correct", {"reason": "C7", "proposed": {"project_name": "又一名称"}}, headers=h),
             409, "state", "refused.request_pending", asked.json["id"])
        both(lambda h: decide(agency, asked.json, "withdraw", headers=h), 403, "forbidden", "refused.asker_withdraws")


def test_routes_name_the_limit(tcrd, query):
    query("update tcr.rule set is_enabled = true where id = 'route.province'")
    try:
        large = tcrd.accepted(total_amount="10000000.01", deductions=[], **{"contract_type": "102"})
        small = tcrd.accepted(total_amount="100000.00", deductions=[])
        with tcrd.https("registrar") as registrar:
            both(lambda h: registrar.act(large, "certify", PASSED, headers=h), 409, "route", "refused.route_province",
                 "合同成交额超过10000000.00元", "total amount > 10000000.00")
            both(lambda h: registrar.act(small, "forward", {}, headers=h), 409, "route", "refused.route_point", "10000000.00")
    finally:
        query("update tcr.rule set is_enabled = false where id = 'route.province'")


def test_duplicates_stale_and_headers(tcrd):
    with tcrd.https("agency") as agency, tcrd.https("agency2") as other:
        body = contract_body()
        first = agency.submit(body)
        assert first.status == 201, first
        error = both(lambda h: agency.submit(body, headers=h), 409, "duplicate", "refused.duplicate_own", first.json["id"])
        assert first.json["id"] in error["zh"] and first.json["id"] in error["en"]
        both(lambda h: agency.act({"id": first.json["id"], "seq": 1}, "withdraw", headers=h), 412, "stale", "refused.stale")
        both(lambda h: agency.act(first.json, "withdraw", if_match=None, headers=h), 428, "match_missing", "refused.match_missing")
        both(lambda h: agency.act(first.json, "withdraw", key=False, headers=h), 400, "key_missing", "refused.key_missing")
        both(lambda h: other.get(f"/v1/contracts/{first.json['id']}", headers=h), 404, "not_found", "refused.no_contract")
        both(lambda h: agency.get("/v1/audit", headers=h), 403, "forbidden", "refused.role")
        faulty = agency.post("/v1/contracts", {"x": 1}, headers=CHINESE)
        assert faulty.code == "faults" and faulty.json["detail"] == f"共{len(faulty.json['errors'])}处不符合要求"


def test_every_item_of_a_batch_says_why(tcrd, query):
    query("update tcr.rule set is_enabled = true where id = 'attachment.required.always'")
    try:
        lacking, gone = tcrd.filed(), tcrd.filed()
        with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar:
            gone = agency.act(gone, "withdraw").json
            items = [{"id": c["id"], "seq": c["seq"]} for c in (lacking, gone)] + [{"id": "999999999", "seq": 1}]
            answer = registrar.post("/v1/contracts/batch", {"act": "accept", "items": items})
    finally:
        query("update tcr.rule set is_enabled = false where id = 'attachment.required.always'")
    assert answer.status == 200, answer
    paper, state, absent = answer.json["items"]
    assert [i["outcome"] for i in answer.json["items"]] == ["faults", "state", "not_found"]
    assert [f["rule"] for i in answer.json["items"] for f in i["faults"]] == ["accept.attachment_missing", "refused.state", "refused.not_found"]
    for item in answer.json["items"]:
        for fault in item["faults"]:
            assert set(fault) == {"pointer", "rule", "article", "zh", "en"} and fault["zh"] and fault["en"]
    assert paper["faults"][0]["pointer"] == "/attachments" and paper["faults"][0]["zh"] == "受理前须提交的附件尚缺：text"
    assert "已撤回" in state["faults"][0]["zh"] and "withdrawn" in state["faults"][0]["en"]


def test_lists_and_pointers_of_a_body_say_what_is_needed(tcrd):
    contract = tcrd.accepted()
    with tcrd.https("registrar") as registrar:
        for act, body, pointer in (("return", {"faults": []}, "/faults"), ("refuse", {"reasons": []}, "/reasons")):
            refused = registrar.act(contract, act, body)
            assert [(e["pointer"], e["rule"], e["zh"], e["en"]) for e in refused.json["errors"]] == [
                (pointer, "body.list_length", "项数不符：1至200", "wrong number of items: 1 to 200")], refused
        wrong = ["nope", "/seller/~2", "#/seller", "/seller~"]
        refused = registrar.act(contract, "return", {"faults": [{"pointer": p, "note": "x"} for p in wrong]})
        assert [(e["pointer"], e["rule"]) for e in refused.json["errors"]] == [
            (f"/faults/{i}/pointer", "body.pointer") for i in range(len(wrong))], refused
        good = registrar.act(contract, "return", {"faults": [{"pointer": p, "note": "x"} for p in ("/seller/name", "/a~1b~0c", "/")]})
        assert good.status == 200, good


def test_certify_and_change_name_every_fault_at_once_where_it_stands(tcrd):
    contract = tcrd.accepted(contract_type="102")
    wrong = {"objective": "77", "zzz": 1, "seller": {"region": "3713", "name": "x"}, "total_amount": "0.00"}
    expected = {("/determined/zzz", "form.unknown_field"), ("/determined/objective", "contract.code"),
                ("/determined/seller/name", "form.not_determinable"),
                ("/determined/total_amount", "contract.above_zero"), ("/reason", "certify.reason"), ("/checklist", "D01")}
    with tcrd.https("registrar") as registrar, tcrd.https("agency") as agency:
        refused = registrar.act(contract, "certify", {"determined": wrong})
        assert refused.status == 422, refused
        found = {(e["pointer"], e["rule"]) for e in refused.json["errors"]}
        assert expected <= found, expected - found
        assert "/determined/seller/region" in {pointer for pointer, _ in found}
        assert all(p.startswith(("/determined/", "/reason", "/checklist")) for p, _ in found), found
        done = registrar.act(contract, "certify", PASSED).json
        asked = ask(agency, done, "change", {"reason": "C3", "proposed": {"objective": "77", "zzz": 1, "total_amount": "0.00"}})
        found = {(e["pointer"], e["rule"]) for e in asked.json["errors"]}
        assert {("/proposed/zzz", "form.unknown_field"), ("/proposed/objective", "contract.code"),
                ("/proposed/total_amount", "contract.above_zero")} <= found, found
