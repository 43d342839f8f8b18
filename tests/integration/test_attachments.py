"""Attachments of a contract: put, get, list, remove; versions, types, names, limits, who may and when."""
import base64
import unicodedata

import pytest

from attachments import DOCX, FILES, OFD, PDF, PNG, XLSX, archive, content_digest, items, path, pdf, put, sha256
from clients import RpcError
from contracts import contract_body
from harness import wait_until


def rows_of(query, contract):
    return query("select count(*), coalesce(sum(bytes), 0)::bigint from tcr.attachment where contract_id = %s", contract["id"])[0]


def nothing_left(query):
    """No upload is half there, and every piece belongs to an attachment that has its bytes."""
    assert query("select count(*) from tcr.attachment_upload") == [(0,)]
    assert query("""select count(*) from tcr.attachment_piece p where not exists (select from tcr.attachment a
        where a.id = p.attachment_id and a.discarded_at is null)""") == [(0,)]
    assert query("select count(*) from tcr.attachment a where not tcr.attachment_is_sound(a.id)") == [(0,)]


@pytest.mark.parametrize("media_type", list(FILES))
def test_every_accepted_type_goes_up_and_comes_back(tcrd, query, media_type):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract, data = tcrd.filed(), FILES[media_type]
    done = put(agency, contract, "合同 正文", data, media_type=media_type, headers={"Content-Digest": content_digest(data)})
    assert done.status == 201, done
    assert done.json["version"] == 1 and done.json["is_current"] and done.json["kind"] == "text"
    assert (done.json["bytes"], done.json["sha256"], done.json["media_type"]) == (len(data), sha256(data), media_type)
    assert done.etag == f'"{sha256(data)}"'
    assert done.headers["Location"] == path(contract, "合同 正文")
    got = registrar.get(path(contract, "合同 正文"))
    assert (got.status, got.body) == (200, data)
    assert got.headers["Content-Type"] == media_type and got.etag == done.etag
    assert got.headers["Content-Digest"] == content_digest(data)
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    disposition = got.headers["Content-Disposition"]
    assert disposition == "attachment; filename=\"__ __\"; filename*=UTF-8''%E5%90%88%E5%90%8C%20%E6%AD%A3%E6%96%87"
    nothing_left(query)


def test_the_same_bytes_change_nothing_and_others_make_a_version(tcrd, query):
    agency, contract = tcrd.https("agency"), tcrd.filed()
    first, second = pdf(2000), pdf(2500)
    made = put(agency, contract, "a.pdf", first)
    again = put(agency, contract, "a.pdf", first)
    assert (made.status, again.status) == (201, 200) and again.json == made.json
    assert "Location" not in again.headers
    newer = put(agency, contract, "a.pdf", second)
    assert newer.status == 201 and newer.json["version"] == 2 and newer.json["id"] != made.json["id"]
    assert put(agency, contract, "a.pdf", second, kind="right").json["version"] == 3, "another kind is another version"
    assert put(agency, contract, "a.pdf", first, kind="right").json["version"] == 4, "an earlier version is not the current one"
    assert [(i["version"], i["is_current"]) for i in items(agency, contract, history=True)] == [(4, True), (3, False), (2, False), (1, False)]
    assert [i["version"] for i in items(agency, contract)] == [4]
    assert agency.get(path(contract, "a.pdf")).body == first
    assert agency.get(path(contract, "a.pdf", version=2)).body == second
    assert agency.get(path(contract, "a.pdf", version=9)).status == 404
    assert agency.get(path(contract, "a.pdf", version="x")).status == 400
    nothing_left(query)


def test_head_and_if_none_match(tcrd):
    agency, contract, data = tcrd.https("agency"), tcrd.filed(), pdf(200000)
    tag = put(agency, contract, "a.pdf", data).etag
    head = agency.request("HEAD", path(contract, "a.pdf"))
    assert (head.status, head.body, head.headers["Content-Length"], head.etag) == (200, b"", "200000", tag)
    for match in (tag, "*", f'W/{tag}', f'"x", {tag}', f'{tag} , "y"'):
        same = agency.get(path(contract, "a.pdf"), headers={"If-None-Match": match})
        assert (same.status, same.body, same.etag) == (304, b"", tag), match
    for match in ('"x"', tag.strip('"'), f'"{tag[1:20]}"', '"x" "y"'):
        assert agency.get(path(contract, "a.pdf"), headers={"If-None-Match": match}).body == data, match
    assert agency.get(path(contract, "a.pdf"), headers={"Accept": "application/pdf"}).body == data


