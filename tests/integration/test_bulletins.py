"""Bulletins: the same numbers in sentences and tables, in JSON, document, workbook and PDF, and all of them a recomputation's."""
import decimal
import io
import json
import re
import subprocess
import zipfile

import pytest

from bulletins import NUMBER, paragraphs, read_docx, read_pdf, read_xlsx, shown_numbers, tables
from figures import Recomputation, period_range
from harness import environment

YI = 10 ** 10  # fen
WAN = 10 ** 6
TARGET = 17_000_000_000_00
GDP = 577_800_000_000_00


def rounded(value, unit=1):
    return str((decimal.Decimal(value) / unit).quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP))


def percent(part, whole):
    return rounded(decimal.Decimal(100) * part / whole) if whole and whole > 0 else "-"


def fen(text):
    return int(decimal.Decimal(text) * 100)


@pytest.fixture(scope="module")
def linyi(installation):
    installation.command("sample")
    installation.command("aggregate")


@pytest.fixture(scope="module")
def truth(connection, linyi):
    return Recomputation(connection)


@pytest.fixture
def bureau(tcrd, linyi):
    with tcrd.https("bureau") as client:
        source = {"source": "临政字〔2022〕98号", "day": "2022-10-20"}
        for path, body in (("targets/3713/2022", {"measure": "total_amount", "value": rounded(TARGET, 100)}), ("gdp/3713/2022",
                           {"value": rounded(GDP, 100)}), ("gdp/371302/2022", {"value": rounded(GDP // 7, 100)}),
                           ("targets/371302/2022", {"measure": "total_amount", "value": "5000000000.00", "pace": [
                               5, 10, 20, 30, 40, 50, 55, 60, 70, 80, 90, 100]})):
            assert client.put("/v1/" + path, {**source, **body}).status == 200
        yield client


def get(client, path):
    answer = client.get("/v1/bulletins/" + path)
    assert answer.status == 200, answer
    return answer


def test_published_figures_of_linyi(bureau):
    year = get(bureau, "2022").json
    text = paragraphs(year)["headline"]
    for said in ("登记技术合同3167项", "合同成交额156.58亿元", "技术交易额16.08亿元", "合同成交额增长49.01%", "占合同成交额的10.27%"):
        assert said in text, text
    assert (year["headline"]["count"], year["headline"]["total_amount"], year["headline"]["growth_total_amount"]) == (
        3167, "15658000000.00", "49.01")
    half = get(bureau, "2023H1").json
    assert "2023年上半年" in half["title"] and "登记技术合同2550项，合同成交额187.86亿元" in paragraphs(half)["headline"]
    assert year["is_draft"] is True and "草稿" in year["subtitle"]


@pytest.mark.parametrize("period", ["2022", "2022Q3", "2022-02"])
def test_numbers_are_those_of_the_releases(bureau, truth, period):
    first, last = period_range(period)
    ask = lambda *by, **kw: truth.rows({"by": list(by), "basis": "registered", "region": "3713", "first": first, "last": last, **kw})
    document = get(bureau, period).json
    found = tables(document)
    whole = ask()[0]
    dash = lambda value: "-" if value is None else value
    wan = lambda money: rounded(fen(money), WAN)
    assert found["headline"][1] == [[str(whole["count"]), wan(whole["total_amount"]), wan(whole["technology_amount"]),
                                     wan(whole["average_amount"]), whole["technology_ratio"], *(dash(whole["growth_" + v]) for v in (
                                         "count", "total_amount", "technology_amount"))]]
    for key, by in (("districts", "district"), ("contract_types", "contract_type"), ("contract_types4", "contract_type4"),
                    ("fields", "technical_field"), ("directions", "direction")):
        rows = {r["code"]: r for r in document[key]}
        expected = {r[by]: r for r in ask(by)}
        assert expected and {c for c, r in rows.items() if r["count"]} == set(expected)
        for code, want in expected.items():
            got = rows[code]
            for name in ("count", "total_amount", "technology_amount", "growth_count", "growth_total_amount", "growth_technology_amount",
                         "share_total_amount"):
                assert got[name] == want[name], (key, code, name)
            assert got["rank"] == want["rank_total_amount"]
            assert got["zh"] != code and got["en"] != code, "every code has its names"
        assert len(found[key][1]) == len(rows)
    for basis in document["bases"]:
        want = ask(basis=basis["code"])[0]
        assert (basis["count"], basis["total_amount"], basis["growth_total_amount"]) == (
            want["count"], want["total_amount"], want["growth_total_amount"])
    months = truth.rows({"by": ["month"], "basis": "registered", "region": "3713", "first": first.replace(month=1), "last": last})
    assert [(m["code"], m["total_amount"]) for m in document["months"]] == [(m["month"], m["total_amount"]) for m in months]


def test_pace_to_target_and_share_of_gdp(bureau, truth):
    document = get(bureau, "2022Q3").json
    reach = lambda first, last, **kw: fen(truth.rows({"by": [], "basis": "registered", "region": "3713", "first": period_range(first)[0],
                                                      "last": period_range(last)[1], **kw})[0]["total_amount"])
    reached = reach("2022-01", "2022-09")
    due = decimal.Decimal(TARGET) * 273 / 365
    ahead = reached - int(due.quantize(1, decimal.ROUND_HALF_UP))
    text = paragraphs(document)["pace"]
    for said in (f"目标合同成交额{rounded(TARGET, YI)}亿元", f"应完成{percent(273, 365)}%", f"本年累计完成{rounded(reached, YI)}亿元",
                 f"为目标的{percent(reached, TARGET)}%", f"落后进度{rounded(-ahead, YI)}亿元"):
        assert said in text, (said, text)
    assert f"占2022年地区生产总值的{percent(reach('2022-07', '2022-09'), GDP)}%" in paragraphs(document)["headline"]
    row = next(r for r in tables(document)["pace"][1] if r[0] == "兰山区")
    own = reach("2022-01", "2022-09", district="371302")
    part = reach("2022-07", "2022-09", district="371302")
    assert row == ["兰山区", rounded(5_000_000_000_00, WAN), "70.00", rounded(own, WAN), percent(own, 5_000_000_000_00),
                   rounded(own - 3_500_000_000_00, WAN), percent(part, GDP // 7)]
    assert next(r for r in tables(document)["pace"][1] if r[0] == "罗庄区")[1:3] == ["-", "-"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_forms_say_the_same(bureau, lang):
    document = get(bureau, f"2022.json?lang={lang}").json
    wanted = [[titles, *rows] for titles, rows in tables(document).values()]
    texts, found = read_docx(get(bureau, f"2022.docx?lang={lang}").body)
    assert found == wanted
    assert texts[:2] == [document["title"], document["subtitle"]]
    said = [b["text"] for b in document["blocks"] if b["type"] in ("heading", "paragraph")]
    assert [t for t in texts[2:] if t] == said
    sheets = read_xlsx(get(bureau, f"2022.xlsx?lang={lang}").body)
    assert [row[0] for row in sheets[0][2]] == [document["title"], document["subtitle"], *said]
    assert len(sheets) == len(wanted) + 1 and len({s[0] for s in sheets}) == len(sheets)
    for (name, frozen, rows), table, block in zip(sheets[1:], wanted, [b for b in document["blocks"] if b["type"] == "table"]):
        assert frozen and rows[0] == table[0], name
        is_text = [c["unit"] == "text" for c in block["columns"]]
        assert rows[1:] == [[cell if plain or cell == "-" else (cell,) for cell, plain in zip(row, is_text)] for row in table[1:]], name
    text = read_pdf(get(bureau, f"2022.pdf?lang={lang}").body)
    assert sorted(NUMBER.findall(text)) == shown_numbers(document)
    squeeze = lambda t: re.sub(r"\s", "", t)
    for sentence in said:
        assert squeeze(sentence) in squeeze(text), sentence
    for table in wanted:
        for row in table[1:]:
            assert squeeze(row[0]) in squeeze(text)


def test_sentences_have_only_numbers_of_the_data(bureau):
    """Every decimal of a sentence is a number of the data, rounded as its unit says."""
    document = get(bureau, "2022H2").json
    values = set()

    def collect(node):
        if isinstance(node, dict):
            for name, value in node.items():
                if name != "blocks":
                    collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)
        elif isinstance(node, str) and re.fullmatch(r"-?\d+\.\d\d", node):
            money = decimal.Decimal(node)
            values.update(rounded(abs(money), unit) for unit in (1, 10 ** 4, 10 ** 8))
    collect(document)
    found = [n for t in paragraphs(document).values() for n in re.findall(r"\d+\.\d+", t)]
    assert len(found) > 20 and [n for n in found if n not in values] == []


def test_accept_chooses_the_form(bureau, tcrd):
    for kind, form in (("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
                       ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"), ("application/pdf", "pdf")):
        answer = bureau.get("/v1/bulletins/2022", headers={"Accept": kind})
        assert answer.status == 200 and answer.headers["Content-Type"] == kind and f".{form}" in answer.headers["Content-Disposition"]
    refused = bureau.get("/v1/bulletins/2022", headers={"Accept": "image/png"})
    assert refused.status == 406 and "spreadsheetml" in refused.json["detail"]
    told = tcrd.rpc("bureau").call("bulletin.get", period="2022.docx")
    assert told["filename"].endswith(".docx") and told["base64"].startswith("UEsD")


def test_words_of_growth(query):
    say = lambda value, lang="zh": query("select tcr.bulletin_growth(%s, %s)", value, lang)[0][0]
    assert [say(v) for v in ("49.01", "-7.30", "0.00", None)] == ["增长49.01%", "下降7.30%", "持平", "-"]
    assert [say(v, "en") for v in ("49.01", "-7.30", "0.00", None)] == ["up 49.01%", "down 7.30%", "unchanged", "-"]
    shown = lambda value, unit: query("select tcr.bulletin_shown(%s, %s)", value, unit)[0][0]
    assert [shown("500000.00", "yi"), shown("-500000.00", "yi"), shown("50.00", "wan"), shown("49.99", "wan"), shown(None, "yi")] == [
        "0.01", "-0.01", "0.01", "0.00", "-"]


def test_no_year_before(bureau):
    """2020 and 2021 have nothing to compare with or nothing at all."""
    document = get(bureau, "2020").json
    assert document["headline"]["count"] == 0 and tables(document)["headline"][1][0][3:] == ["-"] * 5
    assert "合同项数-" in paragraphs(document)["headline"] and "districts" not in tables(document)
    for form in ("docx", "xlsx", "pdf"):
        assert get(bureau, f"2020.{form}").body


def template(texts):
    body = "".join(f"<w:p>{''.join(f'<w:r><w:t>{run}</w:t></w:r>' for run in runs)}</w:p>" for runs in texts)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
                         f"{body}</w:body></w:document>")
        archive.writestr("word/media/logo.bin", b"\0\1\2")
    return made.getvalue()


def test_other_cities(bureau):
    put = lambda region, period, total: bureau.put(f"/v1/peers/{region}/{period}", {"total_amount": total, "source": "统计公报", "day": "2023-03-01"})
    assert "peers" not in tables(get(bureau, "2022").json)
    assert put("3702", "2022", "40000000000.00").status == put("3702", "2021", "32000000000.00").status == put("3704", "2022", "5.00").status == 200
    rows = [[r[0], r[1], r[3], r[5]] for r in tables(get(bureau, "2022").json)["peers"][1]]
    assert rows == [["1", "青岛市", "4000000.00", "25.00"], ["2", "临沂市", "1565800.00", "49.01"], ["3", "枣庄市", "0.00", "-"]]


def test_coverage_names_what_was_imported(bureau):
    rows = [{"number": f"B{n}", "registered_on": "2022-05-06", "contract_type": "101", "project_name": "研发", "seller_name": "济南某研究院",
             "seller_region": "370102", "buyer_name": "临沂某公司", "buyer_region": "371302", "total_amount": "100.00",
             "technology_amount": "100.00"} for n in range(3)]
    before = get(bureau, "2022").json
    assert bureau.post("/v1/external", {"source": "山东省科技厅", "day": "2023-01-08", "records": rows}).status == 200
    document = get(bureau, "2022").json
    assert tables(document)["coverage"][1] == [["山东省科技厅", "2023-01-08", "3"]] and "另有3项" in paragraphs(document)["coverage"]
    assert document["bases"] == before["bases"], "what was imported counts in no figure"


def test_template_of_the_bureau(make_tcrd, linyi, tmp_path, bureau):
    """Placeholders are found although Word breaks them into runs; what is no placeholder stays."""
    file = tmp_path / "template.docx"
    file.write_bytes(template([["红头 &amp; 抬头"], ["{{ti", "tle}}"], ["一、{{headline}}"], ["{{table:districts}}"], ["{{table:nothing}}"],
                               ["文号{{document_number}}。"]]))
    document = get(bureau, "2022").json
    daemon = make_tcrd({"bulletin.template": str(file)})
    with daemon.https("bureau") as client:
        data = get(client, "2022.docx").body
        texts, found = read_docx(data)
        assert texts == ["红头 & 抬头", document["title"], "一、" + paragraphs(document)["headline"], "", "", "文号。"]
        titles, rows = tables(document)["districts"]
        assert found == [[titles, *rows]]
        assert zipfile.ZipFile(io.BytesIO(data)).read("word/media/logo.bin") == b"\0\1\2"
        file.write_bytes(b"no archive")
        assert client.get("/v1/bulletins/2022.docx").status == 500
        assert get(client, "2022.pdf").body


def test_command(installation, linyi, bureau, tmp_path):
    run = lambda *args: subprocess.run([installation.BINARY, "-c", str(installation.config), "bulletin", *args], capture_output=True,
                                       env=environment(), cwd=tmp_path)
    done = run("2022")
    assert done.returncode == 0 and done.stdout == b"bulletin-2022.docx\n", done
    document = get(bureau, "2022").json
    assert read_docx((tmp_path / "bulletin-2022.docx").read_bytes())[0][0] == document["title"]
    done = run("2022", "--format", "json", "--out", "-", "--lang", "en")
    assert json.loads(done.stdout) == get(bureau, "2022?lang=en").json
    for form, magic in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        done = run("2022", "--format", form, "--out", "out." + form)
        assert done.returncode == 0 and (tmp_path / ("out." + form)).read_bytes().startswith(magic), done
    assert run("1899").returncode == 1 and b"no such bulletin" in run("1899").stderr
    assert run("2022", "--version", "1").returncode == 1
    for wrong in (["2022", "--format", "odt"], ["2022", "--lang", "fr"], [], ["2022", "--version", "x"]):
        assert run(*wrong).returncode == 2, wrong
