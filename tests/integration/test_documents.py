"""The papers of a contract: what stands on them, who gets them, when there is none, and the public's view of a certificate."""
import base64
import html
import re
import subprocess

import pytest

import receipts
from contracts import PASSED, REMOVE, contract_body, fen, identity_number, money, party, today
from harness import RpcError, wait_until
from paper_helper import codes_in, info, png, run_on, squeeze, text_of
from papers import BROWSER, capitals, certified, page_text, paper, paper_text, rpc_file, says, zh_date
from registered import ask, decide

def test_capitals_of_the_tests_are_right():
    for amount, expected in (("0.00", "零元整"), ("1409.50", "壹仟肆佰零玖元伍角整"), ("107000.53", "壹拾万柒仟元伍角叁分"),
                             ("16409.02", "壹万陆仟肆佰零玖元零贰分"), ("100000001.00", "壹亿零壹元整"), ("1000000000000.00", "壹万亿元整")):
        assert capitals(amount) == expected


def test_notice_of_acceptance(tcrd):
    agency = tcrd.https("agency")
    contract = tcrd.filed(project_name="有机硅<密封件> & “联合开发” {due_on}")
    assert paper(agency, contract, "acceptance", 409).code == "state"
    accepted = tcrd.https("registrar").act(contract, "accept").json
    text = paper_text(agency, contract, "acceptance")
    says(text, "技术合同认定登记受理通知书", f"受理编号：{contract['id']}", contract["seller"]["name"] + "：", contract["project_name"],
         contract["contract_no"], "测试服务点一于" + zh_date(today().isoformat()), "予以受理", f"并于{zh_date(accepted['due_on'])}前作出",
         contract["total_amount"] + "元", contract["technology_amount"] + "元", "临沂市技术合同登记处")
    assert "依据" not in text, "the term is a draft's: nothing is cited"


