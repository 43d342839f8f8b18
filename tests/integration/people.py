"""People who do whatever comes to their minds: file, return, correct, certify with other values, change, receipts, reversals, cancel,
revoke. Each is one account with one connection; all take contracts from what everybody has seen, so several act on the same one."""
import collections
import random
import threading
import uuid

from contracts import PASSED, contract_body, money, today
from recomputed import random_values

EXPECTED = {200, 201, 403, 404, 409, 412, 422}

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

    def run(self):
        try:
            while self.shared["left"] > 0 and not self.shared["failures"]:
                act = self.rng.choice(self.plans())
                reply = act()
                if reply is None:
                    continue
                self.shared["left"] -= 1
                self.shared["seen"][reply.status] += 1
                if reply.status not in EXPECTED:
                    self.shared["failures"].append(f"{self.name} {act.__name__}: {reply!r}")
        except Exception as error:  # pylint: disable=broad-except
            self.shared["failures"].append(f"{self.name}: {error!r}")

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
        if self.shared["revoked"] * 100 > self.shared["acts"] - self.shared["left"]:
            return None
        reply = self.act("revoke", {"ground": "V9", "note": "生效裁判"}, ("registered",))
        self.shared["revoked"] += reply is not None and reply.status == 200
        return reply

    def look(self):
        self.client.get("/v1/statistics?by=district,contract_type")


def sample_people(query, suffix):
    """Names and options of accounts for what tcrd sample made, and their points: filers of its agencies, registrars of the point of the
    area and of the busiest ones."""
    points = query("""select p.id, p.number_region || p.code from tcr.registration_point p
        join (select point_id, count(*) as n from tcr.contract where status = 'registered' group by 1) c on c.point_id = p.id
        order by p.region = (select region from tcr.installation) desc, c.n desc limit 4""")
    people = {f"filer-{i}-{suffix}": ["--roles", "agency", "--agency", f"演示技术合同服务点{i}"] for i in range(1, 6)}
    for point, code in points:
        for i in range(2):
            people[f"registrar-{point}x{i}-{suffix}"] = ["--roles", "registrar", "--point", code]
        people[f"reviewer-{point}-{suffix}"] = ["--roles", "registrar,reviewer", "--point", code]
    people[f"bureau-{suffix}"] = ["--roles", "bureau"]
    return people, [point for point, _ in points]


def shared_among(acts, contracts, ids=()):
    """What people share: how many acts are left, up to how many contracts they file, and the contracts that they know."""
    return {"left": acts, "acts": acts, "revoked": 0, "contracts": contracts, "ids": list(ids), "seen": collections.Counter(), "failures": [],
            "lock": threading.Lock()}


def let_them_act(people):
    """Until no act is left. What went wrong fails the test."""
    for person in people:
        person.start()
    for person in people:
        person.join()
    failures = people[0].shared["failures"]
    assert failures == [], failures
