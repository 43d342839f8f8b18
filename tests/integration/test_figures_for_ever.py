"""The same question with as_of before and after thousands of later acts of every kind: the same digest and the same bytes, in every form,
on both wires, across nights, a rebuild of the cubes and restarts. TCRD_LONG: ten thousand acts."""
import json
import os
import random
import urllib.parse

import pytest

from contracts import money, seed, today
from figure_rows import ALL_MEASURES
from harness import asking
from people import Person, let_them_act, sample_people, shared_among
from sheets import XLSX

IS_LONG = bool(os.environ.get("TCRD_LONG"))
LATER, PARTS, SETS = (10000, 3, 12) if IS_LONG else (600, 2, 4)
SOURCE = {"source": "统计公报", "day": "2026-01-20"}
DIMENSIONS = ["", "year", "quarter,contract_type4", "month,district", "region,direction", "day", "technical_field,size_class",
              "seller_group,buyer_group,industry", "agency,registration_point", "seller_district,buyer_district", "seller_region,buyer_region",
              "half,subtype,ip_type,plan_source,is_related"]
# Beside statistics.query: what it lists, and what it compares with.
OTHERS = ["/v1/statistics/members?region=37&limit=200", "/v1/statistics/restatements?region=37&limit=200",
          "/v1/statistics?by=year,district&measure=total_amount,target_completion,gdp_share",
          "/v1/statistics?region=37&period=2025&measure=target_completion,gdp_share", "/v1/statistics?by=seller&top=20&region=37&measure=count,growth",
          "/v1/targets", "/v1/gdp", "/v1/peers/2024H1", "/v1/targets/3713/2025/pace?on=2025-06-30", "/v1/external?region=3713",
          "/v1/external/sums?from=2025-01-01&to=2025-12-31"]


class Crowd:
    """Everybody who changes the record: people with contracts and money, the bureau with what figures are compared with."""

    def __init__(self, tcrd, installation, query):
        self.tcrd, self.query = tcrd, query
        self.names, points = sample_people(query, "x")
        for name, options in self.names.items():
            installation.add_account(name, *options)
        self.ids = [i for i, in query("select id::text from tcr.contract where point_id = any (%s) order by hashint8(id)", points)]
        self.rng = random.Random(62)

    def last_seq(self):
        return self.query("select value from tcr.sequence_counter")[0][0]

    def refer(self):
        """New targets, products, figures of others, contracts from elsewhere - for the years and areas that the questions are about."""
        amount = lambda: money(self.rng.randrange(10 ** 9, 10 ** 13))
        with self.tcrd.https("bureau") as bureau:
            for region in ("3713", "37", "371302"):
                for year in (2024, 2025, today().year):
                    replies = [bureau.put(f"/v1/targets/{region}/{year}", {"measure": "total_amount", "basis": "registered",
                                                                           "value": amount(), **SOURCE}),
                               bureau.put(f"/v1/gdp/{region}/{year}", {"value": amount(), **SOURCE})]
                    assert [r.status for r in replies] == [200, 200], replies
            replies = [bureau.put("/v1/peers/3702/2024H1", {"count": self.rng.randrange(1, 9999), "total_amount": amount(), **SOURCE}),
                       bureau.post("/v1/external", {**SOURCE, "records": [
                           {"number": f"E{self.rng.randrange(500)}", "registered_on": "2025-03-02", "contract_type": "101",
                            "technical_field": "05", "project_name": "密封件研发", "seller_name": "某研究院", "seller_region": "370102",
                            "buyer_name": "某公司", "buyer_region": "371302", "total_amount": amount(), "technology_amount": "1.00"}
                           for _ in range(1)]})]
            assert [r.status for r in replies] == [200, 200], replies

    def act(self, count):
        """Until the sequence went on by so much."""
        until = self.last_seq() + count
        contracts = len(self.ids) + count // 10
        while self.last_seq() < until:
            self.refer()
            shared = shared_among(max(until - self.last_seq(), 40), contracts, self.ids)
            let_them_act([Person(self.tcrd, name, shared, self.rng.randrange(10 ** 6)) for name in self.names])
            self.ids = shared["ids"]


@pytest.fixture(scope="module")
def crowd(_daemon, installation, connection):
    installation.command("sample", "--national", "--size", "3000", "--seed", "61")
    seed(63)
    return Crowd(_daemon, installation, asking(connection))


