"""Accounts over the wire: made by one, given roles by another, asked for and approved, disabled with a hand-over, warned before the end."""
import concurrent.futures
import datetime
import uuid

import contracts
from contracts import PASSED, credit_code, today
from harness import wait_until
from test_agencies import body as agency_body


def contract_body(**changes):
    """Of the county that point 01 decides for, whatever other points this file opens."""
    return contracts.contract_body(**{"seller.region": "371302", **changes})


def name():
    return "p-" + uuid.uuid4().hex[:12]


def account_of(tcrd, account_name):
    found = tcrd.https("auditor").get("/v1/accounts?q=" + account_name).json["items"]
    return next(a for a in found if a["name"] == account_name)


def made_account(tcrd):
    reply = tcrd.https("admin").post("/v1/accounts", {"name": name()})
    assert reply.status == 201, reply
    return reply.json


# Making a registrar takes two

def test_an_administrator_creates_and_the_bureau_grants(tcrd, query):
    admin, bureau = tcrd.https("admin"), tcrd.https("bureau")
    made = made_account(tcrd)
    assert made["roles"] == [] and made["credentials"] == [] and made["credential_expires_on"] is None
    path = "/v1/accounts/" + made["id"]
    assert bureau.post("/v1/accounts", {"name": name()}).status == 403
    assert admin.post(path + "/grant", {"roles": ["registrar"], "point": 1}, if_match=made["version"]).status == 403
    assert admin.post("/v1/accounts", {"name": name(), "roles": ["registrar"]}).rules == ["body.unknown"]
    granted = bureau.post(path + "/grant", {"roles": ["registrar", "reviewer"], "point": 1}, if_match=made["version"])
    assert granted.status == 200 and granted.json["roles"] == ["registrar", "reviewer"] and granted.json["point"]["id"] == "1", granted
    revoked = bureau.post(path + "/revoke", {"roles": ["reviewer"]}, if_match=granted.json["version"])
    assert revoked.json["roles"] == ["registrar"]
    assert bureau.post(path + "/disable", {}, if_match=revoked.json["version"]).status == 403
    assert query("select event from tcr.audit where object = %s order by id", "account " + made["id"]) == [
        ("account.add",), ("account.grant",), ("account.revoke",)]


def test_nobody_acts_on_the_own_account(tcrd):
    for role, verb, body in (("bureau", "grant", {"roles": ["registrar"], "point": 1}), ("bureau", "revoke", {"roles": ["bureau"]}),
                             ("admin", "disable", {}), ("admin", "enable", {})):
        own = account_of(tcrd, role)
        refused = tcrd.https(role).post(f"/v1/accounts/{own['id']}/{verb}", body, if_match=own["version"])
        assert (refused.status, refused.code) == (403, "forbidden"), (verb, refused)


def test_roles_need_what_belongs_to_them(tcrd):
    bureau = tcrd.https("bureau")
    made = made_account(tcrd)
    path = f"/v1/accounts/{made['id']}/grant"
    wrong = bureau.post(path, {"roles": ["agency", "registrar", "county"]}, if_match=made["version"])
    assert {(e["pointer"], e["rule"]) for e in wrong.json["errors"]} == {
        ("/agency", "account.needs_agency"), ("/point", "account.needs_point"), ("/region", "account.needs_region")}
    wrong = bureau.post(path, {"agency": 999999999, "point": 999999999, "region": "999999"}, if_match=made["version"])
    assert {(e["pointer"], e["rule"]) for e in wrong.json["errors"]} == {
        ("/agency", "agency.unknown"), ("/point", "point.unknown"), ("/region", "region.unknown")}
    assert bureau.post(path, {"roles": ["bureau", "administrator"]}, if_match=made["version"]).rules == ["account.roles_apart"]
    wrong = bureau.post(path, {"roles": ["king", 5], "employer_code": "X"}, if_match=made["version"])
    assert sorted(e["pointer"] for e in wrong.json["errors"]) == ["/employer_code", "/roles/0", "/roles/1"]
    assert bureau.post(path, {"roles": []}, if_match=made["version"]).status in (200, 422)
    for bad in ("Upper", "-x", "a b", "ä", "x" * 65):
        assert tcrd.https("admin").post("/v1/accounts", {"name": bad}).status == 422, bad
    assert tcrd.https("admin").post("/v1/accounts", {"name": "bureau"}).rules == ["account.name_used"]
    assert tcrd.https("admin").post("/v1/accounts", {"name": name(), "employer_code": credit_code()}).status == 201


