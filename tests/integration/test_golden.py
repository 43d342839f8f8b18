"""Published tables come out of the record when contracts with their totals are loaded as a stranger would: tcrd sample --totals with the
table as it was printed, and questions over HTTPS. By type, by city, by county; output against absorbed against local."""
import csv
import decimal
import random
import subprocess
import urllib.parse

import pytest

from contracts import fen
from harness import CHECKOUT, Installation, Tcrd, environment

GOLDEN = CHECKOUT / "tests/golden"
Decimal = decimal.Decimal
YI = Decimal(10) ** 8
CITIES = [f"43{n:02d}00" for n in range(1, 14)] + ["433100"]
COUNTIES = ["430102", "430103", "430104", "430105", "430111", "430112", "430121", "430181", "430182"]
VALUES = ["count", "total_amount", "technology_amount"]


def table(name):
    with open(GOLDEN / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rounded(value, places=2):
    """Half away from zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), decimal.ROUND_HALF_UP)


def percent(part, whole):
    return None if whole <= 0 else str(rounded(Decimal(100) * part / whole)).replace("-0.00", "0.00")


def ask(client, **parameters):
    answer = client.get("/v1/statistics?" + urllib.parse.urlencode(parameters))
    assert answer.status == 200, answer
    return answer.json["rows"]


def sums(row):
    return [row["count"], fen(row["total_amount"]), fen(row["technology_amount"])]


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def started(cluster):
    """A new record loaded with a table, and a client of the bureau."""
    made = []

    def start(name, *arguments):
        installation = Installation(cluster, name, certificates=False)
        made.append(installation)
        installation.command("sample", *map(str, arguments))
        daemon = Tcrd(installation)
        made.append(daemon)
        return daemon.https("bureau"), installation
    yield start
    for thing in reversed(made):
        thing.stop() if isinstance(thing, Tcrd) else thing.destroy()


# Hunan, by type ------------------------------------------------------------------------------------------------------------

def interval(now, before, step):
    """Growth in percent that printed totals allow: each is off by at most half of its last digit."""
    half = step / 2
    return (100 * ((now - half) / (before + half) - 1), 100 * ((now + half) / (before - half) - 1))


def test_hunan_by_type(started):
    client, _ = started("golden_hunan", "--unit", "yi", "--totals", GOLDEN / "hunan_2016_2017_by_type.csv")
    printed = {(r["period"], r["contract_type"]): r for r in table("hunan_2016_2017_by_type.csv")}
    growth = {r["contract_type"]: r for r in table("hunan_2017_growth.csv")}
    assert len(printed) == 8 and len(growth) == 5
    loaded = {key: [int(r["count"]), *(int(Decimal(r[v]) * YI * 100) for v in VALUES[1:])] for key, r in printed.items()}
    for year in ("2016", "2017"):
        loaded[year, ""] = [sum(v[i] for (y, kind), v in loaded.items() if y == year and kind) for i in range(3)]
    for basis in ("registered", "output"):
        rows = ask(client, by="year,contract_type4", region="43", basis=basis, measure="count,total_amount,technology_amount,share,growth,rank")
        rows += [{**r, "contract_type4": ""} for r in ask(client, by="year", region="43", basis=basis,
                                                          measure="count,total_amount,technology_amount,share,growth,rank")]
        assert {(r["year"], r["contract_type4"]) for r in rows} == set(loaded) and len(rows) == 10
        for row in rows:
            year, kind = row["year"], row["contract_type4"]
            now, whole = loaded[year, kind], loaded[year, ""]
            assert sums(row) == now
            for i, value in enumerate(VALUES):
                assert row[f"share_{value}"] == percent(now[i], whole[i] if kind else now[i])
                peers = [v[i] for (y, k), v in loaded.items() if y == year and bool(k) == bool(kind)]
                assert row[f"rank_{value}"] == 1 + sum(p > now[i] for p in peers)
                before = loaded.get(("2016", kind), [0, 0, 0])[i] if year == "2017" else 0
                assert row[f"growth_{value}"] == percent(now[i] - before, before)
                if year == "2017":
                    step, unit = (Decimal(0), 1) if value == "count" else (Decimal("0.01"), YI * 100)
                    # Of a sum of four printed totals four roundings are in it; numbers of contracts are exact.
                    low, high = interval(Decimal(now[i]) / unit, Decimal(before) / unit, step * (1 if kind else 4))
                    told = Decimal(growth[kind][f"growth_{value}"])
                    ours = Decimal(row[f"growth_{value}"])
                    for figure in (told, ours):
                        assert low - Decimal("0.005") <= figure <= high + Decimal("0.005"), (kind, value, figure, low, high)
        shares = [sum(Decimal(r[f"share_{v}"]) for r in rows if r["year"] == "2017" and r["contract_type4"]) for v in VALUES]
        assert all(abs(s - 100) <= Decimal("0.02") for s in shares), "four roundings of a half of 0.01"
    # The same contracts in five types: development, consulting and services are the same, transfer and licence together the fourth.
    five = {(r["year"], r["contract_type"]): sums(r) for r in ask(client, by="year,contract_type", region="43")}
    for year in ("2016", "2017"):
        for one, four in (("1", "K1"), ("4", "K3"), ("5", "K4")):
            assert five[year, one] == loaded[year, four]
        assert [a + b for a, b in zip(five[year, "2"], five[year, "3"])] == loaded[year, "K2"]
        for kind in ("1", "2", "3", "4", "5"):
            [row] = ask(client, region="43", period=year, contract_type=kind)
            assert sums(row) == five[year, kind]
        for kind in ("K1", "K2", "K3", "K4"):
            [row] = ask(client, region="43", period=year, contract_type4=kind)
            assert sums(row) == loaded[year, kind]
    # What was sold is bought elsewhere: nothing is absorbed or local.
    for basis in ("absorbed", "local"):
        assert sums(ask(client, region="43", basis=basis)[0]) == [0, 0, 0]


def test_output_against_absorbed_as_printed(started):
    printed = table("regions_by_basis.csv")
    client, _ = started("golden_bases", "--unit", "yi", "--size", 10000, "--totals", GOLDEN / "regions_by_basis.csv")
    for r in printed:
        [row] = ask(client, region=r["region"], basis=r["basis"], period=r["period"])
        assert rounded(fen(row["total_amount"]) / YI / 100) == rounded(r["total_amount"])
        assert r["count"] in ("", str(row["count"])), r
    # 428.4 less 220.7 from outside is what stays inside; the printed 750.2 counts that twice.
    get = lambda basis: ask(client, region="34", basis=basis, period="2022H1")[0]
    assert fen(get("absorbed")["total_amount"]) - fen(get("local")["total_amount"]) == 220_70_000_000_00
    assert fen(get("absorbed")["total_amount"]) + fen(get("output")["total_amount"]) == 750_20_000_000_00
    assert get("absorbed")["count"] - get("local")["count"] == 1791


# By city and county, under every basis -------------------------------------------------------------------------------------

def made_up(rng, year, regions):
    """A table as a province prints it: output, absorbed and what stays inside, for each region; some leave the local part out."""
    rows = []
    for region in regions:
        local = rng.choice([None, rng.randrange(1, 12)])
        for basis in ("output", "absorbed", "local"):
            if basis == "local" and local is None:
                continue
            count = (local or 0) + (0 if basis == "local" else rng.randrange(0 if local else 1, 30))
            total = sum(rng.randrange(10 ** 4, 10 ** 8) for _ in range(count)) if basis == "local" else None
            rows.append({"period": str(year), "region": region, "basis": basis, "count": count, "total_amount": total,
                         "technology_amount": None})
        mine = [r for r in rows if r["region"] == region]
        inside = mine[-1] if mine[-1]["basis"] == "local" else {"count": 0, "total_amount": 0, "technology_amount": 0}
        if inside["count"]:
            inside["technology_amount"] = rng.choice([0, inside["total_amount"], rng.randrange(inside["total_amount"])])
        for r in mine:
            if r["basis"] != "local":
                more = sum(rng.randrange(10 ** 4, 10 ** 8) for _ in range(r["count"] - inside["count"]))
                r["total_amount"] = inside["total_amount"] + more
                r["technology_amount"] = inside["technology_amount"] + (rng.randrange(more + 1) if more else 0)
    return rows


def in_wan(value):
    """Fen to 万元, exact."""
    return str(Decimal(value) / 1000000)


@pytest.mark.parametrize("name, area, regions, dimension", [
    ("golden_cities", "43", CITIES, "region"), ("golden_counties", "4301", COUNTIES, "county")])
def test_by_city_and_by_county_under_every_basis(started, tmp_path, name, area, regions, dimension):
    rng = random.Random(name)
    rows = made_up(rng, 2018, regions) + made_up(rng, 2019, regions)
    rng.shuffle(rows)
    path = write(tmp_path / "table.csv", [{**r, "total_amount": in_wan(r["total_amount"]),
                                           "technology_amount": in_wan(r["technology_amount"])} for r in rows])
    client, installation = started(name, "--unit", "wan", "--totals", path)
    wanted = {(r["basis"], r["period"], r["region"]): [r[v] for v in VALUES] for r in rows}
    for basis in ("output", "absorbed", "local", "registered"):
        shown = "output" if basis == "registered" else basis
        mine = {key[1:]: v for key, v in wanted.items() if key[0] == shown and any(v)}
        got = ask(client, by=f"year,{dimension}", region=area, basis=basis,
                  measure="count,total_amount,technology_amount,share,growth,rank")
        assert {(r["year"], r[dimension]): sums(r) for r in got} == mine
        for row in got:
            now, before = mine[row["year"], row[dimension]], mine.get((str(int(row["year"]) - 1), row[dimension]), [0] * 3)
            peers = [v for (year, _), v in mine.items() if year == row["year"]]
            for i, value in enumerate(VALUES):
                assert row[f"share_{value}"] == percent(now[i], sum(p[i] for p in peers))
                assert row[f"growth_{value}"] == percent(now[i] - before[i], before[i])
                assert row[f"rank_{value}"] == 1 + sum(p[i] > now[i] for p in peers)
        for region in regions[:4]:
            [row] = ask(client, region=region, basis=basis, period="2019")
            assert sums(row) == mine.get(("2019", region), [0, 0, 0])
        [whole] = ask(client, region=area, basis=basis, period="2018")
        assert sums(whole) == [sum(v[i] for (year, _), v in mine.items() if year == "2018") for i in range(3)]
        if dimension == "county":  # no zones here
            assert {r["district"]: sums(r) for r in ask(client, by="district", region=area, basis=basis, period="2019")} == {
                region: v for (year, region), v in mine.items() if year == "2019"}
    assert " 0 differences" in installation.command("aggregate")
    assert {(r["year"], r[dimension]): sums(r) for r in ask(client, by=f"year,{dimension}", region=area, basis="absorbed")} == {
        key[1:]: v for key, v in wanted.items() if key[0] == "absorbed" and any(v)}, "from the cubes as well"


def test_two_decimals_of_yi_round_half_away(started, tmp_path):
    """Amounts that end on a half of the last printed digit, and growth of exactly a half."""
    rows = [{"period": "2018", "region": "4301", "basis": "output", "count": 2, "total_amount": "0.00200000"},
            {"period": "2019", "region": "4301", "basis": "output", "count": 3, "total_amount": "0.00200010"},
            {"period": "2018", "region": "4302", "basis": "output", "count": 2, "total_amount": "0.00200000"},
            {"period": "2019", "region": "4302", "basis": "output", "count": 1, "total_amount": "0.0019999"}]
    client, _ = started("golden_halves", "--unit", "yi", "--totals", write(tmp_path / "halves.csv", rows))
    got = {(r["year"], r["region"]): r for r in ask(client, by="year,region", region="43", measure="count,total_amount,growth,share")}
    assert got["2019", "430100"]["total_amount"] == "200010.00" and got["2019", "430100"]["growth_total_amount"] == "0.01", "0.005 up"
    assert got["2019", "430200"]["total_amount"] == "199990.00" and got["2019", "430200"]["growth_total_amount"] == "-0.01", "-0.005 down"
    assert [got["2019", c]["share_count"] for c in ("430100", "430200")] == ["75.00", "25.00"]
    assert got["2018", "430100"]["growth_total_amount"] is None


# The command ---------------------------------------------------------------------------------------------------------------

def refused(installation, *arguments):
    done = subprocess.run([installation.BINARY, "-c", str(installation.config), "sample", *map(str, arguments)], env=environment(),
                          capture_output=True, text=True)
    assert done.returncode != 0, done.stdout
    return done.returncode, done.stderr


@pytest.mark.parametrize("header, lines, told", [
    ("period,region,basis,count,total_amount", ["2019,4301,exported,3,5", "2019,4399,output,3,5", "2019,99,local,3,5"],
     ["2: basis", "3: region", "4: region"]),
    ("period,region,basis,seller_region,count,total_amount", ["2019,4301,output,4302,3,5"], ["2: region"]),
    # A sum beside its parts, and a part in two rows.
    ("period,region,basis,count,total_amount", ["2019,4301,output,3,5", "2019,43,output,9,9", "2019,4301,absorbed,3,5"], ["3: region"]),
    ("period,region,basis,count,total_amount", ["2019,4301,output,3,5", "2019Q2,430102,registered,1,2"], ["3: region"]),
    ("period,region,basis,contract_type,count,total_amount", ["2019,43,absorbed,K2,3,5", "2019,43,absorbed,3,1,2"], ["3: region"]),
    ("period,region,basis,count,total_amount", ["2019,43,local,3,5", "2019,4301,output,3,5"], ["3: region"]),
    # The local part is part of both.
    ("period,region,basis,count,total_amount,technology_amount", ["2019,4301,local,3,5,5", "2019,4301,output,2,4,4", "2019,4301,absorbed,4,5,5"],
     ["3: count", "3: total_amount", "3: technology_amount", "4: total_amount"]),
    ("period,region,basis,count,total_amount", ["2019,4301,local,3,", "2019,4301,output,4,7"], ["3: total_amount"]),
    ("period,region,basis,count,total_amount", ["2019,4301,local,3,5", "2019,4301,output,3,7"], ["3: total_amount"]),
    ("period,region,basis,count,total_amount", ["2019,4301,output,3,0.000002", "2019,4302,output,3,x", "2019,4303,output,3,1.1234567"],
     ["2: total_amount", "3: total_amount", "4: total_amount"]),
    # Buyers anywhere would be absorbed by the regions of the table; and every province is named.
    ("period,region,basis,seller_region,buyer_region,count,total_amount", ["2019,4301,absorbed,,,3,5", "2019,,,4302,,3,5"], ["3: buyer_region"]),
    ("period,region,basis,count,total_amount", ["2019,00,output,3,5"], ["2: region"]),
])
def test_tables_that_do_not_add_up(tcrd, installation, tmp_path, header, lines, told):
    path = tmp_path / "table.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    status, said = refused(installation, "--unit", "wan", "--totals", path)
    assert status == 1
    assert [line.split("table.csv:")[1].split(": ", 1)[0] + ": " + line.split(": ")[2] for line in said.splitlines()[:-1]] == told, said
    assert "nothing was stored" in said.splitlines()[-1]


def test_wrong_units(tcrd, installation, tmp_path):
    path = write(tmp_path / "one.csv", [{"period": "2019", "region": "4301", "count": 1, "total_amount": "1"}])
    assert refused(installation, "--unit", "fen", "--totals", path)[0] == 2
    assert refused(installation, "--unit", "wan")[0] == 2
    assert refused(installation, "--unit", "yi", "--totals", write(tmp_path / "big.csv", [
        {"period": "2019", "region": "4301", "count": 1, "total_amount": "1000000"}]))[0] == 1
