"""A record of the time when acts left money where it was booked: the migration moves it on the first open day, closed days stay as they are,
and the nightly job proves both."""
import datetime
import subprocess

import pytest

from contracts import fen, today
from harness import CHECKOUT, asking, environment
from receipts import act, end, registered, verified
from recomputed import DIMENSIONS, MEASURES, answered, recomputed
from registered import change

MIGRATION, = (CHECKOUT / "sql/migrations").glob("*_money_moves.sql")
DAY = today() - datetime.timedelta(days=40)
RECEIVED = {"received_on": DAY.isoformat(), "amount": "200.00", "technology_part": "123.45", "costs": [{"kind": "labour", "amount": "23.45"}]}


def replaced(query, function, *pairs):
    """Create the function anew with these texts replaced; how it read before."""
    before = text = query("select pg_get_functiondef(%s::regprocedure)", function)[0][0]
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    query(text)
    return before


def filed(tcrd, region):
    signed = (DAY - datetime.timedelta(days=5)).isoformat()
    return registered(tcrd, total_amount="400000.00", signed_on=signed, term_begins_on=signed, **{"seller.region": region})


@pytest.fixture(scope="module")
def before(_daemon, connection):
    """The record as the functions before the migration left it: what was asked then, and the contracts."""
    tcrd, query = _daemon, asking(connection)
    registrar = tcrd.https("registrar")
    query("drop table tcr.money_move; alter table tcr.cube_state drop column money_seq")
    functions = [
        replaced(query, "tcr.fact_book(bigint[])", ("x.sign * m.received, x.sign * m.income", "0, 0")),
        replaced(query, "tcr.fact_receive(bigint,integer,bigint,date,bigint,bigint)", ("and r.status = 'registered'", "")),
    ]
    clock = query("select pg_get_functiondef('tcr.today()'::regprocedure)")[0][0]
    query(f"create or replace function tcr.today() returns date language sql stable as $$ select date '{DAY}' $$")

    moved = filed(tcrd, "371325")
    receipt = verified(tcrd, moved, **RECEIVED)
    change(tcrd, moved, {"seller": {"region": "371326"}})
    assert act(registrar, moved, receipt, "reverse", {"reason": "退款"}).status == 200
    wandering = filed(tcrd, "371321")
    for region in ("371322", "371323", "371321"):
        verified(tcrd, wandering, **RECEIVED)
        change(tcrd, wandering, {"seller": {"region": region}})
    ended, ended_later = filed(tcrd, "371327"), filed(tcrd, "371328")
    taken = verified(tcrd, ended, **RECEIVED)
    verified(tcrd, ended, **RECEIVED)
    end(tcrd, ended, "revoked")
    assert act(registrar, ended, taken, "reverse", {"reason": "登记已终止"}).status == 200
    at_home = filed(tcrd, "371329")
    verified(tcrd, at_home, **RECEIVED)
    kept = [verified(tcrd, ended_later, **RECEIVED) for _ in range(2)]
    change(tcrd, ended_later, {"seller": {"region": "371324"}})
    query(clock)
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    query("insert into tcr.closing (period, first_day, last_day, seq) select to_char(d, 'YYYY-MM-DD'), d, d, (select max(seq) from tcr.fact)"
          " from generate_series(%s::timestamp, %s::timestamp, '1 day') d", DAY, today() - datetime.timedelta(days=1))
    seq = query("select value from tcr.sequence_counter")[0][0]
    bureau = tcrd.https("bureau")
    told = {by: bureau.get(f"/v1/statistics?measure={','.join(MEASURES)}&by={by}&as_of={seq}").body for by in ("district", "day,district")}
    assert answered(bureau, "registered", ["district"])["371326",] == [1, 40000000, 40000000, -12345, -10000], "the fault that was"
    assert tcrd.stop() == 0
    query("begin;" + MIGRATION.read_text() + "; commit")
    for text in functions:
        query(text)
    tcrd.start()
    return {"seq": seq, "told": told, "moved": moved, "wandering": wandering, "ended": ended, "ended_later": ended_later, "kept": kept,
            "at_home": at_home}


