"""Contracts as a file: what stands in it equals the record as of one release, whatever happens meanwhile, for whoever may see it."""
import csv
import datetime
import http.client
import io
import json

import pytest

import figures
from clients import tls_context
from harness import contract_body, wait_until
from sheets import XLSX, sheets_of

PATH = "/v1/exports/contracts"
COUNT = 9000
NDJSON = "application/x-ndjson"


@pytest.fixture(scope="module")
def record(installation):
    """Some thousand contracts, so that an export has several pages; a part of them filed by the agency of these tests."""
    installation.command("sample", "--size", COUNT, "--seed", "5")
    db = installation.connect()
    with db.cursor() as cursor:
        cursor.execute("update tcr.contract set agency_id = (select agency_id from tcr.account where name = 'agency') where id %% 7 = 0", ())
        # Some sellers are natural persons.
        cursor.execute("alter table tcr.contract_release disable trigger append_only")
        cursor.execute("update tcr.contract_release set body = jsonb_set(body::jsonb, '{seller,party_type}', '\"600\"')::text"
                       " where contract_id %% 10 = 0 and body is not null", ())
        cursor.execute("alter table tcr.contract_release enable trigger append_only")
        cursor.execute("update tcr.contract set dims = '600' || substr(dims, strpos(dims, E'\\x1f')) where id %% 10 = 0", ())
    figures.adjust(db, 60, seed=3)
    db.close()
    return installation


def export(tcrd, role="bureau", accept="text/csv", query=""):
    with tcrd.https(role) as client:
        return client.get(PATH + query, headers={"Accept": accept})


def rows_of(reply):
    assert reply.status == 200, reply
    return list(csv.DictReader(io.StringIO(reply.body.decode("utf-8"))))


def expected(query, where="true"):
    """Plain SQL over the current state; natural persons are not named."""
    return query(f"""
        select c.id::text, coalesce(c.registration_number, ''), c.status, coalesce(c.registered_on::text, ''), c.contract_type, c.technical_field,
            to_char(c.total_amount / 100.0, 'FM999999999999990.00'), to_char(c.technology_amount / 100.0, 'FM999999999999990.00'),
            case when split_part(c.dims, E'\\x1f', 1) <> '600' then coalesce(c.seller_code, '') else '' end,
            coalesce(c.buyer_zone, c.buyer_region, ''), c.seq::text, g.name
        from tcr.contract c join tcr.agency g on g.id = c.agency_id
        where c.filed_seq is not null and c.status <> 'draft' and {where} order by c.id""")


COLUMNS = ["id", "registration_number", "status", "registered_on", "contract_type", "technical_field", "total_amount", "technology_amount",
           "seller_code", "buyer_district", "seq", "agency"]


def cells(rows):
    return [tuple(row[name] for name in COLUMNS) for row in rows]


def test_csv_equals_the_record(tcrd, record, query):
    reply = export(tcrd)
    assert cells(rows_of(reply)) == expected(query)
    assert reply.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    assert reply.headers["Transfer-Encoding"] == "chunked" and reply.headers["Content-Length"] is None
    seq = query("select value from tcr.sequence_counter")[0][0]
    assert reply.headers["X-As-Of-Seq"] == str(seq)
    assert reply.headers["Content-Disposition"] == f'attachment; filename="contracts-as-of-{seq}.csv"'
    assert reply.body.count(b"\r\n") == reply.body.count(b"\n") == len(rows_of(reply)) + 1


def test_filters(tcrd, record, query):
    for text, where in [
        ("status=cancelled", "c.status = 'cancelled'"),
        ("contract_type=3", "c.contract_type like '3%'"),
        ("contract_type=102", "c.contract_type = '102'"),
        ("technical_field=05&status=registered", "c.technical_field = '05' and c.status = 'registered'"),
        ("district=371372", "case c.filed_as when 'import_buyer' then coalesce(c.buyer_zone, c.buyer_region)"
                            " else coalesce(c.seller_zone, c.seller_region) end = '371372'"),
        ("registered_from=2025-02-03&registered_to=2025-03-01", "c.registered_on between '2025-02-03' and '2025-03-01'"),
        ("signed_from=2099-01-01", "false"),
    ]:
        found = expected(query, where)
        assert cells(rows_of(export(tcrd, query="?" + text))) == found, text
        assert found or "2099" in text, text


