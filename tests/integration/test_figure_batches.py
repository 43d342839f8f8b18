"""What a batch of acts does to the figures, and a roll-up among closings: booked once for all of a batch, read from the days that a closing
left open."""
import datetime
import json
import random
import uuid

import psycopg2
import pytest

from contracts import credit_code, today
from figures import Recomputation, _act, _contract, _submit, fill
from harness import Installation

YESTERDAY = today() - datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def record(connection):
    fill(connection, seed=17, contracts=60, first=datetime.date(2024, 11, 1))
    return connection


def one(query, sql, *parameters):
    return query(sql, *parameters)[0][0]


def accepted(db, query, count):
    """Contracts that a registrar can certify, and the answers to their checklists."""
    rng = random.Random(count)
    agency, registrar = (one(query, "select id from tcr.account where name = %s", name) for name in ("agency", "registrar"))
    codes = [credit_code() for _ in range(2 * count)]
    contracts = [{**_contract(rng, codes), "total_amount": 5000000 + n, "technology_amount": 4000000} for n in range(count)]
    with db.cursor() as cursor:
        filed = _act(cursor, registrar, _submit(cursor, [agency], contracts, rng), "accept")
    lines = [line for kind in ("101", "201", "301", "401", "501", "502", "503")
             for line in one(query, "select tcr.checklist_lines(%s, tcr.today())", kind)]
    lines += [r for r, in query("select id from tcr.rule where id like 'finding.%%' and severity = 'waivable'")]
    return filed, {"determined": {}, "checklist": [{"rule": r, "answer": True, "note": "已核实"} for r in lines]}


def batch(query, items):
    """One call of the engine: (account, contract, if_match, act, detail) each, and the receipt that is acted on."""
    count = len(items)
    ids = {name: id for name, id in query("select name, id from tcr.account")}
    column = lambda n: [item[n] for item in items]
    methods = [act.replace("_", ".") if act.startswith("receipt") else f"contract.{act}" for act in column(3)]
    children = [item[5] if len(item) > 5 else None for item in items]
    fresh = lambda: [uuid.uuid4().hex for _ in items]
    return query("select outcome, seq from tcr.contract_act(%s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::text[], %s::bigint[],"
                 " %s::bigint[], %s::text[], %s::text[], %s::jsonb[], %s::text[], %s::bytea[], %s::jsonb[], %s::text[], %s::text[],"
                 " %s::bigint[]) order by item",
                 [ids[name] for name in column(0)], fresh(), [psycopg2.Binary(b"x" * 32)] * count, fresh(), ["test"] * count, column(1),
                 column(2), column(3), methods, [None] * count, [None] * count, [None] * count,
                 [json.dumps(detail) for detail in column(4)], [None] * count, fresh(), children)


def test_acts_of_one_batch_on_one_contract(query, record):
    """The second act of a contract takes off what the first one booked in the same transaction; the neighbours keep what is theirs."""
    (first, second, third), detail = accepted(record, query, 3)
    value = one(query, "select value from tcr.sequence_counter")
    outcomes = batch(query, [
        ("registrar", *first, "certify", detail),
        ("registrar", second[0], second[1] - 1, "certify", detail),
        ("registrar", *third, "certify", detail),
        ("bureau", first[0], value + 1, "revoke", {"reason": "01", "note": "test"}),
    ])
    assert [o for o, _ in outcomes] == ["ok", "stale", "ok", "ok"], outcomes
    booked = query("select seq, sign, contract_id, count, total_amount, is_new, day from tcr.fact where seq > %s order by seq, sign", value)
    amount = {c: one(query, "select total_amount from tcr.contract where id = %s", c) for c in (first[0], third[0])}
    assert booked == [
        (value + 1, 1, first[0], 1, amount[first[0]], True, today()),
        (value + 2, 1, third[0], 1, amount[third[0]], True, today()),
        (value + 3, -1, first[0], -1, -amount[first[0]], False, today()),
    ]
    assert one(query, "select value from tcr.sequence_counter") == value + 3


