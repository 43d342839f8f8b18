"""Hostile lines on the JSON-RPC port: the right error each time, ids that come back exactly, a connection in a defined state."""
import json

import pytest

from clients import RpcError
from contracts import contract_body
from harness import wait_until
from refusals import check_words

V = '"jsonrpc":"2.0"'
DEEP = "[" * 100000

# line: (code, id in the answer)
LINES = {
    "{": (-32700, None), "}": (-32700, None), "[": (-32700, None), "[1,]": (-32700, None), "nonsense": (-32700, None),
    "{'a': 1}": (-32700, None), '{"a" 1}': (-32700, None), '{"a":01}': (-32700, None), '{"a":.5}': (-32700, None),
    '{"a":NaN}': (-32700, None), '{"a":1e999}': (-32700, None), '{"a":"\\x"}': (-32700, None), '{"a":"\\ud800"}': (-32700, None),
    '{"a":"\\u0000"}': (-32700, None), '{"a":"\t"}': (-32700, None), '{"a":"open}': (-32700, None),
    "{} {}": (-32700, None), "{}x": (-32700, None), "\ufeff{}": (-32700, None), "GET / HTTP/1.1": (-32700, None),
    f'{{{V},"id":1,"id":2,"method":"code.lists"}}': (-32700, None), DEEP: (-32700, None), '{"a":' * 5000: (-32700, None),
    '{"id":' + "9" * 400 + "}": (-32700, None), "// comment": (-32700, None),
    "1": (-32600, None), '"text"': (-32600, None), "null": (-32600, None), "true": (-32600, None), "-1.5": (-32600, None),
    "[]": (-32600, None), "{}": (-32600, None), f'{{{V}}}': (-32600, None), f'{{{V},"id":1}}': (-32600, 1),
    '{"method":"code.lists","id":1}': (-32600, 1), '{"jsonrpc":2.0,"method":"code.lists","id":1}': (-32600, 1),
    '{"jsonrpc":"1.0","method":"code.lists","id":1}': (-32600, 1), f'{{{V},"method":1,"id":1}}': (-32600, 1),
    f'{{{V},"method":null,"id":1}}': (-32600, 1), f'{{{V},"method":"code.lists","id":1,"extra":0}}': (-32600, 1),
    f'{{{V},"method":"code.lists","id":1.5}}': (-32600, None), f'{{{V},"method":"code.lists","id":true}}': (-32600, None),
    f'{{{V},"method":"code.lists","id":[1]}}': (-32600, None), f'{{{V},"method":"code.lists","id":{{}}}}': (-32600, None),
    f'{{{V},"method":"code.lists","id":"' + "i" * 300 + '"}': (-32600, None),
    f'{{{V},"method":"code.lists","id":1,"params":"x"}}': (-32600, 1), f'{{{V},"method":"code.lists","id":1,"params":7}}': (-32600, 1),
    f'{{{V},"method":"nothing","id":1}}': (-32601, 1), f'{{{V},"method":"","id":1}}': (-32601, 1),
    f'{{{V},"method":"code.lists ","id":1}}': (-32601, 1), f'{{{V},"method":"CODE.LISTS","id":1}}': (-32601, 1),
    f'{{{V},"method":"rpc.discover","id":1}}': (-32601, 1), f'{{{V},"method":"' + "m" * 5000 + '","id":1}': (-32601, 1),
    f'{{{V},"method":"code.lists","id":1,"params":[]}}': (-32602, 1), f'{{{V},"method":"code.lists","id":1,"params":["a"]}}': (-32602, 1),
    f'{{{V},"method":"code.lists","id":1,"params":{{"colour":"red"}}}}': (-32602, 1),
    f'{{{V},"method":"code.lists","id":1,"params":{{"body":{{}}}}}}': (-32602, 1),
    f'{{{V},"method":"contract.get","id":1}}': (-32602, 1), f'{{{V},"method":"contract.get","id":1,"params":{{"id":""}}}}': (-32602, 1),
    f'{{{V},"method":"contract.get","id":1,"params":{{"id":1.5}}}}': (-32602, 1),
    f'{{{V},"method":"contract.get","id":1,"params":{{"id":[1]}}}}': (-32602, 1),
    f'{{{V},"method":"contract.get","id":1,"params":{{"id":{{"a":1}}}}}}': (-32602, 1),
    f'{{{V},"method":"contract.list","id":1,"params":{{"q":"a\\nb"}}}}': (-32602, 1),
    f'{{{V},"method":"contract.check","id":1,"params":{{"body":[]}}}}': (-32602, 1),
    f'{{{V},"method":"contract.check","id":1,"params":{{"body":"x"}}}}': (-32602, 1),
    f'{{{V},"method":"contract.submit","id":1,"params":{{"body":{{}},"idempotency_key":7}}}}': (-32602, 1),
    f'{{{V},"method":"contract.submit","id":1,"params":{{"body":{{}},"idempotency_key":""}}}}': (-32602, 1),
    f'{{{V},"method":"contract.submit","id":1,"params":{{"body":{{}},"idempotency_key":"a b"}}}}': (-32602, 1),
    f'{{{V},"method":"contract.accept","id":1,"params":{{"id":1,"if_match":"1"}}}}': (-32602, 1),
    f'{{{V},"method":"contract.accept","id":1,"params":{{"id":1,"if_match":1.0}}}}': (-32602, 1),
    f'{{{V},"method":"session.open","id":1}}': (-32602, 1), f'{{{V},"method":"session.open","id":1,"params":{{"token":1}}}}': (-32602, 1),
    f'{{{V},"method":"contract.submit","id":1,"params":{{"body":{{}}}}}}': (-32000, 1),
    f'{{{V},"method":"contract.get","id":1,"params":{{"id":"9223372036854775807"}}}}': (-32000, 1),
    f'{{{V},"method":"session.open","id":1,"params":{{"token":"wrong"}}}}': (-32000, 1),
}

