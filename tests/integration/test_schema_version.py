"""A daemon serves the schema that it was built for, and says so otherwise; what is public asks nobody."""
from contracts import contract_body
from harness import wait_until


def test_another_schema_is_not_served(make_tcrd, tcrd, db):
    with db.cursor() as cursor:
        cursor.execute("insert into tcr.schema_version select (jsonb_populate_record(v,"
                       " jsonb_build_object('version', v.version + 1))).* from tcr.schema_version v order by version desc limit 1")
    try:
        daemon = make_tcrd(start=False)
        daemon.start(wait=False)
        wait_until(lambda: "ev=schema_version" in daemon.logs(), "the daemon names the wrong version")
        assert daemon.admin("/ready")[0] == 503
        assert daemon.https("agency").submit(contract_body()).status == 503
    finally:
        with db.cursor() as cursor:
            cursor.execute("delete from tcr.schema_version where version = (select max(version) from tcr.schema_version)")
    daemon.wait_ready()
    assert daemon.https("agency").submit(contract_body()).status == 201


def test_public_methods_ask_nobody(tcrd):
    client = tcrd.https()
    for path in ("/openapi.json", "/v1/codes", "/v1/codes/tech_field"):
        assert client.get(path, token="tcrd_stale").status == 200
    assert client.get("/v1/contracts", token="tcrd_stale").status == 401
