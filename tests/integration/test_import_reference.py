"""tcrd import: the same values from files, every bad record named, all of the file or nothing."""
import subprocess

import pytest

from harness import CHECKOUT, environment

TARGETS = "region,year,measure,basis,value,pace,source,day\n"
EXTERNAL = ("number,registered_on,contract_type,technical_field,project_name,seller_name,seller_region,buyer_name,buyer_region,"
            "total_amount,technology_amount\n")


@pytest.fixture
def load(installation, tmp_path):
    """load("gdp", text, "--dry-run"): the finished process; text may be bytes or the path of a file."""
    def run(kind, text, *options):
        path = text
        if not hasattr(text, "exists"):
            path = tmp_path / "values.csv"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return subprocess.run([installation.BINARY, "-c", str(installation.config), "import", kind, str(path), *options],
                              capture_output=True, text=True, env=environment(), timeout=120)
    return run


def last_seq(query):
    return query("select value from tcr.sequence_counter")[0][0]


def test_the_published_target_of_linyi(tcrd, load, query):
    path = CHECKOUT / "tests/golden/linyi_targets.csv"
    dry = load("targets", path, "--dry-run")
    assert dry.returncode == 0 and "1 values would be stored; nothing was kept" in dry.stdout, dry
    assert query("select count(*) from tcr.target") == [(0,)]
    done = load("targets", path)
    assert done.returncode == 0 and "1 records: 1 values stored" in done.stdout, done
    again = load("targets", path)
    assert again.returncode == 0 and "1 records: 0 values stored" in again.stdout, again
    with tcrd.https("auditor") as client:
        [item] = client.get("/v1/targets?region=3713&year=2024").json["items"]
        assert (item["value"], item["source"], item["day"]) == ("17000000000.00", "临政字〔2022〕98号", "2022-10-20")
        pace = client.get("/v1/targets/3713/2024/pace?on=2024-06-30").json
        assert (pace["due_percent"], pace["due"]) == ("49.73", "8453551912.57"), "182 of 366 days"
    assert query("select event, object, outcome from tcr.audit where event = 'target.set'") == [
        ("target.set", "target 3713 2024 total_amount registered", "ok")] * 2


def test_every_kind(tcrd, load, query):
    pace = " ".join(str(n) for n in (5, 12, 25, 33, 41, 50, 58, 66, 75, 83, 91, 100))
    done = load("targets", "\ufeff" + TARGETS + f"3713,2025,count,,3200,{pace},规划,2025-01-10\r\n371302,2025,technology_amount,output,1.50,,规划,2025-01-10\r\n")
    assert done.returncode == 0, done
    assert query("select region, measure, basis, value, pace from tcr.target where year = 2025 order by seq") == [
        ("3713", "count", "registered", 3200, [int(n) for n in pace.split()]), ("371302", "technology_amount", "output", 150, None)]
    done = load("gdp", "source,day,value,year,region\n统计公报,2026-02-01,10300000000000.00,2025,37\n统计公报,2026-02-01,600000000000,2025,371300\n")
    assert done.returncode == 0, done
    assert query("select region, value from tcr.region_gdp order by seq") == [("37", 1030000000000000), ("3713", 60000000000000)]
    done = load("peers", "region,period,count,total_amount,technology_amount,source,day\n3702,2024,100,5.00,,公报,2025-02-01\n")
    assert done.returncode == 0, done
    assert query("select region, period, count, total_amount, technology_amount from tcr.peer_figure") == [("3702", "2024", 100, 500, None)]
    rows = "".join(f'P{n},2026-03-02,101,,"密封件, 研发",济南某院,370102,临沂某公司,371302,{n}00.00,{n}.00\n' for n in range(1, 1501))
    done = load("external", EXTERNAL + rows, "--source", "省厅", "--day", "2026-04-08")
    assert done.returncode == 0 and "1500 records: 1500 values stored" in done.stdout, done
    assert query("select count(*), sum(total_amount) from tcr.external_record where source = '省厅'") == [(1500, sum(range(1501)) * 10000)]
    done = load("external", EXTERNAL + rows.replace("P7,2026-03-02", "P7,2026-03-03"), "--source", "省厅", "--day", "2026-05-08")
    assert done.returncode == 0 and "1500 records: 1 values stored" in done.stdout, done
    with tcrd.https("bureau") as client:
        assert client.get("/v1/external/sums?from=2026-03-03&to=2026-03-03").json["count"] == 1