def test_who_reads_accounts_and_what_is_left_behind(tcrd, query):
    own = account_of(tcrd, "agency")
    assert own["agency"]["name"] == "测试服务点一" and {c["kind"] for c in own["credentials"]} == {"key", "certificate"}
    for role, status in (("agency", 403), ("registrar", 403), ("county", 403), ("admin", 200), ("bureau", 200), ("auditor", 200)):
        reply = tcrd.https(role).get("/v1/accounts/" + own["id"])
        assert reply.status == status, role
        assert b"sha256" not in reply.body
    assert {a["name"] for a in tcrd.https("bureau").get("/v1/accounts?role=reviewer&limit=200").json["items"]} >= {"second", "reviewer"}
    wait_until(lambda: query("select count(*) from tcr.audit where event = 'account.get' and object = %s and outcome = 'ok'",
                             "account " + own["id"])[0][0] >= 3, "reads leave a row")


# Asked for and approved

def test_an_agency_asks_and_its_point_approves(tcrd, query, installation):
    agency, registrar, wanted = tcrd.https("agency"), tcrd.https("registrar"), name()
    asked = agency.post("/v1/accounts/requests", {"name": wanted, "holder": "张三", "phone": "13933334444"})
    assert asked.status == 201 and asked.json["status"] == "pending" and asked.json["phone"] == "13933334444", asked
    path = asked.headers["Location"]
    assert tcrd.https("agency2").get(path).status == 404 and tcrd.https("county").get(path).status == 403
    assert agency.post("/v1/accounts/requests", {"name": wanted, "holder": "李四"}).rules == ["account.name_used"]
    assert tcrd.https("admin").post("/v1/accounts", {"name": wanted}).rules == ["account.name_used"]
    assert "phone" not in tcrd.https("auditor").get(path).json
    assert agency.post(path + "/approve", {}, if_match=asked.json["version"]).status == 403
    assert tcrd.https("both").post(path + "/approve", {}, if_match=asked.json["version"]).code == "own_filing", "of the same agency"
    assert tcrd.https("admin").post(path + "/approve", {}, if_match=asked.json["version"]).status == 403
    assert registrar.post(path + "/approve", {}).code == "match_missing"
    pending = registrar.get("/v1/accounts/requests?status=pending&limit=200").json["items"]
    assert asked.json["id"] in {q["id"] for q in pending}
    done = registrar.post(path + "/approve", {}, if_match=asked.json["version"])
    assert done.status == 200 and (done.json["status"], done.json["decided_by"]) == ("approved", "registrar"), done
    account = account_of(tcrd, wanted)
    assert account["id"] == done.json["account"] and account["roles"] == ["agency"] and account["credentials"] == []
    assert account["agency"]["name"] == "测试服务点一"
    assert registrar.post(path + "/approve", {}, if_match=done.json["version"]).code == "state"
    assert registrar.post(path + "/reject", {"reason": "晚了"}, if_match=done.json["version"]).code == "state"
    installation._tokens[wanted] = installation.command("account", "key", "new", wanted).strip()
    assert tcrd.https(wanted).submit(contract_body()).status == 201


def test_a_rejected_request_frees_its_name(tcrd):
    wanted = name()
    asked = tcrd.https("agency").post("/v1/accounts/requests", {"name": wanted, "holder": "张三"})
    path = asked.headers["Location"]
    assert tcrd.https("bureau").post(path + "/reject", {}, if_match=asked.json["version"]).rules == ["body.required"]
    done = tcrd.https("bureau").post(path + "/reject", {"reason": "材料不全"}, if_match=asked.json["version"])
    assert done.status == 200 and (done.json["status"], done.json["reason"], done.json["account"]) == ("rejected", "材料不全", None)
    assert tcrd.https("agency").post("/v1/accounts/requests", {"name": wanted, "holder": "张三"}).status == 201


