"""The forms of a bulletin read back without any of tcrd's own code: what stands in tables and sentences, as texts."""
import io
import re
import subprocess
import xml.etree.ElementTree as xml
import zipfile

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def tables(document):
    """{key: (titles, rows)} of a bulletin as JSON."""
    return {b["key"]: ([c["title"] for c in b["columns"]], b["rows"]) for b in document["blocks"] if b["type"] == "table"}


def paragraphs(document):
    return {b["key"]: b["text"] for b in document["blocks"] if b["type"] == "paragraph"}


def read_docx(data):
    """(paragraphs outside tables, tables as lists of rows with the titles first)."""
    body = xml.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")).find(WORD + "body")
    text = lambda element: "".join(t.text or "" for t in element.iter(WORD + "t"))
    found = [[[text(cell) for cell in row.iter(WORD + "tc")] for row in table.iter(WORD + "tr")] for table in body.iter(WORD + "tbl")]
    return [text(p) for p in body.findall(WORD + "p")], found


def read_xlsx(data):
    """[(name, is the head frozen, rows)]; a cell is a text, or a number as (text,)."""
    book = zipfile.ZipFile(io.BytesIO(data))
    names = [s.get("name") for s in xml.fromstring(book.read("xl/workbook.xml")).iter(SHEET + "sheet")]
    sheets = []
    for n, name in enumerate(names, 1):
        sheet = xml.fromstring(book.read(f"xl/worksheets/sheet{n}.xml"))
        pane = sheet.find(f"{SHEET}sheetViews/{SHEET}sheetView/{SHEET}pane")
        rows = []
        for row in sheet.iter(SHEET + "row"):
            cells = []
            for cell in row.iter(SHEET + "c"):
                cells.append("".join(t.text or "" for t in cell.iter(SHEET + "t")) if cell.get("t") == "inlineStr"
                             else (cell.find(SHEET + "v").text,))
            rows.append(cells)
        sheets.append((name, pane is not None and pane.get("state") == "frozen", rows))
    return sheets


def read_pdf(data):
    """The text of all pages in reading order, without the foot."""
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=data, capture_output=True, check=True)
    return re.sub(r"第\s*\d+\s*页\s*共\s*\d+\s*页|Page \d+ of \d+", "", done.stdout.decode())


def shown_numbers(document):
    """Every number that the document shows, sorted."""
    texts = [document["title"], document["subtitle"]]
    for block in document["blocks"]:
        texts += [block.get("text", ""), block.get("title", ""), *block.get("lines", []), *block.get("labels", []), *block.get("values", [])]
        texts += [c["title"] for c in block.get("columns", [])] + [cell for row in block.get("rows", []) for cell in row]
    return sorted(n for t in texts for n in NUMBER.findall(t))
