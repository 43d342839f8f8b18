"""Questions that cannot be answered, and those whose answer is nothing: every fault at once with pointer, rule and text in two languages,
the same on both wires and in every form; bounded memory; null where a figure does not exist."""
import os
import pathlib
import re
import urllib.parse

import pytest

import harness
from clients import RpcError
from contracts import today
from figures import fill
from sheets import XLSX

ROWS_MAX = 10000
CELLS = 1_000_000 if os.environ.get("TCRD_LONG") == "1" else 120_000
# Freed memory waits in the quarantine of the sanitizer; a million rows that were held would be far more.
GROWTH_KB = (256 if b"__asan_init" in pathlib.Path(harness.Installation.BINARY).read_bytes() else 64) * 1024
YEAR = today().year
VALUE, UNKNOWN, TWICE, CONFLICT = "query.value", "query.unknown", "query.duplicate", "query.conflict"
LONG = "年" * 300
TOO_MANY = {"zh": f"答案过大，请缩短期间、减少维度或使用 top：超过{ROWS_MAX}行",
            "en": f"the answer is too large: ask for a shorter period or fewer dimensions, or for the top: more than {ROWS_MAX} rows"}


@pytest.fixture(scope="module")
def record(connection):
    fill(connection, seed=7, contracts=120)
    return connection


def faults_of(problem):
    assert all(e["zh"] and e["en"] for e in problem["errors"]), problem
    assert all(re.search("[\u4e00-\u9fff]", e["zh"]) and not re.search("[\u4e00-\u9fff]", re.sub('"[^"]*"', "", e["en"]))
               for e in problem["errors"]), problem
    return sorted((e["pointer"], e["rule"]) for e in problem["errors"])


def refusal(line, method, **parameters):
    with pytest.raises(RpcError) as refused:
        line.call(method, **parameters)
    return refused.value.data


def path_of(parameters, path="/v1/statistics"):
    return path + "?" + urllib.parse.urlencode(parameters)


