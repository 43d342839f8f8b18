"""Money that arrived follows its contract: an act that gives a registered contract another place in the figures takes it along, an act
that ends the registration takes it out, in every dimension and at every moment."""
import subprocess
import uuid

import pytest

from contracts import fen
from harness import environment, wait_until
from receipts import act, end, registered, verified
from recomputed import DIMENSIONS, MEASURES, answered, everything_agrees, recomputed
from registered import ask, change, decide

RECEIVED = {"amount": "200.00", "technology_part": "123.45", "costs": [{"kind": "labour", "amount": "23.45"}]}
MONEY = (12345, 10000)


def determined_anew(tcrd, contract, proposed):
    """An objection of a party, approved by the registrar."""
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar:
        asked = ask(agency, contract, "object", {"note": "异议", "on_behalf_of": "party", "proposed": proposed})
        done = decide(registrar, asked.json, "approve")
        assert done.status == 200, done
        contract["seq"] = int(done.etag.strip('"'))


def handed_to_another_point(tcrd, contract, proposed):
    """No act of a person does this to a registered contract; what books it is the same for all acts."""
    columns = ("point_id, agency_id, contract_type, technical_field, total_amount, technology_amount, filed_as, seller_region, seller_zone,"
               " buyer_region, buyer_zone, accepted_on, registered_on, registration_number, route, filed_seq")
    with tcrd.installation.connect() as db, db.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("insert into tcr.registration_point (region, number_region, code, name) values ('3713', '3713', '77', '另一登记机构')"
                       " on conflict do nothing")
        cursor.execute("update tcr.sequence_counter set value = value + 1 returning value")
        seq = cursor.fetchone()[0]
        cursor.execute("update tcr.contract set seq = %s, point_id = (select id from tcr.registration_point where code = '77') where id = %s",
                       (seq, contract["id"]))
        cursor.execute(f"insert into tcr.contract_release (seq, contract_id, event, status, day, account_id, request_id, body_sha256, {columns})"
                       f" select seq, id, 'change', status, tcr.today(), 1, %s, '', {columns} from tcr.contract where id = %s",
                       (uuid.uuid4().hex, contract["id"]))
        cursor.execute("select tcr.fact_book(array[%s]::bigint[])", (seq,))
        cursor.execute("update tcr.contract set point_id = (select min(id) from tcr.registration_point) where id = %s", (contract["id"],))
        cursor.execute("commit")
    contract["seq"] = seq


# dimension, basis, what the contract is filed with, the act, what it brings, the old key and the new one; None: outside the area.
MOVES = [
    ("district", "registered", {"seller.region": "371325"}, change, {"seller": {"region": "371326"}}, "371325", "371326"),
    ("district", "registered", {"seller.region": "371311"}, change, {"seller": {"zone": "371371"}}, "371311", "371371"),
    ("district", "output", {"seller.region": "371302"}, change, {"seller": {"region": "371321"}}, "371302", "371321"),
    ("district", "absorbed", {"buyer.region": "371325"}, change, {"buyer": {"region": "371326"}}, "371325", "371326"),
    ("county", "absorbed", {"buyer.region": "371322"}, change, {"buyer": {"region": "110108"}}, "371322", None),
    ("county", "local", {"buyer.region": "370102", "seller.region": "371323"}, change, {"buyer": {"region": "371325"}}, None, "371323"),
    ("contract_type", "registered", {"contract_type": "102"}, determined_anew, {"contract_type": "501"}, "1", "5"),
    ("technical_field", "registered", {"technical_field": "05"}, change, {"technical_field": "08"}, "05", "08"),
    ("ip_type", "registered", {"ip_types": ["2"]}, change, {"ip_types": ["11"]}, "2", "11"),
    ("size_class", "registered", {"total_amount": "400000.00"}, change, {"total_amount": "2000000.00"}, "s1", "s2"),
    ("direction", "registered", {"seller.region": "371323", "buyer.region": "371323"}, change, {"buyer": {"region": "110108"}}, "county",
     "country"),
]


def money_by(bureau, basis, by, **more):
    """What arrived, in fen, by key; keys without any are left out."""
    cells = {key: tuple(values[3:]) for key, values in answered(bureau, basis, by, **more).items()}
    return {key: values for key, values in cells.items() if any(values)}


def came(before, after):
    """What is more than before, by key."""
    keys = {*before, *after}
    gone = {key: tuple(a - b for a, b in zip(after.get(key, (0, 0)), before.get(key, (0, 0)))) for key in keys}
    return {key: values for key, values in gone.items() if any(values)}


def members_add_up(bureau, basis, dimension, key, cell):
    """The parts of a cell, signed, are the cell."""
    page = bureau.get(f"/v1/statistics/members?basis={basis}&{dimension}={key}&limit=1000").json
    assert page["next"] is None
    for measure, value in zip(MEASURES[3:], cell):
        parts = [i[measure] for i in page["items"]]
        assert sum(-fen(p[1:]) if p.startswith("-") else fen(p) for p in parts) == value, (measure, parts)
        assert page["sum"][measure] == f"{value // 100}.{value % 100:02d}"


