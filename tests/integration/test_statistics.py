"""Figures: every answer equals a recomputation from the releases - before, after and during a roll-up, and while contracts come in."""
import csv
import hashlib
import io
import itertools
import json
import random
import threading
import urllib.parse

import pytest

from contracts import today
from harness import wait_until
from figures import ALL_MEASURES, DIMENSIONS, Recomputation, adjust, fill, period_range, random_question, register, without_names

@pytest.fixture(scope="module")
def record(connection):
    """Years of contracts; nothing is rolled up and no day closed."""
    fill(connection, seed=20)
    return connection


def ask(client, **parameters):
    answer = client.get("/v1/statistics?" + urllib.parse.urlencode(parameters))
    assert answer.status == 200, (parameters, answer)
    return answer.json


def agencies_of(db):
    with db.cursor() as cursor:
        cursor.execute("select distinct agency_id::text from tcr.contract order by 1")
        return [row[0] for row in cursor.fetchall()]


def compare(client, truth, questions):
    for question, parameters in questions:
        answer = ask(client, **parameters)
        assert answer["as_of_seq"] == truth.as_of_seq
        expected = [] if question.get("first") and question["first"] > today() else truth.rows(question)
        assert without_names(answer["rows"]) == expected, parameters


def random_questions(db, seed, count):
    rng = random.Random(seed)
    agencies = agencies_of(db)
    return [random_question(rng, agencies) for _ in range(count)]


def test_random_questions_before_the_first_roll_up(tcrd, record, query):
    assert query("select rolled_seq from tcr.cube_state") == [(0,)]
    with tcrd.https("bureau") as client:
        compare(client, Recomputation(record), random_questions(record, 1, 250))


def test_random_questions_with_part_of_the_facts_rolled_up(tcrd, record, query):
    seqs = [row[0] for row in query("select seq from tcr.fact order by seq")]
    with tcrd.https("auditor") as client:
        for part in (0.1, 0.5, 0.93):
            query("select tcr.cubes_roll(%s, false)", seqs[int(len(seqs) * part)])
            compare(client, Recomputation(record), random_questions(record, part, 80))


def test_random_questions_after_the_nightly_job(tcrd, record, query):
    output = tcrd.command("aggregate")
    assert "0 differences" in output, output
    assert query("select rolled_seq = (select max(seq) from tcr.fact) from tcr.cube_state") == [(True,)]
    with tcrd.https("registrar") as client:
        compare(client, Recomputation(record), random_questions(record, 3, 250))


def test_random_questions_with_new_contracts_on_top(tcrd, record):
    register(record, {today(): 40}, seed=5)
    with tcrd.https("bureau") as client:
        compare(client, Recomputation(record), random_questions(record, 4, 150))


def test_random_questions_with_later_acts(tcrd, record):
    adjust(record, 60, seed=8)
    with tcrd.https("bureau") as client:
        compare(client, Recomputation(record), random_questions(record, 8, 150))
        row = ask(client, measure="new_count,adjustment_count,count")["rows"][0]
        assert row["adjustment_count"] < 0 and row["count"] == row["new_count"] + row["adjustment_count"]


def test_figures_stay_right_while_cubes_are_rolled_and_rebuilt(tcrd, record, installation):
    """Answers are asked without pause while another connection rebuilds the cubes and rolls them up."""
    register(record, {today(): 10}, seed=6)
    truth = Recomputation(record)
    questions = random_questions(record, 7, 60)
    done = threading.Event()
    rolls = []

    def roll():
        db = installation.connect()
        db.autocommit = False
        seqs = [c["seq"] for c in truth.contracts]
        with db.cursor() as cursor:
            while not done.is_set():
                for part in (0, 0.3, 0.6, 1):
                    if part == 0:
                        for table in ("cube_area", "cube_party", "cube_flow", "cube_agency"):
                            cursor.execute(f"delete from tcr.{table}")
                        cursor.execute("update tcr.cube_state set rolled_seq = 0")
                    else:
                        cursor.execute("select tcr.cubes_roll(%s, false)", (seqs[int((len(seqs) - 1) * part)],))
                    db.commit()
                    rolls.append(part)
        db.close()

    thread = threading.Thread(target=roll)
    thread.start()
    try:
        with tcrd.https("bureau") as client:
            while len(rolls) < 40:
                compare(client, truth, questions)
    finally:
        done.set()
        thread.join()