def test_correction_notice_names_every_fault_in_words(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = tcrd.filed()
    faults = [{"pointer": "/project_name", "note": "名称不规范"}, {"pointer": "/seller/credit_code", "note": "与印章不一致"},
              {"pointer": "/deductions/0/amount", "note": "缺少清单"}, {"pointer": "/attachments", "note": "请附合同文本"}]
    day = today().replace(year=today().year + 1).isoformat()
    returned = registrar.act(contract, "return", {"faults": faults, "correct_by": day})
    assert returned.status == 200, returned
    text = paper_text(agency, contract, "correction")
    says(text, "一次性补正通知书", "1.项目名称：名称不规范", "2.卖方/统一社会信用代码：与印章不一致", "3.扣除项目（第1项）/金额：缺少清单",
         "4./attachments：请附合同文本", f"请于{zh_date(day)}前")
    corrected = agency.post(f"/v1/contracts/{contract['id']}/submit", {}, if_match=returned.json["seq"])
    assert corrected.status == 200, corrected
    assert paper_text(agency, contract, "correction") == text, "the notice stays what it was"
    says(paper_text(agency, contract, "acceptance"), "予以受理")


def test_refusal_names_reasons_and_remedies(tcrd):
    registrar = tcrd.https("registrar")
    contract = tcrd.accepted()
    refused = registrar.act(contract, "refuse", {"reasons": [{"code": "R02", "note": "设备买卖"}, {"code": "R05"}]})
    assert refused.status == 200, refused
    text = paper_text(tcrd.https("agency"), contract, "refusal")
    says(text, "不予登记通知书", "1.非技术合同：设备买卖", "2.合同价款、报酬、使用费约定不明确", "六十日内依法申请行政复议",
         "依据：《中华人民共和国行政复议法》第二十条", "六个月内依法向人民法院提起行政诉讼")
    assert "行政诉讼法" not in text, "an article whose text was not read is not cited"
    assert "依据：《技术合同" not in text, "the sources of these two reasons are not final"
    for kind in ("certificate",):
        assert paper(registrar, contract, kind, 409).code == "state"
    assert paper(registrar, contract, "correction", 409).code == "state"


def test_refusal_cites_the_article_of_a_reason_whose_source_is_final(tcrd, query):
    """The rows of the decision's own rule set: R11 is of the rules of 2000, and only kept by practice in those of 2026."""
    registrar, agency = tcrd.https("registrar"), tcrd.https("agency")
    reasons = {"reasons": [{"code": "R08", "note": "搭售"}, {"code": "R11"}]}
    new, old = tcrd.accepted(), tcrd.accepted(signed_on="2026-02-02", term_begins_on="2026-02-02")
    query("update tcr.contract set accepted_on = '2026-02-27' where id = %s", int(old["id"]))
    for contract in (new, old):
        assert registrar.act(contract, "refuse", reasons).status == 200
    restrictive = ("含有非法垄断技术、妨碍技术进步等不合理限制条款或侵害他人技术成果条款（依据：《中华人民共和国民法典》第八百五十条；"
                   "《最高人民法院关于审理技术合同纠纷案件适用法律若干问题的解释》第十条）：搭售")
    says(paper_text(agency, new, "refusal"), "1." + restrictive, "2.采用口头形式订立")
    assert "第九条" not in paper_text(agency, new, "refusal"), "not seen in the rules of 2026"
    says(paper_text(agency, old, "refusal"), "1." + restrictive,
         "2.采用口头形式订立（依据：《技术合同认定登记管理办法》（国科发政字〔2000〕063号）第九条）")


def test_form_has_every_field_in_the_determined_values(tcrd):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    body = contract_body(
        contract_type="301", license={"mode": "2", "years": "5.5"}, ip_types=["11", "2"], summary="第一行\n第二行",
        ip_rights=[{"kind": "11", "number": "ZL202310000001.X", "expires_on": "2045-01-01"}, {"kind": "2", "number": "内部编号7"}],
        total_amount="1000000.00", deductions=[{"kind": "x_equipment", "amount": "100.01", "note": "试验台"}],
        payment_method="4", royalty={"initial_fee": "1000.00", "base": "4", "rate_type": "1", "rate_percent": "2.5"},
        co_sellers=[party("371302", share="20.5")], related={"event": "对接会"}, **{"seller.unit": "材料学院", "seller.zip_code": "276000"})
    contract = agency.submit(body).json
    accepted = registrar.act(contract, "accept").json
    done = registrar.act(accepted, "certify", {**PASSED, "determined": {"technical_field": "01", "deductions": [
        {"kind": "x_equipment", "amount": "300.01"}]}, "reason": "按清单核定"})
    assert done.status == 200, done
    text = paper_text(agency, contract, "form")
    for person in (body["seller"], body["co_sellers"][0], body["buyer"]):
        says(text, "名称" + person["name"], "统一社会信用代码" + person["credit_code"], "联系人电话" + person["contact"]["phone"])
    says(text, done.json["registration_number"], "合同类别专利实施许可（301）", "合同成交额1000000.00元", "技术交易额999699.99元",
         "技术领域电子信息（01）", "许可方式排他实施许可（2）", "许可年限5.5", "ZL202310000001.X2045年1月1日", "内部编号7", "300.01元",
         "发明专利（11）、技术秘密（2）", "第一行第二行", "入门费1000.00元", "份额（%）20.5", "二级单位材料学院", "邮政编码276000", "对接活动对接会",
         "真实性承诺是", "申报身份卖方", "关联交易否", "签订日期" + zh_date(body["signed_on"]))
    assert "100.01元" not in text, "the determined deductions stand in place of the filed ones"
    others = paper_text(tcrd.https("auditor"), contract, "form")
    assert body["seller"]["contact"]["phone"] not in others and body["seller"]["name"] in others
    assert body["seller"]["contact"]["phone"] in paper_text(registrar, contract, "form")


def expected_on_certificate(body, done):
    parts = ["技术合同登记证明", "登记编号：" + done["registration_number"], "项目名称" + body["project_name"], body["contract_no"],
             f"合同成交额{body['total_amount']}元（人民币{capitals(body['total_amount'])}）",
             f"技术交易额{done['technology_amount']}元（人民币{capitals(done['technology_amount'])}）",
             "卖方" + body["seller"]["name"], "买方" + body["buyer"]["name"], "签订日期" + zh_date(body["signed_on"]),
             f"有效期{zh_date(body['term_begins_on'])}至{zh_date(body['term_ends_on'])}", "登记日期" + zh_date(done["registered_on"]),
             "登记机构临沂市技术合同登记处", "登记员registrar", f"版本号{done['seq']}", "校验码" + done["check_code"]]
    return parts + [p["credit_code"] for p in (body["seller"], body["buyer"]) if "credit_code" in p]


def test_certificate_says_what_was_registered(tcrd):
    agency = tcrd.https("agency")
    body, done = certified(tcrd, contract_type="301", license={"mode": "1", "years": "5"}, ip_types=["11"],
                           ip_rights=[{"kind": "11", "number": "ZL202310000001.X"}], total_amount="4070000.53", deductions=[],
                           co_buyers=[party("110108", share="30")])
    data = paper(agency, done, "certificate")
    says(text_of(data), *expected_on_certificate(body, done), "合同类型技术许可", "合同类别专利实施许可", "知识产权发明专利", "ZL202310000001.X",
         "许可方式独占实施许可", "许可年限5年", "共同买方" + body["co_buyers"][0]["name"] + body["co_buyers"][0]["credit_code"])
    assert len(data) < 200_000 and info(data)["Pages"] == "1" and info(data)["Title"] == "技术合同登记证明"
    assert codes_in(data) == [f"https://localhost:8443/v1/certificates/{done['registration_number']}?check={done['check_code']}"]
    for role in ("registrar", "bureau", "auditor"):
        assert paper(tcrd.https(role), done, "certificate") == data, "one release, one paper, whoever asks"
    assert rpc_file(tcrd.rpc("agency").call("document.get", id=done["id"], kind="certificate")) == data


def approved(tcrd, done, act, body, decision=None):
    """Asked for by the agency, approved by the registrar."""
    asked = ask(tcrd.https("agency"), done, act, body)
    assert asked.status == 201, asked
    reply = decide(tcrd.https("registrar"), asked.json, "approve", decision)
    assert reply.status == 200, reply
    done["seq"] = int(reply.etag.strip('"'))
    return asked.json["id"]


def test_papers_and_page_say_the_truth_after_a_change(tcrd):
    agency, number = tcrd.https("agency"), None
    body, done = certified(tcrd, total_amount="1000000.00", deductions=[{"kind": "x_equipment", "amount": "100000.00"}], technical_field="01")
    first = paper(agency, done, "certificate")
    assert paper(agency, done, "change", 409).code == "state"
    number = approved(tcrd, done, "change", {"reason": "C3", "note": "追加", "proposed": {
        "total_amount": "1500000.50", "buyer": {**body["buyer"], "name": "更名后的买方𠮷有限公司", "contact": {"name": "赵六", "phone": "13900000000"}}}})
    text = paper_text(agency, done, "change")
    says(text, "技术合同变更登记决定书", "登记编号" + done["registration_number"], "申请编号" + number, f"版本号{done['seq']}",
         "合同成交额1000000.00元1500000.50元", "技术交易额900000.00元1400000.50元", f"买方/名称{body['buyer']['name']}更名后的买方𠮷有限公司",
         "合同金额变化")
    assert "13900000000" not in text and "赵六" not in text
    second = paper(agency, done, "certificate")
    assert second != first and paper(tcrd.https("bureau"), done, "certificate") == second
    says(text_of(second), "合同成交额1500000.50元（人民币壹佰伍拾万元伍角整）", "更名后的买方𠮷有限公司", f"版本号{done['seq']}", "办理变更登记",
         "登记日期" + zh_date(done["registered_on"]))
    full, page, plain = check(tcrd, done), check(tcrd, done, headers=BROWSER), check(tcrd, done, code=False)
    assert plain.json["status"] == full.json["status"] == "changed" and full.json["seq"] == done["seq"]
    assert (full.json["total_amount"], full.json["buyer"], full.json["changed_on"]) == ("1500000.50", "更名后的买方𠮷有限公司", today().isoformat())
    says(page_text(page), "内容已变更", "1500000.50", "更名后的买方𠮷有限公司", f"Release{done['seq']}")
    assert set(plain.json) == {"registration_number", "status", "issued_on"}
    says(paper_text(agency, done, "form"), "1500000.50元", "更名后的买方𠮷有限公司")


def test_corrections_and_new_determinations_have_titles_of_their_own(tcrd):
    agency = tcrd.https("agency")
    _, done = certified(tcrd, project_name="旧名")
    approved(tcrd, done, "correct", {"reason": "C4", "note": "笔误", "proposed": {"project_name": "新名"}})
    says(paper_text(agency, done, "change"), "技术合同登记更正决定书", "项目名称旧名新名", "登记信息更正")
    assert check(tcrd, done).json["project_name"] == "新名"


@pytest.mark.parametrize("act", ["cancel", "revoke"])
def test_papers_and_page_say_the_truth_after_the_end(tcrd, act):
    agency = tcrd.https("agency")
    body, done = certified(tcrd)
    benefits = [{"kind": "VAT", "year": 2025, "amount": "1200.50"}]
    if act == "cancel":
        approved(tcrd, done, "cancel", {"reason": "N1", "note": "双方解除", "benefits": benefits}, {"benefits": benefits})
        kind, other, status, word = "cancellation", "revocation", "cancelled", "已注销"
        parts = ["技术合同注销登记决定书", "1.合同解除"]
    else:
        reply = tcrd.https("bureau").act(done, "revoke", {"ground": "V1", "note": "查明虚假", "document": "临科撤〔2026〕1号", "benefits": benefits})
        assert reply.status == 200, reply
        kind, other, status, word = "revocation", "cancellation", "revoked", "已撤销"
        parts = ["撤销技术合同登记决定书", "1.订立虚假技术合同", "2.查明虚假", "3.依据文书：临科撤〔2026〕1号", "六十日内依法申请行政复议",
                 "临沂市科学技术局" + zh_date(today().isoformat())]
    text = paper_text(agency, done, kind)
    says(text, *parts, "登记编号" + done["registration_number"], body["seller"]["name"], "增值税免税20251200.50元" if act == "revoke" else "失效")
    assert paper(agency, done, other, 409).code == "state" and paper(agency, done, "certificate", 409).code == "state"
    plain, full, page = check(tcrd, done, code=False), check(tcrd, done), check(tcrd, done, headers=BROWSER)
    assert plain.json == {"registration_number": done["registration_number"], "status": status, "issued_on": done["registered_on"]}
    assert full.json["status"] == status and full.json["seller"] == body["seller"]["name"] and full.json["ended_on"] == today().isoformat()
    says(page_text(page), word, body["seller"]["name"], "登记证明失效")
    assert b".pdf" not in page.body
    path = f"/v1/certificates/{done['registration_number']}.pdf?check={done['check_code']}"
    assert tcrd.https().get(path).code == "state"


def test_sheets_of_income_and_award(tcrd):
    agency = tcrd.https("agency")
    this, last = today().year, today().year - 1
    contract = receipts.registered(tcrd, contract_type="201", total_amount="100000.00", ip_types=["11"], signed_on=f"{last}-01-15",
                                   term_begins_on=f"{last}-01-15", term_ends_on=f"{this + 1}-01-15")
    assert paper(agency, contract, f"income?year={this}", 409).code == "state"
    sold = [(f"{last}-03-01", "30000.00", "20000.00", "1000.01"), (f"{this}-01-05", "40000.00", "40000.00", "2000.00"), (f"{this}-01-06", "500.00", "0.00", None)]
    made = [receipts.verified(tcrd, contract, received_on=day, payer=f"付款𠮷方{i}", amount=amount, technology_part=part,
                              costs=[{"kind": "labour", "amount": cost}] if cost else [], invoice_number=f"INV{i:08d}" if i < 2 else None,
                              invoice_kind="ordinary" if i < 2 else "none")
            for i, (day, amount, part, cost) in enumerate(sold)]
    assert all(made)
    data = paper(agency, contract, f"income?year={this}")
    says(text_of(data), "技术性收入核定表", f"{this}年度", contract["registration_number"], "付款𠮷方1", "40000.00", "INV00000001", "付款𠮷方2",
         "本年到账金额40500.00元", "本年到账技术交易额40000.00元", "人工费2000.00元", "成本费用合计2000.00元",
         f"本年技术性收入38000.00元（人民币{capitals('38000.00')}）", "累计到账技术交易额60000.00元", "累计技术性收入56999.99元")
    assert "付款𠮷方0" not in text_of(data)
    award = paper_text(agency, contract, "award")
    says(award, "技术合同奖酬金核定表", f"{last}20000.001000.0118999.99", f"{this}40000.002000.0038000.00", "合计60000.003000.0156999.99")
    answer = agency.get(f"/v1/contracts/{contract['id']}/award").json
    assert answer["total"]["minimum"] in award and answer["years"][0]["min_percent"] in award
    for row in answer["policy"]["rows"]:
        assert row["proof"] == "final" or row["article"] is None
        says(award, row["zh"])
    reversed_one = receipts.act(tcrd.https("registrar"), contract, made[1], "reverse", {"reason": "退款"})
    assert reversed_one.status == 200, reversed_one
    says(paper_text(agency, contract, f"income?year={this}"), "本年到账金额500.00元")
    assert paper(agency, contract, f"income?year={this + 1}", 409).code == "state"
    for wrong in ("income", "income?year=", "income?year=26", "income?year=-1", "income?year=99999", "form?year=2026", "income?year=2026&x=1"):
        assert paper(agency, contract, wrong, 400), wrong


def test_list_of_registrations(tcrd, query):
    agency, bureau = tcrd.https("agency2"), tcrd.https("bureau")
    made = [certified(tcrd, agency, **{"seller.name": f"清单𠮷卖方{i}"})[1] for i in range(4)]
    tcrd.filed("agency2")
    ended = made.pop()
    assert bureau.act(ended, "revoke", {"ground": "V3", "note": "重复"}).status == 200
    day, other = today().isoformat(), (today().replace(day=1)).isoformat()
    path = f"/v1/documents/registrations?from={other}&to={day}"
    reply = agency.get(path)
    assert reply.status == 200 and reply.headers["Content-Type"] == "application/pdf", reply
    text = text_of(reply.body)
    total = sum(fen(c["total_amount"]) for c in made)
    says(text, "技术合同登记清单", f"测试服务点二，{zh_date(other)}至{zh_date(day)}登记的技术合同，合计3项", f"合同成交额{money(total)}元",
         "不作为享受税收优惠的依据", *[c["registration_number"] for c in made], *[c["seller"]["name"] for c in made],
         *[c["total_amount"] + c["technology_amount"] for c in made])
    assert ended["registration_number"] not in text
    lines = run_on("pdftotext", reply.body, "-raw", "-enc", "UTF-8").decode()
    for contract in made:
        for part in ("registration_number", "registered_on", "total_amount", "technology_amount"):
            assert contract[part] in lines, (part, "stands on one line, so that it is found")
    [(agency_id,)] = query("select id from tcr.agency where name = '测试服务点二'")
    assert text_of(bureau.get(path + f"&agency={agency_id}").body) == text
    assert "测试服务点二" in text_of(agency.get("/v1/documents/registrations?from=2000-01-01&to=2000-12-31").body)
    [(foreign,)] = query("select id from tcr.agency where name = '测试服务点一'")
    assert agency.get(path + f"&agency={foreign}").status == 404 == bureau.get(path + "&agency=999999").status
    for wrong in ("", "?from=2026-01-01", "?from=2026-02-30&to=2026-03-01", "?from=2026-03-02&to=2026-03-01", f"?from={day}&to={day}&agency=x"):
        assert agency.get("/v1/documents/registrations" + wrong).status == 400, wrong
    assert bureau.get(path).status == 400 and tcrd.https("county").get(path).status == 403
    assert rpc_file(tcrd.rpc("agency2").call("document.registrations", **{"from": other, "to": day})).startswith(b"%PDF")


def test_no_identity_number_on_a_certificate(tcrd):
    number = identity_number()
    body, done = certified(tcrd, **{
        "seller.party_type": "600", "seller.id_number": number, "seller.credit_code": REMOVE, "seller.industry": REMOVE,
        "seller.representative": REMOVE})
    data = paper(tcrd.https("agency"), done, "certificate")
    says(text_of(data), body["seller"]["name"] + "自然人")
    assert number not in text_of(data) and number[-6:] not in text_of(data)
    assert number in paper_text(tcrd.https("agency"), done, "form")


def test_who_gets_a_paper(tcrd, query):
    contract = tcrd.accepted()
    other, absent = tcrd.https("agency2"), {"id": "99999999"}
    assert paper(other, contract, "form", 404).json["detail"] == paper(other, absent, "form", 404).json["detail"]
    for kind in ("acceptance", "certificate"):
        assert paper(other, contract, kind, 404).code == "not_found", "404 comes before 409"
    for role in ("county", "admin"):
        assert paper(tcrd.https(role), contract, "form", 403).code == "forbidden"
    assert tcrd.https().get(f"/v1/contracts/{contract['id']}/documents/form").status == 401
    agency = tcrd.https("agency")
    for kind in ("nothing", "certificate.pdf", "..", "%00", "x" * 300):
        assert agency.get(f"/v1/contracts/{contract['id']}/documents/{kind}").status in (400, 404), kind
    for wrong in ("0", "-1", "1e3", "99999999999999999999"):
        assert agency.get(f"/v1/contracts/{wrong}/documents/form").status == 404
    assert agency.get(f"/v1/contracts/{contract['id']}/documents/form?x=1").status == 400
    paper(agency, contract, "form")
    rows = lambda: query("select outcome from tcr.audit where event = 'document.get' and object = %s order by id", f"contract {contract['id']}")
    wait_until(lambda: ("ok",) in rows() and ("not_found",) in rows(), "reads and denials are audited")


def test_a_draft_has_no_paper_and_others_do_not_see_it(tcrd):
    agency = tcrd.https("agency")
    draft = agency.post("/v1/contracts?draft=true", {"project_name": "草稿"}).json
    assert paper(agency, draft, "form", 409).code == "state"
    assert paper(tcrd.https("registrar"), draft, "form", 404).code == "not_found"


def test_huge_texts_run_over_pages(tcrd):
    agency = tcrd.https("agency")
    name = "名" * 196
    body, done = certified(tcrd, summary="摘要𠮷" * 600 + "\n" + "x" * 199, **{"seller.name": name + "卖方一家", "buyer.name": name + "买方一家"},
                           co_sellers=[party("371302", name=name + f"共卖{i:02d}") for i in range(20)],
                           co_buyers=[party("371302", name=name + f"共买{i:02d}") for i in range(20)])
    form = paper(agency, done, "form")
    without_feet = re.sub(r"技术合同登记表\d+第\d+页共\d+页", "", text_of(form))
    says(without_feet, "技术内容摘要" + body["summary"], name + "卖方一家", *[name + f"共卖{i:02d}" for i in range(20)])
    certificate = paper(agency, done, "certificate")
    says(text_of(certificate), *[name + f"共买{i:02d}" for i in range(20)])
    assert int(info(certificate)["Pages"]) > 2 and int(info(form)["Pages"]) > 10
    assert len(certificate) < 200_000


# The public's view

def check(tcrd, done, code=True, **kw):
    query = "?check=" + done["check_code"] if code else ""
    return tcrd.https().get(f"/v1/certificates/{done['registration_number']}{query}", **kw)


def test_a_program_gets_json_and_a_telephone_a_page(tcrd):
    body, done = certified(tcrd, **{"seller.name": "甲<script>alert(1)</script>&公司", "project_name": '研究"\'<b>'})
    plain = check(tcrd, done, code=False)
    assert plain.json == {"registration_number": done["registration_number"], "status": "valid", "issued_on": today().isoformat()}
    full = check(tcrd, done)
    assert (full.json["seller"], full.json["buyer"], full.json["project_name"]) == (
        body["seller"]["name"], body["buyer"]["name"], body["project_name"])
    assert (full.json["total_amount"], full.json["technology_amount"], full.json["seq"]) == (
        done["total_amount"], done["technology_amount"], done["seq"])
    page = check(tcrd, done, headers=BROWSER)
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html") and len(page.body) < 50_000
    says(page_text(page), "有效Valid", body["seller"]["name"], body["project_name"], body["total_amount"], capitals(body["total_amount"]),
         done["technology_amount"], done["registration_number"])
    assert b"<script" not in page.body and b"<b>" not in page.body and b"http" not in page.body.replace(b"http-equiv", b"")
    policy = page.headers["Content-Security-Policy"]
    style = re.search(rb"<style>(.*?)</style>", page.body, re.S).group(1)
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=style, capture_output=True, check=True).stdout
    assert f"style-src 'sha256-{base64.b64encode(digest).decode()}'" in policy and "default-src 'none'" in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    short = check(tcrd, done, code=False, headers=BROWSER)
    says(page_text(short), "有效Valid", done["registration_number"], "校验码")
    for secret in (body["seller"]["name"], body["buyer"]["name"], body["project_name"], body["total_amount"], done["technology_amount"]):
        assert secret not in html.unescape(short.body.decode()), "a number alone tells no name and no amount"
    assert b'name="viewport"' in page.body


