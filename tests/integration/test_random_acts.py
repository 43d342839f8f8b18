"""Twenty accounts at once do whatever comes to their minds: file, return, correct, certify with other values, change, receipts, reversals,
cancel, revoke. Afterwards the figures of every period and basis equal a recomputation from the releases, nobody did what the table of
permissions forbids, and the audit has a row for each act. TCRD_LONG: ten thousand acts."""
import collections
import os
import random
import threading
import uuid

from contracts import PASSED, contract_body, money, seed, today
from recomputed import everything_agrees, random_values

ACTS = 10000 if os.environ.get("TCRD_LONG") else 1200
EXPECTED = {200, 201, 403, 404, 409, 412, 422}

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
PEOPLE = {
    **{f"filer-{i}": ["--roles", "agency", "--agency", f"测试服务点{'一二'[i % 2]}"] for i in range(8)},
    **{f"registrar-{i}": ["--roles", "registrar", "--point", "01"] for i in range(6)},
    **{f"both-{i}": ["--roles", "agency,registrar", "--agency", "测试服务点二", "--point", "01"] for i in range(2)},
    **{f"reviewer-{i}": ["--roles", "registrar,reviewer", "--point", "01"] for i in range(2)},
    **{f"bureau-{i}": ["--roles", "bureau"] for i in range(2)},
}