def test_figures_are_those_of_their_as_of_seq_while_contracts_are_certified(tcrd, record, installation):
    """An answer says up to which release it counts; recomputing up to that one gives the same figures."""
    parameters = {"by": "contract_type", "measure": ALL_MEASURES, "period": str(today().year)}
    question = {"by": ["contract_type"], "basis": "registered", "region": "3713"}
    question["first"], question["last"] = period_range(parameters["period"])
    answers = []
    done = threading.Event()

    def certify():
        # Not by this daemon, which keeps an answer until it looks again: so each time it is waited for.
        db = installation.connect()
        for seed in range(6):
            register(db, {today(): 3}, seed=100 + seed)
            with db.cursor() as cursor:
                cursor.execute("select max(seq) from tcr.fact")
                last = cursor.fetchone()[0]
            wait_until(lambda seq=last: answers and answers[-1]["as_of_seq"] >= seq, "the daemon has seen it")
        db.close()
        done.set()

    thread = threading.Thread(target=certify)
    thread.start()
    with tcrd.https("bureau") as client:
        while not done.is_set():
            answers.append(ask(client, **parameters))
        answers.append(ask(client, **parameters))
    thread.join()
    seen = {a["as_of_seq"]: a for a in answers}
    assert len(seen) > 3
    for seq, answer in seen.items():
        assert without_names(answer["rows"]) == Recomputation(record, seq).rows(question)
    for answer in answers:
        assert answer == seen[answer["as_of_seq"]]


def test_certified_over_https_counts_at_once(tcrd, record):
    parameters = {"by": "day,agency,contract_type", "from": today().isoformat(), "region": "37", "basis": "output"}
    question = {"by": ["day", "agency", "contract_type"], "basis": "output", "region": "37", "first": today(), "last": None}
    with tcrd.https("bureau") as bureau, tcrd.https("registrar") as registrar:
        for _ in range(5):
            contract = tcrd.accepted()
            assert registrar.act(contract, "certify").status == 200
            rows = without_names(ask(bureau, measure=ALL_MEASURES, **parameters)["rows"])
            assert rows == Recomputation(record).rows(question)


def test_an_agency_reads_its_own_contracts_live(tcrd, record, query):
    own = str(query("select agency_id from tcr.account where name = 'agency'")[0][0])
    other = str(query("select agency_id from tcr.account where name = 'agency2'")[0][0])
    truth = Recomputation(record)
    with tcrd.https("agency") as client:
        for question, parameters in random_questions(record, 8, 60):
            parameters.pop("agency", None)
            answer = ask(client, **parameters)
            question["agency"] = own
            future = question.get("first") and question["first"] > today()
            assert without_names(answer["rows"]) == ([] if future else truth.rows(question)), parameters
        assert ask(client, agency="self")["rows"] == ask(client, agency=own)["rows"] == ask(client)["rows"]
        for agency in (other, "999999"):
            refused = client.get(f"/v1/statistics?agency={agency}")
            assert refused.status == 403 and refused.json["errors"][0]["pointer"] == "?agency", refused


def test_a_county_reads_its_county(tcrd, record):
    truth = Recomputation(record)
    question = {"by": ["contract_type4", "quarter"], "basis": "absorbed", "region": "371302"}
    with tcrd.https("county") as client:
        rows = ask(client, by="contract_type4,quarter", basis="absorbed", measure=ALL_MEASURES)["rows"]
        assert without_names(rows) == truth.rows(question)
        for region in ("3713", "371311", "37"):
            assert client.get(f"/v1/statistics?region={region}").status == 403