BAD = [
    # Dimensions and measures.
    ({"by": "years"}, [("?by", UNKNOWN)]), ({"by": ""}, [("?by", UNKNOWN)]), ({"by": "年,季"}, [("?by", UNKNOWN)]),
    ({"by": "year,Month,year,x,month,month"}, [("?by", UNKNOWN), ("?by", TWICE)]), ({"by": LONG}, [("?by", UNKNOWN)]),
    ({"by": "year,seller_code"}, [("?by", UNKNOWN)]), ({"by": "year;drop table"}, [("?by", UNKNOWN)]),
    ({"by": "year,half,quarter,month,day,district,county,region,subtype,agency,unit"}, [("?by", VALUE)]),
    ({"measure": "sum"}, [("?measure", UNKNOWN)]), ({"measure": "count,count"}, [("?measure", TWICE)]), ({"measure": ""}, [("?measure", UNKNOWN)]),
    ({"measure": "合同成交额"}, [("?measure", UNKNOWN)]), ({"measure": "growth_total_amount,rank_"}, [("?measure", UNKNOWN)]),
    ({"measure": "gdp_share"}, [("?measure", CONFLICT)]), ({"measure": "gdp_share", "from": "2024-06-01", "to": "2025-05-31"}, [("?measure", CONFLICT)]),
    ({"measure": "target_completion", "period": "2024", "by": "technical_field"}, [("?measure", CONFLICT)]),
    ({"measure": "external"}, [("?measure", CONFLICT)]),
    # Periods.
    ({"period": ""}, [("?period", VALUE)]), ({"period": "2023-02-30"}, [("?period", VALUE)]), ({"period": "2023-02-29"}, [("?period", VALUE)]),
    ({"period": "1899"}, [("?period", VALUE)]), ({"period": "2200"}, [("?period", VALUE)]), ({"period": "2022H3"}, [("?period", VALUE)]),
    ({"period": "2022M10-1"}, [("?period", VALUE)]), ({"period": "2022M0-3"}, [("?period", VALUE)]), ({"period": "２０２２"}, [("?period", VALUE)]),
    ({"period": "2022 "}, [("?period", VALUE)]), ({"period": "2022Q"}, [("?period", VALUE)]), ({"period": "-2022"}, [("?period", VALUE)]),
    ({"from": "2023-02-30"}, [("?from", VALUE)]), ({"to": "2023-02-30"}, [("?to", VALUE)]), ({"from": "", "to": ""}, [("?from", VALUE), ("?to", VALUE)]),
    ({"from": "0000-01-01", "to": "9999-12-31"}, [("?from", VALUE), ("?to", VALUE)]), ({"from": "2022"}, [("?from", VALUE)]),
    ({"from": "2022-02-01", "to": "2022-01-31"}, [("?to", CONFLICT)]),
    ({"period": "2022", "from": "2022-01-01"}, [("?period", CONFLICT)]),
    ({"period": "2022Q9", "from": "2023-02-30", "to": "2022-01-31"}, [("?from", VALUE), ("?period", CONFLICT), ("?period", VALUE)]),
    # Basis, region, filters.
    ({"basis": "both"}, [("?basis", VALUE)]), ({"basis": ""}, [("?basis", VALUE)]), ({"basis": "吸纳"}, [("?basis", VALUE)]),
    *(({"region": region}, [("?region", VALUE)]) for region in ("3", "371", "37130", "3713021", "", "临沂", "37130x", "-3", "３７１３")),
    *(({"region": region}, [("?region", UNKNOWN)]) for region in ("99", "00", "000000", "371399", "3799")),
    *(({name: "无"}, [(f"?{name}", UNKNOWN)]) for name in ("contract_type", "contract_type4", "subtype", "technical_field", "district", "county",
      "ip_type", "seller_type", "seller_group", "buyer_type", "buyer_group", "industry", "plan_source", "direction", "size_class",
      "seller_district", "buyer_district")),
    *(({name: ""}, [(f"?{name}", VALUE)]) for name in ("unit", "broker", "event", "seller", "buyer", "registration_point", "is_related")),
    ({"unit": "长" * 300}, [("?unit", VALUE)]), ({"is_related": "TRUE"}, [("?is_related", VALUE)]),
    ({"registration_point": "-1"}, [("?registration_point", VALUE)]), ({"registration_point": "9" * 30}, [("?registration_point", VALUE)]),
    ({"agency": ""}, [("?agency", VALUE)]), ({"agency": "-1"}, [("?agency", VALUE)]), ({"agency": "9" * 30}, [("?agency", VALUE)]),
    ({"agency": "self"}, [("?agency", VALUE)]), ({"scope": "own"}, [("?scope", VALUE)]), ({"scope": ""}, [("?scope", VALUE)]),
    # Where the record was, how much of it.
    *(({"as_of": number}, [("?as_of", VALUE)]) for number in ("-1", "x", "", "1.5", "1e3", "9" * 19, "999999999999999999", "７")),
    *(({"top": number}, [("?top", VALUE)]) for number in ("0", "-1", "1001", "x", "", "5.0", "99999999999")),
    ({"sort": "count"}, [("?sort", CONFLICT)]), ({"top": "5", "sort": "rank"}, [("?sort", VALUE)]),
    ({"top": "5", "sort": ""}, [("?sort", VALUE)]),
    # All of it at once, with what only the record knows and what the wire refuses.
    ({"by": "x,year,year", "measure": "y", "period": "z", "basis": "a", "region": "b", "technical_field": "c", "district": "d", "scope": "e",
      "agency": "f", "top": "g", "sort": "h", "as_of": "i"},
     [("?agency", VALUE), ("?as_of", VALUE), ("?basis", VALUE), ("?by", TWICE), ("?by", UNKNOWN), ("?district", UNKNOWN), ("?measure", UNKNOWN),
      ("?period", VALUE), ("?region", VALUE), ("?scope", VALUE), ("?sort", VALUE), ("?technical_field", UNKNOWN), ("?top", VALUE)]),
    ({"by": "x", "as_of": "888888888888"}, [("?as_of", VALUE), ("?by", UNKNOWN)]),
    ({"by": "x", "groupby": "year", "colour": "red"}, [("?by", UNKNOWN), ("?colour", UNKNOWN), ("?groupby", UNKNOWN)]),
    # Forty filters that there are not, and one that is wrong.
    ({**{f"filter_{n}": "1" for n in range(40)}, "direction": "up"},
     [("?direction", UNKNOWN), *((f"?filter_{n}", UNKNOWN) for n in range(40))]),
]


