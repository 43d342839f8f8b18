"""Before the term of a contract ends while money is due, its agency and point are told, once."""
import datetime

import pytest

from contracts import today
from receipts import IS_OVER, end, record, registered, verified
from registered import change

DAYS = 30  # the parameter income.reminder_days as it is shipped


@pytest.fixture
def remind(query):
    """remind(day): contracts that were told on that run of the nightly job."""
    def remind(day=None):
        before = query("select coalesce(max(seq), 0) from tcr.notice")[0][0]
        query("select tcr.income_terms_update(1000000)")
        (count,), = query("select tcr.income_reminders(%s)", day or today())
        told = query("select contract_id::text, detail ->> 'term_ends_on' from tcr.notice where kind = 'money_due' and seq > %s", before)
        assert len(told) == count
        return dict(told)
    return remind


def ends(days):
    day = (today() + datetime.timedelta(days=days)).isoformat()
    return {"term_ends_on": day, "total_amount": "100.00"}


def test_who_is_told(tcrd, remind, query):
    remind()
    due = {name: registered(tcrd, **ends(days)) for name, days in (("last day", 0), ("first day", DAYS), ("middle", 7))}
    part = registered(tcrd, **ends(5))
    verified(tcrd, part, amount="99.99")
    unverified = registered(tcrd, **ends(5))
    record(tcrd.https("agency"), unverified, amount="100.00")
    paid = registered(tcrd, **ends(5))
    verified(tcrd, paid, amount="100.00")
    registered(tcrd, **ends(DAYS + 1))
    registered(tcrd, lines=[IS_OVER], **ends(-1))
    tcrd.accepted(deductions=[], **ends(5))
    want = {c["id"]: c["term_ends_on"] for c in [*due.values(), part, unverified]}
    assert remind() == want
    assert remind() == {}, "once"
    rows = query("select agency_id::text, detail from tcr.notice where contract_id = %s", part["id"])
    assert rows == [(part["agency"], {"term_ends_on": part["term_ends_on"]})]
    assert query("select count(*) from tcr.contract_release r join tcr.notice n on n.seq = r.seq") == [(0,)], "one sequence"


def test_told_when_the_day_comes(tcrd, remind):
    remind()
    contract = registered(tcrd, **ends(DAYS + 10))
    assert contract["id"] not in remind()
    day = today() + datetime.timedelta(days=10)
    assert contract["id"] not in remind(day - datetime.timedelta(days=1))
    assert contract["id"] in remind(day)
    assert contract["id"] not in remind(day + datetime.timedelta(days=1))


def test_ended_registration_is_left_alone(tcrd, remind):
    remind()
    contract = registered(tcrd, **ends(3))
    end(tcrd, contract, "cancelled")
    assert contract["id"] not in remind()


def test_extended_term_is_reminded_of_again(tcrd, remind):
    remind()
    contract = registered(tcrd, **ends(3))
    assert remind() == {contract["id"]: contract["term_ends_on"]}
    verified(tcrd, contract, amount="10.00", technology_part="0.00", costs=[])
    assert remind() == {}, "a receipt does not bring it back"
    later = today() + datetime.timedelta(days=DAYS + 5)
    change(tcrd, contract, {"term_ends_on": later.isoformat()}, reason="C5")
    assert remind() == {}
    assert remind(later)[contract["id"]] == later.isoformat()