def test_roles_without_figures(tcrd, record):
    with tcrd.https("admin") as client:
        assert client.get("/v1/statistics").status == 403
    with tcrd.https() as client:
        assert client.get("/v1/statistics").status == 401


# The area as an agency sees it -----------------------------------------------------------------------------------------------

AREA_QUESTIONS = ["year", "half", "quarter", "month", "year,district", "quarter,contract_type", "district", "contract_type",
                  "contract_type4", "technical_field", "month,contract_type4", "district,technical_field",
                  "quarter,district,contract_type", ""]


def area(client, by, **parameters):
    if by:
        parameters["by"] = by
    return ask(client, scope="area", measure=ALL_MEASURES, **parameters)


@pytest.fixture(scope="module")
def closed(installation, record):
    """The last closed day and a recomputation as of it."""
    installation.command("aggregate")
    with record.cursor() as cursor:
        cursor.execute("select last_day, seq from tcr.closing order by last_day desc limit 1")
        day, seq = cursor.fetchone()
    return day, Recomputation(record, seq)


def test_an_agency_sees_the_area_as_of_the_last_closed_day(tcrd, record, closed):
    day, truth = closed
    hidden = shown = grown = shared = ranked = 0
    with tcrd.https("agency") as client:
        for by in AREA_QUESTIONS:
            for basis in ("registered", "output", "absorbed", "local"):
                answer = area(client, by, basis=basis)
                question = {"by": by.split(",") if by else [], "basis": basis, "region": "3713"}
                groups = truth.groups(question, None, day)
                expected = truth.rows({**question, "last": day, "now": day})
                assert answer["as_of_seq"] == truth.as_of_seq and answer["coverage"]["closed_on"] == day.isoformat()
                assert [row["count"] for row in answer["rows"]] == [row["count"] for row in expected]
                for row, full in zip(without_names(answer["rows"]), expected):
                    contracts = groups[tuple(row[b] for b in question["by"])]
                    small = (len(contracts) < 3 or len({c["seller_code"] for c in contracts}) < 3
                             or len({c["buyer_code"] for c in contracts}) < 3)
                    assert not ((small or basis != "registered") and row["total_amount"] is not None), (by, basis, row)
                    same = [k for k in row if not k.startswith("growth_prev_")]
                    assert all(row[k] == full[k] for k in same if "count" in k)
                    assert all(row[k] in (None, full[k]) for k in same)
                    # What an amount is made of is never told.
                    assert all(row[k] is None for k in row if k.startswith(("new_", "adjustment_")) and "amount" in k)
                    if row["total_amount"] is None:
                        hidden += 1
                        assert [k for k, v in row.items() if v is not None and ("amount" in k or "ratio" in k)] == []
                    else:
                        shown += 1
                        grown += row["growth_total_amount"] is not None
                        shared += row["share_total_amount"] is not None
                        ranked += row["rank_total_amount"] is not None
                        assert [row[k] for k in ("technology_amount", "technology_ratio", "average_amount")] == [
                            full[k] for k in ("technology_amount", "technology_ratio", "average_amount")]
        assert hidden > 50 and shown > 25 and grown > 5 and shared > 20 and ranked > 10, (hidden, shown, grown, shared, ranked)


COARSER = {"month": {"month": str, "quarter": lambda k: f"{k[:4]}Q{(int(k[5:]) + 2) // 3}", "year": lambda k: k[:4]},
           "quarter": {"quarter": str, "year": lambda k: k[:4]}}


