"""What registrars answer to findings: who may see and answer, what bars a certificate, the history, the work list, the marks after a
change."""
import random
import threading

import pytest

from contracts import PASSED, contract_body, identity_number, money, party
from test_findings import findings, found_ids


@pytest.fixture
def registrar(tcrd):
    with tcrd.https("registrar") as client:
        yield client


def small(number, **changes):
    """A contract whose amount meets no limit, not even with others."""
    return contract_body(contract_no=number, total_amount=money(random.randrange(10_000_00, 90_000_00)), deductions=[], **changes)


def twin(base, number):
    """Another one of the same parties."""
    return small(number, seller=dict(base["seller"]), buyer=dict(base["buyer"]))


def pair(tcrd, registrar, number="AN-1", role="agency2"):
    """Two accepted contracts of the same parties with the same number."""
    base = small(number)
    first = tcrd.accepted(**base)
    second = registrar.act(tcrd.filed(role, **twin(base, number)), "accept").json
    return first, second


def path(contract, rule="same_number"):
    return f"/v1/contracts/{contract['id']}/findings/finding.{rule}"


def answer(client, contract, verdict, note="合同文本不同，分期履行", rule="same_number", **more):
    return client.post(path(contract, rule), {"verdict": verdict, "note": note, **more}, if_match=contract["seq"])


def work_list(client, query=""):
    """All items, page by page."""
    items, link = [], "/v1/findings?limit=2" + query
    while link:
        page = client.get(link)
        assert page.status == 200 and len(page.json["items"]) <= 2, page
        items += page.json["items"]
        assert ("Link" in page.headers) == (page.json["next"] is not None)
        link = page.json["next"] and f"/v1/findings?limit=2{query}&cursor={page.json['next']}"
    return items


def on_list(client, contract, query=""):
    return {i["rule"][len("finding."):] for i in work_list(client, query) if i["contract"]["id"] == contract["id"]} & {
        "same_names", "same_number", "same_deal", "same_amount", "given_up", "split", "round_trip"}


def test_an_unanswered_finding_bars_the_certificate(tcrd, registrar):
    first, second = pair(tcrd, registrar)
    barred = registrar.act(second, "certify")
    assert barred.status == 422 and [e["rule"] for e in barred.json["errors"]] == ["finding.same_number"], barred
    assert "不" not in barred.json["errors"][0]["en"] and barred.json["errors"][0]["zh"]
    done = answer(registrar, second, "cleared")
    assert done.status == 200 and done.json["answer"]["verdict"] == "cleared", done
    found = findings(registrar, second)["same_number"]
    assert found["answer"]["by"] == "registrar" and found["answer"]["note"] == "合同文本不同，分期履行" and not found["is_open"]
    assert found_ids(found) == [first["id"]] and found["history"] == []
    certified = registrar.act(second, "certify")
    assert certified.status == 200, certified
    seen = findings(registrar, first)["same_number"]["evidence"]["contracts"][0]
    assert seen["registration_number"] == certified.json["registration_number"] and seen["status"] == "registered"


def test_a_line_of_the_checklist_answers_as_well(tcrd, registrar):
    first, second = pair(tcrd, registrar, "AN-2")
    line = {"rule": "finding.same_number", "answer": True}
    assert registrar.act(second, "certify", {"checklist": [line] + PASSED["checklist"]}).status == 422, "it takes a reason"
    line["note"] = "补充协议"
    assert registrar.act(second, "certify", {"checklist": [line] + PASSED["checklist"]}).status == 200
    found = findings(registrar, second)["same_number"]
    assert found["answer"]["verdict"] == "cleared" and found["answer"]["note"] == "补充协议" and not found["is_open"]


def test_confirmed_bars_until_it_is_answered_otherwise(tcrd, registrar, query):
    first, second = pair(tcrd, registrar, "AN-3")
    assert answer(registrar, second, "confirmed", other_contract=first["id"]).status == 200
    assert findings(registrar, second)["same_number"]["is_open"]
    assert registrar.act(second, "certify").status == 422
    assert answer(registrar, second, "linked", "补充协议", other_contract=first["id"]).status == 200
    found = findings(registrar, second)["same_number"]
    assert found["answer"]["verdict"] == "linked" and found["answer"]["other_contract"] == first["id"]
    assert [a["verdict"] for a in found["history"]] == ["confirmed"]
    assert registrar.act(second, "certify").status == 200
    with pytest.raises(Exception, match="never changed"):
        query("update tcr.finding_answer set verdict = 'cleared'")
    with pytest.raises(Exception, match="never changed"):
        query("delete from tcr.finding_answer")


