"""A bulletin is issued once its period is closed; from then on every form is the same to the byte, and only a corrigendum says otherwise."""
import collections
import concurrent.futures
import datetime
import hashlib
import subprocess
import uuid

import psycopg2
import pytest

from bulletins import paragraphs, read_docx, tables
from contracts import fen, today
from figures import Recomputation, adjust, period_range, register
from harness import environment, wait_until

YEAR = today().year - 1
PERIOD = f"{YEAR}Q4"
NEXT = f"{YEAR + 1}-01"
FORMS = [(form, lang) for form in ("json", "docx", "xlsx", "pdf") for lang in ("zh", "en")]


@pytest.fixture(scope="module")
def record(installation, connection):
    """Contracts from last July to January, all of their days closed."""
    first, last = datetime.date(YEAR, 7, 1), datetime.date(YEAR + 1, 1, 31)
    register(connection, collections.Counter(first + datetime.timedelta(days=n) for n in range(0, (last - first).days + 1, 5)), seed=17)
    installation.command("aggregate")
    return connection


@pytest.fixture
def bureau(tcrd, record):
    with tcrd.https("bureau") as client:
        yield client


def body(number, **more):
    return {"document_number": number, "signer": "李某某", "issued_on": today().isoformat(), **more}


def get(client, path, **kw):
    return client.get("/v1/bulletins/" + path, **kw)


def issue(client, period, number, act="issue", key=None, **more):
    return client.post(f"/v1/bulletins/{period}/{act}", body(number, **more), key=key)


def test_not_closed(bureau, query):
    refused = issue(bureau, PERIOD, "一号")
    assert refused.status == 409 and "is not closed" in refused.json["detail"], refused
    refused = issue(bureau, PERIOD, "一号", "corrigendum", reason="无")
    assert refused.status == 409 and "no bulletin" in refused.json["detail"]
    draft = get(bureau, PERIOD)
    assert draft.status == 200 and draft.json["is_draft"] and "-draft.json" in draft.headers["Content-Disposition"]
    assert bureau.get("/v1/bulletins").json == {"items": [], "next": None, "to_issue": []}
    assert query("select count(*) from tcr.bulletin") == [(0,)]


@pytest.mark.parametrize("period", ["2026-13", "2026Q5", "2026M1-3", "2026-05-01", "x", "1899", "2199", ".docx", "2022.odt", "2022.",
                                    "2022.docx.docx", "2022%00", "%E4%B8%8A%E5%8D%8A%E5%B9%B4", "9" * 300])
def test_no_such_period(bureau, period):
    assert get(bureau, period).status in (400, 404), period
    assert issue(bureau, period, "一号").status in (400, 404), period


@pytest.mark.parametrize("query_text", ["lang=fr", "lang=", "version=-1", "version=1e3", "version=99999999", "version=", "form=docx"])
def test_bad_questions(bureau, query_text):
    assert get(bureau, f"{PERIOD}?{query_text}").status == 400


def test_issued_bytes_stay(bureau, tcrd, record, query):
    assert bureau.post("/v1/closings/" + PERIOD).status == 201
    assert bureau.get("/v1/bulletins").json["to_issue"] == [PERIOD]
    key = uuid.uuid4().hex
    made = issue(bureau, PERIOD, "临科字〔1〕号", key=key)
    assert made.status == 201 and made.headers["Location"] == "/v1/bulletins/" + PERIOD, made
    answer = made.json
    assert (answer["version"], answer["document_number"], answer["signer"], answer["changes"], answer["reason"]) == (
        1, "临科字〔1〕号", "李某某", [], None)
    before = {}
    for form, lang in FORMS:
        got = get(bureau, f"{PERIOD}.{form}?lang={lang}")
        before[form, lang] = got.body
        told = next(f for f in answer["files"] if (f["format"], f["lang"]) == (form, lang))
        assert (told["sha256"], told["bytes"]) == (hashlib.sha256(got.body).hexdigest(), len(got.body))
        assert f"bulletin-{PERIOD}-1.{form}" in got.headers["Content-Disposition"]
    document = get(bureau, PERIOD).json
    assert document["is_draft"] is False and document["issue"]["document_number"] == document["subtitle"] == "临科字〔1〕号"
    texts, found = read_docx(before["docx", "zh"])
    assert found == [[titles, *rows] for titles, rows in tables(document).values()] and "签发人：李某某" in texts
    assert issue(bureau, PERIOD, "临科字〔1〕号", key=key).body == made.body, "repeated with its key"
    assert issue(bureau, PERIOD, "临科字〔3〕号", key=key).code == "key_reused"
    again = issue(bureau, PERIOD, "临科字〔3〕号")
    assert again.status == 409 and "corrigendum" in again.json["detail"]
    adjust(record, 12, seed=5)
    assert bureau.put(f"/v1/targets/3713/{YEAR}", {"measure": "total_amount", "value": "900000000.00", "source": "目标", "day": f"{YEAR}-01-01"
                                                   }).status == 200
    for form, lang in FORMS:
        assert get(bureau, f"{PERIOD}.{form}?lang={lang}").body == before[form, lang], (form, lang)
    assert get(bureau, PERIOD + "?version=0").json["is_draft"], "how it would be now"
    assert query("select event, object, outcome from tcr.audit where event = 'bulletin.issue' and outcome = 'ok'") == [
        ("bulletin.issue", f"bulletin {PERIOD} 1", "ok")]
    wait_until(lambda: query("select count(*) from tcr.audit where event = 'bulletin.get' and object = %s", f"bulletin {PERIOD} 1") == [
        (2 * len(FORMS) + 1,)], "every reading leaves its row")


