"""tcrd calendar: last days as a person asks for them, loading a year, and what that moves."""
import csv
import datetime
import re
import subprocess

import pytest

from harness import CHECKOUT, environment

SHIPPED = CHECKOUT / "sql" / "codes" / "calendar_day.csv"
# A year as a notice would announce it.
YEAR_2027 = {
    "元旦": (["2027-01-01", "2027-01-02", "2027-01-03"], []),
    "春节": ([f"2027-02-{d:02d}" for d in range(5, 13)], ["2027-02-14", "2027-02-20"]),
    "清明": (["2027-04-03", "2027-04-04", "2027-04-05"], []),
    "劳动节": ([f"2027-05-{d:02d}" for d in range(1, 6)], ["2027-05-08"]),
    "端午": (["2027-06-09"], []),
    "中秋": (["2027-09-15"], []),
    "国庆节": ([f"2027-10-{d:02d}" for d in range(1, 8)], ["2027-09-26", "2027-10-09"]),
}


def rows_2027(**changes):
    year = {**YEAR_2027, **changes}
    return [(day, kind, name) for name, days in year.items() for kind, those in (("holiday", days[0]), ("workday", days[1])) for day in those]


@pytest.fixture
def calendar(installation):
    def run(*arguments):
        return subprocess.run([installation.BINARY, "-c", str(installation.config), "calendar", *map(str, arguments)], capture_output=True,
                              text=True, env=environment(), timeout=60, check=False)
    return run


@pytest.fixture
def file_of(tmp_path):
    def write(rows, header=("day", "kind", "name_zh")):
        path = tmp_path / "year.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([header, *rows])
        return path
    return write


@pytest.fixture
def restored(query):
    """The calendar as it was, behind the test."""
    query("create temporary table kept as select * from tcr.calendar_day")
    yield
    query("delete from tcr.calendar_day; insert into tcr.calendar_day select * from kept; drop table kept")


def due(calendar, start, kind, rules=None, *more):
    done = calendar("due", "--from", start, "--rules", rules or start, "--kind", kind, *more)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 1, done
    return done.stdout


def refused(done, *texts):
    assert done.returncode == 1 and "tcrd calendar:" in done.stderr and done.stdout == "", done
    for text in texts:
        assert text in done.stderr, done.stderr


# Counting

def test_due_prints_the_day_first_and_the_rule_it_was_counted_by(calendar):
    assert due(calendar, "2026-09-18", "decision") == "2026-10-15  decision.limit 15 working_day 2026-03-01.. draft\n"
    assert due(calendar, "2026-02-28", "decision") == "2026-03-30  decision.limit 30 calendar_day ..2026-02-28 final\n"
    assert due(calendar, "2026-12-18", "decision") == "2027-01-11 暂定 provisional  decision.limit 15 working_day 2026-03-01.. draft\n"
    # Accepted under the old rule and looked at in November: still thirty calendar days.
    assert due(calendar, "2026-03-10", "decision", "2026-02-20").startswith("2026-04-09  decision.limit 30 calendar_day")
    assert due(calendar, "2026-09-18", "expert").startswith("2026-11-05 ")
    assert due(calendar, "2026-02-12", "acceptance").startswith("2026-02-26 ")
    assert due(calendar, "2026-09-22", "correction").startswith("2026-10-20 ")
    assert due(calendar, "2026-09-30", "request").startswith("2026-10-27 ")
    assert due(calendar, "2026-03-02", "objection").startswith("2026-05-01 ")


def test_due_with_a_number_of_days(calendar):
    # Sun 20 September is worked: Mon 21 is the second day.
    assert due(calendar, "2026-09-18", "decision", None, "--days", "2").startswith("2026-09-21  decision.limit 2 working_day")
    assert due(calendar, "2026-01-31", "decision", None, "--days", "1").startswith("2026-02-01  decision.limit 1 calendar_day")
    # A year of working days from a shipped year, counted here day by day.
    free, worked = set(), set()
    for row in csv.DictReader(SHIPPED.open(encoding="utf-8")):
        (free if row["kind"] == "holiday" else worked).add(row["day"])
    day, left = datetime.date(2024, 1, 2), 400
    while left:
        day += datetime.timedelta(days=1)
        left -= day.isoformat() in worked or (day.weekday() < 5 and day.isoformat() not in free)
    assert due(calendar, "2024-01-02", "request", None, "--days", "400").startswith(day.isoformat() + " ")