def test_who_may_put_and_read(tcrd):
    contract, data = tcrd.filed(), pdf()
    assert put(tcrd.https("agency2"), contract, "a.pdf", data).status == 404
    assert put(tcrd.https("agency2"), {"id": "999999999"}, "a.pdf", data).status == 404
    assert put(tcrd.https("agency2"), {"id": "0x7"}, "a.pdf", data).status == 404
    for role in ("bureau", "auditor", "reviewer", "county", "admin"):
        assert put(tcrd.https(role), contract, "a.pdf", data).status == 403, role
    assert put(tcrd.https(), contract, "a.pdf", data).status == 401
    assert put(tcrd.https("agency"), contract, "a.pdf", data).status == 201
    for role in ("agency", "registrar", "reviewer", "bureau", "auditor"):
        assert tcrd.https(role).get(path(contract, "a.pdf")).body == data, role
        assert len(items(tcrd.https(role), contract)) == 1
    other = tcrd.https("agency2")
    answers = [other.get(path(c, n)) for c, n in ((contract, "a.pdf"), (contract, "b.pdf"), ({"id": "999999999"}, "a.pdf"))]
    assert [a.status for a in answers] == [404] * 3 and len({a.json["detail"] for a in answers}) == 1
    assert other.get(f"/v1/contracts/{contract['id']}/attachments").status == 404
    assert tcrd.https("admin").get(path(contract, "a.pdf")).status == 403
    assert tcrd.https().get(path(contract, "a.pdf")).status == 401


def test_a_registrar_attaches_a_judgment_and_neither_side_replaces_the_others(tcrd, query):
    agency, registrar, contract = tcrd.https("agency"), tcrd.https("registrar"), tcrd.filed()
    wrong = put(registrar, contract, "意见.pdf", pdf(), kind="text")
    assert wrong.status == 422 and wrong.rules == ["attachment.kind_now"] and "judgment" in wrong.json["errors"][0]["en"]
    assert put(registrar, contract, "意见.pdf", pdf(), kind="judgment").status == 201
    assert put(agency, contract, "意见.pdf", pdf()).rules == ["attachment.other_side"]
    assert agency.request("DELETE", path(contract, "意见.pdf")).status == 403
    assert registrar.request("DELETE", path(contract, "意见.pdf")).status == 409
    assert put(agency, contract, "文本.pdf", pdf()).status == 201
    assert put(registrar, contract, "文本.pdf", pdf(), kind="other").rules == ["attachment.other_side"]
    nothing_left(query)


def test_states(tcrd, query):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    draft = agency.post("/v1/contracts?draft=true", contract_body()).json
    assert put(agency, draft, "a.pdf", pdf()).status == 201
    assert registrar.get(path(draft, "a.pdf")).status == 404, "a draft is the agency's"
    assert put(registrar, draft, "b.pdf", pdf(), kind="other").status == 404
    contract = tcrd.accepted()
    assert put(agency, contract, "a.pdf", pdf()).status == 201
    assert agency.request("DELETE", path(contract, "a.pdf")).code == "state"
    refused = registrar.act(contract, "refuse", {"reasons": [{"code": "R02"}]})
    assert refused.status == 200, refused
    late = put(agency, contract, "b.pdf", pdf())
    assert late.rules == ["attachment.kind_now"] and "judgment" in late.json["errors"][0]["zh"]
    assert put(agency, contract, "异议.pdf", pdf(), kind="other").status == 201, "an objection has papers"
    given_up = tcrd.filed()
    assert agency.act(given_up, "withdraw").status == 200
    gone = put(agency, given_up, "a.pdf", pdf())
    assert gone.code == "state" and "withdrawn" in gone.json["detail"]
    assert put(registrar, contract, "回执.pdf", pdf(), kind="other").status == 201
    assert agency.get(path(contract, "a.pdf")).status == 200
    with pytest.raises(Exception, match="TC001|never"):
        query("delete from tcr.attachment")
    with pytest.raises(Exception, match="never"):
        query("update tcr.attachment_piece set data = '\\x00'")
    with pytest.raises(Exception, match="never"):
        query("update tcr.attachment set sha256 = sha256('x')")


