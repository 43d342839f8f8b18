"""The maintenance commands as a person types them: help, configuration, migrate, agencies, points, accounts, credentials."""
import hashlib
import re
import shutil
import ssl
import subprocess
import threading

import psycopg2
import pytest

from harness import CHECKOUT, Authority, Installation, contract_body, credit_code, environment, wait_until


@pytest.fixture
def tcrd_command(installation):
    """tcrd_command("agency", "list"): the finished process, whatever its status."""
    def run(*arguments, config=installation.config, **more):
        options = ["-c", config] if config else []
        return subprocess.run([installation.BINARY, *map(str, options), *map(str, arguments)], capture_output=True, text=True,
                              env=environment(**more), timeout=60, check=False)
    return run


def refused(done, text):
    assert done.returncode == 1 and text in done.stderr and done.stdout == "", done


# Help and configuration

def test_help_comes_from_one_table(tcrd_command):
    overview = tcrd_command("--help", config=None).stdout
    names = re.findall(r"^  ([a-z]+) +\S", overview.partition("Commands:\n")[2].partition("\n\n")[0], re.M)
    assert {"serve", "migrate", "account", "agency", "point"} <= set(names)
    for name in names:
        done = tcrd_command(name, "--help", config=None)
        assert done.returncode == 0 and done.stdout.startswith(f"Usage: tcrd {name}") or "Usage: tcrd [-c FILE] serve" in done.stdout
    manual = tcrd_command("--man", config=None).stdout
    assert all(f".SS {name}\n" in manual for name in names) and manual.startswith(".TH TCRD 1")


@pytest.mark.parametrize("arguments", [[], ["--nonsense"], ["nonsense"], ["-c"], ["agency"], ["agency", "nonsense"],
                                       ["agency", "add"], ["agency", "add", "x"], ["agency", "add", "x", "--colour", "red"],
                                       ["account", "add", "a", "b", "--roles", "bureau"], ["account", "revoke", "bureau"],
                                       ["account", "add", "a", "--roles", "bureau,,auditor"], ["migrate", "--sql-dir"],
                                       ["account", "key", "revoke", "bureau"], ["serve", "now"]], ids=" ".join)
def test_misuse_is_status_2_and_points_to_help(tcrd_command, arguments):
    done = tcrd_command(*arguments, config=None)
    assert done.returncode == 2 and "--help" in done.stderr, done


def test_configuration_order_and_faults(tcrd_command, tmp_path):
    file = tmp_path / "tcrd.conf"
    file.write_text("# comment\nhttp.port = 1234\nrpc.port = 1235\n")
    done = tcrd_command("--dump-config", config=file, TCRD_RPC_PORT="4321")
    assert "http.port = 1234\n" in done.stdout and "rpc.port = 4321\n" in done.stdout and "admin.port = 8445\n" in done.stdout
    for line, words in (("http.prot = 1", "no such key"), ("http.port = 70000", "1 to 65535"), ("http.port", "key = value")):
        file.write_text(f"workers = 1\n{line}\n")
        done = tcrd_command("--dump-config", config=file)
        assert done.returncode == 1 and words in done.stderr and ":2:" in done.stderr, done
    assert tcrd_command("--dump-config", config=tmp_path / "none").returncode == 1


def test_configuration_test_looks_at_the_files(tcrd_command, installation):
    assert tcrd_command("-t").returncode == 0
    done = tcrd_command("-t", TCRD_TLS_KEY_FILE="/nonexistent/key")
    assert done.returncode == 1 and "/nonexistent/key" in done.stderr


def test_configuration_file_may_follow_the_command(tcrd_command, installation):
    done = tcrd_command("agency", "list", "--config", installation.config, config=None)
    assert done.returncode == 0 and "测试服务点一" in done.stdout, done


# migrate

@pytest.fixture
def empty(cluster):
    """The name of a database without a schema."""
    cluster.script("create database empty owner tcrd_owner")
    yield "empty"
    cluster.script("drop database empty with (force)")


@pytest.fixture
def sql_dir(tmp_path):
    return shutil.copytree(CHECKOUT / "sql", tmp_path / "sql")


def rows(cluster, database, sql):
    db = cluster.connect(database=database)
    with db.cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetchall()
    db.close()
    return found


