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
from people import Person, let_them_act, sample_people, shared_among  # noqa: E402

CONTRACTS = 3000


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
    people, points = sample_people(query, uuid.uuid4().hex[:6])
    for name, options in people.items():
        place.add_account(name, *options)
    names = list(people)
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