def test_no_hidden_amount_follows_from_a_sum(tcrd, record, closed):
    """Of the parts of a cell that is shown none is hidden, or at least two are."""
    sums = 0
    with tcrd.https("agency") as client:
        for by in ("month", "quarter,contract_type", "district,technical_field", "month,contract_type4"):
            rows = area(client, by)["rows"]
            for view in itertools.product(*([*COARSER.get(name, {name: str}).items(), None] for name in by.split(","))):
                names = [v[0] for v in view if v]
                parts = {}
                for row in rows:
                    key = tuple(v[1](row[name]) for v, name in zip(view, by.split(",")) if v)
                    parts.setdefault(key, []).append(row)
                for whole in area(client, ",".join(names))["rows"]:
                    hidden = [row for row in parts[tuple(whole[n] for n in names)] if row["total_amount"] is None]
                    if whole["total_amount"] is not None and hidden:
                        sums += 1
                        assert names == by.split(",") or len(hidden) > 1 and sum(row["count"] for row in hidden) >= 3, (by, hidden)
    assert sums > 20


@pytest.mark.parametrize("parameters, pointers", [
    ("by=day", ["?by"]),
    ("by=agency,county", ["?by", "?by"]),
    ("by=year,district,contract_type,technical_field", ["?by"]),
    ("district=371302&contract_type=1&agency=self", ["?contract_type", "?district", "?agency"]),
    ("period=2025-06-30", ["?period"]),
    ("from=2025-06-02&to=2025-06-30", ["?from"]),
    ("region=371302", ["?region"]),
    ("region=37", ["?region"]),
])
def test_an_agency_may_not_cut_the_area_finer(tcrd, record, parameters, pointers):
    with tcrd.https("agency") as client:
        refused = client.get("/v1/statistics?scope=area&" + parameters)
        assert refused.status == 403
        assert [e["pointer"] for e in refused.json["errors"]] == pointers


def test_the_database_refuses_the_same(tcrd, record, query):
    """Also when the daemon would not: no row comes back for what an account may not ask."""
    def rows(account, scope="area", region="3713", by=(), first=None, last=None, field=None, agency=None):
        filters = (["technical_field"], [field]) if field else ([], [])
        return query("select * from tcr.statistics((select id from tcr.account where name = %s), %s, 'registered', %s, %s::text[], %s, %s,"
                     " null, null, null, null, %s::text[], %s::text[], %s, null, '{}', null, 100)", account, scope, region, list(by),
                     first, last, *filters, agency)
    own, other = query("select (select agency_id from tcr.account where name = 'agency'), (select agency_id from tcr.account"
                       " where name = 'agency2')")[0]
    assert rows("agency") and rows("agency", scope="own", agency=own) and rows("county", region="371302") and rows("bureau", by=["agency"])
    assert rows("agency", scope="own", agency=other) == []
    assert rows("agency", by=["day"]) == rows("agency", by=["agency"]) == rows("agency", by=["county"]) == []
    assert rows("agency", field="01") == rows("agency", agency=own) == rows("agency", region="371302") == []
    assert rows("agency", first=today().replace(day=2)) == rows("agency", last=today().replace(day=2)) == []
    assert rows("county") == rows("county", region="371311") == rows("admin") == rows("nobody") == []
    assert rows("bureau", scope="own") == rows("bureau", by=["seller_code"]) == rows("bureau", region="37' or true --") == []


# Form of question and answer -------------------------------------------------------------------------------------------------

def test_answer_and_digest(tcrd, record):
    with tcrd.https("bureau") as client:
        answer = client.get("/v1/statistics?by=year,district,contract_type,contract_type4,technical_field,agency&measure=" + ALL_MEASURES)
        assert answer.status == 200
        body = json.loads(answer.body)
        assert list(body) == ["as_of_seq", "definition", "digest", "coverage", "by", "rows"]
        row = next(r for r in body["rows"] if r["district"] == "371302")
        assert row["district_zh"] == "兰山区" and row["district_en"] == "Lanshan District" and row["agency_zh"].startswith("测试服务点")
        assert row["contract_type_zh"].startswith("技术") and row["technical_field_en"] and row["contract_type4_en"]
        digested = {"definition": body["definition"], "as_of_seq": body["as_of_seq"], "by": body["by"],
                    "rows": without_names(body["rows"])}
        text = json.dumps(digested, ensure_ascii=False, separators=(",", ":"))
        assert body["digest"] == hashlib.sha256(text.encode()).hexdigest()
        again = ask(client, by="year,district,contract_type,contract_type4,technical_field,agency", measure=ALL_MEASURES)
        assert again == body
        assert ask(client, by="year", measure=ALL_MEASURES)["digest"] != body["digest"]