def test_every_bad_record_is_named(load, query):
    before = last_seq(query), query("select count(*) from tcr.audit")
    done = load("targets", TARGETS + "3713,2026,total_amount,,5.00,,规划,2025-01-10\n"     # 2: good
                + "3713,2026,growth,,5.00,,规划,2025-01-10\n"                                # 3: measure
                + "3713,x,total_amount,,5.000,,,2025-02-30\n"                                # 4: year, value, source, day
                + "3799,2026,total_amount,,5.00,,规划,2025-01-10\n"                          # 5: no such place
                + "3713,2027,total_amount,,0,1 2,规划,2025-01-10\n"                          # 6: value and pace
                + "371300,2026,total_amount,registered,6.00,,规划,2025-01-10\n")             # 7: twice
    assert done.returncode == 1 and done.stdout == "", done
    told = [line.split(": record ")[1] for line in done.stderr.splitlines() if ": record " in line]
    named = sorted((int(t.split(": ")[0]), t.split(": ")[1]) for t in told)
    assert [n for n, _ in named] == [3, 4, 4, 4, 4, 5, 6, 6, 7] and {w for n, w in named if n == 4} == {"year", "value", "source", "day"}
    assert {w for n, w in named if n == 6} == {"value", "pace"}
    assert "9 faults; nothing was kept" in done.stderr and (last_seq(query), query("select count(*) from tcr.audit")) == before
    row = "{},2026-03-02,{},,研发,,370102,,{},{},1.00\n"
    done = load("external", EXTERNAL + row.format("B1", "101", "371302", "5.00") + row.format("B2", "999", "371302", "5.00")
                + row.format("B3", "101", "371302", "0.50") + row.format("B1", "101", "371302", "5.00"), "--source", "s", "--day", "2026-04-08")
    assert done.returncode == 1, done
    named = [line.split(": record ")[1].split(": ")[:2] for line in done.stderr.splitlines() if ": record " in line]
    assert sorted(named) == [["2", "number"], ["3", "contract_type"], ["4", "technology_amount"], ["5", "number"]], done
    assert last_seq(query) == before[0]


@pytest.mark.parametrize("kind, text, said", [
    ("gdp", "", "no record"), ("gdp", "region,year,value,source,day\n", "no record"),
    ("gdp", "region,year,value,source\n37,2025,1,s\n", "column day is missing"),
    ("gdp", "region,year,value,source,day,colour\n37,2025,1,s,2025-01-01,red\n", "no column colour"),
    ("gdp", "region,year,value,source,day\n37,2025,1\n", "record 2"), ("gdp", "region,year,value,source,day\n37,2025,0,s,2025-01-01\n", "above zero"),
    ("gdp", "region,region,year,value,source,day\n37,37,2025,1,s,2025-01-01\n", "two columns of one name"),
    ("gdp", 'region,year,value,source,day\n37,2025,1,"s,2025-01-01\n', "quote"),
    ("gdp", "region,year,value,source,day\n37,2025,1,公报,2025-01-01\n".encode("gbk"), "UTF-8"),
    ("gdp", b"region,year\0", "text"), ("peers", "region,period,count,source,day\n3713,2024,1,s,2025-01-01\n", "from the record"),
])
def test_bad_files(load, query, kind, text, said):
    before = last_seq(query)
    done = load(kind, text)
    assert done.returncode == 1 and said in done.stderr and done.stdout == "" and last_seq(query) == before, done


def test_called_wrongly(load, tmp_path):
    for kind, options in (("weather", []), ("external", []), ("external", ["--source", "s"]), ("gdp", ["--day", "2025-01-01"]),
                          ("gdp", ["--colour"]), ("gdp", ["x"])):
        assert load(kind, "a\n", *options).returncode == 2, (kind, options)
    done = load("external", EXTERNAL + "B1,2026-03-02,101,,研发,,370102,,371302,5.00,1.00\n", "--source", "s", "--day", "2026-02-30")
    assert done.returncode == 1 and "day" in done.stderr, done
    missing = load("gdp", tmp_path / "none.csv")
    assert missing.returncode == 1 and "none.csv" in missing.stderr