def test_migrate_twice_changes_nothing(tcrd_command, cluster, empty):
    first = tcrd_command("migrate", TCRD_DB_NAME=empty)
    assert first.returncode == 0 and "migrated to version 1" in first.stdout, first
    counts = "select (select count(*) from tcr.code), (select count(*) from tcr.rule), (select count(*) from tcr.method_role), \
        (select array_agg(oid order by oid) from pg_proc where pronamespace = 'tcr'::regnamespace)"
    before = rows(cluster, empty, counts)
    second = tcrd_command("migrate", TCRD_DB_NAME=empty)
    assert second.returncode == 0 and second.stdout == "the database is up to date\n", second
    assert rows(cluster, empty, counts) == before


def test_two_migrations_at_once_do_the_work_once(installation, cluster, empty):
    started = [subprocess.Popen([installation.BINARY, "-c", str(installation.config), "migrate"], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=environment(TCRD_DB_NAME=empty)) for _ in range(3)]
    done = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], done
    assert sum("migrated to version 1" in out for out, _ in done) == 1
    assert rows(cluster, empty, "select count(*) from tcr.registration_point") == [(1,)]


def test_newer_database_is_refused(tcrd_command, cluster, empty):
    assert tcrd_command("migrate", TCRD_DB_NAME=empty).returncode == 0
    cluster.script("insert into tcr.schema_version (version, name, sha256) values (900, '0900_future.sql', '\\x00')", empty)
    refused(tcrd_command("migrate", TCRD_DB_NAME=empty), "version 900")


def test_foreign_schema_is_refused(tcrd_command, cluster, empty):
    cluster.script("create schema tcr", empty)
    refused(tcrd_command("migrate", TCRD_DB_NAME=empty), "did not make")


def test_failed_migration_leaves_nothing(tcrd_command, cluster, empty, sql_dir):
    last = max(int(path.name[:4]) for path in (sql_dir / "migrations").iterdir())
    (sql_dir / "migrations" / f"{last + 1:04d}_broken.sql").write_text("create table tcr.half (id int);\nselect\n  nonsense;\n")
    done = tcrd_command("migrate", "--sql-dir", sql_dir, TCRD_DB_NAME=empty)
    assert done.returncode == 1 and f"{last + 1:04d}_broken.sql:3:" in done.stderr and "nonsense" in done.stderr, done
    assert rows(cluster, empty, "select max(version), to_regclass('tcr.half') from tcr.schema_version") == [(last, None)]


def test_gap_in_the_migrations_is_refused(tcrd_command, empty, sql_dir):
    (sql_dir / "migrations" / "0901_far.sql").write_text("select 1;\n")
    done = tcrd_command("migrate", "--sql-dir", sql_dir, TCRD_DB_NAME=empty)
    assert done.returncode == 1 and "should stand here" in done.stderr


def test_codes_of_the_bureau_survive(tcrd_command, cluster, empty, sql_dir):
    def migrate():
        done = tcrd_command("migrate", "--sql-dir", sql_dir, TCRD_DB_NAME=empty)
        assert done.returncode == 0, done
        return done.stdout

    migrate()
    cluster.script("""
        update tcr.code set valid_to = '2026-12-31' where list = 'tech_field' and code = '08';
        update tcr.code set name_zh = '自有名称', source = 'bureau' where list = 'tech_field' and code = '09';
        insert into tcr.code (list, code, name_zh, name_en, source) values ('tech_field', '77', '本地领域', 'local', 'bureau');
        update tcr.rule set value = '20 working_day', source = 'bureau' where id = 'decision.limit' and valid_to = 'infinity';
        update tcr.rule set is_enabled = true where id = 'route.province' and region = '3713';
        update tcr.rule set valid_to = '2026-12-31' where id = 'late.warning'""", empty)
    file = sql_dir / "codes" / "tech_field.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("10,现代交通,", "10,现代交通运输,"), encoding="utf-8")
    parameters = sql_dir / "codes" / "parameter.csv"
    parameters.write_text(parameters.read_text(encoding="utf-8").replace(
        "15 working_day", "16 working_day").replace("3 working_day", "4 working_day"), encoding="utf-8")
    assert "loaded tech_field (1 rows" in migrate()
    found = dict((code, (name, str(valid_to))) for code, name, valid_to in rows(
        cluster, empty, "select code, name_zh, valid_to::text from tcr.code where list = 'tech_field'"))
    assert found["08"][1] == "2026-12-31" and found["09"][0] == "自有名称" and found["10"][0] == "现代交通运输" and "77" in found
    value = "select value from tcr.rule where id = '{}' and valid_to >= '2026-12-31'"
    assert rows(cluster, empty, value.format("decision.limit")) == [("20 working_day",)]
    assert rows(cluster, empty, value.format("request.limit")) == [("16 working_day",)], "a shipped row is corrected"
    assert rows(cluster, empty, value.format("correction.warning")) == [("4 working_day",)]
    assert rows(cluster, empty, "select value, valid_to::text from tcr.rule where id = 'late.warning'") == [("4 working_day", "2026-12-31")]
    assert rows(cluster, empty, "select region from tcr.rule where id = 'route.province' and is_enabled") == [("3713",)]


