"""LibreOffice opens the document and the workbook of a bulletin and finds the same tables. Installs it where it is missing."""
import csv
import io
import os
import pathlib
import shutil
import subprocess

import pytest

from bulletins import paragraphs, tables

PACKAGES = ["libreoffice-writer-nogui", "libreoffice-calc-nogui"]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    if shutil.which("soffice") is None:
        assert os.getuid() == 0, "install as root: " + " ".join(PACKAGES)
        subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq", "update"], check=True)
        subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES], check=True,
                       env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL)
    home = tmp_path_factory.mktemp("office")

    def convert(data, suffix, to, *more):
        source = home / ("in" + suffix)
        source.write_bytes(data)
        out = home / "out"
        shutil.rmtree(out, ignore_errors=True)
        subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{home}/profile", "--convert-to", to, "--outdir", str(out),
                        str(source), *more], check=True, capture_output=True, timeout=300, env={**os.environ, "HOME": str(home)})
        return {p.name: p.read_bytes() for p in pathlib.Path(out).iterdir()}
    return convert


@pytest.fixture(scope="module")
def forms(installation, _daemon):
    installation.command("sample")
    with _daemon.https("bureau") as client:
        yield {form: client.get(f"/v1/bulletins/2022.{form}") for form in ("json", "docx", "xlsx")}


def test_document_opens(forms, office):
    document = forms["json"].json
    text = office(forms["docx"].body, ".docx", "txt:Text (encoded):UTF8")["in.txt"].decode("utf-8-sig")
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == document["title"]
    for sentence in paragraphs(document).values():
        assert sentence in lines
    for titles, rows in tables(document).values():
        for row in rows:
            assert all(cell in text for cell in row)


def test_workbook_opens(forms, office):
    """Every sheet as CSV: numbers are shown with their two decimals."""
    made = office(forms["xlsx"].body, ".xlsx", 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1')
    found = [list(csv.reader(io.StringIO(data.decode("utf-8-sig")))) for data in made.values()]
    for key, (titles, rows) in tables(forms["json"].json).items():
        assert [titles, *rows] in found, key
