"""Contracts registered elsewhere: imported once however often they come, in versions, and never counted as our own."""
import json

import pytest

from contracts import fen, money, today

SOURCE = {"source": "山东省科技厅", "day": "2026-04-08"}


def contract(name, **changes):
    made = {"number": name, "registered_on": "2026-03-02", "contract_type": "101", "technical_field": "05", "project_name": "密封件研发",
            "seller_name": "济南某研究院", "seller_region": "370102", "buyer_name": "临沂某公司", "buyer_region": "371302",
            "total_amount": "1000000.00", "technology_amount": "800000.00", **changes}
    return {name: value for name, value in made.items() if value is not None}


def last_seq(query):
    return query("select value from tcr.sequence_counter")[0][0]


def send(client, *records, **changes):
    return client.post("/v1/external", {**SOURCE, "records": list(records), **changes})


def test_imported_repeated_changed_withdrawn(tcrd, query):
    bureau = tcrd.https("bureau")
    before = last_seq(query)
    first = send(bureau, contract("A1"), contract("A2", seller_region=None, seller_name=None))
    assert first.status == 200 and first.json == {**SOURCE, "new": 2, "changed": 0, "unchanged": 0, "seq": before + 2}, first
    again = send(bureau, contract("A2", seller_region=None, seller_name=None), contract("A1"), day="2026-05-01")
    assert again.json == {"source": SOURCE["source"], "day": "2026-05-01", "new": 0, "changed": 0, "unchanged": 2, "seq": None}
    assert last_seq(query) == before + 2
    changed = send(bureau, contract("A1", total_amount="2000000.00"), contract("A2", is_withdrawn=True, seller_region=None, seller_name=None),
                   contract("A3"))
    assert (changed.json["new"], changed.json["changed"], changed.json["unchanged"]) == (1, 2, 0)
    other = send(bureau, contract("A1"), source="济南市科技局")
    assert other.json["new"] == 1, "the same number of another source is another contract"
    listed = bureau.get("/v1/external?source=" + "%E5%B1%B1%E4%B8%9C%E7%9C%81%E7%A7%91%E6%8A%80%E5%8E%85").json["items"]
    assert {i["number"]: (i["total_amount"], i["is_withdrawn"]) for i in listed} == {
        "A1": ("2000000.00", False), "A2": ("1000000.00", True), "A3": ("1000000.00", False)}
    earlier = bureau.get(f"/v1/external?as_of={before + 2}").json["items"]
    assert [(i["number"], i["total_amount"], i["is_withdrawn"], i["day"]) for i in earlier] == [
        ("A1", "1000000.00", False, "2026-04-08"), ("A2", "1000000.00", False, "2026-04-08")]
    assert len(bureau.get("/v1/external?number=A1&history=true").json["items"]) == 3
    assert bureau.get("/v1/external?region=371311").json["items"] == []
    assert len(bureau.get("/v1/external?region=3713&registered_from=2026-03-02&registered_to=2026-03-02").json["items"]) == 4
    read = query("select object from tcr.audit where event = 'external.list' order by id desc limit 1")
    assert not read or read[0][0].startswith("external ")


def test_sums_and_coverage(tcrd, query):
    bureau = tcrd.https("bureau")
    source = {"source": "合计测试", "day": "2026-06-01"}
    rows = [contract(f"S{n}", registered_on=f"2025-0{n}-15", seller_region=seller, buyer_region=buyer, total_amount=money(n * 10 ** 7),
                     technology_amount=money(n * 10 ** 6), is_withdrawn=n == 5 or None)
            for n, (seller, buyer) in enumerate([("370102", "371302"), ("371302", "370102"), ("371302", "371311"), ("370102", "110108"),
                                                 ("370102", "371302"), (None, "371323")], 1)]
    plain = bureau.get("/v1/statistics?basis=absorbed&period=2025").json["rows"]
    assert send(bureau, *rows, **source).status == 200
    as_of = last_seq(query)
    for basis, numbers in (("absorbed", (1, 3, 6)), ("output", (2, 3)), ("local", (3,))):
        got = bureau.get(f"/v1/external/sums?basis={basis}&from=2025-01-01&to=2025-12-31").json
        assert (got["count"], fen(got["total_amount"]), fen(got["technology_amount"])) == (
            len(numbers), sum(numbers) * 10 ** 7, sum(numbers) * 10 ** 6), basis
        assert got["sources"] == [{**source, "count": got["count"], "total_amount": got["total_amount"],
                                   "technology_amount": got["technology_amount"]}]
        coverage = query("select tcr.coverage_on('3713', '2025-01-01', '2025-12-31', %s, %s)", as_of, basis)[0][0]
        assert coverage == {"external": {"count": len(numbers), "sources": [{**source, "count": len(numbers)}]}}
        assert "amount" not in json.dumps(coverage)
    assert query("select tcr.coverage_on('371323', '2025-01-01', null, %s)", as_of)[0][0]["external"]["count"] == 1
    assert query("select tcr.coverage_on('3713', '2025-01-01', '2025-12-31', %s, 'registered')", as_of)[0][0] == {
        "external": {"count": 0, "sources": []}}
    frozen = bureau.get(f"/v1/external/sums?from=2025-01-01&to=2025-12-31&as_of={as_of}").body
    send(bureau, contract("S9", registered_on="2025-05-05"), **source)
    assert bureau.get(f"/v1/external/sums?from=2025-01-01&to=2025-12-31&as_of={as_of}").body == frozen
    assert bureau.get("/v1/external/sums?from=2025-01-01&to=2025-12-31").json["count"] == 4
    assert bureau.get("/v1/statistics?basis=absorbed&period=2025").json["rows"] == plain, "no plain figure counts them"
    for bad in ("basis=registered", "region=99", "as_of=99999999", "from=2025-02-30"):
        assert bureau.get("/v1/external/sums?" + bad).status == 400, bad


