"""tcrd verify reads the whole record: a text that was touched, a decision on a text that is not there, a hole in the sequence."""
import subprocess

import pytest

from attachments import pdf
from contracts import contract_body


@pytest.fixture
def verify(tcrd, installation):
    def verify(*arguments):
        return subprocess.run([installation.BINARY, "-c", str(installation.config), "verify", *arguments], capture_output=True, text=True,
                              check=False)
    return verify


def as_nobody_may(installation, sql, *parameters):
    """What no function does and no role may: a change of a release, with the guard of the record switched off."""
    db = installation.cluster.connect(database=installation.database)
    with db, db.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(sql, parameters)
    db.close()


def test_a_whole_record(tcrd, verify):
    contract = tcrd.accepted()
    tcrd.https("registrar").act(contract, "certify")
    tcrd.https("agency").submit(contract_body())
    done = verify()
    assert (done.returncode, done.stderr) == (0, ""), done
    assert done.stdout == "4 releases with 2 texts read, 0 faults\n"
    assert verify("--from", "3").stdout.startswith("1 releases")
    for wrong in (["--from", "x"], ["--from", "-1"], ["more"], ["--form"]):
        assert verify(*wrong).returncode == 2, wrong


def test_what_was_touched_is_named(tcrd, verify, installation, query):
    contract = tcrd.accepted()
    (seq, body), = query("select seq, body from tcr.contract_release where contract_id = %s and event = 'submit'", contract["id"])
    as_nobody_may(installation, "update tcr.contract_release set body = replace(body, 'CNY', 'USD') where seq = %s", seq)
    done = verify()
    assert done.returncode == 3 and f"contract {contract['id']}, release {seq}: the text does not have its hash" in done.stderr
    as_nobody_may(installation, "update tcr.contract_release set body = %s where seq = %s", body, seq)
    as_nobody_may(installation, "update tcr.contract_release set body_sha256 = sha256('x') where contract_id = %s and event = 'accept'",
                  contract["id"])
    assert "rests on is missing or another one" in verify().stderr
    as_nobody_may(installation, "update tcr.contract_release set body_sha256 = sha256(convert_to(%s, 'UTF8')) where contract_id = %s",
                  body, contract["id"])
    assert verify().returncode == 0
    as_nobody_may(installation, "update tcr.contract_release set seq = seq + 10 where seq = (select max(seq) from tcr.contract_release)")
    done = verify()
    assert done.returncode == 3 and "the sequence has a hole before it" in done.stderr


def test_a_file_that_was_touched_is_named(tcrd, verify, installation, query):
    contract = tcrd.accepted()
    put = tcrd.https("agency").request("PUT", f"/v1/contracts/{contract['id']}/attachments/a.pdf?kind=text", pdf(200000),
                                       headers={"Content-Type": "application/pdf"})
    assert put.status == 201, put
    done = tcrd.https("registrar").act(contract, "certify").json
    seen = tcrd.https("auditor").get(f"/v1/contracts/{done['id']}/releases").json["items"][-1]["detail"]["attachments"]
    assert [(a["name"], a["sha256"]) for a in seen] == [("a.pdf", put.json["sha256"])], "the decision names what it saw"
    before = verify().stderr
    as_nobody_may(installation, "update tcr.attachment_piece set data = set_byte(data, 100, 7) where no = 1 and attachment_id = %s",
                  int(put.json["id"]))
    after = verify()
    assert after.returncode == 3 and f"the attachment {put.json['id']} does not have its hash" in after.stderr.replace(before, "")