def test_an_answer_does_not_speak_of_contracts_filed_later(tcrd, registrar):
    base = small("AN-4")
    first = tcrd.accepted(**base)
    second = registrar.act(tcrd.filed(**twin(base, "AN-4")), "accept").json
    assert answer(registrar, second, "cleared").status == 200 and on_list(registrar, second) == set()
    third = registrar.act(tcrd.filed("agency2", **twin(base, "AN-4")), "accept").json
    found = findings(registrar, second)["same_number"]
    assert sorted(found_ids(found)) == sorted([first["id"], third["id"]])
    assert found["is_open"] and found["answer"]["verdict"] == "cleared"
    assert on_list(registrar, second) == on_list(registrar, third) == {"same_number"}
    assert registrar.act(second, "certify").status == 422
    assert answer(registrar, second, "cleared", "三份不同").status == 200
    assert registrar.act(second, "certify").status == 200


def test_the_work_list(tcrd, registrar, query):
    first, second = pair(tcrd, registrar, "AN-5")
    assert on_list(registrar, first) == on_list(registrar, second) == {"same_number"}
    assert on_list(registrar, second, "&rule=finding.same_deal") == set()
    assert on_list(registrar, second, "&rule=finding.same_number") == {"same_number"}
    item = next(i for i in work_list(registrar) if i["contract"]["id"] == second["id"] and i["rule"] == "finding.same_number")
    assert item["contracts"] == 1 and item["severity"] == "waivable" and item["contract"]["agency"] == "测试服务点二"
    point = query("select point_id from tcr.contract where id = %s", second["id"])[0][0]
    assert on_list(tcrd.https("bureau"), second) == on_list(tcrd.https("auditor"), second, f"&point={point}") == {"same_number"}
    assert on_list(tcrd.https("bureau"), second, f"&point={point + 1000}") == set()
    assert registrar.get(f"/v1/findings?point={point + 1000}").status == 404
    with tcrd.rpc("registrar") as rpc:
        assert rpc.call("finding.list", id=second["id"]) == registrar.get(f"/v1/contracts/{second['id']}/findings").json
        assert rpc.call("finding.open", limit=1)["items"] == work_list(registrar)[:1]
    refused = registrar.act(second, "refuse", {"reasons": [{"code": "R02"}]})
    assert refused.status == 200 and on_list(registrar, second) == set(), "a decided contract leaves the list"
    again = findings(registrar, first)
    assert "same_number" not in again and found_ids(again["given_up"]) == [second["id"]]
    returned = registrar.act(first, "return", {"faults": [{"pointer": "/contract_no", "note": "请核对"}]})
    assert returned.status == 200


def test_marks_follow_a_correction(tcrd, registrar):
    base = small("AN-6")
    first = tcrd.accepted(**base)
    other = twin(base, "AN-7")
    second = registrar.act(tcrd.filed("agency2", **other), "accept").json
    assert "same_number" not in findings(registrar, second)
    returned = registrar.act(second, "return", {"faults": [{"pointer": "/contract_no", "note": "请核对"}]}).json
    with tcrd.https("agency2") as agency:
        saved = agency.put(f"/v1/contracts/{second['id']}", dict(other, contract_no="AN-6"), if_match=returned["seq"]).json
        second = agency.act(saved, "submit").json
    assert second["status"] == "accepted"
    for contract, mate in ((first, second), (second, first)):
        assert found_ids(findings(registrar, contract)["same_number"]) == [mate["id"]]
    third = registrar.act(tcrd.filed(**twin(base, "AN-7")), "accept").json
    assert "same_number" not in findings(registrar, third), "the number that was corrected is marked no more"