def test_who_may(bureau, tcrd):
    for role, reads, lists, writes in (("auditor", 200, 200, 403), ("county", 200, 200, 403), ("agency", 403, 403, 403), ("registrar", 403, 403, 403),
                                       ("admin", 403, 403, 403)):
        with tcrd.https(role) as client:
            assert get(client, PERIOD + ".pdf").status == reads, role
            assert client.get("/v1/bulletins").status == lists, role
            assert issue(client, PERIOD, "另一号").status == writes and issue(client, PERIOD, "另一号", "corrigendum", reason="无").status == writes
    with tcrd.https("county") as client:
        assert get(client, PERIOD).body == get(bureau, PERIOD).body
        for path in (NEXT, PERIOD + "?version=0", NEXT + "?version=0"):
            assert get(client, path).status == 404, "no drafts"
        assert client.get("/v1/bulletins").json["to_issue"] == []
    assert tcrd.https().get("/v1/bulletins/" + PERIOD).status == 401


def test_corrigendum(bureau, record, query):
    first = get(bureau, PERIOD + "?version=1")
    refused = issue(bureau, PERIOD, "临科字〔1〕号", "corrigendum", reason="更正")
    assert refused.status == 422 and refused.json["errors"][0]["rule"] == "bulletin.document_number"
    for wrong, pointer in (({"reason": ""}, "/reason"), ({"reason": "x", "signer": None}, "/signer"),
                           ({"reason": "x", "issued_on": (today() + datetime.timedelta(days=1)).isoformat()}, "/issued_on")):
        refused = issue(bureau, PERIOD, "临科字〔2〕号", "corrigendum", **wrong)
        assert refused.status == 422 and [e["pointer"] for e in refused.json["errors"]] == [pointer], refused
    assert issue(bureau, PERIOD, "临科字〔2〕号", "corrigendum", key=False, reason="x").code == "key_missing"
    made = issue(bureau, PERIOD, "临科字〔2〕号", "corrigendum", reason="目标值补录，后续变更见附表")
    assert made.status == 201 and made.json["version"] == 2, made
    changes = {c["pointer"]: (c["before"], c["after"]) for c in made.json["changes"]}
    assert changes["/headline/target"] == (None, "900000000.00")
    # What later acts did to contracts of the period, from the releases.
    truth = Recomputation(record)
    inside = [d for d in truth.deltas if not d["new"] and period_range(PERIOD)[0] <= d["registered_on"] <= period_range(PERIOD)[1]
              and d["day"] > period_range(PERIOD)[1] and truth._inside(truth._place(d, "registered"), "3713")]
    assert inside and changes["/restatements/later/contracts"] == ("0", str(len({d["contract_id"] for d in inside})))
    assert fen(changes["/restatements/later/total_amount"][1]) == sum(d["sign"] * d["total_amount"] for d in inside)
    assert not [p for p in changes if p.startswith(("/headline/total", "/districts")) and "growth" not in p and "pace" not in p
                and not p.endswith(("/target", "/due", "/due_percent", "/reached_percent", "/ahead"))], "closed figures stand"
    second = get(bureau, PERIOD)
    assert second.json["issue"]["version"] == 2 and "更正说明：目标值补录" in paragraphs(second.json)["corrigendum"]
    rows = tables(second.json)["corrigendum"][1]
    assert ["/headline/target", "-", "900000000.00"] in rows and len(rows) == len(changes)
    assert get(bureau, PERIOD + "?version=2").body == second.body and get(bureau, PERIOD + "?version=1").body == first.body
    assert get(bureau, PERIOD + "?version=3").status == 404
    listed = bureau.get(f"/v1/bulletins?year={YEAR}").json["items"]
    assert [(b["period"], b["version"]) for b in listed] == [(PERIOD, 1), (PERIOD, 2)]
    assert bureau.get("/v1/bulletins?year=1999").json["items"] == [] and bureau.get("/v1/bulletins?year=x").status == 400
    with pytest.raises(psycopg2.Error):
        query("update tcr.bulletin set signer = 'x'")
    with pytest.raises(psycopg2.Error):
        query("delete from tcr.bulletin_file")


