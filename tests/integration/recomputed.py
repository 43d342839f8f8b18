"""Figures recomputed from the releases alone - minus the old state, plus the new one, on the day of the act or the first open day - and
compared with what the daemon answers. Money that arrived is where its contract counts. Nothing here shares a line or a query with tcrd."""
import collections
import datetime
import itertools

from contracts import LINYI_COUNTIES, OTHER_COUNTIES, fen, money

TYPES = ["101", "102", "401", "501"]
ZONES = {"371311": "371371", "371312": "371372", "371327": "371373"}
DIMENSIONS = ["contract_type", "technical_field", "county", "district", "ip_type", "registration_point", "month", "day"]
MEASURES = ["count", "total_amount", "technology_amount", "technology_received", "technology_income"]


def money_acts(query):
    """What a verification brought and a reversal took back, by the number of the act, from the acts on receipts: technology part, and what
    is left of it after costs. A receipt that was never verified brought nothing."""
    verified, moved = {}, {}
    for seq, receipt, act, part, costs in query("select seq, receipt_id, act, technology_part, costs from tcr.receipt_act order by seq"):
        if act == "verify":
            verified[receipt] = moved[seq] = (part, part - sum(costs.values()))
        elif act == "reverse" and receipt in verified:
            moved[seq] = tuple(-value for value in verified[receipt])
    return moved


def deltas(query):
    """(release, its five values, sign, booked day) of everything that an act changed. A release counts while its status is registered, and
    with it all the money that arrived until then."""
    closed = query("select seq, last_day from tcr.closing order by seq, last_day")
    names = ["seq", "contract_id", "status", "day", "contract_type", "technical_field", "total_amount", "technology_amount", "filed_as",
             "seller_region", "seller_zone", "buyer_region", "buyer_zone", "ip_type", "point_id"]
    money, arrived, counted = money_acts(query), collections.defaultdict(lambda: (0, 0)), {}
    for row in query(f"select {', '.join(names)} from tcr.contract_release order by seq"):
        release = dict(zip(names, row))
        contract = release["contract_id"]
        booked = max([release["day"]] + [last + datetime.timedelta(days=1) for seq, last in closed if seq < release["seq"]])
        if contract in counted:
            yield *counted.pop(contract), -1, booked
        arrived[contract] = tuple(map(sum, zip(arrived[contract], money.get(release["seq"], (0, 0)))))
        if release["status"] == "registered":
            counted[contract] = release, (1, release["total_amount"], release["technology_amount"], *arrived[contract])
            yield *counted[contract], 1, booked


def recomputed(query, basis, by, region="3713"):
    sums = collections.defaultdict(lambda: [0] * len(MEASURES))
    for release, values, sign, booked in deltas(query):
        party = {"registered": "buyer" if release["filed_as"] == "import_buyer" else "seller", "output": "seller",
                 "absorbed": "buyer", "local": "seller"}[basis]
        county = release[party + "_region"]
        if county is None or not county.startswith(region):
            continue
        if basis == "local" and not (release["buyer_region"] or "").startswith(region):
            continue
        cell = {"contract_type": release["contract_type"][0], "technical_field": release["technical_field"], "county": county,
                "district": release[party + "_zone"] or county, "ip_type": release["ip_type"],
                "registration_point": str(release["point_id"]), "month": booked.isoformat()[:7], "day": booked.isoformat()}
        for i, value in enumerate(values):
            sums[tuple(cell[d] for d in by)][i] += sign * value
    return {key: value for key, value in sums.items() if any(value)}


def answered(bureau, basis, by, **more):
    extra = "".join(f"&{k}={v}" for k, v in more.items())
    reply = bureau.get(f"/v1/statistics?measure={','.join(MEASURES)}&basis={basis}&by={','.join(by)}{extra}")
    assert reply.status == 200, reply
    rows = {tuple(r[d] for d in by): [r["count"]] + [signed(r[m]) for m in MEASURES[1:]] for r in reply.json["rows"]}
    return {key: value for key, value in rows.items() if any(value)}


def signed(text):
    return -fen(text[1:]) if text.startswith("-") else fen(text)


def everything_agrees(tcrd, query):
    bureau = tcrd.https("bureau")
    # No cell is left with money of a contract that does not count there.
    assert query("""select contract_id from tcr.fact group by contract_id, figure_key
        having sum(count) <> 1 and (sum(technology_received) <> 0 or sum(technology_income) <> 0)""") == []
    for basis, by in itertools.product(("registered", "output", "absorbed", "local"), itertools.combinations(DIMENSIONS, 2)):
        assert answered(bureau, basis, by) == recomputed(query, basis, by), (basis, by)


def random_values(rng):
    """Some fields of the form, valid together."""
    total = rng.randrange(10_000_00, 4_000_000_00)
    seller, buyer = rng.choice(LINYI_COUNTIES), rng.choice(LINYI_COUNTIES + OTHER_COUNTIES)
    values = {
        "total_amount": money(total), "deductions": [{"kind": "x_parts", "amount": money(rng.randrange(1, total))}],
        "contract_type": rng.choice(TYPES), "technical_field": f"{rng.randrange(1, 12):02d}",
        "seller": {"region": seller, "zone": ZONES.get(seller, "")}, "buyer": {"region": buyer, "zone": ZONES.get(buyer, "")},
    }
    amounts = ["total_amount", "deductions"]
    chosen = set(rng.sample(sorted(values), rng.randrange(1, 4)))
    return {name: values[name] for name in values if name in chosen or (name in amounts and chosen & set(amounts))}
