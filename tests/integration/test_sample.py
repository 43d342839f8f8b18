"""tcrd sample: made-up contracts meet their totals to the fen, pass every check, and leave a record that could have grown by itself."""
import csv
import io
import json
import random
import subprocess

import pytest

from contracts import fen, money
from harness import CHECKOUT, Installation, Tcrd, environment

COLUMNS = ["period", "seller_region", "buyer_region", "contract_type", "technical_field", "count", "total_amount", "technology_amount"]

# Published by Hunan for 2016 and 2017: type, count, total amount, technology amount.
HUNAN = {
    "2016": [("K1", 2223, "2300000000.00", "2003000000.00"), ("K2", 207, "929000000.00", "851000000.00"),
             ("K4", 1350, "6712000000.00", "1803000000.00"), ("K3", 196, "622000000.00", "358000000.00")],
    "2017": [("K1", 2191, "3017000000.00", "2610000000.00"), ("K2", 221, "2445000000.00", "2361000000.00"),
             ("K4", 2700, "14185000000.00", "7226000000.00"), ("K3", 611, "664000000.00", "363000000.00")],
}
MAIN_TYPES = {"K1": "1", "K2": "23", "K3": "4", "K4": "5"}


def row(period, seller="", buyer="", contract_type="", field="", count="", total="", technology=""):
    return dict(zip(COLUMNS, (period, seller, buyer, contract_type, field, str(count), total, technology)))


def by_city_and_buyer(seed):
    """Blocks of 2018 to 2020 that no two rows share: month, city of the seller, province of the buyer, leaf type, field."""
    rng = random.Random(seed)
    rows = []
    for month in range(1, 31):
        count = rng.choice([1, 2, 3, 17, 60])
        total = rng.choice([count, rng.randint(count, 10 ** 6), rng.randint(10 ** 6, 10 ** 13)])
        technology = rng.choice([0, total, rng.randint(0, total)])
        rows.append(row(f"{2018 + month // 13}-{(month - 1) % 12 + 1:02d}" if month < 25 else f"2020-{month - 24:02d}-17",
                        rng.choice(["4301", "430200", "4331", "43", "430102", "110000", "371371"]),
                        rng.choice(["11", "4403", "310000", "371302", "371372", "43"]),
                        rng.choice(["101", "201", "301", "399", "401", "503"]), rng.choice(["01", "04", "08", "11"]),
                        count, money(total), money(technology)))
    return rows


ROWS = ([row(year, "43", "", *line[:1], "", *line[1:]) for year, lines in HUNAN.items() for line in lines]
        + by_city_and_buyer(5)
        + [row("2021H1", "4301", "", "2", "", 40), row("2021Q3", "4302", "11", "", "03", "", "250000000.00"),
           row("2021M10-11", "4303", "", "", "", 25, "30000000", "")])


def write_totals(folder, rows, name="totals.csv"):
    path = folder / name
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(installation, *arguments):
    """Output of tcrd sample; fails with what it said."""
    return installation.command("sample", *arguments)