def test_who_sees_and_answers(tcrd, registrar):
    first, second = pair(tcrd, registrar, "AN-8")
    url = f"/v1/contracts/{second['id']}/findings"
    for role, status in (("agency", 403), ("agency2", 403), ("county", 403), ("admin", 403), ("reviewer", 200), ("bureau", 200),
                         ("auditor", 200)):
        assert tcrd.https(role).get(url).status == status, role
        assert tcrd.https(role).get("/v1/findings").status == status, role
    for role in ("agency2", "bureau", "auditor", "county", "admin"):
        assert answer(tcrd.https(role), second, "cleared").status == 403, role
    # An account that is both agency and registrar sees nothing of what its own agency filed.
    assert tcrd.https("both").get(f"/v1/contracts/{first['id']}/findings").status == 404
    assert tcrd.https("both").get(url).status == 200
    assert answer(tcrd.https("both"), first, "cleared").status == 404
    assert not any(i["contract"]["id"] == first["id"] for i in work_list(tcrd.https("both")))
    absent = registrar.get("/v1/contracts/999999999/findings")
    assert absent.status == 404 and absent.json["detail"] == tcrd.https("both").get(
        f"/v1/contracts/{first['id']}/findings").json["detail"]
    draft = tcrd.https("agency").post("/v1/contracts?draft=true", contract_body(contract_no="AN-8")).json
    assert registrar.get(f"/v1/contracts/{draft['id']}/findings").status == 404
    assert draft["id"] not in found_ids(findings(registrar, second)["same_number"])


def test_another_point_neither_sees_nor_answers(tcrd, registrar, installation, query):
    query("insert into tcr.registration_point (region, number_region, code, name) values ('371323', '3713', '77', '沂水县登记处')"
          " on conflict do nothing")
    installation.add_account("yishui", "--roles", "registrar", "--point", "77", certificate=False)
    base = small("AN-9", **{"seller.region": "371302"})
    first = tcrd.accepted(**base)
    with tcrd.https("yishui") as yishui:
        other = twin(base, "AN-9")
        other["seller"]["region"] = "371323"
        second = tcrd.filed("agency2", **other)
        assert registrar.get(f"/v1/contracts/{second['id']}/findings").status == 404
        second = yishui.act(second, "accept").json
        assert found_ids(findings(yishui, second)["same_number"]) == [first["id"]], "across agencies and points"
        assert findings(yishui, second)["same_number"]["evidence"]["contracts"][0]["point"] != "沂水县登记处"
        assert yishui.get(f"/v1/contracts/{first['id']}/findings").status == 404
        assert answer(yishui, first, "cleared").status == 404 and answer(registrar, second, "cleared").status == 404
        assert on_list(yishui, second) == {"same_number"} and on_list(yishui, first) == set()
        assert on_list(registrar, second) == set()
    query("update tcr.registration_point set is_active = false where code = '77'")


def test_order_of_checks(tcrd, registrar):
    first, second = pair(tcrd, registrar, "AN-10")
    good = {"verdict": "cleared", "note": "无关"}
    assert registrar.post(path(second), good, key=False, if_match=second["seq"]).code == "key_missing"
    assert registrar.post(path(second), good).code == "match_missing"
    assert registrar.post(path(second), good, if_match=1).code == "stale"
    assert registrar.post(path(second, "same_deal"), good, if_match=second["seq"]).code == "state", "not found on this contract"
    assert registrar.post(path(second, "other_contract"), good, if_match=second["seq"]).status == 409
    assert registrar.post(path(second, "none_such"), good, if_match=second["seq"]).status == 404
    assert registrar.post(f"/v1/contracts/{second['id']}/findings/form.type", good, if_match=second["seq"]).status == 404
    assert registrar.post(f"/v1/contracts/{second['id']}/findings/%E2%80%AE", good, if_match=second["seq"]).status in (400, 404)
    for body, pointers in (({}, {"/verdict", "/note"}), ({"verdict": "maybe", "note": "x" * 501}, {"/verdict", "/note"}),
                           ({"verdict": "cleared", "note": " "}, {"/note"}), (dict(good, more=1), {"/more"}),
                           (dict(good, verdict="linked"), {"/other_contract"}), (dict(good, other_contract=first["id"]), {"/other_contract"}),
                           (dict(good, verdict="linked", other_contract=second["id"]), {"/other_contract"}),
                           (dict(good, verdict="linked", other_contract="999999999"), {"/other_contract"}),
                           (dict(good, verdict="linked", other_contract="x"), {"/other_contract"}),
                           (dict(good, note="甲\u202e乙"), {"/note"})):
        wrong = registrar.post(path(second), body, if_match=second["seq"])
        assert wrong.status == 422 and {e["pointer"] for e in wrong.json["errors"]} == pointers, (body, wrong)
        assert all(e["zh"] and e["en"] for e in wrong.json["errors"])
    assert findings(registrar, second)["same_number"]["answer"] is None


