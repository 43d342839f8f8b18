"""Registered contracts and what is asked for about them, for the tests of requests."""
from contracts import PASSED


def registered(tcrd, role="registrar", determined=None, **changes):
    """The JSON of a contract that was filed, accepted and certified."""
    contract = tcrd.accepted(**changes)
    body = dict(PASSED, **({"determined": determined, "reason": "核定"} if determined else {}))
    with tcrd.https(role) as client:
        reply = client.act(contract, "certify", body)
        assert reply.status == 200, reply
        return reply.json


def ask(client, contract, act, body, **kw):
    """POST /v1/contracts/{id}/change and the like, on what the contract was when it was read last; contract["seq"] follows."""
    reply = client.act(contract, act, body, **kw)
    if reply.status == 201:
        contract["seq"] = int(reply.etag.strip('"'))
    return reply


def decide(client, request, verb, body=None, **kw):
    """POST /v1/requests/{id}/approve and the like, on the contract as it is now."""
    path = "/v1/requests/" + request["id"]
    if "if_match" not in kw:
        kw["if_match"] = client.get(path).etag
    return client.post(f"{path}/{verb}", {} if body is None else body, **kw)


def change(tcrd, contract, proposed, determined=None, reason="C1"):
    """Ask for a change as the agency and approve it as the registrar; the approved request."""
    with tcrd.https("agency") as agency, tcrd.https("registrar") as registrar:
        asked = ask(agency, contract, "change", {"reason": reason, "proposed": proposed})
        assert asked.status == 201, asked
        done = decide(registrar, asked.json, "approve", {"determined": determined, "note": "核定"} if determined else {})
        assert done.status == 200, done
        contract["seq"] = int(done.etag.strip('"'))
        return done.json
