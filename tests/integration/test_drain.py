"""SIGTERM under load: what was taken is answered, what is stored was acknowledged."""
import threading
import uuid

from contracts import contract_body


def client(tcrd, stop, lock, results):
    agency = tcrd.https("agency")
    while not stop.is_set():
        with lock:
            body = contract_body()
        key = uuid.uuid4().hex
        try:
            results.append((body["project_name"], agency.post("/v1/contracts", body, key=key).status))
        except ConnectionRefusedError:
            return
        except Exception as error:  # closed between two requests: nothing was lost if nothing was stored
            results.append((body["project_name"], repr(error)))


def test_drain_loses_no_answer(tcrd, installation):
    for _ in range(3):
        results, stop, lock = [], threading.Event(), threading.Lock()
        threads = [threading.Thread(target=client, args=(tcrd, stop, lock, results)) for _ in range(12)]
        for thread in threads:
            thread.start()
        while len(results) < 60:
            threads[0].join(0.01)
        assert tcrd.stop() == 0
        stop.set()
        for thread in threads:
            thread.join(30)
        acknowledged = {title for title, status in results if status == 201}
        unanswered = {title for title, status in results if not isinstance(status, int)}
        assert {status for _, status in results if isinstance(status, int)} <= {201, 503}
        with installation.connect() as db, db.cursor() as cursor:
            titles = [title for title, _ in results]
            cursor.execute("select project_name from tcr.contract where project_name = any (%s)", (titles,))
            stored = {row[0] for row in cursor.fetchall()}
        db.close()
        assert acknowledged == stored, "every stored contract was acknowledged, and the other way round"
        assert not unanswered & stored
        tcrd.start()