BYTES = {
    "not utf-8": b'{"id":"\xff"}', "overlong": b'{"id":"\xc0\xaf"}', "surrogate": b'{"id":"\xed\xa0\x80"}', "nul": b'{"id":"a\0b"}',
    "binary": bytes(range(1, 10)) + bytes(range(11, 256)), "hello": bytes.fromhex("16030100c8010000c40303"),
}


def check_healthy(client):
    assert client.call("code.lists")["items"]


def check_error(answer, code, number):
    assert set(answer) == {"jsonrpc", "id", "error"} and answer["jsonrpc"] == "2.0"
    assert answer["id"] == number
    assert answer["error"]["code"] == code, answer
    problem = answer["error"]["data"]
    assert answer["error"]["message"] and problem["code"] and problem["detail"] and problem["request_id"]
    check_words(problem)
    return problem


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:60])
def test_hostile_line(tcrd, line):
    with tcrd.rpc("agency") as client:
        client.send_line(line)
        check_error(client.recv(), *LINES[line])
        check_healthy(client)


@pytest.mark.parametrize("name", BYTES)
def test_hostile_bytes(tcrd, name):
    with tcrd.rpc("agency") as client:
        client.send_line(BYTES[name])
        check_error(client.recv(), -32700, None)
        check_healthy(client)


def test_all_of_them_on_one_connection_at_once(tcrd):
    with tcrd.rpc("agency") as client:
        client.send_line("\n".join(LINES))
        codes = sorted(client.recv()["error"]["code"] for _ in LINES)
        assert codes == sorted(code for code, _ in LINES.values())
        check_healthy(client)


@pytest.mark.parametrize("number", [0, -1, 9223372036854775807, -9223372036854775808, "", "a", "沂水\n\"\\\u0001😀", None])
def test_ids_come_back_exactly(tcrd, number):
    with tcrd.rpc() as client:
        client.send({"jsonrpc": "2.0", "id": number, "method": "code.lists"})
        answer = client.recv()
        assert answer["id"] == number and type(answer["id"]) is type(number) and "result" in answer


def test_blank_lines_and_cr_are_white_space(tcrd):
    with tcrd.rpc() as client:
        client.socket.sendall(b"\n\r\n \t\r\n" + json.dumps({"jsonrpc": "2.0", "id": 1, "method": "code.lists"}).encode() + b"\r\n\n")
        assert client.recv()["id"] == 1
        check_healthy(client)


def test_a_line_in_single_bytes(tcrd):
    with tcrd.rpc() as client:
        for byte in json.dumps({"jsonrpc": "2.0", "id": 1, "method": "code.lists"}).encode() + b"\n":
            client.socket.sendall(bytes([byte]))
        assert client.recv()["id"] == 1


def test_notifications_are_never_answered(tcrd):
    with tcrd.rpc() as client:
        for method, params in (("code.lists", {}), ("nothing", {}), ("contract.list", {}), ("contract.get", {}), ("code.lists", [])):
            client.send({"jsonrpc": "2.0", "method": method, "params": params})
        client.send([{"jsonrpc": "2.0", "method": "code.lists"}, {"jsonrpc": "2.0", "method": "nothing"}])
        client.send({"jsonrpc": "2.0", "id": "after", "method": "code.lists"})
        assert client.recv()["id"] == "after"
        check_healthy(client)


def test_a_notification_runs(tcrd, query):
    before = query("select count(*) from tcr.contract")[0][0]
    with tcrd.rpc("agency") as client:
        client.send({"jsonrpc": "2.0", "method": "contract.submit", "params": {"body": contract_body(), "idempotency_key": "notified-1"}})
        check_healthy(client)
        wait_until(lambda: query("select count(*) from tcr.contract")[0][0] == before + 1, "the notification is carried out")


