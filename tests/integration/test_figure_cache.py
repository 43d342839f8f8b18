"""Answers to a question that was asked before: the same bytes without the database, and never older than what was acknowledged."""
import threading

import pytest

from harness import contract_body, wait_until

QUESTION = "/v1/statistics?by=year,contract_type&measure=count,total_amount"
ROUNDS = 200


def count_of(reply):
    assert reply.status == 200, reply
    return sum(row["count"] for row in reply.json["rows"])


def database_ms(tcrd):
    """Of the last question, as the log tells."""
    line = tcrd.log_lines(ev="done", method="statistics.query")[-1]
    return float(line.rpartition("db_ms=")[2])


def certified(agency, registrar, **changes):
    contract = agency.submit(contract_body(**changes)).json
    contract = registrar.act(contract, "accept").json
    reply = registrar.act(contract, "certify")
    assert reply.status == 200, reply
    return reply.json


@pytest.fixture
def people(tcrd):
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar:
        yield agency, registrar


def test_asked_again_the_same_bytes_without_the_database(make_tcrd):
    tcrd = make_tcrd({"workers": 1})
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar, tcrd.https("bureau") as bureau:
        certified(agency, registrar)
        wait_until(lambda: bureau.get(QUESTION).status == 200 and database_ms(tcrd) == 0, "the answer is kept")
        first = bureau.get(QUESTION)
        for accept, kind in (("text/csv", "text/csv"), ("application/json", "application/json")):
            bureau.get(QUESTION, headers={"Accept": accept})
            again = bureau.get(QUESTION, headers={"Accept": accept})
            assert again.headers["Content-Type"].startswith(kind)
        assert again.body == first.body
        head = bureau.request("HEAD", QUESTION)
        assert head.headers["Content-Length"] == str(len(first.body))


def test_a_new_figure_is_there_for_everybody_at_once(tcrd, people):
    """While others keep asking, so that answers of every age are being made: what was acknowledged is in the next answer of any worker."""
    agency, registrar = people
    accepted = [registrar.act(agency.submit(contract_body(contract_no=f"C-{n}")).json, "accept").json for n in range(ROUNDS)]
    askers = [tcrd.https("bureau") for _ in range(8)]
    base = count_of(askers[0].get(QUESTION))
    done = threading.Event()
    wrong = []

    def keep_asking():
        with tcrd.https("auditor") as client:
            last = 0
            while not done.is_set():
                count = count_of(client.get(QUESTION))
                if count < last:
                    wrong.append((last, count))
                last = count

    background = [threading.Thread(target=keep_asking) for _ in range(3)]
    for thread in background:
        thread.start()
    try:
        for n, contract in enumerate(accepted, 1):
            reply = registrar.act(contract, "certify")
            assert reply.status == 200, reply
            found = [count_of(asker.get(QUESTION)) for asker in askers[n % 2::2]]
            assert found == [base + n] * len(found), n
    finally:
        done.set()
        for thread in background:
            thread.join()
    assert wrong == []
    for asker in askers:
        asker.close()


def test_cancelled_is_gone_at_once(tcrd, people):
    agency, registrar = people
    contract = certified(agency, registrar)
    with tcrd.https("bureau") as bureau:
        before = count_of(bureau.get(QUESTION))
        reply = bureau.act(contract, "revoke", {"ground": "V1", "note": "查实"})
        assert reply.status == 200, reply
        assert count_of(bureau.get(QUESTION)) == before - 1


def test_a_reference_value_moves_it_too(tcrd, people):
    certified(*people)
    question = "/v1/statistics?by=year&measure=total_amount,gdp_share"
    with tcrd.https("bureau") as bureau, tcrd.https("bureau") as other:
        year = bureau.get(question).json["rows"][-1]["year"]
        other.get(question)
        for value in ("1000000000.00", "2000000000.00"):
            reply = bureau.put(f"/v1/gdp/3713/{year}", {"value": value, "source": "统计公报", "day": f"{year}-01-20"})
            assert reply.status in (200, 201), reply
            shares = {client.get(question).json["rows"][-1]["gdp_share"] for client in (bureau, other, other)}
            assert len(shares) == 1 and None not in shares
        assert bureau.get(question).json["as_of_seq"] > 0


def test_never_across_views(tcrd, people):
    """The same words asked by others: own contracts, own county, a closed area."""
    certified(*people)
    with tcrd.https("bureau") as bureau, tcrd.https("county") as county, tcrd.https("agency") as agency, tcrd.https("agency2") as other:
        for _ in range(2):
            everything = bureau.get(QUESTION).json
            assert everything["definition"]["region"] == "3713"
            assert county.get(QUESTION).json["definition"]["region"] == "371302"
            own = agency.get(QUESTION + "&scope=own").json
            assert count_of(agency.get(QUESTION + "&scope=own")) == sum(r["count"] for r in own["rows"]) > 0
            assert other.get(QUESTION + "&scope=own").json["rows"] == []
            assert bureau.get(QUESTION + "&scope=own").status in (400, 403)
            area = "/v1/statistics?scope=area&by="
            closed = agency.get(area + "contract_type")
            assert closed.status == 200 and "closed_on" in closed.json["coverage"]
            assert "closed_on" not in bureau.get(area + "contract_type").json["coverage"]
            assert bureau.get(area + "agency").status == 200
            assert agency.get(area + "agency").status == 403
            with tcrd.https() as nobody:
                assert nobody.get(QUESTION).status == 401


def test_another_daemon_follows_and_says_how_far_it_is(tcrd, make_tcrd, people):
    second = make_tcrd()
    with second.https("bureau") as there, tcrd.https("bureau") as here:
        for _ in range(3):
            before = there.get(QUESTION).json
            certified(*people)
            now = here.get(QUESTION).json
            assert now["as_of_seq"] > before["as_of_seq"]

            def followed():
                answer = there.get(QUESTION).json
                # Old or new, but always what its as_of_seq says.
                assert answer["digest"] == (before if answer["as_of_seq"] == before["as_of_seq"] else now)["digest"]
                return answer["as_of_seq"] == now["as_of_seq"]
            wait_until(followed, "the other daemon has seen it", timeout=10)


def test_a_question_of_the_past_stays(tcrd, people):
    with tcrd.https("bureau") as bureau:
        certified(*people)
        as_of = bureau.get(QUESTION).json["as_of_seq"]
        then = bureau.get(f"{QUESTION}&as_of={as_of}")
        certified(*people)
        assert bureau.get(f"{QUESTION}&as_of={as_of}").body == then.body
        assert count_of(bureau.get(QUESTION)) == count_of(then) + 1


def test_many_questions_are_answered_right(tcrd):
    """More questions than an answer each can be kept for."""
    with tcrd.https("bureau") as bureau:
        for _ in range(2):
            for n in range(300):
                year, month = 2000 + n // 12, n % 12 + 1
                reply = bureau.get(f"/v1/statistics?period={year}-{month:02d}")
                assert reply.status == 200 and reply.json["definition"]["from"] == f"{year}-{month:02d}-01"
