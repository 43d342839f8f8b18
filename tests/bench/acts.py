#!/usr/bin/python3
"""Random acts on a demonstration, over HTTPS, so that its figures have adjustments, money and new contracts.

    tests/bench/acts.py --data DIR [--acts N] [--seed N]    a running daemon of deploy/quickstart.sh --data DIR, filled by tcrd sample

Accounts of the sample's agencies and of its busiest registration points are made for it. They file, certify, change, cancel, revoke,
record and verify money (tests/integration/people.py), on the contracts of these points and, the bureau, on any.
"""
import argparse
import pathlib
import sys
import uuid

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "tests/integration"))
sys.dont_write_bytecode = True
import contracts  # noqa: E402 (after the folder of the helpers is known)
from demonstration import Demonstration  # noqa: E402
from people import Person, let_them_act, shared_among  # noqa: E402

POINTS, AGENCIES, CONTRACTS = 4, 5, 3000


def people_of(place, query):
    """Names and options of accounts: filers of the sample's agencies, registrars of the point of the area and of the busiest ones."""
    run = uuid.uuid4().hex[:6]
    points = query("""select p.id, p.number_region || p.code from tcr.registration_point p
        join (select point_id, count(*) as n from tcr.contract where status = 'registered' group by 1) c on c.point_id = p.id
        order by p.region = (select region from tcr.installation) desc, c.n desc limit %s""", (POINTS,))
    people = {f"filer-{i}-{run}": ["--roles", "agency", "--agency", f"演示技术合同服务点{i + 1}"] for i in range(AGENCIES)}
    for point, code in points:
        for i in range(2):
            people[f"registrar-{point}x{i}-{run}"] = ["--roles", "registrar", "--point", code]
        people[f"reviewer-{point}-{run}"] = ["--roles", "registrar,reviewer", "--point", code]
    people[f"bureau-{run}"] = ["--roles", "bureau"]
    for name, options in people.items():
        place.add_account(name, *options)
    return list(people), [point for point, _ in points]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--acts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    place = Demonstration(given.data)
    db = place.connect()

    def query(sql, parameters=None):
        with db.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()
    names, points = people_of(place, query)
    # Those of the points, and some of anywhere and any year, which the bureau revokes.
    ids = [row[0] for row in query("""select id::text from (
            (select id from tcr.contract where status = 'registered' and point_id = any (%(points)s) order by hashint8(id) limit %(n)s)
            union select c.id from generate_series(1, %(n)s / 4) g
                join tcr.contract c on c.id = (hashint8(g) & 2147483647)::bigint %% (select max(id) from tcr.contract) + 1) c
        order by hashint8(id + 1)""", {"points": points, "n": CONTRACTS})]
    contracts.seed(given.seed)
    shared = shared_among(given.acts, len(ids) + given.acts // 15, ids)
    let_them_act([Person(place, name, shared, given.seed * 1000 + i) for i, name in enumerate(names)])
    events = query("select event, count(*) from tcr.contract_release where account_id in (select id from tcr.account where name = any (%s))"
                   " group by 1 order by 1", (names,))
    print("answers:", dict(sorted(shared["seen"].items())))
    print("acts:", dict(events))


if __name__ == "__main__":
    main()
