"""The helper program makes documents and workbooks from any model: what XML cannot hold, odd blocks, templates that are none."""
import io
import random
import re
import xml.etree.ElementTree as xml
import zipfile

from bulletins import read_docx, read_xlsx
from paper_helper import DONE, FAILED, PDF

DOCX, XLSX = 2, 3
WORD_NS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def model(*blocks, **more):
    return {"title": "试验", "created": "2026-03-18T00:00:00+08:00", "blocks": list(blocks), **more}


def table(rows, units=("text", "wan"), **more):
    return {"type": "table", "key": "t", "columns": [{"title": u, "width": 5, "unit": u} for u in units], "rows": rows, **more}


def make(helper, kind, what):
    answer, facts, data = helper.make(kind, what)
    assert answer == DONE, facts
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    for name in archive.namelist():
        if name.endswith((".xml", ".rels")):
            xml.fromstring(archive.read(name))
    return data


def test_texts_come_out_as_they_went_in(helper):
    texts = ["<w:p>&amp; \"引号\" '单'", "𠮷𰻝 株式会社 ]]>", "a\tb", "  两端空格  ", "{{title}}"]
    what = model(*({"type": "paragraph", "text": t} for t in texts), table([[t, "1.00"] for t in texts]))
    found, tables = read_docx(make(helper, DOCX, what))
    assert [t for t in found if t.strip()] == ["试验", *texts] and tables == [[["text", "wan"], *([t, "1.00"] for t in texts)]]
    sheets = read_xlsx(make(helper, XLSX, what))
    assert [row[0] for row in sheets[0][2]][2:] == texts and sheets[1][2][1:] == [[t, ("1.00",)] for t in texts]
    control = model({"type": "paragraph", "text": "a\x01\x08\x0b\x1fb\nc"})
    assert read_docx(make(helper, DOCX, control))[0][1] == "abc"
    assert read_xlsx(make(helper, XLSX, control))[0][2][2] == ["ab\nc"]


def test_only_numbers_are_numbers(helper):
    cells = ["0", "-0.01", "123456789012.34", "1e5", "+1", "1.", ".5", "--1", "-", "", " 1", "1 ", "１", "0x10", "1,000.00", "9" * 40, "1.00\n", "NaN"]
    rows = read_xlsx(make(helper, XLSX, model(table([["x", c] for c in cells]))))[1][2][1:]
    assert [c for _, c in rows if isinstance(c, tuple)] == [("0",), ("-0.01",), ("123456789012.34",)]
    assert [c if isinstance(c, str) else c[0] for _, c in rows] == cells
    assert read_xlsx(make(helper, XLSX, model(table([["12", "12"]], units=("text", "text")))))[1][2][1] == ["12", "12"], "a code stays a text"


def test_the_same_model_gives_the_same_bytes(helper):
    what = model({"type": "heading", "text": "一"}, table([["a", "1"]]))
    for kind in (DOCX, XLSX):
        data = make(helper, kind, what)
        assert make(helper, kind, what) == data
        assert {i.date_time[:3] for i in zipfile.ZipFile(io.BytesIO(data)).infolist()} == {(2026, 3, 18)}


def test_names_of_sheets(helper):
    names = ["一" * 60, "a/b\\c[d]e:f?g*h", "'quoted'", "<&>"]
    blocks = [b for n in names for b in ({"type": "heading", "text": n}, table([["x", "1"]]))]
    found = [s[0] for s in read_xlsx(make(helper, XLSX, model(*blocks)))[1:]]
    assert found == ["一" * 31, "a b c d e f g h", "'quoted'", "<&>"]