def test_a_registrar_enters_the_paper_of_a_new_agency(tcrd, query):
    bureau, registrar = tcrd.https("bureau"), tcrd.https("registrar")
    fresh = bureau.post("/v1/agencies", agency_body()).json
    bare = registrar.post("/v1/accounts/requests", {"name": name(), "holder": "王五"})
    assert bare.rules == ["account.needs_agency"]
    asked = registrar.post("/v1/accounts/requests", {"name": name(), "holder": "王五", "agency": fresh["id"]})
    assert asked.status == 201, asked
    path = asked.headers["Location"]
    assert registrar.post(path + "/approve", {}, if_match=asked.json["version"]).code == "own_filing", "another person decides"
    assert tcrd.https("second").post(path + "/approve", {}, if_match=asked.json["version"]).status == 200
    # Another agency is none of an agency's business; another point's none of a registrar's.
    assert tcrd.https("agency2").post("/v1/accounts/requests", {"name": name(), "holder": "赵六", "agency": fresh["id"]}).rules == ["agency.unknown"]
    bureau.post("/v1/points", {"code": "51", "region": "371327", "name": "莒南县技术合同登记处"})
    there = bureau.post("/v1/agencies", agency_body(region="371327")).json
    assert registrar.post("/v1/accounts/requests", {"name": name(), "holder": "钱七", "agency": there["id"]}).rules == ["account.agency_elsewhere"]
    query("insert into tcr.account_request (agency_id, name, holder, requested_by) values (%s, %s, '孙八', 1)", there["id"], name())
    foreign = query("select max(id) from tcr.account_request")[0][0]
    assert registrar.get(f"/v1/accounts/requests/{foreign}").status == 404
    assert registrar.post(f"/v1/accounts/requests/{foreign}/approve", {}, if_match=1).status == 404
    off = bureau.post(f"/v1/agencies/{there['id']}/disable", {}, if_match=there["version"])
    assert off.status == 200 and bureau.post(f"/v1/accounts/requests/{foreign}/approve", {}, if_match=1).code == "state"


def test_two_approve_in_the_same_instant(tcrd, query):
    for _ in range(5):
        wanted = name()
        asked = tcrd.https("agency").post("/v1/accounts/requests", {"name": wanted, "holder": "张三"})

        def decide(who):
            with tcrd.https(who[0]) as client:
                return client.post(f"{asked.headers['Location']}/{who[1]}", who[2], if_match=asked.json["version"])
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(decide, [("registrar", "approve", {}), ("second", "approve", {}), ("bureau", "approve", {}),
                                             ("bureau", "reject", {"reason": "x"})]))
        assert sorted(r.status for r in replies) == [200, 412, 412, 412], replies
        accounts = query("select count(*) from tcr.account where name = %s", wanted)[0][0]
        assert accounts == (1 if replies[3].status != 200 else 0)


# Disabled, with a hand-over

def registrar_account(tcrd, installation, *options):
    account_name = name()
    installation.add_account(account_name, "--roles", "registrar", "--point", "3713" + "01", *options)
    return account_name


