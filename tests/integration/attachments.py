"""Files of every accepted type, as bytes, and the requests around them."""
import base64
import hashlib
import io
import itertools
import urllib.parse
import zipfile

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF, PNG, JPEG, TIFF, OFD = "application/pdf", "image/png", "image/jpeg", "image/tiff", "application/ofd"

_numbers = itertools.count(1)


def archive(*names, extra=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        for name in names:
            z.writestr(name, b"<x/>" + extra)
    return out.getvalue()


def pdf(size=0):
    """A PDF of its own, of exactly size bytes if that is enough for one."""
    text = b"%%PDF-1.7\n%% %d\n" % next(_numbers)
    return text + b"0" * max(0, size - len(text) - 6) + b"\n%%EOF"


def stream_of(size, piece=1 << 16):
    """The pieces of a PDF of size bytes that never stands in memory, and a function for its digest afterwards."""
    digest = hashlib.sha256()

    def pieces():
        left = size
        number = 0
        while left > 0:
            block = (b"%PDF-1.7\n" if number == 0 else b"") + b"%d " % number * (piece // 4)
            block = block[:min(piece, left)]
            digest.update(block)
            left -= len(block)
            number += 1
            yield block
    return pieces(), digest


FILES = {
    PDF: pdf(3000),
    PNG: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(500),
    JPEG: b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(500),
    TIFF: b"II*\0" + bytes(500),
    OFD: archive("OFD.xml", "Doc_0/Document.xml"),
    DOCX: archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
    XLSX: archive("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"),
}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def content_digest(data):
    return "sha-256=:" + base64.b64encode(hashlib.sha256(data).digest()).decode() + ":"


def path(contract, name, **query):
    text = f"/v1/contracts/{contract['id']}/attachments/" + urllib.parse.quote(name, safe="")
    return text + ("?" + urllib.parse.urlencode(query) if query else "")


def put(client, contract, name, data, kind="text", media_type=PDF, headers=None, **kw):
    query = {} if kind is None else {"kind": kind}
    send = {**({} if media_type is None else {"Content-Type": media_type}), **(headers or {})}
    return client.request("PUT", path(contract, name, **query), data, headers=send, **kw)


def items(client, contract, history=False):
    answer = client.get(f"/v1/contracts/{contract['id']}/attachments" + ("?history=true" if history else ""))
    assert answer.status == 200, answer
    return answer.json["items"]
