"""What one daemon, a command or plain SQL changes is followed by every other daemon because PostgreSQL tells of it, not because
somebody asks again and again."""
import contextlib
import io
import time

import pytest

from harness import contract_body, today, wait_until

QUESTION = "/v1/statistics?by=year,contract_type&measure=count,total_amount"
# Far below the time after which a daemon that is told of changes looks by itself (30 s).
SOON = 8


def looks(daemon):
    """(because it was told, because it was time)"""
    return daemon.metric("tcrd_looks_told_total"), daemon.metric("tcrd_looks_timed_total")


def is_listening(daemon):
    return daemon.metric("tcrd_listening") == daemon.worker_count


def settled(cluster, *daemons):
    """They have looked at all that was told, just now: none looks by itself for a long time. Returns the looks of each."""
    before = [looks(daemon)[0] for daemon in daemons]
    for daemon in daemons:
        wait_until(lambda: is_listening(daemon), "it listens")
    cluster.script("notify tcr_moved", daemons[0].installation.database)
    for daemon, count in zip(daemons, before):
        wait_until(lambda: looks(daemon)[0] >= count + daemon.worker_count, "it has been told")
        wait_until(lambda: unchanged(lambda: looks(daemon)[0]), "there is no more to look at")
    return [looks(daemon) for daemon in daemons]


def unchanged(value):
    """Over the time of some looks."""
    before = value()
    time.sleep(0.3)
    return value() == before


@contextlib.contextmanager
def told(cluster, *daemons):
    """What happens in here is followed because the daemons were told of it, and for no other reason."""
    before = settled(cluster, *daemons)
    yield
    for daemon, (told_before, timed_before) in zip(daemons, before):
        told_now, timed_now = looks(daemon)
        assert told_now > told_before and timed_now == timed_before, daemon.name


@pytest.fixture
def sessions(cluster):
    """sessions("select ..."): rows, with the right to see and end the sessions of all roles."""
    def ask(sql):
        db = cluster.connect(database="postgres")
        with db, db.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
        db.close()
        return rows
    return ask


END_LISTENING = "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen tcr_moved'"


@contextlib.contextmanager
def deaf(cluster, sessions):
    """No daemon gets the connection that it listens on."""
    cluster.script("alter role tcrd_service connection limit 0")
    try:
        assert sessions(END_LISTENING)
        yield
    finally:
        cluster.script("alter role tcrd_service connection limit -1")


@pytest.fixture
def other(tcrd, make_tcrd):
    """A second daemon on the record of the first."""
    return make_tcrd()


@pytest.fixture
def people(tcrd):
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar:
        yield agency, registrar


def certify(people):
    """The number of the release that certifies a new contract."""
    agency, registrar = people
    contract = registrar.act(agency.submit(contract_body()).json, "accept").json
    reply = registrar.act(contract, "certify")
    assert reply.status == 200, reply
    return reply.json["seq"]


def set_gdp(query, value, year=2031):
    """By plain SQL, as a value of the place of the installation; its number."""
    return query("""with n as (update tcr.sequence_counter set value = value + 1 returning value)
        insert into tcr.region_gdp (seq, region, year, value, source, day) select n.value, '3713', %s, %s, '公报', '2032-01-20' from n
        returning seq""", year, value)[0][0]


def copy_nothing(installation):
    db = installation.connect()
    with db.cursor() as cursor:
        cursor.copy_expert("copy tcr.fact from stdin", io.StringIO())
    db.close()


def follows(client, seq):
    """Wait until an answer knows the number; how long that took."""
    began = time.monotonic()
    wait_until(lambda: (reply := client.get(QUESTION)).status == 200 and reply.json["as_of_seq"] >= seq, "the answer knows it",
               timeout=SOON, pause=0.002)
    return time.monotonic() - began