def questions():
    """Parameters: every basis with sets of dimensions, areas and periods of their own."""
    rng = random.Random(64)
    for basis in ("registered", "output", "absorbed", "local"):
        for by in rng.sample(DIMENSIONS, SETS):
            parameters = {"basis": basis, "measure": ALL_MEASURES + ",technology_received,technology_income",
                          "region": rng.choice(["3713", "37", "11", "44"]) if by != "day" else "3713"}
            if by:
                parameters["by"] = by
            parameters.update(rng.choice([{}, {"period": "2025"}, {"from": "2022-03-05", "to": "2025-11-11"}, {"from": "2024-01-01"},
                                          {"period": str(today().year)}]))
            yield parameters


def answers(tcrd, as_of):
    """Every answer as bytes, with the words of the question; of JSON the digest too."""
    found = {}
    with tcrd.https("bureau") as client, tcrd.https("agency") as agency, tcrd.rpc("bureau", cert=False) as line:
        for number, parameters in enumerate(questions()):
            parameters = {**parameters, "as_of": as_of}
            path = "/v1/statistics?" + urllib.parse.urlencode(parameters)
            for accept in ("application/json", "text/csv", XLSX):
                reply = client.get(path, headers={"Accept": accept})
                assert reply.status == 200, (path, reply)
                found[path, accept] = reply.body
            line.send({"jsonrpc": "2.0", "id": number, "method": "statistics.query", "params": {k: v for k, v in parameters.items()}})
            found[path, "rpc"] = line.reader.readline()
            answer = json.loads(found[path, "application/json"])
            assert json.loads(found[path, "rpc"])["result"] == answer
            found[path, "digest"] = answer["digest"]
        for path in OTHERS:
            path += ("&" if "?" in path else "?") + f"as_of={as_of}"
            reply = client.get(path)
            # Before the first target there is no pace; that stays so.
            assert reply.status == 200 or (reply.status == 404 and "/pace" in path), (path, reply)
            found[path, "application/json"] = reply.body if reply.status == 200 else reply.code
        for by in ("year", "month,contract_type", "quarter,district"):
            path = f"/v1/statistics?scope=area&by={by}&as_of={as_of}"
            reply = agency.get(path)
            assert reply.status == 200, (path, reply)
            found[path, "agency"] = reply.body
    return found


def same(tcrd, kept):
    """Every answer that was kept is the same; restarted workers have nothing to remember it by."""
    for as_of, before in kept.items():
        after = answers(tcrd, as_of)
        moved = [name for name in before if after[name] != before[name]]
        assert moved == [] and after.keys() == before.keys(), moved[:5]


def test_later_acts_move_no_earlier_answer(tcrd, installation, crowd):
    begin = crowd.last_seq()
    crowd.act(LATER // 4)
    installation.command("aggregate")
    middle = crowd.last_seq() - 50
    crowd.act(60)
    kept = {as_of: answers(tcrd, as_of) for as_of in (begin - 1000, middle, crowd.last_seq())}
    digests = {as_of: [v for k, v in found.items() if k[1] == "digest"] for as_of, found in kept.items()}
    live = [v for v in digests.values()]
    assert len({tuple(d) for d in live}) == 3

    begin = crowd.last_seq()
    for part in range(PARTS):
        crowd.act(LATER // PARTS + 1)
        if IS_LONG:
            same(tcrd, kept)
        if part == 0:
            crowd.query("select tcr.cubes_roll((select max(seq) from tcr.fact), false)")
        else:
            installation.command("aggregate", "--rebuild")
        tcrd.restart()
        same(tcrd, kept)
    assert crowd.last_seq() - begin >= LATER
    events = dict(crowd.query("select event, count(*) from tcr.contract_release where seq > %s group by 1", begin))
    for table in ("target", "region_gdp", "peer_figure", "external_record"):
        events[table] = crowd.query(f"select count(*) from tcr.{table} where seq > %s", begin)[0][0]
    print(events)
    assert min(events.get(e, 0) for e in ("certify", "change", "correct", "redetermine", "cancel", "revoke", "receipt_verify", "receipt_reverse",
                                          "target", "region_gdp", "peer_figure", "external_record")) > 0, events
    moved = answers(tcrd, crowd.last_seq())
    assert [v for k, v in moved.items() if k[1] == "digest"] != live[-1]
