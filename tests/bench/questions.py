#!/usr/bin/python3
"""Do the answers of a running daemon equal plain SQL over the releases, to the fen? At any size, ten million contracts included.

    tests/bench/questions.py --data DIR [--questions N] [--seed N]              a record of deploy/quickstart.sh --data DIR
    tests/bench/questions.py --url URL --ca FILE --token FILE --dsn DSN [...]   any other; DSN: as the owner of the schema

Nobody may write to the record meanwhile: the deltas are made once, in a temporary table. Status 1: an answer differs. What the daemon
could not answer in time (503) is counted and another question asked instead, so N are compared.
"""
import argparse
import concurrent.futures
import pathlib
import random
import sys
import time
import urllib.parse

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "tests/integration"))
sys.dont_write_bytecode = True
import psycopg2  # noqa: E402 (after the folder of the helpers is known)

from clients import HttpsClient  # noqa: E402
from demonstration import Demonstration  # noqa: E402
from drawn_questions import ask, difference, draw  # noqa: E402
from released import Released  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--url")
    parser.add_argument("--ca")
    parser.add_argument("--token", type=pathlib.Path)
    parser.add_argument("--dsn")
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if (given.data is None) == (None in (given.url, given.ca, given.token, given.dsn)):
        parser.error("needs --data, or all of --url, --ca, --token and --dsn")
    return given


def connections(given):
    """A client of the daemon and a connection to its database."""
    if given.data:
        place = Demonstration(given.data)
        return place.https("bureau", timeout=120), place.connect()
    db = psycopg2.connect(given.dsn)
    db.autocommit = True
    return HttpsClient(urllib.parse.urlsplit(given.url).port, given.ca, token=given.token.read_text().strip(), timeout=120), db


class Tally:
    def __init__(self):
        self.compared = self.rows = self.refused = self.unanswered = self.differences = 0
        self.asking = self.checking = 0.0

    def take(self, released, question, reply):
        began = time.monotonic()
        wrong, rows = difference(released, question, reply)
        self.checking += time.monotonic() - began
        self.compared += 1
        self.rows += rows
        self.refused += reply.status == 400
        if wrong is not None:
            self.differences += 1
            print(f"DIFFERENCE {question['parameters']}\n{wrong}", flush=True)


def timed_ask(client, question):
    began = time.monotonic()
    return ask(client, question), time.monotonic() - began


def main():
    given = arguments()
    client, db = connections(given)
    began = time.monotonic()
    released = Released(db)
    print(f"{released.size} signed deltas of {released.last_seq} numbers from {released.first_day} to {released.last_day},"
          f" made in {time.monotonic() - began:.0f} s", flush=True)
    rng = random.Random(given.seed)
    tally = Tally()
    began = time.monotonic()
    # While one answer is checked, the next is asked for.
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        question = draw(rng, released)
        asked = other.submit(timed_ask, client, question)
        while tally.compared < given.questions:
            upcoming = draw(rng, released)
            reply, seconds = asked.result()
            tally.asking += seconds
            asked = other.submit(timed_ask, client, upcoming)
            if reply.status == 503:
                tally.unanswered += 1
                print(f"not answered in {seconds:.0f} s: {question['parameters']}", flush=True)
            else:
                tally.take(released, question, reply)
                if tally.compared % 100 == 0:
                    print(f"{tally.compared} questions, {tally.rows} rows, {tally.differences} differences,"
                          f" {time.monotonic() - began:.0f} s", flush=True)
            question = upcoming
    print(f"{tally.compared} questions compared, {tally.refused} of them rightly refused for more than 10000 rows, {tally.rows} rows,"
          f" {tally.differences} differences; {tally.unanswered} not answered in time;"
          f" asking {tally.asking:.0f} s, checking {tally.checking:.0f} s, together {time.monotonic() - began:.0f} s")
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