def test_an_act_of_one_daemon_is_in_the_answers_of_another(tcrd, other, people, cluster):
    with other.https("bureau") as there, tcrd.https("bureau") as here:
        waited = []
        with told(cluster, other):
            for _ in range(7):
                there.get(QUESTION)
                seq = certify(people)
                waited.append(follows(there, seq))
                answers = [client.get(QUESTION).json for client in (here, there)]
                assert answers[0]["as_of_seq"] == seq and answers[0]["digest"] == answers[1]["digest"]
        assert sorted(waited)[3] < 1, waited


def test_rules_are_loaded_by_both(tcrd, other, installation, cluster, tmp_path):
    rules = tmp_path / "rules.csv"
    day = today().isoformat()
    rules.write_text(f"id,kind,applies_to,proof,source,zh,en,valid_from\nG78,criterion,GEN,practice,市科技局,本地要点,a local line,{day}\n",
                     encoding="utf-8")
    listed = lambda daemon: {c["code"] for c in daemon.https().get("/v1/codes/rule_checklist").json["items"]}
    everywhere = lambda has: all(("G78" in listed(daemon)) == has for daemon in (tcrd, other) for _ in range(6))
    with told(cluster, tcrd, other):
        installation.command("rules", "load", rules)
        wait_until(lambda: everywhere(True), "the line is listed", timeout=SOON)
        installation.command("rules", "confirm", "G78", "--off")
        wait_until(lambda: everywhere(False), "the line is gone", timeout=SOON)


def test_whatever_an_answer_rests_on_is_told(tcrd, other, installation, cluster, query):
    """Each table that a look reads, by plain SQL or by a command."""
    changes = {
        "fact": lambda: query("insert into tcr.fact select * from tcr.fact where false"),
        "fact as tcrd sample does": lambda: copy_nothing(installation),
        "target": lambda: query("insert into tcr.target select * from tcr.target where false"),
        "region_gdp": lambda: set_gdp(query, 1),
        "peer_figure": lambda: query("insert into tcr.peer_figure select * from tcr.peer_figure where false"),
        "external_record": lambda: query("insert into tcr.external_record select * from tcr.external_record where false"),
        "closing": lambda: query("delete from tcr.closing where last_day < '1990-01-01'"),
        "agency": lambda: installation.command("agency", "disable", "测试服务点二"),
        "agency again": lambda: installation.command("agency", "enable", "测试服务点二"),
        "rule_batch": lambda: query("update tcr.rule_batch set undone_by = undone_by where false"),
        "job_run": lambda: query("update tcr.job_run set outcome = outcome where false"),
        "schema_part": lambda: query("update tcr.schema_part set loaded_at = loaded_at where false"),
    }
    read = {table for (table,) in query("""
        select distinct m[1] from pg_proc p cross join lateral regexp_matches(p.prosrc, 'tcr\\.(\\w+) \\w', 'g') m
        where p.proname in ('codes_version', 'figure_stamp', 'figure_seq', 'job_last') and p.pronamespace = 'tcr'::regnamespace""")}
    read = read - {"reference_number"} | {table for (table,) in query("""
        select table_name from information_schema.view_table_usage where view_schema = 'tcr' and view_name = 'reference_number'""")}
    assert read == {name.split()[0] for name in changes}
    for name, change in changes.items():
        before = settled(cluster, tcrd, other)
        change()
        for daemon, (told_before, timed_before) in zip((tcrd, other), before):
            wait_until(lambda: looks(daemon)[0] >= told_before + daemon.worker_count, name, timeout=SOON)
            assert looks(daemon)[1] == timed_before


def test_a_burst_is_followed_to_its_end_in_few_looks(tcrd, other, cluster, query):
    with other.https("bureau") as there, tcrd.https("bureau") as here:
        with told(cluster, tcrd, other):
            before = looks(other)[0]
            began = time.monotonic()
            for value in range(1, 301):
                seq = set_gdp(query, value)
            for client in (here, there):
                follows(client, seq)
            # One look in 100 ms, and one after the last change.
            assert looks(other)[0] - before <= ((time.monotonic() - began) * 10 + 2) * other.worker_count
        assert here.get(QUESTION).json["digest"] == there.get(QUESTION).json["digest"]


