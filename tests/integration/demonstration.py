"""A running daemon that deploy/quickstart.sh --data DIR made: its keys, its database and its commands."""
import os
import pathlib
import subprocess

import psycopg2

from clients import HttpsClient

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]


class Demonstration:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        lines = (self.folder / "tcrd.conf").read_text(encoding="utf-8").splitlines()
        self.conf = dict(line.split(" = ", 1) for line in lines if " = " in line)
        self.tokens = {path.stem: path.read_text(encoding="utf-8").strip() for path in (self.folder / "credentials").glob("*.token")}

    def https(self, role, **kw):
        return HttpsClient(int(self.conf["http.port"]), self.conf["tls.client_ca_file"], token=self.tokens[role], **kw)

    def connect(self):
        """As the owner of the schema, in autocommit mode."""
        password = pathlib.Path(self.conf["db.owner_password_file"]).read_text(encoding="utf-8").strip()
        db = psycopg2.connect(host=self.conf["db.host"], dbname=self.conf["db.name"], user=self.conf["db.owner"], password=password)
        db.autocommit = True
        return db

    def command(self, *arguments):
        """The output of a command of tcrd."""
        binary = os.environ.get("TCRD_BINARY", str(CHECKOUT / "build/release/tcrd"))
        return subprocess.run([binary, "-c", str(self.folder / "tcrd.conf"), *map(str, arguments)], check=True, capture_output=True,
                              text=True).stdout

    def add_account(self, name, *options):
        self.command("account", "add", name, *options)
        self.tokens[name] = self.command("account", "key", "new", name).strip()