def test_if_match_binds_a_file_to_what_was_read(tcrd):
    agency, contract = tcrd.https("agency"), tcrd.filed()
    assert put(agency, contract, "a.pdf", pdf(), if_match=contract["seq"]).status == 201
    assert put(agency, contract, "a.pdf", pdf(), if_match=contract["seq"] + 1).code == "stale"
    assert agency.request("DELETE", path(contract, "a.pdf"), if_match=contract["seq"] + 1).code == "stale"


def test_taken_back(tcrd, query):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    draft = agency.post("/v1/contracts?draft=true", contract_body()).json
    assert put(agency, draft, "错.pdf", pdf(70000)).status == 201
    gone = agency.request("DELETE", path(draft, "错.pdf"))
    assert gone.status == 200 and gone.json["is_removed"] and not gone.json["has_content"], gone
    assert agency.request("DELETE", path(draft, "错.pdf")).status == 404
    assert query("select count(*) from tcr.attachment_piece where attachment_id = %s", gone.json["id"]) == [(0,)], "nobody has ever seen it"
    contract = tcrd.filed()
    made = put(agency, contract, "a.pdf", pdf())
    assert tcrd.https("agency2").request("DELETE", path(contract, "a.pdf")).status == 404
    assert tcrd.https("bureau").request("DELETE", path(contract, "a.pdf")).status == 403
    gone = agency.request("DELETE", path(contract, "a.pdf"))
    assert gone.status == 200 and gone.json["has_content"]
    assert agency.get(path(contract, "a.pdf")).status == registrar.get(path(contract, "a.pdf", version=1)).status == 404
    assert items(registrar, contract) == [] and items(registrar, contract, history=True)[0]["is_removed"]
    assert put(agency, contract, "a.pdf", pdf()).json["version"] == 2
    assert query("select outcome, object from tcr.audit where event = 'attachment.remove' and outcome = 'ok' order by id desc limit 1") \
        == [("ok", f"contract {contract['id']} attachment {made.json['id']}")]
    nothing_left(query)


def test_every_step_is_audited(tcrd, query):
    agency, auditor, contract = tcrd.https("agency"), tcrd.https("auditor"), tcrd.filed()
    made = put(agency, contract, "a.pdf", pdf())
    object_ = f"contract {contract['id']} attachment {made.json['id']}"
    assert query("""select a.name, t.outcome from tcr.audit t join tcr.account a on a.id = t.account_id
        where event = 'attachment.put' and object = %s""", object_) == [("agency", "ok")]
    auditor.get(path(contract, "a.pdf"))
    auditor.get(path(contract, "a.pdf"), headers={"If-None-Match": made.etag})
    auditor.request("HEAD", path(contract, "a.pdf"))
    items(auditor, contract)
    tcrd.https("agency2").get(path(contract, "a.pdf"))

    def audited(event, name, outcome, obj):
        return query("""select count(*) from tcr.audit t join tcr.account a on a.id = t.account_id
            where event = %s and a.name = %s and outcome = %s and object = %s""", event, name, outcome, obj)[0][0]
    wait_until(lambda: audited("attachment.get", "auditor", "ok", object_) == 3, "three reads are audited")
    wait_until(lambda: audited("attachment.list", "auditor", "ok", f"contract {contract['id']}") == 1, "the list is audited")
    wait_until(lambda: audited("attachment.get", "agency2", "not_found", f"contract {contract['id']}") == 1, "the denial is audited")
    assert "a.pdf" not in tcrd.logs()


# What is no file, or not the one it says it is