def test_told_while_it_looks_it_looks_again(make_tcrd, cluster, query, sessions, installation):
    """A look that began before a change does not see it, and is all there would be if what came meanwhile were forgotten."""
    tcrd = make_tcrd({"workers": 1})
    blocker = installation.connect()
    with tcrd.https("bureau") as bureau, told(cluster, tcrd):
        bureau.get(QUESTION)
        with blocker.cursor() as cursor:
            cursor.execute("begin; lock table tcr.rule_batch in access exclusive mode")
            cluster.script("notify tcr_moved", installation.database)  # of nothing: this look leaves the kept answer alone
            wait_until(lambda: sessions("select from pg_stat_activity where wait_event_type = 'Lock' and query like '%figure_stamp%'"),
                       "a look waits")
            seq = set_gdp(query, 5)
            time.sleep(0.3)  # for the daemon to be told
            cursor.execute("rollback")
        follows(bureau, seq)
    blocker.close()


def test_a_lost_connection_is_made_again(tcrd, other, people, cluster, sessions):
    with other.https("bureau") as there:
        for _ in range(3):
            before = looks(other)[0]
            assert sessions(END_LISTENING)
            # Once each listens again it looks, for what it may not have been told.
            wait_until(lambda: looks(other)[0] >= before + other.worker_count and is_listening(other), "it listens again")
            with told(cluster, other):
                follows(there, certify(people))


def test_a_restart_of_the_database_is_survived(tcrd, other, cluster):
    with other.https("bureau") as there:
        before = there.get(QUESTION).json["as_of_seq"]
        cluster.stop()
        wait_until(lambda: not is_listening(other), "it knows that nobody tells it anything")
        cluster.start()
        db = tcrd.installation.connect()
        with db.cursor() as cursor:
            ask = lambda sql, *parameters: (cursor.execute(sql, parameters or None), cursor.fetchall())[1]
            # At once: who does not listen yet looks when he does.
            seq = set_gdp(ask, 7)
            assert seq > before
            follows(there, seq)
            with told(cluster, tcrd, other):
                follows(there, set_gdp(ask, 8))
        db.close()


def test_an_old_connection_is_replaced(make_tcrd, cluster, query):
    tcrd = make_tcrd({"workers": 1, "db.connection_age_s": 10})
    wait_until(lambda: len(tcrd.log_lines(ev="listening")) == 2, "it listens on another one", pause=0.2)
    assert tcrd.log_lines(ev="listen_lost") == []
    with tcrd.https("bureau") as bureau, told(cluster, tcrd):
        bureau.get(QUESTION)
        follows(bureau, set_gdp(query, 11))


def test_without_being_told_it_looks_each_second(make_tcrd, cluster, query, sessions):
    tcrd = make_tcrd({"workers": 1})
    settled(cluster, tcrd)
    with tcrd.https("bureau") as bureau:
        bureau.get(QUESTION)
        with deaf(cluster, sessions):
            wait_until(lambda: not is_listening(tcrd), "it is deaf")
            told_before, timed_before = looks(tcrd)
            follows(bureau, set_gdp(query, 9))
            wait_until(lambda: looks(tcrd)[1] >= timed_before + 3, "it looks by itself", timeout=SOON)
            assert looks(tcrd)[0] == told_before
        with told(cluster, tcrd):
            follows(bureau, set_gdp(query, 10))


def test_while_nothing_happens_nobody_looks(tcrd, other, cluster, sessions):
    before = settled(cluster, tcrd, other)
    # PostgreSQL has heard nothing from them for longer than three looks would take.
    wait_until(lambda: sessions("""select max(state_change) < clock_timestamp() - interval '3 seconds' from pg_stat_activity
        where usename = 'tcrd_service'""")[0][0], "nobody asks anything", timeout=SOON)
    assert [looks(daemon) for daemon in (tcrd, other)] == before