def test_money_that_arrives_and_goes_within_one_batch(query, record):
    """The receipt is booked at once and the end of the registration after it: what it takes out is what had arrived by its turn."""
    (contract,), detail = accepted(record, query, 1)
    value = one(query, "select value from tcr.sequence_counter")
    paper = {"received_on": today().isoformat(), "payer": "付款单位", "amount": "500.00", "technology_part": "400.00",
             "costs": [{"kind": "labour", "amount": "100.00"}], "invoice_kind": "none"}
    assert {o for o, _ in batch(query, [("registrar", *contract, "certify", detail), ("agency", contract[0], value + 1, "receipt_record", paper),
                                        ("agency", contract[0], value + 2, "receipt_record", paper)])} == {"ok"}
    receipts = [r for r, in query("select id from tcr.receipt where contract_id = %s order by id", contract[0])]
    outcomes = batch(query, [
        ("registrar", contract[0], value + 3, "receipt_verify", {}, receipts[0]),
        ("registrar", contract[0], value + 4, "receipt_verify", {}, receipts[1]),
        ("registrar", contract[0], value + 5, "receipt_reverse", {"reason": "退款"}, receipts[1]),
        ("bureau", contract[0], value + 6, "revoke", {"ground": "V9", "note": "test"}),
        ("registrar", contract[0], value + 7, "receipt_reverse", {"reason": "退款"}, receipts[0]),
    ])
    assert [o for o, _ in outcomes] == ["ok"] * 5, outcomes
    assert query("select seq, sign, count, technology_received, technology_income from tcr.fact where contract_id = %s order by 1, 2",
                 contract[0]) == [
        (value + 1, 1, 1, 0, 0), (value + 4, 1, 0, 40000, 30000), (value + 5, 1, 0, 40000, 30000), (value + 6, -1, 0, -40000, -30000),
        (value + 7, -1, -1, -40000, -30000)]


def cells(query):
    """Every cube's cells with their sums, however many rows they have."""
    answer = []
    for cube, columns in query("select cube, array_to_string(columns, ', ') from tcr.cube_columns()"):
        answer.append(query(f"select {columns}, sum(count), sum(total_amount), sum(technology_amount), sum(new_count), sum(new_total_amount)"
                            f" from tcr.cube_{cube} group by {columns} having sum(count) <> 0 or sum(total_amount) <> 0 order by {columns}"))
    return answer


def counted(query):
    return sum(row[-5] for row in cells(query)[3])


def test_roll_ups_among_closings(query, record):
    """Before a closing, after it, and from nothing while days are closed: always the cells of all facts."""
    recomputed = lambda: sum(d["sign"] for d in Recomputation(record).deltas)
    seqs = [seq for seq, in query("select seq from tcr.fact order by seq")]
    query("select tcr.cubes_roll(%s, false)", seqs[20])
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    assert one(query, "select tcr.nightly_close(%s)", YESTERDAY) == 1
    filed, detail = accepted(record, query, 4)
    assert {o for o, _ in batch(query, [("registrar", *f, "certify", detail) for f in filed])} == {"ok"}
    assert one(query, "select tcr.cubes_roll((select max(seq) from tcr.fact), false)") == 4
    kept = cells(query)
    assert counted(query) == recomputed()
    query("delete from tcr.cube_area; delete from tcr.cube_party; delete from tcr.cube_agency; delete from tcr.cube_flow;"
          " update tcr.cube_state set rolled_seq = 0")
    assert one(query, "select tcr.cubes_roll((select max(seq) from tcr.fact), false)") == one(query, "select count(*) from tcr.fact")
    assert cells(query) == kept
    query("select tcr.cubes_roll(0, true)")
    assert cells(query) == kept and counted(query) == recomputed()
    assert query("select * from tcr.nightly_verify(true)") == []