def test_open_cases_are_handed_over(tcrd, query, installation):
    leaver, heir, employer = registrar_account(tcrd, installation), None, credit_code()
    heir = registrar_account(tcrd, installation, "--employer", employer)
    registrar = tcrd.https("registrar")
    bodies = [contract_body(), contract_body(), contract_body(**{"buyer.credit_code": employer}), contract_body()]
    cases = [tcrd.https("agency").submit(b).json for b in bodies]
    cases[1] = registrar.act(cases[1], "accept").json
    cases[3] = registrar.act(registrar.act(cases[3], "accept").json, "certify", PASSED).json
    for i in (0, 1, 2):
        cases[i] = registrar.act(cases[i], "assign", {"assignee": leaver}).json
        assert cases[i]["assignee"] == leaver
    account = account_of(tcrd, leaver)
    path = f"/v1/accounts/{account['id']}/disable"
    admin = tcrd.https("admin")
    for bad in ("nobody", leaver, "agency", "bureau"):
        refused = admin.post(path, {"hand_over_to": bad}, if_match=account["version"])
        assert refused.rules == ["account.hand_over"], (bad, refused)
    assert account_of(tcrd, leaver)["is_active"] is True, "a refusal leaves everything as it was"
    first, last = query("select value from tcr.sequence_counter")[0][0], None
    done = admin.post(path, {"hand_over_to": heir}, if_match=account["version"])
    assert done.status == 200 and done.json["handed_over"] == 3 and done.json["is_active"] is False, done
    last = query("select value from tcr.sequence_counter")[0][0]
    assert last == first + 6, "a release and a notice each, no gap"
    for case, assignee in zip(cases, (heir, heir, None)):
        seen = tcrd.https("auditor").get("/v1/contracts/" + case["id"]).json
        assert (seen["assignee"], seen["status"]) == (assignee, case["status"]), "whose employer is a party does not decide"
        release = query("select event, account_id, detail ->> 'assignee', detail ->> 'before', detail ->> 'reason' from tcr.contract_release"
                        " where contract_id = %s order by seq desc limit 1", case["id"])
        assert release == [("assign", 0, assignee, leaver, "account_disabled")]
        assert query("select kind, detail ->> 'assignee' from tcr.notice where contract_id = %s", case["id"]) == [("reassigned", assignee)]
    assert query("select count(*) from tcr.audit where event = 'contract.assign' and account_id = 0 and object = any (%s)",
                 ["contract " + c["id"] for c in cases[:3]]) == [(3,)]
    with tcrd.https(leaver) as client:
        wait_until(lambda: client.get("/v1/contracts").status == 401, "the account is out", timeout=2)
    assert registrar.act(tcrd.https("auditor").get("/v1/contracts/" + cases[0]["id"]).json, "assign", {"assignee": leaver}).status == 422
    on = admin.post(path.replace("disable", "enable"), {}, if_match=done.json["version"])
    assert on.status == 200 and on.json["is_active"] is True
    assert admin.post(path.replace("disable", "enable"), {}, if_match=on.json["version"]).code == "state"
    assert query("select count(*) from tcr.contract where assignee = %s", account["id"]) == [(0,)]


def test_hand_over_on_the_command_line(tcrd, query, installation):
    leaver, heir = registrar_account(tcrd, installation), registrar_account(tcrd, installation)
    registrar = tcrd.https("registrar")
    case = registrar.act(tcrd.https("agency").submit(contract_body()).json, "assign", {"assignee": leaver}).json
    try:
        installation.command("account", "disable", leaver, "--hand-over-to", "agency")
        raise AssertionError("handed over to an agency")
    except AssertionError as error:
        assert "another active registrar" in str(error)
    assert installation.command("account", "disable", leaver, "--hand-over-to", heir) == "disabled (1 open cases handed over)\n"
    assert tcrd.https("auditor").get("/v1/contracts/" + case["id"]).json["assignee"] == heir
    assert installation.command("account", "revoke", heir, "--roles", "registrar").strip() == "roles now:"
    assert tcrd.https("auditor").get("/v1/contracts/" + case["id"]).json["assignee"] is None, "no registrar any more, no cases"
    assert query("select detail ->> 'reason' from tcr.contract_release where contract_id = %s order by seq desc limit 1", case["id"]) == [("role",)]