@pytest.mark.parametrize("measure, keys", [
    ("count", ["count"]),
    ("total_amount", ["total_amount", "technology_amount"]),
    ("technology_amount,growth", ["total_amount", "technology_amount", "growth_technology_amount"]),
    ("growth", ["growth_count", "growth_total_amount", "growth_technology_amount"]),
    ("share,count", ["count", "share_count"]),
    ("technology_ratio", ["technology_ratio"]),
    (None, ["count", "total_amount", "technology_amount"]),
])
def test_measures(tcrd, record, measure, keys):
    with tcrd.https("bureau") as client:
        rows = ask(client, by="year", **({"measure": measure} if measure else {}))["rows"]
        assert list(rows[0]) == ["year", *keys]


def test_the_top_is_compared_with_nothing_else(tcrd, record, query):
    """However many groups there were a year before: those of the answer are read, and no other."""
    for by in (["seller"], ["year", "buyer"], ["seller", "month", "buyer"], ["quarter"]):
        rows = query("select part, keys from tcr.statistics((select id from tcr.account where name = 'bureau'), 'area', 'registered', '37', %s,"
                     " '2025-01-01', null, '2024-01-01', current_date - 366, '2024-06-01', current_date - 180, '{}', '{}', null, null, '{}',"
                     " 'total_amount', 10001, 4)", by)
        keys = lambda part: {tuple(k for b, k in zip(by, key.split("\x1f")) if b not in ("year", "quarter", "month"))
                             for p, key in rows if p == part}
        assert sum(part == "now" for part, _ in rows) == 4 and keys("base") | keys("prev") <= keys("now"), by
    assert any(part == "base" for part, _ in rows)


def test_csv(tcrd, record):
    with tcrd.https("bureau") as client:
        path = "/v1/statistics?by=district,month&measure=" + ALL_MEASURES
        answer = client.get(path, headers={"Accept": "text/csv"})
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv; charset=utf-8")
        rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8"))))
        expected = [{k: "" if v is None else str(v) for k, v in row.items()} for row in client.get(path).json["rows"]]
        assert rows == expected and list(rows[0]) == list(expected[0])
        assert answer.body.count(b"\r\n") == len(rows) + 1


def test_periods_without_figures(tcrd, record):
    with tcrd.https("bureau") as client:
        assert ask(client, period="2190")["rows"] == []
        assert ask(client, period="2190", by="year")["rows"] == []
        assert ask(client, **{"from": "2190-01-01"})["rows"] == []
        assert ask(client, period="1999", by="year")["rows"] == []
        ahead = ask(client, **{"from": "2190-01-01"}, measure="growth,growth_prev")
        assert ahead["rows"] == [] and "growth_base" not in ahead["definition"] and "growth_prev_base" not in ahead["definition"]
        nothing = ask(client, period="1999", measure=ALL_MEASURES)["rows"]
        shown = {k: v for k, v in nothing[0].items() if v is not None}
        amounts = ("total_amount", "technology_amount")
        assert len(nothing) == 1 and shown == {
            **{p + "count": 0 for p in ("", "new_", "adjustment_")}, **{p + a: "0.00" for p in ("", "new_", "adjustment_") for a in amounts},
            **{f"rank_{v}": 1 for v in ("count", *amounts)}}


