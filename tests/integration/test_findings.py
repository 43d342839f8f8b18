"""Near duplicates and anomalies: each rule with what it finds and what it just does not, who sees it, what is answered, what the
answers do to the certification and to the work list."""
import datetime

import pytest

from attachments import pdf, put
from contracts import contract_body, credit_code, money, party

ZERO_WIDTH = "\u200b\u200d\u2060\ufe00"


@pytest.fixture
def registrar(tcrd):
    with tcrd.https("registrar") as client:
        yield client


def findings(client, contract):
    """The findings of a contract by rule, without the prefix."""
    answer = client.get(f"/v1/contracts/{contract['id']}/findings")
    assert answer.status == 200, answer
    assert answer.json["id"] == contract["id"] and answer.headers["ETag"] == f'"{answer.json["seq"]}"'
    return {item["rule"][len("finding."):]: item for item in answer.json["items"]}


def found_ids(item):
    return [c["id"] for c in item["evidence"]["contracts"]]


def same_parties(body, **changes):
    """Another contract of the same two parties: everything else differs."""
    return contract_body(seller=dict(body["seller"]), buyer=dict(body["buyer"]), **changes)


def days(text, n):
    return (datetime.date.fromisoformat(text) + datetime.timedelta(days=n)).isoformat()


NEAR = {"same_names", "same_number", "same_deal", "same_amount", "given_up"}


@pytest.mark.parametrize("what,changes,rules", [
    ("nothing", {}, set()),
    ("title", {"project_name": "耐高低温有机硅密封件联合开发与应用(二期)"}, {"same_names"}),
    ("title, other marks", {"project_name": "耐高低温 有机硅密封件 联合开发 与 应用"}, {"same_names"}),
    ("title, not enough of it", {"project_name": "耐高低温有机硅垫片的设计"}, set()),
    ("number", {"contract_no": "ＬＹ-2024/018"}, {"same_number"}),
    ("number, last digit", {"contract_no": "LY-2024-019"}, set()),
    ("no number in both", {"contract_no": "无"}, set()),
    ("amount and day", {"total_amount": "345678.90", "signed_on": "2024-03-18"}, {"same_deal"}),
    ("amount, a fen off", {"total_amount": "345678.91", "signed_on": "2024-03-18"}, set()),
    ("amount, next day", {"total_amount": "345678.90", "signed_on": "2024-03-19"}, set()),
])
@pytest.mark.parametrize("role", ["agency", "agency2"])
def test_between_the_same_parties(tcrd, registrar, what, changes, rules, role):
    base = contract_body(project_name="耐高低温有机硅密封件联合开发与应用", contract_no="LY-2024-018" if what != "no number in both" else "/",
                         total_amount="345678.90", deductions=[], signed_on="2024-03-18", term_begins_on="2024-03-18",
                         term_ends_on="2025-03-18")
    first = tcrd.accepted(**base)
    changes = {"deductions": [], "signed_on": "2024-01-07", "term_begins_on": "2024-01-07", "term_ends_on": "2025-01-07", **changes}
    second = tcrd.filed(role, **{**same_parties(base), **changes})
    for state in ("submitted", "accepted"):
        if state == "accepted":
            second = registrar.act(second, "accept").json
        found = findings(registrar, second)
        assert set(found) & NEAR == rules, (what, state)
        for rule in rules:
            assert found_ids(found[rule]) == [first["id"]] and found[rule]["is_open"] and found[rule]["answer"] is None
            assert found[rule]["zh"] and found[rule]["en"] and found[rule]["severity"] == "waivable"
            evidence = found[rule]["evidence"]["contracts"][0]
            assert {"names", "parties"} <= set(evidence["matches"]) and evidence["status"] == "accepted"
            assert evidence["agency"] == "测试服务点一" and evidence["total_amount"] == "345678.90"


