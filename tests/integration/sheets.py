"""A workbook taken apart with Python's own zipfile and XML parser; nothing of tcrd's."""
import io
import xml.etree.ElementTree
import zipfile

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheets_of(body):
    """[(name, rows)]: rows of (style, type, value) cells, read with nothing of tcrd's."""
    book = zipfile.ZipFile(io.BytesIO(body))
    assert book.testzip() is None
    names = [s.get("name") for s in xml.etree.ElementTree.fromstring(book.read("xl/workbook.xml")).iterfind("m:sheets/m:sheet", NS)]
    sheets = []
    for n, name in enumerate(names, 1):
        rows = []
        root = xml.etree.ElementTree.fromstring(book.read(f"xl/worksheets/sheet{n}.xml"))
        pane = root.find("m:sheetViews/m:sheetView/m:pane", NS)
        assert pane.get("state") == "frozen" and pane.get("ySplit") == "1"
        for row in root.iterfind("m:sheetData/m:row", NS):
            assert int(row.get("r")) == len(rows) + 1
            found = {}
            for cell in row.iterfind("m:c", NS):
                text = cell.find("m:is/m:t", NS) if cell.get("t") == "inlineStr" else cell.find("m:v", NS)
                found[cell.get("r").rstrip("0123456789")] = (cell.get("s"), cell.get("t"), text.text or "")
            rows.append(found)
        sheets.append((name, rows))
    return sheets
