"""Registered contracts and receipts for the tests, and statements recomputed from the rows of the record by other means than tcrd's."""
import datetime
import math
import uuid

from contracts import PASSED, contract_body, money, today
from registered import ask, decide


# A term that is over is a line that the registrar passes by its name.
IS_OVER = {"rule": "G02", "answer": True, "note": "补办登记"}


def registered(tcrd, role="agency", lines=(), **changes):
    """The JSON of a registered contract. lines: of the checklist that are answered by name."""
    with tcrd.https(role) as agency, tcrd.https("registrar") as registrar:
        reply = agency.submit(contract_for(**changes))
        assert reply.status == 201, reply
        for act, body in (("accept", {}), ("certify", {"checklist": PASSED["checklist"] + list(lines)})):
            reply = registrar.act(reply.json, act, body)
            assert reply.status == 200, reply
        return reply.json


def contract_for(**changes):
    kind = changes.get("contract_type", "101")
    if kind.startswith("3"):
        changes.setdefault("license", {"mode": "3", "years": "5"})
    changes.setdefault("contract_type", kind)
    changes.setdefault("deductions", [])
    return contract_body(**changes)


def end(tcrd, contract, status):
    """End a registration: cancelled at the agency's request, or revoked by the bureau."""
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar, tcrd.https("bureau") as bureau:
        if status == "revoked":
            reply = bureau.act(contract, "revoke", {"ground": "V1", "note": "查实"})
        else:
            asked = ask(agency, contract, "cancel", {"reason": "N1", "note": "解除"})
            assert asked.status == 201, asked
            reply = decide(registrar, asked.json, "approve")
        assert reply.status == 200, reply
        contract["seq"] = int(reply.etag.strip('"'))


def receipt_body(**changes):
    body = {"received_on": today().isoformat(), "payer": "付款单位", "amount": "100.00", "technology_part": "80.00",
            "costs": [{"kind": "labour", "amount": "10.00"}, {"kind": "material", "amount": "5.50"}],
            "invoice_kind": "ordinary", "invoice_number": uuid.uuid4().hex[:20], **changes}
    return {name: value for name, value in body.items() if value is not None}


def record(client, contract, **changes):
    """The answer to a recorded receipt; contract is brought to its new seq."""
    reply = client.post(f"/v1/contracts/{contract['id']}/receipts", receipt_body(**changes), if_match=contract["seq"])
    if reply.status == 201:
        contract["seq"] = reply.json["seq"]
    return reply


def act(client, contract, receipt, name, body=None, **kw):
    kw.setdefault("if_match", contract["seq"])
    reply = client.post(f"/v1/receipts/{receipt['id']}/{name}", {} if body is None else body, **kw)
    if reply.status == 200:
        contract["seq"] = reply.json["seq"]
    return reply


def verified(tcrd, contract, **changes):
    """A receipt that was recorded and verified."""
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar:
        reply = record(agency, contract, **changes)
        assert reply.status == 201, reply
        reply = act(registrar, contract, reply.json, "verify")
        assert reply.status == 200, reply
        return reply.json


# Recomputation ------------------------------------------------------------------------------------------------------------

def rows_of(query, where="true", *parameters):
    """Verified receipts as dicts, from the acts alone: the last act of each says what it is and what counts."""
    found = query(f"""select q.id, q.contract_id, q.received_on, q.amount, q.seller, q.invoice_kind, q.invoice_number,
            a.act, a.technology_part, a.costs
        from tcr.receipt q join tcr.receipt_act a on a.receipt_id = q.id
            and a.seq = (select max(x.seq) from tcr.receipt_act x where x.receipt_id = q.id)
        where {where} order by q.id""", *parameters)
    names = ("id", "contract", "day", "amount", "seller", "invoice_kind", "invoice", "act", "part", "costs")
    rows = [dict(zip(names, row)) for row in found]
    for row in rows:
        row["income"] = row["part"] - sum(row["costs"].values())
    return [row for row in rows if row["act"] == "verify"]


def sums(rows):
    """As the answers write them."""
    total = lambda name: money(sum(row[name] for row in rows))
    return {"receipts": len(rows), "received": total("amount"), "technology_received": total("part"), "income": total("income"),
            "costs_total": money(sum(sum(row["costs"].values()) for row in rows))}


def has_sums(answer, rows):
    want = sums(rows)
    assert {name: answer[name] for name in want} == want


def split(income):
    """Exempt, reduced and taxable fen of a year's transfer income: five million exempt, half of the rest, halves of a fen upwards."""
    exempt = min(income, 5_000_000_00)
    reduced = (income - exempt + 1) // 2
    return {"exempt": money(exempt), "excess": money(income - exempt), "reduced": money(reduced),
            "taxable": money(income - exempt - reduced)}


def half(income):
    return money(math.ceil(income / 2))


def days_in(year):
    """A few days of a year that are not after today."""
    last = min(datetime.date(year, 12, 31), today())
    return [day for day in (datetime.date(year, 1, 1), datetime.date(year, 6, 30), last) if day <= today()]