def test_odd_models(helper):
    odd = [None, 1, "x", [], {}, {"a": 1}, [[1]], True, -1e300]
    rng = random.Random(3)
    kinds = ["heading", "paragraph", "table", "closing", "chart", "rows", "list", "space", "nothing", None]
    for n in range(300):
        pick = lambda: rng.choice(odd)
        block = {"type": rng.choice(kinds), "text": pick(), "columns": rng.choice([pick(), [pick(), {"title": pick(), "width": pick()}]]),
                 "rows": rng.choice([pick(), [pick(), ["1", pick()]]]), "lines": pick(), "labels": rng.choice([pick(), ["a"]]),
                 "values": rng.choice([pick(), ["1"]]), "key": pick(), "kind": pick(), "height": pick()}
        what = {"title": pick(), "created": pick(), "subtitle": pick(), "blocks": rng.choice([pick(), [block, pick()]])}
        for kind in (DOCX, XLSX, PDF):
            answer, facts, data = helper.make(kind, what)
            assert answer in (DONE, FAILED), (kind, what)
            if answer == DONE and kind != PDF:
                assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


def test_many_tables(helper):
    answer, facts, _ = helper.make(XLSX, model(*(table([["x", "1"]]) for _ in range(100))))
    assert answer == FAILED and re.search("more than \\d+ tables", facts["why"])


def test_charts_of_any_values(helper):
    chart = lambda values, kind: {"type": "chart", "kind": kind, "title": "图", "labels": [f"第{n}" for n in range(len(values))], "values": values}
    for kind in ("bars", "line"):
        for values in (["0"], ["-5.00", "-1.00"], ["1"] * 40, ["x", "", "1e300"], ["5.00", "-1.00", "0.00"]):
            answer, facts, data = helper.make(PDF, model(chart(values, kind)))
            assert answer == DONE, (kind, values, facts)
        for values in ([], ["1"] * 41):
            assert helper.make(PDF, model(chart(values, kind)))[0] == FAILED


def archive(folder, **parts):
    path = folder / "template.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return str(path)


def test_templates_that_break_their_xml(helper, tmp_path):
    """Whatever stands in the bureau's file, the helper goes on; a bad one is refused in words."""
    texts = ["", "</w:p>", "<w:p", "<w:p>", "<w:p></w:p>", "<w:p><w:t>{{title</w:t></w:p>", "<w:p><w:t>{{}}</w:t></w:p>", "<w:t>{{title}}</w:t>",
             "<w:p><w:t>{{" + "k" * 500 + "}}</w:t></w:p>", "<w:p><w:t>{{table:}}</w:t></w:p>", "<w:p><w:t/>{{title}}</w:p>",
             "<w:p><w:p><w:t>{{title}}</w:t></w:p></w:p>", "<w:p><w:t>{{title}}", "<w:p><w:t>}}{{title}}{{</w:t></w:p>", "\0<w:p>", "<w:t" * 999]
    for text in texts:
        file = archive(tmp_path, **{"word/document.xml": f"<w:document {WORD_NS}>{text}</w:document>"})
        answer, facts, data = helper.make(DOCX, model(table([["x", "1"]]), template=file))
        assert answer == DONE, text
    assert "试验" in zipfile.ZipFile(io.BytesIO(helper.make(DOCX, model(template=archive(tmp_path, **{
        "word/document.xml": "<w:p><w:r><w:t>{{ti</w:t></w:r><w:r><w:t>tle}}</w:t></w:r></w:p>", "word/header1.xml": "<w:p><w:t>{{title}}</w:t></w:p>"
    })))[2])).read("word/header1.xml").decode()
    for name, data in (("none.docx", None), ("empty.docx", b""), ("text.docx", b"PK\3\4 no archive"), ("folder", ...)):
        path = tmp_path / name
        if data is ...:
            path.mkdir()
        elif data is not None:
            path.write_bytes(data)
        answer, facts, _ = helper.make(DOCX, model(template=str(path)))
        assert answer == FAILED and "template" in facts["why"], name
    bomb = archive(tmp_path, **{"word/document.xml": b"x" * (40 * 1024 * 1024)})
    assert helper.make(DOCX, model(template=bomb))[0] == FAILED
    many = archive(tmp_path, **{f"part{n}": b"" for n in range(300)})
    assert helper.make(DOCX, model(template=many))[0] == FAILED
