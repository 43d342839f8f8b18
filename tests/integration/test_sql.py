"""Runs the pgTAP files of sql/tests against the migrated database; each is a transaction that is rolled back."""
import pathlib
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).parents[2] / "sql" / "tests"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.sql")), ids=lambda f: f.stem)
def test_sql(installation, file):
    socket_dir = str(installation.cluster.socket_dir)
    done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", socket_dir, "-U", "postgres", "-d",
                           installation.database, "-f", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ok", "not ok", "#", "1.."))]
    failed = [line for line in done.stdout.splitlines() if not line.startswith(("ok", "1..")) and line]
    plan = int(next(line for line in lines if line.startswith("1.."))[3:])
    assert sum(line.startswith("ok") for line in lines) == plan, "\n".join(failed)
