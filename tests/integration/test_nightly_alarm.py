"""A difference is told by everything that somebody may watch: exit status, journal, metrics, log and feed - whoever ran the job."""
import subprocess

import pytest

from figures import fill
from harness import environment, wait_until


@pytest.fixture
def aggregate(installation):
    return lambda *options: subprocess.run([installation.BINARY, "-c", str(installation.config), "aggregate", *options],
                                           capture_output=True, text=True, env=environment(), timeout=120)


def events(tcrd, account):
    return [e for e in tcrd.https(account).get("/v1/feed?limit=200&after=%d" % tcrd.before).json["items"] if e["event"] == "figures_differ"]


def alarms(tcrd):
    return tcrd.log_lines(ev="figures_differ")


def test_a_difference_is_told_everywhere_until_it_is_gone(tcrd, make_tcrd, db, query, aggregate):
    fill(db, seed=31, contracts=40)
    tcrd.before = query("select value from tcr.sequence_counter")[0][0]
    assert tcrd.metric("tcrd_nightly_finished_seconds") == 0, "it never ran"
    assert aggregate().returncode == 0
    wait_until(lambda: tcrd.metric("tcrd_nightly_finished_seconds") > 0, "the metrics know of a job that the daemon did not start")
    assert tcrd.metric("tcrd_nightly_differences") == 0 and alarms(tcrd) == [] and events(tcrd, "bureau") == []

    seq, contract = query("select seq, contract_id::text from tcr.contract_release where event = 'certify' order by seq offset 9 limit 1")[0]
    query("alter table tcr.contract_release disable trigger append_only")
    query("update tcr.contract_release set total_amount = total_amount + 1 where seq = %s", seq)
    done = aggregate("--verify")
    assert done.returncode == 3 and f"contracts [{contract}]" in done.stderr
    told = done.stderr.count("difference in ")
    wait_until(lambda: tcrd.metric("tcrd_nightly_differences") == told, "the metrics know the differences")
    job = query("select max(id)::text from tcr.job_run")[0][0]
    (alarm,) = alarms(tcrd)
    assert {"lvl=error", f"job_run={job}", f"differences={told}"} <= set(alarm.split())
    (event,) = events(tcrd, "bureau")
    assert event["detail"] == {"job_run": job, "differences": told, "contracts": [contract],
                               "places": [p for p, in query("select distinct place from tcr.figure_difference order by 1")]}
    assert "contract" not in event
    assert events(tcrd, "agency") == events(tcrd, "registrar") == [], "for who sees all"

    # A job that failed says nothing about the figures: the alarm stands.
    query("select tcr.job_finish(tcr.job_start('aggregate', tcr.today()), 'failed', '{\"differences\": 0}')")
    looks = tcrd.metric("tcrd_looks_told_total")
    query("notify tcr_moved")
    wait_until(lambda: tcrd.metric("tcrd_looks_told_total") >= looks + tcrd.worker_count, "every worker looked again")
    assert tcrd.metric("tcrd_nightly_differences") == told and len(events(tcrd, "bureau")) == 1

    # A daemon that starts later tells of it as well.
    assert make_tcrd().metric("tcrd_nightly_differences") == told

    query("update tcr.contract_release set total_amount = total_amount - 1 where seq = %s", seq)
    query("alter table tcr.contract_release enable trigger append_only")
    assert aggregate("--verify").returncode == 0
    wait_until(lambda: tcrd.metric("tcrd_nightly_differences") == 0, "the metrics know that all agree again")
    assert len(alarms(tcrd)) == 1 and len(events(tcrd, "bureau")) == 1, "what was told stays in log and feed"

    query("update tcr.cube_area set count = count + 1 where ctid = (select ctid from tcr.cube_area limit 1)")
    assert aggregate("--rebuild").returncode == 0
    assert [e["detail"]["places"] for e in events(tcrd, "bureau")][1:] == [["cube_area"]], "what was put right is told as well"
    assert query("select count(*) = (select value from tcr.sequence_counter) from (select seq from tcr.contract_release"
                 " union select seq from tcr.notice) n") == [(True,)], "the event has its number in the sequence"