@pytest.mark.parametrize("parameters, pointers", [
    ("by=years", ["?by"]), ("by=year,,month", ["?by"]), ("by=", ["?by"]), ("by=year,year", ["?by"]), ("by=YEAR", ["?by"]),
    ("by=seller_code", ["?by"]), ("by=" + ",".join(DIMENSIONS[:11]), ["?by"]), ("by=year%20", ["?by"]), ("by=year%27--", ["?by"]), ("by=" + "year," * 500, ["?by", "?by"]),
    ("measure=sum", ["?measure"]), ("measure=count,count", ["?measure"]), ("measure=", ["?measure"]),
    ("period=2022Q5", ["?period"]), ("period=2022-13", ["?period"]), ("period=2022-02-29", ["?period"]), ("period=", ["?period"]),
    ("period=2022M10-1", ["?period"]), ("period=%F0%9F%98%80", ["?period"]),
    ("from=2022-1-1", ["?from"]), ("to=yesterday", ["?to"]), ("from=2022-02-01&to=2022-01-01", ["?to"]),
    ("period=2022&from=2022-01-01", ["?period"]),
    ("basis=both", ["?basis"]), ("region=371", ["?region"]), ("region=", ["?region"]), ("region=99", ["?region"]),
    ("region=3713%25", ["?region"]), ("region=371399", ["?region"]),
    ("contract_type=9", ["?contract_type"]), ("contract_type=", ["?contract_type"]), ("contract_type=1%25", ["?contract_type"]),
    ("contract_type4=K5", ["?contract_type4"]), ("technical_field=1", ["?technical_field"]), ("district=3713", ["?district"]),
    ("county=000000", ["?county"]), ("agency=-1", ["?agency"]), ("agency=99999999999999999999", ["?agency"]),
    ("as_of=-1", ["?as_of"]), ("as_of=1e3", ["?as_of"]), ("as_of=9999999999999999999", ["?as_of"]), ("as_of=99999999", ["?as_of"]),
    ("top=0", ["?top"]), ("top=1001", ["?top"]), ("sort=count", ["?sort"]), ("top=5&sort=rank", ["?sort"]),
    ("seller_type=999", ["?seller_type"]), ("direction=up", ["?direction"]), ("size_class=s5", ["?size_class"]),
    ("is_related=yes", ["?is_related"]), ("unit=", ["?unit"]), ("registration_point=x", ["?registration_point"]),
    ("measure=target_completion&by=technical_field&period=2024", ["?measure"]), ("measure=gdp_share", ["?measure"]),
    ("measure=gdp_share&period=2024&contract_type=1", ["?measure"]), ("measure=gdp_share&from=2024-06-01&to=2025-01-31", ["?measure"]),
    ("agency=self", ["?agency"]), ("scope=own", ["?scope"]), ("scope=all", ["?scope"]),
    ("by=x&measure=y&period=z&basis=a&region=b&technical_field=c&scope=d",
     ["?by", "?measure", "?period", "?basis", "?region", "?technical_field", "?scope"]),
])
def test_malformed_questions(tcrd, record, parameters, pointers):
    with tcrd.https("bureau") as client:
        refused = client.get("/v1/statistics?" + parameters)
        assert refused.status == 400, refused
        assert [e["pointer"] for e in refused.json["errors"]] == pointers
        assert all(e["zh"] and e["en"] and e["rule"] for e in refused.json["errors"])


def test_unknown_parameters_are_refused(tcrd, record):
    with tcrd.https("bureau") as client:
        assert client.get("/v1/statistics?groupby=year").status == 400
        assert client.get("/v1/statistics?by=year&by=month").status == 400


def test_over_the_line_protocol(tcrd, record):
    with tcrd.https("bureau") as client, tcrd.rpc("bureau") as line:
        parameters = {"by": "year,contract_type4", "measure": ALL_MEASURES, "basis": "output"}
        assert line.call("statistics.query", **parameters) == ask(client, **parameters)