@pytest.mark.parametrize("which", ["names", "codes", "reversed", "written otherwise", "one name", "one code"])
def test_who_the_same_parties_are(tcrd, registrar, which):
    base = contract_body(contract_no=f"ZX-88 {which}")
    first = tcrd.accepted(**base)
    other = same_parties(base, contract_no=f"zx88{which}")
    seller, buyer = other["seller"], other["buyer"]
    if which in ("names", "written otherwise", "one name"):
        seller["credit_code"], buyer["credit_code"] = credit_code(seller["region"]), credit_code(buyer["region"])
    if which in ("codes", "one code"):
        seller["name"], buyer["name"] = "临沂改名科技有限公司", "临沂新名科技有限公司"
    if which == "written otherwise":
        seller["name"] = "（" + seller["name"].replace("有限公司", "）有限责任公司")
        buyer["name"] = buyer["name"].replace("测试", "测 试").replace("有限公司", "股份有限公司")
    if which == "one name":
        seller["name"] = "别的" + seller["name"]
    if which == "one code":
        seller["credit_code"] = credit_code(seller["region"])
    if which == "reversed":
        buyer["region"] = seller["region"]
        other["seller"], other["buyer"] = buyer, seller
    second = registrar.act(tcrd.filed("agency2", **other), "accept").json
    found = findings(registrar, second)
    assert ("same_number" in found) == (not which.startswith("one")), which
    if "same_number" in found:
        matches = set(found["same_number"]["evidence"]["contracts"][0]["matches"])
        assert found_ids(found["same_number"]) == [first["id"]] and "contract_no" in matches
        assert ("names" in matches, "parties" in matches) == (which != "codes", which in ("codes", "reversed"))
        assert ("reversed" in matches) == (which == "reversed")


@pytest.mark.parametrize("which", ["seller", "buyer", "crossed", "co-seller", "neither", "another day", "another amount"])
def test_one_party_in_common_with_amount_and_day(tcrd, registrar, which):
    base = contract_body(total_amount="777001.23", deductions=[], **{"buyer.region": "371302"})
    if which == "co-seller":
        base["co_sellers"] = [party("371302", name="联合研发有限公司", share="40.00")]
    first = tcrd.accepted(**base)
    other = contract_body(total_amount="777001.23", deductions=[], signed_on=base["signed_on"], term_begins_on=base["term_begins_on"],
                          term_ends_on=base["term_ends_on"], **{"buyer.region": "371302"})
    if which in ("seller", "another day", "another amount"):
        other["seller"] = base["seller"]
    if which == "buyer":
        other["buyer"] = base["buyer"]
    if which == "crossed":
        other["buyer"] = base["seller"]
    if which == "co-seller":
        other["seller"] = {k: v for k, v in base["co_sellers"][0].items() if k != "share"}
    if which == "another day":
        other["signed_on"] = other["term_begins_on"] = days(base["signed_on"], -1)
    if which == "another amount":
        other["total_amount"] = "777001.24"
    second = registrar.act(tcrd.filed("agency2", **other), "accept").json
    found = findings(registrar, second)
    assert ("same_amount" in found) == (which not in ("neither", "another day", "another amount")), which
    if "same_amount" in found:
        assert found_ids(found["same_amount"]) == [first["id"]] and found["same_amount"]["severity"] == "hint"
        assert set(found["same_amount"]["evidence"]["contracts"][0]["matches"]) == {"party", "total_amount", "signed_on"}


@pytest.mark.parametrize("end", ["withdraw", "refuse"])
def test_what_was_given_up_is_linked_and_bars_nothing(tcrd, registrar, query, end):
    base = contract_body(contract_no="QX-1")
    first = tcrd.filed("agency", **base)
    if end == "withdraw":
        assert tcrd.https("agency").act(first, "withdraw").json["status"] == "withdrawn"
    else:
        assert registrar.act(first, "refuse", {"reasons": [{"code": "R02"}]}).json["status"] == "refused"
    again = registrar.act(tcrd.filed("agency2", **base), "accept").json
    found = findings(registrar, again)
    assert set(found) & NEAR == {"given_up"}
    assert found_ids(found["given_up"]) == [first["id"]] and found["given_up"]["severity"] == "hint"
    assert {"title", "contract_no", "total_amount", "signed_on"} <= set(found["given_up"]["evidence"]["contracts"][0]["matches"])
    assert query("select (tcr.findings_standing(c)).unanswered from tcr.contract c where id = %s", again["id"]) == [([],)]
    assert registrar.act(again, "certify").status == 200