def test_a_key_replays_and_the_audit_knows(tcrd, registrar, query):
    first, second = pair(tcrd, registrar, "AN-11")
    body = {"verdict": "cleared", "note": "无关"}
    once = registrar.post(path(second), body, key="answer-once", if_match=second["seq"])
    assert once.status == 200 and once.headers["ETag"] == f'"{second["seq"]}"', once
    again = registrar.post(path(second), body, key="answer-once", if_match=second["seq"])
    assert (again.status, again.json) == (200, once.json)
    assert registrar.post(path(second), dict(body, note="别的"), key="answer-once", if_match=second["seq"]).code == "key_reused"
    assert query("select count(*) from tcr.finding_answer where contract_id = %s", second["id"]) == [(1,)]
    rows = query("select object, outcome from tcr.audit where event = 'finding.answer' and object like %s", f"contract {second['id']} %")
    assert rows == [(f"contract {second['id']} finding.same_number", "ok")]
    refused = registrar.act(second, "refuse", {"reasons": [{"code": "R02"}]}).json
    assert registrar.post(path(second), body, key="answer-once", if_match=second["seq"]).json == once.json, "also after the decision"
    assert answer(registrar, refused, "cleared").status == 409


def test_answers_at_once_are_all_kept(tcrd, registrar):
    first, second = pair(tcrd, registrar, "AN-12")
    replies = []

    def one(role):
        with tcrd.https(role) as client:
            replies.append(answer(client, second, "cleared", role).status)
    threads = [threading.Thread(target=one, args=(role,)) for role in ("registrar", "reviewer") * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [200] * 10
    assert len(findings(registrar, second)["same_number"]["history"]) == 9


def test_evidence_holds_nothing_personal(tcrd, registrar):
    person = identity_number("371302")
    base = small("AN-13")
    base["seller"] = party("371302", name="孙某某", party_type="600", id_number=person)
    for member in ("credit_code", "industry", "representative"):
        base["seller"].pop(member)
    tcrd.accepted(**base)
    second = registrar.act(tcrd.filed("agency2", **twin(base, "AN-13")), "accept").json
    reply = registrar.get(f"/v1/contracts/{second['id']}/findings")
    assert "finding.same_number" in str(reply.json)
    text = str(reply.json) + str(registrar.get("/v1/findings?limit=200").json)
    for secret in (person, "孙某某", base["seller"]["contact"]["phone"], "李明", "王建国", base["seller"]["address"]):
        assert secret not in text


def test_the_nightly_job_marks_what_nobody_marked(tcrd, registrar, query):
    first, second = pair(tcrd, registrar, "AN-14")
    marks = "select * from tcr.contract_mark where contract_id = any (%s) order by contract_id"
    ids = [int(first["id"]), int(second["id"])]
    kept = query(marks, ids)
    waiting = tcrd.filed(**twin(small("AN-15"), "AN-15"))
    withdrawn = tcrd.https("agency").act(waiting, "withdraw").json
    query("delete from tcr.contract_mark where contract_id = any (%s)", ids + [int(withdrawn["id"])])
    query("update tcr.finding_state set marked_seq = 0")
    assert "same_number" not in findings(registrar, second)
    query("update tcr.finding set is_open = true where contract_id in (select id from tcr.contract where status = 'refused')")
    tcrd.command("aggregate", "--dry-run")
    assert query(marks, ids) == []
    tcrd.command("aggregate")
    assert query(marks, ids) == kept and found_ids(findings(registrar, second)["same_number"]) == [first["id"]]
    assert query("select count(*) from tcr.contract_mark where contract_id = %s", withdrawn["id"]) == [(1,)]
    assert query("select count(*) from tcr.finding f join tcr.contract c on c.id = f.contract_id"
                 " where f.is_open and c.status = 'refused'") == [(0,)]
    assert query("select marked_seq = (select value from tcr.sequence_counter) from tcr.finding_state") == [(True,)]
    # Marks of another folding are made anew, and a recalled contract has none.
    query("update tcr.contract_mark set names = 1 where contract_id = any (%s)", ids)
    tcrd.command("aggregate")
    assert query(marks, ids) != kept, "nothing was filed"
    query("update tcr.finding_state set folding = 'of an older version'")
    recalled = tcrd.filed(**small("AN-16"))
    tcrd.command("aggregate")
    assert query(marks, ids) == kept
    assert query("select count(*) from tcr.contract_mark where contract_id = %s", recalled["id"]) == [(1,)]
    assert tcrd.https("agency").act(recalled, "recall").status == 200
    assert query("select count(*) from tcr.contract_mark where contract_id = %s", recalled["id"]) == [(0,)]
