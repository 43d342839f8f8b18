"""tcrd rules: looking at the law, checking and loading files, confirming, taking back; and what a daemon that runs makes of it."""
import csv
import hashlib
import io
import subprocess
import threading

import pytest

from harness import CHECKOUT, contract_body, environment, fen, money, today, wait_until

COLUMNS = ["id", "kind", "region", "value", "applies_to", "severity", "article", "proof", "source", "zh", "en", "valid_from", "valid_to",
           "is_enabled", "is_required", "parent"]
SNAPSHOT = "select md5(string_agg(r::text, '|' order by r.id, r.region, r.valid_from)) from tcr.rule r"


@pytest.fixture
def rules(installation):
    """rules("list", "--kind", "set"): the finished process."""
    def run(*arguments, **more):
        return subprocess.run([installation.BINARY, "-c", str(installation.config), "rules", *map(str, arguments)], capture_output=True,
                              text=True, env=environment(**more), timeout=60, check=False)
    return run


@pytest.fixture
def file_of(tmp_path):
    """file_of({...}, {...}): a CSV file with these rows."""
    def write(*rows, columns=COLUMNS, name="rules.csv"):
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path = tmp_path / name
        path.write_text(text.getvalue(), encoding="utf-8")
        return path
    return write


def term(value, valid_from="", valid_to="", **more):
    return {"id": "request.limit", "kind": "parameter", "value": value, "proof": "practice", "source": "市科技局", "zh": "期限", "en": "term",
            "valid_from": valid_from, "valid_to": valid_to, **more}


@pytest.fixture
def snapshot(query):
    return lambda: query(SNAPSHOT)[0][0]


@pytest.fixture
def restored(query):
    """The table as it was, behind a test that decides contracts too, so that its loads cannot be taken back."""
    query("create temporary table kept as select * from tcr.rule")
    yield
    # Not by a command, so the daemon is told in the way of a migration that the rows are others.
    query("delete from tcr.rule; insert into tcr.rule select * from kept; drop table kept;"
          " update tcr.schema_part set loaded_at = clock_timestamp()")


def refused(done, *texts):
    assert done.returncode == 1 and "tcrd rules:" in done.stderr and done.stdout == "", done
    for text in texts:
        assert text in done.stderr, done.stderr


def batch_of(done):
    assert done.returncode == 0, done
    return int(done.stdout.split()[-1])


# Looking

def test_list_by_day_and_kind(rules):
    sets = {day: rules("list", "--kind", "set", "--on", day).stdout for day in ("2026-02-28", "2026-03-01")}
    assert "R2001" in sets["2026-02-28"] and "R2026" not in sets["2026-02-28"]
    assert "R2026" in sets["2026-03-01"] and "R2001" not in sets["2026-03-01"]
    old, new = (rules("list", "--on", day).stdout for day in ("2026-02-28", "2026-03-01"))
    assert "30 calendar_day" in old and "\ncriterion  P03 " in old and "expert.threshold" not in old
    assert "15 working_day" in new and "\ncriterion  P03 " not in new and "technology_amount >= 5000000.00" in new
    assert "criterion" not in rules("list", "--kind", "refusal").stdout
    refused(rules("list", "--kind", "laws"), "kind laws is unknown")


def test_show_has_every_validity_with_its_proof(rules):
    text = rules("show", "decision.limit").stdout
    assert "..2026-02-28" in text and "2026-03-01.." in text and "第十四条" in text and "final" in text and "draft" in text
    refused(rules("show", "no.such"), "there is no rule no.such")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["list", "--on", "2026-02-30"], ["list", "--on", "today"], ["list", "extra"], ["show"],
                                       ["show", "a", "b"], ["load"], ["load", "a", "--dryly"], ["undo"], ["undo", "first"], ["undo", "-1"],
                                       ["confirm"], ["confirm", "a", "--region"], ["check", "a", "b"], ["loads", "all"]], ids=" ".join)
def test_misuse(rules, arguments):
    done = rules(*arguments)
    assert done.returncode == 2 and "tcrd rules --help" in done.stderr, done


def test_the_shipped_rules_have_no_fault(rules):
    done = rules("check")
    assert (done.returncode, done.stdout) == (0, "the rules have no fault\n"), done