@pytest.mark.parametrize("kind,same,is_found", [("text", True, True), ("text", False, False), ("right", True, False)])
def test_the_same_scan(tcrd, registrar, kind, same, is_found):
    """Only texts of contracts: two contracts may well carry the same proof of a right."""
    scan = pdf(5000)
    one, two, gone = (tcrd.filed(role) for role in ("agency", "agency2", "agency"))
    for role, contract, data in (("agency", one, scan), ("agency2", two, scan if same else pdf(5000)), ("agency", gone, scan)):
        with tcrd.https(role) as client:
            assert put(client, contract, "合同.pdf", data, kind=kind).status == 201
    assert tcrd.https("agency").act(gone, "withdraw").status == 200
    for contract, other in ((one, two), (two, one)):
        found = findings(registrar, contract)
        assert ("same_scan" in found) == is_found
        if is_found:
            assert found_ids(found["same_scan"]) == [other["id"]] and found["same_scan"]["severity"] == "waivable"
            assert "scan" in found["same_scan"]["evidence"]["contracts"][0]["matches"]
            assert found_ids(found["given_up"]) == [gone["id"]], "what was withdrawn is linked and bars nothing"
    if is_found:
        with tcrd.https("agency2") as client:
            assert put(client, two, "合同.pdf", pdf(5000)).status == 201, "another version of the file"
        assert "same_scan" not in findings(registrar, one) and "same_scan" not in findings(registrar, two)


def test_hostile_writing_changes_nothing(tcrd, registrar, query):
    """The form refuses most invisible characters; what it lets through, and what older records may hold, folds away."""
    base = contract_body(contract_no="RC-7", **{"seller.name": "沂水𠀀龘密封件有限公司"})
    first = tcrd.accepted(**base)
    other = same_parties(base, contract_no="R\u200dC-7", **{"seller.name": "沂\u200c水𠀀\ufe00龘 密封件（有限公司）"})
    other["seller"]["credit_code"] = credit_code("371302")
    other["buyer"]["name"] = "".join(c + "\u200d" for c in base["buyer"]["name"])
    second = registrar.act(tcrd.filed("agency2", **other), "accept").json
    assert found_ids(findings(registrar, second)["same_number"]) == [first["id"]]
    different = same_parties(base, contract_no="RC-7", **{"seller.name": "沂水𠀁龘密封件有限公司"})
    different["seller"]["credit_code"] = credit_code("371302")
    third = registrar.act(tcrd.filed("agency2", **different), "accept").json
    assert "same_number" not in findings(registrar, third), "another rare character is another name"
    query("update tcr.contract set seller_name = %s, contract_no = %s where id = %s",
          "\u202e沂水𠀀龘\u2066密封件\u200b有限责任公司", "\ufeffRC" + ZERO_WIDTH + "7", second["id"])
    query("select tcr.findings_fill(%s, %s)", second["id"], second["id"])
    assert second["id"] in found_ids(findings(registrar, first)["same_number"])


def test_a_rule_switched_off_is_silent(tcrd, registrar, query):
    base = contract_body(contract_no="GZ-5")
    tcrd.accepted(**base)
    second = registrar.act(tcrd.filed(**same_parties(base, contract_no="GZ-5")), "accept").json
    assert "same_number" in findings(registrar, second)
    ended = "update tcr.rule set valid_to = %s where id = 'finding.same_number'"
    query(ended, "2000-01-01")
    try:
        assert "same_number" not in findings(registrar, second)
    finally:
        query(ended, "infinity")


