"""Statements of money received equal a recomputation from the acts on receipts: by contract and year, for VAT, income tax and awards."""
import random

import pytest

from contracts import contract_body, credit_code, fen, money, today
from harness import wait_until
from receipts import act, days_in, end, half, has_sums, record, registered, rows_of, split, verified
from registered import ask, change, decide

YEARS = [2024, 2025, 2026]
SIGNED = {"signed_on": "2024-01-01", "term_begins_on": "2024-01-01", "term_ends_on": "2034-12-31"}


def fill(tcrd, contract, rng, years=YEARS):
    """Some receipts: as stated, lowered, unverified, taken back, reversed. None of them share an invoice."""
    left = fen(contract["determined"]["technology_amount"])
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar:
        for _ in range(rng.randrange(2, 6)):
            amount = rng.randrange(1, max(left // 4, 2))
            part = rng.randrange(amount + 1)
            costs = [{"kind": k, "amount": money(c)} for k in rng.sample(["labour", "material", "fuel_power", "equipment"], 2)
                     if (c := rng.randrange(part // 3 + 1)) > 0]
            reply = record(agency, contract, received_on=rng.choice(days_in(rng.choice(years))).isoformat(), amount=money(amount),
                           technology_part=money(part), costs=costs, invoice_kind=rng.choice(["ordinary", "special", "fiscal"]))
            assert reply.status == 201, reply
            fate = rng.random()
            if fate < 0.1:
                continue
            if fate < 0.2:
                assert act(agency, contract, reply.json, "reverse").status == 200
                continue
            lower = {} if fate < 0.6 else {"reason": "核减", "technology_part": money(part - rng.randrange(part - sum(
                fen(c["amount"]) for c in costs) + 1))}
            done = act(registrar, contract, reply.json, "verify", lower)
            assert done.status == 200, done
            if rng.random() < 0.15:
                assert act(registrar, contract, reply.json, "reverse", {"reason": "退款"}).status == 200


@pytest.fixture(scope="module")
def seller():
    return contract_body()["seller"]


@pytest.fixture(scope="module")
def record_of(_daemon, seller):
    """Contracts of one seller by what is special about them, each with receipts."""
    tcrd, rng = _daemon, random.Random(7)
    buyer, partner = (contract_body()["buyer"] for _ in range(2))
    make = lambda kind, **more: registered(tcrd, **{"seller": seller, "contract_type": kind, "total_amount": "1000000.00", **SIGNED, **more})
    found = {"development": make("101"), "transfer": make("201", buyer=buyer), "secret": make("203"), "licence": make("301"),
             "short": make("303", license={"mode": "1", "years": "4.99"}), "related party": make("204", is_related=True),
             "minimum": make("301", payment_method="3", amount_basis="minimum_guarantee", royalty={"base": "1", "rate_type": "1"}),
             "ends early": make("301", license={"mode": "1", "years": "5"}, term_ends_on="2028-12-30"),
             "just long enough": make("301", license={"mode": "1", "years": "5"}, term_ends_on="2028-12-31"),
             "of two": make("101", co_buyers=[partner]),
             "other": registered(tcrd, contract_type="101", total_amount="1000000.00", **SIGNED)}
    number = lambda name: found[name]["registration_number"]
    found |= {"consulting": make("401", principal_contract=" " + number("transfer") + " ", buyer=buyer, total_amount="999999.00"), "alone": make("401"),
              "named in words": make("501", principal_contract="第一号主合同"), "intermediary": make("502", principal_contract=number("transfer")),
              "of another": make("501", principal_contract=number("other"))}
    found["another buyer"] = make("401", principal_contract=number("transfer"), buyer=contract_body()["buyer"])
    found["second buyer"] = make("501", principal_contract=number("of two"), buyer=partner, total_amount="999998.00")
    found["of consulting"] = make("501", principal_contract=number("consulting"))
    for contract in found.values():
        fill(tcrd, contract, rng)
    return found


# Why each is not counted, as the test sees it.
VAT = {"development": [], "transfer": [], "secret": [], "licence": [], "short": [], "related party": [],
       "minimum": ["income.supplement_required"], "consulting": [], "alone": ["income.principal_missing"],
       "named in words": ["income.principal_missing"], "of another": ["income.principal_unknown"],
       "of consulting": ["income.principal_type"], "another buyer": ["income.principal_buyer"], "second buyer": [], "of two": [],
       "ends early": [], "just long enough": []}
TAX = {"transfer": [], "secret": ["income.subtype"], "licence": [], "short": ["income.licence_years"], "related party": [],
       "minimum": ["income.supplement_required"], "ends early": ["income.licence_years"], "just long enough": []}


def statement(client, what, year, seller):
    reply = client.get(f"/v1/statements/{what}?year={year}&seller={seller['credit_code']}")
    assert reply.status == 200, reply
    return reply.json


def check(answer, rows, record_of, want):
    """Items and sums of a statement of a year; want: the reasons by name. Returns the rows that count."""
    counted = []
    items = {item["contract"]: item for item in answer["items"]}
    for name, reasons in want.items():
        mine = [r for r in rows if str(r["contract"]) == record_of[name]["id"]]
        if not mine:
            continue
        item = items.pop(record_of[name]["id"])
        assert [r["rule"] for r in item["reasons"]] == reasons and item["is_counted"] == (not reasons), (name, item)
        assert all(r["zh"] and r["en"] for r in item["reasons"] + item["hints"])
        has_sums(item, mine)
        counted += mine if not reasons else []
    assert items == {}, "nothing else is in the statement"
    has_sums(answer["counted"], counted)
    return counted


@pytest.mark.parametrize("year", YEARS)
def test_vat(tcrd, query, record_of, seller, year):
    answer = statement(tcrd.https("bureau"), "vat", year, seller)
    rows = [r for r in rows_of(query) if r["day"].year == year and r["seller"] == seller["credit_code"]]
    assert rows, "the test has receipts in every year"
    check(answer, rows, record_of, VAT)
    assert (answer["year"], answer["seller"]) == (str(year), seller["credit_code"])
    assert answer["as_of_seq"] == query("select max(seq) from tcr.contract_release")[0][0]
    articles = {row["name"]: row["article"] for row in answer["policy"]["rows"]}
    assert set(articles) == {"tax.vat.types", "tax.vat.related_types"}
    assert all((article is not None) == (year < 2026) for article in articles.values()), "only what is final is cited"
    assert answer == statement(tcrd.https("agency"), "vat", year, seller) == statement(tcrd.https("registrar"), "vat", year, seller)


@pytest.mark.parametrize("year", YEARS)
def test_income_tax(tcrd, query, record_of, seller, year):
    answer = statement(tcrd.https("auditor"), "income-tax", year, seller)
    rows = [r for r in rows_of(query) if r["day"].year == year and r["seller"] == seller["credit_code"]]
    counted = check(answer, rows, record_of, TAX)
    assert answer["split"] == split(sum(r["income"] for r in counted))
    hints = {item["contract"]: [h["rule"] for h in item["hints"]] for item in answer["items"]}
    assert hints.get(record_of["related party"]["id"], ["income.related_party"]) == ["income.related_party"]
    assert {row["name"] for row in answer["policy"]["rows"] if row["article"]} == {
        "tax.cit.types", "tax.cit.licence_years", "tax.cit.exempt_yuan", "tax.cit.excess_percent"}


def test_by_contract_and_year(tcrd, query, record_of):
    agency = tcrd.https("agency")
    for name, contract in record_of.items():
        rows = rows_of(query, "q.contract_id = %s", contract["id"])
        answer = agency.get(f"/v1/contracts/{contract['id']}/income").json
        years = sorted({r["day"].year for r in rows})
        assert [y["year"] for y in answer["years"]] == [str(y) for y in years]
        for year in answer["years"]:
            mine = [r for r in rows if r["day"].year == int(year["year"])]
            has_sums(year, mine)
            has_sums(year["cumulated"], [r for r in rows if r["day"].year <= int(year["year"])])
            kinds = {}
            for row in mine:
                for kind, amount in row["costs"].items():
                    kinds[kind] = kinds.get(kind, 0) + amount
            assert {c["kind"]: fen(c["amount"]) for c in year["costs"]} == kinds
            one = agency.get(f"/v1/contracts/{contract['id']}/income?year={year['year']}").json
            assert one["years"] == [year] and one["total"] == answer["total"]
        has_sums(answer["total"], rows)
        total, technology = fen(answer["total_amount"]), fen(answer["technology_amount"])
        assert fen(answer["due"]) == total - sum(r["amount"] for r in rows)
        assert fen(answer["technology_due"]) == technology - sum(r["part"] for r in rows)
        assert answer["supplement_required"] == (name == "minimum")
        assert agency.get(f"/v1/contracts/{contract['id']}/income?year=1999").json["years"] == []
    facts = query("select contract_id::text, sum(received)::bigint, sum(technology_received)::bigint, sum(technology_income)::bigint "
                  "from tcr.receipt_fact group by 1")
    assert facts, "figures are booked"
    for contract_id, *values in facts:
        rows = rows_of(query, "q.contract_id = %s", contract_id)
        assert values == [sum(r[n] for r in rows) for n in ("amount", "part", "income")]


def test_award(tcrd, query, record_of):
    agency = tcrd.https("agency")
    for name, contract in record_of.items():
        rows = rows_of(query, "q.contract_id = %s", contract["id"])
        answer = agency.get(f"/v1/contracts/{contract['id']}/award").json
        gives = name in ("transfer", "secret", "licence", "short", "related party", "ends early", "just long enough")
        for year in answer["years"]:
            mine = [r for r in rows if r["day"].year == int(year["year"])]
            has_sums(year, mine)
            assert (year["minimum"], year["min_percent"]) == ((half(sum(r["income"] for r in mine)), "50") if gives else (None, None))
        assert [r["rule"] for r in answer["reasons"]] == (["income.supplement_required"] if name == "minimum" else [])
        assert all("第四十五条" in row["article"] for row in answer["policy"]["rows"])


def test_five_million(tcrd, query):
    """At five million exactly, and a fen on either side."""
    seller = contract_body()["seller"]
    plain = dict(seller=seller, contract_type="201", **SIGNED)
    contracts = [registered(tcrd, total_amount="4000000.00", **plain), registered(tcrd, total_amount="4000000.00", **plain)]
    auditor = tcrd.https("auditor")
    got = lambda: statement(auditor, "income-tax", 2025, seller)["split"]
    plan = [("4000000.00", 0, "4000000.00"), ("999999.99", 1, "4999999.99"), ("0.01", 1, "5000000.00"), ("0.01", 1, "5000000.01"),
            ("0.01", 1, "5000000.02"), ("2999999.97", 1, "7999999.99")]
    for amount, which, income in plan:
        verified(tcrd, contracts[which], received_on="2025-03-01", amount=amount, technology_part=amount, costs=[])
        assert got() == split(fen(income)), income
    assert got() == {"exempt": "5000000.00", "excess": "2999999.99", "reduced": "1500000.00", "taxable": "1499999.99"}
    assert statement(auditor, "income-tax", 2024, seller)["split"]["exempt"] == "0.00"


def test_same_invoice_and_special_invoice_are_hints(tcrd):
    seller, buyer = contract_body()["seller"], contract_body()["buyer"]
    main = registered(tcrd, seller=seller, buyer=buyer, contract_type="101", total_amount="1000.00")
    service = registered(tcrd, seller=seller, buyer=buyer, contract_type="501", total_amount="1001.00",
                         principal_contract=main["registration_number"])
    verified(tcrd, main, invoice_number="A-1")
    verified(tcrd, service, invoice_number="A-1")
    hints = lambda: {i["contract"]: [h["rule"] for h in i["hints"]]
                     for i in statement(tcrd.https("bureau"), "vat", today().year, seller)["items"]}
    assert hints() == {main["id"]: [], service["id"]: []}
    verified(tcrd, service, invoice_number="A-2", invoice_kind="special")
    assert hints() == {main["id"]: [], service["id"]: ["income.special_invoice", "income.same_invoice"]}


def test_a_day_without_a_policy_row(tcrd):
    seller = contract_body()["seller"]
    contract = registered(tcrd, seller=seller, contract_type="101", total_amount="1000.00", **{**SIGNED, "signed_on": "2014-05-01"})
    verified(tcrd, contract, received_on="2015-05-01")
    answer = statement(tcrd.https("bureau"), "vat", 2015, seller)
    assert [r["rule"] for i in answer["items"] for r in i["reasons"]] == ["income.no_policy"]
    assert answer["counted"]["receipts"] == 0 and answer["policy"]["rows"] == []


def test_ended_registrations_do_not_count(tcrd):
    seller, buyer = contract_body()["seller"], contract_body()["buyer"]
    main = registered(tcrd, seller=seller, buyer=buyer, contract_type="201", total_amount="1000.00")
    service = registered(tcrd, seller=seller, buyer=buyer, contract_type="401", total_amount="1001.00",
                         principal_contract=main["registration_number"])
    for contract in (main, service):
        verified(tcrd, contract)
    end(tcrd, main, "revoked")
    reasons = lambda what: {i["contract"]: [r["rule"] for r in i["reasons"]]
                            for i in statement(tcrd.https("bureau"), what, today().year, seller)["items"]}
    assert reasons("vat") == {main["id"]: ["income.contract_status"], service["id"]: ["income.principal_status"]}
    assert reasons("income-tax") == {main["id"]: ["income.contract_status"]}


def test_supplemented_amount_counts(tcrd):
    """What was registered with its certain part only counts for relief and awards when a change for that reason was approved."""
    agency, registrar, bureau = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("bureau")
    seller = contract_body()["seller"]
    contract = registered(tcrd, seller=seller, contract_type="301", total_amount="1000.00", payment_method="3",
                          amount_basis="minimum_guarantee", royalty={"base": "1", "rate_type": "1"}, **SIGNED)
    verified(tcrd, contract, amount="1000.00", technology_part="100.00", costs=[])

    def reasons():
        answers = [statement(bureau, what, today().year, seller)["items"][0] for what in ("vat", "income-tax")]
        answers.append(agency.get(f"/v1/contracts/{contract['id']}/award").json)
        assert len({a["supplement_required"] for a in answers}) == 1
        return {r["rule"] for a in answers for r in a["reasons"]}
    assert reasons() == {"income.supplement_required"}
    change(tcrd, contract, {"summary": "更正摘要"}, reason="C1")
    assert reasons() == {"income.supplement_required"}, "another reason is no supplement"
    asked = ask(agency, contract, "change", {"reason": "C3", "proposed": {"total_amount": "3000.00"}})
    assert reasons() == {"income.supplement_required"}, "asked for is not approved"
    assert decide(registrar, asked.json, "reject", {"note": "缺少补充协议"}).status == 200
    assert reasons() == {"income.supplement_required"}
    contract["seq"] = agency.get("/v1/contracts/" + contract["id"]).json["seq"]
    change(tcrd, contract, {"total_amount": "3000.00"}, reason="C3")
    assert reasons() == set()
    assert agency.get(f"/v1/contracts/{contract['id']}/award").json["total"]["minimum"] == "50.00"


def test_whose_statement(tcrd, installation, seller, record_of):
    agency = tcrd.https("agency")
    path = f"/v1/statements/vat?year=2025&seller={seller['credit_code']}"
    assert tcrd.https("agency2").get(path).json["items"] == [] == agency.get(
        "/v1/statements/vat?year=2025&seller=91370000000000000X").json["items"], "foreign and absent alike"
    for role in ("county", "admin"):
        assert tcrd.https(role).get(path).status == 403
    assert tcrd.https().get(path).status == 401
    for query_text in ("year=2025", "seller=x", "year=1&seller=x", "year=x&seller=x", "year=99999999999999999999&seller=x", "year=2025&seller="):
        assert agency.get("/v1/statements/income-tax?" + query_text).status == 400, query_text
    contract = record_of["transfer"]["id"]
    assert agency.get(f"/v1/contracts/{contract}/award?year=1").status == 400
    # An enterprise that files for itself need not say who it is.
    code = credit_code()
    installation.command("agency", "add", "自报企业", "--kind", "enterprise", "--region", "371302", "--credit-code", code)
    installation.add_account("own", "--roles", "agency", "--agency", "自报企业")
    mine = registered(tcrd, role="own", contract_type="201", total_amount="1000.00", **{"seller.credit_code": code})
    with tcrd.https("own") as own, tcrd.https("registrar") as registrar:
        receipt = record(own, mine).json
        assert act(registrar, mine, receipt, "verify").status == 200
        answer = own.get(f"/v1/statements/income-tax?year={today().year}").json
    assert answer["seller"] == code and [i["contract"] for i in answer["items"]] == [mine["id"]]


def test_reads_are_audited(tcrd, query, record_of, seller):
    statement(tcrd.https("auditor"), "vat", 2025, seller)
    objects = lambda: [o for (o,) in query("select object from tcr.audit where event = 'income.vat' and account_id = "
                                           "(select id from tcr.account where name = 'auditor')")]
    wait_until(lambda: any(record_of["development"]["id"] in o for o in objects()), "the audit row")


def test_numbers_stand_in_one_moment(tcrd, query):
    """Under receipts that come in, every statement adds up in itself: items to the sum, years to the total, due to the rest."""
    seller = contract_body()["seller"]
    contract = registered(tcrd, seller=seller, contract_type="201", total_amount="1000.00")
    agency, registrar, bureau = tcrd.https("agency"), tcrd.https("registrar"), tcrd.https("bureau")
    for step in range(6):
        receipt = record(agency, contract, amount="10.01", technology_part="9.00", costs=[]).json
        act(registrar, contract, receipt, "verify")
        answer = bureau.get(f"/v1/contracts/{contract['id']}/income").json
        assert fen(answer["due"]) == fen(answer["total_amount"]) - fen(answer["total"]["received"]) == 100000 - (step + 1) * 1001
        assert answer["as_of_seq"] == contract["seq"] == answer["seq"]
    assert answer["as_of"] == today().isoformat()