@pytest.mark.parametrize("declared,data,found", [
    (PNG, pdf(), "application/pdf"),
    (PDF, FILES[PNG], "image/png"),
    (PDF, b"MZ" + bytes(100), "application/x-msdownload"),
    (PDF, b"\x7fELF" + bytes(100), "application/x-executable"),
    (PDF, b"#!/bin/sh\nrm -rf /\n", "text/x-script"),
    (PDF, b"\n <!DOCTYPE html><script>alert(1)</script>", "text/html"),
    (PDF, b"\xef\xbb\xbf<svg onload=alert(1)>", "image/svg+xml"),
    (PDF, b"hello", "application/octet-stream"),
    (PDF, b"%PD", "application/octet-stream"),
    (DOCX, pdf(), "application/pdf"),
    (DOCX, FILES[XLSX], XLSX),
    (XLSX, FILES[DOCX], DOCX),
    (OFD, FILES[DOCX], DOCX),
    (DOCX, archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "application/vnd.ms-office.macroEnabled"),
    (DOCX, archive("META-INF/MANIFEST.MF", "word/document.xml"), "application/java-archive"),
    (DOCX, archive("readme.txt"), "application/zip"),
    (DOCX, FILES[DOCX][:-30], "application/zip"),
    (DOCX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/x-ole-storage"),
    # in pieces: what makes it another file comes late
    (DOCX, archive("word/document.xml", "word/vbaProject.bin", extra=bytes(70000)), "application/vnd.ms-office.macroEnabled"),
])
def test_a_false_type_is_told_and_nothing_is_stored(tcrd, query, declared, data, found):
    agency, contract = tcrd.https("agency"), tcrd.filed()
    wrong = put(agency, contract, "a", data, media_type=declared)
    assert wrong.status == 422 and wrong.rules == ["attachment.content"], wrong
    for text in (wrong.json["errors"][0]["zh"], wrong.json["errors"][0]["en"]):
        assert declared in text and found in text
    assert rows_of(query, contract) == (0, 0)
    nothing_left(query)


def test_types_that_are_not_accepted(tcrd):
    agency, contract = tcrd.https("agency"), tcrd.filed()
    for media_type in ("text/html", "application/json", "application/octet-stream", "application/x-msdownload", "image/gif", "pdf", "a/b/c",
                       "", "application/pdf, image/png", "application/ pdf", "text/html;application/pdf"):
        assert put(agency, contract, "a", pdf(), media_type=media_type).code == "media_type", media_type
    assert put(agency, contract, "a", pdf(), media_type="Application/PDF; charset=binary").status == 201
    assert put(agency, contract, "a", pdf(), headers={"Content-Encoding": "gzip"}).code == "media_type"


def test_extensions(tcrd):
    agency, contract = tcrd.https("agency"), tcrd.filed()
    for name in ("a.exe", "a.pdf.EXE", "a.html", "a.png", "a.docx", "a.js", "a.docm", "a.ZIP"):
        assert put(agency, contract, name, pdf()).rules == ["attachment.extension"], name
    for name in ("a.PDF", "a", "合同v1.2", "第1.3版 终稿", "a.文本"):
        assert put(agency, contract, name, pdf()).status == 201, name


def test_digest_empty_and_kind(tcrd, query):
    agency, contract, data = tcrd.https("agency"), tcrd.filed(), pdf()
    wrong = put(agency, contract, "a.pdf", data, headers={"Content-Digest": content_digest(data + b"x")})
    assert wrong.status == 422 and wrong.rules == ["attachment.digest"], wrong
    for header in ("sha-256=abc", "sha-256=:abc:", "sha-256", "=::", "sha-256=:" + "A" * 43 + "!:"):
        assert put(agency, contract, "a.pdf", data, headers={"Content-Digest": header}).status == 400, header
    assert put(agency, contract, "a.pdf", data, headers={"Content-Digest": "sha-512=:AA==:, " + content_digest(data)}).status == 201
    assert put(agency, contract, "b.pdf", b"").rules == ["attachment.empty"]
    for kind in (None, "", "nothing", "TEXT"):
        assert put(agency, contract, "b.pdf", data, kind=kind).rules == ["attachment.kind"], kind
    both = put(agency, contract, "..", data, kind="x")
    assert both.status == 422 and both.rules == ["attachment.kind", "attachment.name"]
    assert [e["pointer"] for e in both.json["errors"]] == ["?name", "?kind"]
    assert agency.put(path(contract, "a.pdf", kind="text", x=1), data).status == 400
    nothing_left(query)


# Names


def test_names_that_are_refused(tcrd, query):
    agency, contract, data = tcrd.https("agency"), tcrd.filed(), pdf()
    for name in (".", "..", "../a.pdf", "a/b.pdf", "..\\a", "/etc/passwd", "C:\\a", "a:b", "a\u202efdp.exe", "\u2066a\u2069", "a\u200b.pdf",
                 "a\u00ad", "a\u2028b", "a?", "a*", "a|b", "<a>", 'a"b', ".hidden", "a.", "a ", " a", "\u3000a", "a\ufffe", "\ufdd0", "a\ufffd",
                 "x" * 201, "合" * 201, "\ufeffa", "a\U000e0041", "\ufff9a"):
        wrong = put(agency, contract, name, data)
        assert wrong.status == 422 and wrong.rules == ["attachment.name"], (ascii(name), wrong)
        assert agency.get(path(contract, name)).status == 404
    for raw in ("a%00b", "a%0ab", "a%0d%0aX:y", "a%7f", "a%ff", "a%c0%af", "a%ed%a0%80", "%c2%85", "a%"):
        target = f"/v1/contracts/{contract['id']}/attachments/{raw}?kind=text"
        assert agency.request("PUT", target, data, headers={"Content-Type": PDF}).status == 400, raw
    for raw in ("", "a/b", "a/", "/a"):
        target = f"/v1/contracts/{contract['id']}/attachments/{raw}?kind=text"
        assert agency.request("PUT", target, data, headers={"Content-Type": PDF}).status == 404, raw
    assert rows_of(query, contract) == (0, 0)


def test_names_that_are_fine(tcrd):
    agency, contract = tcrd.https("agency"), tcrd.filed()
    names = ["a", "合同文本(第二版).pdf", "x" * 200, "合" * 200, "𠮷野家㐀.pdf", "caf\u00e9.pdf", "a%2Fb.pdf", "a+b&c=d;e#f.pdf", "'a'", "~-_"]
    for name in names:
        data = pdf()
        assert put(agency, contract, name, data).status == 201, name
        got = agency.get(path(contract, name))
        assert got.body == data and "\r" not in got.headers["Content-Disposition"]
    assert sorted(i["name"] for i in items(agency, contract)) == sorted(names)
    one = unicodedata.normalize("NFD", "caf\u00e9.pdf")
    assert one != "caf\u00e9.pdf" and put(agency, contract, one, pdf()).json["version"] == 2, "both forms are one name"
    assert agency.get(path(contract, one, version=2)).status == 200


# Limits


def test_limits_of_size_and_number(make_tcrd, query):
    tcrd = make_tcrd({"attachment.bytes_max": 100000, "attachment.contract_bytes_max": 250000, "attachment.contract_count": 4})
    agency, contract = tcrd.https("agency"), tcrd.filed()
    assert put(agency, contract, "a.pdf", pdf(100000)).status == 201
    big = put(agency, contract, "b.pdf", pdf(100001))
    assert big.status == 413 and "100000" in big.json["detail"]
    chunked = put(agency, contract, "b.pdf", iter([pdf(90000), bytes(20000)]))
    assert chunked.status == 413, chunked
    assert put(agency, contract, "b.pdf", pdf(100000)).status == 201
    assert put(agency, contract, "c.pdf", pdf(60000)).rules == ["attachment.contract_bytes"]
    late = put(agency, contract, "c.pdf", iter([pdf(60000)]))
    assert late.rules == ["attachment.contract_bytes"], "not announced, so found at the end"
    for version in (1, 2):
        assert put(agency, contract, "c.pdf", pdf(1000)).json["version"] == version
    assert put(agency, contract, "d.pdf", pdf(1000)).rules == ["attachment.count"]
    assert put(agency, contract, "a.pdf", pdf(1000)).rules == ["attachment.count"], "versions count as well"
    assert rows_of(query, contract)[0] == 4
    nothing_left(query)


def test_too_many_uploads_of_one_account(make_tcrd, query):
    tcrd = make_tcrd({"attachment.uploads": 2, "workers": 1})
    contract, client = tcrd.filed(), tcrd.https("agency")
    target = f"PUT {path(contract, 'a.pdf', kind='text')} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {tcrd.token('agency')}\r\n" \
             "Content-Type: application/pdf\r\nContent-Length: 100000\r\n\r\n%PDF-"
    held = [tcrd.raw(target.encode()) for _ in range(2)]
    wait_until(lambda: query("select count(*) from tcr.attachment_upload")[0][0] == 2, "two uploads are under way")
    busy = put(client, contract, "b.pdf", pdf())
    assert busy.status == 503 and busy.code == "busy" and busy.headers["Retry-After"]
    for sock in held:
        sock.close()
    wait_until(lambda: query("select count(*) from tcr.attachment_upload")[0][0] == 0, "broken uploads are given up")
    assert put(client, contract, "b.pdf", pdf()).status == 201
    nothing_left(query)


def test_too_many_streams_of_a_worker(make_tcrd):
    tcrd = make_tcrd({"streams.max": 1, "workers": 1})
    contract, client = tcrd.filed(), tcrd.https("agency")
    target = f"PUT {path(contract, 'a.pdf', kind='text')} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {tcrd.token('agency')}\r\n" \
             "Content-Type: application/pdf\r\nContent-Length: 100000\r\n\r\n%PDF-"
    with tcrd.raw(target.encode()):
        wait_until(lambda: tcrd.metric("tcrd_calls_open") == 1, "an upload is under way")
        assert put(client, contract, "b.pdf", pdf()).code == "busy"
        assert client.get(f"/v1/contracts/{contract['id']}").status == 200, "other calls go on"


# The other wire


def test_small_files_on_the_rpc_wire(tcrd, query):
    contract, data = tcrd.filed(), pdf(200000)
    rpc = tcrd.rpc("agency")
    made = rpc.call("attachment.put", id=contract["id"], name="a.pdf", kind="text",
                    body={"media_type": PDF, "base64": base64.b64encode(data).decode(), "sha256": sha256(data)})
    assert made["bytes"] == 200000 and made["sha256"] == sha256(data)
    got = tcrd.rpc("registrar").call("attachment.get", id=contract["id"], name="a.pdf")
    assert base64.b64decode(got["base64"]) == data and got["media_type"] == PDF and got["version"] == 1
    assert rpc.call("attachment.list", id=contract["id"])["items"] == [made]
    assert rpc.call("attachment.remove", id=contract["id"], name="a.pdf")["is_removed"]

    def refusal(**body):
        with pytest.raises(RpcError) as caught:
            rpc.call("attachment.put", id=contract["id"], name="a.pdf", kind="text", body=body)
        return caught.value.data
    good = base64.b64encode(data).decode()
    assert [e["rule"] for e in refusal(media_type=PDF, base64="@@@@")["errors"]] == ["attachment.base64"]
    assert [e["rule"] for e in refusal(media_type=PNG, base64=good)["errors"]] == ["attachment.extension"]
    assert [e["rule"] for e in refusal(media_type=PDF, base64=good, sha256="0" * 64)["errors"]] == ["attachment.digest"]
    assert [(e["pointer"], e["rule"]) for e in refusal(media_type=PDF, base64=good, more=1, sha256="0" * 65)["errors"]] == [
        ("/sha256", "body.text_length"), ("/more", "body.unknown")]
    assert refusal(media_type="text/html", base64=good)["code"] == "media_type"
    assert refusal(media_type=PDF, base64="")["errors"][0]["rule"] == "attachment.empty"
    with pytest.raises(RpcError):
        rpc.call("attachment.put", id=contract["id"], name="a.pdf", kind="text")
    nothing_left(query)


def test_a_file_too_large_for_a_line(tcrd):
    contract = tcrd.filed()
    for size, fits in ((700 * 1024, True), (700 * 1024 + 1, False)):
        data = pdf(size)
        assert put(tcrd.https("agency"), contract, "a.pdf", data).status == 201
        rpc = tcrd.rpc("agency")
        if fits:
            assert base64.b64decode(rpc.call("attachment.get", id=contract["id"], name="a.pdf")["base64"]) == data
        else:
            with pytest.raises(RpcError) as caught:
                rpc.call("attachment.get", id=contract["id"], name="a.pdf")
            assert caught.value.data["code"] == "too_large" and "HTTPS" in caught.value.data["detail"]


# Papers before acceptance, retention


CONDITIONS = ["always", "transfer", "licence", "agent", "intermediary", "foreign_language", "import_buyer", "deductions"]


@pytest.fixture
def confirmed(tcrd):
    """Papers before acceptance are asked for, as after the bureau has confirmed each rule."""
    for name in CONDITIONS:
        tcrd.command("rules", "confirm", "attachment.required." + name)
    yield
    for name in CONDITIONS:
        tcrd.command("rules", "confirm", "attachment.required." + name, "--off")


def test_no_paper_is_asked_for_until_the_bureau_confirms(tcrd, query):
    assert tcrd.https("registrar").act(tcrd.filed(contract_type="201"), "accept").status == 200
    assert query("select count(*) from tcr.rule where id like 'attachment.required.%%' and is_enabled") == [(0,)]


def test_required_kinds_before_acceptance(tcrd, confirmed):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    contract = tcrd.filed(contract_type="201", ip_types=["11"], deductions=[{"kind": "x_equipment", "amount": "1.00"}])
    wanted = registrar.act(contract, "accept")
    assert wanted.status == 422, wanted
    assert {e["rule"] for e in wanted.json["errors"]} == {"accept.attachment_missing"}
    missing = " ".join(e["en"] for e in wanted.json["errors"])
    assert len(wanted.json["errors"]) == 3 and all(kind in missing for kind in ("text", "right", "nontech"))
    for kind in ("text", "right", "nontech"):
        assert put(agency, contract, kind, pdf(), kind=kind).status == 201
    assert agency.request("DELETE", path(contract, "right")).status == 200
    assert [e["rule"] for e in registrar.act(contract, "accept").json["errors"]] == ["accept.attachment_missing"]
    assert put(agency, contract, "证书", pdf(), kind="right").status == 201
    assert registrar.act(contract, "accept").status == 200


def test_conditions_of_required_kinds(tcrd, query, confirmed):
    def missing(**changes):
        contract = tcrd.filed(**changes)
        return query("select tcr.attachment_missing(c) from tcr.contract c where c.id = %s", contract["id"])[0][0]
    assert missing(deductions=[]) == ["text"]
    assert missing(deductions=[], foreign_language=True) == ["chinese", "text"]
    assert missing(deductions=[], filed_as="agent") == ["authority", "text"]
    assert missing(deductions=[], contract_type="301", ip_types=["11"], license={"mode": "1", "years": 3}) == ["right", "text"]
    assert missing(deductions=[{"kind": "x_parts", "amount": "1.00"}]) == ["nontech", "text"]
    query("update tcr.rule set value = 'text, undertaking' where id = 'attachment.required.always'")
    assert missing(deductions=[]) == ["text", "undertaking"], "several kinds at once"
    query("update tcr.rule set value = 'text' where id = 'attachment.required.always'")


def test_retention_lists_and_deletes_only_on_an_order(tcrd, query):
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    refused, kept = tcrd.filed(), tcrd.filed()
    for contract in (refused, kept):
        assert put(agency, contract, "a.pdf", pdf(70000)).status == 201
    assert registrar.act(refused, "refuse", {"reasons": [{"code": "R02"}]}).status == 200
    assert query("select count(*) from tcr.retention_due(tcr.today())") == [(0,)]
    due = query("select contract_id, status, attachments, bytes from tcr.retention_due((tcr.today() + interval '10 years 1 day')::date)")
    assert (int(refused["id"]), "refused", 1, 70000) in due and int(kept["id"]) not in [row[0] for row in due]
    with pytest.raises(Exception, match="not beyond retention"):
        query("select tcr.retention_discard(1, array[%s]::bigint[], '鉴定')", int(refused["id"]))
    query("update tcr.rule set value = '-1 day' where id = 'retention.refused'")
    try:
        with pytest.raises(Exception, match="reason"):
            query("select tcr.retention_discard(1, array[%s]::bigint[], ' ')", int(refused["id"]))
        assert query("select tcr.retention_discard(1, array[%s]::bigint[], '鉴定')", int(refused["id"])) == [(1,)]
    finally:
        query("update tcr.rule set value = '10 years' where id = 'retention.refused'")
    assert agency.get(path(refused, "a.pdf")).status == 404
    assert not items(agency, refused, history=True)[0]["has_content"]
    assert agency.get(path(kept, "a.pdf")).status == 200


def test_the_nightly_job_purges_what_never_ended(tcrd, query):
    contract = tcrd.filed()
    query("""with u as (insert into tcr.attachment_upload (contract_id, account_id, name, kind, media_type, touched_at)
        values (%s, 1, 'old', 'text', 'application/pdf', now() - interval '61 minutes'), (%s, 1, 'new', 'text', 'application/pdf', now())
        returning id) insert into tcr.attachment_piece (attachment_id, no, data) select id, 0, 'x' from u""", contract["id"], contract["id"])
    said = tcrd.command("aggregate")
    assert "1 uploads" in said, said
    assert query("select name from tcr.attachment_upload where contract_id = %s", contract["id"]) == [("new",)]
    query("delete from tcr.attachment_upload")
    query("delete from tcr.attachment_piece p where not exists (select from tcr.attachment a where a.id = p.attachment_id)")


def test_openapi_tells_how(tcrd):
    paths = tcrd.https().get("/openapi.json").json["paths"]["/v1/contracts/{id}/attachments/{name}"]
    assert set(paths) == {"put", "get", "delete"}
    assert "*/*" in paths["put"]["requestBody"]["content"] and "*/*" in paths["get"]["responses"]["200"]["content"]