def test_a_slip_in_a_number_silences_its_rule_and_stops_nobody(tcrd, registrar, query):
    base = contract_body(contract_no="GZ-6")
    tcrd.accepted(**base)
    names = ["title_similarity", "split_days", "round_trip_days", "usual_days", "price_factor", "technology_share.5"]
    query("create temporary table kept as select id, value from tcr.rule where id = any (%s)", ["finding." + n for n in names])
    for slip in ("-1", "", "eighty", "8e1", "99999999999999999999", "80:"):
        query("update tcr.rule set value = %s where id = any (%s)", slip, ["finding." + n for n in names])
        try:
            second = registrar.act(tcrd.filed(**same_parties(base, contract_no="GZ-6", project_name=base["project_name"])), "accept")
            assert second.status == 200, (slip, second)
            found = findings(registrar, second.json)
            assert "same_number" in found and not set(found) & {"same_names", "split", "round_trip"}, slip
        finally:
            query("update tcr.rule r set value = k.value from kept k where k.id = r.id")


# Anomalies --------------------------------------------------------------------------------------------------------------------------

def deal(base, signed_on, technology, total=None):
    """Another deal of the same parties that no rule of near duplicates finds."""
    total = total or technology
    left = round(float(total) - float(technology), 2)
    return same_parties(base, signed_on=signed_on, term_begins_on=signed_on, term_ends_on=days(signed_on, 300), total_amount=total,
                        deductions=[{"kind": "x_equipment", "amount": f"{left:.2f}"}] if left > 0 else [])


@pytest.mark.parametrize("what,first,second,is_split", [
    ("meets the limit exactly", ("2024-05-01", "2500000.00"), ("2024-07-30", "2500000.00"), True),
    ("a fen below", ("2024-05-01", "2500000.00"), ("2024-07-30", "2499999.99"), False),
    ("one day too far apart", ("2024-05-01", "2500000.00"), ("2024-07-31", "2500000.00"), False),
    ("one is above alone", ("2024-05-01", "5000000.00"), ("2024-07-30", "2500000.00"), False),
])
def test_a_deal_split_under_the_limit_of_expert_review(tcrd, registrar, query, what, first, second, is_split):
    assert query("select tcr.parameter_for('expert.threshold', '3713', tcr.today())") == [("technology_amount >= 5000000.00",)]
    base = contract_body()
    one = tcrd.accepted(**deal(base, *first))
    two = registrar.act(tcrd.filed("agency2", **deal(base, *second)), "accept").json
    for contract, other in ((two, one), (one, two)):
        found = findings(registrar, contract)
        assert ("split" in found) == is_split, what
        if is_split:
            assert found_ids(found["split"]) == [other["id"]]
            assert found["split"]["evidence"]["sum_technology_amount"] == "5000000.00"
            assert found["split"]["evidence"]["limit"] == "technology_amount >= 5000000.00"


@pytest.mark.parametrize("apart,is_found", [(0, True), (180, True), (181, False)])
def test_a_deal_that_goes_back(tcrd, registrar, apart, is_found):
    base = contract_body(signed_on="2024-02-03", term_begins_on="2024-02-03", term_ends_on="2025-02-03", **{"buyer.region": "371302"})
    first = tcrd.accepted(**base)
    back = deal(base, days("2024-02-03", apart), "123456.00")
    back["seller"], back["buyer"] = back["buyer"], back["seller"]
    second = registrar.act(tcrd.filed("agency2", **back), "accept").json
    found = findings(registrar, second)
    assert ("round_trip" in found) == is_found
    assert not is_found or found_ids(found["round_trip"]) == [first["id"]]
    forth = registrar.act(tcrd.filed("agency2", **deal(base, days("2024-02-03", apart), "123457.00")), "accept").json
    ids = found_ids(findings(registrar, forth).get("round_trip", {"evidence": {"contracts": []}}))
    assert first["id"] not in ids and second["id"] in ids


@pytest.mark.parametrize("kind,share,is_found", [("101", "20.00", False), ("101", "19.99", True), ("501", "10.00", False),
                                                 ("501", "9.99", True), ("401", "40.00", False), ("401", "39.99", True)])
