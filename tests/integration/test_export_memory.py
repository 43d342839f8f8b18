"""However many contracts an export has, a worker holds two pages of them."""
import pytest

import harness
from harness import wait_until
from sheets import XLSX
from test_attachment_memory import KIB, SANITIZED, Peak, one_worker  # noqa: F401 (a fixture)
from test_slow_client import small_window, tls_context

COUNT = 30000
# Two pages of 4,000 rows as libpq keeps them, what waits for the peer, and the deflater. The whole would be more than 20 MB.
EXTRA_KIB_MAX = 40 * KIB if SANITIZED else 12 * KIB


@pytest.fixture(scope="module", autouse=True)
def record(installation):
    installation.command("sample", "--size", str(COUNT), "--seed", "3")


def request(tcrd, accept):
    return (f"GET /v1/exports/contracts HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
            f"Authorization: Bearer {tcrd.token('bureau')}\r\n\r\n").encode()


@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson", XLSX])
def test_constant_memory(one_worker, accept):  # noqa: F811
    tcrd = one_worker
    pid = tcrd.workers()[0]
    with tcrd.https("bureau") as client:
        client.get("/v1/exports/contracts?status=refused", headers={"Accept": accept})
        with Peak(pid) as peak:
            reply = client.get("/v1/exports/contracts", headers={"Accept": accept})
    assert reply.status == 200
    if accept == "application/x-ndjson":
        assert reply.body.count(b"\n") == COUNT and len(reply.body) > 20 << 20
    print(f"extra KiB: {peak.extra}")
    assert peak.extra < EXTRA_KIB_MAX, f"{peak.extra} KiB of {len(reply.body) // KIB}"


def test_a_peer_that_stops_reading_holds_two_pages(one_worker):  # noqa: F811
    tcrd = one_worker
    with Peak(tcrd.workers()[0]) as peak, small_window(tcrd.http_port, tls_context(tcrd.ca_file)) as sock:
        sock.sendall(request(tcrd, "application/x-ndjson"))
        assert sock.recv(10)
        statement = "select query from pg_stat_activity where usename = 'tcrd_service' and query like '%export_contracts%' and state = 'active'"

        def stands_still():
            db = tcrd.installation.connect("postgres")
            with db.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall()
            db.close()
            return rows == []
        wait_until(lambda: all(stands_still() for _ in range(5)), "no more is read from the database", pause=0.2)
        assert tcrd.metric("tcrd_calls_open") == 1
        with tcrd.https("bureau") as other:  # nobody waits for it
            assert other.get("/v1/statistics?by=year").status == 200
    assert peak.extra < EXTRA_KIB_MAX, f"{peak.extra} KiB"
    assert harness.is_running(tcrd.workers()[0])
