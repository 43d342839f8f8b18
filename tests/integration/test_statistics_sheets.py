"""Figures and what stands behind them as CSV and as a workbook: the same cells as the JSON answer, typed."""
import csv
import io

import pytest

from sheets import XLSX, sheets_of

MEASURES = "count,total_amount,technology_amount,technology_ratio,share,growth,rank,new,adjustment"


@pytest.fixture(scope="module", autouse=True)
def record(installation):
    installation.command("sample", "--size", "600", "--seed", "9")


def answers(tcrd, path, query, role="bureau"):
    with tcrd.https(role) as client:
        as_json = client.get(path + query)
        as_csv = client.get(path + query, headers={"Accept": "text/csv"})
        as_xlsx = client.get(path + query, headers={"Accept": XLSX})
    for reply, kind in ((as_json, "application/json"), (as_csv, "text/csv; charset=utf-8; header=present"), (as_xlsx, XLSX)):
        assert reply.status == 200 and reply.headers["Content-Type"] == kind, reply
    return as_json, list(csv.reader(io.StringIO(as_csv.body.decode()))), as_xlsx


@pytest.mark.parametrize("query", [
    f"?by=year,district&measure={MEASURES}",
    "?by=contract_type,technical_field,agency",
    "?measure=count,total_amount,average_amount,gdp_share&period=2023",
    "?by=year&period=2199",
])
def test_one_answer_in_three_forms(tcrd, query):
    as_json, as_csv, as_xlsx = answers(tcrd, "/v1/statistics", query)
    rows = as_json.json["rows"]
    assert len(as_csv) == len(rows) + 1
    assert as_xlsx.headers["X-As-Of-Seq"] == str(as_json.json["as_of_seq"])
    [(name, sheet)] = sheets_of(as_xlsx.body)
    assert name == f"as_of_seq {as_json.json['as_of_seq']}" and len(sheet) == len(rows) + 1
    letters = list(sheet[0])
    for row, line, cells in zip(rows, as_csv[1:], sheet[1:]):
        assert list(row) == as_csv[0]
        for value, text, (name, letter) in zip(row.values(), line, zip(row, letters)):
            assert text == ("" if value is None else str(value))
            style, kind, found = cells.get(letter, (None, None, ""))
            assert found == text
            if isinstance(value, int):
                assert (style, kind) == ("0", None), name
            elif value is not None and name.removeprefix("new_").removeprefix("adjustment_") in ("total_amount", "technology_amount"):
                assert (style, kind) == ("2", None), name
            elif name.startswith("contract_type"):
                assert kind == "inlineStr", name


def test_headings_with_units(tcrd):
    _, _, as_xlsx = answers(tcrd, "/v1/statistics", f"?by=year,district&measure={MEASURES}")
    [(_, sheet)] = sheets_of(as_xlsx.body)
    headings = [cell[2] for cell in sheet[0].values()]
    for heading in ("年度\nyear", "县区\ndistrict", "县区\ndistrict_zh", "合同成交额(元)\ntotal_amount",
                    "新登记:合同成交额(元)\nnew_total_amount", "同比增长(%):项数\ngrowth_count", "技术交易额占比(%)\ntechnology_ratio"):
        assert heading in headings


@pytest.mark.parametrize("path, query", [("/v1/statistics/members", "?period=2023&contract_type=1&limit=20"),
                                         ("/v1/statistics/restatements", "?limit=20")])
def test_parts_in_three_forms(tcrd, path, query):
    as_json, as_csv, as_xlsx = answers(tcrd, path, query)
    items = as_json.json["items"]
    assert len(as_csv) == len(items) + 1
    for item, line in zip(items, as_csv[1:]):
        row = dict(zip(as_csv[0], line))
        assert all(str(item[name]).lower() == text.lower() for name, text in row.items())
    [(_, sheet)] = sheets_of(as_xlsx.body)
    assert [[cell[2] for cell in row.values()][:4] for row in sheet[1:]] == [line[:4] for line in as_csv[1:]]
    if as_json.json["next"]:
        assert as_xlsx.headers["Link"] == as_json.headers["Link"]


def test_byte_order_mark(tcrd):
    with tcrd.https("bureau") as client:
        assert client.get("/v1/statistics?by=year&bom=true", headers={"Accept": "text/csv"}).body.startswith(b"\xef\xbb\xbfyear,count,")