def test_every_fault_at_once_and_nothing_kept(tcrd, query):
    bureau = tcrd.https("bureau")
    own = tcrd.accepted()
    with tcrd.https("registrar") as registrar:
        number = registrar.act(own, "certify").json["registration_number"]
    before = last_seq(query)
    refused = send(bureau, contract("F1"), contract("F1"), contract(number), contract("F2", seller_region=None, buyer_region=None),
                   contract("F3", total_amount="0.00", technology_amount="0.00"), contract("F4", technology_amount="1000000.01"))
    assert refused.status == 422, refused
    assert {(e["pointer"], e["rule"]) for e in refused.json["errors"]} == {
        ("/records/0/number", "external.number_twice"), ("/records/1/number", "external.number_twice"),
        ("/records/2/number", "external.own_number"), ("/records/3/buyer_region", "external.place"),
        ("/records/4/total_amount", "external.total_amount"), ("/records/5/technology_amount", "reference.technology_amount")}
    for records, faults in (
            ([], {("/records", "body.list_length")}), ([contract(f"N{n}") for n in range(1001)], {("/records", "body.list_length")}),
            ([contract("F1", contract_type="999", seller_region="37", total_amount="1.5", registered_on="2999-01-01", colour=1)],
             {("/records/0/contract_type", "body.code"), ("/records/0/seller_region", "body.code"),
              ("/records/0/total_amount", "body.money"), ("/records/0/registered_on", "body.date"),
              ("/records/0/colour", "body.unknown")}),
            ([contract("F1", number=None), "x"], {("/records/0/number", "body.required"), ("/records/1", "body.type")})):
        refused = send(bureau, *records)
        assert refused.status == 422 and {(e["pointer"], e["rule"]) for e in refused.json["errors"]} == faults, refused
    assert last_seq(query) == before
    assert bureau.post("/v1/external", {**SOURCE, "records": [contract("F1")]}, key=False).code == "key_missing"


def test_a_full_call_and_its_key(tcrd, query):
    bureau = tcrd.https("bureau")
    body = {"source": "满载", "day": today().isoformat(), "records": [contract(f"V{n}", buyer_region="371311") for n in range(1000)]}
    first = bureau.post("/v1/external", body, key="full")
    assert first.status == 200 and first.json["new"] == 1000, first
    again = bureau.post("/v1/external", body, key="full")
    assert again.body == first.body
    assert bureau.post("/v1/external", {**body, "source": "other"}, key="full").code == "key_reused"
    page = bureau.get("/v1/external?region=371311&limit=200").json
    assert len(page["items"]) == 200 and page["next"] == page["items"][-1]["id"]
    assert query("select count(*), count(distinct seq) from tcr.external_record where source = '满载'") == [(1000, 1000)]


def test_the_sequence_stays_whole(tcrd, installation, query):
    """Reference values take numbers between those of releases, and the check of the record knows them."""
    tcrd.filed()
    bureau = tcrd.https("bureau")
    assert bureau.put("/v1/gdp/3713/2150", {"value": "7.00", **SOURCE}).status == 200
    assert bureau.put("/v1/targets/3713/2150", {"measure": "count", "value": 7, **SOURCE}).status == 200
    assert bureau.put("/v1/peers/3702/2020", {"count": 7, **SOURCE}).status == 200
    assert send(bureau, contract("W1"), contract("W2")).status == 200
    tcrd.filed()
    assert "0 faults" in installation.command("verify")
    for table in ("target", "region_gdp", "peer_figure", "external_record", "period_closing"):
        with pytest.raises(Exception, match="never changed"):
            query(f"delete from tcr.{table}")