def test_technology_share_outside_the_range_of_its_type(tcrd, registrar, kind, share, is_found):
    technology = round(float(share) * 100)
    contract = tcrd.filed(contract_type=kind, total_amount="10000.00",
                          deductions=[{"kind": "x_equipment", "amount": f"{10000 - technology:d}.00"}])
    found = findings(registrar, contract)
    assert ("technology_share" in found) == is_found
    assert not is_found or found["technology_share"]["evidence"]["technology_share"] == share


def usual(tcrd, count=5):
    """A seller with so many earlier contracts; their median is 100,000 yuan."""
    seller = party("371302")
    for i in range(count):
        day = f"2023-0{i + 1}-10"
        tcrd.accepted(**contract_body(seller=seller, signed_on=day, term_begins_on=day, term_ends_on="2026-01-01", deductions=[],
                                         total_amount=money([90_000_00, 100_000_00, 110_000_00, 80_000_00, 120_000_00][i])))
    return seller


@pytest.mark.parametrize("amount,is_found", [("1000000.00", False), ("1000000.01", True), ("10000.00", False), ("9999.99", True)])
def test_price_far_from_the_usual(tcrd, registrar, amount, is_found):
    seller = usual(tcrd)
    contract = tcrd.filed(seller=seller, total_amount=amount, deductions=[], signed_on="2024-05-05", term_begins_on="2024-05-05",
                          term_ends_on="2025-05-05")
    found = findings(registrar, contract)
    assert ("price" in found) == is_found
    assert not is_found or found["price"]["evidence"]["usual_amount"] == "100000.00"
    stranger = tcrd.filed(seller=usual(tcrd, 4), total_amount=amount, deductions=[])
    assert "price" not in findings(registrar, stranger), "four contracts are no habit"


@pytest.mark.parametrize("day,amount,is_found", [
    ("2024-03-31", "500000.01", True), ("2024-03-27", "500000.01", True), ("2024-03-26", "500000.01", False),
    ("2024-04-01", "500000.01", False), ("2024-03-31", "500000.00", False), ("2023-12-31", "600000.00", True)])
def test_last_days_of_a_quarter(tcrd, registrar, query, day, amount, is_found):
    seller = usual(tcrd)
    contract = tcrd.filed(seller=seller, total_amount=amount, deductions=[], signed_on=day, term_begins_on=day, term_ends_on="2026-01-01")
    # The day of registration counts as well, so it is kept in the middle of a quarter.
    found = "select f.rule from tcr.contract c, tcr.findings_of(jsonb_populate_record(c, %s)) f where c.id = %s"
    rules = query(found, '{"accepted_on": "2024-05-15"}', contract["id"])
    assert (("finding.period_end",) in rules) == is_found
    rules = query(found, '{"accepted_on": "2024-06-26"}', contract["id"])
    assert (("finding.period_end",) in rules) == (amount != "500000.00"), "the fifth last day, of registration"


@pytest.mark.parametrize("which", ["equal", "seller of buyer", "buyer of seller", "co-buyer", "declared", "strangers", "none"])
def test_equal_parents_not_declared(tcrd, registrar, which):
    parent = credit_code()
    body = contract_body()
    seller, buyer = body["seller"], body["buyer"]
    if which in ("equal", "declared"):
        seller["parent_code"] = buyer["parent_code"] = parent
    elif which == "seller of buyer":
        buyer["parent_code"] = seller["credit_code"]
        parent = seller["credit_code"]
    elif which == "buyer of seller":
        seller["parent_code"] = buyer["credit_code"]
        parent = buyer["credit_code"]
    elif which == "co-buyer":
        seller["parent_code"] = parent
        body["co_buyers"] = [party("371302", parent_code=parent)]
    elif which == "strangers":
        seller["parent_code"], buyer["parent_code"] = parent, credit_code()
    body["is_related"] = which == "declared"
    found = findings(registrar, tcrd.filed(**body))
    assert ("equal_parent" in found) == (which not in ("declared", "strangers", "none"))
    if "equal_parent" in found:
        assert found["equal_parent"]["evidence"] == {"parents": [parent], "contracts": []}
        assert found["equal_parent"]["severity"] == "waivable"