@pytest.mark.parametrize("parameters, expected", BAD, ids=lambda v: urllib.parse.urlencode(v)[:60] if isinstance(v, dict) else "")
def test_every_fault_at_once_on_both_wires(tcrd, record, parameters, expected):
    with tcrd.https("bureau") as client, tcrd.rpc("bureau") as line:
        for accept in ("application/json", "text/csv", XLSX):
            refused = client.get(path_of(parameters), headers={"Accept": accept})
            assert refused.status == 400 and refused.headers["Content-Type"] == "application/problem+json", refused
            assert faults_of(refused.json) == sorted(expected), refused
        problem = refusal(line, "statistics.query", **parameters)
        assert problem["status"] == 400 and faults_of(problem) == sorted(expected), problem


@pytest.mark.parametrize("path", ["members", "restatements"])
def test_lists_tell_every_fault_too(tcrd, record, path):
    with tcrd.https("bureau") as client, tcrd.rpc("bureau") as line:
        parameters = {"period": "2023-02-30", "basis": "x", "region": "371", "as_of": "999999999999", "limit": "0", "cursor": "?", "colour": "red"}
        expected = sorted([("?period", VALUE), ("?basis", VALUE), ("?region", VALUE), ("?as_of", VALUE), ("?limit", VALUE), ("?cursor", VALUE),
                           ("?colour", UNKNOWN)])
        refused = client.get(path_of(parameters, f"/v1/statistics/{path}"))
        assert refused.status == 400 and faults_of(refused.json) == expected, refused
        assert faults_of(refusal(line, f"statistics.{path}", **parameters)) == expected


@pytest.mark.parametrize("query, expected", [
    ("by=year&by=month&by=day&region=3713&region=37&basis=x", [("?basis", VALUE), ("?by", TWICE), ("?by", TWICE), ("?region", TWICE)]),
    ("by=%FF&region=%C3%28", [("?by", VALUE), ("?region", VALUE)]), ("unit=%00", [("?unit", VALUE)]), ("unit=a%0Ab&top=0", [("?top", VALUE), ("?unit", VALUE)]),
    ("unit=%ED%A0%80", [("?unit", VALUE)]), ("=5", [("?", UNKNOWN)]), ("by", [("?by", UNKNOWN)]),
    ("%E5%B9%B4=1&top=0", [("?%E5%B9%B4", UNKNOWN), ("?top", VALUE)]),
    ("&".join(f"n{n}=1" for n in range(450)), [(f"?n{n}", UNKNOWN) for n in range(450)])], ids=range(9))
def test_queries_of_http(tcrd, record, query, expected):
    with tcrd.https("bureau") as client:
        refused = client.get("/v1/statistics?" + query)
        assert refused.status == 400 and faults_of(refused.json) == sorted(expected), refused


@pytest.mark.parametrize("parameters, expected", [
    ({"by": ["year"], "measure": {"count": 1}, "region": 3713.5, "top": 0}, [("?by", VALUE), ("?measure", VALUE), ("?region", VALUE), ("?top", VALUE)]),
    ({"as_of": -1}, [("?as_of", VALUE)]), ({"as_of": True}, [("?as_of", VALUE)]), ({"unit": "a\nb"}, [("?unit", VALUE)]),
    ({"年" * 40: 1, "by": "x"}, [("?" + "年" * 21, UNKNOWN), ("?by", UNKNOWN)])], ids=range(5))