class Person(threading.Thread):
    """One account with one connection. It takes contracts from what everybody has seen, so several people act on the same one."""

    def __init__(self, tcrd, name, shared, number):
        super().__init__()
        self.name, self.shared = name, shared
        self.client = tcrd.https(name)
        self.rng = random.Random(number)
        self.acknowledged = []
        self.failures = []

    def run(self):
        try:
            while self.shared["left"] > 0 and not self.failures:
                act = self.rng.choice(self.plans())
                reply = act()
                if reply is None:
                    continue
                self.shared["left"] -= 1
                self.shared["seen"][reply.status] += 1
                if reply.status not in EXPECTED:
                    self.failures.append(f"{self.name} {act.__name__}: {reply!r}")
        except Exception as error:  # pylint: disable=broad-except
            self.failures.append(f"{self.name}: {error!r}")

    def plans(self):
        role = self.name.split("-")[0]
        agency = [self.file, self.file, self.correct, self.ask, self.ask, self.record, self.reverse, self.withdraw]
        registrar = [self.accept, self.accept, self.certify, self.certify, self.certify, self.give_back, self.refuse, self.decide, self.decide,
                     self.decide, self.verify, self.verify, self.reverse, self.escalate]
        return {"filer": agency, "registrar": registrar, "both": agency + registrar, "reviewer": registrar,
                "bureau": [self.revoke, self.look]}[role]

    # What people do

    def pick(self):
        """The id of some contract, young ones more often, and what it is now."""
        ids = self.shared["ids"]
        if not ids:
            return None
        reply = self.client.get("/v1/contracts/" + ids[-1 - int(len(ids) * self.rng.random() ** 1.5)])
        return reply.json if reply.status == 200 else None

    def post(self, path, body, contract):
        seq = contract["seq"] if self.rng.random() > 0.03 else contract["seq"] - 1
        reply = self.client.post(path, body, if_match=seq)
        if reply.status in (200, 201):
            self.acknowledged.append(path)
        return reply

    def act(self, act, body, status):
        contract = self.pick()
        if contract is None or (contract["status"] not in status and self.rng.random() < 0.9):
            return None
        return self.post(f"/v1/contracts/{contract['id']}/{act}", body, contract)

    def file(self):
        if len(self.shared["ids"]) > self.shared["contracts"]:
            return None
        with self.shared["lock"]:
            body = contract_body(**({"total_amount": "6000000.00", "deductions": []} if self.rng.random() < 0.1 else {}))
        reply = self.client.submit(body)
        if reply.status == 201:
            self.acknowledged.append("/v1/contracts")
            self.shared["ids"].append(reply.json["id"])
        return reply

    def accept(self):
        return self.act("accept", {}, ("submitted",))

    def withdraw(self):
        return self.act("withdraw", {}, ("submitted",)) if self.rng.random() < 0.1 else None

    def give_back(self):
        return self.act("return", {"faults": [{"pointer": "/summary", "note": "补充"}]}, ("accepted",)) if self.rng.random() < 0.4 else None

    def correct(self):
        return self.act("submit", {}, ("correction",))

    def refuse(self):
        return self.act("refuse", {"reasons": [{"code": "R02"}]}, ("accepted",)) if self.rng.random() < 0.2 else None

    def escalate(self):
        return self.act("escalate", {}, ("accepted",)) if self.rng.random() < 0.3 else None

    def certify(self):
        body = dict(PASSED)
        if self.rng.random() < 0.4:
            body.update(determined=random_values(self.rng), reason="核定")
        return self.act("certify", body, ("accepted", "expert"))

    def ask(self):
        kind = self.rng.choice(["change", "change", "cancel", "correct", "object"])
        body = {"change": {"reason": "C1"}, "correct": {"reason": "C4"}, "object": {"note": "异议", "on_behalf_of": "party"},
                "cancel": {"reason": "N2"}}[kind]
        if kind != "cancel":
            body["proposed"] = random_values(self.rng)
        return self.act(kind, body, ("registered",))

    def decide(self):
        contract = self.pick()
        if not contract or not contract.get("requests"):
            return None
        request = self.rng.choice(contract["requests"])
        verb = self.rng.choice(["approve", "approve", "approve", "reject"])
        body = {"note": "不同意"} if verb == "reject" else {"note": "另行核定", "determined": random_values(self.rng)} \
            if request["kind"] != "cancel" and self.rng.random() < 0.4 else {}
        return self.post(f"/v1/requests/{request['id']}/{verb}", body, contract)

    def record(self):
        contract = self.pick()
        if not contract or contract["status"] != "registered":
            return None
        amount = self.rng.randrange(1, 40_000_000)
        body = {"received_on": today().isoformat(), "payer": "付款单位", "amount": money(amount),
                "technology_part": money(amount * self.rng.randrange(1, 100) // 100), "invoice_kind": "ordinary",
                "invoice_number": uuid.uuid4().hex[:20]}
        return self.post(f"/v1/contracts/{contract['id']}/receipts", body, contract)

    def receipt(self, verb, body, status):
        contract = self.pick()
        if not contract or contract["registration_number"] is None:
            return None
        found = self.client.get(f"/v1/contracts/{contract['id']}/receipts")
        receipts = [r for r in (found.json.get("items") or []) if r["status"] in status] if found.status == 200 else []
        if not receipts:
            return None
        return self.post(f"/v1/receipts/{self.rng.choice(receipts)['id']}/{verb}", body, contract)

    def verify(self):
        return self.receipt("verify", {}, ("recorded",))

    def reverse(self):
        return self.receipt("reverse", {"reason": "退款"}, ("recorded", "verified")) if self.rng.random() < 0.5 else None

    def revoke(self):
        """A few: what is revoked is out of the game."""
        if self.shared["revoked"] * 100 > ACTS - self.shared["left"]:
            return None
        reply = self.act("revoke", {"ground": "V9", "note": "生效裁判"}, ("registered",))
        self.shared["revoked"] += reply is not None and reply.status == 200
        return reply

    def look(self):
        self.client.get("/v1/statistics?by=district,contract_type")


def test_after_any_sequence_of_acts_everything_agrees(tcrd, installation, query):
    for name, options in PEOPLE.items():
        installation.add_account(name, *options)
    seed(3)
    shared = {"left": ACTS, "revoked": 0, "contracts": ACTS // 15, "ids": [], "seen": collections.Counter(), "lock": threading.Lock()}
    people = [Person(tcrd, name, shared, i) for i, name in enumerate(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert [f for p in people for f in p.failures] == []
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