@pytest.mark.parametrize("dimension, basis, filed, how, brings, old, new", MOVES)
def test_money_goes_where_the_contract_goes(tcrd, query, dimension, basis, filed, how, brings, old, new):
    bureau, registrar = tcrd.https("bureau"), tcrd.https("registrar")
    now = lambda: money_by(bureau, basis, [dimension])
    begin = now()
    contract = registered(tcrd, **{"seller.region": "371329", "total_amount": "400000.00", **filed})
    receipt = verified(tcrd, contract, **RECEIVED)
    arrived = contract["seq"]
    told = lambda seq: bureau.get(f"/v1/statistics?measure={','.join(MEASURES)}&basis={basis}&by={dimension},day&as_of={seq}").body
    first = told(arrived)
    assert came(begin, now()) == ({(old,): MONEY} if old else {})
    how(tcrd, contract, brings)
    moved = contract["seq"]
    after, second = now(), told(moved)
    assert came(begin, after) == ({(new,): MONEY} if new else {}), "out of the one cell and into the other"
    if new and basis != "local":
        members_add_up(bureau, basis, dimension, new, after[new,])
    later = verified(tcrd, contract, **{**RECEIVED, "technology_part": "0.07", "costs": []})
    assert came(begin, now()) == ({(new,): (MONEY[0] + 7, MONEY[1] + 7)} if new else {})
    assert act(registrar, contract, receipt, "reverse", {"reason": "退款"}).status == 200
    assert came(begin, now()) == ({(new,): (7, 7)} if new else {}), "taken back where it is now"
    assert act(registrar, contract, later, "reverse", {"reason": "退款"}).status == 200
    assert now() == begin
    assert told(arrived) == first and told(moved) == second and first != second


def test_a_contract_of_another_registration_point(tcrd, query):
    bureau = tcrd.https("bureau")
    begin = money_by(bureau, "registered", ["registration_point"])
    contract = registered(tcrd, total_amount="400000.00")
    verified(tcrd, contract, **RECEIVED)
    old, = came(begin, money_by(bureau, "registered", ["registration_point"]))
    handed_to_another_point(tcrd, contract, None)
    # What another connection wrote is seen as soon as the daemon looks again.
    wait_until(lambda: [*came(begin, money_by(bureau, "registered", ["registration_point"]))] != [old], "the daemon has seen the act")
    new, = came(begin, money_by(bureau, "registered", ["registration_point"]))
    assert new != old and query("select code from tcr.registration_point where id = %s", int(new[0])) == [("77",)]
    assert came(begin, money_by(bureau, "registered", ["registration_point"])) == {new: MONEY}


@pytest.mark.parametrize("status", ["cancelled", "revoked"])
def test_money_of_a_registration_that_ends(tcrd, query, status):
    """It goes out with the contract; what is taken back later was out already."""
    bureau, registrar = tcrd.https("bureau"), tcrd.https("registrar")
    everywhere = [(basis, [by]) for basis in ("registered", "output", "absorbed", "local") for by in DIMENSIONS]
    now = lambda: [money_by(bureau, *question) for question in everywhere]
    begin = now()
    contract = registered(tcrd, total_amount="400000.00", **{"seller.region": "371325", "buyer.region": "371311"})
    receipts = [verified(tcrd, contract, **RECEIVED) for _ in range(2)]
    change(tcrd, contract, {"seller": {"region": "371326"}})
    assert [came(*pair) for pair in zip(begin, now())] != [{}] * len(begin)
    seq = contract["seq"]
    told = bureau.get(f"/v1/statistics?measure={','.join(MEASURES)}&by=district&as_of={seq}").body
    end(tcrd, contract, status)
    assert now() == begin
    facts = query("select count(*) from tcr.fact where contract_id = %s", contract["id"])
    assert act(registrar, contract, receipts[0], "reverse", {"reason": "登记已终止"}).status == 200
    assert now() == begin
    assert query("select count(*) from tcr.fact where contract_id = %s", contract["id"]) == facts, "nothing is booked that moves nothing"
    assert query("select sum(technology_received)::bigint from tcr.receipt_fact where contract_id = %s", contract["id"]) == [(MONEY[0],)]
    assert tcrd.https("agency").get(f"/v1/contracts/{contract['id']}/income").json["total"]["technology_received"] == "123.45", \
        "what arrived is still told of the contract"
    assert bureau.get(f"/v1/statistics?measure={','.join(MEASURES)}&by=district&as_of={seq}").body == told


def test_a_change_that_moves_nothing_moves_no_money(tcrd, query):
    contract = registered(tcrd, total_amount="400000.00")
    verified(tcrd, contract, **RECEIVED)
    facts = query("select count(*) from tcr.fact where contract_id = %s", contract["id"])
    change(tcrd, contract, {"summary": "另述"})
    assert query("select count(*) from tcr.fact where contract_id = %s", contract["id"]) == facts


