"""The two wires from outside: an HTTPS client with keep-alive and a JSON-RPC line client. Standard library only."""
import http.client
import itertools
import json
import socket
import ssl
import uuid

from contracts import PASSED


def tls_context(ca_file, cert=None):
    context = ssl.create_default_context(cafile=ca_file)
    if cert is not None:
        context.load_cert_chain(*cert)
    return context


class Reply:
    """What came back: status, headers (case does not matter), body as bytes, json when it is JSON."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.json = None
        kind = self.headers.get("Content-Type") or ""
        if "json" in kind and "ndjson" not in kind and self.body:
            self.json = json.loads(self.body)

    @property
    def etag(self):
        return self.headers.get("ETag")

    @property
    def code(self):
        return self.json.get("code") if isinstance(self.json, dict) else None

    @property
    def rules(self):
        """The rules named by the errors of a refusal."""
        return sorted(e["rule"] for e in (self.json or {}).get("errors", []))

    def __repr__(self):
        return f"<{self.status} {self.body[:600].decode('utf-8', 'replace')}>"


class HttpsClient:
    """One connection. A lost connection raises; the next request opens a new one."""

    def __init__(self, port, ca_file, token=None, cert=None, timeout=30):
        self.token = token
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=timeout, context=tls_context(ca_file, cert))

    def request(self, method, path, body=None, *, key=None, if_match=None, headers=None, token=None):
        """body: anything for JSON, bytes as they are, or an iterator of bytes that is sent in chunks. if_match: a seq or an ETag."""
        send = {"Accept": "application/json"}
        token = token or self.token
        if token:
            send["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes) and not hasattr(body, "__next__"):
            body = json.dumps(body, ensure_ascii=False).encode()
        if body is not None:
            send["Content-Type"] = "application/json"
        if key is not None:
            send["Idempotency-Key"] = key
        if if_match is not None:
            send["If-Match"] = if_match if str(if_match).startswith('"') else f'"{if_match}"'
        send.update(headers or {})
        try:
            self.connection.request(method, path, body=body, headers=send)
            return Reply(self.connection.getresponse())
        except Exception:
            self.connection.close()
            raise

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, body=None, **kw):
        """With a fresh idempotency key unless one is given (key=False: none)."""
        if kw.setdefault("key", None) is None:
            kw["key"] = uuid.uuid4().hex
        elif kw["key"] is False:
            kw["key"] = None
        return self.request("POST", path, body, **kw)

    def put(self, path, body=None, **kw):
        return self.request("PUT", path, body, **kw)

    # The life of a contract in words; each takes what the call before it answered.

    def submit(self, body, **kw):
        return self.post("/v1/contracts", body, **kw)

    def act(self, contract, act, body=None, **kw):
        """contract: the JSON of a contract (id and seq are taken from it)."""
        kw.setdefault("if_match", contract["seq"])
        if body is None:
            body = PASSED if act == "certify" else {}
        return self.post(f"/v1/contracts/{contract['id']}/{act}", body, **kw)

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(f"{error['code']} {error.get('message')} {json.dumps(error.get('data'), ensure_ascii=False)}")
        self.code = error["code"]
        self.data = error.get("data") or {}


class RpcClient:
    """One line connection. call() waits for its own answer and keeps those of others for recv()."""

    def __init__(self, port, ca_file, cert=None, token=None, alpn=None, timeout=30):
        context = tls_context(ca_file, cert)
        if alpn:
            context.set_alpn_protocols(alpn)
        raw = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket = context.wrap_socket(raw, server_hostname="127.0.0.1")
        self.reader = self.socket.makefile("rb")
        self.numbers = itertools.count(1)
        self.kept = []
        if token:
            self.call("session.open", token=token)

    def send_line(self, line):
        self.socket.sendall((line if isinstance(line, bytes) else line.encode()) + b"\n")

    def send(self, message):
        self.send_line(json.dumps(message, ensure_ascii=False))

    def recv(self):
        """The next answer (an object, or a list for a batch); None at the end of the connection."""
        if self.kept:
            return self.kept.pop(0)
        line = self.reader.readline()
        if not line:
            return None
        assert line.endswith(b"\n"), line
        return json.loads(line)

    def call(self, method, **params):
        number = next(self.numbers)
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        others = []
        while True:
            answer = self.recv()
            assert answer is not None, "the connection was closed"
            if isinstance(answer, dict) and answer.get("id") == number:
                break
            others.append(answer)
        self.kept = others + self.kept
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def batch(self, calls):
        """calls: (method, params); the answers in the order of the calls."""
        ids = [next(self.numbers) for _ in calls]
        self.send([{"jsonrpc": "2.0", "id": i, "method": m, "params": p} for i, (m, p) in zip(ids, calls)])
        answers = {a["id"]: a for a in self.recv()}
        return [answers[i] for i in ids]

    def close(self):
        self.reader.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