def test_functions_that_went_away_are_dropped(tcrd_command, cluster, empty, sql_dir):
    file = sql_dir / "functions" / "zz_extra.sql"
    migrate = ["migrate", "--sql-dir", sql_dir]
    file.write_text("create function tcr.extra() returns int language sql security definer set search_path = pg_catalog "
                    "as $$ select 1 $$;")
    assert tcrd_command(*migrate, TCRD_DB_NAME=empty).returncode == 0
    may_call = "select count(*) from pg_proc where proname = 'extra' and has_function_privilege('tcrd_service', oid, 'execute')"
    assert rows(cluster, empty, may_call) == [(1,)]
    file.write_text("create function tcr.extra() returns text language sql security definer set search_path = pg_catalog "
                    "as $$ select 'other answer' $$;")
    assert tcrd_command(*migrate, TCRD_DB_NAME=empty).returncode == 0
    assert rows(cluster, empty, "select tcr.extra()") == [("other answer",)]
    file.unlink()
    assert tcrd_command(*migrate, TCRD_DB_NAME=empty).returncode == 0
    assert rows(cluster, empty, "select count(*) from pg_proc where proname = 'extra'") == [(0,)]


def test_functions_are_replaced_under_load(tcrd_command, tcrd, sql_dir):
    """A daemon that runs goes on with the new functions; nobody notices."""
    stop, replies = threading.Event(), []

    def file_contracts():
        with tcrd.https("agency") as client:
            while not stop.is_set():
                replies.append(client.submit(contract_body()))

    clients = [threading.Thread(target=file_contracts) for _ in range(4)]
    for client in clients:
        client.start()
    for turn in range(4):
        before = len(replies)
        with open(sql_dir / "functions" / "common.sql", "a", encoding="utf-8") as file:
            file.write(f"-- turn {turn}\n")
        done = tcrd_command("migrate", "--sql-dir", sql_dir)
        assert "loaded functions" in done.stdout, done
        wait_until(lambda: len(replies) > before + 20, "filing goes on")
    stop.set()
    for client in clients:
        client.join()
    assert [reply for reply in replies if reply.status != 201] == []


def test_ascii_database_is_refused(tcrd_command, cluster):
    cluster.script("create database ascii owner tcrd_owner encoding 'SQL_ASCII' locale 'C' template template0")
    refused(tcrd_command("migrate", TCRD_DB_NAME="ascii"), "UTF8 is needed")
    cluster.script("drop database ascii")


def test_demonstration_is_refused_beside_contracts(tcrd_command, cluster, tcrd, query):
    tcrd.filed()
    assert tcrd_command("migrate", "--demonstration").returncode == 1
    assert query("select is_demonstration from tcr.installation") == [(False,)]