def test_check_names_what_is_wrong_in_the_table(rules, query):
    query("alter table tcr.rule disable trigger guard_rule")
    query("update tcr.rule set valid_from = '2026-03-03' where id = 'decision.limit' and valid_from = '2026-03-01'")
    query("update tcr.rule set valid_to = '2026-03-10' where id = 'D01' and valid_to = '2026-02-28'")
    query("update tcr.rule set valid_to = '2026-06-30' where id in ('late.warning', 'form.date')")
    query("update tcr.rule set value = 'perhaps' where id = 'limit.roll'")
    try:
        refused(rules("check"), "decision.limit: gap: 2026-03-01..2026-03-02 has no row", "D01: overlap: 2026-03-01..2026-03-10 has two rows",
                "late.warning: the program names this rule", "form.date: the program names this rule", "limit.roll: the value perhaps")
    finally:
        query("update tcr.rule set valid_from = '2026-03-01' where id = 'decision.limit' and valid_from = '2026-03-03'")
        query("update tcr.rule set valid_to = '2026-02-28' where id = 'D01' and valid_to = '2026-03-10'")
        query("update tcr.rule set valid_to = 'infinity' where id in ('late.warning', 'form.date')")
        query("update tcr.rule set value = 'none' where id = 'limit.roll'")
        query("alter table tcr.rule enable trigger guard_rule")
    assert rules("check").returncode == 0


# Loading

def test_gap_and_overlap_are_refused_and_nothing_is_kept(rules, file_of, snapshot, query):
    before = snapshot(), query("select count(*) from tcr.rule_batch")
    refused(rules("load", file_of(term("10 working_day", "2027-01-01"))), "request.limit: overlap: 2027-01-01.. has two rows")
    refused(rules("load", file_of(term("15 working_day", "", "2026-12-31"), term("10 working_day", "2027-02-01"))),
            "request.limit: gap: 2027-01-01..2027-01-31 has no row")
    # Several ids, areas apart from each other: each is named.
    refused(rules("load", file_of(term("9 working_day", "2027-01-01"), term("8 working_day", "", "2026-06-30", region="3713"),
                                  term("7 working_day", "2026-06-30", region="3713"), {**term("6 working_day", "2028-01-01"), "id": "expert.limit"})),
            "request.limit: overlap: 2027-01-01..", "request.limit 3713: overlap: 2026-06-30..2026-06-30", "expert.limit: overlap: 2028-01-01..")
    assert (snapshot(), query("select count(*) from tcr.rule_batch")) == before


def test_a_rule_set_must_be_there_for_every_day(rules, file_of):
    row = {"id": "rule_set", "kind": "set", "value": "R2026", "proof": "final", "article": "x", "source": "x", "zh": "新", "en": "new",
           "valid_from": "2026-03-01", "valid_to": "2027-12-31"}
    refused(rules("load", file_of(row)), "rule_set: gap: no rule set before 2026-03-01 or after 2027-12-31")


def test_every_fault_of_a_file_is_named_at_once(rules, file_of, snapshot):
    before = snapshot()
    good = term("10 working_day")
    faults = [
        ({**good, "proof": "rumour"}, "record 2: request.limit: proof rumour is unknown"),
        ({**good, "proof": "final"}, "record 3: request.limit: final without an article"),
        ({**good, "kind": "form"}, "record 4: request.limit: it is of kind parameter"),
        ({**good, "id": "request.limits"}, "record 5: request.limits: the program knows no parameter of this id"),
        ({**good, "value": "10 days"}, 'record 6: request.limit: value must be a term like "15 working_day"'),
        ({**good, "id": "expert.threshold"}, 'record 7: expert.threshold: value must be a bound like "total_amount > 10000000.00"'),
        ({**good, "valid_from": "2027-02-29"}, "record 8: request.limit: valid_from is a day"),
        ({**good, "valid_from": "2027-02-02", "valid_to": "2027-02-01"}, "record 9: request.limit: valid_to lies before valid_from"),
        ({**good, "region": "990000"}, "record 10: request.limit: region 990000 is unknown"),
        ({**good, "zh": "", "source": ""}, "record 11: request.limit: source is missing"),
        ({**good, "is_enabled": "maybe"}, "record 12: request.limit: is_enabled is true or false"),
        ({**good, "id": "X01", "kind": "criterion"}, "record 13: X01: applies_to is GEN, DEV"),
        ({**good, "id": "limit.roll", "value": "sometimes"}, "record 14: limit.roll: value is one of none, next_working_day"),
        ({**good, "id": "form.date", "kind": "form"}, "record 15: form.date: severity is refusal, waivable or hint"),
        ({**good, "id": "712", "kind": "type", "applies_to": "DEV"}, "record 16: 712: a type is a digit from 1 to 5"),
        ({**good, "id": "R02", "kind": "refusal", "is_enabled": "false"}, "record 17: R02: a refusal cannot be switched off"),
        ({**good, "value": "0 working_day"}, 'record 18: request.limit: value must be a term like "15 working_day"'),
    ]
    path = file_of(*(row for row, _ in faults))
    refused(rules("load", path), *(text for _, text in faults), "record 11: request.limit: zh is missing")
    refused(rules("check", path), *(text for _, text in faults))
    refused(rules("load", file_of(good, good)), "record 3: request.limit: stands more than once")
    assert snapshot() == before