def test_parameters_of_the_line_protocol(tcrd, record, parameters, expected):
    with tcrd.rpc("bureau") as line:
        assert faults_of(refusal(line, "statistics.query", **parameters)) == sorted(expected)
        # Numbers and texts mean the same, null is absent.
        plain = line.call("statistics.query", region="3713", period="2024", top="5", by="month")
        assert line.call("statistics.query", region=3713, period=2024, top=5, by="month", measure=None, basis=None) == plain


def test_other_methods_name_every_parameter_too(tcrd, record):
    with tcrd.https("bureau") as client, tcrd.rpc("bureau") as line:
        refused = client.get("/v1/contracts?colour=red&status=registered&size=3&status=draft")
        assert refused.status == 400 and faults_of(refused.json) == [("?colour", UNKNOWN), ("?size", UNKNOWN), ("?status", TWICE)]
        assert faults_of(refusal(line, "contract.list", colour="red", size=3)) == [("?colour", UNKNOWN), ("?size", UNKNOWN)]


# No figure -----------------------------------------------------------------------------------------------------------------

EVERYTHING = ("count,total_amount,technology_amount,technology_received,technology_income,technology_ratio,average_amount,share,growth,"
              "growth_prev,rank,new,adjustment,target_completion,gdp_share")


def asked(client, **parameters):
    answer = client.get(path_of(parameters))
    assert answer.status == 200, answer
    return answer.json


def test_periods_without_a_figure(tcrd, record):
    """Before the first year: zero, and null for what compares. Not begun yet: no row. Running: up to today."""
    with tcrd.https("bureau") as client:
        for period in ("1900", "1950Q2", "2014-12-31"):
            [row] = asked(client, period=period, measure=EVERYTHING)["rows"]
            assert {k for k, v in row.items() if v is not None and v not in (0, "0.00")} <= {f"rank_{v}" for v in (
                "count", "total_amount", "technology_amount")}
            assert all(row[k] is None for k in row if k.startswith(("growth", "share")) or k in (
                "average_amount", "technology_ratio", "target_completion", "gdp_share"))
            assert asked(client, period=period, measure=EVERYTHING, by="year,district")["rows"] == []
        for parameters in ({"period": "2199"}, {"from": f"{YEAR + 1}-01-01"}, {"from": f"{YEAR + 1}-01-01", "to": "2199-12-31"},
                           {"period": f"{YEAR + 1}H1"}, {"period": "2199-12-31"}):
            assert asked(client, measure=EVERYTHING if "period" in parameters else "count,growth,growth_prev", **parameters)["rows"] == []
        whole = asked(client, **{"from": "1900-01-01", "to": "2199-12-31"}, measure="count,growth,growth_prev")["rows"][0]
        assert whole["count"] == asked(client)["rows"][0]["count"] > 0 and whole["growth_count"] is not None
        [first] = [r for r in asked(client, by="year", measure="total_amount,growth,growth_prev")["rows"] if r["year"] == "2023"]
        assert first["growth_total_amount"] is None and first["growth_prev_total_amount"] is None and first["total_amount"] != "0.00"
        assert asked(client, as_of=0, by="year")["rows"] == [] and asked(client, as_of=0)["rows"][0]["count"] == 0


def test_growth_and_share_of_nothing(tcrd, record):
    with tcrd.https("bureau") as client:
        rows = asked(client, by="month,contract_type", measure="count,total_amount,growth,share", period="2025M1-6")["rows"]
        base = {(r["month"], r["contract_type"]): r for r in asked(client, by="month,contract_type", period="2024")["rows"]}
        for row in rows:
            before = base.get((f"2024{row['month'][4:]}", row["contract_type"]))
            assert (row["growth_count"] is None) == (before is None or before["count"] <= 0)
            assert row["share_count"] is not None
        assert any(row["growth_count"] is None for row in rows) and any(row["growth_count"] is not None for row in rows)