def test_who_sees_what(tcrd, record, query):
    county = "case c.filed_as when 'import_buyer' then c.buyer_region else c.seller_region end = '371302'"
    for role, where in [("auditor", "true"), ("registrar", "c.point_id = (select min(id) from tcr.registration_point)"), ("county", county)]:
        assert cells(rows_of(export(tcrd, role))) == expected(query, where), role
    own = rows_of(export(tcrd, "agency"))
    agency = query("select agency_id from tcr.account where name = 'agency'")[0][0]
    assert [r["id"] for r in own] == [r[0] for r in expected(query, f"c.agency_id = {agency}")] and 0 < len(own)
    # The own agency reads the natural persons that it filed for, nobody else does.
    assert any(r["seller_type"] == "600" and r["seller_name"] and r["seller_code"] for r in own)
    for role in ("bureau", "registrar", "auditor", "county"):
        people = [r for r in rows_of(export(tcrd, role)) if r["seller_type"] == "600"]
        assert people and all(r["seller_name"] == r["seller_code"] == "" for r in people), role
    assert export(tcrd, "admin").status == 403
    with tcrd.https() as nobody:
        assert nobody.get(PATH, headers={"Accept": "text/csv"}).status == 401


def test_lines_of_json(tcrd, record, query):
    reply = export(tcrd, accept=NDJSON)
    rows = [json.loads(line) for line in reply.body.decode().splitlines()]
    assert reply.headers["Content-Type"] == NDJSON
    assert [r["id"] for r in rows] == [r[0] for r in expected(query)]
    first = rows[0]
    assert isinstance(first["total_amount"], str) and isinstance(first["seq"], int) and first["agency"]
    assert any(r["seller_name"] is None for r in rows)


def test_pages_over_rpc(tcrd, record, query):
    found, cursor = [], None
    with tcrd.rpc("bureau") as client:
        while True:
            page = client.call("exchange.export", **({"cursor": cursor} if cursor else {}), contract_type="3")
            found += page["items"]
            as_of = page["as_of_seq"]
            cursor = page["next"]
            if cursor is None:
                break
            assert cursor.startswith(f"{as_of}-")
    assert [r["id"] for r in found] == [r[0] for r in expected(query, "c.contract_type like '3%'")]


# The workbook ---------------------------------------------------------------------------------------------------------------

def test_workbook(tcrd, record, query):
    reply = export(tcrd, accept=XLSX)
    assert reply.status == 200 and reply.headers["Content-Type"] == XLSX
    [(name, rows)] = sheets_of(reply.body)
    assert name == f"as_of_seq {reply.headers['X-As-Of-Seq']}"
    heading = [cell[2] for cell in rows[0].values()]
    assert "合同成交额(元)\ntotal amount (yuan)" in heading
    plain = rows_of(export(tcrd))
    letters = list(rows[0])
    names = list(plain[0])
    assert len(letters) == len(names) and len(rows) - 1 == len(plain)
    for row, want in zip(rows[1:], plain):
        for letter, column in zip(letters, names):
            style, kind, value = row.get(letter, (None, None, ""))
            if column in ("total_amount", "technology_amount"):
                assert (style, kind, value) == ("2", None, want[column])
            elif column.endswith("_on") and want[column]:
                day = (datetime.date.fromisoformat(want[column]) - datetime.date(1899, 12, 30)).days
                assert (style, kind, value) == ("3", None, str(day))
            elif column != "seq" and value:
                assert (kind, value) == ("inlineStr", want[column].removeprefix("'"))
            else:
                assert value == want[column]