@pytest.mark.parametrize("text, words", [("", "at least one row"), ("nonsense\n", "at least one row"), ("id,kind,value\n", "at least one row"),
                                         ("id,kind\nrequest.limit\n", "2 columns are needed"), ("id,kind\n\"a,b\n", "a quote is not closed"),
                                         ("id,colour\nrequest.limit,red\n", "there is no column colour")], ids=["empty", "nonsense", "header", "short", "quote", "column"])
def test_files_that_cannot_be_read(rules, tmp_path, text, words):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    for verb in (["load"], ["load", "--dry-run"], ["check"]):
        refused(rules(*verb, path), words)
    assert rules("load", tmp_path / "absent.csv").returncode == 1


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\u0007", "\ufeff"])
def test_texts_that_nobody_can_see_are_refused(rules, file_of, snapshot, sign):
    before = snapshot()
    path = file_of(term("10 working_day"), term("10 working_day", "2027-01-01", zh="期限" + sign + "工作日"))
    for verb in (["load"], ["load", "--dry-run"], ["check"]):
        refused(rules(*verb, path), "record 3: zh is not UTF-8, holds control characters or invisible format characters")
    assert snapshot() == before


def test_preview_shows_and_keeps_nothing(rules, file_of, snapshot):
    before = snapshot()
    path = file_of(term("15 working_day", "", "2026-12-31", source="test"), term("10 working_day", "2027-01-01"))
    done = rules("load", path, "--dry-run")
    assert done.returncode == 0 and "changed  request.limit" in done.stdout and "valid_to: infinity -> 2026-12-31" in done.stdout, done
    assert "new  request.limit  2027-01-01.." in done.stdout and "2 rows would change; nothing was kept" in done.stdout
    assert rules("check", path).stdout == f"{path} has no fault\n"
    assert snapshot() == before


def test_load_holds_from_its_day_and_is_taken_back_exactly(rules, file_of, snapshot, query):
    before = snapshot()
    due = "select (tcr.due_on('request', '2027-03-01', %s)).due_on - date '2027-03-01'"
    was = query(due, "2027-01-01")
    path = file_of(term("15 working_day", "", "2026-12-31"), term("10 calendar_day", "2027-01-01"))
    number = batch_of(rules("load", path))
    assert query(due, "2026-12-31") == was and query(due, "2027-01-01") == [(10,)]
    assert rules("load", path).stdout == "nothing changes\n"
    listed = rules("loads").stdout.splitlines()[-1].split()
    assert listed[0] == str(number) and listed[1] == "load" and str(path) in listed and listed[-1] == "-"
    assert query("select sha256 from tcr.rule_batch where number = %s", number) == [(hashlib.sha256(path.read_bytes()).hexdigest(),)]
    done = rules("undo", number)
    assert (done.returncode, done.stdout) == (0, "rows taken back: 2\n"), done
    assert snapshot() == before
    refused(rules("undo", number), "was taken back already")
    refused(rules("undo", 4711), "there is no batch 4711")
    audit = query("select event, outcome, peer from tcr.audit where object = %s order by id", f"rule_batch {number}")
    assert [event for event, _, _ in audit] == ["rule.load", "rule.undo"]
    assert all(outcome == "ok" and peer.startswith("local:") for _, outcome, peer in audit)


def test_the_last_load_is_taken_back_first(rules, file_of, snapshot, restored):
    before = snapshot()
    first = batch_of(rules("load", file_of(term("11 working_day"))))
    second = batch_of(rules("load", file_of(term("12 working_day"))))
    refused(rules("undo", first), f"batch {first} cannot be taken back: request.limit was changed after it")
    assert rules("undo", second).returncode == 0 and rules("undo", first).returncode == 0
    assert snapshot() == before


def test_a_load_that_decisions_rest_on_stays(rules, file_of, tcrd, restored):
    number = batch_of(rules("load", file_of({**term("16 working_day", "2026-03-01"), "id": "decision.limit"})))
    registrar = tcrd.https("registrar")
    contract = tcrd.accepted()
    assert registrar.act(contract, "certify").status == 200
    refused(rules("undo", number), f"contract {contract['id']} was decided under it")
    back = {**term("15 working_day", "2026-03-01"), "id": "decision.limit"}
    assert rules("load", file_of(back)).returncode == 0, "what is wrong is corrected by another load"


