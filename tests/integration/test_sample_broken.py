"""tcrd sample into an empty record, broken off: killed at any moment, or with a part of it or the server dead, it leaves nothing."""
import os
import signal

from harness import Installation, is_running, processes_of, wait_until
from test_sample_national import AROUND, ask, start

SIZE = 8000


def backend(installation, what=""):
    """Pid of the load's backend while it runs a statement that begins with what."""
    found = ask(installation, "select pid from pg_stat_activity where datname = current_database() and application_name = 'tcrd command'"
                f" and query like '{what}%'")
    return found[0][0] if found else None


def assert_untouched(installation, around):
    assert ask(installation, "select (select count(*) from tcr.contract), (select count(*) from tcr.contract_release),"
               " (select count(*) from tcr.fact), (select count(*) from tcr.certificate), (select value from tcr.sequence_counter),"
               " (select is_demonstration from tcr.installation), (select count(*) from tcr.account where name like 'sample-%')"
               ) == [(0, 0, 0, 0, 0, False, 0)]
    assert ask(installation, AROUND) == around
    # Not even dead rows: the files went with the transaction.
    assert ask(installation, "select sum(pg_relation_size(o)) from unnest('{tcr.contract,tcr.contract_release,tcr.certificate}'::regclass[]) o") \
        == [(0,)]


def test_killed_at_any_moment_nothing_is_there_and_the_next_run_is_whole(cluster):
    broken = Installation(cluster, "broken", certificates=False)
    try:
        around = ask(broken, AROUND)
        for what in ("select tcr.sample_unindex", "copy tcr.contract (", "copy tcr.fact", "select tcr.sample_index", "select tcr.sample_close"):
            process = start(broken, "--national", "--size", SIZE)
            pid = wait_until(lambda: backend(broken, what) or process.poll() is not None, f"the load is at {what}", pause=0.002)
            makers = processes_of(process.pid)
            process.kill()
            process.communicate()
            wait_until(lambda: backend(broken) is None, "the backend is gone", timeout=60)
            wait_until(lambda: not any(is_running(m) for m in makers), "the makers are gone")
            if pid is True:  # it was over before it was seen
                continue
            assert_untouched(broken, around)
        said = broken.command("sample", "--national", "--size", SIZE)
        assert f"{SIZE} contracts" in said
        assert ask(broken, AROUND) == around
        assert ask(broken, "select count(*), min(seq), max(seq) from tcr.contract_release") == [(3 * SIZE, 1, 3 * SIZE)]
        broken.command("verify")
    finally:
        broken.destroy()


def test_a_maker_or_the_server_that_dies_leaves_nothing(cluster):
    dead = Installation(cluster, "dead", certificates=False)
    try:
        around = ask(dead, AROUND)
        process = start(dead, "--national", "--size", SIZE)
        wait_until(lambda: backend(dead, "copy tcr.") or process.poll() is not None, "rows are being stored", pause=0.002)
        os.kill(processes_of(process.pid)[0], signal.SIGKILL)
        _, said = process.communicate()
        assert process.returncode == 1 and "makes contracts ended" in said, said
        wait_until(lambda: backend(dead) is None, "the backend is gone")
        assert_untouched(dead, around)

        process = start(dead, "--national", "--size", SIZE)
        wait_until(lambda: backend(dead, "copy tcr.") or process.poll() is not None, "rows are being stored", pause=0.002)
        cluster.kill()
        _, said = process.communicate()
        assert process.returncode == 1, said
        cluster.start()
        assert_untouched(dead, around)
        dead.command("sample", "--national", "--size", 2000)
        assert ask(dead, AROUND) == around
        assert ask(dead, "select count(*) from tcr.contract") == [(2000,)]
    finally:
        dead.destroy()
