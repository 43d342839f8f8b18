"""A private PostgreSQL and a real tcrd for the integration tests, and what the tests need to disturb both.

    cluster = Cluster.create()      initdb in a temporary folder, unix socket only, as user postgres when the tests run as root
    tcrd = Tcrd(Installation(cluster, "record"))    accounts made with the real commands, daemon on free ports
Test files use the fixtures of conftest.py; everything here is imported by name:
    from harness import contract_body, wait_until, fen
"""
import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import psycopg2

from clients import HttpsClient, Reply, RpcClient, RpcError, tls_context  # noqa: F401 (for the tests)
from contracts import (CONTRACT_TYPES, LINYI_COUNTIES, OTHER_COUNTIES, REMOVE, contract_body, credit_code, fen,  # noqa: F401
                       identity_number, money, party, seed, today)

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
PG_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
SANITIZER = re.compile(rb"Sanitizer|runtime error:")


def wait_until(predicate, what, timeout=20, pause=0.02):
    """The first true value of predicate(); fails with `what` after timeout seconds."""
    end = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(pause)


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]


def run(*command, **kw):
    """Output of a command; its error output is in the failure."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


def asking(db):
    """query("select ...", parameters): rows as tuples."""
    def query(sql, *parameters):
        with db.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else None
    return query


def processes_of(parent):
    """Pids of the children of a process."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry.name))
    return found


def processes_in(folder):
    """Pids of the processes that work in a folder, as all of PostgreSQL's do."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(entry / "cwd") == str(folder):
                    found.append(int(entry.name))
    return found


def is_running(pid):
    """Also false for a process that has ended and was not collected yet."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Cluster:
    """One PostgreSQL cluster in a temporary folder."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "pg"
        self.socket_dir = folder
        self.log_file = folder / "postgres.log"
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    @classmethod
    def create(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tcrd-pg-"))
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        self = cls(folder)
        self._run("initdb", "-D", self.data, "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres", "--auth=trust", "--no-sync")
        settings = ["listen_addresses = ''", f"unix_socket_directories = '{folder}'", "fsync = off", "shared_buffers = 64MB",
                    "max_connections = 150", "log_error_verbosity = terse", "log_min_error_statement = panic",
                    "log_line_prefix = '%m [%p] '"]
        # The file exists already, so it stays the cluster's user's even when root writes it.
        (self.data / "postgresql.auto.conf").write_text("\n".join(settings) + "\n", encoding="utf-8")
        self.start()
        return self

    def _run(self, program, *arguments):
        # Not in the caller's folder: the cluster's user may not be able to enter it.
        return run(*self.as_user, PG_BIN / program, *arguments, cwd="/", stdin=subprocess.DEVNULL)

    def start(self):
        """Returns when PostgreSQL answers, after a crash too."""
        def started():
            with contextlib.suppress(AssertionError):
                self._run("pg_ctl", "start", "-D", self.data, "-l", self.log_file, "-w", "-t", "60", "-s")
                return True
        wait_until(started, "PostgreSQL starts", timeout=60, pause=0.2)

    def is_up(self):
        try:
            self.connect().close()
            return True
        except psycopg2.OperationalError:
            return False

    def stop(self, mode="fast"):
        self._run("pg_ctl", "stop", "-D", self.data, "-m", mode, "-w", "-s")

    @property
    def pid(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self):
        """kill -9 of the whole server, as a power loss would do it. start() brings it back."""
        # The postmaster first: then nobody is born whom the list does not have. An orphan can wait for a lock of a dead one for ever.
        postmaster = self.pid
        os.kill(postmaster, signal.SIGKILL)

        def all_gone():
            left = [pid for pid in processes_in(self.data) if is_running(pid)]
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not left
        wait_until(all_gone, "killed PostgreSQL is gone")
        if pathlib.Path(f"/proc/{postmaster}").exists():
            # Nobody collects the dead here (a container without an init process), and PostgreSQL takes them for running.
            (self.data / "postmaster.pid").unlink()
            (self.socket_dir / ".s.PGSQL.5432.lock").unlink()

    def kill_backends(self, count=None, sig=signal.SIGTERM):
        """Signal backends of the service role; SIGKILL makes PostgreSQL restart all of them. Returns how many."""
        with self.connect() as db, db.cursor() as cursor:
            cursor.execute("select pid from pg_stat_activity where usename = 'tcrd_service' order by random()")
            pids = [row[0] for row in cursor.fetchall()][:count]
        db.close()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sig)
        return len(pids)

    def connect(self, user="postgres", database="postgres"):
        return psycopg2.connect(host=str(self.socket_dir), user=user, dbname=database)

    def script(self, text, database="postgres", user="postgres"):
        db = self.connect(user, database)
        db.autocommit = True
        with db.cursor() as cursor:
            cursor.execute(text)
        db.close()

    def log(self):
        return self.log_file.read_bytes()

    def destroy(self):
        with contextlib.suppress(AssertionError):
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


class Authority:
    """A private certificate authority; files are PEM."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.ca_file = folder / f"{name}.crt"
        self.ca_key = folder / f"{name}.key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", f"/CN=tcrd test {name}", "-keyout", self.ca_key, "-out", self.ca_file)

    def issue(self, name, usage="clientAuth", alternative=None, days="20"):
        """(certificate file, key file)"""
        crt, key, csr, ext = (self.folder / f"{name}.{suffix}" for suffix in ("crt", "key", "csr", "ext"))
        ext.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\n"
                       + (f"subjectAltName={alternative}\n" if alternative else ""))
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", csr)
        run("openssl", "x509", "-req", "-in", csr, "-CA", self.ca_file, "-CAkey", self.ca_key, "-CAcreateserial", "-days", days,
            "-extfile", ext, "-out", crt)
        return str(crt), str(key)