def test_the_next_one_tells_what_was_adjusted_since(bureau, record):
    """Acts of today on contracts of the year before belong to the running month."""
    document = get(bureau, f"{today():%Y-%m}").json
    earlier = document["restatements"]["earlier"]
    truth = Recomputation(record)
    deltas = [d for d in truth.deltas if not d["new"] and d["day"] >= today().replace(day=1) and truth._inside(
        truth._place(d, "registered"), "3713")]
    assert (earlier["contracts"], earlier["count"], fen(earlier["total_amount"])) == (
        len({d["contract_id"] for d in deltas}), sum(d["sign"] for d in deltas), sum(d["sign"] * d["total_amount"] for d in deltas))
    assert {r[0] for r in tables(document)["restatements"][1]} == {"变更", "注销"}
    assert document["restatements"]["since"] == (today().replace(day=1) - datetime.timedelta(days=1)).isoformat(), "no bulletin before"


def test_agencies_with_few_contracts_show_no_amounts(bureau, record):
    truth = Recomputation(record)
    seen = set()
    for month in range(7, 13):
        period = f"{YEAR}-{month:02d}"
        first, last = period_range(period)
        rows = truth.rows({"by": ["agency"], "basis": "registered", "region": "3713", "first": first, "last": last})
        expected = {r["agency"]: (r["count"], *(r[v] if r["count"] >= 3 else None for v in ("total_amount", "technology_amount"))) for r in rows}
        document = get(bureau, period).json
        assert {a["code"]: (a["count"], a["total_amount"], a["technology_amount"]) for a in document["agencies"]} == expected
        shown = [row[3:] for row in tables(document)["agencies"][1]] if expected else []
        assert sum(row == ["-"] * 3 for row in shown) >= sum(e[1] is None for e in expected.values())
        seen |= {e[1] is None for e in expected.values()}
    assert seen == {True, False}


def test_one_of_many_at_once(bureau, tcrd, query):
    assert bureau.post("/v1/closings/" + NEXT).status == 201

    def attempt(n):
        with tcrd.https("bureau") as client:
            return issue(client, NEXT, f"并发{n}号").status
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [201] + [409] * 3
    assert query("select count(*) from tcr.bulletin where period = %s", NEXT) == [(1,)]
    assert query("select count(*) from tcr.bulletin_file where period = %s", NEXT) == [(8,)]


def test_adjusted_since_the_last_bulletin_of_the_kind(bureau, record):
    document = get(bureau, f"{today():%Y-%m}").json
    last = period_range(NEXT)[1]
    truth = Recomputation(record)
    deltas = [d for d in truth.deltas if not d["new"] and d["day"] > last >= d["registered_on"] and truth._inside(
        truth._place(d, "registered"), "3713")]
    assert document["restatements"]["since"] == last.isoformat()
    assert fen(document["restatements"]["earlier"]["total_amount"]) == sum(d["sign"] * d["total_amount"] for d in deltas)


def test_nothing_is_issued_without_its_files(make_tcrd, bureau, query):
    """A helper that ends at once: 503, the key is free, and nothing of it stays."""
    period = f"{YEAR}-12"
    assert bureau.post("/v1/closings/" + f"{YEAR}H2").status == 201
    daemon = make_tcrd({"paper.helper": "/bin/false", "paper.timeout_ms": 1000})
    key = uuid.uuid4().hex
    with daemon.https("bureau") as client:
        assert issue(client, f"{YEAR}H2", "半年一号", key=key).status == 503
    assert query("select count(*) from tcr.bulletin where period = %s", f"{YEAR}H2") == [(0,)]
    assert issue(bureau, f"{YEAR}H2", "半年一号", key=key).status == 201
    assert issue(bureau, period, "半年二号").status == 409


def test_command_gives_the_issued_file(installation, bureau):
    done = subprocess.run([installation.BINARY, "-c", str(installation.config), "bulletin", PERIOD, "--format", "pdf", "--version", "1", "--out",
                           "-"], capture_output=True, env=environment())
    assert done.returncode == 0 and done.stdout == get(bureau, PERIOD + ".pdf?version=1").body, done.stderr