def test_a_term_that_the_rules_of_the_day_do_not_have(calendar):
    refused(calendar("due", "--from", "2026-02-20", "--rules", "2026-02-20", "--kind", "expert"), "the rules of 2026-02-20 set no term for expert")
    refused(calendar("due", "--from", "2026-02-20", "--rules", "2026-02-20", "--kind", "tea"), "kind tea is unknown")


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["load"], ["load", "a", "b"], ["show"], ["show", "26"], ["show", "1889"], ["show", "20266"], ["show", "next"],
    ["due"], ["due", "--from", "2026-01-01"], ["due", "--from", "2026-01-01", "--rules", "2026-01-01"],
    ["due", "--from", "2026-02-30", "--rules", "2026-01-01", "--kind", "decision"],
    ["due", "--from", "2026-01-01", "--rules", "1.1.2026", "--kind", "decision"],
    ["due", "--from", "2026-01-01", "--rules", "2026-01-01", "--kind", "decision", "--days", "0"],
    ["due", "--from", "2026-01-01", "--rules", "2026-01-01", "--kind", "decision", "--days", "99999"],
    ["due", "--from", "2026-01-01", "--rules", "2026-01-01", "--kind", "decision", "--days", "ten"],
    ["due", "--from", "2026-01-01", "--rules", "2026-01-01", "--kind", "decision", "2026-01-02"]], ids=" ".join)
def test_misuse(calendar, arguments):
    done = calendar(*arguments)
    assert done.returncode == 2 and "tcrd calendar --help" in done.stderr, done


# Loading

def test_every_shipped_year_is_a_good_file(calendar, file_of, query):
    with SHIPPED.open(encoding="utf-8") as file:
        shipped = [tuple(row.values()) for row in csv.DictReader(file)]
    for year in range(2018, 2027):
        done = calendar("load", file_of([row for row in shipped if row[0].startswith(str(year))]))
        assert (done.returncode, done.stdout) == (0, "0 days new or changed, 0 dropped\n"), (year, done)
    assert query("select count(*) from tcr.calendar_day where loaded_by is not null") == [(0,)]


FAULTS = {
    "day": ([("2027-02-30", "holiday", "春节")], "record 2: day is a day, YYYY-MM-DD"),
    "words": ([("soon", "holiday", "春节")], "record 2: day is a day, YYYY-MM-DD"),
    "kind": ([("2027-02-05", "feast", "春节")], "record 2: kind is holiday or workday"),
    "name": ([("2027-02-05", "holiday", "")], "record 2: name_zh is missing"),
    "weekday": ([("2027-02-15", "workday", "春节")], "record 2: 2027-02-15 is no weekend"),
    "twice": ([("2027-02-05", "holiday", "春节"), ("2027-02-05", "workday", "春节")], "record 3: 2027-02-05"),
    "nothing": ([], "the file has no day"),
    "one day of a year": ([("2029-01-01", "holiday", "元旦")], "2029 is not whole, and its calendar is not loaded"),
}


@pytest.mark.parametrize("rows, words", FAULTS.values(), ids=FAULTS)
def test_a_bad_year_is_refused_whole(calendar, file_of, query, rows, words):
    before = query("select md5(string_agg(c::text, '|' order by day)) from tcr.calendar_day c")
    refused(calendar("load", file_of(rows)), words)
    assert query("select md5(string_agg(c::text, '|' order by day)) from tcr.calendar_day c") == before


NOT_WHOLE = {
    "hole": (rows_2027(春节=(["2027-02-05", "2027-02-06", "2027-02-08"], [])), "春节 has a hole: 2027-02-08 follows 2027-02-06"),
    "no spring festival": (rows_2027(春节=([], [])), "2027 has no holiday 春节"),
    "no mid-autumn": (rows_2027(中秋=([], [])), "2027 has no holiday 中秋"),
    "National Day worked": (rows_2027(国庆节=([f"2027-10-{d:02d}" for d in range(3, 8)], [])), "2027-10-01 is no holiday in the file"),
}