def test_no_case_stays_with_the_disabled_while_others_assign(tcrd, query, installation):
    """Assigning and disabling at once: whoever comes first, in the end nothing open is assigned to somebody who is gone."""
    leaver = registrar_account(tcrd, installation)
    cases = [tcrd.https("agency").submit(contract_body()).json for _ in range(24)]
    account = account_of(tcrd, leaver)

    def assign(case):
        with tcrd.https("registrar") as client:
            return client.act(case, "assign", {"assignee": leaver})

    def disable(_):
        with tcrd.https("admin") as client:
            return client.post(f"/v1/accounts/{account['id']}/disable", {}, if_match=account["version"])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assigned = [pool.submit(assign, case) for case in cases[:12]]
        disabled = pool.submit(disable, None)
        assigned += [pool.submit(assign, case) for case in cases[12:]]
        replies = [f.result() for f in assigned]
        assert disabled.result().status == 200, disabled.result()
    assert {r.status for r in replies} <= {200, 422}, replies
    assert query("select count(*) from tcr.contract where assignee = %s", account["id"]) == [(0,)]
    assert query("select count(*) from tcr.contract_release") <= query("select value from tcr.sequence_counter")


# Before a credential ends

def test_warnings_before_the_end(tcrd, query, installation):
    day = today()
    holder, other = name(), name()
    for account_name in (holder, other):
        installation.command("account", "add", account_name, "--roles", "bureau")
    last = day + datetime.timedelta(days=61)
    token = installation.command("account", "key", "new", holder, "--expires", last.isoformat()).strip()
    installation.command("account", "key", "new", other)
    account = account_of(tcrd, holder)
    assert account["credential_expires_on"] == last.isoformat() and account["credentials"][0]["warned_days"] is None
    assert account_of(tcrd, other)["credential_expires_on"] is None
    mine = "select w.days from tcr.credential_warning w join tcr.credential c on c.id = w.credential_id where c.account_id = %s order by 1 desc"

    def warned(on):
        query("select tcr.credential_warnings(%s)", on)
        return [d for d, in query(mine, account["id"])]
    assert warned(day) == []
    assert warned(last - datetime.timedelta(days=60)) == [60]
    assert query("select tcr.credential_warnings(%s)", last - datetime.timedelta(days=60)) == [(0,)], "once only"
    assert warned(last - datetime.timedelta(days=31)) == [60]
    assert warned(last - datetime.timedelta(days=30)) == [60, 30]
    assert warned(last - datetime.timedelta(days=2)) == [60, 30, 7]
    assert query("select count(*) from tcr.audit where event = 'credential.warning' and account_id = %s", account["id"]) == [(3,)]
    assert account_of(tcrd, holder)["credentials"][0]["warned_days"] == 7
    session = tcrd.https(token=token).post("/v1/session", {}, key=False)
    assert session.json["credential_expires_on"] == last.isoformat(), session
    assert tcrd.https("agency").post("/v1/session", {}, key=False).json["credential_expires_on"] is None
    soon = (last + datetime.timedelta(days=1)).isoformat()
    found = {a["name"] for a in tcrd.https("admin").get(f"/v1/accounts?expires_before={soon}&limit=200").json["items"]}
    assert holder in found and other not in found
    assert holder not in {a["name"] for a in tcrd.https("admin").get(f"/v1/accounts?expires_before={last}&limit=200").json["items"]}


def test_the_nightly_job_warns(tcrd, query, installation):
    holder = name()
    installation.command("account", "add", holder, "--roles", "bureau")
    installation.command("account", "key", "new", holder, "--expires", (today() + datetime.timedelta(days=20)).isoformat())
    installation.command("aggregate")
    assert account_of(tcrd, holder)["credentials"][0]["warned_days"] == 30, "who comes late gets the nearest only"
    installation.command("aggregate")
    assert query("select count(*) from tcr.credential_warning w join tcr.credential c on c.id = w.credential_id"
                 " join tcr.account a on a.id = c.account_id where a.name = %s", holder) == [(1,)]


def test_no_secret_comes_over_the_wire(tcrd):
    """Keys are made on the command line: an answer is kept with its Idempotency-Key, a secret must not be."""
    paths = tcrd.https().get("/openapi.json").json["paths"]
    assert not [path for path in paths if path.startswith("/v1/accounts") and "key" in path]
