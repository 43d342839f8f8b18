"""The dossier of a contract: one archive with its papers, its history and its attachments, which never stand in memory."""
import hashlib
import io
import json
import os
import pathlib
import subprocess
import zipfile

import pytest

import attachments
import receipts
from contracts import PASSED, contract_body, today
from harness import RpcError, processes_of, wait_until
from paper_helper import text_of
from papers import certified, paper, rpc_file, says


def dossier(client, contract, status=200):
    reply = client.get(f"/v1/contracts/{contract['id']}/documents/dossier")
    assert reply.status == status, reply
    if status == 200:
        assert reply.headers["Content-Type"] == "application/zip" and int(reply.headers["Content-Length"]) == len(reply.body)
    return reply


def opened(reply):
    archive = zipfile.ZipFile(io.BytesIO(reply.body))
    assert archive.testzip() is None
    return archive


def test_everything_of_a_contract(tcrd, tmp_path):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    body = contract_body(total_amount="100000.00", deductions=[])
    contract = agency.submit(body).json
    files = {"合同文本.pdf": attachments.pdf(200_001), "扫描𠮷.png": attachments.FILES[attachments.PNG], "大.pdf": attachments.pdf(65536)}
    for name, data in files.items():
        reply = attachments.put(agency, contract, name, data, media_type=attachments.PNG if name.endswith("png") else attachments.PDF)
        assert reply.status in (200, 201), reply
    seq = agency.get("/v1/contracts/" + contract["id"]).json["seq"]
    returned = registrar.act({**contract, "seq": seq}, "return", {"faults": [{"pointer": "/project_name", "note": "补"}]})
    assert returned.status == 200, returned
    corrected = agency.post(f"/v1/contracts/{contract['id']}/submit", {}, if_match=returned.json["seq"])
    done = registrar.act(corrected.json, "certify", PASSED)
    assert done.status == 200, done
    receipts.verified(tcrd, done.json, received_on=today().isoformat())
    reply = dossier(agency, done.json)
    archive = opened(reply)
    names = archive.namelist()
    year = today().year
    assert names == ["01-技术合同登记表.pdf", "02-技术合同认定登记受理通知书.pdf", "03-技术合同认定登记一次性补正通知书.pdf", "04-技术合同登记证明.pdf",
                     "05-技术合同奖酬金核定表.pdf", f"06-技术性收入核定表-{year}.pdf", "历史.json", *sorted("附件/" + name for name in files)]
    assert {n[3:]: archive.read(n) for n in names if n.startswith("附件/")} == files
    assert archive.read("04-技术合同登记证明.pdf") == paper(agency, done.json, "certificate")
    assert archive.read(names[5]) == paper(agency, done.json, f"income?year={year}")
    says(text_of(archive.read("03-技术合同认定登记一次性补正通知书.pdf")), "项目名称：补")
    history = json.loads(archive.read("历史.json"))
    assert [r["event"] for r in history["releases"]][:2] == ["submit", "return"]
    assert history["releases"][0]["filed"]["seller"] == {**body["seller"], "country": "142"} and history["status"] == "registered"
    assert {a["name"]: a["sha256"] for a in history["attachments"]} == {n: hashlib.sha256(d).hexdigest() for n, d in files.items()}
    assert len(history["receipts"]) == 1
    assert "filename*=UTF-8''%E6%8A%80%E6%9C%AF%E5%90%88%E5%90%8C%E6%A1%A3%E6%A1%88" in reply.headers["Content-Disposition"]
    assert dossier(agency, done.json).body == reply.body, "the same record, the same bytes"
    # Another reader of archives than Python's.
    (tmp_path / "d.zip").write_bytes(reply.body)
    listed = subprocess.run(["bsdtar", "-tf", tmp_path / "d.zip"], capture_output=True) if os.path.exists("/usr/bin/bsdtar") else None
    assert listed is None or listed.returncode == 0
    head = agency.request("HEAD", f"/v1/contracts/{contract['id']}/documents/dossier")
    assert head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) == len(reply.body)
    # The next request on the connection is answered: nothing of the archive is left over.
    assert agency.get("/v1/contracts/" + contract["id"]).status == 200


def test_who_gets_it_and_what_is_hidden(tcrd, query):
    body, done = certified(tcrd)
    contract = done
    phone = body["seller"]["contact"]["phone"]
    for role, sees in (("agency", True), ("registrar", True), ("bureau", False), ("auditor", False)):
        archive = opened(dossier(tcrd.https(role), contract))
        assert (phone in archive.read("历史.json").decode()) is sees, role
        assert (phone in text_of(archive.read("01-技术合同登记表.pdf"))) is sees, role
    assert dossier(tcrd.https("agency2"), contract, 404).json["detail"] == dossier(tcrd.https("agency2"), {"id": "99999999"}, 404).json["detail"]
    dossier(tcrd.https("county"), contract, 403)
    dossier(tcrd.https(), contract, 401)
    draft = tcrd.https("agency").post("/v1/contracts?draft=true", {"project_name": "草稿"}).json
    assert dossier(tcrd.https("agency"), draft, 409).code == "state"


def test_over_the_line_a_small_one_only(tcrd):
    _, done = certified(tcrd)
    small = rpc_file(tcrd.rpc("agency").call("document.dossier", id=done["id"]))
    assert small == dossier(tcrd.https("agency"), done).body
    contract = tcrd.filed()
    reply = attachments.put(tcrd.https("agency"), contract, "大.pdf", attachments.pdf(900_000))
    assert reply.status in (200, 201), reply
    with pytest.raises(RpcError) as error:
        tcrd.rpc("agency").call("document.dossier", id=contract["id"])
    assert error.value.data["code"] == "too_large"
    assert len(dossier(tcrd.https("agency"), contract).body) > 900_000


def memory(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


@pytest.mark.skipif("asan" in os.environ.get("TCRD_BINARY", "asan"), reason="a sanitizer keeps freed memory")
def test_large_attachments_stay_out_of_memory(make_tcrd):
    tcrd = make_tcrd({"workers": 1})
    contract = tcrd.filed()
    agency = tcrd.https("agency", timeout=120)
    dossier(agency, contract)
    data = attachments.pdf(40 << 20)
    assert attachments.put(agency, contract, "大.pdf", data).status in (200, 201)
    [worker] = tcrd.workers()
    before = memory(worker)
    reply = dossier(agency, contract)
    assert len(reply.body) > 40 << 20
    assert memory(worker) - before < 8 << 10
    assert opened(reply).read("附件/大.pdf") == data


def test_a_peer_that_goes_away(make_tcrd):
    tcrd = make_tcrd({"workers": 1})
    contract = tcrd.filed()
    attachments.put(tcrd.https("agency", timeout=60), contract, "大.pdf", attachments.pdf(20 << 20))
    for _ in range(3):
        raw = tcrd.raw(f"GET /v1/contracts/{contract['id']}/documents/dossier HTTP/1.1\r\nHost: x\r\n"
                       f"Authorization: Bearer {tcrd.token('agency')}\r\n\r\n".encode())
        assert raw.recv(20000).startswith(b"HTTP/1.1 200")
        raw.close()
    assert tcrd.https("agency").get("/v1/contracts/" + contract["id"]).status == 200

    wait_until(lambda: tcrd.metric("tcrd_calls_open") == 0, "no call is left open")
    assert len(processes_of(tcrd.workers()[0])) <= 1