def test_no_gdp_and_no_target(tcrd, record):
    """A GDP of zero is refused where it is set; one that is there divides, absent ones are null."""
    with tcrd.https("bureau") as client:
        refused = client.put("/v1/gdp/3713/2024", {"value": "0.00", "source": "公报", "day": "2025-01-20"})
        assert refused.status == 422 and [e["pointer"] for e in refused.json["errors"]] == ["/value"], refused
        measures = {"period": "2024", "measure": "total_amount,gdp_share,target_completion"}
        assert {asked(client, **measures)["rows"][0][k] for k in ("gdp_share", "target_completion")} == {None}
        assert client.put("/v1/gdp/3713/2024", {"value": "1000000000.00", "source": "公报", "day": "2025-01-20"}).status in (200, 201)
        row = asked(client, **measures)["rows"][0]
        assert row["gdp_share"] is not None and row["target_completion"] is None


def test_a_city_as_six_digits_is_the_city(tcrd, record):
    with tcrd.https("bureau") as client:
        for six, short in (("371300", "3713"), ("370000", "37"), ("3700", "37"), ("110000", "11")):
            one, other = (asked(client, region=region, basis="absorbed", by="county") for region in (six, short))
            assert one == other and one["definition"]["region"] == short
        assert asked(client, region="3713")["rows"][0]["count"] > 0


@pytest.mark.parametrize("parameters, pointers", [
    ({"contract_type": "1", "subtype": "201"}, ["?subtype"]), ({"contract_type": "1", "contract_type4": "K2"}, ["?contract_type4"]),
    ({"subtype": "301", "contract_type4": "K1", "contract_type": "1"}, ["?subtype", "?contract_type4"]),
    ({"district": "370102"}, ["?district"]), ({"county": "371302", "region": "11"}, ["?county"]),
    ({"district": "371302", "county": "370102", "region": "37"}, ["?county"]),
    ({"seller_district": "370102", "basis": "output"}, ["?seller_district"]), ({"buyer_district": "110108", "basis": "local"}, ["?buyer_district"]),
    ({"contract_type": "1", "subtype": "101"}, []), ({"contract_type": "3", "contract_type4": "K2"}, []), ({"contract_type4": "-", "subtype": "101"}, []),
    ({"buyer_district": "110108", "basis": "output"}, []), ({"district": "371371", "county": "371311"}, []),
    ({"district": "371302", "region": "371302"}, []), ({"county": "370102", "region": "37"}, [])])
def test_filters_that_contradict_each_other(tcrd, record, parameters, pointers):
    """No contract meets them: the figure is zero, and the answer says why."""
    with tcrd.https("bureau") as client:
        answer = asked(client, **parameters)
        told = answer["coverage"].get("contradictions", [])
        assert [c["pointer"] for c in told] == pointers and all(c["zh"] and c["en"] and c["rule"] for c in told), answer
        if pointers:
            assert answer["rows"] == [{"count": 0, "total_amount": "0.00", "technology_amount": "0.00"}]


def test_forty_filters_that_there_are(tcrd, record):
    """Every filter at once, and every value that means not stated."""
    names = ["contract_type4", "subtype", "technical_field", "district", "county", "ip_type", "seller_type", "seller_group", "buyer_type",
             "buyer_group", "industry", "plan_source", "unit", "broker", "event", "registration_point", "direction", "size_class",
             "is_related", "seller_district", "buyer_district", "seller", "buyer"]
    with tcrd.https("bureau") as client:
        answer = asked(client, **{name: "-" for name in names}, agency="1", contract_type="1", region="3713")
        assert answer["rows"][0]["count"] == 0 and len(answer["definition"]["filters"]) == len(names) + 2


# Too much ------------------------------------------------------------------------------------------------------------------

FACT_COLUMNS = """seq, contract_id, total_amount, technology_amount, agency_id, point_id, day, registered_on, count, sign, is_new, is_secret,
    contract_type, technical_field, filed_county, filed_district, seller_county, seller_district, buyer_county, buyer_district, seller_code, buyer_code,
    seller_type, buyer_type, direction, size_class"""