def refused(installation, *arguments):
    """(exit status, standard error) of a call that must fail."""
    done = subprocess.run([installation.BINARY, "-c", str(installation.config), "sample", *map(str, arguments)], env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0, done.stdout
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def hunan(cluster):
    installation = Installation(cluster, "hunan", certificates=False)
    installation.said = load(installation, "--seed", 42, "--size", 11000, "--totals", write_totals(installation.folder, ROWS))
    yield installation
    installation.destroy()


@pytest.fixture(scope="module")
def linyi(cluster):
    installation = Installation(cluster, "linyi", certificates=False)
    installation.said = load(installation)
    yield installation
    installation.destroy()


def ask(installation, sql):
    db = installation.connect()
    try:
        with db.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None
    finally:
        db.close()


def days_of(period):
    """First day of a period and the first after it, as SQL."""
    year, rest = period[:4], period[4:]
    if rest.startswith("-"):
        return (f"date '{period}'", f"date '{period}' + 1") if len(rest) == 6 else (
            f"date '{period}-01'", f"(date '{period}-01' + interval '1 month')::date")
    first, last = 1, 12
    if rest.startswith("M"):
        first, last = map(int, rest[1:].split("-"))
    elif rest:
        size = 6 if rest[0] == "H" else 3
        first, last = (int(rest[1]) - 1) * size + 1, int(rest[1]) * size
    return f"date '{year}-{first:02d}-01'", f"(date '{year}-{last:02d}-01' + interval '1 month')::date"


def area(column, zone, region):
    region = region[:-2] if region.endswith("00") else region
    region = region[:-2] if region.endswith("00") else region
    return f"({column} like '{region}%' or {zone} = '{region}')" if region else "true"


def condition(entry, day, seller, buyer):
    """Where the contracts of a row of totals are; seller and buyer: column of the county, column of the zone."""
    first, after = days_of(entry["period"])
    kind = entry["contract_type"]
    return " and ".join([
        f"{day} >= {first} and {day} < {after}", area(*seller, entry["seller_region"]), area(*buyer, entry["buyer_region"]),
        f"left(contract_type, 1) = any (regexp_split_to_array('{MAIN_TYPES[kind]}', ''))" if kind in MAIN_TYPES
        else f"contract_type like '{kind}%'", f"technical_field like '{entry['technical_field']}%'"])


# The totals ------------------------------------------------------------------------------------------------------------


def test_every_row_is_met_exactly(hunan):
    for entry in ROWS:
        in_releases = ask(hunan, "select count(*), sum(total_amount), sum(technology_amount) from tcr.contract_release"
                          " where event = 'certify' and " + condition(entry, "registered_on", ("seller_region", "seller_zone"),
                                                                       ("buyer_region", "buyer_zone")))[0]
        in_facts = ask(hunan, "select sum(count), sum(total_amount), sum(technology_amount) from tcr.fact where "
                       + condition(entry, "day", ("seller_county", "seller_district"), ("buyer_county", "buyer_district")))[0]
        assert in_releases == in_facts, entry
        wanted = [int(entry["count"] or -1), *(fen(entry[k] if "." in entry[k] else entry[k] + ".00") if entry[k] else -1
                                               for k in ("total_amount", "technology_amount"))]
        assert all(w in (-1, found) for w, found in zip(wanted, in_releases)), (entry, in_releases)
        assert 0 < in_releases[0] and 0 <= in_releases[2] <= in_releases[1]


def test_size_is_shared_among_the_rows_without_a_count(hunan):
    assert ask(hunan, "select count(*) from tcr.contract") == [(11000,)]
    assert "11000 contracts" in hunan.said


def test_amounts_look_like_those_of_real_contracts(hunan):
    """The shares of generator_params.csv, in the blocks of Hunan, where nothing forces them away."""
    full, round_wan, large, large_amount = ask(hunan, """
        select avg((technology_amount = total_amount)::int), avg((total_amount % 1000000 = 0)::int),
            avg((total_amount >= 1000 * 1000000::bigint)::int),
            sum(total_amount) filter (where total_amount >= 1000 * 1000000::bigint) / sum(total_amount)
        from tcr.contract where registered_on < '2018-01-01'""")[0]
    assert 0.45 < full < 0.65 and 0.5 < round_wan < 0.7
    assert 0.01 < large < 0.1 and 0.5 < large_amount < 0.95
    assert ask(hunan, "select count(*) from tcr.contract where total_amount <= 0 or technology_amount not between 0 and total_amount") \
        == [(0,)]


def test_published_figures_of_linyi_come_out_of_the_record(linyi):
    daemon = Tcrd(linyi)
    try:
        with daemon.https("bureau") as client:
            years = client.get("/v1/statistics?by=year&measure=count,total_amount,technology_amount,growth").json["rows"]
            half = client.get("/v1/statistics?by=half&period=2023H1&measure=count,total_amount").json["rows"]
        figures = {r["year"]: r for r in years}
        assert figures["2021"]["total_amount"] == "10508000000.00"
        assert (figures["2022"]["count"], figures["2022"]["total_amount"], figures["2022"]["technology_amount"],
                figures["2022"]["growth_total_amount"]) == (3167, "15658000000.00", "1608000000.00", "49.01")
        assert [(r["count"], r["total_amount"]) for r in half] == [(2550, "18786000000.00")]
        # Work goes on behind the sample: the next numbers follow.
        seq = ask(linyi, "select value from tcr.sequence_counter")[0][0]
        contract = daemon.accepted()
        with daemon.https("registrar") as client:
            certified = client.act(contract, "certify")
        assert certified.status == 200 and certified.json["seq"] == seq + 3, certified
    finally:
        daemon.stop()


def test_published_figures_of_hunan_come_out_of_the_record(hunan):
    daemon = Tcrd(hunan)
    try:
        with daemon.https("bureau") as client:
            for year, lines in HUNAN.items():
                answer = client.get(f"/v1/statistics?by=contract_type4&period={year}&region=43&measure=count,total_amount,technology_amount")
                assert answer.status == 200, answer
                assert sorted((r["contract_type4"], r["count"], r["total_amount"], r["technology_amount"])
                              for r in answer.json["rows"]) == sorted(lines)
    finally:
        daemon.stop()


# The record ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["hunan", "linyi"])
def test_numbers_have_no_gap_and_follow_the_days(name, request):
    installation = request.getfixturevalue(name)
    assert ask(installation, "select count(*), min(seq), max(seq) from tcr.contract_release") == \
        ask(installation, "select value, 1::bigint, value from tcr.sequence_counter")
    # The day and the moment never go back along the sequence.
    assert ask(installation, """select count(*) from (select day, at, lag(day) over (order by seq) as before,
        lag(at) over (order by seq) as at_before from tcr.contract_release where request_id like 'sample-%') r
        where day < before or at < at_before or (at at time zone 'Asia/Shanghai')::date <> day""") == [(0,)]
    # Serials of a point and year: 1, 2, 3 ... in the order of the sequence, and the counter stands at the last.
    assert ask(installation, """select count(*) from (
        select right(registration_number, 6)::bigint as serial,
            row_number() over (partition by left(registration_number, 10) order by seq) as n, left(registration_number, 4) as year,
            extract(year from issued_on)::text as issued from tcr.certificate) c where serial <> n or year <> issued""") == [(0,)]
    assert ask(installation, """select count(*) from tcr.number_counter n join tcr.registration_point p on p.id = n.point_id
        where n.last_serial <> (select count(*) from tcr.certificate f
            where f.registration_number like n.year || p.number_region || p.code || '%')""") == [(0,)]


@pytest.mark.parametrize("name", ["hunan", "linyi"])
def test_every_contract_lived_as_the_law_has_it(name, request):
    installation = request.getfixturevalue(name)
    assert ask(installation, """select count(*) from tcr.contract c where c.agency_id in (select a.agency_id from tcr.account a
        where a.name like 'sample-agency-%') and not (signed_on <= submitted_on and submitted_on <= accepted_on
        and accepted_on <= registered_on and registered_on <= due_on and due_on = (tcr.due_on('decision', accepted_on, accepted_on)).due_on
        and point_id = tcr.point_for(seller_region))""") == [(0,)]
    assert ask(installation, """select array_agg(distinct events) from (select string_agg(event || ' ' || status, ', ' order by seq) as events
        from tcr.contract_release where request_id like 'sample-%' group by contract_id) r""") == \
        [(["submit submitted, accept accepted, certify registered"],)]
    assert ask(installation, """select count(*) from tcr.contract c left join tcr.contract_release f on f.seq = c.filed_seq
        left join tcr.certificate k on k.contract_id = c.id where f.body is null or sha256(convert_to(f.body, 'UTF8')) <> f.body_sha256
        or k.seq is distinct from c.seq or k.registration_number <> c.registration_number
        or (f.body::jsonb ->> 'total_amount')::numeric * 100 <> c.total_amount
        or (f.body::jsonb ->> 'technology_amount')::numeric * 100 <> c.technology_amount""") == [(0,)]
    # Nobody can use the accounts that filed and decided, and who files is not who decides.
    assert ask(installation, """select count(*) from tcr.account a where a.name like 'sample-%'
        and (a.is_active or exists (select from tcr.credential k where k.account_id = a.id))""") == [(0,)]
    assert ask(installation, "select count(*) from tcr.contract_release r join tcr.contract c on c.id = r.contract_id"
               " where r.event <> 'submit' and r.account_id = c.filed_by") == [(0,)]


def test_every_contract_is_marked_for_the_search_of_near_duplicates(hunan):
    assert ask(hunan, """select count(*) from tcr.contract c left join tcr.contract_mark m on m.contract_id = c.id
        where m is distinct from tcr.contract_mark_of(c)""") == [(0,)]
    assert ask(hunan, "select marked_seq = (select value from tcr.sequence_counter) from tcr.finding_state") == [(True,)]


def test_figures_equal_their_recomputation(hunan):
    assert ask(hunan, "select * from tcr.nightly_verify(true)") == []
    assert ask(hunan, "select tcr.cubes_roll((select value from tcr.sequence_counter), false)") == [(11000,)]
    assert ask(hunan, "select * from tcr.nightly_verify(true)") == []


def test_stored_bodies_pass_every_check(hunan):
    daemon = Tcrd(hunan)
    try:
        with daemon.https("agency") as client:
            for (body,) in ask(hunan, "select body from tcr.contract_release where body is not null order by md5('7' || seq) limit 50"):
                answer = client.post("/v1/contracts/check", json.loads(body), key=False)
                assert answer.status == 200 and answer.json["faults"] == [], (answer, body)
    finally:
        daemon.stop()


# The command -----------------------------------------------------------------------------------------------------------

WHAT_WAS_MADE = """select r.body, e.day, e.seq, e.registration_number from tcr.contract_release r join tcr.contract_release e
    on e.contract_id = r.contract_id and e.event = 'certify' where r.body is not null order by e.seq"""


def test_the_seed_decides_everything(hunan, cluster):
    twin = Installation(cluster, "twin", certificates=False)
    try:
        rows = ROWS[-8:]
        totals = write_totals(twin.folder, rows)
        load(twin, "--seed", 7, "--totals", totals, "--size", 400)
        first = ask(twin, WHAT_WAS_MADE)
        cluster.script("drop database twin")
        cluster.script("create database twin owner tcrd_owner")
        twin.command("migrate", "--sql-dir", CHECKOUT / "sql")
        load(twin, "--seed", 7, "--totals", totals, "--size", 400)
        assert ask(twin, WHAT_WAS_MADE) == first
        # The same again would be duplicates; another seed is another 400 beside them.
        status, said = refused(twin, "--seed", 7, "--totals", totals, "--size", 400)
        assert status == 1 and "already" in said
        assert ask(twin, WHAT_WAS_MADE) == first
        load(twin, "--seed", 8, "--totals", totals, "--size", 400)
        both = ask(twin, WHAT_WAS_MADE)
        assert len(both) == 800 and len({body for body, *_ in both}) == 800
        assert ask(twin, "select max(seq), count(*) from tcr.contract_release") == [(2400, 2400)]
    finally:
        twin.destroy()


def test_all_faults_of_a_file_at_once_and_nothing_stored(hunan, tmp_path):
    before = ask(hunan, "select count(*), max(id) from tcr.contract")
    lines = io.StringIO()
    csv.writer(lines).writerows([
        COLUMNS,
        ["2199", "43", "", "", "", "1", "", ""],
        ["2017", "9999", "12345", "K5", "12", "x", "1.5", "-1"],
        ["2017", "43", "", "", "", "0", "5.00", ""],
        ["2017", "43", "", "", "", "10", "5.00", "5.01"],
        ["2017", "43", "", "", "", "10", "0.09", ""],
        ["2017", "43", "", "", "", "", "", ""],
        ["2017", "43", "", "", "", "5"],
        ["2022-02-30", "", "", "", "", "3", "", ""],
        ["2022", "", "", "6", "", "3", "100000000000000.00", ""]])
    path = tmp_path / "bad.csv"
    path.write_text(lines.getvalue(), encoding="utf-8")
    status, said = refused(hunan, "--totals", path)
    assert status == 1
    places = [tuple(line.split(": ")[1:3]) for line in said.splitlines()[:-1]]
    assert [(place.rsplit(":", 1)[1], column) for place, column in places] == [
        ("2", "period"),
        ("3", "seller_region"), ("3", "buyer_region"), ("3", "contract_type"), ("3", "technical_field"), ("3", "count"),
        ("3", "total_amount"), ("3", "technology_amount"),
        ("4", "total_amount"), ("5", "technology_amount"), ("6", "total_amount"), ("7", "count"), ("8", "columns"),
        ("9", "period"), ("10", "contract_type"), ("10", "total_amount")]
    assert "nothing was stored" in said.splitlines()[-1]
    assert ask(hunan, "select count(*), max(id) from tcr.contract") == before


@pytest.mark.parametrize("text", ["", "period\n", "period,colour\n2022,red\n", "count\n3\n", 'period,count\n"2022,3\n',
                                  "period,period\n2022,2022\n", "period,count\n2022,0\n"])
def test_files_without_totals_are_refused(hunan, tmp_path, text):
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    status, said = refused(hunan, "--totals", path)
    assert status == 1 and said.startswith("tcrd sample: ")


def test_wrong_calls(hunan, tmp_path):
    for arguments in (["--seed", "x"], ["--seed", "-1"], ["--size", "0"], ["--size", "1e6"], ["--colour", "red"], ["word"]):
        assert refused(hunan, *arguments)[0] == 2, arguments
    assert refused(hunan, "--totals", tmp_path / "absent.csv")[0] == 1
    # More contracts in one point and year than there are numbers.
    full = write_totals(tmp_path, [row("2015-03-02", "430102", count=1000000)])
    status, said = refused(hunan, "--totals", full)
    assert status == 1 and "999999" in said


def test_size_alone_is_recent_years_of_the_area(hunan):
    before = ask(hunan, "select count(*) from tcr.contract")[0][0]
    load(hunan, "--seed", 3, "--size", 500)
    found = ask(hunan, "select count(*), min(extract(year from registered_on)), max(extract(year from registered_on)),"
                " bool_and(seller_region like '3713%') from tcr.contract where id > (select max(id) - 500 from tcr.contract)")[0]
    year = ask(hunan, "select extract(year from tcr.today())")[0][0]
    assert found == (500, year - 5, year - 1, True)
    assert ask(hunan, "select count(*) from tcr.contract")[0][0] == before + 500
    # The nightly job has no text to read for the ends of terms.
    ends = ask(hunan, """select c.id, c.seq, (r.body::jsonb ->> 'term_ends_on')::date, null from tcr.contract c
        join tcr.contract_release r on r.seq = c.filed_seq where (r.body::jsonb ->> 'term_ends_on')::date >= tcr.today() order by c.id""")
    assert ends and ask(hunan, "select contract_id, seq, term_ends_on, reminded_on from tcr.income_term order by 1") == ends
    assert ask(hunan, "select seq = (select value from tcr.sequence_counter) from tcr.income_term_state") == [(True,)]


def test_real_contracts_are_never_joined(tcrd, installation):
    tcrd.filed()
    before = ask(installation, "select count(*) from tcr.contract")
    status, said = refused(installation, "--size", 10)
    assert status == 1 and "no demonstration" in said
    assert ask(installation, "select count(*) from tcr.contract") == before
    assert ask(installation, "select is_demonstration from tcr.installation") == [(False,)]
    assert ask(installation, "select count(*) from tcr.account where name like 'sample-%'") == [(0,)]


def test_closed_days_of_a_demonstration_are_opened_again(linyi):
    linyi.command("aggregate")
    assert ask(linyi, "select count(*) > 0 from tcr.closing") == [(True,)]
    assert "opened" in load(linyi, "--seed", 9, "--size", 50)
    assert ask(linyi, "select * from tcr.nightly_verify(true)") == []
    linyi.command("aggregate")
    assert ask(linyi, "select * from tcr.nightly_verify(true)") == []