def test_there_and_back_again(tcrd, query):
    """Every move takes all that arrived until then, and nothing of what comes after."""
    bureau = tcrd.https("bureau")
    now = lambda: money_by(bureau, "registered", ["district"])
    begin = now()
    contract = registered(tcrd, total_amount="400000.00", **{"seller.region": "371325"})
    receipts = []
    for n, region in enumerate(["371326", "371325", "371327", "371326"], 1):
        receipts.append(verified(tcrd, contract, **RECEIVED))
        change(tcrd, contract, {"seller": {"region": region}})
        assert came(begin, now()) == {(region,): (n * MONEY[0], n * MONEY[1])}
    change(tcrd, contract, {"technical_field": "11" if contract["technical_field"] != "11" else "01"})
    for receipt in receipts:
        assert act(tcrd.https("registrar"), contract, receipt, "reverse", {"reason": "退款"}).status == 200
    assert now() == begin
    moves = query("""select count(*), sum(technology_received)::bigint, sum(technology_income)::bigint from tcr.fact
        where contract_id = %s and count <> 0 group by seq having sum(count) = 0""", contract["id"])
    assert moves == [(2, 0, 0)] * 5, "a move brings nothing and loses nothing"


def test_everything_agrees_with_the_acts(tcrd, query):
    """The tests above left many contracts: all of it once more, by every pair of dimensions."""
    everything_agrees(tcrd, query)
    assert any(values[3] for values in recomputed(query, "registered", ["district"]).values())
    assert any(values[3] for values in answered(tcrd.https("bureau"), "registered", ["district"]).values())


def aggregate(installation, *options):
    return subprocess.run([installation.BINARY, "-c", str(installation.config), "aggregate", *options], capture_output=True, text=True,
                          env=environment(), timeout=120)


def test_the_nightly_job_finds_a_fen_of_moved_money(tcrd, installation, query):
    contract = registered(tcrd, total_amount="400000.00", **{"seller.region": "371325"})
    verified(tcrd, contract, **RECEIVED)
    change(tcrd, contract, {"seller": {"region": "371326"}})
    moved = contract["seq"]
    kept = verified(tcrd, contract, **RECEIVED)
    end(tcrd, contract, "revoked")
    assert act(tcrd.https("registrar"), contract, kept, "reverse", {"reason": "退款"}).status == 200
    query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
    for option in ("--verify", "--cells", "--rebuild"):
        done = aggregate(installation, option, *(["--dry-run"] if option == "--rebuild" else []))
        assert done.returncode == 0 and "0 differences" in done.stdout, done
    ended = int(query("select max(seq) from tcr.fact where contract_id = %s", contract["id"])[0][0])
    spoilings = [(moved, -1, "technology_received = technology_received + 1"), (moved, 1, "technology_income = technology_income - 1"),
                 (ended, -1, "technology_received = 0"), (ended, -1, "technology_income = technology_income + 1")]
    query("alter table tcr.fact disable trigger append_only")
    try:
        for seq, sign, spoiling in spoilings:
            kept = query("select technology_received, technology_income from tcr.fact where seq = %s and sign = %s", seq, sign)[0]
            assert all(kept)
            query(f"update tcr.fact set {spoiling} where seq = %s and sign = %s", seq, sign)
            for option in ("--verify", "--cells"):
                done = aggregate(installation, option)
                assert done.returncode == 3 and f"contracts [{contract['id']}]" in done.stderr, (spoiling, option, done)
            query("update tcr.fact set technology_received = %s, technology_income = %s where seq = %s and sign = %s", *kept, seq, sign)
        # The same fen out of both sides of a move: no cell of the city has a wrong sum, two districts have.
        query("update tcr.fact set technology_received = technology_received + sign where seq = %s", moved)
        done = aggregate(installation, "--verify")
        assert done.returncode == 3 and f"contracts [{contract['id']}]" in done.stderr, done
        query("update tcr.fact set technology_received = technology_received - sign where seq = %s", moved)
    finally:
        query("alter table tcr.fact enable trigger append_only")
    # What arrived was another sum than every act took along: no cell of today is wrong, but what as_of tells of the acts is.
    query("alter table tcr.receipt_fact disable trigger append_only")
    try:
        query("update tcr.receipt_fact set technology_received = technology_received + 1 where contract_id = %s and seq < %s", contract["id"],
              moved)
        done = aggregate(installation, "--verify")
        assert done.returncode == 3 and f"contracts [{contract['id']}]" in done.stderr, done
        query("update tcr.receipt_fact set technology_received = technology_received - 1 where contract_id = %s and seq < %s", contract["id"],
              moved)
    finally:
        query("alter table tcr.receipt_fact enable trigger append_only")
    for option in ("--verify", "--cells", "--rebuild"):
        done = aggregate(installation, option)
        assert done.returncode == 0 and "0 differences" in done.stdout, done
    everything_agrees(tcrd, query)