def test_service_role_calls_functions_and_nothing_else(installation, query):
    db = installation.connect("tcrd_service")
    with db.cursor() as cursor:
        cursor.execute("select count(*) from tcr.codes_load()")
        assert cursor.fetchone()[0] > 3000
        for sql in ("select * from tcr.contract", "insert into tcr.audit default values", "delete from tcr.audit", "select tcr.today()",
                    "select tcr.account_list(null)", "select nextval('tcr.contract_id_seq')", "create table tcr.x (id int)",
                    "update tcr.account set is_active = true", "create function tcr.f() returns int language sql as 'select 1'"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(sql)
    db.close()
    assert query("""select p.proname from pg_proc p where p.pronamespace = 'tcr'::regnamespace
        and has_function_privilege('tcrd_service', p.oid, 'execute') <> p.prosecdef""") == []
    assert query("""select proname from pg_proc where pronamespace = 'tcr'::regnamespace and prosecdef
        and not coalesce(array_to_string(proconfig, ',') like '%search_path=%', false)""") == []


# Agencies, points, accounts

def test_agency_faults(tcrd_command):
    add = ["agency", "add", "错误的机构", "--region", "371302"]
    refused(tcrd_command(*add, "--kind", "shop"), "kind shop is unknown")
    refused(tcrd_command("agency", "add", "错误的机构", "--kind", "enterprise", "--region", "999999"), "region 999999")
    refused(tcrd_command(*add, "--kind", "enterprise", "--credit-code", "91371323MA3C00004Q"), "check character")
    refused(tcrd_command(*add, "--kind", "enterprise", "--credit-code", "123"), "18 characters")
    refused(tcrd_command("agency", "add", "测试服务点一", "--kind", "enterprise", "--region", "371302"), "exists already")
    refused(tcrd_command("agency", "disable", "没有的机构"), "no agency")
    code = credit_code()
    assert tcrd_command(*add[:2], "甲", *add[3:], "--kind", "enterprise", "--credit-code", code).returncode == 0
    refused(tcrd_command(*add[:2], "乙", *add[3:], "--kind", "enterprise", "--credit-code", code), "credit code")


def test_disabled_agency_is_shut_out_at_once(installation, tcrd):
    installation.command("agency", "add", "会停用的机构", "--kind", "service_point", "--region", "371302")
    installation.add_account("stopped", "--roles", "agency", "--agency", "会停用的机构")
    with tcrd.https("stopped") as client:
        assert client.submit(contract_body()).status == 201
        installation.command("agency", "disable", "会停用的机构")
        assert client.submit(contract_body()).status in (401, 403)
        installation.command("agency", "enable", "会停用的机构")
        assert client.submit(contract_body()).status == 201


def test_points(tcrd_command, query):
    assert re.search(r"^1 +3713 +01 +3713 +临沂市技术合同登记处 +tcrd +active$", tcrd_command("point", "list").stdout, re.M)
    done = tcrd_command("point", "add", "02", "--region", "370102", "--name", "历下区技术合同登记处", "--number-source", "national")
    assert done.returncode == 0, done
    assert query("select number_region, code, number_source from tcr.registration_point where name like '历下区%'") == [("3701", "02", "national")]
    refused(tcrd_command("point", "add", "02", "--region", "370102", "--name", "又一个"), "exists already: 370102")
    refused(tcrd_command("point", "add", "2", "--region", "370102", "--name", "又一个"), "two digits")


def test_account_faults(tcrd_command):
    refused(tcrd_command("account", "add", "Upper", "--roles", "bureau"), "a-z")
    refused(tcrd_command("account", "add", "x1", "--roles", "king"), "role king is unknown")
    refused(tcrd_command("account", "add", "x1", "--roles", "agency"), "--agency")
    refused(tcrd_command("account", "add", "x1", "--roles", "registrar"), "--point")
    refused(tcrd_command("account", "add", "x1", "--roles", "registrar", "--point", "77"), "77")
    refused(tcrd_command("account", "add", "x1", "--roles", "county"), "--region")
    refused(tcrd_command("account", "add", "x1", "--roles", "bureau", "--employer", "abc"), "18 characters")
    refused(tcrd_command("account", "add", "bureau", "--roles", "bureau"), "exists already")
    refused(tcrd_command("account", "disable", "nobody"), "no account")
    refused(tcrd_command("account", "revoke", "agency", "--roles", "nothing", "--config", "/nonexistent"), "/nonexistent")


def test_roles_given_and_taken_work_from_the_next_call(installation, tcrd):
    installation.add_account("changing", "--roles", "auditor")
    with tcrd.https("changing") as client:
        assert client.submit(contract_body()).status == 403
        installation.command("account", "grant", "changing", "--roles", "agency", "--agency", "测试服务点一")
        wait_until(lambda: client.submit(contract_body()).status == 201, "the new role works", timeout=2)
        assert "agency" not in installation.command("account", "revoke", "changing", "--roles", "agency")
        wait_until(lambda: client.submit(contract_body()).status == 403, "the role is gone", timeout=2)
        installation.command("account", "disable", "changing")
        wait_until(lambda: client.get("/v1/statistics?by=year").status == 401, "the account is disabled", timeout=2)
        installation.command("account", "enable", "changing")
        wait_until(lambda: client.get("/v1/statistics?by=year").status == 200, "the account is enabled", timeout=2)


def test_every_change_leaves_an_audit_row(installation, query):
    before = query("select coalesce(max(id), 0) from tcr.audit")[0][0]
    installation.add_account("audited", "--roles", "bureau")
    installation.command("account", "disable", "audited")
    found = query("select event, outcome, peer from tcr.audit where id > %s and request_id like 'command-%%' order by id", before)
    assert [event for event, _, _ in found] == ["account.add", "credential.add", "account.disable"]
    assert all(outcome == "ok" and peer.startswith("local:") for _, outcome, peer in found)


# Credentials

def test_key_is_shown_once_and_stored_as_a_digest(installation, query, tmp_path):
    installation.command("account", "add", "keyed", "--roles", "bureau")
    token = installation.command("account", "key", "new", "keyed").strip()
    assert re.fullmatch(r"tcrd_[0-9a-f]{64}", token)
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert digest in installation.command("account", "key", "list", "keyed")
    assert query("select count(*) from tcr.credential where sha256 = decode(%s, 'hex')", digest) == [(1,)]
    file = tmp_path / "token"
    file.touch(mode=0o644)
    assert installation.command("account", "key", "new", "keyed", "--out", file) == ""
    assert re.fullmatch(r"tcrd_[0-9a-f]{64}\n", file.read_text()) and file.stat().st_mode & 0o777 == 0o600


def test_two_keys_for_rotation_and_no_third(installation, tcrd_command, tcrd):
    installation.add_account("rotating", "--roles", "bureau")
    second = installation.command("account", "key", "new", "rotating").strip()
    refused(tcrd_command("account", "key", "new", "rotating"), "two live keys")
    number = re.search(r"^(\d+) +\S+ +never +live", installation.command("account", "key", "list", "rotating"), re.M).group(1)
    with tcrd.https("rotating") as old, tcrd.https(token=second) as new:
        assert old.get("/v1/statistics?by=year").status == new.get("/v1/statistics?by=year").status == 200
        installation.command("account", "key", "revoke", "rotating", number)
        wait_until(lambda: old.get("/v1/statistics?by=year").status == 401, "a revoked key is refused", timeout=1)
        assert new.get("/v1/statistics?by=year").status == 200
    refused(tcrd_command("account", "key", "revoke", "rotating", number), "no such live key")
    assert tcrd_command("account", "key", "new", "rotating").returncode == 0


def test_expiry(installation, tcrd_command, tcrd, query):
    installation.command("account", "add", "expiring", "--roles", "bureau")
    refused(tcrd_command("account", "key", "new", "expiring", "--expires", "2020-01-01"), "is over")
    assert tcrd_command("account", "key", "new", "expiring", "--expires", "soon").returncode == 1
    token = installation.command("account", "key", "new", "expiring", "--expires", "2030-06-30").strip()
    assert "2030-06-30" in installation.command("account", "key", "list", "expiring")
    with tcrd.https(token=token) as client:
        assert client.get("/v1/statistics?by=year").status == 200
        query("update tcr.credential set expires_at = now() where account_id = (select id from tcr.account where name = 'expiring')")
        wait_until(lambda: client.get("/v1/statistics?by=year").status == 401, "an expired key is refused", timeout=1)


def test_certificates(installation, tcrd_command, tcrd, tmp_path):
    installation.command("account", "add", "certified", "--roles", "agency", "--agency", "测试服务点一")
    cert = installation.authority.issue("certified")
    with tcrd.https(cert=cert) as client:
        assert client.submit(contract_body()).status == 401  # trusted, bound to nobody
    done = tcrd_command("account", "certificate", "bind", "certified", cert[0])
    assert done.returncode == 0, done
    refused(tcrd_command("account", "certificate", "bind", "bureau", cert[0]), "bound to an account already")
    with tcrd.https(cert=cert) as client:
        # That nobody had this certificate may be remembered for up to a second.
        wait_until(lambda: client.submit(contract_body()).status == 201, "a bound certificate works", timeout=3)
        assert tcrd_command("account", "certificate", "unbind", "certified", cert[0]).returncode == 0
        wait_until(lambda: client.submit(contract_body()).status == 401, "an unbound certificate is refused", timeout=1)
    assert tcrd_command("account", "certificate", "bind", "certified", cert[0]).returncode == 0
    (tmp_path / "none").write_text("no certificate")
    assert tcrd_command("account", "certificate", "bind", "certified", tmp_path / "none").returncode == 1


def test_certificate_of_another_authority_does_not_get_in(tcrd, tmp_path):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        tcrd.https(cert=Authority(tmp_path, "stranger").issue("agency")).get("/openapi.json")


def test_no_database_is_said_in_words(tcrd_command):
    done = tcrd_command("agency", "list", TCRD_DB_HOST="/nonexistent")
    assert done.returncode == 1 and "tcrd agency:" in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_installation_is_made_of_commands_alone(cluster):
    """A second record in the same cluster; what the harness does is what the manual says."""
    second = Installation(cluster, "second", certificates=False)
    assert second.command("account", "list", "both").splitlines()[1].split()[2] == "agency,registrar"
    second.destroy()