class Installation:
    """A migrated database with agencies, accounts and credentials, all made by the real commands."""

    BINARY = os.environ.get("TCRD_BINARY", str(CHECKOUT / "build/asan/tcrd"))
    ROLES = {
        "agency": ["--roles", "agency", "--agency", "测试服务点一"],
        "agency2": ["--roles", "agency", "--agency", "测试服务点二"],
        "registrar": ["--roles", "registrar", "--point", "01"],
        "second": ["--roles", "registrar,reviewer", "--point", "01"],
        "reviewer": ["--roles", "reviewer", "--point", "01"],
        "county": ["--roles", "county", "--region", "371302"],
        "bureau": ["--roles", "bureau"],
        "auditor": ["--roles", "auditor"],
        "admin": ["--roles", "administrator"],
        "both": ["--roles", "agency,registrar", "--agency", "测试服务点一", "--point", "01"],
    }

    def __init__(self, cluster, database, certificates=True):
        self.cluster = cluster
        self.database = database
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tcrd-test-"))
        self.authority = Authority(self.folder)
        self.server_cert = self.authority.issue("server", "serverAuth", "DNS:localhost,IP:127.0.0.1,IP:::1")
        self.config = self.write_config("command.conf", {})
        self._tokens = {}
        self._certs = {}
        cluster.script((CHECKOUT / "sql/roles.sql").read_text(encoding="utf-8"))
        cluster.script(f"create database {database} owner tcrd_owner")
        self.command("migrate", "--sql-dir", CHECKOUT / "sql")
        self.command("agency", "add", "测试服务点一", "--kind", "service_point", "--region", "371302")
        self.command("agency", "add", "测试服务点二", "--kind", "service_point", "--region", "371323")
        for name, options in self.ROLES.items():
            self.add_account(name, *options, certificate=certificates)

    def write_config(self, name, values):
        """values: keys of the configuration with dots as they are."""
        ports = dict(zip(("http.port", "rpc.port", "admin.port"), free_ports(3)))
        settings = {
            **ports, "workers": 2, "listen.address": "127.0.0.1", "requests.per_second": 0, "connections.per_address": 10000,
            "tls.cert_file": self.server_cert[0], "tls.key_file": self.server_cert[1],
            "tls.client_ca_file": self.authority.ca_file, "db.host": self.cluster.socket_dir, "db.name": self.database,
            "nightly.at": "", **values,
        }
        path = self.folder / name
        path.write_text("".join(f"{key} = {value}\n" for key, value in settings.items()), encoding="utf-8")
        path.chmod(0o600)
        return path

    def command(self, *arguments):
        """Run a command of tcrd; its output."""
        return run(self.BINARY, "-c", self.config, *arguments, env=environment())

    def add_account(self, name, *options, certificate=False):
        """tcrd account add NAME options, a key, and a client certificate if asked for."""
        self.command("account", "add", name, *options)
        self._tokens[name] = self.command("account", "key", "new", name).strip()
        if certificate:
            self._certs[name] = self.authority.issue(name)
            self.command("account", "certificate", "bind", name, self._certs[name][0])

    def token(self, role):
        return self._tokens[role]

    def cert(self, role):
        """(certificate file, key file) of an account."""
        return self._certs[role]

    def connect(self, user="tcrd_owner"):
        """A connection to the record, in autocommit mode; the caller closes it."""
        db = self.cluster.connect(user, self.database)
        db.autocommit = True
        return db

    def destroy(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def environment(**more):
    return {**{k: v for k, v in os.environ.items() if not k.startswith("TCRD_")},
            "ASAN_OPTIONS": "detect_leaks=1:exitcode=97", "UBSAN_OPTIONS": "print_stacktrace=1", **more}


class Tcrd:
    """One running daemon on an installation. conf: a dict of configuration keys that differ."""

    _count = 0

    def __init__(self, installation, conf=None, start=True):
        Tcrd._count += 1
        self.installation = installation
        self.cluster = installation.cluster
        self.name = f"tcrd-{Tcrd._count}"
        self.config = installation.write_config(f"{self.name}.conf", conf or {})
        values = dict(line.split(" = ", 1) for line in self.config.read_text(encoding="utf-8").splitlines())
        self.http_port, self.rpc_port, self.admin_port = (int(values[k]) for k in ("http.port", "rpc.port", "admin.port"))
        self.worker_count = int(values["workers"])
        self.ca_file = str(installation.authority.ca_file)
        self.log_file = installation.folder / f"{self.name}.log"
        self.process = None
        self.token = installation.token
        self.cert = installation.cert
        self.command = installation.command
        if start:
            self.start()

    # The process

    def start(self, wait=True):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([self.installation.BINARY, "-c", str(self.config), "serve"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=environment())
        if wait:
            self.wait_ready()

    def wait_ready(self, timeout=30):
        def ready():
            assert self.process.poll() is None, f"tcrd ended with {self.process.returncode}:\n{self.logs()[-3000:]}"
            return self.admin("/ready")[0] == 200
        wait_until(ready, f"{self.name} is ready", timeout)

    def stop(self, timeout=30):
        """SIGTERM and the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(timeout)
        self.process = None
        return status

    def kill(self):
        """kill -9 of the master; returns when its workers are gone as well."""
        workers = self.workers()
        self.process.kill()
        self.process.wait()
        self.process = None
        wait_until(lambda: not any(is_running(p) for p in workers), "workers of a killed master end")

    def restart(self):
        self.stop()
        self.start()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def workers(self):
        """Pids of the processes below the master."""
        return processes_of(self.process.pid)

    def kill_worker(self, sig=signal.SIGKILL):
        """Kill one worker; returns its pid when it is gone."""
        pid = self.workers()[0]
        os.kill(pid, sig)
        wait_until(lambda: not is_running(pid), f"worker {pid} ends")
        return pid

    # Looking at it

    def logs(self):
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def log_lines(self, **fields):
        """Lines that carry all these fields: log_lines(ev="done", method="contract.submit")."""
        wanted = [f"{key}={value}" for key, value in fields.items()]
        return [line for line in self.logs().splitlines() if set(wanted) <= set(line.split())]

    def sanitizer_findings(self):
        return [line for line in self.log_file.read_bytes().splitlines() if SANITIZER.search(line)]

    def admin(self, path):
        """(status, text) of the admin listener; status 0 when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name):
        """Sum of a metric over its labels."""
        values = re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$", self.admin("/metrics")[1], re.M)
        assert values, f"no metric {name}"
        return sum(float(v) for v in values)

    # Talking to it

    def https(self, role=None, cert=False, **kw):
        """A client with the key of a role (cert=True: with its certificate and no key; role None: nobody).
        cert may also be a pair of files."""
        if isinstance(cert, tuple):
            kw["cert"] = cert
        elif role is not None and cert:
            kw["cert"] = self.cert(role)
        elif role is not None:
            kw["token"] = self.token(role)
        return HttpsClient(self.http_port, self.ca_file, **kw)

    def rpc(self, role=None, cert=True, **kw):
        """A line client with the certificate of a role (cert=False: with its key; cert may also be a pair of files)."""
        if isinstance(cert, tuple):
            kw["cert"] = cert
        elif role is not None and cert:
            kw["cert"] = self.cert(role)
        elif role is not None:
            kw["token"] = self.token(role)
        return RpcClient(self.rpc_port, self.ca_file, **kw)

    def raw(self, data=b"", port=None, cert=None, timeout=10):
        """A TLS socket to HTTPS (or another port) after sending data; for malformed and half requests."""
        plain = socket.create_connection(("127.0.0.1", port or self.http_port), timeout=timeout)
        wrapped = tls_context(self.ca_file, cert).wrap_socket(plain, server_hostname="127.0.0.1")
        if data:
            wrapped.sendall(data)
        return wrapped

    # A contract brought to a state

    def filed(self, role="agency", **changes):
        """The JSON of a new submitted contract."""
        with self.https(role) as client:
            reply = client.submit(contract_body(**changes))
            assert reply.status == 201, reply
            return reply.json

    def accepted(self, **changes):
        contract = self.filed(**changes)
        with self.https("registrar") as client:
            reply = client.act(contract, "accept")
            assert reply.status == 200, reply
            return reply.json