def test_wrong_codes_and_numbers_answer_alike(tcrd):
    _, done = certified(tcrd)
    public, number = tcrd.https(), done["registration_number"]
    for path in (f"{number}?check={'0' * 32}", f"{number}?check=", f"{number}?check={done['check_code'][:-1]}", "1234567890123456",
                 f"{number}.pdf", f"{number}.pdf?check={'0' * 32}", f"{number}.pdf.pdf?check={done['check_code']}", ".pdf", "%20", "a%27b"):
        reply = public.get("/v1/certificates/" + path)
        assert reply.status == 404 and reply.json["detail"] == "no such certificate", path
        page = public.get("/v1/certificates/" + path, headers=BROWSER)
        assert page.status == 404, path
        if ".pdf" not in path:
            says(page_text(page), "未查到该登记证明")
    assert public.get(f"/v1/certificates/{number}", headers={"Accept": "image/png"}).status == 406


def test_the_paper_of_a_certificate_for_who_holds_the_code(tcrd):
    _, done = certified(tcrd)
    public = tcrd.https()
    own = paper(tcrd.https("agency"), done, "certificate")
    path = f"/v1/certificates/{done['registration_number']}"
    reply = public.get(f"{path}.pdf?check={done['check_code']}", headers=BROWSER)
    assert reply.status == 200 and reply.body == own and reply.headers["Content-Type"] == "application/pdf"
    assert public.get(f"{path}?check={done['check_code']}", headers={"Accept": "application/pdf"}).body == own
    link = re.search(r'href="([^"]+)"', check(tcrd, done, headers=BROWSER).body.decode()).group(1)
    assert public.get("/v1/certificates/" + html.unescape(link)).body == own
    assert rpc_file(tcrd.rpc().call("certificate.get", number=done["registration_number"] + ".pdf", check=done["check_code"])) == own
    with pytest.raises(RpcError) as error:
        tcrd.rpc().call("certificate.get", number=done["registration_number"] + ".pdf")
    assert error.value.data["code"] == "not_found"


