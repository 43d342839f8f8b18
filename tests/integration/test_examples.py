"""The files of deploy/ that the tour of README.md sends: what it shows works when it is typed as it stands."""
import json

from attachments import path, put, sha256
from harness import CHECKOUT

CONTRACT = CHECKOUT / "deploy" / "example-contract.json"
SCAN = CHECKOUT / "deploy" / "example-contract.pdf"


def test_the_example_has_no_fault_and_takes_its_scan(tcrd):
    body, scan = json.loads(CONTRACT.read_text(encoding="utf-8")), SCAN.read_bytes()
    with tcrd.https("agency") as agency:
        checked = agency.post("/v1/contracts/check", body, key=False)
        assert checked.status == 200 and checked.json["faults"] == [] and checked.json["hints"] == [], checked
        filed = agency.submit(body)
        assert filed.status == 201, filed
        attached = put(agency, filed.json, "contract.pdf", scan)
        assert attached.status in (200, 201), attached
        assert (attached.json["bytes"], attached.json["sha256"]) == (len(scan), sha256(scan))
        assert agency.get(path(filed.json, "contract.pdf")).body == scan
