"""Two hundred questions drawn from everything that can be asked equal plain SQL over the releases, to the fen, after acts of every kind.
tests/bench/questions.py asks a thousand of any record, ten million contracts included."""
import contextlib
import random

import pytest

from contracts import seed, today
from drawn_questions import ask, difference, draw, expected
from figures import Recomputation
from harness import asking
from people import Person, let_them_act, sample_people, shared_among
from released import Released

ACTS = 900


@pytest.fixture(scope="module")
def record(installation, connection):
    """Ten years of the whole country."""
    installation.command("sample", "--national", "--size", "4000", "--seed", "51")
    return connection


@pytest.fixture
def released(installation, record):
    with contextlib.closing(installation.connect()) as db:
        yield Released(db)


def compare(client, released, count, number):
    rng = random.Random(number)
    rows = 0
    for _ in range(count):
        question = draw(rng, released)
        wrong, compared = difference(released, question, ask(client, question))
        assert wrong is None, f"{question['parameters']}\n{wrong}"
        rows += compared
    return rows


def test_before_any_later_act(tcrd, record, released):
    """Both recomputations, this one in SQL and the one in Python, say the same here."""
    truth = Recomputation(record)
    rng = random.Random(52)
    for _ in range(60):
        question = draw(rng, released)
        question.pop("as_of", None)
        there, _ = expected(released, question, today())
        here = truth.rows({**question, **{name: None if value == "-" else value for name, value in question["filters"].items()}})
        assert there == (here if question["first"] is None or question["first"] <= today() else []), question
    with tcrd.https("bureau") as client:
        assert compare(client, released, 60, 53) > 100


@pytest.fixture(scope="module")
def acts(_daemon, installation, record):
    """People act at random before and after a night; half of what they did is rolled up."""
    query = asking(record)
    people, points = sample_people(query, "x")
    for name, options in people.items():
        installation.add_account(name, *options)
    ids = [i for i, in query("select id::text from tcr.contract where point_id = any (%s) order by hashint8(id)", points)]
    seed(54)
    for part in (2, 1):
        shared = shared_among(ACTS * part // 3, len(ids) + 40, ids)
        let_them_act([Person(_daemon, name, shared, part * 100 + i) for i, name in enumerate(people)])
        if part == 2:
            installation.command("aggregate")
    query("select tcr.cubes_roll((select max(seq) from tcr.fact) - 100, false)")
    events = {event for event, in query("select distinct event from tcr.contract_release")}
    assert {"change", "correct", "redetermine", "cancel", "revoke", "receipt_verify", "receipt_reverse"} <= events, events


def test_after_acts_of_every_kind(tcrd, acts, released):
    with tcrd.https("auditor") as client:
        assert compare(client, released, 200, 55) > 500


def test_after_a_night(tcrd, installation, acts, db):
    installation.command("aggregate", "--rebuild")
    with tcrd.https("registrar") as client:
        assert compare(client, Released(db), 60, 56) > 100


def test_a_fen_shows(tcrd, acts, released, query):
    """The comparison fails when it should."""
    question = {"by": [], "basis": "registered", "region": "3713", "measures": ["net"], "first": None, "last": None,
                "filters": {}, "parameters": {"region": "3713"}}
    contract = query("select seq from tcr.fact where is_new and filed_county like '3713%%' order by seq limit 1")[0][0]
    with tcrd.https("bureau") as client:
        assert difference(released, question, ask(client, question)) == (None, 1)
        released.query("update delta set total_amount = total_amount + 1 where seq = %s and sign = 1", (contract,))
        assert "total_amount" in difference(released, question, ask(client, question))[0]
        released.query("update delta set total_amount = total_amount - 1, received = received + 1 where seq = %s and sign = 1", (contract,))
        question["measures"] = ["technology_received"]
        question["parameters"]["measure"] = "technology_received"
        assert "technology_received" in difference(released, question, ask(client, question))[0]