def test_secret_contracts_show_no_name_to_the_public(tcrd):
    body, done = certified(tcrd, secrecy_requested=True, co_sellers=[party("371302")])
    full = check(tcrd, done)
    page = check(tcrd, done, headers=BROWSER)
    assert full.json["total_amount"] == body["total_amount"] and full.json["secrecy_requested"] is True
    for name in (body["seller"]["name"], body["buyer"]["name"], body["project_name"], body["co_sellers"][0]["name"]):
        assert name not in full.body.decode() and name not in html.unescape(page.body.decode())
    says(page_text(page), "当事人要求保密")
    path = f"/v1/certificates/{done['registration_number']}.pdf?check={done['check_code']}"
    assert tcrd.https().get(path).status == 404 and b".pdf" not in page.body
    says(paper_text(tcrd.https("agency"), done, "certificate"), body["seller"]["name"])


def test_wording_seal_and_address_are_the_bureaus(tcrd, make_tcrd, query, tmp_path):
    body, done = certified(tcrd)
    plain = paper(tcrd.https("agency"), done, "certificate")
    other = make_tcrd({"paper.seal_file": png(tmp_path, 200, 200), "public.base_url": "https://jishu.linyi.example"})
    sealed = paper(other.https("agency"), done, "certificate")
    assert len(sealed) > len(plain)
    assert codes_in(sealed) == [f"https://jishu.linyi.example/v1/certificates/{done['registration_number']}?check={done['check_code']}"]
    query("insert into tcr.paper_text (kind, key, text, proof, source, valid_from) values ('certificate', 'issuer', '临沂市科学技术局', 'final', 'bureau', "
          "current_date - 1), ('certificate', 'lead', '兹登记 {project_name} {no_such_name}', 'draft', 'bureau', current_date - 1), "
          "('certificate', 'duty', '', 'draft', 'bureau', current_date - 1)")
    text = paper_text(tcrd.https("agency"), done, "certificate")
    says(text, "临沂市科学技术局", "兹登记" + body["project_name"] + "{no_such_name}")
    assert "经审查" not in text and "原登记机构" not in text
    tcrd.command("migrate")
    assert paper_text(tcrd.https("agency"), done, "certificate") == text, "rows of the bureau's own survive a migration"
    query("delete from tcr.paper_text where source = 'bureau'")
    assert paper(tcrd.https("agency"), done, "certificate") == plain