def test_formulas_stay_texts(tcrd, record, query, db):
    """What a spreadsheet would take for a formula is a text in all three forms."""
    titles = ["=1+1", "@SUM(A1)", "+86", "-5", '=cmd|"/c calc"!A1', "\t=2", "a,\"b\"\nc", "_x0041_ <&> \x07"]
    with db.cursor() as cursor:
        cursor.execute("select array_agg(id order by id) from (select id from tcr.contract where status = 'registered' order by id limit %s) x",
                       (len(titles),))
        for contract, title in zip(cursor.fetchone()[0], titles):
            cursor.execute("update tcr.contract set project_name = %s where id = %s", (title, contract))
    as_csv = [r["project_name"] for r in rows_of(export(tcrd))]
    as_json = [json.loads(line)["project_name"] for line in export(tcrd, accept=NDJSON).body.decode().splitlines()]
    [(_, rows)] = sheets_of(export(tcrd, accept=XLSX).body)
    letter = next(k for k, cell in rows[0].items() if cell[2].startswith("项目名称"))
    as_xlsx = [row[letter] for row in rows[1:]]
    with db.cursor() as cursor:
        cursor.execute("update tcr.contract c set project_name = r.body::jsonb ->> 'project_name' from tcr.contract_release r"
                       " where r.seq = c.filed_seq and c.project_name = any (%s)", (titles,))
    for title in titles:
        at = as_json.index(title)
        assert as_csv[at] == ("'" + title if title[0] in "=+-@\t" else title)
        assert as_xlsx[at][1] == "inlineStr"
        assert as_xlsx[at][2] == title.replace("_x0041_", "_x005F_x0041_").replace("\x07", "")


def test_byte_order_mark(tcrd, record):
    assert export(tcrd, query="?bom=true&layout=short").body.startswith(b"\xef\xbb\xbfregistration_number,")
    assert export(tcrd, query="?layout=short").body.startswith(b"registration_number,registered_on,project_name,")


# One picture ----------------------------------------------------------------------------------------------------------------

def test_one_picture_while_the_record_moves(tcrd, record, query, db):
    """A peer that reads slowly gets the record as it stood when it began, also of contracts that have moved meanwhile."""
    before = rows_of(export(tcrd))
    context = tls_context(tcrd.ca_file)
    client = http.client.HTTPSConnection("127.0.0.1", tcrd.http_port, timeout=60, context=context)
    client.request("GET", PATH, headers={"Accept": "text/csv", "Authorization": f"Bearer {tcrd.token('bureau')}"})
    response = client.getresponse()
    body = response.read(1000)
    figures.adjust(db, 900, seed=77)
    changed = query("select count(*) from tcr.contract where seq > %s", int(response.headers["X-As-Of-Seq"]))[0][0]
    assert changed == 900
    body += response.read()
    client.close()
    after = {r["id"]: r for r in csv.DictReader(io.StringIO(body.decode()))}
    assert list(after) == [r["id"] for r in before]
    assert [after[row["id"]] for row in before] == before
    now = rows_of(export(tcrd))
    assert sum(a["seq"] != b["seq"] for a, b in zip(before, now)) == 900


def test_a_filed_contract_as_it_was(tcrd, record):
    """Names, title and codes of a contract that has moved come from the release of then."""
    contract = tcrd.filed(project_name="导出样例=一")
    with tcrd.rpc("bureau") as client:
        page = client.call("exchange.export")
        as_of, rows = page["as_of_seq"], list(page["items"])
        cursor = page["next"]
        while cursor:
            page = client.call("exchange.export", cursor=cursor)
            rows += page["items"]
            cursor = page["next"]
        first = next(r for r in rows if r["id"] == contract["id"])
        with tcrd.https("registrar") as registrar:
            assert registrar.act(contract, "accept").status == 200
        page = client.call("exchange.export", cursor=f"{as_of}-{int(contract['id']) - 1}")
        then = next(r for r in page["items"] if r["id"] == contract["id"])
        page = client.call("exchange.export", cursor=f"{as_of + 1}-{int(contract['id']) - 1}")
        now = next(r for r in page["items"] if r["id"] == contract["id"])
        page = client.call("exchange.export", cursor=f"{as_of - 1}-{int(contract['id']) - 1}")
        assert all(r["id"] != contract["id"] for r in page["items"]), "not filed yet"
    assert first == then and first["status"] == "submitted" and now["status"] == "accepted"
    assert first["project_name"] == "导出样例=一" and first["seller_name"] and first["signed_on"]
    assert {**now, "status": 0, "status_zh": 0, "seq": 0, "accepted_on": 0} == {**first, "status": 0, "status_zh": 0, "seq": 0, "accepted_on": 0}


