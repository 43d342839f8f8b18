"""Nothing acknowledged is lost, nothing happens twice, while master, worker, backend and PostgreSQL are killed.

Clients file, accept and certify through everything; a call without a certain answer is repeated with its key. Afterwards the
record is judged by plain SQL that shares nothing with the functions of the daemon. TCRD_LONG=1 makes it the long version.
"""
import json
import os
import random
import ssl
import threading
import time
import uuid

from contracts import PASSED, contract_body
from harness import wait_until

LONG = os.environ.get("TCRD_LONG") == "1"
CLIENTS = 64 if LONG else 16
KILLS = 20 if LONG else 5
CONNECTION_LOST = (OSError, ssl.SSLError, EOFError, json.JSONDecodeError)


class Client(threading.Thread):
    def __init__(self, tcrd, stop, lock):
        super().__init__(daemon=True)
        self.tcrd, self.stop, self.lock = tcrd, stop, lock
        self.filed, self.certified, self.wrong = [], [], []
        self.agency = tcrd.https("agency")
        self.registrar = tcrd.https("registrar")

    def insist(self, client, path, body, **kw):
        """One call with one key until its outcome is known."""
        kw["key"] = uuid.uuid4().hex
        while True:
            try:
                reply = client.post(path, body, **kw)
            except Exception:  # whatever a dying server does to a connection
                time.sleep(0.05)
                continue
            if reply.status in (500, 503) or reply.code == "key_running":
                time.sleep(0.05)
                continue
            return kw["key"], reply

    def run(self):
        while not self.stop.is_set():
            with self.lock:
                body = contract_body()
            key, filed = self.insist(self.agency, "/v1/contracts", body)
            if filed.status != 201:
                self.wrong.append(repr(filed))
                continue
            self.filed.append((key, body, filed.json))
            contract = filed.json
            for act in ("accept", "certify"):
                key, done = self.insist(self.registrar, f"/v1/contracts/{contract['id']}/{act}",
                                        PASSED if act == "certify" else {}, if_match=contract["seq"])
                if done.status != 200:
                    self.wrong.append(f"{act}: {done!r}")
                    break
                contract = done.json
            else:
                self.certified.append((key, filed.json["seq"], contract))


def disturb(tcrd, turn):
    kind = ("worker", "backend", "master", "postgres")[turn % 4]
    if kind == "worker":
        tcrd.kill_worker()
    elif kind == "backend":
        tcrd.cluster.kill_backends(1, sig=9 if turn % 8 == 1 else 15)
    elif kind == "master":
        tcrd.kill()
        tcrd.start()
    else:
        tcrd.cluster.kill()
        tcrd.cluster.start()


def rows(db, sql, *values):
    with db.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_kills_lose_nothing(tcrd, db):
    stop, lock = threading.Event(), threading.Lock()
    clients = [Client(tcrd, stop, lock) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for turn in range(KILLS):
        done = sum(len(c.certified) for c in clients)
        wait_until(lambda: sum(len(c.certified) for c in clients) > done + CLIENTS // 4, "work goes on between kills", timeout=60)
        time.sleep(random.random() / 2)
        disturb(tcrd, turn)
    stop.set()
    for client in clients:
        client.join(60)
        assert not client.is_alive(), "a client hangs"
    assert [w for c in clients for w in c.wrong] == []
    judge(tcrd, [f for c in clients for f in c.filed], [d for c in clients for d in c.certified])


def judge(tcrd, filed, certified):
    db = tcrd.installation.connect()
    # Every acknowledged number is there, once, on its contract.
    stored = dict(rows(db, "select registration_number, id::text from tcr.contract where registration_number is not null"))
    assert len(stored) == rows(db, "select count(*) from tcr.certificate")[0][0]
    for _, _, contract in certified:
        assert stored[contract["registration_number"]] == contract["id"]
    assert len({c["registration_number"] for _, _, c in certified}) == len(certified)
    # One contract for each filing.
    titles = [body["project_name"] for _, body, _ in filed]
    found = rows(db, "select project_name, count(*) from tcr.contract where project_name = any (%s) group by 1", titles)
    assert len(found) == len(titles) and all(count == 1 for _, count in found)
    # Numbers of a point and year, and releases, have no gap.
    for first, last, count in rows(db, """select min(right(registration_number, 6)::int), max(right(registration_number, 6)::int), count(*)
            from tcr.contract where registration_number is not null group by left(registration_number, 10)"""):
        assert (first, last - first + 1) == (1, count)
    assert rows(db, "select min(seq), max(seq) = count(*), (select value from tcr.sequence_counter) = max(seq) from tcr.contract_release") \
        == [(1, True, True)]
    # Figures equal a recomputation from the releases.
    want = rows(db, "select count(*), sum(total_amount), sum(technology_amount) from tcr.contract_release where event = 'certify'")[0]
    row = tcrd.https("bureau").get("/v1/statistics?measure=count,total_amount,technology_amount").json["rows"][0]
    fen = lambda text: int(text.replace(".", ""))
    assert (row["count"], fen(row["total_amount"]), fen(row["technology_amount"])) == tuple(int(v) for v in want)
    # Keys replay to the first answer.
    agency, registrar = tcrd.https("agency"), tcrd.https("registrar")
    for key, body, first in random.sample(filed, min(40, len(filed))):
        assert agency.post("/v1/contracts", body, key=key).json == first
    for key, _, first in random.sample(certified, min(40, len(certified))):
        path = f"/v1/contracts/{first['id']}"
        before = rows(db, "select seq from tcr.contract_release where contract_id = %s and event = 'accept'", first["id"])[0][0]
        assert registrar.post(path + "/certify", PASSED, key=key, if_match=before).json == first
    db.close()