@pytest.fixture(scope="module")
def cells(record):
    """As many cells as facts: each with a seller of its own, over two years."""
    with record.cursor() as cursor:
        cursor.execute(f"""insert into tcr.fact ({FACT_COLUMNS}) select (select max(seq) from tcr.fact) + n, 0, n, n, 1, 1,
            date '2024-01-01' + (n %% 731)::integer, date '2024-01-01', 1, 1, true, false, '101', '01', '371302', '371302', '371302', '371302',
            '371302', '371302', 'S' || n / 2, 'B' || n, '150', '150', 'county', 's1' from generate_series(1, %s) n""", (CELLS,))
        cursor.execute("update tcr.sequence_counter set value = value + %s", (CELLS,))
        cursor.execute("analyze tcr.fact")


def peak_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


def test_a_question_of_a_million_cells(tcrd, record, cells, make_tcrd):
    """Refused with the reason on both wires and in every form; the worker stays small. The top of it is answered, with growth."""
    daemon = make_tcrd({"workers": 1, "db.report_timeout_ms": 300000})
    [worker] = daemon.workers()
    with daemon.https("bureau", timeout=300) as client, daemon.rpc("bureau", timeout=300) as line:
        asked(client, by="month", measure=EVERYTHING.replace(",target_completion,gdp_share", ""))
        before = peak_kb(worker)
        for parameters in ({"by": "buyer"}, {"by": "day,seller,buyer,agency,district,subtype,technical_field,direction,size_class,unit",
                                            "measure": "count,total_amount,share,growth,growth_prev,rank,new,adjustment"}):
            for accept in ("application/json", "text/csv", XLSX):
                refused = client.get(path_of(parameters), headers={"Accept": accept})
                assert refused.status == 400 and faults_of(refused.json) == [("?by", "query.too_many")], refused
                assert [refused.json["errors"][0][words] for words in TOO_MANY] == list(TOO_MANY.values()), refused
        for words, told in TOO_MANY.items():
            assert client.get(path_of({"by": "buyer"}), headers={"Accept-Language": words}).json["detail"] == told
        assert faults_of(refusal(line, "statistics.query", by="buyer")) == [("?by", "query.too_many")]
        for parameters in ({"by": "buyer"}, {"by": "seller", "period": "2025"}, {"by": "year,seller"}):
            rows = asked(client, top=1000, measure="total_amount,growth,growth_prev,share,rank", **parameters)["rows"]
            assert len(rows) == 1000 and all(row["growth_total_amount"] is None or float(row["growth_total_amount"]) > -100 for row in rows)
        print("grew by", peak_kb(worker) - before, "kB")
        assert peak_kb(worker) - before < GROWTH_KB, "10,001 rows of three ranges are held at most"


def test_the_top_grows_against_its_own_base(tcrd, record, cells, query):
    """Of every seller at the top the base is found, whatever else there is in it."""
    with tcrd.https("bureau", timeout=60) as client:
        # Pairs: n / 2 is the same for n and n + 1, a day apart; so a base exists where n %% 731 crosses the year.
        rows = asked(client, by="seller", period="2025", top=300, measure="total_amount,growth")["rows"]
        sums = {year: dict(query("select seller_code, sum(total_amount) from tcr.fact where filed_county like '3713%%' and seller_code is not null"
                                 " and extract(year from day) = %s and seller_type <> '600' and not coalesce(is_secret, false) group by 1", year))
                for year in (2024, 2025)}
        grown = 0
        for row in rows:
            if row["seller"] is None:
                continue
            now, base = sums[2025][row["seller"]], sums[2024].get(row["seller"])
            expected = None if base is None else round(100 * (float(now) - float(base)) / float(base), 2)
            grown += base is not None
            assert (row["growth_total_amount"] is None) == (expected is None), row
            assert expected is None or abs(float(row["growth_total_amount"]) - expected) < 0.011
        assert grown > 0