def test_a_batch_is_answered_as_one_line(tcrd):
    batch = [{"jsonrpc": "2.0", "id": i, "method": "code.lists"} for i in range(50)]
    batch += [1, {}, {"jsonrpc": "2.0", "method": "code.lists"}, {"jsonrpc": "2.0", "id": "x", "method": "nothing"}, []]
    with tcrd.rpc() as client:
        client.send(batch)
        answers = client.recv()
        assert len(answers) == 54
        assert {a["id"] for a in answers if "result" in a} == set(range(50))
        assert sorted(a["error"]["code"] for a in answers if "error" in a) == [-32601, -32600, -32600, -32600]
        check_healthy(client)


def test_a_batch_over_the_limit_is_one_error(tcrd):
    call = {"jsonrpc": "2.0", "id": 1, "method": "code.lists"}
    with tcrd.rpc() as client:
        client.send([call] * 101)
        check_error(client.recv(), -32600, None)
        client.send([call] * 100)
        assert len(client.recv()) == 100


def test_more_calls_than_may_be_in_flight(make_tcrd):
    daemon = make_tcrd({"rpc.in_flight": 3, "workers": 1})
    with daemon.rpc("agency") as client:
        lines = [json.dumps({"jsonrpc": "2.0", "id": i, "method": "contract.list", "params": {"q": "x" * 200}}) for i in range(400)]
        client.send_line("\n".join(lines))
        assert {client.recv()["id"] for _ in lines} == set(range(400))
        client.send([{"jsonrpc": "2.0", "id": i, "method": "contract.list"} for i in range(100)])
        assert len(client.recv()) == 100


def test_a_peer_that_does_not_read_is_held_back(tcrd):
    """Calls of a peer that takes no answers are not started without bound; everything arrives once it reads."""
    call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "code.lists"}).encode() + b"\n"
    before = tcrd.metric("tcrd_calls_total")
    with tcrd.rpc() as client:
        client.socket.settimeout(1)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 200000:
                client.socket.sendall(call * 100)
                sent += 100
        assert tcrd.metric("tcrd_calls_total") - before < sent
    with tcrd.rpc() as client:
        check_healthy(client)


def test_the_longest_line_and_one_byte_more(tcrd):
    call = b'{"jsonrpc":"2.0","id":1,"method":"code.lists"}'
    with tcrd.rpc() as client:
        client.send_line(call + b" " * (1048576 - len(call)))
        assert "result" in client.recv()
        client.send_line(call + b" " * (1048577 - len(call)))
        problem = check_error(client.recv(), -32000, None)
        assert problem["code"] == "too_large"
        assert client.recv() is None
    with tcrd.rpc() as client:
        client.socket.sendall(b"x" * 1048577)  # no end of line is needed for the verdict
        assert check_error(client.recv(), -32000, None)["status"] == 413
        assert client.recv() is None
    with tcrd.rpc() as client:
        check_healthy(client)


def test_nobody_calls_without_a_credential(tcrd):
    with tcrd.rpc() as client:
        with pytest.raises(RpcError) as refused:
            client.call("contract.list")
        assert refused.value.code == -32000 and refused.value.data["status"] == 401
        check_healthy(client)


def test_a_session_serves_what_follows_it_in_the_same_piece(tcrd):
    lines = [{"jsonrpc": "2.0", "id": 1, "method": "session.open", "params": {"token": tcrd.token("agency")}},
             {"jsonrpc": "2.0", "id": 2, "method": "contract.list"},
             [{"jsonrpc": "2.0", "id": 3, "method": "session.open", "params": {"token": tcrd.token("bureau")}},
              {"jsonrpc": "2.0", "id": 4, "method": "contract.list"}]]
    with tcrd.rpc() as client:
        client.send_line("\n".join(json.dumps(line) for line in lines))
        first, second, third = client.recv(), client.recv(), client.recv()
        assert "agency" in first["result"]["roles"]
        assert "items" in second["result"]
        assert {a["id"] for a in third} == {3, 4} and all("result" in a for a in third)


def test_a_wrong_token_does_not_end_the_session_before(tcrd):
    with tcrd.rpc("agency", cert=False) as client:
        with pytest.raises(RpcError) as refused:
            client.call("session.open", token="x" * 43)
        assert refused.value.data["status"] == 401
        assert "items" in client.call("contract.list")


def test_a_peer_that_leaves_in_the_middle(tcrd):
    calls = "\n".join(json.dumps({"jsonrpc": "2.0", "id": i, "method": "contract.list"}) for i in range(300))
    for _ in range(10):
        client = tcrd.rpc("agency")
        client.send_line(calls)
        client.socket.close()
        client.reader.close()
    with tcrd.rpc("agency") as client:
        check_healthy(client)