def test_drafts_are_not_exported(tcrd, record, query):
    with tcrd.https("agency") as client:
        draft = client.post("/v1/contracts?draft=true", contract_body()).json
    assert all(r["id"] != draft["id"] for r in rows_of(export(tcrd, "agency")))


# Bad input and broken peers -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("text, pointers", [
    ("?status=nothing", ["?status"]),
    ("?registered_from=2024-02-30&bom=1", ["?bom", "?registered_from"]),
    ("?registered_from=2025-01-01&registered_to=2024-01-01", ["?registered_from"]),
    ("?layout=wide&contract_type=999", ["?contract_type", "?layout"]),
    ("?cursor=1-1", ["?cursor"]),
    ("?district=", ["?district"]),
])
def test_parameters_that_cannot_be_read(tcrd, record, text, pointers):
    reply = export(tcrd, query=text)
    assert reply.status == 400 and sorted(e["pointer"] for e in reply.json["errors"]) == pointers, reply


def test_what_is_not_offered(tcrd, record):
    assert export(tcrd, accept="application/json").status == 406
    assert export(tcrd, accept="image/png").status == 406
    assert export(tcrd, accept="*/*").headers["Content-Type"].startswith("text/csv")
    assert export(tcrd, query="?frm=2020-01-01").status == 400


def test_head_and_keep_alive(tcrd, record):
    with tcrd.https("bureau") as client:
        head = client.request("HEAD", PATH, headers={"Accept": "text/csv"})
        assert head.status == 200 and head.body == b"" and head.headers["X-As-Of-Seq"]
        assert len(rows_of(client.get(PATH, headers={"Accept": "text/csv"}))) > COUNT // 2
        assert client.get("/v1/codes").status == 200


def test_an_old_client_gets_it_until_the_end_of_the_connection(tcrd, record):
    with tcrd.raw(f"GET {PATH}?layout=short HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n"
                  f"Authorization: Bearer {tcrd.token('bureau')}\r\n\r\n".encode()) as sock:
        data = b""
        while piece := sock.recv(65536):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    assert b"chunked" not in head and b"Content-Length" not in head and b"Connection: close" in head
    assert body.startswith(b"registration_number,") and body.endswith(b"\r\n") and body.count(b"\n") > COUNT // 2


def test_audited_with_the_number_of_rows(tcrd, record, query):
    count = len(rows_of(export(tcrd, query="?status=cancelled")))

    def rows():
        return query("select object from tcr.audit where event = 'exchange.export' order by id desc limit 2")
    wait_until(lambda: len(rows()) == 2 and rows()[0][0].endswith(f": {count} rows"), "the audit row is there")
    assert rows()[1][0].startswith("contracts as of ") and "rows" not in rows()[1][0]


def test_a_peer_that_leaves_ends_it(tcrd, record, query):
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {tcrd.token('bureau')}\r\n\r\n".encode()
    for _ in range(10):
        with tcrd.raw(request) as sock:
            assert sock.recv(300)
    wait_until(lambda: tcrd.metric("tcrd_calls_open") == 0, "the calls have ended")
    assert query("select count(*) > 0 from tcr.audit where event = 'exchange.export'")[0][0]
    assert len(rows_of(export(tcrd))) > COUNT // 2


def test_a_database_that_goes_breaks_it_off(tcrd, record):
    """What is not whole does not look so: the last chunk is missing."""
    client = http.client.HTTPSConnection("127.0.0.1", tcrd.http_port, timeout=60, context=tls_context(tcrd.ca_file))
    client.request("GET", PATH, headers={"Accept": NDJSON, "Authorization": f"Bearer {tcrd.token('bureau')}"})
    response = client.getresponse()
    response.read(1000)
    tcrd.cluster.stop("immediate")
    with pytest.raises(http.client.HTTPException):
        while response.read(65536):
            pass
    client.close()
