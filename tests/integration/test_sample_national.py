"""tcrd sample into an empty record: rows with every column ready, loaded without indexes. What was taken away comes back, and the record
is the one that acts would have made."""
import csv
import subprocess

import pytest

from contracts import fen
from harness import CHECKOUT, Installation, Tcrd, environment

SIZE = 20000

# Everything that stands around the tables of the record, without the partitions by year that a load may add.
AROUND = """
    select 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'tcr'::regnamespace and conrelid::regclass::text !~ 'fact_[0-9]'
    union all select 'index', tablename, indexname, indexdef from pg_indexes where schemaname = 'tcr' and tablename !~ 'fact_[0-9]'
    union all select 'trigger', tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid) || tgenabled::text from pg_trigger
    where not tgisinternal and tgrelid::regclass::text !~ 'fact_[0-9]'
    order by 1, 2, 3, 4"""


def ask(installation, sql):
    db = installation.connect()
    try:
        with db.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None
    finally:
        db.close()


def start(installation, *arguments):
    return subprocess.Popen([installation.BINARY, "-c", str(installation.config), "sample", *map(str, arguments)], env=environment(),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def national(cluster):
    installation = Installation(cluster, "national", certificates=False)
    installation.around = ask(installation, AROUND)
    installation.said = installation.command("sample", "--national", "--size", SIZE)
    yield installation
    installation.destroy()


# What is there afterwards -----------------------------------------------------------------------------------------------


def test_published_amounts_of_the_country_are_met(national):
    with open(CHECKOUT / "sql/sample/national.csv", encoding="utf-8", newline="") as file:
        published = {line["period"]: fen(line["total_amount"]) for line in csv.DictReader(file)}
    assert len(published) == 10
    for source in ("tcr.contract_release where event = 'certify'", "tcr.fact"):
        found = ask(national, f"select to_char(registered_on, 'YYYY'), sum(total_amount), count(*) from {source}"
                    " group by 1")
        assert {year: total for year, total, _ in found} == published
        assert sum(count for *_, count in found) == SIZE
    counties, provinces, points, agencies = ask(national, "select count(distinct seller_region), count(distinct left(seller_region, 2)),"
                                                " count(distinct point_id), count(distinct agency_id) from tcr.contract")[0]
    assert counties > 2000 and provinces >= 31 and points > 300 and agencies == 5, (counties, provinces, points)


def test_what_was_taken_away_came_back(national):
    assert ask(national, AROUND) == national.around
    # Each partition has what the parent has, and every index is in use.
    assert ask(national, "select count(distinct n) from (select indrelid, count(*) as n from pg_index where indrelid in"
               " (select inhrelid from pg_inherits where inhparent = 'tcr.fact'::regclass) group by 1) i") == [(1,)]
    assert ask(national, "select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid"
               " where c.relnamespace = 'tcr'::regnamespace and not (indisvalid and indisready)") == [(0,)]


def test_columns_are_those_that_the_database_would_have_filled(national):
    assert ask(national, r"""
        select count(*) from tcr.contract_release r join tcr.contract c on c.id = r.contract_id
        cross join lateral (select string_to_array(c.dims, E'\x1f', '') as p) d
        where r.event = 'certify' and (r.seller_code, r.buyer_code, r.seller_type, r.buyer_type, r.ip_type, r.industry, r.plan_source,
            r.is_related, r.is_secret, r.unit, r.broker, r.event_name, r.direction, r.size_class, r.rule_set)
        is distinct from (c.seller_code, c.buyer_code, d.p[1], d.p[2], d.p[3], d.p[4], d.p[5], d.p[6] = 't', coalesce(d.p[7] = 't', false),
            d.p[10], d.p[11], d.p[12], tcr.figure_direction(r.seller_region, d.p[8], r.buyer_region, d.p[9]),
            tcr.figure_size(r.total_amount, r.registered_on), tcr.rule_set_on(r.accepted_on))""") == [(0,)]
    assert ask(national, "select count(distinct direction), count(distinct size_class) from tcr.fact")[0] >= (5, 4)
    assert ask(national, """
        select count(*) from tcr.fact f join tcr.contract_release r on r.seq = f.seq cross join lateral tcr.release_counts(r) c
        where (f.sign, f.count, f.is_new, f.technology_received, f.technology_income, f.day) is distinct from (1, 1, true, 0, 0, r.day)
        or (f.contract_id, f.registered_on, f.total_amount, f.technology_amount, f.contract_type, f.technical_field, f.agency_id, f.point_id,
            f.filed_county, f.filed_district, f.seller_county, f.seller_district, f.buyer_county, f.buyer_district, f.seller_code,
            f.buyer_code, f.seller_type, f.buyer_type, f.ip_type, f.industry, f.plan_source, f.direction, f.size_class, f.is_related,
            f.is_secret, f.unit, f.broker, f.event_name)
        is distinct from (c.contract_id, c.registered_on, c.total_amount, c.technology_amount, c.contract_type, c.technical_field,
            c.agency_id, c.point_id, c.filed_county, c.filed_district, c.seller_county, c.seller_district, c.buyer_county, c.buyer_district,
            c.seller_code, c.buyer_code, c.seller_type, c.buyer_type, c.ip_type, c.industry, c.plan_source, c.direction, c.size_class,
            c.is_related, c.is_secret, c.unit, c.broker, c.event_name)""") == [(0,)]
    # What each act knew: the decision only at the end, the text only at the beginning.
    assert ask(national, """
        select count(*) from tcr.contract_release r join tcr.contract c on c.id = r.contract_id
        where (r.body is null) = (r.event = 'submit') or (r.detail is null) = (r.event = 'certify')
        or (r.registration_number is null) = (r.event = 'certify') or (r.direction is null) = (r.event = 'certify')
        or (r.accepted_on is null) <> (r.event = 'submit') or r.filed_seq <> c.filed_seq or r.request_id <> 'sample-' || r.seq
        or c.party_codes <> array[c.seller_code, c.buyer_code]
        or r.detail #>> '{determined,total_amount}' <> trim(to_char(c.total_amount / 100.0, '9999999999990.00'))""") == [(0,)]


def test_numbers_have_no_gap(national):
    assert ask(national, "select count(*), min(seq), max(seq), (select value from tcr.sequence_counter) from tcr.contract_release") == \
        [(3 * SIZE, 1, 3 * SIZE, 3 * SIZE)]
    assert ask(national, """select count(*) from (select day, lag(day) over (order by seq) as before, at, lag(at) over (order by seq) as at_before
        from tcr.contract_release) r where day < before or at < at_before""") == [(0,)]
    assert ask(national, """select count(*) from (
        select right(registration_number, 6)::bigint as serial,
            row_number() over (partition by left(registration_number, 10) order by seq) as n from tcr.certificate) c where serial <> n""") == [(0,)]
    assert ask(national, """select count(*) from tcr.number_counter n join tcr.registration_point p on p.id = n.point_id
        where n.last_serial <> (select count(*) from tcr.certificate f
            where f.registration_number like n.year || p.number_region || p.code || '%')""") == [(0,)]
    assert ask(national, "select max(id) - min(id) + 1, max(id) = (select last_value from tcr.contract_id_seq) from tcr.contract") == [(SIZE, True)]


def test_the_record_proves_itself_and_work_goes_on(national):
    national.command("verify")
    assert " 0 differences" in national.command("aggregate")
    assert " 0 differences" in national.command("aggregate", "--verify")
    acts = ask(national, "select count(*) from tcr.contract_release")[0][0]
    seq = ask(national, "select value from tcr.sequence_counter")[0][0]
    daemon = Tcrd(national)
    try:
        contract = daemon.accepted()
        with daemon.https("registrar") as client:
            certified = client.act(contract, "certify")
        assert certified.status == 200 and certified.json["seq"] == seq + 3, certified
    finally:
        daemon.stop()
    # Another load beside what is there leaves the indexes alone.
    national.command("sample", "--national", "--size", 3000, "--seed", 2)
    assert ask(national, AROUND) == national.around
    assert ask(national, "select count(*), max(seq) from tcr.contract_release") == [(acts + 3 + 9000, seq + 3 + 9000)]
    # The same ones again are duplicates, and no half of them stays.
    done = start(national, "--national", "--size", 3000, "--seed", 2)
    _, said = done.communicate()
    assert done.returncode == 1 and "already" in said
    assert ask(national, "select count(*) from tcr.contract") == [(SIZE + 3001,)]
    national.command("verify")
    assert " 0 differences" in national.command("aggregate", "--verify")


def test_wrong_calls(national):
    done = start(national, "--national", "--totals", "x.csv")
    _, said = done.communicate()
    assert done.returncode == 2 and "exclude each other" in said
