"""Every act, every read of the record and every denial of a known account leaves its row; nothing secret reaches a log."""
import uuid

import pytest
from contracts import contract_body
from harness import wait_until


def rows(db, **where):
    with db.cursor() as cursor:
        cursor.execute("select a.name, u.event, u.object, u.outcome from tcr.audit u join tcr.account a on a.id = u.account_id"
                       " where u.request_id = %s", (where["request"],))
        return cursor.fetchall()


def test_acts_reads_and_denials(tcrd, db):
    agency, other, registrar = tcrd.https("agency"), tcrd.https("agency2"), tcrd.https("registrar")
    filed = agency.submit(contract_body())
    contract = filed.json
    path, name = "/v1/contracts/" + contract["id"], "contract " + contract["id"]
    accepted = registrar.act(contract, "accept")
    assert rows(db, request=filed.headers["X-Request-Id"]) == [("agency", "contract.submit", name, "ok")]
    assert rows(db, request=accepted.headers["X-Request-Id"]) == [("registrar", "contract.accept", name, "ok")]
    expected = [
        (agency.get(path), ("agency", "contract.get", name, "ok")),
        (agency.get(path + "/releases"), ("agency", "contract.history", name, "ok")),
        (agency.get("/v1/contracts?limit=1"), ("agency", "contract.list", name, "ok")),
        (other.get(path), ("agency2", "contract.get", name, "not_found")),
        (agency.act(accepted.json, "certify"), ("agency", "contract.certify", "", "forbidden")),
    ]
    for reply, row in expected:
        request = reply.headers["X-Request-Id"]
        wait_until(lambda: rows(db, request=request), f"audit row of {row}", timeout=1.0)
        assert rows(db, request=request) == [row]
    figures = tcrd.https("bureau").get("/v1/statistics?by=year").headers["X-Request-Id"]
    assert rows(db, request=figures) == [], "reads of figures are not audited"


def test_logs_keep_secrets(tcrd):
    body = contract_body()
    body["seller"]["contact"] = {"name": "欧阳无双", "phone": "13912345678"}
    agency = tcrd.https("agency")
    assert agency.submit(body).status == 201
    assert agency.submit(body).code == "duplicate"
    assert agency.submit(dict(body, contract_type="zzz", total_amount="x")).status == 422
    assert agency.post("/v1/contracts", b'{"seller": {"name": "' + body["seller"]["name"].encode() + b'", }').status == 400
    assert tcrd.https().get("/v1/contracts", token="tcrd_not_a_key").status == 401
    logs = tcrd.logs() + tcrd.cluster.log().decode(errors="replace")
    for secret in (body["project_name"], body["seller"]["name"], body["seller"]["credit_code"], "欧阳无双", "13912345678",
                   tcrd.token("agency"), "tcrd_not_a_key"):
        assert secret not in logs


def test_service_role_can_only_call_functions(tcrd, cluster, installation):
    import psycopg2
    db = cluster.connect("tcrd_service", installation.database)
    db.autocommit = True
    for sql in ("select * from tcr.contract", "insert into tcr.audit (account_id, event, outcome, request_id, peer) values (1,'','','','')",
                "delete from tcr.audit", "update tcr.sequence_counter set value = 0", "select tcr.cubes_roll(1, true)",
                "create table tcr.mine (a int)", "create table public.mine (a int)", "select nextval('tcr.contract_id_seq')"):
        with db.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(sql)
    db.close()


def test_disabled_account_ends_at_once_for_writes(tcrd, db, installation):
    token = tcrd.token("agency2")
    agency = tcrd.https("agency2")
    assert agency.submit(contract_body()).status == 201
    with db.cursor() as cursor:
        cursor.execute("update tcr.account set is_active = false where name = 'agency2'")
    try:
        reply = agency.submit(contract_body())
        assert reply.status in (401, 403), reply
        wait_until(lambda: agency.get("/v1/contracts?limit=1", token=token).status == 401, "no longer known", timeout=1.0)
    finally:
        with db.cursor() as cursor:
            cursor.execute("update tcr.account set is_active = true where name = 'agency2'")


def test_key_of_72_hours(tcrd, db):
    """Keys live 72 hours; the nightly job takes them away afterwards."""
    agency, key = tcrd.https("agency"), uuid.uuid4().hex
    body = contract_body()
    first = agency.post("/v1/contracts", body, key=key)
    with db.cursor() as cursor:
        cursor.execute("update tcr.idempotency_key set created_at = now() - interval '73 hours' where key = %s", (key,))
        cursor.execute("select tcr.keys_expire(1000000)")
        cursor.execute("select count(*) from tcr.idempotency_key where key = %s", (key,))
        assert cursor.fetchone() == (0,)
    assert first.status == 201 and agency.post("/v1/contracts", body, key=key).code == "duplicate"
