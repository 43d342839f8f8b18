"""Twenty accounts at once do whatever comes to their minds: file, return, correct, certify with other values, change, receipts, reversals,
cancel, revoke. Afterwards the figures of every period and basis equal a recomputation from the releases, nobody did what the table of
permissions forbids, and the audit has a row for each act. TCRD_LONG: ten thousand acts."""
import os

from contracts import seed, today
from people import PEOPLE, Person, let_them_act, shared_among
from recomputed import everything_agrees

ACTS = 10000 if os.environ.get("TCRD_LONG") else 1200

# Who may do what, written down once more from DESIGN.md: role of the account, and whether the filing side is barred.
PERMITTED = {
    "submit": ("agency", False), "recall": ("agency", False), "withdraw": ("agency", False),
    "accept": ("registrar", True), "return": ("registrar", True), "assign": ("registrar reviewer", False),
    "escalate": ("registrar", True), "certify": ("registrar reviewer", True), "refuse": ("registrar reviewer", True),
    "request_change": ("agency", False), "request_cancel": ("agency", False), "request_correct": ("agency registrar", False),
    "request_object": ("agency registrar bureau", False), "request_withdraw": ("agency registrar bureau", False),
    "request_reject": ("registrar reviewer", True), "change": ("registrar reviewer", True), "correct": ("registrar reviewer", True),
    "redetermine": ("registrar reviewer", True), "cancel": ("registrar reviewer", True), "revoke": ("bureau", True),
    "receipt_record": ("agency", False), "receipt_verify": ("registrar", True), "receipt_reverse": ("agency registrar", False),
}


def test_after_any_sequence_of_acts_everything_agrees(tcrd, installation, query):
    for name, options in PEOPLE.items():
        installation.add_account(name, *options)
    seed(3)
    shared = shared_among(ACTS, ACTS // 15)
    people = [Person(tcrd, name, shared, i) for i, name in enumerate(PEOPLE)]
    let_them_act(people)
    events = dict(query("select event, count(*) from tcr.contract_release group by 1"))
    print(dict(shared["seen"]), events)
    assert min(events.get(e, 0) for e in ("submit", "return", "certify", "change", "cancel", "receipt_record", "receipt_verify",
                                          "receipt_reverse", "revoke")) > 0, events

    everything_agrees(tcrd, query)
    installation.command("aggregate", "--date", str(today().replace(day=1)))
    assert "0 differences" in installation.command("aggregate", "--verify")
    assert "0 faults" in installation.command("verify")
    everything_agrees(tcrd, query)

    # Every acknowledged act is a release, and has its row in the audit; nothing else has.
    acknowledged = sum(len(p.acknowledged) for p in people)
    assert query("select count(*) from tcr.contract_release") == [(acknowledged,)]
    assert query("""select count(*), count(distinct r.seq) from tcr.contract_release r join tcr.audit a
        on a.request_id = r.request_id and a.account_id = r.account_id and a.outcome = 'ok' and a.object = 'contract ' || r.contract_id""") \
        == [(acknowledged, acknowledged)]

    # Nobody did what the table forbids: not by role, not for an own filing, not both reviews.
    acts = query("""select r.event, a.roles, a.agency_id = r.agency_id, a.point_id = r.point_id, r.account_id = c.filed_by
        from tcr.contract_release r join tcr.account a on a.id = r.account_id join tcr.contract c on c.id = r.contract_id""")
    for event, roles, own_agency, own_point, own_filing in acts:
        allowed, barred = PERMITTED[event]
        assert set(allowed.split()) & set(roles), (event, roles)
        assert not (barred and (own_agency or own_filing)), event
        if "agency" not in allowed:
            assert own_point or "bureau" in roles, event
    assert query("""select count(*) from tcr.contract_release e join tcr.contract_release d on d.contract_id = e.contract_id
        and d.event in ('certify', 'refuse') and d.seq > e.seq and d.account_id = e.account_id where e.event = 'escalate'
        and not exists (select from tcr.contract_release x where x.contract_id = e.contract_id and x.seq > e.seq and x.seq < d.seq
            and x.event in ('return', 'escalate'))""") == [(0,)]
    assert query("""select count(*) from tcr.request q where q.decided_by = q.asked_by and q.status in ('approved', 'rejected')""") == [(0,)]

    # Money that arrived stays within the contract, and a gap-free order over all of it.
    assert query("""select count(*) from (select r.contract_id, sum(r.amount) as paid from tcr.receipt r where r.status <> 'reversed'
        group by 1) p join tcr.contract c on c.id = p.contract_id where p.paid > c.total_amount""") == [(0,)]
    assert query("select count(*) = max(seq) from (select seq from tcr.contract_release union all select seq from tcr.notice) s") == [(True,)]