def test_loads_come_one_after_the_other(rules, file_of, query, restored):
    paths = [file_of(term(f"{n} working_day"), name=f"{n}.csv") for n in range(20, 28)]
    done = []
    threads = [threading.Thread(target=lambda p=p: done.append(rules("load", p))) for p in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(d.returncode == 0 for d in done), done
    numbers = sorted(batch_of(d) for d in done)
    assert numbers == list(range(numbers[0], numbers[0] + 8))
    assert query("select count(*) from tcr.rule where id = 'request.limit'") == [(1,)]


def test_migrate_leaves_the_rows_of_the_bureau(rules, file_of, installation, query, restored):
    batch_of(rules("load", file_of(term("13 working_day"))))
    query("delete from tcr.schema_part where name = 'codes/parameter'")
    installation.command("migrate", "--sql-dir", CHECKOUT / "sql")
    assert query("select value, source from tcr.rule where id = 'request.limit'") == [("13 working_day", "市科技局")]


# Confirming

def test_confirm_switches_the_row_of_the_area(rules, snapshot, query):
    before = snapshot()
    on = "select region from tcr.rule where id = 'route.province' and is_enabled"
    first = batch_of(rules("confirm", "route.province"))
    assert query(on) == [("3713",)]
    refused(rules("confirm", "route.province"), "route.province 3713 is switched on already")
    second = batch_of(rules("confirm", "route.province", "--region", "3703"))
    assert sorted(query(on)) == [("3703",), ("3713",)]
    third = batch_of(rules("confirm", "route.province", "--off"))
    assert query(on) == [("3703",)]
    refused(rules("confirm", "nothing"), "there is no parameter or line nothing that can be switched\n")
    refused(rules("confirm", "route.province", "--region", "3701"), "route.province that can be switched for region 3701")
    refused(rules("confirm", "R02"), "there is no parameter or line R02")
    for number in (third, second, first):
        assert rules("undo", number).returncode == 0
    assert snapshot() == before
    events = query("select event from tcr.audit where object = any(%s)", [f"rule_batch {n}" for n in (first, second, third)])
    assert sorted(e for (e,) in events) == ["rule.confirm", "rule.confirm", "rule.switch_off"] + ["rule.undo"] * 3


@pytest.mark.parametrize("amount, route", [("9999999.99", "point"), ("10000000.00", "point"), ("10000000.01", "province")])
def test_the_limit_of_the_city_once_it_is_confirmed(rules, tcrd, restored, amount, route):
    # Nearly all of it is equipment: the technology amount stays far below what experts review.
    body = contract_body(total_amount=amount, deductions=[{"kind": "x_equipment", "amount": money(fen(amount) - 100_000_00)}])
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    assert agency.post("/v1/contracts/check", body, key=False).json["route"] == "point", "shipped switched off"
    batch_of(rules("confirm", "route.province"))
    assert agency.post("/v1/contracts/check", body, key=False).json["route"] == route
    contract = agency.submit(body).json
    assert contract["route"] == route
    accepted = registrar.act(contract, "accept").json
    done = registrar.act(accepted, "certify")
    if route == "point":
        assert done.status == 200, done
    else:
        assert (done.status, done.code) == (409, "route"), done


# A daemon that runs

def test_a_running_daemon_reads_what_was_loaded(rules, file_of, tcrd, restored):
    registrar = tcrd.https("registrar")
    line = {"id": "G77", "kind": "criterion", "applies_to": "GEN", "proof": "practice", "source": "市科技局", "zh": "本地要点", "en": "a local line",
            "valid_from": today().isoformat()}
    contract = tcrd.accepted()
    bare = registrar.act(contract, "certify", {})
    assert "G77" not in bare.rules
    batch_of(rules("load", file_of(line)))
    wait_until(lambda: "G77" in registrar.act(contract, "certify", {}).rules, "the line is asked", timeout=15)
    listed = lambda: [(c["code"], c["parent"]) for c in tcrd.https().get("/v1/codes/rule_checklist").json["items"]]
    wait_until(lambda: all(("G77", "GEN") in listed() for _ in range(6)), "the public list has it, whichever worker answers", timeout=15)
    assert rules("confirm", "G77", "--off").returncode == 0
    wait_until(lambda: "G77" not in registrar.act(contract, "certify", {}).rules, "the line is gone", timeout=15)


def test_the_method_shows_the_rows_of_a_day(tcrd):
    auditor = tcrd.https("auditor")
    answer = auditor.get("/v1/rules?on=2026-02-28&kind=parameter")
    assert answer.status == 200 and answer.json["rule_set"] == "R2001", answer
    rows = {(r["id"], r["region"]): r for r in answer.json["items"]}
    limit = rows["decision.limit", None]
    assert (limit["value"], limit["proof"], limit["valid_from"], limit["valid_to"]) == ("30 calendar_day", "final", None, "2026-02-28")
    assert rows["route.province", "3713"]["is_enabled"] is False
    kinds = {r["kind"] for r in auditor.get("/v1/rules").json["items"]}
    assert kinds == {"set", "form", "type", "criterion", "exclusion", "refusal", "parameter"}
    for role, status in (("registrar", 200), ("bureau", 200), ("admin", 200), ("agency", 403), ("county", 403)):
        assert tcrd.https(role).get("/v1/rules?kind=set").status == status, role
    assert auditor.get("/v1/rules?kind=laws").status == 400 and auditor.get("/v1/rules?on=2026-02-30").status == 400
    assert tcrd.https().get("/v1/rules").status == 401
    assert tcrd.rpc("registrar").call("rule.list", kind="set", on="2026-03-01")["items"][0]["value"] == "R2026"


# A record from before the law was rows

@pytest.fixture
def before_the_law(cluster):
    """A database with the migrations up to 0003 and what a bureau had written into the tables of then."""
    cluster.script("create database former owner tcrd_owner")
    db = cluster.connect(user="tcrd_owner", database="former")
    db.autocommit = True
    with db.cursor() as cursor:
        for file in sorted((CHECKOUT / "sql" / "migrations").glob("000[123]_*.sql")):
            cursor.execute(file.read_text(encoding="utf-8"))
        cursor.execute("""
            create table tcr.schema_version (version integer primary key, name text not null, sha256 bytea not null,
                applied_at timestamptz not null default now());
            create table tcr.schema_part (name text primary key, sha256 bytea not null, loaded_at timestamptz not null default now());
            insert into tcr.schema_version select n, 'x', '\\x00' from generate_series(1, 3) n;
            insert into tcr.parameter (name, value, article, proof, source, valid_from, valid_to) values
                ('decision.limit_days', '30', 'x', 'final', '国科发政字〔2000〕063号: 30 days from acceptance', '-infinity', '2026-02-28'),
                ('decision.limit_kind', 'calendar', 'x', 'final', '国科发政字〔2000〕063号', '-infinity', '2026-02-28'),
                ('decision.limit_days', '12', null, 'practice', '市科技局', '2026-03-01', 'infinity'),
                ('decision.limit_kind', 'working', null, 'draft', 'MIIT draft of 20 Dec 2024, Art.14', '2026-03-01', 'infinity');
            insert into tcr.rule (id, severity, proof, zh, en) values ('form.date', 'refusal', 'practice', '旧', 'old');
            insert into tcr.code (list, code, name_zh, name_en, parent, source) values
                ('rule_checklist', 'G01', '采用书面形式', 'Contract is in writing', 'GEN', '2000 办法 Art.9 [S4]'),
                ('rule_checklist', 'G90', '本市要点', 'of the city', 'DEV-', '市科技局'),
                ('contract_type', '101', '委托开发', 'Commissioned development', '1', 'code PROPOSED (no official code found)')""")
    yield db
    db.close()
    cluster.script("drop database former with (force)")


def test_an_older_record_becomes_rows_and_keeps_what_was_the_bureaus(rules, installation, before_the_law):
    done = subprocess.run([installation.BINARY, "-c", str(installation.config), "migrate", "--sql-dir", str(CHECKOUT / "sql")],
                          capture_output=True, text=True, env=environment(TCRD_DB_NAME="former"), timeout=120, check=False)
    assert done.returncode == 0, done
    with before_the_law.cursor() as cursor:
        cursor.execute("select id, kind, value, applies_to, zh, source from tcr.rule where id in ('decision.limit', 'G90', 'form.date', '101') "
                       "order by id, valid_from")
        found = cursor.fetchall()
        cursor.execute("select count(*) from tcr.rule where id = 'G01'")
        assert cursor.fetchone() == (2,), "both regimes have their row"
    assert [row[:4] for row in found] == [("101", "type", None, "DEV"), ("G90", "exclusion", None, "DEV"),
                                          ("decision.limit", "parameter", "30 calendar_day", None),
                                          ("decision.limit", "parameter", "12 working_day", None), ("form.date", "form", None, None)]
    assert found[1][4:] == ("本市要点", "市科技局") and found[3][5] == "市科技局" and found[4][4] != "旧"
    assert rules("check", TCRD_DB_NAME="former").returncode == 0
