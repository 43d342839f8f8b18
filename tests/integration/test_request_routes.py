"""Changes that bring a contract past a threshold: a second person, or the province."""
import pytest

from registered import ask, decide, registered


def path_of(contract):
    return "/v1/contracts/" + contract["id"]


@pytest.mark.parametrize("total, decider, status", [("4999999.99", "registrar", 200), ("5000000.00", "registrar", 403),
                                                    ("5000000.00", "second", 200), ("5000000.01", "reviewer", 200)])
def test_amounts_that_reach_the_threshold_are_approved_by_another_person(tcrd, total, decider, status):
    contract = registered(tcrd, total_amount="4000000.00", deductions=[])
    asked = ask(tcrd.https("agency"), contract, "change", {"reason": "C3", "proposed": {"total_amount": total}}).json
    done = decide(tcrd.https(decider), asked, "approve")
    assert done.status == status, done
    if status == 403:
        assert done.code == "own_filing"
        done = decide(tcrd.https(decider), asked, "approve", {"note": "核减", "determined": {
            "deductions": [{"kind": "x_parts", "amount": "0.01"}]}})
        assert done.status == 200, "determined below the threshold it stays with the first"
    got = tcrd.https("agency").get(path_of(contract)).json
    assert got["route"] == ("point" if got["determined"]["technology_amount"] == "4999999.99" else "expert")


@pytest.fixture
def province(installation):
    """The limit of the city, which is shipped switched off."""
    installation.command("rules", "confirm", "route.province", "--region", "3713")
    yield
    installation.command("rules", "confirm", "route.province", "--region", "3713", "--off")


def test_above_the_limit_of_the_point_the_province_decides(tcrd, province):
    contract = registered(tcrd, total_amount="9000000.00", deductions=[{"kind": "x_equipment", "amount": "8000000.00"}])
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    for total, needs_document in (("10000000.00", False), ("9999999.99", False), ("10000000.01", True), ("10500000.00", True)):
        asked = ask(agency, contract, "change", {"reason": "C3", "proposed": {"total_amount": total, "deductions": [
            {"kind": "x_equipment", "amount": "9000000.00"}]}})
        assert asked.status == 201, asked
        done = decide(registrar, asked.json, "approve")
        if needs_document:
            assert (done.status, done.code) == (409, "route"), done
            assert agency.get(path_of(contract)).json["seq"] == contract["seq"], "nothing half done"
            done = decide(registrar, asked.json, "approve", {"document": "鲁科合函〔2026〕12号"})
        assert done.status == 200, done
        contract["seq"] = int(done.etag.strip('"'))
        assert agency.get(path_of(contract)).json["route"] == ("province" if needs_document else "point"), total
    asked = ask(agency, contract, "change", {"reason": "C1", "proposed": {"summary": "金额不变"}})
    assert decide(registrar, asked.json, "approve").status == 200
    last = agency.get(path_of(contract) + "/releases").json["items"][-3]
    assert last["detail"]["document"] == "鲁科合函〔2026〕12号"