@pytest.mark.parametrize("rows, words", NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_a_year_that_is_not_whole_is_loaded_with_a_warning(calendar, file_of, restored, rows, words):
    done = calendar("load", file_of(rows))
    assert done.returncode == 0 and "warning: " in done.stderr and words in done.stderr, done


def test_a_file_of_another_shape(calendar, file_of, tmp_path):
    refused(calendar("load", file_of([("2027-02-05", "holiday")], header=("day", "kind"))), "record 2: name_zh is missing")
    refused(calendar("load", file_of([("2027-02-05", "holiday")])), "3 columns are needed")
    assert calendar("load", tmp_path / "absent.csv").returncode == 1


def test_show(calendar):
    text = calendar("show", "2026").stdout
    assert re.search(r"^2026-02-14 +周六 +workday +春节 +final$", text, re.M) and len(text.splitlines()) == 40
    assert re.search(r"^2027-01-01 +周五 +holiday +元旦 +provisional 暂定$", calendar("show", "2027").stdout, re.M)


def test_a_load_counts_provisional_days_anew_and_leaves_final_ones(calendar, file_of, tcrd, query, restored):
    """Three contracts: provisional and moved, provisional and right, final however wrong."""
    accepted = [tcrd.accepted() for _ in range(3)]
    submitted, ids = tcrd.filed(), [int(c["id"]) for c in accepted]
    def put(number, start, due_on, provisional, column="accepted_on"):
        query(f"update tcr.contract set {column} = %s, due_on = %s, due_is_provisional = %s where id = %s", start, due_on, provisional, number)
    put(ids[0], "2027-01-25", "2027-02-15", True)
    put(ids[1], "2026-12-18", "2027-01-11", True)
    put(ids[2], "2027-01-25", "2027-02-16", False)
    put(int(submitted["id"]), "2027-02-03", "2027-02-10", True, "submitted_on")
    # 25 January: 26 to 29 4, 1 to 4 February 8, 5 to 12 free, Sun 14 9, Mon 15 10 to Fri 19 14, Sat 20 15.
    # 18 December: as before, because 1 to 3 January were counted as they are. 3 February: Thu 4 1, Sun 14 2, 15 3, 16 4, Wed 17 5.
    (loads,), = query("select count(*) from tcr.audit where object = 'calendar 2027'")
    done = calendar("load", file_of(rows_2027()))
    assert done.returncode == 0, done
    assert f"contract {ids[0]} (accepted): 2027-02-15 -> 2027-02-20" in done.stdout
    assert f"contract {ids[1]} (accepted): 2027-01-11 -> 2027-01-11" in done.stdout
    assert f"contract {submitted['id']} (submitted): 2027-02-10 -> 2027-02-17" in done.stdout
    assert f"contract {ids[2]} " not in done.stdout and "暂定" not in done.stdout
    found = query("select id, due_on::text, due_is_provisional from tcr.contract where id = any(%s) order by id", [*ids, int(submitted["id"])])
    assert found == [(ids[0], "2027-02-20", False), (ids[1], "2027-01-11", False), (ids[2], "2027-02-16", False),
                     (int(submitted["id"]), "2027-02-17", False)]
    assert due(calendar, "2027-01-25", "decision").startswith("2027-02-20  decision.limit")
    assert query("select count(*), min(event) from tcr.audit where object = 'calendar 2027'") == [(loads + 1, "calendar.load")]
    again = calendar("load", file_of(rows_2027()))
    assert again.stdout == "0 days new or changed, 0 dropped\n"
    # The notice is corrected: a day that went away goes, and the shipped calendar does not bring back what was corrected by hand.
    changed = calendar("load", file_of(rows_2027(劳动节=([f"2027-05-{d:02d}" for d in range(1, 5)], ["2027-05-08"]))))
    assert changed.stdout == "0 days new or changed, 1 dropped\n", changed


def test_what_was_loaded_by_hand_survives_the_shipped_calendar(calendar, file_of, installation, query, restored):
    with SHIPPED.open(encoding="utf-8") as file:
        year = [tuple(row.values()) for row in csv.DictReader(file) if row["day"].startswith("2026")]
    year = [("2026-05-09", "workday", "劳动节改") if row[0] == "2026-05-09" else row for row in year if row[0] != "2026-10-10"]
    assert calendar("load", file_of(year)).stdout == "1 days new or changed, 1 dropped\n"
    query("delete from tcr.schema_part where name = 'codes/calendar_day'")
    installation.command("migrate", "--sql-dir", CHECKOUT / "sql")
    assert query("select day::text, name_zh from tcr.calendar_day where day in ('2026-05-09', '2026-10-10')") == [("2026-05-09", "劳动节改")]


def test_the_method_shows_a_year(tcrd):
    agency = tcrd.https("agency")
    answer = agency.get("/v1/calendar/2026")
    assert answer.status == 200 and answer.json["is_provisional"] is False and len(answer.json["items"]) == 39, answer
    assert {"day": "2026-10-10", "kind": "workday", "name_zh": "国庆节"} in answer.json["items"]
    unknown = agency.get("/v1/calendar/2031").json
    assert unknown["is_provisional"] is True and [d["day"] for d in unknown["items"]] == [
        "2031-01-01", "2031-05-01", "2031-05-02", "2031-10-01", "2031-10-02", "2031-10-03"]
    assert agency.get("/v1/calendar/1066").status == 404 and agency.get("/v1/calendar/next").status == 404
    assert tcrd.https("county").get("/v1/calendar/2026").status == 403
