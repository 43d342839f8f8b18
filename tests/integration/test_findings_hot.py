"""Parties with up to 100,000 contracts that look alike: the search finds what it must and costs no more than for anybody else."""
import statistics
import time

import pytest

HOT = {"one pair": 100_000, "one seller, one day, one amount": 20_000, "given up": 20_000}
FIRST = {"one pair": 1_000_000, "one seller, one day, one amount": 2_000_000, "given up": 3_000_000}
MEANT, NEW = 500_000, 600_000  # after the first of a shape


def load(cursor, shape, first):
    """The crowd; one contract that is meant, years away with a number and a title of its own; and the one that is looked at."""
    one_seller = shape.startswith("one seller")
    cursor.execute("""
        insert into tcr.contract (id, agency_id, filed_by, point_id, status, seq, filed_seq, filed_as, technical_field, duplicate_key,
            seller_name, seller_code, buyer_name, buyer_code, party_codes, contract_no, project_name, contract_type, signed_on,
            total_amount, technology_amount, registration_number, accepted_on, registered_on)
        select %(first)s + n, 1, 1, 1, case when %(shape)s = 'given up' then 'refused' else 'registered' end, 1, 1, 'seller', '05',
            int8send(%(first)s + n), %(shape)s || '卖方有限公司', %(shape)s || 'S', b.buyer || '买方有限公司', b.buyer, array[b.buyer],
            'H' || n %% 1000, '高温密封件检测技术服务' || repeat('补充协议', 45) || n %% 3, '501', '2023-05-10'::date + (case
                when %(one_seller)s then 0 else n %% 700 end)::integer, 500000, 500000,
            case when %(shape)s <> 'given up' then (20 * 10^14 + %(first)s + n)::bigint::text end, '2024-02-14',
            case when %(shape)s <> 'given up' then '2024-02-20'::date end
        from generate_series(1, %(count)s) n
        cross join lateral (select case when %(one_seller)s then 'B' || n else %(shape)s || 'B' end as buyer) b""",
                   {"first": first, "shape": shape, "one_seller": one_seller, "count": HOT[shape]})
    add = """insert into tcr.contract select (jsonb_populate_record(c, jsonb_build_object('id', %(id)s, 'duplicate_key', int8send(%(id)s)) || {}
        )).* from tcr.contract c where c.id = %(like)s"""
    cursor.execute(add.format("""jsonb_build_object('status', 'registered', 'contract_no', 'EINE-1', 'project_name', '只此一份', 'signed_on',
        '2019-01-01', 'registered_on', '2024-02-20', 'registration_number', %(number)s::text)"""),
                   {"id": first + MEANT, "number": str(3 * 10**15 + first), "like": first + 7})
    cursor.execute(add.format("""jsonb_build_object('status', 'accepted', 'contract_no', 'eine 1', 'project_name', '只此一份',
        'registered_on', null, 'registration_number', null)"""), {"id": first + NEW, "like": first + 7})


@pytest.fixture(scope="module")
def record(connection):
    """A connection to a record with nothing but these crowds, marked."""
    with connection.cursor() as cursor:
        for shape, first in FIRST.items():
            load(cursor, shape, first)
        cursor.execute("select tcr.findings_rebuild()")
        cursor.execute("analyze tcr.contract_mark")
    return connection


def findings(db, contract_id):
    """Rule to contracts and numbers."""
    with db.cursor() as cursor:
        cursor.execute("select f.rule, f.contracts, f.facts from tcr.contract c, tcr.findings_of(c) f where c.id = %s", (contract_id,))
        return {rule[len("finding."):]: (contracts, facts) for rule, contracts, facts in cursor.fetchall()}


def cost(db, contract_id):
    """Blocks that the search of one contract touches, and its milliseconds: the median of nine."""
    question = "select count(*) from tcr.contract c, tcr.findings_of(c) f where c.id = %s"
    times = []
    with db.cursor() as cursor:
        for _ in range(9):
            start = time.monotonic()
            cursor.execute(question, (contract_id,))
            cursor.fetchall()
            times.append(time.monotonic() - start)
        cursor.execute("explain (analyze, buffers, format json) " + question, (contract_id,))
        plan = cursor.fetchone()[0][0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], 1000 * statistics.median(times)


def check_cost(db, contract_id):
    blocks, milliseconds = cost(db, contract_id)
    print(f"{blocks} blocks, {milliseconds:.2f} ms")
    assert blocks < 2500, "some tens of index pages and a hundred contracts"
    assert milliseconds < 100, "measured at 2 to 8 ms on an idle machine; the bound leaves room for a busy one"


def test_a_pair_of_parties(record):
    first = FIRST["one pair"]
    found = findings(record, first + NEW)
    assert first + MEANT in found["same_names"][0] and found["same_number"][0] == [first + MEANT]
    check_cost(record, first + NEW)
    crowd = findings(record, first + 7)
    assert len(crowd["same_names"][0]) == 20 and crowd["same_names"][1]["more"] is True
    assert len(crowd["same_number"][0]) == 20
    check_cost(record, first + 7)


def test_a_seller_with_one_amount_on_one_day(record):
    first = FIRST["one seller, one day, one amount"]
    found = findings(record, first + NEW)
    assert len(found["same_amount"][0]) == 20 and found["same_amount"][1]["more"] is True
    assert found["same_number"][0] == [first + MEANT] and first + MEANT in found["same_names"][0]
    check_cost(record, first + NEW)


def test_a_crowd_of_refused_contracts_hides_nothing(record):
    first = FIRST["given up"]
    found = findings(record, first + NEW)
    assert found["same_names"][0] == found["same_number"][0] == [first + MEANT]
    assert len(found["given_up"][0]) == 20 and found["given_up"][1]["more"] is True
    check_cost(record, first + NEW)


def test_filed_and_not_yet_accepted(record):
    """A crowd without marks: looked up by two small indexes, and bounded as well."""
    first = 4_000_000
    with record.cursor() as cursor:
        cursor.execute("""
            insert into tcr.contract select (jsonb_populate_record(c, jsonb_build_object('id', %s + n, 'duplicate_key', int8send(%s + n),
                'status', 'submitted', 'registered_on', null, 'registration_number', null, 'accepted_on', null))).*
            from tcr.contract c, generate_series(1, 20000) n where c.id = %s""", (first, first, FIRST["one pair"] + 7))
    found = findings(record, first + 1)
    assert found["same_deal"][0] and found["same_names"][0]
    check_cost(record, first + 1)