def aggregate(installation, *options):
    return subprocess.run([installation.BINARY, "-c", str(installation.config), "aggregate", *options], capture_output=True, text=True,
                          env=environment(), timeout=120)


def right_by_contract(tcrd, query):
    """What arrived is where its contracts count now, whenever it was booked."""
    for basis in ("registered", "output", "absorbed", "local"):
        for by in DIMENSIONS[:-2]:
            assert answered(tcrd.https("bureau"), basis, [by]) == recomputed(query, basis, [by]), (basis, by)


def test_what_was_told_stays_and_what_is_told_is_right(tcrd, query, before):
    bureau = tcrd.https("bureau")
    for by, told in before["told"].items():
        assert bureau.get(f"/v1/statistics?measure={','.join(MEASURES)}&by={by}&as_of={before['seq']}").body == told, by
    right_by_contract(tcrd, query)
    moves = query("select contract_id::text, count(*), bool_and(day = %s), bool_or(to_seq is null) from tcr.money_move group by 1", today())
    assert sorted(moves) == sorted([(before["moved"]["id"], 1, True, False), (before["wandering"]["id"], 2, True, False),
                                    (before["ended"]["id"], 1, True, True), (before["ended_later"]["id"], 1, True, False)])
    assert {f[0] for f in query("select distinct day from tcr.fact where seq > %s", before["seq"])} == {today()}
    days = answered(bureau, "registered", ["day", "district"])
    assert days[DAY.isoformat(), "371325"][3:] == [12345, 10000], "a closed day keeps what it had"
    assert days[today().isoformat(), "371325"] == [0, 0, 0, -12345, -10000]


def test_members_name_the_move(tcrd, before):
    page = tcrd.https("bureau").get("/v1/statistics/members?district=371325&limit=1000").json
    assert [i["event"] for i in page["items"]][-1] == "move_money" and page["sum"]["technology_received"] == "0.00"
    parts = [i["technology_received"] for i in page["items"]]
    assert sum(-fen(p[1:]) if p.startswith("-") else fen(p) for p in parts) == 0 and len(parts) > 2


def test_the_nightly_job_agrees_and_finds_a_fen(tcrd, installation, query, before):
    for options in (["--verify"], ["--cells"], []):
        done = aggregate(installation, *options)
        assert done.returncode == 0 and "0 differences" in done.stdout, done
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    for option in ("--verify", "--cells", "--rebuild"):
        done = aggregate(installation, option)
        assert done.returncode == 0 and "0 differences" in done.stdout, done
    first = query("select min(seq) from tcr.money_move")[0][0]
    early = query("select min(seq) from tcr.fact where count <> 0 and not is_new")[0][0]
    query("alter table tcr.fact disable trigger append_only")
    try:
        for seq in (first, early):
            query("update tcr.fact set technology_received = technology_received + 1 where seq = %s and sign = -1", seq)
            done = aggregate(installation, "--verify")
            assert done.returncode == 3 and f"seq={seq}" in done.stderr, done
            query("update tcr.fact set technology_received = technology_received - 1 where seq = %s and sign = -1", seq)
    finally:
        query("alter table tcr.fact enable trigger append_only")
    assert aggregate(installation, "--verify").returncode == 0


def test_acts_afterwards_take_the_money_along(tcrd, installation, query, before):
    contract = before["wandering"]
    change(tcrd, contract, {"seller": {"region": "371302"}})
    assert answered(tcrd.https("bureau"), "registered", ["district"])["371302",][3:] == [3 * 12345, 30000]
    contract = before["ended_later"]
    assert act(tcrd.https("registrar"), contract, before["kept"][0], "reverse", {"reason": "退款"}).status == 200
    end(tcrd, contract, "cancelled")
    right_by_contract(tcrd, query)
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    for option in ("--verify", "--cells"):
        done = aggregate(installation, option)
        assert done.returncode == 0 and "0 differences" in done.stdout, done
